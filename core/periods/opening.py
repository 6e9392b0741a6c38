"""Opening a period: who owes figures is frozen there; later changes of that list are acts with a reason. Totals of earlier half-years."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from youthpilot.plugins.figures.declared import catalogue
from youthpilot.plugins.figures.rules import PAIRED

from ..kernel.clock import business_now as now
from ..kernel.clock import today as clock_today
from ..kernel.db import bulk_load, transaction
from ..kernel.errors import ConflictError, NotFound, RuleError
from ..kernel.i18n import _
from ..kernel.scope import figure_scope
from ..organizations.models import Organization
from ..organizations.queries import tree_as_of
from ..organizations.tree import Tree
from ..registry import CountyRegistry
from .acting import Acting, county_roles
from .models import FigureEntry, Obligation, Period
from .queries import obligation_of
from .rules import OWING_KINDS, Given, half_year, period_after, read_given


@dataclass(frozen=True)
class TotalRow:
    """A figure of an organization known as a total only (汇总录入), as typed."""

    organization_id: int
    key: str
    value: str = ""
    numerator: str = ""
    denominator: str = ""
    source_file: str = ""


def open_period(
    county: Any, code: str, due_on: date | None, registry: CountyRegistry, actor: Acting, today: date | None = None, owing: bool = True
) -> Period:
    """Open a half-year: the townships, streets, villages, communities and schools of the day owe it, in today's tree.

    `due_on` None: its last day. owing=False opens one that nobody owes, for totals of an earlier half-year. Raises RuleError for a bad code or due date,
    ConflictError if it is open already.
    """
    half = half_year(code)
    due_on = due_on or half.end
    if due_on < half.start:
        raise RuleError(_("The due date lies before the period"), "due_on")
    county_id = county if isinstance(county, int) else county.id
    with figure_scope(county_id), transaction():
        if Period.select().where(Period.code == half.code).exists():
            raise ConflictError(_("%(period)s has been opened already", period=half.title))
        root = Organization.get(Organization.parent.is_null())
        after = period_after("none", "open", county_roles(actor, root.id))
        period: Period = Period.create(
            county=county_id,
            organization=root,
            code=half.code,
            title=half.title,
            start_on=half.start,
            end_on=half.end,
            due_on=due_on,
            state=after,
            modules=sorted(registry.enabled),
            opened_by=actor.name,
            opened_at=now(),
        )
        rows = _obligations(period, tree_as_of(county_id, today or clock_today())) if owing else []
        bulk_load(Obligation, rows)
        _audit("period.open", period, actor, after={"due_on": due_on.isoformat(), "owing": len(rows), "modules": period.modules})
    return period


def _obligations(period: Period, tree: Tree) -> list[dict[str, Any]]:
    owing = {node.id for node in tree if node.kind in OWING_KINDS and node.active}
    return [
        {
            "county": period.county_id,
            "organization": node.id,
            "period": period.id,
            "parent_id_then": _parent(tree, node.id, owing, period),
            "name_then": node.short_name or node.name,
            "kind_then": node.kind,
            "origin": "opening",
            "reason": "",
            "waived": False,
        }
        for node in tree
        if node.id in owing
    ]


def _parent(tree: Tree, organization_id: int, owing: set[int], period: Period) -> int:
    return next((a for a in tree.ancestors(organization_id) if a in owing), period.organization_id)


def add_obligation(period: Period, organization_id: int, reason: str, actor: Acting) -> Obligation:
    """Let an organization owe figures after the opening, by a decision with a reason. Raises RuleError or ConflictError."""
    _managing(period, actor, reason)
    with figure_scope(period.county_id), transaction():
        tree = tree_as_of(period.county_id, clock_today())
        if organization_id not in tree:
            raise NotFound(_("There is no such organization here"))
        owed = {i for (i,) in Obligation.select(Obligation.organization_id).where(Obligation.period == period).tuples()}
        if organization_id in owed:
            raise ConflictError(_("%(name)s owes figures for this period already", name=tree[organization_id].name))
        node = tree[organization_id]
        row: Obligation = Obligation.create(
            county=period.county_id,
            organization=node.id,
            period=period,
            parent_id_then=_parent(tree, node.id, owed, period),
            name_then=node.short_name or node.name,
            kind_then=node.kind,
            origin="act",
            reason=reason.strip(),
        )
        _audit("period.obligation.add", period, actor, reason.strip(), {"organization": row.name_then})
    return row


def waive(period: Period, organization_id: int, reason: str, actor: Acting) -> None:
    """Take an organization out of completeness by a decision with a reason; what it submitted stays. Raises RuleError, NotFound."""
    _managing(period, actor, reason)
    with figure_scope(period.county_id), transaction():
        row = obligation_of(period, organization_id)
        Obligation.update(waived=True, reason=reason.strip()).where(Obligation.id == row.id).execute()
        _audit("period.obligation.waive", period, actor, reason.strip(), {"organization": row.name_then})


def enter_totals(period: Period, rows: Iterable[TotalRow], registry: CountyRegistry, actor: Acting, batch_id: int | None = None) -> int:
    """Store figures that are known as totals only, marked with their source; records win where there are any. Returns the count.

    One transaction: a row that cannot be refuses all. What organizations entered themselves is not touched.
    """
    known = catalogue(registry)
    with figure_scope(period.county_id), transaction():
        _managing(period, actor, "total")
        stored = {(e.organization_id, e.key): e for e in FigureEntry.select().where(FigureEntry.period == period)}
        count = 0
        for row in rows:
            values = _total_values(row, known) | {"entered_by": actor.name, "entered_at": now(), "batch_id": batch_id}
            old = stored.get((row.organization_id, row.key))
            if old is None:
                FigureEntry.create(county=period.county_id, organization=row.organization_id, period=period, key=row.key, **values)
            elif old.origin == "total":
                FigureEntry.update(**values).where(FigureEntry.id == old.id).execute()
            else:
                raise ConflictError(
                    _("“%(title)s” was entered by the organization itself and is not replaced by a total", title=known[row.key].meaning.title)
                )
            count += 1
        _audit("period.totals", period, actor, after={"rows": count})
    return count


def _total_values(row: TotalRow, known: Any) -> dict[str, Any]:
    if row.key not in known or known[row.key].meaning.kind == "claim":
        raise RuleError(_("There is no figure %(key)s to enter", key=row.key), "key")
    meaning = known[row.key].meaning
    read = read_given(meaning, Given(row.value, row.numerator, row.denominator))
    if read.error or read.part is None:
        advice = _("Give numerator and denominator: a rate alone cannot be added up") if meaning.kind in PAIRED else _("The value is missing")
        raise RuleError(f"{meaning.title}：{read.error or advice}", "value")
    number: dict[str, Decimal | None] = {"value": read.value, "numerator": read.numerator, "denominator": read.denominator}
    return {"origin": "total", **number, "source_file": row.source_file[:200]}


def _managing(period: Period, actor: Acting, reason: str) -> None:
    """Only the county's administrator, only while the period is open, only with a reason."""
    if not reason.strip():
        raise RuleError(_("Give the reason"), "reason")
    period_after(Period.get_by_id(period.id).state, "lock", county_roles(actor, period.organization_id))


def _audit(act: str, period: Period, actor: Acting, reason: str = "", after: dict[str, Any] | None = None) -> None:
    from ..audit.services import record

    record(
        act, object_type="period", object_id=period.id, object_name=period.title, reason=reason, after=after,
        organization_id=period.organization_id, actor=actor.name, actor_id=actor.user_id or None,
    )  # fmt: skip
