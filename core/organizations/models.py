"""Organizations: the row, its dated links (the truth) and the closure table (the image of today)."""

from peewee import BooleanField, CharField, DateField, IntegerField, TextField

from ..counties.models import CountyRow
from ..kernel.db import CountyModel, reference
from ..kernel.fields import UtcDateTimeField

# kind (what sort of place) → Chinese word; domain.md §11.1 `field`, with county and class added
KINDS = {
    "county": "县",
    "township": "镇",
    "street": "街道",
    "village": "村",
    "community": "社区",
    "school": "学校",
    "class": "班级",
    "enterprise": "企业",
    "agency": "机关",
    "institution": "事业单位",
    "social": "社会组织",
    "park": "园区",
}
# type (what sort of League organization)
TYPES = {
    "leading_organ": "团的领导机关",
    "committee": "团委",
    "work_committee": "团工委",
    "general_branch": "团总支",
    "branch": "团支部",
}
BRANCH_KINDS = {
    "": "",
    "normal": "普通",
    "joint": "联合",
    "temporary": "临时",
    "floating": "流动团员",
    "graduates": "毕业生",
    "link": "学社衔接临时",
    "abroad": "出国（境）学习研究",
    "waiting": "待接转",
}
TOWNSHIP_KINDS = ("township", "street")
VILLAGE_KINDS = ("village", "community")


class Organization(CountyRow):
    """A League organization. `parent` is the image of today of its dated links."""

    scope_column = "id"

    code = CharField(max_length=60)  # the county's own or the national dotted code; unique in the county
    name = CharField(max_length=120)  # full name
    short_name = CharField(max_length=60, default="")
    kind = CharField(max_length=12, choices=list(KINDS.items()))
    org_type = CharField(max_length=16, choices=list(TYPES.items()))
    branch_kind = CharField(max_length=12, default="", choices=list(BRANCH_KINDS.items()))
    school_stage = CharField(max_length=12, default="")  # primary, junior, senior, vocational, college
    region_code = CharField(max_length=12, default="")
    region_year = IntegerField(null=True)
    parent = reference("self", null=True)
    established_on = DateField(null=True)
    closed_on = DateField(null=True)  # the last day it existed
    last_elected_on = DateField(null=True)
    term_years = IntegerField(null=True)  # None: by rule from its type
    term_extended_to = DateField(null=True)
    member_count = IntegerField(null=True)  # None: not known
    member_count_on = DateField(null=True)
    youth_count = IntegerField(null=True)  # 14–28
    posts_due = IntegerField(null=True)  # 应配团干部; None: by rule
    phone = CharField(max_length=40, default="")
    note = TextField(default="")
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "core_organization"
        indexes = ((("county", "code"), True), (("county", "parent"), False), (("county", "kind"), False))

    def __str__(self) -> str:
        return str(self.name)

    @property
    def short(self) -> str:
        """The short name, else the full one."""
        return str(self.short_name or self.name)


class OrganizationLink(CountyRow):
    """From when to when (both included; None: still) an organization stood below a parent (None: the county's root)."""

    readable_from = "county"

    organization = reference(Organization)
    parent = reference(Organization, null=True)
    from_on = DateField()
    to_on = DateField(null=True)

    class Meta:
        table_name = "core_organization_link"
        indexes = ((("county", "organization", "from_on"), True), (("county", "parent"), False))


class OrganizationClosure(CountyModel):
    """Every (ancestor, descendant) pair of today's tree, itself included at depth 0; kept in the link's own transaction."""

    readable_from = "county"
    scope_column = "descendant_id"

    county = reference(CountyRow.county.rel_model)
    ancestor = reference(Organization)
    descendant = reference(Organization)
    depth = IntegerField()

    class Meta:
        table_name = "core_organization_closure"
        indexes = ((("county", "ancestor", "descendant"), True), (("county", "descendant", "depth"), False))


class OrganizationRow(CountyRow):
    """Base of every table whose rows belong to an organization: county and organization, both NOT NULL."""

    organization = reference(Organization)


class OrganizationEvent(OrganizationRow):
    """What happened to an organization: moved, merged, split, closed, reopened, renamed; with day, reason and actor."""

    event = CharField(max_length=12)
    happened_on = DateField()
    other = reference(Organization, null=True)  # the new parent, or the one merged into
    reason = TextField(default="")
    actor = CharField(max_length=80, default="")
    recorded_at = UtcDateTimeField()
    undone = BooleanField(default=False)

    class Meta:
        table_name = "core_organization_event"
        indexes = ((("county", "organization", "happened_on"), False),)
