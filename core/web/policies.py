"""Every (endpoint, method) declares who may call it; what declares nothing stops the start. The one guard of all routes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeVar
from urllib.parse import quote

from flask import Flask, Response, g, redirect, request

from ..accounts.actor import permission_title
from ..accounts.queries import administrators_of, current_user
from ..accounts.rules import BY_NAME, PARTNER
from ..audit.services import record, recorded_in_request
from ..kernel.address import ENVIRON_KEY, plain_path
from ..kernel.errors import NotFound, YouthpilotError
from ..kernel.i18n import _
from ..kernel.scope import scope_or_none, scoped
from . import throttle
from .current import current_registry, state
from .hosts import sent_from_here

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LOGIN, PASSWORD, LOGOUT = "/login", "/password", "/logout"  # the pages every application of ours has, on the platform's side
_ATTRIBUTE = "_youthpilot_policies"
F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


@dataclass(frozen=True)
class Policy:
    """Who may call a route.

    kind: permission (holders of `permission`), signed_in (whoever has a role on that side), public (everybody), token
    (everybody; the view checks a signed token and sets its scope from it). side: county (/c/<code>/…), platform or both.
    module: whose route it is; it answers 404 where the module is not enabled. throttled: of public and token routes, how often
    nobody in particular may ask (`core.web.throttle`); False only for files and pages with a throttle of their own.
    """

    permission: str | None = None
    kind: Literal["permission", "signed_in", "public", "token"] = "permission"
    side: Literal["county", "platform", "both"] = "county"
    module: str = ""
    throttled: bool = True

    def __post_init__(self) -> None:
        if (self.kind == "permission") != bool(self.permission):
            raise ValueError(f"a policy of kind {self.kind!r} with permission {self.permission!r}")


PUBLIC_STATIC = Policy(kind="public", side="both", throttled=False)


class Forbidden(YouthpilotError):
    """Signed in, but the permission is lacking; the message says which and who can give it (HTTP 403)."""

    status = 403


class SignInNeeded(YouthpilotError):
    """Nobody is signed in and the caller wants data, not a page (HTTP 401)."""

    status = 401


def policy(
    permission: str | None = None,
    kind: Literal["permission", "signed_in", "public", "token"] | None = None,
    side: Literal["county", "platform", "both"] = "county",
    methods: Iterable[str] = (),
    module: str = "",
    throttled: bool = True,
) -> Callable[[F], F]:
    """Declare the policy of a plain view function. methods: only these (stack several decorators); none: all of the route's."""
    made = Policy(permission, kind or ("permission" if permission else "signed_in"), side, module, throttled)

    def mark(view: F) -> F:
        declared = dict(getattr(view, _ATTRIBUTE, {}))
        declared |= {method.upper(): made for method in methods} or {"*": made}
        setattr(view, _ATTRIBUTE, declared)
        return view

    return mark


def register_policy(app: Flask, endpoint: str, method: str, policy: Policy) -> None:
    """Declare the policy of (endpoint, method), for views of Flask-Admin and static files."""
    policies(app)[endpoint, method.upper()] = policy


def policies(app: Flask | None = None) -> dict[tuple[str, str], Policy]:
    """(endpoint, method) → policy, as registered on the application."""
    found: dict[tuple[str, str], Policy] = state(app).setdefault("policies", {})
    return found


def policy_of(app: Flask, endpoint: str, method: str) -> Policy | None:
    """The policy that rules a call, None if there is none. HEAD and OPTIONS follow GET, else the route's first method."""
    declared = getattr(app.view_functions.get(endpoint), _ATTRIBUTE, {})
    methods = [method] if method not in ("HEAD", "OPTIONS") else [method, "GET", "POST", "PUT", "PATCH", "DELETE"]
    registered = policies(app)
    for name in methods:
        found = registered.get((endpoint, name)) or declared.get(name)
        if found is not None:
            return found
    fallback: Policy | None = declared.get("*")
    if fallback is None and endpoint == "static":
        return PUBLIC_STATIC
    return fallback


def module_of_request() -> str:
    """The module whose route this request called, '' for a page of the house or none at all."""
    from flask import current_app

    found = policy_of(current_app, request.endpoint, request.method) if request.endpoint else None
    return found.module if found is not None else ""


def is_open_to_all() -> bool:
    """True if the route of this request asks nobody to sign in."""
    from flask import current_app

    found = policy_of(current_app, request.endpoint, request.method) if request.endpoint else None
    return found is not None and found.kind in ("public", "token")


def wants_page() -> bool:
    """True if the caller wants a page, False if data (a script of ours)."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"], "text/html") != "application/json"


def routes(app: Flask) -> Iterator[tuple[str, str, str]]:
    """(rule, method, endpoint) of every route, without the HEAD and OPTIONS that Flask adds."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda r: (r.rule, r.endpoint)):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}) or ["OPTIONS"]:
            yield rule.rule, method, rule.endpoint


def check_routes(app: Flask) -> None:
    """Raise RuntimeError listing each route without a policy, or with a permission that nobody declares."""
    wrong = []
    for rule, method, endpoint in routes(app):
        found = policy_of(app, endpoint, method)
        if found is None:
            wrong.append(f"{method} {rule} ({endpoint}): no policy")
        elif found.permission and not known_permission(found.permission, app):
            wrong.append(f"{method} {rule} ({endpoint}): nobody declares the permission {found.permission}")
    if wrong:
        raise RuntimeError("routes without a policy: declare one with core.web.policies.policy or register_policy\n" + "\n".join(wrong))


def _declared(app: Flask | None = None) -> list[Any]:
    found = state(app).get("registry")
    return [p for item in found.ordered() for p in item.permissions] if found is not None else []


