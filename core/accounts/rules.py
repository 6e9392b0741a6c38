"""Permissions and roles of the house, who may be what, and when an account is locked. Pure functions and data."""

import ipaddress
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from ..hookvalues import Permission
from ..kernel.clock import local
from ..kernel.i18n import _
from ..kernel.i18n import lazy_gettext as _l

COUNTY_ADMIN, REPORTER, REVIEWER, VIEWER, PLATFORM_ADMIN = "county_admin", "reporter", "reviewer", "viewer", "platform_admin"
PARTNER = "partner"  # somebody of a bank, a hospital …: nothing of the house, only what one module shows him
NO_ROLE = "none"  # rights withdrawn; the account stays in the county's list
ROLES = {
    COUNTY_ADMIN: _l("County administrator"),
    REPORTER: _l("Reporter"),
    REVIEWER: _l("Reviewer"),
    VIEWER: _l("Viewer"),
    PARTNER: _l("Partner outside the League"),
    PLATFORM_ADMIN: _l("Platform administrator"),
    NO_ROLE: _l("No role"),
}
ROLE_HELP = {
    COUNTY_ADMIN: _l("Everything in the county: organizations, periods, report, modules, users"),
    REPORTER: _l("Keeps the records and fills in the figures of one organization and those below it"),
    REVIEWER: _l("Returns or accepts what the organizations below have submitted"),
    VIEWER: _l("Reads only"),
    PARTNER: _l("Sees nothing but what one module shows him"),
    PLATFORM_ADMIN: _l("Counties and modules of the platform; reads no records of any county"),
}
COUNTY_ROLES = (COUNTY_ADMIN, REPORTER, REVIEWER, VIEWER)
SUBTREE_ROLES = (REPORTER, REVIEWER, VIEWER)
PLACED_ROLES = frozenset(SUBTREE_ROLES)  # given at an organization, the county's own one for the whole county; a partner's reach is his module
_ALL = COUNTY_ROLES

PERMISSIONS: tuple[Permission, ...] = (
    Permission("home.see", _l("See the home page"), _ALL),
    Permission("organizations.see", _l("See organizations"), _ALL),
    Permission("organizations.edit", _l("Change organizations"), (COUNTY_ADMIN,)),
    Permission("cadres.see", _l("See cadres"), _ALL),
    Permission("cadres.edit", _l("Change cadres"), (COUNTY_ADMIN, REPORTER)),
    Permission("cadres.reveal", _l("See full phone and ID numbers"), (COUNTY_ADMIN,)),
    Permission("periods.see", _l("See reporting periods"), _ALL),
    Permission("periods.fill", _l("Fill in and submit figures"), (COUNTY_ADMIN, REPORTER)),
    Permission("periods.review", _l("Return and accept submissions"), (COUNTY_ADMIN, REVIEWER)),
    Permission("periods.manage", _l("Open, lock, publish and reopen periods"), (COUNTY_ADMIN,)),
    Permission("figures.see", _l("See figures"), _ALL),
    Permission("report.see", _l("See the report"), (COUNTY_ADMIN, REVIEWER, VIEWER)),
    Permission("report.edit", _l("Change the report"), (COUNTY_ADMIN,)),
    Permission("imports.run", _l("Import records"), (COUNTY_ADMIN, REPORTER)),
    Permission("imports.undo", _l("Undo an import"), (COUNTY_ADMIN, REPORTER)),
    Permission("plugins.manage", _l("Enable and disable modules"), (COUNTY_ADMIN,)),
    Permission("settings.edit", _l("Change settings"), (COUNTY_ADMIN,)),
    Permission("users.manage", _l("Manage users"), (COUNTY_ADMIN,)),
    Permission("audit.see", _l("See the audit log"), (COUNTY_ADMIN,)),
    Permission("platform.counties", _l("Manage counties"), (PLATFORM_ADMIN,)),
    Permission("platform.plugins", _l("Manage installed modules"), (PLATFORM_ADMIN,)),
    Permission("platform.audit", _l("See the platform's audit log"), (PLATFORM_ADMIN,)),
)
BY_NAME = {p.name: p for p in PERMISSIONS}
# The report and the acts of the whole county name organizations outside a subtree: nobody narrowed to one has them.
WHOLE_COUNTY = frozenset({"report.see", "report.edit", "periods.manage", "plugins.manage", "settings.edit", "users.manage", "audit.see"})

