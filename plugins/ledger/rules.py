"""Pure rules of the county's own figures: kinds, keys, placeholders, conditions, which days a period has."""

import operator
import re
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

KINDS = {"flow": "发生数", "stock": "期末数", "distinct": "去重数", "average": "平均数"}
CHAPTERS = {"thought": "思想引领", "service": "服务青年", "base": "基层基础", "plan": "下一步计划"}
COMPARATORS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    ">=": ("不低于", operator.ge),
    "<=": ("不高于", operator.le),
    "==": ("等于", operator.eq),
    ">": ("高于", operator.gt),
    "<": ("低于", operator.lt),
}
SLUG = re.compile(r"[a-z][a-z0-9_]{0,60}$")
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_.]*)(?:\|[a-z_]+)?\}")


def next_key(keys: Iterable[str]) -> str:
    """The key of the next figure: ledger.k1, ledger.k2 …; a number is never used twice."""
    numbers = [int(k.removeprefix("ledger.k")) for k in keys if k.removeprefix("ledger.k").isdigit()]
    return f"ledger.k{max(numbers, default=0) + 1}"


def placeholders(text: str) -> list[str]:
    """Keys that a sentence prints, in order, each once."""
    return list(dict.fromkeys(PLACEHOLDER.findall(text)))


def holds(value: Decimal | bool | None, comparator: str, against: Decimal | None) -> bool:
    """True if the condition is met; without a comparator always, with a blank figure never."""
    if not comparator:
        return True
    if value is None or against is None:
        return False
    return COMPARATORS[comparator][1](Decimal(value), against)


def half_year(code: str) -> tuple[date, date]:
    """First and last day (both included) of a period code like 2023H1. Raises ValueError for another shape."""
    year, half = int(code[:4]), code[4:]
    if half not in ("H1", "H2"):
        raise ValueError(f"{code} is no half-year")
    return (date(year, 1, 1), date(year, 6, 30)) if half == "H1" else (date(year, 7, 1), date(year, 12, 31))


def in_force(valid_from: date, closed_on: date | None, start: date, end: date) -> bool:
    """True if something valid from a day to a day (None: still) is in force in some part of start–end (all included)."""
    return valid_from <= end and (closed_on is None or closed_on >= start)


def day_before(day: date) -> date:
    """The day before."""
    return day - timedelta(days=1)
