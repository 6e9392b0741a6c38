"""Who acts in this request, for whoever writes a name beside what was done; what he may is known to `core.accounts`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g, has_request_context

from .i18n import _

if TYPE_CHECKING:
    from ..accounts.actor import Actor


def current_actor() -> Actor | None:
    """The actor of this request; None if nobody is signed in, or outside a request."""
    return g.get("actor") if has_request_context() else None


def actor_name() -> str:
    """The name that is written beside what is done now: of the signed-in user, else of the command line."""
    actor = current_actor()
    return actor.name if actor is not None else _("Command line")
