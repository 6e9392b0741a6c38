"""Accounts, roles, passwords and sessions: verbs, one transaction each, all in the audit log."""

import secrets
from collections.abc import Iterable
from datetime import date
from typing import Any

from ..audit.services import record
from ..counties.models import County
from ..kernel.actor import actor_name, current_actor
from ..kernel.clock import now
from ..kernel.db import transaction
from ..kernel.errors import ConflictError, NotFound, RuleError
from ..kernel.i18n import _
from ..kernel.scope import county_scope, scope_or_none, scoped
from ..organizations.models import Organization
from . import passwords
from .actor import ROLE_PREFIX
from .models import Grant, Session, User
from .queries import administrators_of, counties_of, county_names, user_by_username
from .rules import COUNTY_ADMIN, NO_ROLE, clean_username, permissions_of, place_problem, role_problem, role_title, username_problem


def create_user(username: str, display_name: str, password: str = "", *, must_change: bool = True, expires_on: date | None = None) -> User:
    """A new account without any right. password '': none yet, to be set with a one-time code.

    Raises RuleError for a bad name or password, ConflictError if the name is taken.
    """
    name = clean_username(username)
    problem = username_problem(name)
    if problem:
        raise RuleError(problem, "username")
    if not display_name.strip():
        raise RuleError(_("The name is missing"), "display_name")
    with transaction():
        if user_by_username(name):
            raise ConflictError(_("The user name %(name)s is taken: choose another one", name=name))
        user = User.create(
            username=name, display_name=display_name.strip()[:60], password_hash="", session_key=_new_key(),
            must_change_password=bool(password) and must_change, expires_on=expires_on, created_at=now(),
        )  # fmt: skip
        if password:
            set_password(user, password)
        record("account.create", object_type="user", object_id=user.id, object_name=user.display_name, after={"username": name})
    return user


def set_password(user: User, password: str, names: Iterable[str] = ()) -> None:
    """Check and store a new password; every session of the user ends. Raises RuleError. Call it inside a transaction."""
    problem = passwords.password_problem(password, user.username, [user.display_name, *county_names(user), *names])
    if problem:
        raise RuleError(problem, "password")
    user.password_hash = passwords.hash_password(password)
    user.session_key = _new_key()
    user.save()
    Session.delete().where(Session.user == user).execute()


def grant_role(user: User, role: str, county: County | None, organization_id: int | None = None, modules: Iterable[str] = ()) -> None:
    """Give the user one role in a county (None: on the platform) in place of the one he had there.

    organization_id: the organization from which downwards it holds, the county's own one for the whole county. Every role that is
    not the county's (county_admin) or a partner's needs one: left blank it would open the whole county. `modules`: the modules it
    is limited to, empty for all. In force at the user's next request. Raises RuleError.
    """
    problem = role_problem(role, None if county is None else county.id, _places(user, but=county))
    if problem:
        raise RuleError(problem, "role")
    if problem := place_problem(role, organization_id):
        raise RuleError(problem, "organization")
    _not_oneself(user)
    if county is not None and role != COUNTY_ADMIN:
        _visible(county, organization_id)
    with transaction():
        before = _clear(user, county, keeping=role)
        place = {"user": user, "county": county, "organization_id": None if role == COUNTY_ADMIN else organization_id, "role": role}
        stamp = {"granted_by": actor_name()[:80], "granted_at": now()}
        rows = [{**place, **stamp, "permission": p, "module": ""} for p in sorted(permissions_of(role))]
        rows += [{**place, **stamp, "permission": ROLE_PREFIX + role, "module": m} for m in sorted(set(modules)) or [""]]
        Grant.insert_many(rows).execute()
        record("role.grant", object_type="user", object_id=user.id, object_name=user.display_name, before=before,
               after={"role": role_title(role)}, organization_id=organization_id, county_id=None if county is None else county.id)  # fmt: skip


def revoke(user: User, county: County | None, reason: str = "") -> None:
    """Withdraw every right there, in force at the next request; the account stays in the county's list without a role. Raises RuleError."""
    _not_oneself(user)
    with transaction():
        before = _clear(user, county, keeping="")
        if not before:
            raise NotFound(_("The user has no role here"))
        Grant.create(user=user, county=county, role=NO_ROLE, permission=NO_ROLE, granted_by=actor_name()[:80], granted_at=now())
        record("role.revoke", object_type="user", object_id=user.id, object_name=user.display_name, reason=reason, before=before,
               county_id=None if county is None else county.id)  # fmt: skip


