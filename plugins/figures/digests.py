"""Digests of the records behind figures: of each list one, made once while nobody writes into what it reads."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.fields import digest_of
from youthpilot.core.kernel.kept import kept
from youthpilot.core.kernel.memo import remembered


def records_digest(query: Any) -> tuple[int, str]:
    """(rows, digest) of a query or a list of tuples; the order of rows does not matter, their number does.

    Several indicators list the same rows: what is asked in the same words, with the same values, is read once.
    """
    if not hasattr(query, "tuples"):
        return _digest(query)
    words, values = query.sql()
    name = ("records digest", words, repr(values))
    return remembered(name, partial(kept, name, lambda: _digest(_rows(query))))


def _digest(rows: Iterable[Any]) -> tuple[int, str]:
    count = total = 0
    for row in rows:
        count += 1
        total += int.from_bytes(hashlib.sha256(repr(row).encode()).digest())
    return count, digest_of([count, f"{total % (1 << 256):064x}"])


def _rows(query: Any) -> Iterator[tuple[Any, ...]]:
    """Rows as `.tuples()` gives them, from the driver's: each value of a column is converted once."""
    found = query.tuples().clone().execute(database)
    found.initialize()
    given = getattr(found, "converters", None) or []
    converters = [(at, _once(convert)) for at, convert in enumerate(given) if convert is not None]
    for row in found.cursor:
        if converters:
            row = list(row)
            for at, convert in converters:
                row[at] = convert(row[at])
        yield tuple(row)


def _once(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    known: dict[Any, Any] = {}

    def converted(value: Any) -> Any:
        name = (value.__class__, value)  # 1 and 1.0 are the same key, but not the same text
        try:
            return known[name]
        except KeyError:
            known[name] = found = convert(value)
            return found
        except TypeError:  # no key: a list
            return convert(value)

    return converted
