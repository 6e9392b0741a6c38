"""Forms of the module and its settings. Money in 元."""

from typing import Any

from wtforms import BooleanField, DateField, DecimalField, IntegerField, SelectField
from wtforms import Form as PlainForm
from wtforms import StringField as PlainString
from wtforms import TextAreaField as PlainArea
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from . import rules
from .choices import SETTINGS as SETTINGS
from .words import _l

SEXES = [("", "—"), ("M", "男"), ("F", "女")]
DAYS = [("360", "360天"), ("365", "365天")]


class Form(PlainForm):
    """A form whose own messages are Chinese too."""

    class Meta:
        locales = ("zh",)


class _Text:
    """A text that was not sent is empty, never None."""

    data: str

    def process_data(self, value: Any) -> None:
        self.data = value or ""


class StringField(_Text, PlainString):
    """One line."""


class TextAreaField(_Text, PlainArea):
    """Several lines."""


class SettingsForm(Form):
    """What a county may set; each value is dated."""

    min_age = IntegerField(_l("Age from (full years)"), [InputRequired(), NumberRange(14, 60)])
    max_age = IntegerField(_l("Age up to (full years, included)"), [InputRequired(), NumberRange(18, 70)])
    day_count = SelectField(_l("Days of a year for interest"), choices=DAYS)
    lpr = DecimalField(_l("One-year LPR (%)"), [InputRequired(), NumberRange(0, 20)], places=None)
    target = IntegerField(_l("Target of the year (ten-thousand yuan)"), [Optional(), NumberRange(0, 1_000_000)])
    answer_days = IntegerField(_l("Days a bank has to answer"), [InputRequired(), NumberRange(1, 365)])


def money(label: Any, *validators: Any, **more: Any) -> DecimalField:
    """An amount in 元, two decimals at most."""
    return DecimalField(label, [*validators, NumberRange(0, 10_000_000_000), _two_places], places=None, **more)


def _two_places(form: Any, field: Any) -> None:
    from wtforms.validators import ValidationError

    if field.data is not None and field.data != rules.cents(field.data):
        raise ValidationError(_l("At most two decimals."))


REMARK: Any = {"description": _l("Needed only where something is unusual.")}


class BankForm(Form):
    """A bank."""

    name = StringField(_l("Name of the bank"), [InputRequired(), Length(max=80)])
    short_name = StringField(_l("Short name"), [Length(max=40)])
    closed_on = DateField(_l("Last day of the cooperation"), [Optional()], description=_l("From then on its products are not offered any more."))


class ProductForm(Form):
    """A product."""

    bank = SelectField(_l("Bank"), coerce=int)
    name = StringField(_l("Product"), [InputRequired(), Length(max=60)])
    limit = money(_l("Limit for one borrower (yuan)"), InputRequired())
    max_months = IntegerField(_l("Longest term (months)"), [InputRequired(), NumberRange(1, 120)])
    annual_rate = DecimalField(_l("Rate a year (%)"), [InputRequired(), NumberRange(0, 36)], places=None)
    revolving = BooleanField(_l("Drawn and repaid at will"), default=True)
    min_age = IntegerField(_l("Age from (full years)"), [Optional(), NumberRange(14, 60)], description=_l("Blank: as in the settings."))
    max_age = IntegerField(_l("Age up to (full years, included)"), [Optional(), NumberRange(18, 70)], description=_l("Blank: as in the settings."))
    valid_from = DateField(_l("Offered from"), [InputRequired()])
    valid_to = DateField(_l("Offered until"), [Optional()])


class EliteProfileForm(Form):
    """What goes on changing about somebody in the registry."""

    kind = SelectField(_l("Type"), choices=list(rules.KINDS.items()))
    industry = StringField(_l("Industry code"), [Optional(), Length(max=2)], description=_l("The two digits of the trade, e.g. 04 for fishery."))
    main_product = StringField(_l("Main product"), [Optional(), Length(max=60)])
    business_name = StringField(_l("Name of the business"), [Optional(), Length(max=80)])
    uscc = StringField(_l("Credit code"), [Optional(), Length(max=18)], description=_l("Many farmers have none: leave it blank."))
    jobs_driven = IntegerField(_l("Jobs driven"), [Optional()], description=_l("Blank: not known."))
    source = StringField(_l("Found through"), [Optional(), Length(max=60)])
    household = StringField(
        _l("Household"), [Length(max=40)], description=_l("Number or head of the household; the same word in one village is one household.")
    )


class NewEliteForm(EliteProfileForm):
    """Somebody new."""

    organization = SelectField(_l("Township or village"), coerce=int)
    name = StringField(_l("Name"), [InputRequired(), Length(max=40)])
    sex = SelectField(_l("Sex"), choices=SEXES, default="")
    birth_date = DateField(_l("Birth date"), [Optional()])
    phone = StringField(_l("Phone"), [Optional(), Length(max=20)])
    entered_on = DateField(_l("Entered on"), [InputRequired()])
    remark = TextAreaField(_l("Remark"), [Length(max=300)], **REMARK)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first = ("name", "organization", "kind", "entered_on", "sex", "birth_date", "phone")
        self._fields = {k: self._fields[k] for k in (*first, *(k for k in self._fields if k not in first))}