def disable(user: User, county: County | None = None, reason: str = "") -> None:
    """Close the account and end its sessions. county: whose administrator does it. Raises as `only_here`."""
    _not_oneself(user)
    with transaction():
        only_here(user, county)
        _not_the_last(user, counties_of(user))
        User.update(disabled=True, session_key=_new_key()).where(User.id == user.id).execute()
        Session.delete().where(Session.user == user).execute()
        record("account.disable", object_type="user", object_id=user.id, object_name=user.display_name, reason=reason)


def enable(user: User, county: County | None = None, expires_on: date | None = None) -> None:
    """Open a disabled account again; its password and roles are as before. expires_on: its last day, None for no end."""
    with transaction():
        only_here(user, county)
        User.update(disabled=False, expires_on=expires_on).where(User.id == user.id).execute()
        record("account.enable", object_type="user", object_id=user.id, object_name=user.display_name)


def end_sessions(user: User) -> None:
    """End every session of the user, this one included; he must sign in again. Raises as `only_here`."""
    only_here(user)
    with transaction():
        User.update(session_key=_new_key()).where(User.id == user.id).execute()
        Session.delete().where(Session.user == user).execute()
        record("account.end_sessions", object_type="user", object_id=user.id, object_name=user.display_name)


def end_session(user: User, session_id: int) -> None:
    """End one session of the user. Raises NotFound if it is not his, else as `only_here`."""
    only_here(user)
    with transaction():
        if not Session.delete().where((Session.id == session_id) & (Session.user == user)).execute():
            raise NotFound(_("This session has ended already"))
        record("account.end_sessions", object_type="session", object_id=session_id, object_name=user.display_name)


def _new_key() -> str:
    return secrets.token_hex(20)


def _places(user: User, but: County | None) -> list[int | None]:
    query = Grant.select(Grant.county).where((Grant.user == user) & (Grant.role != NO_ROLE)).distinct().tuples()
    return [county_id for (county_id,) in query if county_id != (None if but is None else but.id)]


def _not_oneself(user: User) -> None:
    actor = current_actor()
    if actor is not None and actor.user_id == user.id:
        raise RuleError(_("Nobody changes his own rights: ask another administrator"))


def _visible(county: County, organization_id: int | None) -> None:
    """Raise RuleError unless the organization is in the county and inside the scope in force (none: the whole county)."""
    if organization_id is None:
        return
    scope = scope_or_none()
    with scoped(scope if scope is not None and scope.county_id == county.id else county_scope(county)):
        if not Organization.select().where(Organization.id == organization_id).exists():
            raise RuleError(_("Choose an organization of the county"), "organization")


def _clear(user: User, county: County | None, keeping: str) -> dict[str, str] | None:
    """Remove the user's rows there; the role he had, or None. The county's last administrator stays one."""
    place = (Grant.user == user) & _at(None if county is None else county.id)
    had = Grant.select(Grant.role).where(place & (Grant.role != NO_ROLE)).tuples().first()
    if had and had[0] == COUNTY_ADMIN != keeping and county is not None:
        _not_the_last(user, [county])
    Grant.delete().where(place).execute()
    return {"role": role_title(had[0])} if had else None


def _not_the_last(user: User, counties: Iterable[County]) -> None:
    for county in counties:
        administrators = administrators_of(county.id)
        if [a.id for a in administrators] == [user.id]:
            raise RuleError(_("This is the last administrator of the county: make another one first"))


def only_here(user: User, county: County | None = None) -> None:
    """Whoever acts on a whole account must have all of it in reach: raise RuleError or NotFound if it belongs to another place too.

    county: whose administrator acts; None: whoever is signed in. The account's owner and the command line reach it always.
    """
    actor = current_actor()
    if county is None and (actor is None or actor.user_id == user.id):
        return
    here = county.id if county is not None else actor.county_id if actor is not None else None
    held = {county_id for (county_id,) in Grant.select(Grant.county).where((Grant.user == user) & (Grant.role != NO_ROLE)).tuples()}
    if here is not None and None in held or not Grant.select().where((Grant.user == user) & _at(here)).exists():
        raise NotFound(_("The user has no role here"))
    if held - {here}:
        raise RuleError(_("The account also belongs to another county: withdraw its role here instead"))


def _at(county_id: int | None) -> Any:
    return Grant.county.is_null() if county_id is None else Grant.county == county_id
