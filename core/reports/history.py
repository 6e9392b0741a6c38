"""A county figure over its half-years, for the small line on a card."""

from decimal import Decimal

from ..periods.models import Period, SnapshotTotal
from ..periods.rules import half_year

POINTS = 5


def history_of(period: Period, key: str, value: Decimal | None) -> tuple[list[Decimal | None], int | None]:
    """Values of the last half-years as locked (None where there is none), the oldest first, `value` last; and the place of the
    same half last year in that list (None if it has no value)."""
    codes, half = [period.code], half_year(period.code)
    for _step in range(POINTS - 1):
        half = half.previous
        codes.insert(0, half.code)
    earlier = {p.code: p for p in Period.select().where(Period.code.in_(codes[:-1])) if p.revision}
    stored = {
        t.period_id: t.value
        for t in SnapshotTotal.select(SnapshotTotal.period, SnapshotTotal.value)
        .join(Period)
        .where(
            SnapshotTotal.period.in_([p.id for p in earlier.values()])
            & (SnapshotTotal.organization == period.organization_id)
            & (SnapshotTotal.key == key)
            & (SnapshotTotal.revision == Period.revision)
        )
    }
    series = [stored.get(earlier[c].id) if c in earlier else None for c in codes[:-1]] + [value]
    while len(series) > 1 and series[0] is None:
        series.pop(0)
    place = len(series) - 3
    return series, place if place >= 0 and series[place] is not None else None