FAILURES, WINDOW, LOCK = 5, timedelta(minutes=15), timedelta(minutes=30)
ACCOUNT_FAILURES, ACCOUNT_WINDOW = 20, timedelta(hours=1)
NETWORK_FAILURES = 100  # of one network in WINDOW, whatever names were tried
TRUSTED_FOR = timedelta(days=30)  # a network from which the account signed in is not locked out by others


def permissions_of(role: str) -> frozenset[str]:
    """Names of the house permissions of a role; empty for an unknown one."""
    return frozenset(p.name for p in PERMISSIONS if role in p.roles)


def module_permissions(role: str, declared: Iterable[Permission]) -> frozenset[str]:
    """Names of the permissions declared by a module which the role holds."""
    return frozenset(p.name for p in declared if role in p.roles)


def needs_place(role: str) -> bool:
    """True if the role holds from an organization downwards: without one it gives nothing."""
    return role in PLACED_ROLES


def lacks_place(role: str, organization_id: int | None) -> bool:
    """True for a grant of 0.1.0 that left the organization blank and so reached the whole county: it gives nothing until one is set."""
    return organization_id is None and needs_place(role)


def role_title(role: str) -> str:
    """The role's name on screens; an unknown role has none ('')."""
    return str(ROLES.get(role, ""))


def network_of(ip: str) -> str:
    """The network an address belongs to for throttling: /24 of IPv4, /64 of IPv6; the text itself if it is no address."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ip[:45]
    if address.version == 6 and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return str(ipaddress.ip_network(f"{address}/{24 if address.version == 4 else 64}", strict=False))


def pair_locked_until(failures: Sequence[datetime]) -> datetime | None:
    """When the lock of an (account, network) pair ends, given its failures since the last good sign-in, oldest first; None: never locked."""
    ends = [last + LOCK for first, last in zip(failures, failures[FAILURES - 1 :], strict=False) if last - first <= WINDOW]
    return max(ends, default=None)


def clean_username(text: str) -> str:
    """The user name as it is stored and compared: NFKC, small letters, no outer blanks."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def username_problem(username: str) -> str:
    """What is wrong with a (cleaned) user name, '' if nothing."""
    if not 2 <= len(username) <= 40:
        return _("The user name needs 2 to 40 characters")
    if not all(c.isalnum() or c in "._-@" for c in username):
        return _("The user name may hold letters, digits and . _ - @ only")
    return ""


def role_problem(role: str, county_id: int | None, other_counties: Iterable[int | None]) -> str:
    """Why a role cannot be given, '' if it can. `other_counties`: where the user holds rights already (None: the platform)."""
    if role not in ROLES or role == NO_ROLE:
        return _("There is no such role")
    if (role == PLATFORM_ADMIN) != (county_id is None):
        return _("This role cannot be given here")
    if any((c is None) != (county_id is None) for c in other_counties):
        return _("One account cannot be platform administrator and hold a role in a county: make a second account")
    return ""


def place_problem(role: str, organization_id: int | None) -> str:
    """Why a role cannot be given without an organization, '' if it can: only the county's own roles and a partner's have none."""
    if lacks_place(role, organization_id):
        return _("Choose the organization for which the role holds; for the whole county that is the county's committee")
    return ""


def is_expired(expires_on: date | None, at: datetime) -> bool:
    """True from the day after the account's last day (local days); None never expires."""
    return expires_on is not None and expires_on < local(at).date()