def known_permission(permission: str, app: Flask) -> bool:
    """True if the platform or a loaded module declares the permission."""
    return permission in BY_NAME or permission in {p.name for p in _declared(app)}


def authz_table(app: Flask) -> str:
    """All policies as a Markdown table, for docs/authz.md."""
    lines = ["| route | method | side | who | module |", "|---|---|---|---|---|"]
    for rule, method, endpoint in routes(app):
        found = policy_of(app, endpoint, method)
        who = "**none**" if found is None else found.permission or found.kind
        lines.append(f"| `{rule}` | {method} | {found.side if found else ''} | {who} | {found.module if found else ''} |")
    return "\n".join(lines) + "\n"


# the guard ---------------------------------------------------------------------------------------------------------------


def install(app: Flask) -> None:
    """Put the guard before every request (after the county and the actor are known) and the audit behind every unsafe one."""
    app.before_request(guard)
    app.after_request(throttle.settle)
    app.after_request(audit_unsafe)


def guard() -> Any:
    """Let the request through, or answer it: 404 on the wrong side, sign-in, 403. Unknown and forbidden county answer alike."""
    from flask import current_app

    if request.endpoint is None:
        return None  # no such route: 404 by Flask
    found = policy_of(current_app, request.endpoint, request.method)
    in_county = ENVIRON_KEY in request.environ
    if found is None or found.side == ("platform" if in_county else "county"):
        raise NotFound(_("This page does not exist"))
    if found.kind in ("public", "token"):
        return _public(found, in_county)
    user = current_user()
    if user is None:
        return _to_sign_in()
    actor = g.get("actor")
    if in_county and (g.get("county") is None or actor is None):
        _refused("", county=False)
        raise NotFound(_("This page does not exist"))
    _check_module(found, in_county, actor)
    if user.must_change_password and request.path not in (PASSWORD, LOGOUT):
        return redirect(_prefix() + PASSWORD)
    if found.permission and (actor is None or not actor.may(found.permission)):
        _refused(found.permission)
        raise Forbidden(refusal(found.permission, g.county.id if g.get("county") else None))
    return None


def refusal(permission: str, county_id: int | None) -> str:
    """What a user reads who lacks a permission: which one, and who can give it (a partner outside the League reads no names)."""
    actor = g.get("actor")
    insider = actor is None or actor.role != PARTNER
    names = "、".join(user.display_name for user in administrators_of(county_id)[:3]) if insider else ""
    title = permission_title(permission, _declared()) or _("this")
    if not names:
        return _("You do not have the right “%(title)s”.", title=title)
    return _("You do not have the right “%(title)s”. If you need it, ask %(names)s.", title=title, names=names)


def _public(found: Policy, in_county: bool) -> None:
    if in_county and found.side != "both" and g.get("county") is None:
        raise NotFound(_("This page does not exist"))
    if found.module and in_county:
        _check_module(found, in_county, None)
    if found.throttled and current_user() is None:
        throttle.admit()


def _check_module(found: Policy, in_county: bool, actor: Any) -> None:
    limits = getattr(actor, "modules", None)
    if not found.module or not in_county:
        return
    if found.module not in current_registry().enabled or limits is not None and found.module not in limits:
        raise NotFound(_("This page does not exist"))


def _to_sign_in() -> Any:
    if not wants_page() or request.method == "POST" and sent_from_here():  # what was typed is kept: core.web.requests
        raise SignInNeeded(_("Your session has ended: sign in again"))
    target = request.script_root.removeprefix(_prefix()) + (request.full_path.rstrip("?") if request.method == "GET" else "/")
    return redirect(f"{_prefix()}{LOGIN}?next={quote(target, safe='/')}")


def _prefix() -> str:
    """Where the application itself is mounted, without the county."""
    code = request.environ.get(ENVIRON_KEY)
    return request.script_root.removesuffix(f"/c/{code}") if code else request.script_root


def _refused(permission: str, county: bool = True) -> None:
    county_id = g.county.id if county and g.get("county") else None
    user = current_user()
    who = {"actor_id": user.id, "actor": user.display_name} if user and g.get("actor") is None else {}
    title = permission_title(permission, _declared())
    record("access.refused", object_type="page", object_id=request.endpoint or "", object_name=title or request.script_root + request.path,
           result="refused", county_id=county_id, afterwards=True, **who)  # fmt: skip


def audit_unsafe(response: Response) -> Response:
    """Every unsafe request leaves a row: one of its own, or this one; of many alike by nobody signed in every tenfold, with their number."""
    if request.method not in SAFE_METHODS and request.url_rule is not None and not recorded_in_request():
        result = "ok" if response.status_code < 400 else "refused" if response.status_code < 500 else "failed"
        count = throttle.told_again(result) if current_user() is None else 1
        if count is None:
            return response
        record("request", object_type="page", object_id=request.endpoint or "", object_name=request.script_root + request.path,
               result=result, after={"count": count} if count > 1 else None, afterwards=True)  # fmt: skip
    return response


def safe_next(target: str | None, default: str = "/") -> str:
    """`target` if it is a path inside this application (`plain_path`) and no page of signing in or out, else `default`."""
    path = plain_path(target)
    return target if target and path and path.rstrip("/") not in (LOGIN, LOGOUT) else default


def streamed(chunks: Iterable[T]) -> Iterator[T]:
    """The chunks, each made under the scope in force now: for bodies that run after the request has left its scope."""
    scope, source = scope_or_none(), iter(chunks)
    if scope is None:
        yield from source
        return
    while True:
        with scoped(scope):
            try:
                chunk = next(source)
            except StopIteration:
                return
        yield chunk
