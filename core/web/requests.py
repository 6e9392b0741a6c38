"""Before and after each request: connection, county, actor, scope; errors as pages.

What is not POST changes nothing: the database is read only until the answer is made, its streamed body included. What the host
itself notes meanwhile is written after it (`core.kernel.afterwards`).
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask, Response, g, request
from flask_wtf.csrf import CSRFError
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException

from ..accounts.queries import actor_of_session, current_user
from ..accounts.session import security_headers
from ..counties.models import County
from ..kernel.address import ENVIRON_KEY
from ..kernel.afterwards import write_gathered
from ..kernel.causes import cause_for_users
from ..kernel.collecting import holding_vectors
from ..kernel.connection import database_terms
from ..kernel.db import database
from ..kernel.errors import BusyError, ScopeError, WriteRefused, YouthpilotError
from ..kernel.i18n import _
from ..kernel.kept import vector
from ..kernel.scope import Scope, _current
from ..kernel.text import UNSEEN, without_unseen
from ..registry import record_fault
from .current import current_registry, state
from .hosts import sent_from_here
from .policies import SignInNeeded, is_open_to_all, module_of_request, wants_page

log = structlog.get_logger()
PATIENCE = 8.0  # seconds that a request waits for another writer, then it is told to come again


@dataclass(frozen=True)
class ErrorPages:
    """How errors look: error(status, title, text), busy(text) and ended(sign-in needed) with what was typed. Each gives the page."""

    error: Callable[[int, str, str], str]
    busy: Callable[[str], str]
    ended: Callable[[bool], str]


def install(app: Flask, pages: ErrorPages) -> None:
    """Register the hooks in the order in which they must run; the policies' guard comes after them."""
    state(app)["pages"] = pages
    app.before_request(_connect)
    app.before_request(_identify)
    app.before_request(_clean_form)
    app.after_request(security_headers)
    app.after_request(_hold_body)
    app.teardown_request(_leave)
    app.register_error_handler(BusyError, _busy)
    app.register_error_handler(CSRFError, _form_ended)
    app.register_error_handler(SignInNeeded, _form_ended)
    app.register_error_handler(WriteRefused, _write_refused)
    app.register_error_handler(YouthpilotError, _our_error)
    app.register_error_handler(OverflowError, _too_large)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _connect() -> None:
    g.terms = ExitStack()
    g.terms.enter_context(database_terms(read_only=request.method != "POST", patience=PATIENCE))
    g.terms.enter_context(holding_vectors())
    database.connect(reuse_if_open=True)


def _hold_body(response: Response) -> Response:
    """A body that is made while it is sent changes nothing either."""
    if request.method != "POST" and response.is_streamed and not response.direct_passthrough:
        response.response = _read_only(iter(response.response))
    return response


def _read_only(chunks: Iterator[Any]) -> Iterator[Any]:
    while True:
        with database_terms(read_only=True, patience=PATIENCE):
            try:
                chunk = next(chunks)
            except StopIteration:
                return
        yield chunk


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
    vector(county.id)  # before whatever the page reads of the county
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
    if "terms" in g:
        g.pop("terms").close()
    write_gathered()
    if not database.is_closed() and not database.in_transaction():
        database.close()


def _pages() -> ErrorPages:
    found: ErrorPages = state()["pages"]
    return found


def _page(status: int, title: str = "", text: str = "") -> tuple[str, int]:
    return _pages().error(status, title, text), status


def _our_error(error: YouthpilotError) -> Any:
    return _page(error.status, text=str(error))


def _busy(error: BusyError) -> Any:
    """Nothing was changed. From here on this request only reads, so that its page does not wait once more; what was typed stands on it."""
    log.warning("database busy", path=request.path, method=request.method)
    g.terms.enter_context(database_terms(read_only=True, patience=PATIENCE))
    return _pages().busy(str(error)), error.status, {"Retry-After": "5"}


def _form_ended(error: CSRFError | SignInNeeded) -> Any:
    """A form whose session has ended or was renewed: a page that keeps what was typed. Nobody else's site may put words there:
    one more click would send them in the name of whoever is signed in.
    """
    needed = current_user() is None and not is_open_to_all()
    if request.method != "POST" or not wants_page() or not sent_from_here():
        return _our_error(error) if isinstance(error, SignInNeeded) else _page(400)
    return _pages().ended(needed), 401 if needed else 400


def _write_refused(error: WriteRefused) -> Any:
    """Nothing was changed. A module whose page tried is told to the administrator, by the page's name."""
    endpoint, module = request.endpoint or "", module_of_request()
    log.error("write refused", endpoint=endpoint, plugin=module, method=request.method, path=request.path, exc_info=error)
    if module:
        record_fault(module, None, f"{request.method} {endpoint}"[:60], error)
    return _page(
        500,
        text=_(
            "This page tried to change something while it was only to be shown, which is refused. Nothing was changed. Tell the platform administrator: %(page)s",
            page=endpoint,
        ),
    )


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
    return _page(500, text=cause_for_users(error))
