"""Facts that went into the figures of a locked period do not change."""

from collections.abc import Iterable
from datetime import date
from functools import partial

from youthpilot.core.kernel.scope import figure_scope
from youthpilot.core.periods.guard import refuse_locked_span
from youthpilot.core.periods.models import Period

from .models import FigureEntry, SnapshotTotal


def refuse_locked_figures(first: date, last: date | None, keys: Iterable[str], field: str = "") -> None:
    """Refuse a change of what was true from `first` to `last` (both included; None: for good) if a locked period counted it.

    `keys`: indicators. Only a period whose locked figures have a value for one of them that came from records holds it up: not a module that
    is filled for the first time after a lock, nor what was known as a total. Raises PeriodLocked at `field`; not inside a correction.
    """
    refuse_locked_span(first, last, field, partial(_counted, keys=list(keys)))


def _counted(period: Period, keys: list[str]) -> bool:
    """True if the lock in force holds a value for one of the indicators and it was not entered as a total."""
    with figure_scope(period.county_id):
        held = SnapshotTotal.select(SnapshotTotal.key).where(
            SnapshotTotal.period == period.id,
            SnapshotTotal.revision == period.revision,
            SnapshotTotal.key.in_(keys),
            SnapshotTotal.value.is_null(False),
        )
        totals = FigureEntry.select(FigureEntry.key).where(FigureEntry.period == period.id, FigureEntry.origin == "total", FigureEntry.key.in_(keys))
        return bool({key for (key,) in held.distinct().tuples()} - {key for (key,) in totals.distinct().tuples()})
