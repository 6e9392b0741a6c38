"""Forms that are filled in on a phone without an account. The numbers in the comments are those of README.md."""

import re
from typing import Any

from wtforms import BooleanField, DateField, HiddenField, IntegerField, SelectField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from youthpilot.core import identity, today

from . import notice, rules
from .forms import Form, StringField, TextAreaField, money
from .forms import SettingsForm as InsideSettings
from .words import _, _l

NAME = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff·•]{2,30}")
ASKED = ("product", "amount", "months", "purpose", "guarantee")
TRADE = ("business_name", "main_product", "jobs_driven")


def chosen(form: Any, field: Any) -> None:
    """Refuse a drop-down left at its first line."""
    if not field.data:
        raise ValidationError(_("Please choose one from the list."))


setattr(chosen, "field_flags", {"required": True})  # noqa: B010 – WTForms reads it


def _key(value: Any) -> int:
    return int(value) if str(value).isdecimal() and len(str(value)) < 10 else 0


class LoanForm(Form):
    """What is asked for, and the trade: also what may be corrected after it was returned."""

    kind = SelectField(_l("I am a"), [chosen], choices=[("", "请选择"), *rules.KINDS.items()], default="")
    business_name = StringField(
        _l("My business is called"), [Optional(), Length(max=80)], description=_l("Farm, cooperative or shop; blank if it has no name.")
    )
    main_product = StringField(_l("What I mainly produce"), [InputRequired(), Length(max=60)])
    jobs_driven = IntegerField(
        _l("Jobs given to others"), [Optional(), NumberRange(0, 100_000)], description=_l("Persons besides yourself; 0 if none.")
    )
    product = SelectField(
        _l("Loan applied for"), [chosen], coerce=_key, description=_l("Bank, highest amount, longest term and yearly rate stand beside it.")
    )
    amount = money(_l("How much (yuan)"), InputRequired())
    months = IntegerField(_l("For how many months"), [InputRequired()])
    purpose = StringField(_l("What the money is for"), [InputRequired(), Length(max=200)], description=_l("E.g. fry and feed for 20 mu of ponds."))
    guarantee = SelectField(_l("How it is guaranteed"), choices=[("", "—"), *rules.GUARANTEES.items()], default="", validate_choice=True)
    remark = TextAreaField(_l("Anything else to say"), [Length(max=300)])


class AskForm(LoanForm):
    """The whole application."""

    name = StringField(_l("Your name"), [InputRequired(), Length(max=30)])
    sex = SelectField(_l("Your sex"), [chosen], choices=[("", "请选择"), ("M", "男"), ("F", "女")], default="")
    birth_date = DateField(_l("Born on the"), [InputRequired()])
    id_no = StringField(_l("Identity number (18 characters)"), [InputRequired(), Length(max=30)])
    phone = StringField(_l("Mobile phone"), [InputRequired(), Length(max=20)])
    place = SelectField(_l("Where you do business"), [chosen], coerce=_key)
    agree = BooleanField(notice.AGREE)
    agree_bank = BooleanField(notice.AGREE_BANK)
    website = StringField("")  # hidden from people: only programs fill it in
    form_key = HiddenField()

    ORDER = ("name", "sex", "birth_date", "id_no", "phone", "place", "kind", *TRADE, *ASKED, "remark", "agree", "agree_bank")

    def validate_name(self, field: Any) -> None:
        """A Chinese name as on the identity card."""
        field.data = field.data.strip().replace(" ", "")
        if not NAME.fullmatch(field.data):
            raise ValidationError(_("Write your name as on the identity card."))  # L40

    def validate_id_no(self, field: Any) -> None:
        """Form and check digit; birth date and sex must fit."""
        number, problem = identity.check_id_no(field.data, today())
        if number is None:
            raise ValidationError(problem.message if problem else _("Write your identity number."))  # L41
        field.data = number.text
        if self.birth_date.data and self.birth_date.data != number.birth:
            self.birth_date.errors = [*self.birth_date.errors, _("The birth date does not fit the identity number: check both.")]  # L42
        if self.sex.data and self.sex.data != number.sex[0].upper():
            self.sex.errors = [*self.sex.errors, _("The sex does not fit the identity number: check both.")]  # L42

    def validate_phone(self, field: Any) -> None:
        """A mobile number."""
        number, problem = identity.check_phone(field.data, mobile_only=True)
        if number is None:
            raise ValidationError(problem.message if problem else _("Write your mobile number."))  # L43
        field.data = number

    def validate_agree(self, field: Any) -> None:
        """Without consent nothing is collected."""
        if not field.data:
            raise ValidationError(_("Without your consent the application cannot be taken: tick this."))  # L45

    def validate_agree_bank(self, field: Any) -> None:
        """Its own consent, because another party gets the data."""
        if not field.data:
            raise ValidationError(_("Without your consent the application cannot be taken: tick this."))  # L45

    def validate(self, extra_validators: Any = None) -> bool:
        """A message that one field puts at another one counts too."""
        return bool(super().validate(extra_validators)) and not any(f.errors for f in self)

    def parts(self) -> list[Any]:
        """The fields in the order in which they are asked."""
        return [self[name] for name in self.ORDER]


class CodeForm(Form):
    """The code typed in."""

    code = StringField(_l("Enquiry code"), [InputRequired(), Length(max=60)], description=_l("16 letters and digits in four groups."))


class PosterForm(Form):
    """A poster."""

    title = StringField(_l("Words on the poster"), [InputRequired(), Length(max=60)])
    organization = SelectField(_l("For whom"), coerce=int, description=_l("Applicants choose their village below it."))
    contact = StringField(
        _l("Who answers questions"),
        [InputRequired(), Length(max=80)],
        description=_l("Office and telephone: applicants are told, the law asks for it."),
    )
    from_on = DateField(_l("Valid from"), [InputRequired()])
    to_on = DateField(_l("Valid until (included)"), [InputRequired()])


class OfficerForm(Form):
    """An account for an officer of a bank."""

    name = StringField(_l("Name of the officer"), [InputRequired(), Length(max=30)])
    username = StringField(
        _l("Name for signing in"), [InputRequired(), Length(max=40)], description=_l("Letters, digits and . _ - @, e.g. the mobile number.")
    )


class SettingsForm(InsideSettings):
    """The module's settings with those of the pages without an account."""

    public_per_hour = IntegerField(_l("Applications by poster: tries an hour of one network"), [InputRequired(), NumberRange(5, 10_000)])
    code_days = IntegerField(_l("Applications by poster: days an enquiry code is valid"), [InputRequired(), NumberRange(30, 3650)])
