"""Entering a figure as a total (汇总录入): one statement about an organization's whole area, with the file that it was taken from."""

from decimal import Decimal

from youthpilot.core.audit.services import record
from youthpilot.core.kernel.clock import business_now as now
from youthpilot.core.kernel.db import transaction
from youthpilot.core.kernel.errors import ConflictError, RuleError
from youthpilot.core.organizations.models import Organization
from youthpilot.core.periods.holding import still_open
from youthpilot.core.periods.models import Period

from .models import FigureEntry
from .words import _

COMPARED = ("value", "numerator", "denominator", "source_file")


def enter_total(
    period: Period,
    organization: Organization | int,
    key: str,
    *,
    value: Decimal | None,
    source_file: str,
    actor: str,
    numerator: Decimal | None = None,
    denominator: Decimal | None = None,
    note: str = "",
) -> FigureEntry | None:
    """Enter or replace the total of an organization's area; `value` None takes it away again (None comes back).

    The same again changes nothing. Raises ConflictError if the period is not open, RuleError without a source.
    """
    if period.state != "open":
        raise ConflictError(_("%(period)s is locked: reopen it or write a correction", period=period.title))
    if value is not None and not source_file.strip():
        raise RuleError(_("Name the file or notice that the figure was taken from"), "source_file")
    organization_id = organization if isinstance(organization, int) else organization.id
    place = {"county": period.county_id, "organization": organization_id, "period": period, "key": key}
    new = {"value": value, "numerator": numerator, "denominator": denominator, "source_file": source_file.strip()}
    here = (FigureEntry.period == period) & (FigureEntry.organization == organization_id) & (FigureEntry.key == key)
    with transaction():
        still_open(period)  # it may have been locked since it was read
        row: FigureEntry | None = FigureEntry.get_or_none(here)
        before = {name: getattr(row, name) for name in COMPARED} if row else None
        if row is not None and row.origin != "total":
            raise ConflictError(_("The organization entered this figure itself; it is not replaced by a total"))
        if row is not None and before == new:
            return row
        if value is None:
            FigureEntry.delete().where(here).execute()
        elif row is None:
            row = FigureEntry.create(**place, **new, origin="total", explanation=note, entered_by=actor, entered_at=now())
        else:
            FigureEntry.update(**new, origin="total", explanation=note, entered_by=actor, entered_at=now()).where(FigureEntry.id == row.id).execute()
        record(
            "figure.total", object_type="figure", object_id=key, object_name=period.title, organization_id=organization_id, before=before, after=new
        )
    return None if value is None else FigureEntry.get(here)


def totals_of(period: Period, organization: Organization | int) -> dict[str, FigureEntry]:
    """Key → the total entered for an organization's area in a period."""
    query = FigureEntry.select().where((FigureEntry.period == period) & (FigureEntry.organization == organization) & (FigureEntry.origin == "total"))
    return {row.key: row for row in query}
