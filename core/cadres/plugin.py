"""What the core itself gives to its hooks: posts end with their organization."""

from ..hookspecs import hookimpl
from ..organizations.models import Organization, OrganizationEvent
from ..plugin import Plugin
from .services import end_all_posts

PLUGIN = Plugin(name="core", title="团组织与团干部", requires="2")


@hookimpl
def county_organization_changed(organization_id: int, event: str) -> None:
    """The posts of an organization that was closed or merged end with its last day, for the same reason."""
    if event not in ("closed", "merged"):
        return
    happened = OrganizationEvent
    reasons = happened.select(happened.reason).where((happened.organization == organization_id) & (happened.event == event))
    [(reason,)] = reasons.order_by(happened.id.desc()).limit(1).tuples()
    end_all_posts(organization_id, Organization.get_by_id(organization_id).closed_on, reason)
