"""One cell → one value. Pure: today is an argument.

Every function returns (value, problem): the value or None for an empty cell, and what is wrong with it, or None.
With a problem of level "E" the value is None; with "W" (unusual, allowed) the value stands.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from youthpilot.core.kernel.cells import Cell, text_of
from youthpilot.core.kernel.numbers import round_half_up
from youthpilot.core.kernel.text import fold, forbidden_in, without_unseen
from youthpilot.core.kernel.values import BLANK_MARKS, Parsed, Problem, broken_cell

from .words import _

_SERIAL_ONE = date(1899, 12, 30)
_SERIALS = range(10_000, 73_051)  # 1927-05-18 … 2099-12-31: smaller numbers are years or counts, not days
_YEARS = range(1900, 2100)
_DATE = re.compile(r"^(\d{4})([-/.年])(\d{1,2})(?:([-/.月])(\d{1,2})日?|月)?(?:[ T]*\d{1,2}[:时]\d{1,2}(?:[:分]\d{1,2}(?:\.\d+)?秒?)?)?$", re.ASCII)
_COMPACT_DATE = re.compile(r"^(\d{4})(\d{2})(\d{2})$", re.ASCII)
_NUMBER = re.compile(r"^[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?$", re.ASCII)
_TRUE = {"是", "有", "√", "✓", "✔", "对", "y", "yes", "true", "1", "☑"}
_FALSE = {"否", "无", "×", "✗", "✘", "x", "错", "没有", "不是", "n", "no", "false", "0", "☐"}


def parse_text(cell: Cell, max_length: int | None = None) -> Parsed[str]:
    """The text as written, less characters that nobody sees, no longer than `max_length` characters (included)."""
    broken = broken_cell(cell)
    if broken:
        return None, broken
    text = without_unseen(text_of(cell)).strip(" \u3000")
    forbidden = forbidden_in(text)
    if forbidden:
        values = {"place": forbidden[0], "name": forbidden[1]}
        return None, Problem(
            "forbidden_character", _("Character %(place)s (%(name)s) cannot be stored. Delete it and type the text again.", **values)
        )
    if max_length is not None and len(text) > max_length:
        return None, Problem("too_long", _("Longer than %(limit)s characters.", limit=max_length))
    return text or None, None


def parse_date(cell: Cell) -> Parsed[date]:
    """A day from a date cell, from the usual ways of writing one (2023-06-30, 2023/6/30, 2023.6.30, 2023年6月30日, 20230630, with or without a
    time of day) or from a spreadsheet's day number. A month alone (2023-06) is its first day, with a warning."""
    broken = broken_cell(cell)
    if broken:
        return None, broken
    if isinstance(cell, datetime):
        return cell.date(), None
    if isinstance(cell, date):
        return cell, None
    if isinstance(cell, Decimal):
        return _date_from_decimal(cell)
    text = fold(text_of(cell))
    if not text or text in BLANK_MARKS:
        return None, None
    if text.isascii() and text.isdecimal() and len(text) == 5 and int(text) in _SERIALS:
        return _SERIAL_ONE + timedelta(days=int(text)), None
    return _date_from_text(text)


def _date_from_text(text: str) -> Parsed[date]:
    compact = _COMPACT_DATE.match(text)
    if compact:
        return _day(*compact.groups())
    found = _DATE.match(text.replace(" 年", "年").replace("年 ", "年").replace("月 ", "月"))
    if not found or (found[2] != "年" and found[4] and found[4] != found[2]) or (found[2] == "年" and found[4] not in (None, "月")):
        return None, _not_a_date(text)
    if found[5]:
        return _day(found[1], found[3], found[5])
    value, problem = _day(found[1], found[3], "1")
    return value, problem or Problem("month_only", _("Only a month is given; its first day is taken."), "W")


def _date_from_decimal(cell: Decimal) -> Parsed[date]:
    """2023.6 typed into a cell is a number. 2023.1 may have been January or October: nobody can tell any more."""
    whole, _dot, fraction = format(cell, "f").partition(".")
    if int(cell) in _SERIALS:
        return _SERIAL_ONE + timedelta(days=int(cell)), None
    if fraction == "1":
        return None, Problem("ambiguous_date", _("%(text)s may be January or October. Write it like 2023-01-01.", text=format(cell, "f")))
    return _date_from_text(f"{whole}.{fraction}")


