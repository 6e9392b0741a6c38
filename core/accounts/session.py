"""Sessions: of whoever is signed in, a random token in the cookie, its hash and the data in the table; of a visitor, all of it signed
in the cookie, so that nobody fills the table by looking at pages. And the headers of every answer.

What belongs to one county's tab (flashes, drafts, return addresses) is kept under a key of that county, so that two tabs
never mix. A session is read when somebody looks into it, and stored only when something was put in.
"""

import hashlib
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from flask import Flask, Request, Response, g, request
from flask import session as flask_session
from flask.sessions import SecureCookieSessionInterface, SessionInterface, SessionMixin
from itsdangerous import BadSignature
from peewee import JOIN

from ..audit.services import record
from ..kernel.address import ENVIRON_KEY
from ..kernel.afterwards import after_answer, soon
from ..kernel.clock import now
from ..kernel.db import transaction
from .devices import remember_device
from .models import Session, User
from .queries import is_demonstration, is_platform_admin
from .rules import is_expired

COOKIE, SECURE_COOKIE = "yp_session", "__Host-yp_session"
IDLE, IDLE_PLATFORM, ABSOLUTE = timedelta(minutes=30), timedelta(minutes=15), timedelta(hours=8)
MOST_COOKIE = 4000  # characters; a browser keeps no longer one
TOUCH = timedelta(minutes=1)  # seen_at is written at most this often
MOST_SESSIONS = 3  # of one user at a time; the oldest ends. Not in the demonstration
PER_COUNTY = ("_flashes", "draft", "return")  # keys that begin so belong to the county in the address
_IDLE_KEY = "_idle_seconds"


