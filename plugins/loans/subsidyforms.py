"""Forms of subsidy programmes and claims. Money in 元."""

from wtforms import BooleanField, DateField, DecimalField, IntegerField, SelectField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from . import subsidyrules as rules
from .forms import Form, StringField, TextAreaField, money
from .words import _l

SHARE = _l("100%, 50% or 2/3; blank: nothing in that year.")


class ProgrammeForm(Form):
    """A programme: each kind of computing needs its own number."""

    name = StringField(_l("Name of the programme"), [InputRequired(), Length(max=80)])
    fund_source = StringField(_l("Paid from"), [Length(max=80)], description=_l("Such as the county treasury, or the employment fund."))
    product = SelectField(_l("For the product"), coerce=int)
    formula = SelectField(_l("How it is computed"), choices=list(rules.FORMULAS.items()))
    points = DecimalField(
        _l("Fixed points (percentage points a year)"), [Optional(), NumberRange(0, 20)], places=None, description=_l("Only for fixed points.")
    )
    base_rate = DecimalField(
        _l("Base rate (% a year)"), [Optional(), NumberRange(0, 36)], places=None, description=_l("Only for a share of a base rate.")
    )
    spread = IntegerField(
        _l("Basis points below LPR"), [Optional(), NumberRange(0, 1000)], description=_l("150: the borrower bears LPR less 1.5 points; LPR stands in the settings.")
    )  # fmt: skip
    share_1 = StringField(_l("Share in the first year"), [Length(max=12)], description=SHARE)
    share_2 = StringField(_l("Share in the second year"), [Length(max=12)], description=SHARE)
    share_3 = StringField(_l("Share in the third year"), [Length(max=12)], description=SHARE)
    cap_person = money(_l("Cap per person and year (yuan)"), Optional(), description=_l("Blank: no cap."))
    cap_household = money(_l("Cap per household and year (yuan)"), Optional(), description=_l("Blank: no cap."))
    whole_note = BooleanField(
        _l("A note once overdue or extended gets nothing"), description=_l("Otherwise only the days overdue or extended are left out.")
    )
    valid_from = DateField(_l("Notes drawn from"), [InputRequired()])
    valid_to = DateField(_l("Notes drawn until"), [Optional()])
    note = TextAreaField(_l("Document and remarks"), [Length(max=500)])


class ClaimForm(Form):
    """贴息申报."""

    programme = SelectField(_l("Subsidy programme"), coerce=int)
    from_on = DateField(_l("From"), [InputRequired()])
    to_on = DateField(_l("To"), [InputRequired()])
    claimed_on = DateField(_l("Claimed on"), [InputRequired()])


class ClaimStepForm(Form):
    """One step of a claim."""

    on = DateField(_l("Day of the step"), [InputRequired()])
    note = TextAreaField(_l("Voucher, opinion or reason"), [Length(max=300)])
