"""Forms of the pilot."""

from typing import Any

from wtforms import DateField, DecimalField, Form, IntegerField, MultipleFileField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from youthpilot.core import Organization

from .queries import fronts
from .rules import LINKS
from .words import _, _l


def organization_choices() -> list[tuple[str, str]]:
    """The scope's top and what stands directly below it: who may carry a measure or a delegate."""
    roots = [o for o in Organization.select().order_by(Organization.code) if o.closed_on is None]
    seen = {o.id for o in roots}
    top = [o for o in roots if o.parent_id not in seen]
    below = [o for o in roots if o.parent_id in {t.id for t in top}]
    return [(str(o.id), o.short) for o in (*top, *below)]


TAKEN = ".pdf,.doc,.docx,.xls,.xlsx,.ppt,.pptx,.wps,.et,.jpg,.jpeg,.png,.txt,.csv,.zip"


def files_field() -> Any:
    """Files that show what was done; the view reads and judges them."""
    help_text = _l("PDF, Word, Excel, PowerPoint, JPG, PNG, text or ZIP, up to 20 MB each; several at once.")
    return MultipleFileField(_l("Files that show it"), [Optional()], description=help_text, render_kw={"accept": TAKEN})


class MeasureForm(Form):
    """A measure."""

    front_id = SelectField(_l("Front"), coerce=int, choices=lambda: [(f.id, str(f)) for f in fronts()])
    number = IntegerField(_l("Place on the list"), [Optional(), NumberRange(1, 999)], description=_l("Left blank: the next one of its front."))
    title = StringField(_l("Measure"), [InputRequired(), Length(max=120)])
    content = TextAreaField(_l("What is to be done"), [Optional(), Length(max=1000)])
    organization = SelectField(
        _l("League organization"), choices=organization_choices, description=_l("It sees the measure, records progress and applies for the closing.")
    )
    owner = StringField(_l("Responsible unit"), [InputRequired(), Length(max=80)])
    owner_person = StringField(_l("Responsible person"), [Optional(), Length(max=40)])
    co_owners = StringField(_l("Units that help"), [Optional(), Length(max=200)])
    unit = StringField(_l("Unit of the target"), [Optional(), Length(max=12)])
    baseline = DecimalField(_l("Baseline"), [Optional()], places=None)
    target = DecimalField(_l("Target number"), [Optional()], places=None)
    listed_on = DateField(_l("Listed on"), [InputRequired()])
    due_on = DateField(_l("To be done by"), [InputRequired()])


class StepForm(Form):
    """A step of the transition table; fields that the step does not need are taken out."""

    on = DateField(_l("Day"), [InputRequired()])
    reason = TextAreaField(_l("Reason"), [Optional(), Length(max=1000)])
    files = files_field()
    evidence = TextAreaField(_l("What the files show"), [Optional(), Length(max=1000)], description=_l("Whoever agrees reads it; may stay blank."))

    def __init__(self, *args: Any, needs: tuple[str, ...] = (), alone: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "evidence" not in needs:
            del self.evidence, self.files
        if "reason" in needs:
            self.reason.description = _("The owner reads it: what is lacking, until when.")
        elif alone:
            self.reason.description = _("You applied for it yourself: why nobody else can agree to it.")


class ProgressForm(Form):
    """Progress."""

    on = DateField(_l("Day"), [InputRequired()])
    text = TextAreaField(_l("What was done"), [InputRequired(), Length(max=1000)])
    value = DecimalField(_l("Reached so far"), [Optional()], places=None)
    files = files_field()


class PaperForm(Form):
    """Files for a measure."""

    files = files_field()


class TalkForm(Form):
    """A talk with a lagging owner."""

    owner = StringField(_l("Unit talked to"), [InputRequired(), Length(max=80)])
    talked_on = DateField(_l("Talked on"), [InputRequired()])
    talked_by = StringField(_l("Talked by"), [InputRequired(), Length(max=40)])
    problem = TextAreaField(_l("Problem"), [InputRequired(), Length(max=1000)])
    rectify_by = DateField(_l("To be put right by"), [InputRequired()])

    def validate_rectify_by(self, field: Any) -> None:
        """Not before the talk."""
        if self.talked_on.data and field.data < self.talked_on.data:
            raise ValidationError(_("This day lies before the talk."))


class TalkStepForm(Form):
    """What the owner will do, or did."""

    on = DateField(_l("Day"), [InputRequired()])
    text = TextAreaField(_l("What was done"), [InputRequired(), Length(max=1000)])


class DelegateForm(Form):
    """A delegate."""

    name = StringField(_l("Name"), [InputRequired(), Length(max=40)])
    post = StringField(_l("Unit and post"), [Optional(), Length(max=60)])
    organization = SelectField(_l("League organization"), choices=organization_choices)
    since_on = DateField(_l("Delegate since"), [InputRequired()])
    ended_on = DateField(_l("Last day as delegate"), [Optional()])

    def validate_ended_on(self, field: Any) -> None:
        """Not before the first day."""
        if field.data and self.since_on.data and field.data < self.since_on.data:
            raise ValidationError(_("The last day must not lie before the first"))


class LinkForm(Form):
    """Links of a delegate."""

    kind = SelectField(_l("Sort of link"), choices=list(LINKS.items()))
    names = TextAreaField(
        _l("Names"),
        [InputRequired(), Length(max=4000)],
        description=_l("One a line, or with commas between them; branches as the register calls them."),
    )
    linked_on = DateField(_l("Linked since"), [InputRequired()])
