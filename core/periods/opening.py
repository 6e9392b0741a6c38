"""Opening a period: who owes figures is frozen there; later changes of that list are acts with a reason."""

from datetime import date
from typing import Any

from ..audit.acting import check
from ..kernel.calendar import CalendarPeriod
from ..kernel.clock import business_now as now
from ..kernel.clock import today as clock_today
from ..kernel.db import bulk_load, transaction
from ..kernel.errors import ConflictError, NotFound, RuleError
from ..kernel.i18n import _
from ..kernel.scope import figure_scope
from ..organizations.models import Organization
from ..organizations.queries import tree_as_of
from ..organizations.tree import Node, Tree
from ..registry import CountyRegistry
from .acting import Acting, audit_act, county_roles
from .holding import still_open
from .models import Obligation, Period
from .queries import obligation_of
from .rules import OWING_KINDS, PERIOD


def open_period(
    county: Any, code: str, due_on: date | None, registry: CountyRegistry, actor: Acting, today: date | None = None, owing: bool = True
) -> Period:
    """Open a month, quarter, half-year or year: the townships, streets, villages, communities and schools of the day owe it, in today's tree.

    `due_on` None: its last day. owing=False opens one that nobody owes, for earlier totals. It may share days with periods of other kinds.
    Raises RuleError for a bad code or due date, ConflictError if it has been opened already.
    """
    span = CalendarPeriod.parse(code)
    due_on = due_on or span.end
    if due_on < span.start:
        raise RuleError(_("The due date lies before the period"), "due_on")
    county_id = county if isinstance(county, int) else county.id
    with figure_scope(county_id), transaction():
        if Period.select().where(Period.code == span.code).exists():
            raise ConflictError(_("%(period)s has been opened already", period=span.title))
        root = Organization.get(Organization.parent.is_null())
        PERIOD.check(PERIOD.none, "open", county_roles(actor, root.id))
        days = {"start_on": span.start, "end_on": span.end, "due_on": due_on}
        period: Period = Period.create(
            county=county_id, organization=root, code=span.code, title=span.title, **days, modules=sorted(registry.enabled), opened_by=actor.name,
            opened_at=now(),
        )  # fmt: skip
        rows = _obligations(period, tree_as_of(county_id, today or clock_today())) if owing else []
        bulk_load(Obligation, rows)
        audit_act("period.open", period, actor, after={"due_on": due_on.isoformat(), "owing": len(rows), "modules": period.modules})
    return period


def _obligations(period: Period, tree: Tree) -> list[dict[str, Any]]:
    owing = {node.id for node in tree if node.kind in OWING_KINDS and node.active}
    return [_owed(period, tree, node, owing) for node in tree if node.id in owing]


def _owed(period: Period, tree: Tree, node: Node, owing: set[int], origin: str = "opening", reason: str = "") -> dict[str, Any]:
    """The row of an organization that owes, with its place as it is now."""
    then = {"parent_id_then": _parent(tree, node.id, owing, period), "name_then": node.short_name or node.name, "kind_then": node.kind}
    return {"county": period.county_id, "organization": node.id, "period": period.id, **then, "origin": origin, "reason": reason, "waived": False}


def _parent(tree: Tree, organization_id: int, owing: set[int], period: Period) -> int:
    return next((a for a in tree.ancestors(organization_id) if a in owing), period.organization_id)


def add_obligation(period: Period, organization_id: int, reason: str, actor: Acting) -> Obligation:
    """Let an organization owe figures after the opening, by a decision with a reason. Raises RuleError or ConflictError."""
    managing(period, actor, reason)
    with figure_scope(period.county_id), transaction():
        still_open(period)
        tree = tree_as_of(period.county_id, clock_today())
        if organization_id not in tree:
            raise NotFound(_("There is no such organization here"))
        owed = {i for (i,) in Obligation.select(Obligation.organization_id).where(Obligation.period == period).tuples()}
        if organization_id in owed:
            raise ConflictError(_("%(name)s owes figures for this period already", name=tree[organization_id].name))
        row: Obligation = Obligation.create(**_owed(period, tree, tree[organization_id], owed, "act", reason.strip()))
        audit_act("period.obligation.add", period, actor, reason.strip(), {"organization": row.name_then})
    return row


def waive(period: Period, organization_id: int, reason: str, actor: Acting) -> None:
    """Take an organization out of completeness by a decision with a reason; what it submitted stays. Raises RuleError, NotFound."""
    managing(period, actor, reason)
    with figure_scope(period.county_id), transaction():
        still_open(period)
        row = obligation_of(period, organization_id)
        Obligation.update(waived=True, reason=reason.strip()).where(Obligation.id == row.id).execute()
        audit_act("period.obligation.waive", period, actor, reason.strip(), {"organization": row.name_then})


def managing(period: Period, actor: Acting, reason: str) -> None:
    """Raise RuleError or ConflictError unless it is the county's administrator, while the period is open, with a reason."""
    check(Period.get_by_id(period.id), "owing", county_roles(actor, period.organization_id), given={"reason": reason})
