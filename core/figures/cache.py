"""A county's computed figures and what its modules say on the home, kept in this process while nobody writes: never a user's result.

The name of a result holds the state of the database file, so that a commit by any process makes it a new one; there is nothing to
invalidate. On PostgreSQL, which shows no such state for free, nothing is kept.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from ..db import database, is_sqlite
from .values import FigureSet

KEPT = 16
T = TypeVar("T")
_results: OrderedDict[Any, Any] = OrderedDict()
_lock = threading.Lock()


def data_state() -> tuple[Any, ...] | None:
    """What changes with every commit to the SQLite database; None if it cannot be told (PostgreSQL, in memory, inside a transaction).

    The first 48 bytes of the -shm file are the header of the WAL index: it counts transactions and carries the salts of the log.
    """
    if not is_sqlite() or database.in_transaction():
        return None
    path = Path(str(database.database))
    try:
        main, log = path.stat(), Path(f"{path}-wal").stat()
        with Path(f"{path}-shm").open("rb") as handle:
            header = handle.read(48)
    except OSError:
        return None
    return (str(path), main.st_ino, main.st_mtime_ns, main.st_size, log.st_mtime_ns, log.st_size, header)


def sound(figures: FigureSet) -> bool:
    """True if no module failed while the figures were made."""
    return not any(column.fault for column in figures.columns.values())


def kept(name: Any, make: Callable[[], T], fine: Callable[[T], bool]) -> T:
    """`make()`, or what it gave when the database was exactly as it is now. Only a fine result is kept: one with a module's fault is made again."""
    state = data_state()
    if state is None:
        return make()
    key = (state, name)
    with _lock:
        found = _results.get(key)
        if found is not None:
            _results.move_to_end(key)
            return cast(T, found)
    made = make()
    if fine(made):
        with _lock:
            _results[key] = made
            while len(_results) > KEPT:
                _results.popitem(last=False)
    return made
