"""Tables: the registry, banks and products, applications with their steps, lines, drawdowns, repayments, totals, role models, subsidies.

What a figure counts stands in rows with a date that the lock guards (entry, step, line, drawdown, extension, repayment, role model);
what goes on changing (profile, status) stands apart from it.
"""

from peewee import BooleanField, CharField, DateField, IntegerField, TextField

from youthpilot.core import DecimalTextField, MoneyField, OrganizationRow, Person, UtcDateTimeField, reference

from . import rules


class LoanBank(OrganizationRow):
    """A bank that works with the county. Carries the county's root."""

    readable_from = "county"

    name = CharField(max_length=80)
    short_name = CharField(max_length=40, default="")
    closed_on = DateField(null=True)  # the last day of the cooperation

    class Meta:
        table_name = "loans_bank"
        indexes = ((("county", "name"), True),)

    def __str__(self) -> str:
        return str(self.short_name or self.name)


class LoanProduct(OrganizationRow):
    """What a bank offers: 新农菁英贷, 青商贷 …"""

    readable_from = "county"

    bank = reference(LoanBank)
    name = CharField(max_length=60)
    limit = MoneyField()  # 元 for one borrower
    max_months = IntegerField()
    annual_rate = DecimalTextField()  # % a year
    revolving = BooleanField(default=True)  # 随借随还
    min_age = IntegerField(null=True)  # None: as the county's setting
    max_age = IntegerField(null=True)
    valid_from = DateField()
    valid_to = DateField(null=True)

    class Meta:
        table_name = "loans_product"
        indexes = ((("county", "bank", "name", "valid_from"), True),)

    def __str__(self) -> str:
        return f"{self.name}（{self.bank}）"


class LoanElite(OrganizationRow):
    """A 新农菁英: a person of a township or village, with his trade. One row per person."""

    merged_fields = ("organization",)
    personal_fields = ("business_name", "main_product", "note", "household")

    person = reference(Person)
    kind = CharField(max_length=10, choices=list(rules.KINDS.items()))
    entered_on = DateField()
    industry = CharField(max_length=2, default="")  # 大类 of GB/T 4754
    main_product = CharField(max_length=60, default="")
    business_name = CharField(max_length=80, default="")
    uscc = CharField(max_length=18, default="")
    jobs_driven = IntegerField(null=True)  # 带动就业, 人; None: not known
    source = CharField(max_length=60, default="")
    household = CharField(max_length=40, default="")  # number or head of the household; the same in one village: one household
    merged_into = IntegerField(null=True)  # the entry that this one turned out to be a double of
    left_on = DateField(null=True)  # the last day in the registry
    note = TextField(default="")
    batch_id = IntegerField(null=True)
    pending = BooleanField(default=False)  # applied by a poster, not checked yet: in no list and no figure

    class Meta:
        table_name = "loans_elite"
        indexes = ((("county", "person"), True), (("county", "organization"), False))

    def __str__(self) -> str:
        return str(self.person)


class LoanEntry(OrganizationRow):
    """The fact of having been entered into the registry on a day: what the figure counts."""

    date_field = "entered_on"

    elite = reference(LoanElite)
    entered_on = DateField()
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "loans_entry"
        indexes = ((("county", "elite", "entered_on"), True), (("county", "entered_on"), False))


class LoanMatch(OrganizationRow):
    """万企联万村: a young talent works with a village from a day to a day (both included; None: still)."""

    elite = reference(LoanElite)  # `organization` is the village
    from_on = DateField()
    to_on = DateField(null=True)
    work = CharField(max_length=120, default="")

    class Meta:
        table_name = "loans_match"
        indexes = ((("county", "elite", "organization", "from_on"), True),)


class LoanApplication(OrganizationRow):
    """One application of an elite for a product; its status and since when."""

    merged_fields = ("organization",)
    personal_fields = ("purpose",)
    workflow = rules.APPLICATION

    number = CharField(max_length=20)  # 2023-0012
    elite = reference(LoanElite)
    product = reference(LoanProduct)
    amount = MoneyField()
    months = IntegerField()
    purpose = CharField(max_length=200)
    guarantee = CharField(max_length=12, default="", choices=[("", ""), *rules.GUARANTEES.items()])
    applied_on = DateField()
    state = CharField(max_length=12, default="draft", choices=list(rules.STATES.items()))
    state_on = DateField()
    remark = TextField(default="")  # why something unusual is right
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "loans_application"
        indexes = ((("county", "number"), True), (("county", "state"), False), (("county", "elite"), False))

    def __str__(self) -> str:
        return str(self.number)


