"""Remembering what several indicators ask while one county's figures are computed, and no longer than that.

Nothing is remembered outside `remembering()`. What is asked is kept per scope, so that a narrowed answer never serves a wider one.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from .scope import scope_or_none

T = TypeVar("T")
_kept: ContextVar[dict[Any, Any] | None] = ContextVar("youthpilot_memo", default=None)


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
    kept = _kept.get()
    if kept is None:
        return make()
    name = (scope_or_none(), *question)
    if name not in kept:
        kept[name] = make()
    found: T = kept[name]
    return found
