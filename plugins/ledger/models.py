"""Figures that a county defined for itself: the stable key, the dated definition, the sentences that print them."""

from typing import Any

from peewee import BooleanField, CharField, DateField, IntegerField, TextField

from youthpilot.core import DecimalTextField, JsonField, OrganizationRow, UtcDateTimeField, reference


class LedgerFigure(OrganizationRow):
    """One figure of the county's own. The key never changes, whatever happens to its name. Carries the county's root."""

    readable_from = "county"

    key = CharField(max_length=80)  # ledger.k12
    kind = CharField(max_length=12)  # flow, stock, distinct, average
    position = IntegerField(default=100)
    closed_on = DateField(null=True)  # the last day on which it is asked; None: still
    replaced_by = CharField(max_length=80, default="")  # the indicator of a module that continues the series
    replaced_from = DateField(null=True)  # first day of the period in which that one rules
    created_by = CharField(max_length=80)
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "ledger_figure"
        indexes = ((("county", "key"), True),)


class LedgerVersion(OrganizationRow):
    """What a figure means from a day on. The newest version whose `valid_from` is not later than the day asked rules."""

    readable_from = "county"

    figure = reference(LedgerFigure)
    number = IntegerField()
    valid_from = DateField()
    title = CharField(max_length=80)
    unit = CharField(max_length=12)
    decimals = IntegerField(default=0)
    definition = TextField()
    asked_of: Any = JsonField(default=list)  # kinds of organizations; empty: the county itself
    format = CharField(max_length=20, default="")
    responsible = CharField(max_length=60, default="")
    reason = TextField(default="")  # why it was changed
    made_by = CharField(max_length=80)
    made_at = UtcDateTimeField()

    class Meta:
        table_name = "ledger_version"
        indexes = ((("county", "figure", "number"), True),)


class LedgerSentence(OrganizationRow):
    """A sentence of the report with placeholders {key|format}; several figures may share one.

    condition: when_key when_comparator when_value, over the county's figure; a false one leaves the sentence out.
    """

    readable_from = "county"

    chapter = CharField(max_length=12)  # thought, service, base, plan
    heading = CharField(max_length=60)  # the words after 一是
    text = TextField()
    position = IntegerField(default=100)
    valid_from = DateField()
    closed_on = DateField(null=True)
    when_key = CharField(max_length=80, default="")
    when_comparator = CharField(max_length=2, default="")
    when_value = DecimalTextField(null=True)
    needs_figures = BooleanField(default=False)  # left out, instead of printed as a gap, while a figure of it is blank
    changed_by = CharField(max_length=80)
    changed_at = UtcDateTimeField()

    class Meta:
        table_name = "ledger_sentence"
        indexes = ((("county", "chapter", "position"), False),)


MODELS = [LedgerFigure, LedgerVersion, LedgerSentence]
