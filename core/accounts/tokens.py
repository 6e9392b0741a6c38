"""One-time codes: the first administrator, and a password set by its owner. Only their hashes are stored."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..audit.services import record
from ..counties.models import County
from ..kernel.clock import now
from ..kernel.db import transaction
from ..kernel.errors import ConflictError, RuleError
from ..kernel.i18n import _
from .models import Grant, Token, User
from .queries import administrators_of
from .rules import COUNTY_ADMIN, PLATFORM_ADMIN
from .services import create_user, grant_role, only_here, set_password

LIFETIME = timedelta(hours=24)
FIRST_ADMIN, PASSWORD = "first_admin", "password"


@dataclass(frozen=True)
class Offer:
    """What a valid code offers. purpose: "first_admin" (asks for a user name) or "password" (of `username`)."""

    purpose: str
    county_name: str
    username: str
    display_name: str


def issue_first_admin_token(county: County | None, recovery: bool = False) -> str:
    """A code that makes one administrator of the county (None: of the platform); dies at first use or after 24 hours.

    Earlier unused ones of the same place die now. Raises ConflictError if there is an administrator already, unless
    `recovery` (command line only).
    """
    if administrators_of(None if county is None else county.id) and not recovery:
        raise ConflictError(_("There is an administrator already: ask that person to make further accounts"))
    return _issue(FIRST_ADMIN, None, county)


def first_admin_link_until(county: County, at: datetime | None = None) -> datetime | None:
    """Until when the link for the county's first administrator can be opened that was given out and not used; None if there is none."""
    open_ = Token.select(Token.expires_at).where((Token.purpose == FIRST_ADMIN) & (Token.county == county) & Token.used_at.is_null())
    row = open_.where(Token.expires_at > (at or now())).order_by(Token.expires_at.desc()).first()
    return row.expires_at if row is not None else None


def issue_password_token(user: User, county: County | None = None) -> str:
    """A code with which the user himself sets a password. 24 hours, one use; whoever issues it never learns the password.

    county: whose administrator does it; refused (RuleError) if the account belongs to others too, since the code opens all of it.
    """
    only_here(user, county)
    return _issue(PASSWORD, user, county)


def issue_link_of(user: User, county: County | None) -> str:
    """The same past the county's own administrators, whatever else the account belongs to; `recovery` alone calls it and tells the counties.

    county: in whose log the code's use is written.
    """
    return _issue(PASSWORD, user, county)


def invite(
    username: str, display_name: str, role: str, county: County | None, organization_id: int | None = None, modules: tuple[str, ...] = ()
) -> tuple[User, str]:
    """A new account with a role, and the code with which its owner sets the password. Raises RuleError, ConflictError."""
    with transaction():
        user = create_user(username, display_name)
        grant_role(user, role, county, organization_id, modules)
        return user, issue_password_token(user, county)


def _issue(purpose: str, user: User | None, county: County | None) -> str:
    token, moment = secrets.token_urlsafe(24), now()
    same_user = Token.user.is_null() if user is None else Token.user == user
    same_county = Token.county.is_null() if county is None else Token.county == county
    same = (Token.purpose == purpose) & same_user & (same_county if user is None else True)
    with transaction():
        Token.update(used_at=moment).where(same & Token.used_at.is_null()).execute()
        Token.create(token_hash=_hash(token), purpose=purpose, user=user, county=county, expires_at=moment + LIFETIME)
        name = user.display_name if user else county.name if county else _("The platform")
        record("token.issue", object_type="token", object_name=name, county_id=None if county is None else county.id)
    return token


def offer_of(token: str, at: datetime | None = None) -> Offer:
    """What the code offers, without using it. Raises RuleError if it is unknown, used or older than 24 hours (one message for all)."""
    row = _valid(token, at or now())
    user = row.user
    return Offer(row.purpose, row.county.name if row.county else "", user.username if user else "", user.display_name if user else "")


def redeem_token(token: str, username: str, display_name: str, password: str, at: datetime | None = None) -> User:
    """Use the code: make the administrator, or set the password of the user it was issued for (the two names are ignored then).

    A refused password or name does not use it up. Raises RuleError, ConflictError.
    """
    at = at or now()
    with transaction():
        row = _valid(token, at)
        if not Token.update(used_at=at).where((Token.id == row.id) & Token.used_at.is_null()).execute():
            raise RuleError(_refusal(), "token")
        user = row.user or create_user(username, display_name)
        names = [row.county.name, row.county.code] if row.county else []
        user.must_change_password, user.last_login_at = False, at  # the browser at hand is signed in with it
        set_password(user, password, names)
        county_id = None if row.county is None else row.county.id
        if row.purpose == FIRST_ADMIN:
            grant_role(user, PLATFORM_ADMIN if row.county is None else COUNTY_ADMIN, row.county)
        record("token.redeem", object_type="user", object_id=user.id, object_name=user.display_name, county_id=county_id,
               actor_id=user.id, actor=user.display_name)  # fmt: skip
    return user


def _valid(token: str, at: datetime) -> Token:
    row = Token.get_or_none((Token.token_hash == _hash(token)) & Token.used_at.is_null() & (Token.expires_at > at))
    if row is None or row.user is not None and (row.user.disabled or not Grant.select().where(Grant.user == row.user).exists()):
        raise RuleError(_refusal(), "token")
    found: Token = row
    return found


def _refusal() -> str:
    return _("This code is used up, expired or mistyped: ask for a new one")


def _hash(token: str) -> str:
    return hashlib.sha256(token.strip().encode()).hexdigest()
