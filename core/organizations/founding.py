"""A new county and its own committee, the root of its tree."""

from ..audit.services import record
from ..counties.models import County
from ..counties.services import CODE
from ..kernel.clock import now
from ..kernel.db import transaction
from ..kernel.errors import RuleError
from ..kernel.i18n import _
from ..kernel.scope import county_scope, scoped, unscoped
from . import closure, rules
from .models import Organization, OrganizationLink


def create_county(code: str, name: str, committee_name: str = "", is_demo: bool = False) -> County:
    """A new county with its root organization (共青团X委员会). Raises RuleError for a bad or taken code."""
    if not CODE.fullmatch(code):
        raise RuleError(_("The county code needs 2–32 small Latin letters, digits or hyphens, with a letter or digit at both ends"), "code")
    with transaction(), unscoped("create a county"):
        if County.get_or_none(County.code == code):
            raise RuleError(_("The code %(code)s is taken", code=code), "code")
        county = County.create(code=code, name=name, committee_name=committee_name or f"共青团{name}委员会", is_demo=is_demo, created_at=now())
        with scoped(county_scope(county)):
            create_root(county)
            record("county.create", object_type="county", object_id=county.id, object_name=name)
    return county


def create_root(county: County) -> Organization:
    """The county's own committee, at the top of its tree since ever."""
    with transaction():
        values = {"code": county.code, "name": county.committee_name, "short_name": "", "kind": rules.ROOT_KIND, "org_type": "leading_organ"}
        root = Organization.create(county=county, **values)
        OrganizationLink.create(county=county, organization=root, parent=None, from_on=rules.EVER)
        closure.attach(county.id, root.id, None)
    return root
