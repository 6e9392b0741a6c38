"""Read accounts: who belongs to a county, with which role; a user's counties and sessions; who acts in this request."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import has_request_context, session

from ..counties.models import County
from ..kernel.errors import NotFound
from ..kernel.i18n import _
from .actor import ROLE_PREFIX, Actor, actor_for
from .models import Grant, Session, User
from .rules import COUNTY_ADMIN, NO_ROLE, PLACED_ROLES, PLATFORM_ADMIN, lacks_place, role_title


@dataclass(frozen=True)
class UserLine:
    """A user as the county's list shows him. organization_id None: the whole county; modules empty: all."""

    user_id: int
    username: str
    name: str
    role: str
    role_title: str
    organization_id: int | None
    modules: tuple[str, ...]
    disabled: bool
    expires_on: date | None
    has_password: bool
    last_login_at: datetime | None

    @property
    def lacks_place(self) -> bool:
        """True if the role gives nothing because its organization was left blank; see rules.lacks_place."""
        return lacks_place(self.role, self.organization_id)


@dataclass(frozen=True)
class SessionLine:
    """A running session as its user sees it."""

    session_id: int
    ip: str
    started_at: datetime
    seen_at: datetime
    is_this_one: bool


def user_by_username(username: str) -> User | None:
    """The account of a (cleaned) user name, or None."""
    found: User | None = User.get_or_none(User.username == username)
    return found


def get_user(county_id: int | None, user_id: int) -> User:
    """The user, if he belongs to the county (None: to the platform). Raises NotFound, alike for missing and foreign."""
    place = Grant.county.is_null() if county_id is None else Grant.county == county_id
    user = User.select().join(Grant, on=(Grant.user == User.id)).where((User.id == user_id) & place).first()
    if user is None:
        raise NotFound(_("There is no such user here"))
    found: User = user
    return found


def users_of(county_id: int | None) -> list[UserLine]:
    """Everybody who has, or had, a role in the county (None: on the platform), by name."""
    place = Grant.county.is_null() if county_id is None else Grant.county == county_id
    marks = Grant.permission.startswith(ROLE_PREFIX) | (Grant.permission == NO_ROLE)
    rows = Grant.select(Grant, User).join(User, on=(Grant.user == User.id)).where(place & marks).order_by(User.display_name, User.id)
    by_user: dict[int, list[Grant]] = {}
    for row in rows:
        by_user.setdefault(row.user.id, []).append(row)
    return [_line(grants) for grants in by_user.values()]


def _line(grants: list[Grant]) -> UserLine:
    first = grants[0]
    user = first.user
    return UserLine(
        user.id, user.username, user.display_name, first.role, role_title(first.role), first.organization_id,
        tuple(sorted(g.module for g in grants if g.module)), user.disabled, user.expires_on, bool(user.password_hash), user.last_login_at,
    )  # fmt: skip


def administrators_of(county_id: int | None) -> list[User]:
    """Active administrators of the county (None: of the platform)."""
    role = PLATFORM_ADMIN if county_id is None else COUNTY_ADMIN
    place = Grant.county.is_null() if county_id is None else Grant.county == county_id
    holders = Grant.select(Grant.user).where(place & (Grant.permission == ROLE_PREFIX + role))
    return list(User.select().where(User.id.in_(holders) & (User.disabled == False)).order_by(User.display_name))  # noqa: E712


def without_place(county_id: int) -> list[UserLine]:
    """The county's accounts whose role gives nothing because its organization was left blank (0.1.0 allowed that)."""
    return [line for line in users_of(county_id) if line.lacks_place and not line.disabled]


def counties_of(user: User) -> list[County]:
    """The counties in which the user has a role that gives something, by name."""
    gives = (Grant.role != NO_ROLE) & (Grant.role.not_in(PLACED_ROLES) | Grant.organization_id.is_null(False))
    held = Grant.select(Grant.county).where((Grant.user == user) & Grant.county.is_null(False) & gives)
    return list(County.select().where(County.id.in_(held)).order_by(County.name))


def county_names(user: User) -> list[str]:
    """Names and codes of the user's counties, for the password rules."""
    return [text for c in counties_of(user) for text in (c.name, c.code)]


def is_platform_admin(user: User) -> bool:
    """True if the user has a role on the platform."""
    return bool(Grant.select().where((Grant.user == user) & Grant.county.is_null() & (Grant.role != NO_ROLE)).exists())


def landing(user: User) -> str:
    """The address inside the application where the user starts: his county if it is the only one, else the platform's page."""
    counties = counties_of(user)
    return f"/c/{counties[0].code}/" if len(counties) == 1 and not is_platform_admin(user) else "/"


def is_demonstration() -> bool:
    """True if this installation holds demonstration counties only (and at least one)."""
    kinds = {demo for (demo,) in County.select(County.is_demo).distinct().tuples()}
    return kinds == {True}


def current_user() -> User | None:
    """The signed-in user of this request, or None."""
    user: User | None = getattr(session, "user", None) if has_request_context() else None
    return user


def actor_of_session(county: County | None, registry: Any = None) -> Actor | None:
    """The signed-in user as actor in the county (None: on the platform); None if nobody is, or without a right there."""
    user = current_user()
    return None if user is None else actor_for(user, county, registry)


def sessions_of(user: User) -> list[SessionLine]:
    """The user's running sessions, the latest first."""
    here = getattr(session, "row_id", None) if has_request_context() else None
    rows = Session.select().where((Session.user == user) & (Session.session_key == user.session_key)).order_by(Session.seen_at.desc())
    return [SessionLine(row.id, row.ip, row.created_at, row.seen_at, row.id == here) for row in rows]
