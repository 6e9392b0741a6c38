"""The association and its groups, volunteers and their service, certificates; the care programme's rooms and money.

What belongs to the county (association, drives, projects, campaigns) can be read by all its organizations; children only by
those above the organization that found them.
"""

from peewee import BooleanField, CharField, DateField, IntegerField, TextField

from youthpilot.core import OrganizationRow, Person, ProtectedField, UtcDateTimeField, reference

from . import workflows
from .caremodels import Campaign as Campaign
from .caremodels import Child as Child
from .caremodels import Disclosure as Disclosure
from .caremodels import Donation as Donation
from .caremodels import Expense as Expense
from .caremodels import Pairing as Pairing
from .caremodels import Room as Room
from .caremodels import RoomStep as RoomStep
from .rules import (
    ACTIVITY_STATES,
    ASSOCIATION_POSTS,
    ASSOCIATION_STATES,
    CERTIFICATE_STATES,
    ENTRY_KINDS,
    FIELDS,
    MOVEMENTS,
    PROJECT_STATES,
    RECORD_STATES,
)


def _words(words: dict[str, str]) -> list[tuple[str, str]]:
    return list(words.items())


# the association ---------------------------------------------------------------------------------------------------------


class Association(OrganizationRow):
    """青年志愿者协会 of an organization: being prepared, established, ended."""

    readable_from = "county"
    workflow = workflows.ASSOCIATION

    name = CharField(max_length=80)
    state = CharField(max_length=12, default="preparing", choices=_words(ASSOCIATION_STATES))
    preparing_on = DateField()
    established_on = DateField(null=True)
    approval_ref = CharField(max_length=80, default="")
    term_years = IntegerField(default=5)
    note = TextField(default="")

    class Meta:
        table_name = "volunteers_association"
        indexes = ((("county", "organization", "name"), True),)

    def __str__(self) -> str:
        return str(self.name)


class AssociationTerm(OrganizationRow):
    """第N届: when it began, when the next re-election (换届) is due, when it ended."""

    readable_from = "county"

    association = reference(Association)
    number = IntegerField()
    start_on = DateField()
    due_on = DateField()
    end_on = DateField(null=True)
    posts_before = IntegerField(null=True)  # holders on the day before, for the comparison
    members_before = IntegerField(null=True)

    class Meta:
        table_name = "volunteers_term"
        indexes = ((("county", "association", "number"), True),)


class AssociationPost(OrganizationRow):
    """Who holds a post of the association, in which term."""

    readable_from = "county"
    personal_fields = ("name",)

    association = reference(Association)
    term = reference(AssociationTerm, null=True)  # None: of the preparatory group
    name = CharField(max_length=40)
    title = CharField(max_length=20, choices=_words(ASSOCIATION_POSTS))
    start_on = DateField()
    end_on = DateField(null=True)

    class Meta:
        table_name = "volunteers_post"
        indexes = ((("county", "association", "start_on"), False),)


class Group(OrganizationRow):
    """A group (队伍) of an organization, down to the villages."""

    name = CharField(max_length=80)
    established_on = DateField()
    closed_on = DateField(null=True)
    leader = CharField(max_length=40, default="")
    batch_id = IntegerField(null=True)

    personal_fields = ("leader",)

    class Meta:
        table_name = "volunteers_group"
        indexes = ((("county", "organization", "name"), True),)

    def __str__(self) -> str:
        return str(self.name)


class Drive(OrganizationRow):
    """A recruitment drive, such as “无志愿、不青春”."""

    readable_from = "county"

    title = CharField(max_length=80)
    starts_on = DateField()
    ends_on = DateField()
    target = IntegerField(null=True)  # 名; None: none set

    class Meta:
        table_name = "volunteers_drive"
        indexes = ((("county", "title"), True),)

    def __str__(self) -> str:
        return str(self.title)


# volunteers --------------------------------------------------------------------------------------------------------------


