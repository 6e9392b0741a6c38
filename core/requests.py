"""Before and after each request: connection, county, actor, scope; errors as pages."""

from typing import Any

import structlog
from flask import Flask, Response, g, request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException

from .accounts.queries import actor_of_session
from .accounts.session import security_headers
from .address import ENVIRON_KEY
from .counties.models import County
from .db import database
from .errors import ScopeError, YouthpilotError
from .scope import Scope, _current
from .text import UNSEEN, without_unseen
from .web import current_registry

log = structlog.get_logger()


def install(app: Flask) -> None:
    """Register the hooks in the order in which they must run; the policies' guard comes after them."""
    app.before_request(_connect)
    app.before_request(_identify)
    app.before_request(_clean_form)
    app.after_request(security_headers)
    app.teardown_request(_leave)
    app.register_error_handler(YouthpilotError, _our_error)
    app.register_error_handler(OverflowError, _too_large)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _connect() -> None:
    database.connect(reuse_if_open=True)


def _identify() -> None:
    """Find the county in the address and the actor of the session, and set the scope. Unknown and forbidden answer alike."""
    code = request.environ.get(ENVIRON_KEY)
    g.county = g.actor = None
    if code is None:
        g.actor = actor_of_session(None, None)
        return
    county = County.get_or_none(County.code == code)
    if county is None:
        return  # the guard answers as for a county that is forbidden
    g.county = county
    g.actor = actor_of_session(county, current_registry())
    if g.actor is not None:
        g.scope_token = _current.set(Scope(county.id, g.actor.root_id, g.actor.user_id, "user"))


def _clean_form() -> None:
    """Take away what nobody sees (zero-width blanks, marks of direction) from the texts of a form, before any field reads them."""
    typed = list(request.form.items(multi=True)) if request.method == "POST" else []
    if any(UNSEEN.search(value) for _key, value in typed):
        request.form = ImmutableMultiDict([(key, without_unseen(value)) for key, value in typed])  # type: ignore[misc, assignment]


def _leave(error: BaseException | None) -> None:
    token = g.pop("scope_token", None)
    if token is not None:
        _current.reset(token)
    if not database.is_closed() and not database.in_transaction():
        database.close()


def _page(status: int, title: str = "", text: str = "") -> tuple[str, int]:
    from youthpilot.admin.errors import error_page

    return error_page(status, title, text), status


def _our_error(error: YouthpilotError) -> Any:
    return _page(error.status, text=str(error))


def _http_error(error: HTTPException) -> Any:
    if error.code is None or error.code < 400 or isinstance(error.response, Response) and error.response is not None:
        return error
    return _page(error.code)


def _too_large(error: OverflowError) -> Any:
    """A number in the address that no database can hold names no row: as any other missing one."""
    log.warning("number too large", path=request.path, exc_info=error)
    return _page(404)


def _unexpected(error: Exception) -> Any:
    log.error("unexpected error", path=request.path, exc_info=error, scope=isinstance(error, ScopeError))
    return _page(500)
