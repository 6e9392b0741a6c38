"""What organizations enter and the files that back it; the figures that a lock stores. Tables keep the names of version 0.1."""

from typing import Any

from peewee import BooleanField, CharField, IntegerField, TextField

from youthpilot.core.kernel.db import reference
from youthpilot.core.kernel.fields import DecimalTextField, JsonField, UtcDateTimeField
from youthpilot.core.organizations.models import OrganizationRow
from youthpilot.core.periods.models import Period


class FigureEntry(OrganizationRow):
    """The layer between records and figures: what an organization entered or overrode for an indicator.

    origin: override (records exist, another value with a reason), entered (entered by hand), total (汇总录入, with its source).
    value None with blank_kind "unknown" is 还不掌握; value 0 with "none" is 确实没有.
    """

    period = reference(Period)
    key = CharField(max_length=80)
    origin = CharField(max_length=12)
    value = DecimalTextField(null=True)
    numerator = DecimalTextField(null=True)
    denominator = DecimalTextField(null=True)
    blank_kind = CharField(max_length=8, default="")
    reason = TextField(default="")  # why overridden
    explanation = TextField(default="")  # why it jumped; travels to the reviewer
    source_file = CharField(max_length=200, default="")
    entered_by = CharField(max_length=80, default="")
    entered_at = UtcDateTimeField()
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "core_figure_entry"
        indexes = ((("county", "period", "organization", "key"), True), (("county", "period", "key"), False))


class Evidence(OrganizationRow):
    """A file that backs a submission."""

    stored_in = "evidence"

    period = reference(Period)
    key = CharField(max_length=80, default="")  # the indicator it backs; '' the whole form
    file_name = CharField(max_length=200)
    stored_name = CharField(max_length=80)
    size = IntegerField()
    digest = CharField(max_length=64)
    uploaded_by = CharField(max_length=80)
    uploaded_at = UtcDateTimeField()
    removed = BooleanField(default=False)

    class Meta:
        table_name = "core_evidence"
        indexes = ((("county", "period", "organization"), False),)


class SnapshotDefinition(OrganizationRow):
    """What an indicator meant when the period was locked: label, unit, definition, version, owner."""

    typed_text = False  # a copy of what is there
    readable_from = "county"
    append_only = True

    period = reference(Period)
    revision = IntegerField()
    key = CharField(max_length=80)
    definition: Any = JsonField()

    class Meta:
        table_name = "core_snapshot_definition"
        indexes = ((("county", "period", "revision", "key"), True),)


class SnapshotFigures(OrganizationRow):
    """All figures of one organization (its total with descendants) at a lock, packed: {key: [value, numerator, denominator, n, m]}."""

    typed_text = False  # a copy of what is there
    append_only = True

    period = reference(Period)
    revision = IntegerField()
    parent_id_then = IntegerField(null=True)
    code_then = CharField(max_length=60)
    name_then = CharField(max_length=120)
    kind_then = CharField(max_length=12)
    packed: Any = JsonField()
    digest = CharField(max_length=64)

    class Meta:
        table_name = "core_snapshot_figures"
        indexes = ((("county", "period", "revision", "organization"), True),)


class SnapshotTotal(OrganizationRow):
    """Long rows from township level up, for ranking and comparison."""

    typed_text = False  # a copy of what is there
    append_only = True

    period = reference(Period)
    revision = IntegerField()
    key = CharField(max_length=80)
    value = DecimalTextField(null=True)
    numerator = DecimalTextField(null=True)
    denominator = DecimalTextField(null=True)

    class Meta:
        table_name = "core_snapshot_total"
        indexes = ((("county", "period", "revision", "key", "organization"), True),)


class SnapshotRecords(OrganizationRow):
    """Row count and digest of the records behind an indicator at lock, to tell later whether they differ."""

    typed_text = False  # a copy of what is there
    readable_from = "county"
    append_only = True

    period = reference(Period)
    revision = IntegerField()
    key = CharField(max_length=80)
    row_count = IntegerField()
    digest = CharField(max_length=64)

    class Meta:
        table_name = "core_snapshot_records"
        indexes = ((("county", "period", "revision", "key"), True),)
