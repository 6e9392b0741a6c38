"""Forms of League life."""

from wtforms import DateField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from youthpilot.core import Organization

from .peopleforms import ChineseForm
from .rules_life import KINDS
from .words import _l


def branch_choices() -> list[tuple[int, str]]:
    """Open branches of the scope and, for League lessons, the bodies above them: with the unit above, in the order of the tree."""
    o = Organization
    rows = list(o.select(o.id, o.name, o.short_name, o.parent_id, o.kind).where(o.closed_on.is_null()).order_by(o.code).tuples())
    names = {key: short or name for key, name, short, _parent, _kind in rows}
    return [(key, f"{names[parent]} · {names[key]}" if parent in names else names[key]) for key, _name, _short, parent, _kind in rows]


class MeetingForm(ChineseForm):
    """A meeting, as a branch secretary enters it on a phone: what is needed first, the rest below."""

    organization = SelectField(_l("Held by"), coerce=int, choices=branch_choices)
    kind = SelectField(_l("Kind of meeting"), choices=list(KINDS.items()), validate_choice=False)  # S30 says it
    held_on = DateField(_l("Held on"), [InputRequired()])
    should_attend = IntegerField(_l("Should attend"), [InputRequired(), NumberRange(0, 100_000)])
    present = IntegerField(_l("Present"), [InputRequired(), NumberRange(0, 100_000)])
    topic = StringField(_l("Topic of the meeting"), [InputRequired(), Length(max=120)])
    result = TextAreaField(_l("Result of the meeting"), [Optional(), Length(max=1000)])
    excellent = IntegerField(
        _l("Assessed as excellent"), [Optional(), NumberRange(0, 100_000)], description=_l("Only for the yearly assessment; blank if not decided.")
    )
    reason = StringField(
        _l("Why something unusual is right"), [Optional(), Length(max=200)], description=_l("Only needed when the page asks for it.")
    )
