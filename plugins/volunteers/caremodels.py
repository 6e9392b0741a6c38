"""The care programme's children and rooms, and the money of its campaigns. models.py hands them on with the others."""

from peewee import BooleanField, CharField, DateField, IntegerField, TextField

from youthpilot.core import MoneyField, OrganizationRow, ProtectedField, reference

from . import workflows
from .rules import CAMPAIGN_STATES, CATEGORIES, CHANNELS, DISCLOSURES, DONORS, ROOM_STATES


def _words(words: dict[str, str]) -> list[tuple[str, str]]:
    return list(words.items())


class Child(OrganizationRow):
    """A candidate of 梦想改造+. Name and address are protected and leave this table only masked."""

    merged_fields = ("organization",)
    personal_fields = ("name", "masked", "birth_date", "address", "guardian_name", "guardian_relation", "guardian_phone")

    code = CharField(max_length=20)
    category = CharField(max_length=12, choices=_words(CATEGORIES))
    name = ProtectedField()
    masked = CharField(max_length=40)
    birth_date = DateField()
    address = ProtectedField()
    guardian_name = ProtectedField()
    guardian_relation = CharField(max_length=20)
    guardian_phone = ProtectedField()
    consent_on = DateField()
    consent_version = CharField(max_length=20)
    found_on = DateField()
    surveyed_on = DateField(null=True)
    survey = TextField(default="")  # needs of the room; no names
    eligible = BooleanField(null=True)  # None: not decided

    class Meta:
        table_name = "volunteers_child"
        indexes = ((("county", "code"), True), (("county", "organization"), False))

    def __str__(self) -> str:
        return f"{self.code} {self.masked}"


class Pairing(OrganizationRow):
    """Who accompanies a child (结对): a cadre, a volunteer, a firm."""

    personal_fields = ("partner",)

    child = reference(Child)
    partner = CharField(max_length=60)
    kind = CharField(max_length=20, default="")
    from_on = DateField()
    to_on = DateField(null=True)

    class Meta:
        table_name = "volunteers_pairing"
        indexes = ((("county", "child"), False),)


class Room(OrganizationRow):
    """A room on its way: survey → review → design → building → air test → handed over → followed up."""

    workflow = workflows.ROOM

    child = reference(Child)
    code = CharField(max_length=20)
    state = CharField(max_length=12, default="survey", choices=_words(ROOM_STATES))
    done = CharField(max_length=120, default="")  # keys of SURFACES and ITEMS that are finished, with commas
    budget = MoneyField(null=True)
    builder = CharField(max_length=80, default="")
    started_on = DateField(null=True)
    tested_on = DateField(null=True)
    test_passed = BooleanField(null=True)
    test_report = CharField(max_length=80, default="")
    handed_on = DateField(null=True)
    dropped_reason = CharField(max_length=200, default="")
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "volunteers_room"
        indexes = ((("county", "code"), True), (("county", "state"), False), (("county", "organization", "handed_on"), False))

    def __str__(self) -> str:
        return str(self.code)


class RoomStep(OrganizationRow):
    """A room's change of state or a visit afterwards: day, who, what was found."""

    date_field = "done_on"

    room = reference(Room)
    state = CharField(max_length=12, choices=_words(ROOM_STATES))
    done_on = DateField()
    actor = CharField(max_length=80)
    note = CharField(max_length=200, default="")

    class Meta:
        table_name = "volunteers_step"
        indexes = ((("county", "room", "done_on"), False),)


class Campaign(OrganizationRow):
    """A fundraising campaign through an organization that may raise publicly (公开募捐资格), with its filing number."""

    readable_from = "county"

    title = CharField(max_length=80)
    qualified_org = CharField(max_length=80)
    filing_no = CharField(max_length=60)
    platform = CharField(max_length=60, default="")
    starts_on = DateField()
    ends_on = DateField()
    target = MoneyField(null=True)
    state = CharField(max_length=12, default="open", choices=_words(CAMPAIGN_STATES))

    class Meta:
        table_name = "volunteers_campaign"
        indexes = ((("county", "title"), True),)

    def __str__(self) -> str:
        return str(self.title)


class Donation(OrganizationRow):
    """Money that came in. kind anonymous keeps no name; kind total stands for many, with its source file (汇总录入)."""

    readable_from = "county"
    date_field = "received_on"
    personal_fields = ("donor",)

    campaign = reference(Campaign)
    received_on = DateField()
    amount = MoneyField()
    kind = CharField(max_length=12, default="person", choices=_words(DONORS))
    donor = CharField(max_length=80, default="")
    channel = CharField(max_length=12, default="online", choices=_words(CHANNELS))
    reference_no = CharField(max_length=60)
    source_file = CharField(max_length=200, default="")
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "volunteers_donation"
        indexes = ((("county", "campaign", "reference_no"), True), (("county", "received_on"), False), (("county", "batch_id"), False))


class Expense(OrganizationRow):
    """Money that was spent; never more than came in."""

    readable_from = "county"
    date_field = "spent_on"

    campaign = reference(Campaign)
    room = reference(Room, null=True)
    spent_on = DateField()
    amount = MoneyField()
    payee = CharField(max_length=80)
    purpose = CharField(max_length=120)
    voucher = CharField(max_length=60, default="")

    class Meta:
        table_name = "volunteers_expense"
        indexes = ((("county", "campaign", "spent_on"), False),)


class Disclosure(OrganizationRow):
    """What was published of a campaign: when, where, with which sums. They settle what is due, oldest first."""

    readable_from = "county"

    campaign = reference(Campaign)
    kind = CharField(max_length=12, choices=_words(DISCLOSURES))
    published_on = DateField()
    link = CharField(max_length=200)
    income = MoneyField()
    spent = MoneyField()

    class Meta:
        table_name = "volunteers_disclosure"
        indexes = ((("county", "campaign", "published_on"), False),)
