"""Somebody cannot sign in and nobody of his county can help: a one-time link from the platform's administrator or the command line."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ..audit.models import AuditEntry
from ..audit.services import record
from ..counties.models import County
from ..kernel.clock import now
from ..kernel.db import transaction
from ..kernel.errors import RuleError
from ..kernel.i18n import _
from .models import User
from .queries import counties_of
from .rules import is_expired
from .tokens import issue_link_of

ACT = "account.recovery"
TOLD_FOR = timedelta(days=30)  # so long the county's first page says it


@dataclass(frozen=True)
class Recovery:
    """A link that was made past a county's own administrators: when, by whom, for whom, why."""

    at: datetime
    by: str
    name: str
    reason: str


def issue_recovery_link(user: User, reason: str, county: County | None = None) -> str:
    """A one-time code with which the user sets a new password. Every county in which he has a role is told so in its log and at home.

    county: the one whose page asks for it; its log gets the code's use too. Raises RuleError without a reason, and for an account
    that could not sign in with a new password either (disabled, past its last day).
    """
    if not reason.strip():
        raise RuleError(_("Give the reason: the county reads it"), "reason")
    if user.disabled or is_expired(user.expires_on, now()):
        raise RuleError(_("The account %(name)s is disabled or past its last day: enable it first (youthpilot user enable)", name=user.username))
    told = counties_of(user) or ([county] if county else [])
    with transaction():
        token = issue_link_of(user, county or (told[0] if told else None))
        places: list[County | None] = [*told] or [None]
        for place in places:
            record(ACT, object_type="user", object_id=user.id, object_name=user.display_name, reason=reason.strip(),
                   county_id=None if place is None else place.id)  # fmt: skip
    return token


def recoveries_of(county_id: int, at: datetime | None = None) -> list[Recovery]:
    """The links made for accounts of the county within the last 30 days, the newest first."""
    since = (at or now()) - TOLD_FOR
    rows = AuditEntry.select().where((AuditEntry.county_id == county_id) & (AuditEntry.act == ACT) & (AuditEntry.at > since))
    return [Recovery(r.at, r.actor, r.object_name, r.reason) for r in rows.order_by(AuditEntry.sequence.desc())]
