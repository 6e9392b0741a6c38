"""Holding a period while its content is written: it may have been locked, published or reopened since it was read."""

from typing import Any

from ..kernel.calendar import short_date
from ..kernel.clock import local
from ..kernel.connection import is_sqlite
from ..kernel.errors import ConflictError
from ..kernel.i18n import _
from .models import Period, Snapshot
from .rules import PERIOD_WORDS


def still_open(period: Period) -> None:
    """Hold the period open until the transaction ends. Raises ConflictError if it is closed."""
    query = Period.select(Period.id, Period.state).where(Period.id == period.id)
    row = (query if is_sqlite() else query.for_update("FOR SHARE")).first()
    if row is None or row.state != "open":
        word = PERIOD_WORDS.get(row.state, "") if row else ""
        raise ConflictError(
            _("%(period)s is “%(state)s”, so nothing can be changed here. Ask the county to reopen it", period=period.title, state=word)
        )


def still_as_read(period: Period) -> None:
    """Nobody else moves the period on until the transaction ends. Raises ConflictError if its state or revision is not as it was read."""
    advance(period, period.state)


def advance(period: Period, after: str, **changes: Any) -> None:
    """Compare and set: the period moves on only if it still is as it was read. Raises ConflictError."""
    as_read = (Period.id == period.id) & (Period.state == period.state) & (Period.revision == period.revision)
    if Period.update(state=after, **changes).where(as_read).execute() != 1:
        raise ConflictError(_lost(period))
    period.state = after
    for name, value in changes.items():
        setattr(period, name, value)


def _lost(period: Period) -> str:
    row = Period.get_by_id(period.id)
    last = Snapshot.select().where(Snapshot.period == period).order_by(Snapshot.id.desc()).first()
    word = PERIOD_WORDS.get(row.state, row.state)
    if row.state != "open" and last is not None:
        who = {"state": word, "name": last.locked_by, "time": local_time(last.locked_at)}
        return _("Somebody was faster: %(name)s locked the period at %(time)s; it is “%(state)s” now. Reload the page", **who)
    return _("Somebody was faster: the period is “%(state)s” now. Reload the page", state=word)


def local_time(moment: Any) -> str:
    """7月3日 09:42, in local time."""
    at = local(moment)
    return f"{short_date(at)} {at:%H:%M}"
