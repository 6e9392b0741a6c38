"""Facts of a locked period do not change: the guard that `core.kernel.db` asks before it writes a row with a date.

A day is locked as long as any closed period has it, whatever its kind: a locked month inside an open half-year stays locked, and opening the
half-year again does not free it (docs/decisions/0019). A correction happens inside `correct(reason)`, which `periods.lock.correction` opens; it
signs every closed period that was written into with a new revision.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from ..kernel.clock import LOCAL, local
from ..kernel.connection import is_sqlite
from ..kernel.db import CountyModel, database, set_date_guard
from ..kernel.errors import ConflictError, RuleError
from ..kernel.fields import UtcDateTimeField
from ..kernel.i18n import _
from ..kernel.scope import Scope, current_scope, scoped
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
    closed = _closed_periods()
    hit = [p for p in closed if any(p.start_on <= d <= p.end_on for d in days) or (query is not None and _touches(model, query, p))]
    if not _corrected(hit):
        raise PeriodLocked(
            _(
                "%(period)s is locked, so its records no longer change. Ask the county to reopen the period, or let it record a correction with a reason",
                period=_titles(hit),
            )
        )
    asked = _asked(closed)
    if asked is not None:
        asked.days |= days
        if query is not None:
            asked.others.append(lambda period: True)  # the days of rows that are changed now cannot be told afterwards


def _corrected(hit: Iterable[Period]) -> bool:
    """True if nothing stands against writing into these closed periods: there are none, or a correction is under way, which remembers them."""
    ids, correcting = {p.id for p in hit}, _correcting.get()
    if correcting is not None:
        correcting.update(ids)
    return correcting is not None or not ids


def _titles(hit: Iterable[Period]) -> str:
    return "、".join(str(p.title) for p in hit)


@dataclass
class _Asked:
    """What a transaction was allowed to write while these periods were closed; on PostgreSQL another one may close before its COMMIT."""

    scope: Scope
    closed: set[int]
    days: set[date] = field(default_factory=set)
    others: list[Callable[[Period], bool]] = field(default_factory=list)

    def __call__(self) -> None:
        """Ask again. Raises ConflictError: nothing of the transaction is kept."""
        with scoped(self.scope):
            for period in _closed_periods():
                if period.id not in self.closed and self.touches(period):
                    raise ConflictError(_("%(period)s was locked at this very moment, so nothing was saved. Please try again", period=period.title))

    def touches(self, period: Period) -> bool:
        """True if something that was written may belong to the period."""
        return any(period.start_on <= day <= period.end_on for day in self.days) or any(belongs(period) for belongs in self.others)


def _asked(closed: Iterable[Period]) -> _Asked | None:
    """What is asked again before the COMMIT; None where nobody can come between (SQLite has one writer at a time)."""
    if is_sqlite() or not database.in_transaction():
        return None
    scope = current_scope()
    found: _Asked = database.last_questions().setdefault((_Asked, scope), _Asked(scope, {period.id for period in closed}))
    return found


def closes(period: Period) -> None:
    """This transaction locks the period: what it wrote before belongs into the lock."""
    for asked in database.last_questions().values():
        if isinstance(asked, _Asked):
            asked.closed.add(period.id)


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

    def belongs(period: Period) -> bool:
        return bool(period.end_on >= first and (last is None or period.start_on <= last) and counted(period))

    closed = _closed_periods()
    hit = [p for p in closed if belongs(p)]
    if not _corrected(hit):
        raise PeriodLocked(
            _(
                "%(period)s is locked: this day would alter what it counted. Choose a later day, or ask the county to reopen the period",
                period=_titles(hit),
            ),
            field,
        )
    asked = _asked(closed)
    if asked is not None:
        asked.others.append(belongs)
