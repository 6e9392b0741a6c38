"""The contracts of what an indicator brings along: its rows, its items, its condition, the records behind it."""

from collections.abc import Callable, Hashable, Iterable
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from typing import Any

from peewee import BaseQuery

from youthpilot.core.contracts import Contract, Returns, WrongValue, checked, exactly, made_by, number, text, wrong
from youthpilot.core.kernel.db import database

from .indicator import Breakdown, Records
from .rules import Number, exact

Belongs = Callable[[int], bool]  # organization id → did the county ever have it?
CLAIM = Contract("indicator", "isolate", exactly(bool | None, "bool | None"))
BREAKDOWN = Contract("breakdown", "isolate", exactly(Breakdown))
FAILED = object()


def computing(paired: bool, belongs: Belongs) -> Contract:
    """Rows (organization, numerator[, denominator]) of the county's own organizations, in numbers that can be added."""
    return Contract("indicator", "isolate", made_by(partial(_amounts, paired=paired, belongs=belongs), "query or list of tuples"))


def listing_items(belongs: Belongs) -> Contract:
    """Pairs (organization, key)."""
    return Contract("indicator", "isolate", made_by(partial(_pairs, belongs=belongs), "query or list of tuples"))


def listing_records(returns: Returns) -> Contract:
    """The records behind a figure, or what was made of them."""
    return Contract("records", "isolate", returns)


def records(value: Any) -> Records:
    """Exactly Records whose query is one, or a list. Raises WrongValue."""
    if type(value) is not Records:
        raise wrong("Records", value)
    if not isinstance(value.query, BaseQuery) and type(value.query) not in (list, tuple):
        raise wrong("a query or a list", value.query)
    found: Records = checked(value)
    return found


def record_row(row: Any, width: int) -> tuple[Any, ...]:
    """A row under its headings: text without markup, finite numbers, days. Raises WrongValue."""
    if len(row) != width:
        raise WrongValue(f"a row has {len(row)} values under {width} headings")
    return tuple(_cell(v) for v in row)


def _cell(value: Any) -> Any:
    if value is None or type(value) in (bool, date, datetime, time):
        return value
    if type(value) in (int, float, Decimal):
        return number(value)
    return str.__str__(value) if isinstance(value, str) else text(value)  # what is stored already is shown as it is


def _amounts(found: Any, paired: bool, belongs: Belongs) -> list[tuple[int, Number, Number | None]]:
    rows = []
    for row in found.tuples().iterator() if isinstance(found, BaseQuery) else _listed(found):
        numerator, denominator = _finite(row[1]), _finite(row[2]) if paired else None
        if numerator is not None and not (paired and denominator is None):
            rows.append((_own(row[0], belongs), numerator, denominator))
    return rows


def _pairs(found: Any, belongs: Belongs) -> Iterable[Any]:
    """As the driver gives them: keys are only compared, so 60,000 of them need no conversion."""
    rows = database.execute(found).fetchall() if isinstance(found, BaseQuery) else _listed(found)
    for row in rows:
        _own(row[0], belongs)
        if not isinstance(row[1], Hashable):
            raise wrong("a key that can be compared", row[1])
    return rows


def _listed(found: Any) -> Any:
    if type(found) not in (list, tuple):  # an iterator may never end
        raise wrong("a query or a list of tuples", found)
    return found


def _finite(value: Any) -> Number | None:
    found = exact(value)
    return found if found is None else number(found)


def _own(organization: Any, belongs: Belongs) -> int:
    if type(organization) is not int or not belongs(organization):
        raise WrongValue(f"row of an organization that this county never had: {organization if type(organization) is int else type(organization)}")
    return organization
