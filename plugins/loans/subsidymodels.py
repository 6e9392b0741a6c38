"""Tables of interest subsidies and of what a bank's lists say otherwise."""

from peewee import BooleanField, CharField, DateField, IntegerField, TextField

from youthpilot.core import DecimalTextField, MoneyField, OrganizationRow, UtcDateTimeField, reference

from . import subsidyrules as rules
from .models import LoanBank, LoanDrawdown, LoanElite, LoanProduct
from .rules import DIFFERENCE


class LoanProgramme(OrganizationRow):
    """贴息项目: who pays, by which formula, up to how much, for notes drawn from a day to a day (both included). Carries the county's root."""

    readable_from = "county"

    name = CharField(max_length=80)
    fund_source = CharField(max_length=80, default="")
    product = reference(LoanProduct, null=True)  # None: notes of every product
    formula = CharField(max_length=12, choices=list(rules.FORMULAS.items()))
    share_1 = CharField(max_length=12, default="100%")  # as written: 100%, 2/3; '' nothing in that year
    share_2 = CharField(max_length=12, default="")
    share_3 = CharField(max_length=12, default="")
    points = DecimalTextField(null=True)  # percentage points a year
    base_rate = DecimalTextField(null=True)  # % a year
    spread = IntegerField(null=True)  # basis points below LPR that the borrower bears
    cap_person = MoneyField(null=True)  # 元 per person and calendar year; None: no cap
    cap_household = MoneyField(null=True)  # 元 per household and calendar year; None: no cap
    whole_note = BooleanField(default=False)  # a note once overdue or extended gets nothing
    valid_from = DateField()
    valid_to = DateField(null=True)
    note = TextField(default="")

    class Meta:
        table_name = "loans_programme"
        indexes = ((("county", "name"), True),)

    def __str__(self) -> str:
        return str(self.name)


class LoanClaim(OrganizationRow):
    """贴息申报 for days of one drawdown (both ends included) under one programme."""

    workflow = rules.CLAIM

    drawdown = reference(LoanDrawdown)
    elite = reference(LoanElite)
    programme = reference(LoanProgramme, null=True)  # None: claimed before there were programmes
    claimed_on = DateField()
    from_on = DateField()
    to_on = DateField()
    days = IntegerField()
    basis = IntegerField()
    working = TextField(default="")  # how it was computed, a line per stretch of days
    computed = MoneyField()
    amount = MoneyField()  # after the caps
    state = CharField(max_length=10, default="claimed", choices=list(rules.CLAIM_STATES.items()))
    state_on = DateField()

    class Meta:
        table_name = "loans_subsidy"
        indexes = ((("county", "drawdown"), False), (("county", "elite", "claimed_on"), False), (("county", "programme"), False))


class LoanClaimStep(OrganizationRow):
    """What happened to a claim on a day: confirmed by the League, by the bank, paid by the treasury, or returned and why."""

    date_field = "happened_on"

    claim = reference(LoanClaim)
    after = CharField(max_length=10, choices=list(rules.CLAIM_STATES.items()))
    happened_on = DateField()
    note = TextField(default="")  # voucher or reason
    actor = CharField(max_length=80, default="")
    recorded_at = UtcDateTimeField()

    class Meta:
        table_name = "loans_subsidy_step"
        indexes = ((("county", "claim"), False), (("county", "after", "happened_on"), False))


class LoanDifference(OrganizationRow):
    """Where a bank's list and what is recorded differ, with the decision. `mark` tells the same difference when the list comes again."""

    personal_fields = ("here", "theirs")
    workflow = DIFFERENCE

    bank = reference(LoanBank)
    listed = CharField(max_length=12)  # answers, drawdowns, repayments
    kind = CharField(max_length=12)  # here, bank, differs
    key = CharField(max_length=90)  # application number, note, note and voucher
    here = TextField(default="")
    theirs = TextField(default="")
    values = TextField(default="")  # the bank's values, to take them over; '' cannot be
    mark = CharField(max_length=64)
    source_file = CharField(max_length=200, default="")
    found_at = UtcDateTimeField()
    decision = CharField(max_length=10, default="")  # '' open, ours, bank, other
    reason = TextField(default="")
    decided_by = CharField(max_length=80, default="")
    decided_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "loans_difference"
        indexes = ((("county", "bank", "listed", "mark"), True), (("county", "decision"), False))


SUBSIDY_MODELS = [LoanProgramme, LoanClaim, LoanClaimStep, LoanDifference]
