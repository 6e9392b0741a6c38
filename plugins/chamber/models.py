"""The chamber's terms, member units, their representatives and posts, receipts of dues, meetings."""

from datetime import date

from peewee import BooleanField, CharField, DateField, IntegerField, TextField

from youthpilot.core import MoneyField, OrganizationRow, Person, reference

from .rules import MEETINGS, POSTS, SECTORS, ordinal


class ChamberTerm(OrganizationRow):
    """第N届: from its congress to the next one. What the chamber was on the day before is kept with it. Carries the county's root."""

    readable_from = "county"

    number = IntegerField()
    started_on = DateField()  # the day of the congress that elected it
    due_on = DateField()  # the last day of the term as elected
    extended_to = DateField(null=True)  # the last day after an approved extension
    extension_ref = CharField(max_length=80, default="")
    before_on = DateField(null=True)  # the day for which the term before was measured; None: nothing was kept
    before_units = IntegerField(null=True)  # 家
    before_sectors = IntegerField(null=True)  # of three
    before_age_sum = IntegerField(null=True)  # 岁, full years
    before_age_count = IntegerField(null=True)  # 人
    before_posts = IntegerField(null=True)  # 人 with a post above member
    explanation = TextField(default="")

    class Meta:
        table_name = "chamber_term"
        indexes = ((("county", "number"), True),)

    def __str__(self) -> str:
        return ordinal(self.number)


class ChamberUnit(OrganizationRow):
    """A member unit (会员单位): on the roll from `joined_on`, no longer from `left_on`; suspended ones stay on the roll."""

    merged_fields = ("organization",)

    name = CharField(max_length=120)
    uscc = CharField(max_length=18, default="")
    category = CharField(max_length=2)  # 大类 of GB/T 4754
    sector = IntegerField(choices=list(SECTORS.items()))  # always that of the category
    business = CharField(max_length=120, default="")
    joined_on = DateField()
    left_on = DateField(null=True)  # the first day on which it was no member any more
    left_why = CharField(max_length=120, default="")
    suspended_on = DateField(null=True)
    explanation = TextField(default="")  # why something unusual is right
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "chamber_unit"
        indexes = ((("county", "joined_on"), False), (("county", "name"), False), (("county", "uscc"), False))

    def __str__(self) -> str:
        return str(self.name)


class ChamberRepresentative(OrganizationRow):
    """Who stands for a unit from a day to a day (both included; None: still). Who he is, says core's Person: one for all modules."""

    merged_fields = ("organization",)

    unit = reference(ChamberUnit)
    person = reference(Person, null=True)  # None: erased
    position = CharField(max_length=40, default="")  # in his firm
    from_on = DateField()
    to_on = DateField(null=True)
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "chamber_representative"
        indexes = ((("county", "unit", "from_on"), False), (("county", "person"), False))

    def __str__(self) -> str:
        return self.name

    @property
    def known(self) -> Person | None:
        """Who he is; None if he was erased, or belongs to a place that the scope does not see."""
        found: Person | None = self.person
        return None if found is None or found.is_hidden else found

    @property
    def name(self) -> str:
        """His name, — if it is not known here."""
        return str(self.known.name) if self.known else "—"

    @property
    def birth_date(self) -> date | None:
        """None if it is not known."""
        return self.known.birth_date if self.known else None

    @property
    def phone(self) -> str:
        """'' if it is not known."""
        return str(self.known.phone or "") if self.known else ""


class ChamberPost(OrganizationRow):
    """A post in one term, from a day to a day (both included; None: to the end of the term). Without a row: ordinary member."""

    merged_fields = ("organization",)

    term = reference(ChamberTerm)
    representative = reference(ChamberRepresentative)
    title = CharField(max_length=12, choices=list(POSTS.items()))
    start_on = DateField()
    end_on = DateField(null=True)
    end_reason = CharField(max_length=120, default="")
    explanation = TextField(default="")
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "chamber_post"
        indexes = ((("county", "term", "title"), False), (("county", "representative"), False))

    def __str__(self) -> str:
        return POSTS[str(self.title)]


class ChamberReceipt(OrganizationRow):
    """Dues (会费) of a unit for a year, paid on a day against a receipt."""

    date_field = "paid_on"

    unit = reference(ChamberUnit)
    year = IntegerField()
    amount = MoneyField()  # 元
    paid_on = DateField()
    receipt_no = CharField(max_length=40)
    note = CharField(max_length=200, default="")
    explanation = TextField(default="")
    voided_on = DateField(null=True)  # 作废: the number stays taken, the amount counts no more
    void_reason = CharField(max_length=120, default="")
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "chamber_receipt"
        indexes = ((("county", "receipt_no"), True), (("county", "unit", "year"), False), (("county", "paid_on"), False))

    def __str__(self) -> str:
        return str(self.receipt_no)


class ChamberWaiver(OrganizationRow):
    """Dues of a year that a unit need not pay (减免), with the reason: never counted as paid."""

    merged_fields = ("organization",)
    date_field = "waived_on"

    unit = reference(ChamberUnit)
    year = IntegerField()
    amount = MoneyField()  # 元
    waived_on = DateField()
    reason = CharField(max_length=200)
    approval = CharField(max_length=120)  # who decided it: 会长会议, and when

    class Meta:
        table_name = "chamber_waiver"
        indexes = ((("county", "unit", "year"), False), (("county", "waived_on"), False))

    def __str__(self) -> str:
        return f"{self.unit} {self.year}"


class ChamberMeeting(OrganizationRow):
    """A meeting with who should have come, who came, and how a resolution was voted. Carries the county's root."""

    readable_from = "county"
    date_field = "held_on"

    term = reference(ChamberTerm)
    kind = CharField(max_length=10, choices=list(MEETINGS.items()))
    held_on = DateField()
    topic = CharField(max_length=120)
    place = CharField(max_length=80, default="")
    should_attend = IntegerField()
    present = IntegerField()
    votes_for = IntegerField(null=True)  # None: nothing was voted on
    passed = BooleanField(default=False)
    result = TextField(default="")
    explanation = TextField(default="")

    class Meta:
        table_name = "chamber_meeting"
        indexes = ((("county", "held_on"), False),)

    def __str__(self) -> str:
        return str(self.topic)


MODELS = [ChamberTerm, ChamberUnit, ChamberRepresentative, ChamberPost, ChamberReceipt, ChamberWaiver, ChamberMeeting]
