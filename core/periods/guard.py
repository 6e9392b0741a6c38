"""Facts of a locked period do not change: the guard that `core.kernel.db` asks before it writes a row with a date.

A correction happens inside `correct(reason)`, which `periods.lock.correction` opens and signs with a new revision.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time, timedelta
from typing import Any

from ..kernel.clock import LOCAL, local
from ..kernel.db import CountyModel, set_date_guard
from ..kernel.errors import RuleError
from ..kernel.fields import UtcDateTimeField
from ..kernel.i18n import _
from ..kernel.scope import current_scope
from .models import Period

_correcting: ContextVar[str] = ContextVar("youthpilot_correcting", default="")
_CLOSED = ("locked", "published")


class PeriodLocked(RuleError):
    """A record of a locked period was to be written; the message names the period and what to do."""


def install() -> None:
    """Let every write of a dated fact pass the guard."""
    set_date_guard(guard)


@contextmanager
def correct(reason: str) -> Iterator[None]:
    """Writes inside may touch locked periods. Raises RuleError without a reason; use `lock.correction`, which signs the result."""
    if not reason.strip():
        raise RuleError(_("Give the reason for the correction"), "reason")
    token = _correcting.set(reason.strip())
    try:
        yield
    finally:
        _correcting.reset(token)


def guard(model: type[CountyModel], dates: set[Any], query: Any) -> None:
    """Raise PeriodLocked if a date about to be written, or the old date of a row that `query` touches, lies in a closed period."""
    if _correcting.get():
        return
    closed = _closed_periods()
    for period in closed:
        if any(period.start_on <= _day(d) <= period.end_on for d in dates) or (query is not None and _touches(model, query, period)):
            raise PeriodLocked(
                _(
                    "%(period)s is locked, so its records no longer change. Ask the county to reopen the period, or let it record a correction with a reason",
                    period=period.title,
                )
            )


def closed_period_of(day: date) -> Period | None:
    """The locked or published period of the scope's county that a day lies in; None if there is none."""
    return next((p for p in _closed_periods() if p.start_on <= day <= p.end_on), None)


def _closed_periods() -> list[Period]:
    return list(
        Period.select(Period.id, Period.county, Period.title, Period.start_on, Period.end_on, Period.revision).where(Period.state.in_(_CLOSED))
    )


def _touches(model: type[CountyModel], query: Any, period: Period) -> bool:
    """True if a row that the update or delete reaches is dated inside the period."""
    field = model._meta.fields[model.date_field]
    first, last = _bounds(field, period)
    found = model.select(model.id).where((field >= first) & (field < last))
    if current_scope().county_id is None:
        found = found.where(model._meta.fields["county"] == period.county_id)
    if query._where is not None:
        found = found.where(query._where)
    return bool(found.limit(1).tuples().first())


def _bounds(field: Any, period: Period) -> tuple[Any, Any]:
    after = period.end_on + timedelta(days=1)
    if isinstance(field, UtcDateTimeField):
        return datetime.combine(period.start_on, time(), LOCAL), datetime.combine(after, time(), LOCAL)
    return period.start_on, after


def _day(value: Any) -> date:
    if isinstance(value, datetime):
        return local(value).date()
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def locked_days(days: Iterable[date]) -> list[date]:
    """Those of `days` that lie in a closed period of the scope's county, for importers that judge rows before they write."""
    closed = _closed_periods()
    return [d for d in days if any(p.start_on <= d <= p.end_on for p in closed)]


def refuse_locked_span(first: date, last: date | None, field: str = "", counted: Callable[[Period], bool] = lambda period: True) -> None:
    """Refuse a change of what was true from `first` to `last` (both included; None: for good) if a closed period has a day in it.

    For facts that last (a membership, a post): beginning or ending them earlier or later would alter what a locked half-year counted.
    `counted`: whether they went into what that period holds. Raises PeriodLocked at `field`; not inside a correction.
    """
    if _correcting.get():
        return
    for period in _closed_periods():
        if period.end_on >= first and (last is None or period.start_on <= last) and counted(period):
            raise PeriodLocked(
                _(
                    "%(period)s is locked: this day would alter what it counted. Choose a later day, or ask the county to reopen the period",
                    period=period.title,
                ),
                field,
            )
