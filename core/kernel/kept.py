"""Results that are kept in this process until a table changes that was read while they were made (`core.kernel.stamps`).

A result is kept with the numbers of those tables, read before anything else: rows newer than their numbers are harmless, the reverse
never happens. Inside a transaction nothing is kept or looked up, because it sees rows that nobody else sees yet. What no table tells
(a computation that reads none) is not kept either, nor anything that it is a part of.
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from peewee import BaseQuery

from .collecting import Collector, Number, Vector, collecting, hand_on, held_vectors
from .db import database
from .scope import scope_or_none

T = TypeVar("T")
MOST = {"figures": 16}  # by the first word of a name; of whole sets of figures there are few
MOST_OTHERS = 1000
PATIENCE = 20.0  # seconds that one waits for another thread that makes the same result


def kept(name: tuple[Any, ...], make: Callable[[], T], complete: Callable[[T], bool] = lambda made: True) -> T:
    """`make()`, or what it gave to the same name while all tables that it read are as they were. Threads that ask meanwhile wait for one.

    The name says of what kind the result is, and holds all that it depends on besides the scope and rows that `make` reads itself. What
    comes back is shared: leave it as it is. Only a complete result is kept: one with a module's fault is made again. Raises TypeError
    for a query or an iterator, which would read later.
    """
    scope = scope_or_none()
    if scope is None or scope.county_id is None or database.in_transaction():
        return make()
    seen = vector(scope.county_id)
    if seen is None:
        return make()
    return cast(T, _results().give((*name[:1], scope.county_id, scope.root_id, scope.mode, *name[1:]), seen, make, complete))


def vector(county_id: int) -> Vector | None:
    """The numbers of a county's tables, as this request read them first, outside requests as of now; None: nothing can be told."""
    held = held_vectors()
    if held is None:
        return cast("Vector | None", database.stamps(county_id))
    if county_id not in held:
        held[county_id] = database.stamps(county_id)
    return held[county_id]


@dataclass(frozen=True)
class _Kept:
    value: Any
    epoch: int
    numbers: dict[str, Number]

    def holds(self, seen: Vector) -> bool:
        return self.epoch == seen.epoch and all(seen.number(table) == number for table, number in self.numbers.items())


@dataclass
class _Making:
    """A thread makes a result, others wait for it."""

    thread: int = field(default_factory=threading.get_ident)
    done: threading.Event = field(default_factory=threading.Event)


class Results:
    """What this process keeps of one database."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, OrderedDict[Any, _Kept]] = {}
        self._making: dict[Any, _Making] = {}

    def give(self, key: tuple[Any, ...], seen: Vector, make: Callable[[], Any], complete: Callable[[Any], bool]) -> Any:
        """The result under this key, made if there is none that holds. A thread waits for another one, but not for ever."""
        until = monotonic() + PATIENCE
        while True:
            with self._lock:
                found = self._look_up(key, seen)
                making = self._making.get(key)
                if found is None and making is None:
                    self._making[key] = mine = _Making()
                    break
            if found is not None:
                hand_on(Collector(seen.county_id, set(found.numbers)))
                return found.value
            if making is None or making.thread == threading.get_ident() or not making.done.wait(until - monotonic()):
                return self._made(key, seen, make, complete)
        try:
            return self._made(key, seen, make, complete)
        finally:
            with self._lock:
                del self._making[key]
            mine.done.set()

    def _look_up(self, key: tuple[Any, ...], seen: Vector) -> _Kept | None:
        kind = self._kept.setdefault(key[0], OrderedDict())
        found = kind.get(key)
        if found is None or not found.holds(seen):
            return None
        kind.move_to_end(key)
        return found

    def _made(self, key: tuple[Any, ...], seen: Vector, make: Callable[[], Any], complete: Callable[[Any], bool]) -> Any:
        with collecting(seen.county_id) as read:
            value = make()
            read.keepable = read.keepable and read.told and bool(read.tables) and complete(value)
        if isinstance(value, BaseQuery | Iterator):
            raise TypeError(f"{key[0]}: a {type(value).__name__} reads later: make a list of it")
        if read.keepable:
            self._keep(key, _Kept(value, seen.epoch, {table: seen.number(table) for table in read.tables}))
        return value

    def _keep(self, key: tuple[Any, ...], made: _Kept) -> None:
        with self._lock:
            kind = self._kept.setdefault(key[0], OrderedDict())
            kind[key] = made
            kind.move_to_end(key)
            while len(kind) > MOST.get(key[0], MOST_OTHERS):
                kind.popitem(last=False)


_of_engines: "WeakKeyDictionary[Any, Results]" = WeakKeyDictionary()
_of_engines_lock = threading.Lock()


def _begin_anew() -> None:
    """In a forked process: the threads that hold the locks, or make what others wait for, are the parent's."""
    global _of_engines_lock
    _of_engines_lock = threading.Lock()
    _of_engines.clear()


os.register_at_fork(after_in_child=_begin_anew)


def _results() -> Results:
    with _of_engines_lock:
        return _of_engines.setdefault(database.obj, Results())