class EliteForm(EliteProfileForm):
    """Somebody known."""

    name = StringField(_l("Name"), [InputRequired(), Length(max=40)])
    organization = SelectField(_l("Township or village"), coerce=int)
    sex = SelectField(_l("Sex"), choices=SEXES, default="")
    birth_date = DateField(_l("Birth date"), [Optional()])
    phone = StringField(_l("Phone"), [Optional(), Length(max=20)])
    left_on = DateField(_l("Left the registry on"), [Optional()])
    remark = TextAreaField(_l("Remark"), [Length(max=300)], **REMARK)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first = ("name", "organization", "sex", "birth_date", "phone")  # who, before what he does
        self._fields = {k: self._fields[k] for k in (*first, *(k for k in self._fields if k not in first))}


class MatchForm(Form):
    """A young talent and a village."""

    elite = SelectField(_l("Young talent"), coerce=int)
    village = SelectField(_l("Village"), coerce=int)
    from_on = DateField(_l("From"), [InputRequired()])
    to_on = DateField(_l("To"), [Optional()], description=_l("Blank: still going on."))
    work = StringField(_l("What they do together"), [Length(max=120)])


class ApplicationForm(Form):
    """An application."""

    elite = SelectField(_l("Applicant"), coerce=int)
    product = SelectField(_l("Product"), coerce=int)
    amount = money(_l("Amount (yuan)"), InputRequired())
    months = IntegerField(_l("Term (months)"), [InputRequired()])
    purpose = StringField(_l("Purpose"), [InputRequired(), Length(max=200)])
    guarantee = SelectField(_l("Guarantee"), choices=[("", "—"), *rules.GUARANTEES.items()], default="")
    applied_on = DateField(_l("Applied on"), [InputRequired()])
    remark = TextAreaField(_l("Remark"), [Length(max=300)], **REMARK)


class StepForm(Form):
    """One step: the day, and what the step needs."""

    on = DateField(_l("Day of the step"), [InputRequired()])
    amount = money(_l("Granted (yuan)"), Optional())
    months = IntegerField(_l("Line for (months)"), [Optional(), NumberRange(1, 120)])
    reason = TextAreaField(_l("Opinion or reason"), [Length(max=500)])

    def __init__(self, *args: Any, needs: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "amount" not in needs:
            del self.amount, self.months


class DrawForm(Form):
    """用信."""

    serial = StringField(_l("Note number"), [InputRequired(), Length(max=40)])
    drawn_on = DateField(_l("Paid out on"), [InputRequired()])
    amount = money(_l("Amount (yuan)"), InputRequired())
    annual_rate = DecimalField(_l("Rate a year (%)"), [InputRequired(), NumberRange(0, 36)], places=None)
    due_on = DateField(_l("Note due on"), [InputRequired()])
    remark = TextAreaField(_l("Remark"), [Length(max=300)], **REMARK)


class RepayForm(Form):
    """还款."""

    repaid_on = DateField(_l("Repaid on"), [InputRequired()])
    principal = money(_l("Principal (yuan)"), InputRequired())
    interest = money(_l("Interest (yuan)"), Optional(), description=_l("Blank: the bank did not tell."))
    serial = StringField(_l("Voucher number"), [Length(max=40)], description=_l("Left blank: a running number."))
    proof = StringField(_l("Proof of repayment"), [Length(max=200)], description=_l("The voucher or list it was taken from; a subsidy needs one."))


class ExtendForm(Form):
    """展期."""

    decided_on = DateField(_l("Decided on"), [InputRequired()])
    due_on = DateField(_l("New due day"), [InputRequired()])
    reason = TextAreaField(_l("Reason"), [Length(max=300)])


class ReasonForm(Form):
    """Why something is taken out or refused."""

    reason = TextAreaField(_l("Reason"), [InputRequired(), Length(max=300)])


class TotalForm(Form):
    """汇总录入."""

    bank = SelectField(_l("Bank"), coerce=int)
    from_on = DateField(_l("From"), [InputRequired()])
    to_on = DateField(_l("To"), [InputRequired()])
    borrower_times = IntegerField(_l("Loans paid out (times)"), [Optional()])
    borrowers = IntegerField(_l("Borrowers (persons)"), [Optional()])
    amount = DecimalField(_l("Paid out (yuan)"), [Optional(), _two_places], places=None)
    outstanding = DecimalField(_l("Owed on the last day (yuan)"), [Optional(), _two_places], places=None)
    overdue = DecimalField(_l("Overdue on the last day (yuan)"), [Optional(), _two_places], places=None)
    source_file = StringField(_l("Source file"), [Length(max=200)], description=_l("The bank's notice or list, with its date or number."))


class RoleModelForm(Form):
    """A role model."""

    elite = SelectField(_l("From the registry"), coerce=int, description=_l("Somebody else: leave it and write name and place."))
    name = StringField(_l("Name"), [Length(max=40)])
    organization = SelectField(_l("Township or village"), coerce=int)
    named_on = DateField(_l("Named on"), [InputRequired()])
    level = SelectField(_l("Level"), choices=list(rules.LEVELS.items()))
    honour = StringField(_l("Honour"), [Length(max=80)])
    deed = TextAreaField(_l("Deed"), [Length(max=500)])
    place = IntegerField(_l("Place in the report"), [InputRequired(), NumberRange(1, 9999)], description=_l("Small numbers come first."))
    remark = TextAreaField(_l("Remark"), [Length(max=300)], **REMARK)


class EndForm(Form):
    """The last day of a match."""

    to_on = DateField(_l("Last day of the match"), [InputRequired()])


class MergeForm(Form):
    """Two entries that are one person."""

    stays = SelectField(_l("Entry that stays"), coerce=int)
    reason = TextAreaField(_l("Why they are one person"), [Length(max=300)])
