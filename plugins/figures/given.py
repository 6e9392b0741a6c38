"""Who gave the numbers behind a figure that was filled in by hand: for which organization, when, from what, in which form."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from youthpilot.core.periods.models import Obligation, Period, Submission

from .engine import does_count
from .models import FigureEntry
from .rules import value_of
from .values import Meaning


@dataclass(frozen=True)
class GivenBy:
    """One number that somebody gave. origin: entered, override, total. has_form: it stands in the organization's form of the period.

    value: as it is printed; numerator, denominator: what it was given as, None unless ratio or average. source: the file or notice of a total;
    reason: why another number than the records'.
    """

    organization_id: int
    origin: str
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    by: str
    at: datetime
    source: str
    reason: str
    has_form: bool


def given_behind(period: Period, meaning: Meaning, organizations: Container[int]) -> list[GivenBy]:
    """The numbers given for an indicator at these organizations that count, as the scope in force may see them; drafts do not count."""
    states = dict(Submission.select(Submission.organization_id, Submission.state).where(Submission.period == period).tuples())
    owing = {i for (i,) in Obligation.select(Obligation.organization_id).where((Obligation.period == period) & (Obligation.waived == False)).tuples()}  # noqa: E712
    rows = FigureEntry.select().where((FigureEntry.period == period) & (FigureEntry.key == meaning.key) & (FigureEntry.origin != "note"))
    known = [r for r in rows if r.organization_id in organizations and does_count(r.origin, r.organization_id, owing, states)]
    return [_given(row, meaning, row.organization_id in states and row.origin != "total") for row in known if _part(row) is not None]


def _given(row: FigureEntry, meaning: Meaning, has_form: bool) -> GivenBy:
    value = value_of(meaning.kind, _part(row), meaning.decimals, meaning.percent)
    return GivenBy(row.organization_id, row.origin, value, row.numerator, row.denominator, row.entered_by, row.entered_at, row.source_file,
                   row.reason, has_form)  # fmt: skip


def _part(row: FigureEntry) -> tuple[Decimal, Decimal | None] | None:
    if row.numerator is not None and row.denominator is not None:
        return row.numerator, row.denominator
    return None if row.value is None else (row.value, None)
