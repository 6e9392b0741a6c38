"""Accounts: who may sign in, with which rights, and the sessions. Names are loaded on first use (no import cycles)."""

from typing import TYPE_CHECKING

from ..kernel.public import loader

PUBLIC = {
    "actor": ("Actor", "actor_for", "allowed"),
    "queries": (
        "actor_of_session",
        "administrators_of",
        "counties_of",
        "current_user",
        "get_user",
        "is_demonstration",
        "landing",
        "sessions_of",
        "users_of",
        "UserLine",
        "SessionLine",
    ),
    "services": ("create_user", "disable", "enable", "end_session", "end_sessions", "grant_role", "revoke"),
    "signing_in": ("SignInRefused", "change_password", "create_demo_user", "sign_in", "sign_in_demo", "unlock"),
    "tokens": ("invite", "issue_first_admin_token", "issue_password_token", "offer_of", "redeem_token"),
    "session": ("csp_nonce", "sign_out", "start_session"),
}
__all__ = sorted(name for names in PUBLIC.values() for name in names)
__getattr__ = loader(__name__, PUBLIC)


if TYPE_CHECKING:
    from .actor import Actor as Actor
    from .actor import actor_for as actor_for
    from .actor import allowed as allowed
    from .queries import SessionLine as SessionLine
    from .queries import UserLine as UserLine
    from .queries import actor_of_session as actor_of_session
    from .queries import administrators_of as administrators_of
    from .queries import counties_of as counties_of
    from .queries import current_user as current_user
    from .queries import get_user as get_user
    from .queries import is_demonstration as is_demonstration
    from .queries import landing as landing
    from .queries import sessions_of as sessions_of
    from .queries import users_of as users_of
    from .services import create_user as create_user
    from .services import disable as disable
    from .services import enable as enable
    from .services import end_session as end_session
    from .services import end_sessions as end_sessions
    from .services import grant_role as grant_role
    from .services import revoke as revoke
    from .session import csp_nonce as csp_nonce
    from .session import sign_out as sign_out
    from .session import start_session as start_session
    from .signing_in import SignInRefused as SignInRefused
    from .signing_in import change_password as change_password
    from .signing_in import create_demo_user as create_demo_user
    from .signing_in import sign_in as sign_in
    from .signing_in import sign_in_demo as sign_in_demo
    from .signing_in import unlock as unlock
    from .tokens import invite as invite
    from .tokens import issue_first_admin_token as issue_first_admin_token
    from .tokens import issue_password_token as issue_password_token
    from .tokens import offer_of as offer_of
    from .tokens import redeem_token as redeem_token
