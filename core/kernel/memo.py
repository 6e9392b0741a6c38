"""Remembering what several indicators ask while one county's figures are computed, and no longer than that.

Nothing is remembered outside `remembering()`. What is asked is kept per scope, so that a narrowed answer never serves a wider one.
Whoever asks has read the tables that the answer was made from, also if it was made for somebody before him (`core.kernel.collecting`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from .collecting import Collector, once
from .scope import scope_or_none

T = TypeVar("T")
_kept: ContextVar[dict[Any, tuple[Any, Collector]] | None] = ContextVar("youthpilot_memo", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Inside, `remembered` answers the same question once. Only for reading: nothing may be written meanwhile."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def remembered(question: tuple[Any, ...], make: Callable[[], T]) -> T:
    """`make()`, or what it answered before to the same question under the same scope inside `remembering()`."""
    kept, scope = _kept.get(), scope_or_none()
    if kept is None or scope is None or scope.county_id is None:
        return make()
    return once(kept, (scope, *question), scope.county_id, make)
