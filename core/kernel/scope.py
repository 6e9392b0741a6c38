"""Who sees which rows: a frozen value in a ContextVar, set at the edge, read by the wall in `core.kernel.db`.

No scope set means an exception, never all rows. A scope is not needed at import time, is passed explicitly to threads
and child processes, and is reset after each request.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from .errors import ScopeError

if TYPE_CHECKING:
    from ..counties.models import County


@dataclass(frozen=True)
class Scope:
    """What may be seen: one county from `root_id` downwards, or (system work only) everything."""

    county_id: int | None  # None: every county, mode "system" only
    root_id: int | None  # the organization whose subtree is visible; None with whole=True: not limited inside the county
    actor_id: int | None = None  # the signed-in user
    mode: Literal["user", "public", "system"] = "user"
    reason: str = ""  # system work says why

    @property
    def whole(self) -> bool:
        """True if the scope is not narrowed below the county."""
        return self.root_id is None


_current: ContextVar[Scope | None] = ContextVar("youthpilot_scope", default=None)


def current_scope() -> Scope:
    """The scope in force. Raises ScopeError if none is set."""
    scope = _current.get()
    if scope is None:
        raise ScopeError("no scope is set: set one with scoped(...) before touching a county's rows")
    return scope


def scope_or_none() -> Scope | None:
    """The scope in force, or None."""
    return _current.get()


@contextmanager
def scoped(scope: Scope) -> Iterator[Scope]:
    """Set the scope for the block and put the earlier one back."""
    token = _current.set(scope)
    try:
        yield scope
    finally:
        _current.reset(token)


def county_scope(county: "County | int", actor_id: int | None = None) -> Scope:
    """The whole of one county, for commands and jobs (mode "system")."""
    county_id = county if isinstance(county, int) else county.id
    return Scope(county_id, None, actor_id, "system", "county work")


@contextmanager
def figure_scope(county: "County | int") -> Iterator[Scope]:
    """Figures are computed for the whole county whoever asks; the result is cut to what the user may see afterwards."""
    before = scope_or_none()
    with scoped(county_scope(county, before.actor_id if before else None)) as scope:
        yield scope


@contextmanager
def unscoped(reason: str) -> Iterator[Scope]:
    """System work over all counties; `reason` is read by the test that lists every place that does this."""
    with scoped(Scope(None, None, None, "system", reason)) as scope:
        yield scope
