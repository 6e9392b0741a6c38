"""Delegates and their two links (两联): a branch of the register, young people by name."""

from datetime import date, timedelta
from typing import Any

from youthpilot.core import Organization, RuleError, today, transaction

from .models import ReformDelegate, ReformLink
from .queries import branches_called
from .rules import LINKS, names_in
from .services import check_span, note, place, settle
from .words import _

YESTERDAY = timedelta(days=1)
KEY = "reform.delegates"


def check_branches(names: list[str]) -> tuple[dict[str, Organization], str]:
    """(name → organization, '' or the message of R12): each name stands for exactly one organization of the register."""
    found = branches_called(names)
    missing, twice = [n for n in names if not found[n]], [n for n in names if len(found[n]) > 1]
    if missing:
        return {}, _("Not in the register of organizations: %(names)s. Use the name that stands there.", names="、".join(missing[:5]))
    if twice:
        return {}, _("Several organizations are called %(names)s: use the full name.", names="、".join(twice[:5]))
    return {name: rows[0] for name, rows in found.items()}, ""


def link(delegate: ReformDelegate, kind: str, names: str, linked_on: date, batch: Any = None) -> int:
    """Add links by name, one a line; who is linked already is left out. Returns how many were added, at least one.

    Raises RuleError for a branch that the register does not know (R12), a day of the future (R7) or of a locked half-year (R11).
    """
    k, asked = ReformLink, names_in(names)
    branches, wrong = check_branches(asked) if kind == "branch" else ({}, "")
    if wrong:
        raise RuleError(wrong, "names")
    have = {(n, b) for n, b in k.select(k.name, k.branch_id).where(k.delegate == delegate.id, k.kind == kind, k.ended_on.is_null()).tuples()}
    new = {name: branches.get(name) for name in asked if not _known(have, name, branches.get(name))}
    if not new:
        raise RuleError(_("Everybody named is linked already."), "names")
    if linked_on > today():
        raise RuleError(_("This day is later than today."), "linked_on")
    settle(check_span(linked_on, None, "linked_on", KEY))
    base = place(delegate.organization_id) | {"delegate": delegate, "kind": kind, "linked_on": linked_on, "batch_id": batch.id if batch else None}
    with transaction():
        for name, branch in new.items():
            k.create(**base, name=(branch.short if branch else name)[:80], branch=branch)
        if batch is None:
            note("delegate.link", delegate, after={LINKS[kind]: len(new)})
    return len(new)


def _known(have: set[tuple[str, int | None]], name: str, branch: Organization | None) -> bool:
    return any(b == branch.id if branch else n == name for n, b in have)


def unlink(row: ReformLink) -> None:
    """The link ended yesterday, or never was if it is of today."""
    with transaction():
        if row.linked_on >= today():
            row.delete_instance()
        else:
            row.ended_on = today() - YESTERDAY
            row.save()
        note("delegate.unlink", row.delegate, after={LINKS[row.kind]: 1})


def save_delegate(row: ReformDelegate | None, organization_id: int, batch: Any = None, **values: Any) -> ReformDelegate:
    """A new delegate, or other values of one; his links stay. Raises RuleError for days that alter a locked half-year (R11)."""
    _check_office(row, values["since_on"], values.get("ended_on"))
    with transaction():
        if row is None:
            row = ReformDelegate.create(**place(organization_id), batch_id=batch.id if batch else None, **values)
        else:
            row.organization_id = organization_id
            for key, value in values.items():
                setattr(row, key, value)
            row.save()
        if batch is None:
            note("delegate.save", row)
    return row


def _check_office(row: ReformDelegate | None, since: date, ended: date | None) -> None:
    found = check_span(since, ended, "since_on", KEY) if row is None else []
    if row is not None and since != row.since_on:
        found += check_span(min(since, row.since_on), max(since, row.since_on) - YESTERDAY, "since_on", KEY)
    if row is not None and ended != row.ended_on:
        days = [d for d in (ended, row.ended_on) if d is not None]
        found += check_span(min(days) + YESTERDAY, max(days) if len(days) == 2 else None, "ended_on", KEY)
    settle(found)


def delete_delegate(row: ReformDelegate) -> None:
    """Take out a delegate entered by mistake. Raises RuleError while he has links: then his last day is entered."""
    if ReformLink.select().where(ReformLink.delegate == row.id).exists():
        raise RuleError(_("He has links: enter his last day as delegate instead of deleting him."))
    settle(check_span(row.since_on, row.ended_on, "", KEY))
    with transaction():
        note("delegate.delete", row)
        row.delete_instance()
