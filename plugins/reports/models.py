"""The report of a period: its wording, its targets, and the documents that a lock and a publication store. Tables keep the names of version 0.1."""

from typing import Any

from peewee import CharField, DateField, IntegerField, TextField

from youthpilot.core.kernel.db import reference
from youthpilot.core.kernel.fields import DecimalTextField, UtcDateTimeField
from youthpilot.core.organizations.models import OrganizationRow
from youthpilot.core.periods.models import Period


class PublishedDocument(OrganizationRow):
    """The whole document model as published; the report is printed from this alone."""

    typed_text = False  # a copy of what is there
    readable_from = "county"
    append_only = True

    period = reference(Period)
    revision = IntegerField()
    document: Any = TextField()
    digest = CharField(max_length=64)
    published_by = CharField(max_length=80)
    published_at = UtcDateTimeField()

    class Meta:
        table_name = "core_published_document"
        indexes = ((("county", "period", "revision"), True),)


class LockedDocument(OrganizationRow):
    """The document as compiled at a lock and at each later change of wording (`version`): printed until publication, module or no module."""

    typed_text = False  # a copy of what is there
    readable_from = "county"
    append_only = True

    period = reference(Period)
    revision = IntegerField()
    version = IntegerField()
    document: Any = TextField()
    digest = CharField(max_length=64)
    stored_by = CharField(max_length=80)
    stored_at = UtcDateTimeField()

    class Meta:
        table_name = "core_locked_document"
        indexes = ((("county", "period", "revision", "version"), True),)


class ReportText(OrganizationRow):
    """What the county changed in the report of a period: wording of a block, or a proof for a superlative."""

    readable_from = "county"

    period = reference(Period)
    block = CharField(max_length=120)
    text = TextField(default="")
    proof = TextField(default="")
    made_from = TextField(default="")  # what the module said when the text was saved, with placeholders
    changed_by = CharField(max_length=80)
    changed_at = UtcDateTimeField()

    class Meta:
        table_name = "core_report_text"
        indexes = ((("county", "period", "block"), True),)


class Target(OrganizationRow):
    """A plan sentence with a figure: what the next report must answer."""

    period = reference(Period)  # in which it was planned
    key = CharField(max_length=80)
    comparator = CharField(max_length=2, default=">=")
    value = DecimalTextField()
    text = TextField()
    due_on = DateField(null=True)

    class Meta:
        table_name = "core_target"
        indexes = ((("county", "period", "key"), False),)
