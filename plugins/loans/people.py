"""Verbs about people and villages: correct who somebody is, merge doubles of the registry, matches, the order of role models."""

from datetime import date
from typing import Any

from youthpilot.core import Person, RuleError, blind_index, record_audit, today, transaction

from . import rules
from .models import (
    LoanApplication,
    LoanDrawdown,
    LoanElite,
    LoanEntry,
    LoanMatch,
    LoanRoleModel,
)
from .services import doubts, owned, unusual
from .subsidymodels import LoanClaim
from .words import _

BLANKS = ("industry", "main_product", "business_name", "uscc", "jobs_driven", "source", "household", "note")


def correct_person(elite: LoanElite, values: dict[str, Any], reason: str = "") -> None:
    """Correct name, sex, birth_date, phone, village of somebody in the registry. Raises RuleError for L3, L5 without a reason."""
    name = (values.get("name") or "").strip()
    if not name:
        raise RuleError(_("The name is missing."), "name")
    person, place = elite.person, values.get("organization") or elite.organization_id
    found = dict((field, message) for message, field in doubts(place, name, values.get("birth_date"), elite.entered_on))
    if name != person.name and "name" in found:
        unusual(found["name"], "name", reason)  # L3
    if values.get("birth_date") != person.birth_date and "birth_date" in found:
        unusual(found["birth_date"], "birth_date", reason)  # L5
    given = {"name": name, "sex": values.get("sex") or "", "birth_date": values.get("birth_date"), "phone": values.get("phone") or ""}
    with transaction():
        Person.update(**given, phone_index=blind_index(values.get("phone") or "")).where(Person.id == person.id).execute()
        LoanElite.update(organization=place).where(LoanElite.id == elite.id).execute()
        _audit("loans.elite.person", elite.id, elite.organization_id, reason)


# doubles -------------------------------------------------------------------------------------------------------------


def doubles() -> list[tuple[LoanElite, LoanElite, str]]:
    """Pairs of the registry in scope that may be one person, and why: the same number, name and birth date, or name and village."""
    e = LoanElite
    rows = list(e.select(e, Person).join(Person, on=(e.person == Person.id)).where(e.merged_into.is_null(), e.pending == False))  # noqa: E712
    keys: list[tuple[Any, str]] = []
    seen: dict[Any, list[LoanElite]] = {}
    for row in rows:
        p = row.person
        keys = [((1, p.phone_index), _("the same phone number"))] if p.phone_index else []
        keys += [((2, p.name, p.birth_date), _("the same name and birth date"))] if p.birth_date else []
        keys += [((3, p.name, row.organization_id), _("the same name in one village"))]
        for key, why in keys:
            seen.setdefault((key, why), []).append(row)
    found: dict[tuple[int, int], tuple[LoanElite, LoanElite, str]] = {}
    for (_key, why), same in seen.items():
        for n, first in enumerate(same):
            for other in same[n + 1 :]:
                if not _told_apart(first.person, other.person):
                    found.setdefault((first.id, other.id), (first, other, why))
    return list(found.values())


def _told_apart(a: Person, b: Person) -> bool:
    """Two identity numbers, or two birth dates: not one person."""
    numbers = a.id_no_index and b.id_no_index and a.id_no_index != b.id_no_index
    births = a.birth_date and b.birth_date and a.birth_date != b.birth_date
    return bool(numbers or births)


def merge(stays: LoanElite, goes: LoanElite, reason: str) -> int:
    """Make one entry of two: what `goes` has moves to `stays`, blanks of its profile are filled, `goes` leaves the lists.

    Facts of a locked period stay where they were reported; returns how many. Raises RuleError without a reason or for one entry twice.
    """
    if stays.id == goes.id or stays.merged_into or goes.merged_into:
        raise RuleError(_("Choose two different entries."), "stays")  # L68
    if not reason.strip():
        raise RuleError(_("Say why they are one person."), "reason")  # L68
    with transaction():
        left = _move_facts(stays, goes)
        filled = {k: getattr(goes, k) for k in BLANKS if not getattr(stays, k) and getattr(goes, k)}
        LoanElite.update(**filled, left_on=stays.left_on).where(LoanElite.id == stays.id).execute()
        LoanElite.update(merged_into=stays.id, left_on=goes.left_on or today()).where(LoanElite.id == goes.id).execute()
        _audit("loans.elite.merge", stays.id, stays.organization_id, reason)
    return left


