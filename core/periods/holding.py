"""Holding a period while its content is written: it may have been locked, published or reopened since it was read."""

from ..kernel.connection import is_sqlite
from ..kernel.errors import ConflictError
from ..kernel.i18n import _
from .models import Period
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