class ServerSession(SessionMixin):
    """flask.session: a mapping; `user` is who is signed in (read anew at each request), `begin` and `end` sign in and out."""

    def __init__(self, token: str, county: str, ip: str, signer: Any) -> None:
        self.token, self.county, self.ip, self._signer = token, county, ip, signer
        self.cookie = ""  # "set" or "delete": what the browser is told
        self._row: Session | None = None
        self._data: dict[str, Any] | None = None
        self._changed: set[str] = set()

    # mapping -----------------------------------------------------------------------------------------------------------

    def __getitem__(self, key: str) -> Any:
        return self._load()[self._key(key)]

    def __setitem__(self, key: str, value: Any) -> None:
        self._load()[self._key(key)] = value
        self._changed.add(self._key(key))

    def __delitem__(self, key: str) -> None:
        del self._load()[self._key(key)]
        self._changed.add(self._key(key))

    def __iter__(self) -> Iterator[str]:
        suffix = f"@{self.county}"
        return iter([k.removesuffix(suffix) for k in self._load() if not k.startswith("_idle") and ("@" not in k or k.endswith(suffix))])

    def __len__(self) -> int:
        return len(list(iter(self)))

    def _key(self, key: str) -> str:
        return f"{key}@{self.county}" if key.startswith(PER_COUNTY) else key

    # state -------------------------------------------------------------------------------------------------------------

    @property
    def user(self) -> User | None:
        """Who is signed in; None for a visitor."""
        self._load()
        return None if self._row is None else self._row.user

    @property
    def row_id(self) -> int | None:
        """The row in the table, None if nothing is stored."""
        self._load()
        return None if self._row is None else self._row.id

    def begin(self, user: User) -> None:
        """Sign in: a new token and nothing of what the visitor's session held. The user's oldest sessions beyond the limit end."""
        demo = is_demonstration()
        idle = ABSOLUTE if demo else IDLE_PLATFORM if is_platform_admin(user) else IDLE
        with transaction():
            self._forget()
            purge()
            start = {_IDLE_KEY: idle.total_seconds(), "csrf_token": secrets.token_hex(20)}  # or the first page would have to write it
            self._row = _create(self._fresh_token(), user, start, self.ip)
            if not demo:
                _end_oldest(user)
        self._data = dict(self._row.data)

    def end(self) -> None:
        """Sign out: the row is gone, the browser is told to forget."""
        self._forget()
        self._data, self.token, self.cookie = {}, "", "delete"

    def store(self) -> None:
        """Write what changed; only the changed keys, so that two requests at once do not undo each other.

        While a page is only shown, and for when somebody was last seen, it is written after the answer.
        """
        if not self._changed:
            return self._touch()
        assert self._data is not None
        changed, self._changed = frozenset(self._changed), set()
        if self._row is None:
            self.token, self.cookie = self._signer.dumps(self._data), "set"
        else:
            soon("session", partial(_merge, self._row.id, dict(self._data), changed, now()))
        return None

    def _touch(self) -> None:
        if self._row is not None and now() - self._row.seen_at > TOUCH:
            after_answer("last seen", partial(_seen, self._row.id, now()))

    def _load(self) -> dict[str, Any]:
        if self._data is None:
            signed = "." in self.token  # a token of the table has no dot
            self._row = _find(self.token) if self.token and not signed else None
            self._data = dict(self._row.data) if self._row else self._unsigned() if signed else {}
        return self._data

    def _unsigned(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = self._signer.loads(self.token, max_age=int(ABSOLUTE.total_seconds()))
        except BadSignature:
            return {}
        return found

    def _forget(self) -> None:
        if self.token:
            Session.delete().where(Session.token_hash == _hash(self.token)).execute()
        self._row, self._changed = None, set()
        g.pop("csrf_token", None)  # what Flask-WTF made for the old session

    def _fresh_token(self) -> str:
        self.token, self.cookie = secrets.token_urlsafe(32), "set"
        return self.token


class DatabaseSessions(SessionInterface):
    """Flask's way in: opens lazily, stores after the request, needs no scope (platform tables)."""

    def open_session(self, app: Flask, request: Request) -> ServerSession:
        """The session of the request's cookie; nothing is read from the database yet."""
        token = request.cookies.get(SECURE_COOKIE if request.is_secure else COOKIE, "")
        signer = SecureCookieSessionInterface().get_signing_serializer(app)
        return ServerSession(token[:MOST_COOKIE], request.environ.get(ENVIRON_KEY, ""), (request.remote_addr or "")[:45], signer)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Store what changed and tell the browser."""
        if not isinstance(session, ServerSession):
            return
        session.store()
        response.vary.add("Cookie")
        secure = request.is_secure
        name = SECURE_COOKIE if secure else COOKIE
        if session.cookie == "set":
            response.set_cookie(name, session.token, httponly=True, samesite="Lax", secure=secure, path="/")
            if session.user is not None:
                remember_device(response, session.user.id, secure)
        elif session.cookie == "delete":
            response.delete_cookie(name, httponly=True, samesite="Lax", secure=secure, path="/")
            response.headers["Clear-Site-Data"] = '"cache", "storage"'  # the session's cookie is gone; the known device stays


def start_session(user: User) -> None:
    """Sign `user` in with this browser under a new session id (after sign_in, redeem_token, change_password)."""
    _mine().begin(user)


def sign_out() -> None:
    """End this browser's session; audited if somebody was signed in."""
    session = _mine()
    user = session.user
    with transaction():
        if user is not None:
            record(
                "account.sign_out", object_type="user", object_id=user.id, object_name=user.display_name, actor_id=user.id, actor=user.display_name
            )
        session.end()


def _mine() -> ServerSession:
    session: Any = flask_session._get_current_object()  # type: ignore[attr-defined]
    if not isinstance(session, ServerSession):
        raise RuntimeError("the application must use DatabaseSessions")
    return session


def purge(at: datetime | None = None) -> int:
    """Delete sessions that can never be used again; how many there were."""
    at = at or now()
    stale = (Session.created_at < at - ABSOLUTE) | Session.user.is_null()  # visitors had rows before 0.2
    count: int = Session.delete().where(stale).execute()
    return count


def _create(token: str, user: User | None, data: dict[str, Any], ip: str) -> Session:
    key, moment = user.session_key if user else "", now()
    row: Session = Session.create(token_hash=_hash(token), user=user, session_key=key, data=data, ip=ip, created_at=moment, seen_at=moment)
    return row


def _merge(row_id: int, mine: dict[str, Any], changed: frozenset[str], at: datetime) -> None:
    with transaction():
        row = Session.get_or_none(Session.id == row_id)
        if row is None:
            return  # ended meanwhile
        data = {k: v for k, v in row.data.items() if k not in changed} | {k: v for k, v in mine.items() if k in changed}
        Session.update(data=data, seen_at=at).where(Session.id == row_id).execute()


def _seen(row_id: int, at: datetime) -> None:
    Session.update(seen_at=at).where((Session.id == row_id) & (Session.seen_at < at)).execute()


def _end_oldest(user: User) -> None:
    older = Session.select(Session.id).where(Session.user == user).order_by(Session.id.desc()).offset(MOST_SESSIONS).limit(100)
    Session.delete().where(Session.id.in_([row.id for row in older])).execute()


def _find(token: str) -> Session | None:
    both = Session.select(Session, User).join(User, JOIN.LEFT_OUTER, on=(Session.user == User.id), attr="user")
    row = both.where(Session.token_hash == _hash(token)).first()
    return row if row is not None and _alive(row, now()) else None


def _alive(row: Session, at: datetime) -> bool:
    idle = timedelta(seconds=row.data.get(_IDLE_KEY, IDLE.total_seconds()))
    if at - row.created_at > ABSOLUTE or at - row.seen_at > idle:
        return False
    user = row.user
    return user is None or (user.session_key == row.session_key and not user.disabled and not is_expired(user.expires_on, at))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


# headers ---------------------------------------------------------------------------------------------------------------


def csp_nonce() -> str:
    """The nonce of this answer, for script tags that Flask-Admin writes; allowed in the policy only if it was asked for."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(18)
    nonce: str = g.csp_nonce
    return nonce


def security_headers(response: Response) -> Response:
    """Set the strict policy on every answer; what is not a static file is never kept by a browser or a proxy."""
    nonce = f" 'nonce-{g.csp_nonce}'" if "csp_nonce" in g else ""
    response.headers["Content-Security-Policy"] = (
        f"default-src 'self'; script-src 'self'{nonce}; style-src 'self'; img-src 'self' data:; object-src 'none'; "
        "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if not (request.endpoint or "").endswith("static"):
        response.headers["Cache-Control"] = "no-store"
    return response
