"""What every template may use: addresses of static files with a mark that changes with the file, dates and numbers as read here."""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask
from markupsafe import Markup

from youthpilot.core.kernel.calendar import long_date, short_date
from youthpilot.core.kernel.clock import LOCAL
from youthpilot.core.web.current import platform_url

STATIC = Path(__file__).parent / "static"
WEEKDAYS = "一二三四五六日"


def install(app: Flask) -> None:
    """Give the application's templates `asset`, `initial` and the filters cn_date, cn_day, moment, number."""
    env = app.jinja_env
    env.globals.update(asset=asset)
    env.filters.update(cn_date=cn_date, cn_day=cn_day, moment=moment, number=number)


@lru_cache(maxsize=64)
def _mark(path: Path, changed: float) -> str:
    return sha256(path.read_bytes()).hexdigest()[:10]


def asset(filename: str) -> str:
    """The address of a file in admin/static, the same from every county, with its digest so that it may be cached for ever."""
    path = STATIC / filename
    return platform_url("static", filename=filename, v=_mark(path, path.stat().st_mtime))


def icon(name: str) -> Markup:
    """An icon of icons.svg, hidden from screen readers: a word stands beside it."""
    return Markup('<svg class="yp-icon" aria-hidden="true"><use href="{}#i-{}"></use></svg>').format(asset("icons.svg"), name)


def cn_date(day: date | None) -> str:
    """2023年7月3日; '—' for None."""
    return "—" if day is None else long_date(day)


def cn_day(day: date | None) -> str:
    """7月3日 星期一; '—' for None."""
    return "—" if day is None else f"{short_date(day)} 星期{WEEKDAYS[day.weekday()]}"


def moment(at: datetime | None) -> str:
    """2023-06-28 16:20 in local time; '—' for None."""
    return "—" if at is None else (at.astimezone(LOCAL) if at.tzinfo else at).strftime("%Y-%m-%d %H:%M")


def number(value: Any) -> str:
    """A number with thousands separated, as in tables; '—' for None (blank is never zero)."""
    if value is None:
        return "—"
    return f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"
