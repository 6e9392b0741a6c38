"""Accounts of partners outside the League (a bank's officer): made by a module, limited to that module, with nothing of the house.

The module keeps for whom the account stands (which bank) and shows only that; a partner's whole reach is the permissions
which the module declares for the role "partner".
"""

from dataclasses import dataclass
from datetime import datetime

from ..counties.models import County
from ..kernel.errors import NotFound
from ..kernel.i18n import _
from ..kernel.scope import current_scope
from . import tokens
from .models import Grant, User
from .queries import get_user, users_of
from .rules import PARTNER
from .services import revoke
from .signing_in import DEMO_USERS

__all__ = ["DEMO_NAME", "Partner", "invite", "of_module", "renew_link", "withdraw"]
DEMO_NAME = DEMO_USERS["partner"]  # the user name under which a module makes the partner of the demonstration's entry


@dataclass(frozen=True)
class Partner:
    """An account as its module lists it. active: not disabled; has_password: its owner has used the link."""

    user_id: int
    username: str
    name: str
    active: bool
    has_password: bool
    last_login_at: datetime | None


def invite(username: str, display_name: str, module: str) -> tuple[int, str]:
    """(user id, one-time code) of a new account in the scope's county that reaches nothing but `module`. Raises RuleError, ConflictError."""
    user, token = tokens.invite(username, display_name, PARTNER, _county(), None, (module,))
    return int(user.id), token


def of_module(module: str) -> dict[int, Partner]:
    """user id → account of everybody in the scope's county who is a partner of the module."""
    lines = [line for line in users_of(_county().id) if line.role == PARTNER and module in line.modules]
    return {line.user_id: Partner(line.user_id, line.username, line.name, not line.disabled, line.has_password, line.last_login_at) for line in lines}


def renew_link(user_id: int, module: str) -> str:
    """A new one-time code for a partner who lost his password. Raises NotFound for anybody else's account."""
    return tokens.issue_password_token(_partner(user_id, module), _county())


def withdraw(user_id: int, module: str, reason: str = "") -> None:
    """End the partner's rights; in force at his next request. Raises NotFound for anybody else's account."""
    revoke(_partner(user_id, module), _county(), reason)


def _county() -> County:
    found: County = County.get_by_id(current_scope().county_id)
    return found


def _partner(user_id: int, module: str) -> User:
    county = _county()
    user = get_user(county.id, user_id)
    held = (Grant.user == user) & (Grant.county == county) & (Grant.role == PARTNER) & (Grant.module == module)
    if not Grant.select().where(held).exists():
        raise NotFound(_("There is no such user here"))
    return user
