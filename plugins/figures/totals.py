"""Totals of earlier half-years (汇总录入), many at once: figures that are known as totals only."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from youthpilot.core.kernel.clock import business_now as now
from youthpilot.core.kernel.db import transaction
from youthpilot.core.kernel.errors import ConflictError, RuleError
from youthpilot.core.kernel.i18n import _
from youthpilot.core.kernel.scope import figure_scope
from youthpilot.core.periods.acting import Acting, audit_act
from youthpilot.core.periods.models import Period
from youthpilot.core.periods.opening import managing
from youthpilot.core.registry import CountyRegistry

from .declared import catalogue
from .models import FigureEntry
from .rules import PAIRED
from .typed import Given, read_given


@dataclass(frozen=True)
class TotalRow:
    """A figure of an organization known as a total only (汇总录入), as typed."""

    organization_id: int
    key: str
    value: str = ""
    numerator: str = ""
    denominator: str = ""
    source_file: str = ""


def enter_totals(period: Period, rows: Iterable[TotalRow], registry: CountyRegistry, actor: Acting, batch_id: int | None = None) -> int:
    """Store figures that are known as totals only, marked with their source; records win where there are any. Returns the count.

    One transaction: a row that cannot be refuses all. What organizations entered themselves is not touched.
    """
    known = catalogue(registry)
    with figure_scope(period.county_id), transaction():
        managing(period, actor, "total")
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
        audit_act("period.totals", period, actor, after={"rows": count})
    return count


def count_totals(period_id: int) -> int:
    """How many figures of a period are known as totals."""
    return int(FigureEntry.select().where((FigureEntry.period == period_id) & (FigureEntry.origin == "total")).count())


def last_source(period: Period) -> str:
    """The file or notice that was named last for a total of the period; '' if there is none."""
    entered = FigureEntry.select(FigureEntry.source_file).where((FigureEntry.period == period) & (FigureEntry.origin == "total"))
    row = entered.order_by(FigureEntry.id.desc()).first()
    return row.source_file if row else ""


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
