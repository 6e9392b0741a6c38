"""How figures add up, round, change and jump. Pure functions over values.

A `Part` is what an organization contributes: (numerator, denominator). The denominator is None for flow, stock and distinct. A part
that is None is blank; blank is never zero.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from youthpilot.core.kernel.errors import RuleError
from youthpilot.core.kernel.numbers import round_half_up

from .words import _

Number = int | Decimal
Part = tuple[Number, Number | None]
PAIRED = ("ratio", "average")  # kinds with numerator and denominator
ADDED = ("flow", "stock", "ratio", "average")  # kinds whose components may be added across organizations
HUNDRED = Decimal(100)


class FigureError(RuleError):
    """Something that must not be added was to be added; the message says which total is possible."""


@dataclass(frozen=True, slots=True)
class Change:
    """How a value moved against a base: `amount` in per cent ("percent"), 百分点 ("points") or its own unit ("difference")."""

    amount: Decimal
    how: Literal["percent", "points", "difference"]


def exact(value: Any) -> Number | None:
    """A database number as int or Decimal; None stays None. Floats are read as they print, so that 0.1 is a tenth."""
    if value is None or type(value) is int:
        return value
    if isinstance(value, bool):
        return int(value)
    return value if isinstance(value, Decimal) else Decimal(str(value))


def value_of(kind: str, part: Part | None, decimals: int = 0, percent: bool = False) -> Decimal | None:
    """The printed value of a contribution; None if blank or the denominator is 0 ("—", never 0 %). A rate above 100 % is not clipped."""
    if part is None:
        return None
    numerator, denominator = part
    if kind not in PAIRED:
        return round_half_up(numerator, decimals)
    if not denominator:
        return None
    quotient = Decimal(numerator) / Decimal(denominator)
    return round_half_up(quotient * HUNDRED if percent else quotient, decimals)


def plus(a: Part | None, b: Part | None) -> Part | None:
    """Two contributions added component by component; a blank one adds nothing, two blanks stay blank."""
    if a is None or b is None:
        return b if a is None else a
    if a[1] is None or b[1] is None:
        return a[0] + b[0], None
    return a[0] + b[0], a[1] + b[1]


def minus(a: Part, b: Part | None) -> Part:
    """What is left of `a` when `b` is taken away; may be negative."""
    if b is None:
        return a
    return a[0] - b[0], None if a[1] is None or b[1] is None else a[1] - b[1]


def add_organizations(kind: str, parts: Iterable[Part | None], title: str = "") -> Part | None:
    """The total over organizations: sums for flow and stock, Σ/Σ for ratio and average; None if all are blank.

    Raises FigureError for distinct (recount the items) and for claims.
    """
    if kind == "distinct":
        raise FigureError(
            _("“%(title)s” counts each one once and cannot be summed. Recount it from the records of the superior organization", title=title)
        )
    if kind == "claim":
        raise FigureError(_("“%(title)s” is a statement and has no total. Ask for it at the superior organization", title=title))
    total: Part | None = None
    for part in parts:
        total = plus(total, part)
    return total


def add_values(kind: str, values: Iterable[Number | None], title: str = "") -> Number | None:
    """The sum of printed values: for flow and stock only. Raises FigureError that says which total is possible."""
    if kind == "average":
        raise FigureError(_("The averages of “%(title)s” cannot be added. Add the sums and the counts and divide", title=title))
    if kind == "ratio":
        raise FigureError(_("The rates of “%(title)s” cannot be added or averaged. Add numerators and denominators and divide", title=title))
    total = add_organizations(kind, [None if v is None else (v, None) for v in values], title)
    return None if total is None else total[0]


def add_periods(kind: str, parts: Iterable[Part | None], title: str = "", across_time: str = "") -> Part | None:
    """The total over periods that follow each other: sum for flow, Σ/Σ for ratio; None if all are blank.

    Raises FigureError for stock and average (they hold for the last day), distinct and claim, and whatever the indicator's
    `across_time` forbids.
    """
    across_time = (
        across_time if across_time in ("last", "recount", "none") else {"stock": "last", "average": "last", "distinct": "recount"}.get(kind, "sum")
    )
    if across_time == "last":
        raise FigureError(_("“%(title)s” holds for one day; two periods cannot be added. Take the value of the last day", title=title))
    if across_time in ("recount", "none"):
        raise FigureError(_("“%(title)s” cannot be added over periods. Ask for it from the first to the last day", title=title))
    return add_organizations(kind, parts, title)


def same_unit(units: Iterable[str]) -> str:
    """The one unit of figures that are to be added. Raises FigureError for 人 and 人次, 户 and 笔 …"""
    found = list(dict.fromkeys(units))
    if len(found) != 1:
        raise FigureError(_("Figures in %(units)s cannot be added. Add those of one unit only", units="、".join(found)))
    return found[0]


def n_of_m(asked: Iterable[int], given: set[int]) -> tuple[int, int]:
    """(n, m): how many of the organizations asked gave a value."""
    asked = list(asked)
    return sum(1 for identity in asked if identity in given), len(asked)


def change(kind: str, value: Any, base: Any, percent: bool = False) -> Change | None:
    """How a value moved: 百分点 for a rate, its own unit for an average or a rate not in per cent, else per cent with one decimal.

    None if either is blank or a claim, and for a percentage when the base is zero or negative ("—", never 0 %).
    """
    if value is None or base is None or isinstance(value, bool) or isinstance(base, bool):
        return None
    difference = Decimal(value) - Decimal(base)
    if kind in PAIRED:
        return Change(difference, "points" if kind == "ratio" and percent else "difference")
    if base <= 0:
        return None
    return Change(round_half_up(difference / Decimal(base) * HUNDRED, 1), "percent")


def jumps(value: Any, base: Any, limit: Decimal = Decimal(3), least: Decimal = Decimal(0)) -> bool:
    """True if |value / base| is above `limit` or below 1/limit, and the two differ by `least` or more.

    `least` keeps 0 against 1 from being asked about. Without a base, or with base 0, nothing can be said: False.
    """
    if value is None or not base or isinstance(value, bool) or isinstance(base, bool):
        return False
    if abs(Decimal(value) - Decimal(base)) < least:
        return False
    factor = abs(Decimal(value) / Decimal(base))
    return factor > limit or factor * limit < 1


def impossible(kind: str, numerator: Number, denominator: Number | None) -> str:
    """Why a contribution cannot be: a message, '' if it can. Above 100 % is unusual, not impossible."""
    if numerator < 0 or (denominator is not None and denominator < 0):
        return _("A figure cannot be negative")
    if kind in PAIRED and denominator == 0 and numerator != 0:
        return _("The denominator is 0, so the numerator must be 0 too")
    return ""


def places(value: Decimal) -> int:
    """How many decimal places a number has as written, zeros at its end not counted."""
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