class Volunteer(OrganizationRow):
    """A person on the roster. `number` is the unified number, never an ID number. The days that figures count are movements."""

    merged_fields = ("organization",)
    personal_fields = ("number", "skills", "guardian_name", "guardian_phone", "guardian_relation")

    person = reference(Person)
    number = CharField(max_length=20)
    joined_on = DateField()
    left_on = DateField(null=True)  # the last day
    group = reference(Group, null=True)
    drive = reference(Drive, null=True)
    skills = CharField(max_length=120, default="")
    fields = CharField(max_length=120, default="")  # codes of FIELDS, with commas
    guardian_name = ProtectedField(column_name="guardian_sealed")
    guardian_relation = CharField(max_length=20, default="")
    guardian_phone = ProtectedField()
    consent_on = DateField(null=True)
    consent_version = CharField(max_length=20, default="")
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "volunteers_volunteer"
        indexes = (
            (("county", "person"), True),
            (("county", "number"), True),
            (("county", "organization", "joined_on"), False),
            (("county", "batch_id"), False),
        )

    def __str__(self) -> str:
        return str(self.number)


class RosterTotal(OrganizationRow):
    """How many joined an organization in some days, where nobody is on a roster by name (汇总录入), with the file it was taken from."""

    date_field = "until_on"

    from_on = DateField()
    until_on = DateField()  # included
    joined = IntegerField()
    source_file = CharField(max_length=200)
    entered_by = CharField(max_length=80, default="")

    class Meta:
        table_name = "volunteers_total"
        indexes = ((("county", "organization", "from_on"), False), (("county", "until_on"), False))

    def __str__(self) -> str:
        return f"{self.from_on} – {self.until_on}"


class Movement(OrganizationRow):
    """A volunteer joined, left or came back, on a day and at the organization where it is counted; who comes back is not new."""

    date_field = "happened_on"

    volunteer = reference(Volunteer)
    kind = CharField(max_length=8, choices=_words(MOVEMENTS))
    happened_on = DateField()
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "volunteers_movement"
        indexes = (
            (("county", "volunteer", "happened_on"), False),
            (("county", "kind", "happened_on"), False),
            (("county", "batch_id"), False),
        )


class Entry(OrganizationRow):
    """Training, award or evaluation of a volunteer: part of the record that the law asks for."""

    volunteer = reference(Volunteer)
    kind = CharField(max_length=12, choices=_words(ENTRY_KINDS))
    title = CharField(max_length=120)
    given_on = DateField()
    given_by = CharField(max_length=80, default="")

    class Meta:
        table_name = "volunteers_entry"
        indexes = ((("county", "volunteer", "given_on"), False),)


# service -----------------------------------------------------------------------------------------------------------------


class Project(OrganizationRow):
    """A project of a field; a brand project (品牌) is named in reports."""

    readable_from = "county"
    workflow = workflows.PROJECT

    title = CharField(max_length=80)
    field = CharField(max_length=12, choices=_words(FIELDS))
    goals = TextField(default="")
    is_brand = BooleanField(default=False)
    state = CharField(max_length=12, default="planning", choices=_words(PROJECT_STATES))
    starts_on = DateField()
    ends_on = DateField(null=True)

    class Meta:
        table_name = "volunteers_project"
        indexes = ((("county", "title"), True),)

    def __str__(self) -> str:
        return str(self.title)


class Activity(OrganizationRow):
    """One activity. Over several days each day is signed for; from `starts_at`'s to `ends_at`'s time of day.

    `total_people`, `total_minutes` with `source_file`: a total without names (汇总录入); counts only where nobody is recorded.
    """

    date_field = "held_on"
    workflow = workflows.ACTIVITY

    project = reference(Project, null=True)
    title = CharField(max_length=80)
    place = CharField(max_length=120, default="")
    starts_at = UtcDateTimeField()
    ends_at = UtcDateTimeField()
    held_on = DateField()  # the first day: decides the period
    until_on = DateField()  # the last day
    is_theme = BooleanField(default=False)  # 主题志愿服务活动, printed by name
    state = CharField(max_length=12, default="planned", choices=_words(ACTIVITY_STATES))
    quota = IntegerField(null=True)
    lowest_age = IntegerField(null=True)
    is_risky = BooleanField(default=False)
    insurance_no = CharField(max_length=60, default="")
    insured_from = DateField(null=True)
    insured_until = DateField(null=True)
    late_reason = CharField(max_length=200, default="")  # entered after it began
    total_people = IntegerField(null=True)
    total_minutes = IntegerField(null=True)
    source_file = CharField(max_length=200, default="")

    class Meta:
        table_name = "volunteers_activity"
        indexes = ((("county", "organization", "held_on"), False), (("county", "held_on"), False))

    def __str__(self) -> str:
        return str(self.title)


