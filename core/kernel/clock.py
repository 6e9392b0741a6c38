"""The one clock: the day of the business rules can be set, the time of sessions and audit cannot."""

import os
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")


def today() -> date:
    """The day of the business rules: `YOUTHPILOT_TODAY` (YYYY-MM-DD) if set, else today in Asia/Shanghai."""
    pinned = os.environ.get("YOUTHPILOT_TODAY")
    return date.fromisoformat(pinned) if pinned else datetime.now(LOCAL).date()


def pinned_day() -> date | None:
    """The day set by `YOUTHPILOT_TODAY`, or None if the real clock rules."""
    pinned = os.environ.get("YOUTHPILOT_TODAY")
    return date.fromisoformat(pinned) if pinned else None


def now() -> datetime:
    """The real moment, aware, UTC: for sessions, audit and time stamps."""
    return datetime.now(UTC)


def business_now() -> datetime:
    """The moment of the business rules, aware, UTC: the real time of day on the day of `today()`."""
    moment = datetime.now(LOCAL)
    return datetime.combine(today(), moment.time(), LOCAL).astimezone(UTC)


def local(moment: datetime) -> datetime:
    """The same moment in Asia/Shanghai, for screens."""
    return moment.astimezone(LOCAL)
