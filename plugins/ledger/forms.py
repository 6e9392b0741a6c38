"""Forms of the county's own figures and sentences."""

from typing import Any

from wtforms import BooleanField, DateField, DecimalField, Form, IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from . import rules
from .words import _l

COMPARATORS = [("", _l("without condition")), *((name, words) for name, (words, _test) in rules.COMPARATORS.items())]


class _BoxList(ListWidget):
    """A list of boxes without the frame of a text field."""

    def __call__(self, field: Any, **kwargs: Any) -> Any:
        return super().__call__(field, **kwargs | {"class": "list-unstyled yp-boxes"})


class Boxes(SelectMultipleField):
    """Several of a short list, as boxes."""

    widget = _BoxList(prefix_label=False)
    option_widget = CheckboxInput()


class FigureForm(Form):
    """What a figure means."""

    title = StringField(_l("Name of the figure"), [InputRequired(), Length(max=80)], description=_l("As the report and the forms call it."))
    kind = SelectField(_l("Sort of figure"), choices=list(rules.KINDS.items()), description=_l("Happened in the period, or as it stands at its end?"))
    unit = StringField(_l("Unit"), [InputRequired(), Length(max=12)])
    decimals = IntegerField(_l("Decimals"), [InputRequired(), NumberRange(0, 4)], default=0)
    definition = TextAreaField(_l("What is counted"), [InputRequired(), Length(max=500)], description=_l("So that everybody counts alike."))
    asked_of = Boxes(_l("Who answers"), choices=list(rules.ASKED.items()), description=_l("Nobody ticked: the county enters it itself."))
    format = SelectField(_l("How the report writes it"), choices=list(rules.FORMATS.items()))
    responsible = StringField(_l("Responsible"), [Length(max=60)])
    valid_from = DateField(_l("Valid from"), [InputRequired()])


class NewFigureForm(FigureForm):
    """A new figure, with its sentence if it shall be printed."""

    chapter = SelectField(_l("Part of the report"), choices=[("", _l("not printed")), *rules.CHAPTERS.items()])
    heading = StringField(
        _l("Heading of the item"), [Length(max=60)], description=_l("The words after “firstly”; an item of the same name is continued.")
    )
    text = TextAreaField(_l("Sentence"), [Length(max=600)], description=_l("Write {本数} where the figure stands."))


class ChangeForm(FigureForm):
    """Another meaning from a day on."""

    reason = TextAreaField(_l("Why it is changed"), [InputRequired(), Length(max=500)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.kind


class ValueForm(Form):
    """The county's value."""

    period = SelectField(_l("Period"), coerce=int)
    value = DecimalField(_l("Value"), [Optional()], places=None, description=_l("Empty: not known, 0: really none."))
    numerator = DecimalField(_l("Sum of the average"), [Optional()], places=None)
    denominator = DecimalField(_l("Count of the average"), [Optional()], places=None)
    source_file = StringField(_l("Source"), [Length(max=200)], description=_l("The file or notice that it was taken from."))

    def __init__(self, *args: Any, average: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("value",) if average else ("numerator", "denominator"):
            delattr(self, name)


class CloseForm(Form):
    """Ask no longer."""

    last_day = DateField(_l("Last day it is asked"), [InputRequired()])
    reason = TextAreaField(_l("Why it is closed"), [InputRequired(), Length(max=500)])


class ContinueForm(Form):
    """A module's figure goes on with the series."""

    key = SelectField(_l("Figure that continues it"))
    from_period = SelectField(_l("From which period on"))


class SentenceForm(Form):
    """A sentence of the report."""

    chapter = SelectField(_l("Part of the report"), choices=list(rules.CHAPTERS.items()))
    heading = StringField(_l("Heading of the item"), [InputRequired(), Length(max=60)])
    text = TextAreaField(
        _l("Sentence"), [InputRequired(), Length(max=1000)], description=_l("A figure stands in braces; take its name from the list below.")
    )
    position = IntegerField(_l("Place in the item"), [InputRequired(), NumberRange(1, 9999)], description=_l("Small numbers come first."))
    when_key = SelectField(_l("Printed if"), choices=[])
    when_comparator = SelectField(_l("Comparison"), choices=COMPARATORS)
    when_value = DecimalField(_l("Compared with"), [Optional()], places=None)
    needs_figures = BooleanField(_l("Leave the sentence out while one of its figures is missing"))