class Duty(OrganizationRow):
    """A post (岗位) of an activity with the number of people it needs."""

    activity = reference(Activity)
    title = CharField(max_length=60)
    needed = IntegerField(default=1)

    class Meta:
        table_name = "volunteers_duty"
        indexes = ((("county", "activity", "title"), True),)

    def __str__(self) -> str:
        return str(self.title)


class SignUp(OrganizationRow):
    """A volunteer who wants to come."""

    activity = reference(Activity)
    volunteer = reference(Volunteer)
    duty = reference(Duty, null=True)
    cancelled = BooleanField(default=False)
    signed_at = UtcDateTimeField()

    class Meta:
        table_name = "volunteers_signup"
        indexes = ((("county", "activity", "volunteer"), True),)


class Record(OrganizationRow):
    """One stretch of service: sign-in and sign-out. Counts once approved. Without a sign-out it has no minutes, ever."""

    date_field = "served_on"
    workflow = workflows.HOURS

    activity = reference(Activity)
    volunteer = reference(Volunteer)
    served_on = DateField()
    came_at = UtcDateTimeField()
    left_at = UtcDateTimeField(null=True)
    minutes = IntegerField(null=True)  # None: no sign-out
    state = CharField(max_length=12, default="open", choices=_words(RECORD_STATES))
    source = CharField(max_length=8, default="hand")  # hand, phone, import
    recorded_by = CharField(max_length=80, default="")  # user:<id> or a name
    recorded_name = CharField(max_length=80, default="")
    approved_by = CharField(max_length=80, default="")
    approved_name = CharField(max_length=80, default="")
    approved_at = UtcDateTimeField(null=True)
    is_self_review = BooleanField(default=False)  # 本人复核
    reason = CharField(max_length=200, default="")  # of the self review, the refusal or the withdrawal
    late_reason = CharField(max_length=200, default="")  # why it was entered afterwards (补录)
    evidence = CharField(max_length=200, default="")
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "volunteers_record"
        indexes = (
            (("county", "volunteer", "came_at"), False),  # a withdrawn one may be entered again
            (("county", "activity", "served_on"), False),
            (("county", "organization", "served_on"), False),
            (("county", "state"), False),
            (("county", "batch_id"), False),
        )


class Certificate(OrganizationRow):
    """服务证明 with its four blocks: identity, service, issuer, number and date. `minutes` = Σ of the records it lists."""

    personal_fields = ("name",)
    workflow = workflows.CERTIFICATE

    volunteer = reference(Volunteer)
    number = CharField(max_length=40)
    name = CharField(max_length=40)
    state = CharField(max_length=12, default="publicity", choices=_words(CERTIFICATE_STATES))
    from_on = DateField()
    to_on = DateField()
    minutes = IntegerField()
    content = TextField()
    issuer = CharField(max_length=80)
    responsible = CharField(max_length=40)
    handler = CharField(max_length=40)
    contact = CharField(max_length=60)
    remarks = CharField(max_length=200, default="")
    public_from = DateField()
    public_to = DateField()  # the last day of publicity
    issued_on = DateField(null=True)
    revoked_on = DateField(null=True)
    revoked_reason = CharField(max_length=200, default="")

    class Meta:
        table_name = "volunteers_certificate"
        indexes = ((("county", "number"), True), (("county", "volunteer"), False))

    def __str__(self) -> str:
        return str(self.number)


class CertificateLine(OrganizationRow):
    """A record that a certificate vouches for."""

    certificate = reference(Certificate)
    record = reference(Record)
    minutes = IntegerField()

    class Meta:
        table_name = "volunteers_line"
        indexes = ((("county", "certificate", "record"), True), (("county", "record"), False))


MODELS = [
    Association, AssociationTerm, AssociationPost, Group, Drive, Volunteer, RosterTotal, Movement, Entry, Project, Activity, Duty, SignUp, Record,
    Certificate, CertificateLine, Child, Pairing, Room, RoomStep, Campaign, Donation, Expense, Disclosure,
]  # fmt: skip
