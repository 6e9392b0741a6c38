"""Sign-in with its throttle, and the one-click entries of the demonstration.

Known and unknown names go the same way: the same look-ups, one hash, one attempt row, one audit entry, the same words.
"""

from datetime import datetime

from flask import has_request_context, request

from ..audit.services import record
from ..counties.models import County
from ..kernel.clock import now
from ..kernel.db import transaction
from ..kernel.errors import NotFound, RuleError
from ..kernel.i18n import _
from . import passwords
from .devices import known_device
from .models import Grant, LoginAttempt, User
from .queries import is_demonstration, user_by_username
from .rules import (
    ACCOUNT_FAILURES,
    ACCOUNT_WINDOW,
    LOCK,
    NETWORK_FAILURES,
    TRUSTED_FOR,
    WINDOW,
    clean_username,
    is_expired,
    network_of,
    pair_locked_until,
)
from .services import create_user, grant_role, only_here, set_password

_DEVICE = "device:"
DEMO_USERS = {"county": "县团委演示", "township": "乡镇团委演示", "partner": "合作单位演示", "platform": "平台演示"}


class SignInRefused(RuleError):
    """Wrong name or password, or too many attempts; the words do not tell which accounts exist."""

    status = 401


def sign_in(username: str, password: str, ip: str, at: datetime | None = None) -> User:
    """The user whose name and password these are. `at`: the moment, default now. Raises SignInRefused.

    A browser in which this account signed in before has a lock-out of its own: others cannot use up its attempts.
    """
    at = at or now()
    name = clean_username(username)[:60]
    user = user_by_username(name)
    attempt = _reserve(name, _place(user, ip), at)
    good = passwords.verify(user.password_hash if user else "", password)
    county_id = _county_of(user)
    if user is None or not good or user.disabled or is_expired(user.expires_on, at):
        known = {"object_id": user.id, "object_name": user.display_name} if user else {"object_id": "", "object_name": ""}
        record("account.sign_in_failed", object_type="user", **known, result="refused", county_id=county_id)
        raise SignInRefused(_("The user name or the password is wrong"))
    _succeed(user, attempt, password, at, county_id)
    return user


def check_password(user: User, password: str, ip: str, at: datetime | None = None) -> None:
    """Ask a signed-in user for his password again, under the same throttle. Raises SignInRefused."""
    attempt = _reserve(user.username, _place(user, ip), at or now())
    if not passwords.verify(user.password_hash, password):
        raise SignInRefused(_("The old password is wrong"), "old")
    LoginAttempt.update(good=True).where(LoginAttempt.id == attempt.id).execute()


def change_password(user: User, old: str, new: str, ip: str = "") -> User:
    """The user changes his own password; his sessions end (the edge starts a new one for the browser at hand).

    Raises RuleError if `old` is wrong, `new` is refused or the same, or there were too many wrong attempts.
    """
    check_password(user, old, ip)
    if passwords.normal(old) == passwords.normal(new):
        raise RuleError(_("The new password is the old one: choose another one"), "password")
    with transaction():
        user.must_change_password = False
        set_password(user, new)
        record("account.password", object_type="user", object_id=user.id, object_name=user.display_name)
    return user


def unlock(user: User) -> None:
    """Forget the failed attempts of an account. Raises as `only_here`."""
    only_here(user)
    with transaction():
        LoginAttempt.delete().where((LoginAttempt.username == user.username) & (LoginAttempt.good == False)).execute()  # noqa: E712
        record("account.unlock", object_type="user", object_id=user.id, object_name=user.display_name)


def _succeed(user: User, attempt: LoginAttempt, password: str, at: datetime, county_id: int | None) -> None:
    with transaction():
        LoginAttempt.update(good=True).where(LoginAttempt.id == attempt.id).execute()
        LoginAttempt.delete().where(LoginAttempt.at < at - TRUSTED_FOR).execute()
        if passwords.needs_rehash(user.password_hash):
            user.password_hash = passwords.hash_password(password)
        user.last_login_at = at
        user.save()
        who = {"actor_id": user.id, "actor": user.display_name}
        record("account.sign_in", object_type="user", object_id=user.id, object_name=user.display_name, county_id=county_id, **who)


def _reserve(username: str, network: str, at: datetime) -> LoginAttempt:
    """Write the attempt as failed before the hash is computed, so that parallel attempts count too. Raises SignInRefused if locked."""
    with transaction():
        if not _locked(username, network, at):
            return LoginAttempt.create(username=username, network=network, good=False, at=at)
    raise SignInRefused(_("Too many failed attempts: wait 30 minutes, or ask your administrator to unlock the account"))


def _place(user: User | None, ip: str) -> str:
    """Where the attempts of this sign-in are counted: at the known device, else in its network."""
    device = known_device(request, user) if has_request_context() else ""
    return f"{_DEVICE}{device}"[:45] if device else network_of(ip)


def _locked(username: str, network: str, at: datetime) -> bool:
    tried = LoginAttempt.select(LoginAttempt.at).where(LoginAttempt.username == username)
    bad, here = LoginAttempt.good == False, LoginAttempt.network == network  # noqa: E712
    last_good = tried.where(here & (LoginAttempt.good == True)).order_by(LoginAttempt.at.desc()).first()  # noqa: E712
    since = max(at - LOCK - WINDOW, last_good.at) if last_good else at - LOCK - WINDOW
    failures = [row.at for row in tried.where(here & bad & (LoginAttempt.at > since)).order_by(LoginAttempt.at)]
    until = pair_locked_until(failures)
    if until is not None and at < until:
        return True
    trusted = network.startswith(_DEVICE) or last_good is not None and last_good.at > at - TRUSTED_FOR
    everybody = LoginAttempt.select().where(here & bad & (LoginAttempt.at > at - WINDOW)).count()
    return (
        not trusted
        and everybody >= NETWORK_FAILURES
        or not trusted
        and tried.where(bad & (LoginAttempt.at > at - ACCOUNT_WINDOW)).count() >= ACCOUNT_FAILURES
    )


def _county_of(user: User | None) -> int | None:
    """The county in whose log the attempt is written: the user's first one; the same look-up for an unknown user."""
    row = Grant.select(Grant.county).where(Grant.user == (user.id if user else 0)).order_by(Grant.id).tuples().first()
    return row[0] if row else None


def create_demo_user(key: str, display_name: str, role: str, county: County | None, organization_id: int | None = None) -> User:
    """One of DEMO_USERS, without a password: he enters by the demonstration's button only. Raises NotFound outside a demonstration."""
    if key not in DEMO_USERS or not is_demonstration():
        raise NotFound(_("This is not a demonstration"))
    with transaction():
        user = create_user(DEMO_USERS[key], display_name)
        grant_role(user, role, county, organization_id)
    return user


def sign_in_demo(key: str) -> User:
    """The demonstration's user of that key of DEMO_USERS. Raises NotFound wherever a real county exists."""
    user = user_by_username(clean_username(DEMO_USERS.get(key, ""))) if is_demonstration() else None
    if user is None or user.disabled:
        raise NotFound(_("This is not a demonstration"))
    with transaction():
        user.last_login_at = now()
        user.save()
        record("account.sign_in_demo", object_type="user", object_id=user.id, object_name=user.display_name, county_id=_county_of(user),
               actor_id=user.id, actor=user.display_name)  # fmt: skip
    return user