def _day(year: str, month: str, day: str) -> Parsed[date]:
    try:
        value = date(int(year), int(month), int(day))
    except ValueError:
        value = date.min
    if value.year not in _YEARS:
        return None, Problem("no_such_date", _("There is no day %(text)s.", text=f"{year}-{month}-{day}"))
    return value, None


def _not_a_date(text: str) -> Problem:
    return Problem("not_a_date", _("%(text)s is not a date. Write it like 2023-06-30.", text=text))


def parse_decimal(
    cell: Cell, minimum: Decimal | int | None = None, maximum: Decimal | int | None = None, places: int | None = None
) -> Parsed[Decimal]:
    """A number, exact; 1,234.5, full-width digits and 12% (= 0.12) are understood. Bounds are included; `places` is the most decimals allowed."""
    broken = broken_cell(cell)
    if broken:
        return None, broken
    text = fold(text_of(cell))
    if not text or text in BLANK_MARKS:
        return None, None
    number = text[:-1].rstrip() if text.endswith("%") else text
    if not _NUMBER.match(number):
        return None, Problem("not_a_number", _("%(text)s is not a number. Write digits only; leave the cell empty if it is not known.", text=text))
    try:
        value = Decimal(number.replace(",", "")) / (100 if text.endswith("%") else 1)
    except InvalidOperation:
        return None, Problem("not_a_number", _("%(text)s is not a number. Write digits only; leave the cell empty if it is not known.", text=text))
    return _bounded(value, minimum, maximum, places)


def _bounded(value: Decimal, minimum: Decimal | int | None, maximum: Decimal | int | None, places: int | None) -> Parsed[Decimal]:
    if minimum is not None and value < minimum:
        return None, Problem("too_small", _("Less than %(limit)s.", limit=minimum))
    if maximum is not None and value > maximum:
        return None, Problem("too_large", _("More than %(limit)s.", limit=maximum))
    if places is not None and value != round_half_up(value, places):
        return None, Problem("too_many_decimals", _("More than %(places)s decimals.", places=places))
    return value, None


def parse_int(cell: Cell, minimum: int | None = None, maximum: int | None = None) -> Parsed[int]:
    """A whole number; 3.0 is one, 3.5 and 3人 are not. Bounds are included."""
    value, problem = parse_decimal(cell, minimum, maximum)
    if value is None:
        return None, problem
    if value != value.to_integral_value():
        return None, Problem("not_whole", _("%(text)s is not a whole number.", text=text_of(cell)))
    return int(value), None


def parse_bool(cell: Cell) -> Parsed[bool]:
    """是/否, 有/无, √/×, Y/N, 1/0, TRUE/FALSE."""
    broken = broken_cell(cell)
    if broken:
        return None, broken
    word = fold(text_of(cell)).casefold()
    if not word or word in BLANK_MARKS:
        return None, None
    if word in _TRUE or word in _FALSE:
        return word in _TRUE, None
    return None, Problem("not_yes_no", _("Write 是 or 否, not %(text)s.", text=text_of(cell)))


def parse_choice(cell: Cell, choices: Mapping[str, str]) -> Parsed[str]:
    """The code behind the Chinese word; a code itself is understood too. `choices` maps word → code."""
    broken = broken_cell(cell)
    if broken:
        return None, broken
    word = fold(text_of(cell))
    if not word:
        return None, None
    folded = {fold(name): code for name, code in choices.items()}
    if word in folded:
        return folded[word], None
    if word in folded.values():
        return word, None
    shown = "、".join(list(choices)[:12]) + ("…" if len(choices) > 12 else "")
    return None, Problem("not_a_choice", _("%(text)s is not one of: %(choices)s.", text=word, choices=shown))


def blank(cell: Cell) -> bool:
    """Whether the cell says nothing: empty, or a lone dash."""
    return cell is None or (isinstance(cell, str) and (not cell.strip() or cell.strip() in BLANK_MARKS))
