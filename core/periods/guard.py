"""Facts of a locked period do not change: the guard that `core.kernel.db` asks before it writes a row with a date.

A day is locked as long as any closed period has it, whatever its kind: a locked month inside an open half-year stays locked, and opening the
half-year again does not free it (docs/decisions/0019). A correction happens inside `correct(reason)`, which `periods.lock.correction` opens; it
signs every closed period that was written into with a new revision.
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

_correcting: ContextVar[set[int] | None] = ContextVar("youthpilot_correcting", default=None)  # ids of closed periods written into
_CLOSED = ("locked", "published")


class PeriodLocked(RuleError):
    """A record of a locked period was to be written; the message names the period and what to do."""


def install() -> None:
    """Let every write of a dated fact pass the guard."""
    set_date_guard(guard)


@contextmanager
def correct(reason: str) -> Iterator[set[int]]:
    """Writes inside may touch locked periods; what comes back fills with the ids of those they touched.

    Raises RuleError without a reason; use `lock.correction`, which signs the result.
    """
    if not reason.strip():
        raise RuleError(_("Give the reason for the correction"), "reason")
    touched: set[int] = set()
    token = _correcting.set(touched)
    try:
        yield touched
    finally:
        _correcting.reset(token)


def guard(model: type[CountyModel], dates: set[Any], query: Any) -> None:
    """Raise PeriodLocked if a date about to be written, or the old date of a row that `query` touches, lies in a closed period.

    Inside a correction the periods are remembered instead.
    """
    days = {_day(d) for d in dates}
    hit = [p for p in _closed_periods() if any(p.start_on <= d <= p.end_on for d in days) or (query is not None and _touches(model, query, p))]
    if not _corrected(hit):
        raise PeriodLocked(
            _(
                "%(period)s is locked, so its records no longer change. Ask the county to reopen the period, or let it record a correction with a reason",
                period=_titles(hit),
            )
        )


def _corrected(hit: Iterable[Period]) -> bool:
    """True if nothing stands against writing into these closed periods: there are none, or a correction is under way, which remembers them."""
    ids, correcting = {p.id for p in hit}, _correcting.get()
    if correcting is not None:
        correcting.update(ids)
    return correcting is not None or not ids


def _titles(hit: Iterable[Period]) -> str:
    return "、".join(str(p.title) for p in hit)


def closed_period_of(day: date) -> Period | None:
    """The locked or published period of the scope's county that a day lies in, the shortest of several; None if there is none."""
    return min((p for p in _closed_periods() if p.start_on <= day <= p.end_on), key=lambda p: p.end_on - p.start_on, default=None)


def _closed_periods() -> list[Period]:
    columns = Period.id, Period.county, Period.title, Period.start_on, Period.end_on, Period.revision
    return list(Period.select(*columns).where(Period.state.in_(_CLOSED)).order_by(Period.start_on, Period.end_on))


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

    For facts that last (a membership, a post): beginning or ending them earlier or later would alter what a locked period counted.
    `counted`: whether they went into what that period holds. Raises PeriodLocked at `field`; inside a correction the periods are remembered.
    """
    hit = [p for p in _closed_periods() if p.end_on >= first and (last is None or p.start_on <= last) and counted(p)]
    if not _corrected(hit):
        raise PeriodLocked(
            _(
                "%(period)s is locked: this day would alter what it counted. Choose a later day, or ask the county to reopen the period",
                period=_titles(hit),
            ),
            field,
        )