def _move_facts(stays: LoanElite, goes: LoanElite) -> int:
    for model in (LoanApplication, LoanClaim):
        model.update(elite=stays.id).where(model.elite == goes.id).execute()
    m = LoanMatch
    for row in _of(m, goes):
        same = m.get_or_none(m.elite == stays.id, m.organization == row.organization_id, m.from_on == row.from_on)
        (m.delete() if same else m.update(elite=stays.id)).where(m.id == row.id).execute()
    left = _one_entry(stays, goes)
    left += sum(not _moved(LoanDrawdown.update(elite=stays.id).where(LoanDrawdown.id == r.id)) for r in _of(LoanDrawdown, goes))
    r = LoanRoleModel
    named = list(r.select().where(r.person == goes.person_id))
    return left + sum(not _moved(r.update(person=stays.person_id).where(r.id == row.id)) for row in named)


def _of(model: Any, elite: LoanElite) -> list[Any]:
    return list(model.select().where(model.elite == elite.id))


def _moved(query: Any) -> bool:
    """Write it; False if it lies in a locked period, and then it stays."""
    try:
        query.execute()
    except RuleError:
        return False
    return True


def _one_entry(stays: LoanElite, goes: LoanElite) -> int:
    """Entered once: the first entry counts. An entry in a locked period stays as it was reported."""
    entries = sorted(_of(LoanEntry, stays) + _of(LoanEntry, goes), key=lambda e: e.entered_on)
    left = sum(not _moved(LoanEntry.delete().where(LoanEntry.id == e.id)) for e in entries[1:])
    if entries and entries[0].elite_id == goes.id and _moved(LoanEntry.update(elite=stays.id).where(LoanEntry.id == entries[0].id)):
        LoanElite.update(entered_on=entries[0].entered_on).where(LoanElite.id == stays.id).execute()
    return left


# villages and talents ------------------------------------------------------------------------------------------------


def save_match(elite: LoanElite, village_id: int, from_on: date, to_on: date | None, work: str, match: LoanMatch | None = None) -> LoanMatch:
    """万企联万村: an elite works with a village from a day to a day (both included; None: still). Raises RuleError for L66."""
    if to_on is not None and to_on < from_on:
        raise RuleError(_("The last day lies before the first day."), "to_on")  # L66
    m = LoanMatch
    for other in m.select().where(m.elite == elite.id, m.organization == village_id, m.id != (match.id if match else 0)):
        if rules.overlaps(from_on, to_on or date.max, other.from_on, other.to_on or date.max):
            raise RuleError(_("The two are matched already."), "village")  # L66
    with transaction():
        values = {"from_on": from_on, "to_on": to_on, "work": work.strip()}
        if match is None:
            match = m.create(**owned(village_id, elite=elite, **values))
        else:
            m.update(organization=village_id, **values).where(m.id == match.id).execute()
        _audit("loans.match", elite.id, village_id)
    return m.get_by_id(match.id)


def delete_match(match: LoanMatch, reason: str) -> None:
    """Take out a match entered by mistake, with the reason."""
    with transaction():
        LoanMatch.delete().where(LoanMatch.id == match.id).execute()
        _audit("loans.match.delete", match.elite_id, match.organization_id, reason)


# role models ---------------------------------------------------------------------------------------------------------


def delete_role_model(row: LoanRoleModel, reason: str) -> None:
    """Take out a role model, with the reason. Raises RuleError without one, PeriodLocked in a locked period."""
    if not reason.strip():
        raise RuleError(_("Say why it is wrong."), "reason")
    with transaction():
        LoanRoleModel.delete().where(LoanRoleModel.id == row.id).execute()
        record_audit("loans.role_model.delete", object_type="loans_role_model", object_id=row.id, organization_id=row.organization_id, reason=reason)


def move_role_model(rows: list[LoanRoleModel], row: LoanRoleModel, up: bool) -> None:
    """One place up or down among `rows` (those of a half-year, in order); all get places 10, 20, 30 …"""
    ids = [r.id for r in rows]
    here = ids.index(row.id)
    there = here - 1 if up else here + 1
    if not 0 <= there < len(ids):
        return
    ids[here], ids[there] = ids[there], ids[here]
    known = {r.id: r.place for r in rows}
    with transaction():
        for n, key in enumerate(ids, 1):
            if known[key] != n * 10:
                LoanRoleModel.update(place=n * 10).where(LoanRoleModel.id == key).execute()
        record_audit("loans.role_model.order", object_type="loans_role_model", object_id=row.id, organization_id=row.organization_id)


def _audit(act: str, key: int, organization_id: int, reason: str = "") -> None:
    record_audit(act, object_type="loans_elite", object_id=key, organization_id=organization_id, reason=reason)
