"""Forms of make-up study, exemptions and points."""

from wtforms import DateField, Form, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, Optional

from .words import _l


class ChineseForm(Form):
    """A form whose own messages are Chinese too."""

    class Meta:
        locales = ("zh",)


class MakeupForm(ChineseForm):
    """Who made up for an issue."""

    people = SelectMultipleField(_l("Made up"), coerce=int)
    made_on = DateField(_l("Made up on"), [InputRequired()], description=_l("After the issue closed. Make-up study never counts in the study rate."))
    reason = StringField(_l("Why it was missed"), [InputRequired(), Length(max=120)])
    evidence = StringField(
        _l("What shows it"), [Optional(), Length(max=200)], description=_l("e.g. a screenshot in the branch's folder, the sheet of the class.")
    )


class ExemptForm(ChineseForm):
    """From when to when a member need not study."""

    from_on = DateField(_l("Exempted from"), [InputRequired()])
    to_on = DateField(_l("Exempted until"), [Optional()], description=_l("The last day, included. Left blank: until further notice."))
    reason = StringField(
        _l("Reason of the exemption"), [InputRequired(), Length(max=120)], description=_l("e.g. military service, long illness, abroad.")
    )
    evidence = StringField(_l("What the exemption rests on"), [Optional(), Length(max=200)])


class EndForm(ChineseForm):
    """The last day of an exemption."""

    to_on = DateField(_l("Exempted until"), [InputRequired()], description=_l("A day before its beginning takes the exemption out."))
    reason = StringField(_l("Why it is changed"), [InputRequired(), Length(max=120)])


class ReverseForm(ChineseForm):
    """Why an entry of points is taken back."""

    reason = StringField(_l("Why the entry is taken back"), [InputRequired(), Length(max=200)])
