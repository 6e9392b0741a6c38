"""Forms of the chamber. Every form that may meet something unusual ends with the field for its reason."""

from typing import Any

from wtforms import DateField, DecimalField, Form, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from youthpilot.core import identity

from .rules import CATEGORIES, POSTS, SECTORS, sector_of
from .words import _, _l


def category_choices() -> list[tuple[str, str]]:
    """The categories with their sector, in the order of the standard."""
    return [("", str(_l("Please choose"))), *((code, f"{code} {name}（{SECTORS[sector_of(code)]}）") for code, name in CATEGORIES.items())]


class Reasoned(Form):
    """With the reason for what is unusual, always the last field."""

    reason = TextAreaField(_l("Reason"), [Optional(), Length(max=300)], description=_l("Only where something unusual is marked: why it is right."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._fields["reason"] = self._fields.pop("reason")


class PersonPart(Form):
    """Who stands for a unit."""

    representative = StringField(_l("Representative"), [InputRequired(), Length(max=40)])
    birth_date = DateField(_l("Birth date"), [Optional()], description=_l("For the mean age on the day of the report."))
    id_no = StringField(
        _l("Identity number of the representative"), [Optional(), Length(max=18)],
        description=_l("May stay blank. With it he is found if he is on record elsewhere; stored encrypted."),
    )  # fmt: skip
    position = StringField(_l("Position in the firm"), [Optional(), Length(max=40)])
    phone = StringField(_l("Phone"), [Optional(), Length(max=40)])

    def validate_phone(self, field: Any) -> None:
        """A phone number, or nothing."""
        number, wrong = identity.check_phone(field.data or "")
        if wrong is not None:
            raise ValidationError(wrong.message)
        field.data = number or ""


class UnitForm(PersonPart, Reasoned):
    """A member unit."""

    name = StringField(_l("Member unit"), [InputRequired(), Length(max=120)])
    uscc = StringField(_l("Credit code"), [Optional(), Length(max=30)], description=_l("18 characters; blank if it has none."))
    category = SelectField(_l("Industry category"), choices=category_choices)
    business = StringField(_l("Main business"), [Optional(), Length(max=120)])
    joined_on = DateField(_l("Joined on"), [InputRequired()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("representative", "birth_date", "id_no", "position", "phone", "reason"):
            self._fields[name] = self._fields.pop(name)


class LeaveForm(Form):
    """A unit leaves."""

    left_on = DateField(_l("Left on"), [InputRequired()], description=_l("From this day on it is no member any more."))
    why = StringField(_l("Why it left"), [InputRequired(), Length(max=120)])


class SuspendForm(Form):
    """A membership is suspended."""

    suspended_on = DateField(_l("Suspended since"), [InputRequired()])


class RepresentativeForm(PersonPart, Reasoned):
    """Another representative."""

    from_on = DateField(_l("From this day on"), [InputRequired()])


class TermForm(Reasoned):
    """A new term."""

    number = IntegerField(_l("Number of the term"), [InputRequired(), NumberRange(1, 99)])
    started_on = DateField(_l("Day of the congress"), [InputRequired()])
    due_on = DateField(_l("Last day of the term"), [InputRequired()])


class ExtensionForm(Reasoned):
    """An approved extension."""

    extended_to = DateField(_l("Extended to"), [InputRequired()])
    approval = StringField(_l("Approval"), [InputRequired(), Length(max=80)], description=_l("Number of the letter, and who approved."))


class PostForm(Reasoned):
    """A post in a term."""

    title = SelectField(_l("Post"), choices=[(k, v) for k, v in POSTS.items() if k != "member"])
    representative = SelectField(_l("Representative"), coerce=int)
    start_on = DateField(_l("In the post since"), [InputRequired()])

    def validate_representative(self, field: Any) -> None:
        """One of the list."""
        if field.data not in dict(field.choices):
            raise ValidationError(_("Please choose one from the list."))


class PostEndForm(Form):
    """The end of a post."""

    end_on = DateField(_l("Last day in the post"), [InputRequired()])
    why = StringField(_l("Why the post ended"), [InputRequired(), Length(max=120)])


class WaiverForm(Form):
    """Dues that need not be paid."""

    year = IntegerField(_l("Year of the dues"), [InputRequired(), NumberRange(2000, 2100)])
    amount = DecimalField(_l("Amount waived (yuan)"), [InputRequired()], places=None)
    reason = StringField(_l("Why dues are waived"), [InputRequired(), Length(max=200)])
    approval = StringField(_l("Waiver approved by"), [InputRequired(), Length(max=120)], description=_l("The meeting that decided it, and when."))
    waived_on = DateField(_l("Waiver approved on"), [InputRequired()])


class VoidForm(Form):
    """A receipt is void."""

    reason = StringField(_l("Why the receipt is void"), [InputRequired(), Length(max=120)])