class LoanStep(OrganizationRow):
    """A transition that happened: which side, on which day, with which reason or amount, typed by whom."""

    date_field = "happened_on"

    application = reference(LoanApplication)
    before = CharField(max_length=12)
    after = CharField(max_length=12)
    side = CharField(max_length=10, choices=list(rules.SIDES.items()))
    happened_on = DateField()
    amount = MoneyField(null=True)
    reason = TextField(default="")
    actor = CharField(max_length=80, default="")
    recorded_at = UtcDateTimeField()
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "loans_step"
        indexes = ((("county", "application"), False), (("county", "after", "happened_on"), False))


class LoanLine(OrganizationRow):
    """授信: how much may be owed from a day to a day (both included)."""

    date_field = "start_on"

    application = reference(LoanApplication)
    amount = MoneyField()
    start_on = DateField()
    end_on = DateField()
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "loans_line"
        indexes = ((("county", "application"), True), (("county", "start_on"), False))


class LoanDrawdown(OrganizationRow):
    """用信: one payment to the borrower (one 人次)."""

    date_field = "drawn_on"

    line = reference(LoanLine)
    elite = reference(LoanElite)
    bank = reference(LoanBank)
    serial = CharField(max_length=40)  # 借据号
    drawn_on = DateField()
    amount = MoneyField()
    annual_rate = DecimalTextField()
    due_on = DateField()
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "loans_drawdown"
        indexes = ((("county", "bank", "serial"), True), (("county", "drawn_on"), False), (("county", "line"), False))

    def __str__(self) -> str:
        return str(self.serial)


class LoanExtension(OrganizationRow):
    """展期: from a day on another due day holds."""

    date_field = "decided_on"

    drawdown = reference(LoanDrawdown)
    decided_on = DateField()
    due_on = DateField()
    reason = TextField(default="")

    class Meta:
        table_name = "loans_extension"
        indexes = ((("county", "drawdown", "decided_on"), True),)


class LoanRepayment(OrganizationRow):
    """还款: principal and interest on a day; `proof` names the voucher, '' none yet."""

    date_field = "repaid_on"

    drawdown = reference(LoanDrawdown)
    serial = CharField(max_length=40)  # the bank's voucher number, or the running number
    repaid_on = DateField()
    principal = MoneyField()
    interest = MoneyField(null=True)  # None: the bank did not tell
    proof = CharField(max_length=200, default="")
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "loans_repayment"
        indexes = ((("county", "drawdown", "serial"), True), (("county", "repaid_on"), False))


class LoanTotal(OrganizationRow):
    """汇总录入: what a bank says of a stretch of days where it gives no rows. Counts only where there are no drawdowns of that bank."""

    date_field = "to_on"

    bank = reference(LoanBank)
    from_on = DateField()
    to_on = DateField()
    borrower_times = IntegerField(null=True)  # 人次
    borrowers = IntegerField(null=True)  # 人, nobody twice inside this total
    amount = MoneyField(null=True)
    outstanding = MoneyField(null=True)  # at the end of to_on
    overdue = MoneyField(null=True)
    source_file = CharField(max_length=200)
    entered_by = CharField(max_length=80, default="")

    class Meta:
        table_name = "loans_total"
        indexes = ((("county", "bank", "to_on"), True),)


class LoanRoleModel(OrganizationRow):
    """典型: a young villager held up as an example. `place` orders the names in the report."""

    personal_fields = ("deed", "honour")
    date_field = "named_on"

    person = reference(Person)
    named_on = DateField()
    level = CharField(max_length=10, choices=list(rules.LEVELS.items()))
    honour = CharField(max_length=80, default="")
    deed = TextField(default="")
    place = IntegerField(default=100)
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "loans_role_model"
        indexes = ((("county", "named_on"), False), (("county", "person"), False))

    def __str__(self) -> str:
        return str(self.person)


MODELS = [
    LoanBank,
    LoanProduct,
    LoanElite,
    LoanEntry,
    LoanMatch,
    LoanApplication,
    LoanStep,
    LoanLine,
    LoanDrawdown,
    LoanExtension,
    LoanRepayment,
    LoanTotal,
    LoanRoleModel,
]
