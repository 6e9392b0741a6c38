"""Results that are kept in this process while nobody writes, e.g. a county's figures or what its modules say on the home.

The name of a result holds the version of the database from before it was computed, so that a commit by any process makes it a new
one; there is nothing to invalidate. On PostgreSQL, which has no such version, nothing is kept.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar, cast

from .database_version import database_version

MOST = 16
T = TypeVar("T")
_results: OrderedDict[Any, Any] = OrderedDict()
_lock = threading.Lock()


def cached(name: Any, make: Callable[[], T], complete: Callable[[T], bool]) -> T:
    """`make()`, or what it gave when the database was exactly as it is now. Only a complete result is kept: one with a module's fault is made again."""
    version = database_version()  # before `make` reads anything
    if version is None:
        return make()
    key = (version, name)
    with _lock:
        found = _results.get(key)
        if found is not None:
            _results.move_to_end(key)
            return cast(T, found)
    made = make()
    if complete(made):
        with _lock:
            _results[key] = made
            while len(_results) > MOST:
                _results.popitem(last=False)
    return made
