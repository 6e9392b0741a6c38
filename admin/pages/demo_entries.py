"""The entries of the demonstration: whose account each button opens, and where it stands."""

from dataclasses import dataclass

from youthpilot.core.accounts.models import Grant
from youthpilot.core.accounts.queries import is_demonstration, user_by_username
from youthpilot.core.accounts.rules import clean_username, role_title
from youthpilot.core.accounts.signing_in import DEMO_USERS
from youthpilot.core.counties.models import County
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.organizations.models import Organization


@dataclass(frozen=True)
class DemoEntry:
    """A button of the demonstration. place: the organization's short name, '' for the whole county and for the platform."""

    key: str
    name: str
    role_title: str
    county_name: str
    place: str


def demo_entries() -> list[DemoEntry]:
    """The entries in the order of DEMO_USERS, those whose account exists (a partner's is made by a module); empty outside a demonstration."""
    if not is_demonstration():
        return []
    return [entry for entry in (_entry(key) for key in DEMO_USERS) if entry is not None]


def _entry(key: str) -> DemoEntry | None:
    user = user_by_username(clean_username(DEMO_USERS[key]))
    grant = Grant.select().where(Grant.user == user).order_by(Grant.id).first() if user else None
    if user is None or user.disabled or grant is None:
        return None
    return DemoEntry(
        key, user.display_name, role_title(grant.role), grant.county.name if grant.county else "", _place(grant.county, grant.organization_id)
    )


def _place(county: County | None, organization_id: int | None) -> str:
    if county is None or organization_id is None:
        return ""
    with scoped(county_scope(county)):
        found = Organization.get_or_none((Organization.id == organization_id) & Organization.parent.is_null(False))
    return found.short if found else ""
