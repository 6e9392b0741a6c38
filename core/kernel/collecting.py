"""Which tables a computation reads, and the numbers that a request has read of its county's tables (`core.kernel.stamps`).

A collector is a context variable: a thread that a computation starts is collected if it runs in a copy of the context
(`contextvars.copy_context().run`), which it needs for the scope anyway.
"""

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

T = TypeVar("T")
Number = tuple[int, int]  # raised by the county's own writes, by writes for all counties


@dataclass(frozen=True)
class Vector:
    """The numbers of all tables that concern a county, as they were before anything else was read."""

    county_id: int
    epoch: int
    numbers: Mapping[tuple[bool, str], int]  # (for all counties?, table)

    def number(self, table: str) -> Number:
        """What grows when the county's rows of the table may have changed."""
        return self.numbers.get((False, table), 0), self.numbers.get((True, table), 0)

    def holds(self, now: "Vector | None", tables: set[str]) -> bool:
        """True if nobody has written into these tables between the two."""
        return now is not None and now.epoch == self.epoch and all(now.number(table) == self.number(table) for table in tables)


class UncountedRead(RuntimeError):
    """A computation whose result would be kept reads a table whose changes nobody counts (a model with `stamped = False`)."""


@dataclass
class Collector:
    """What was read while a result for a county was made.

    told: False if the tables do not describe it (another county's rows, tables that nobody counts, a write). keepable: False, too, for a
    result that is not whole, or that reads no table.
    """

    county_id: int
    tables: set[str] = field(default_factory=set)
    told: bool = True
    keepable: bool = True

    def take(self, inner: "Collector") -> None:
        """Something inside was made from these tables, now or earlier."""
        self.tables |= inner.tables
        self.told &= inner.told and inner.county_id == self.county_id
        self.keepable &= inner.keepable


_collector: ContextVar[Collector | None] = ContextVar("youthpilot_collector", default=None)


@contextmanager
def collecting(county_id: int) -> Iterator[Collector]:
    """Collect what is read inside; whoever collects around it gets it too."""
    inner = Collector(county_id)
    token = _collector.set(inner)
    try:
        yield inner
    finally:
        _collector.reset(token)
        hand_on(inner)


def collector() -> Collector | None:
    """The collector in force; None if nobody asks what is read."""
    return _collector.get()


def hand_on(inner: Collector) -> None:
    """Tell the collector in force, if any, what something was made from that is given out now."""
    outer = _collector.get()
    if outer is not None:
        outer.take(inner)


def once(store: dict[Any, tuple[Any, Collector]], name: Any, county_id: int, make: Callable[[], T]) -> T:
    """`make()`, kept in `store`: whoever gets the same again has read the same tables."""
    if name in store:
        found, read = store[name]
        hand_on(read)
    else:
        with collecting(county_id) as read:
            found = make()
        store[name] = found, read
    return cast(T, found)


def refuse_uncounted(tables: Collection[str]) -> None:
    """Our own tests stop at a kept result that reads what nobody counts; elsewhere it is only not kept."""
    if os.environ.get("YOUTHPILOT_STRICT"):
        raise UncountedRead(f"a kept result reads {', '.join(sorted(tables))}, whose changes are not counted")


# the numbers that a request has read ---------------------------------------------------------------------------------

_held: ContextVar[dict[int, Vector | None] | None] = ContextVar("youthpilot_vectors", default=None)


@contextmanager
def holding_vectors() -> Iterator[None]:
    """Inside (a request), the numbers of a county are read once; outside, with every question."""
    token = _held.set({})
    try:
        yield
    finally:
        _held.reset(token)


def held_vectors() -> dict[int, Vector | None] | None:
    """County → what this request has read; None outside requests."""
    return _held.get()


def forget_vectors() -> None:
    """This thread has committed: what it reads from now on must not be taken for what was before."""
    held = _held.get()
    if held is not None:
        held.clear()
