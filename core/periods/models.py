"""Reporting periods, who owes what, submissions, and what a lock and a publication store."""

from typing import Any

from peewee import BooleanField, CharField, DateField, IntegerField, TextField

from ..kernel.db import reference
from ..kernel.fields import DecimalTextField, JsonField, UtcDateTimeField
from ..organizations.models import OrganizationRow


class Period(OrganizationRow):
    """A half-year of one county. state: open → locked → published; `revision` counts locks (0: never locked)."""

    readable_from = "county"

    code = CharField(max_length=12)  # 2023H1
    title = CharField(max_length=40)  # 2023年上半年
    start_on = DateField()
    end_on = DateField()
    due_on = DateField()
    state = CharField(max_length=12, default="open")
    revision = IntegerField(default=0)
    modules: Any = JsonField(default=list)  # enabled when it was opened
    reopen_reason = TextField(default="")
    opened_by = CharField(max_length=80, default="")
    opened_at = UtcDateTimeField()

    class Meta:
        table_name = "core_period"
        indexes = ((("county", "code"), True), (("county", "start_on"), False))

    def __str__(self) -> str:
        return str(self.title)


class Obligation(OrganizationRow):
    """An organization that owes figures for a period, frozen at opening with its place in the tree."""

    typed_text = False  # a copy of what is there
    period = reference(Period)
    parent_id_then = IntegerField(null=True)  # its township, school or the county at opening
    name_then = CharField(max_length=120)
    kind_then = CharField(max_length=12)
    origin = CharField(max_length=12, default="opening")  # or "act": added later by a decision
    reason = TextField(default="")
    waived = BooleanField(default=False)  # a decision with a reason takes it out of completeness at closing

    class Meta:
        table_name = "core_obligation"
        indexes = ((("county", "period", "organization"), True),)


class Submission(OrganizationRow):
    """One per obligation. state: draft → submitted → returned → submitted → accepted; no row: not started."""

    period = reference(Period)
    obligation = reference(Obligation)
    state = CharField(max_length=12, default="draft")
    version = IntegerField(default=1)  # counts submits
    submitted_by = CharField(max_length=80, default="")
    submitted_by_id = IntegerField(null=True)
    submitted_at = UtcDateTimeField(null=True)
    submitted_on = DateField(null=True)  # business day of the last submit; late if after the due date
    late = BooleanField(default=False)
    on_behalf = BooleanField(default=False)  # 代填 by a superior
    returned_reason = TextField(default="")
    reviewed_by = CharField(max_length=80, default="")
    reviewed_at = UtcDateTimeField(null=True)
    self_reviewed = BooleanField(default=False)  # 本人复核
    remark = TextField(default="")  # what the reviewer should look at
    texts: Any = JsonField(default=dict)  # 文字材料
    changed_at = UtcDateTimeField()

    class Meta:
        table_name = "core_submission"
        indexes = ((("county", "period", "organization"), True), (("county", "period", "state"), False))


class SubmissionEvent(OrganizationRow):
    """The history of a submission: every transition with its figures at that moment."""

    append_only = True

    submission = reference(Submission)
    event = CharField(max_length=12)
    from_state = CharField(max_length=12)
    to_state = CharField(max_length=12)
    reason = TextField(default="")
    actor = CharField(max_length=80)
    happened_at = UtcDateTimeField()
    figures: Any = JsonField(default=dict)

    class Meta:
        table_name = "core_submission_event"
        indexes = ((("county", "submission"), False),)


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


class Snapshot(OrganizationRow):
    """One lock: period, revision, the modules enabled, digests chained to the snapshot before it."""

    typed_text = False  # a copy of what is there
    readable_from = "county"
    append_only = True

    period = reference(Period)
    revision = IntegerField()
    reason = TextField(default="")
    modules: Any = JsonField()
    digest = CharField(max_length=64)
    previous_digest = CharField(max_length=64, default="")
    locked_by = CharField(max_length=80)
    locked_at = UtcDateTimeField()
    as_of = DateField()

    class Meta:
        table_name = "core_snapshot"
        indexes = ((("county", "period", "revision"), True),)


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
