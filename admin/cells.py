"""How a value stands in a cell: blank is a dash, never zero; thousands separated; days as 2023-06-28."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from youthpilot.core.kernel.i18n import _

from . import chrome

BLANK = Markup('<span class="yp-hint">—</span>')


def _blank(view: Any, value: Any, name: str) -> Markup:
    return BLANK


def _flag(view: Any, value: bool, name: str) -> str:
    return _("Yes") if value else _("No")


def _number(view: Any, value: Any, name: str) -> str:
    return chrome.number(value)


def _moment(view: Any, value: datetime, name: str) -> str:
    return chrome.moment(value)


def _day(view: Any, value: date, name: str) -> Markup:
    return Markup('<span class="nowrap">{}</span>').format(value.isoformat())  # a day broken at its hyphens is hard to read


def _text(view: Any, value: str, name: str) -> Any:
    return value if value.strip() else BLANK


FORMATTERS = {type(None): _blank, bool: _flag, datetime: _moment, date: _day, Decimal: _number, int: _number, str: _text}


def badge(text: Any, kind: str = "", icon_name: str = "") -> Markup:
    """The same badge as in templates, for formatters: kind is ok, warn, bad, info or ''."""
    css = f" badge-{kind}" if kind else ""
    return Markup('<span class="badge{}">{}{}</span>').format(css, chrome.icon(icon_name) if icon_name else "", text)
