"""Reporting periods, who owes what, the state of submissions, and the locks."""

from typing import Any

from peewee import BooleanField, CharField, DateField, IntegerField, TextField

from ..kernel.calendar import CalendarPeriod
from ..kernel.db import reference
from ..kernel.fields import JsonField, UtcDateTimeField
from ..organizations.models import OrganizationRow
from .rules import PERIOD, SUBMISSION


class Period(OrganizationRow):
    """A month, quarter, half-year or year of one county; those of different kinds may share days. `revision` counts locks (0: never locked)."""

    readable_from = "county"
    workflow = PERIOD

    code = CharField(max_length=12)  # 2023M05, 2023Q2, 2023H1, 2023Y
    title = CharField(max_length=40)  # 2023年上半年, as the calendar calls it
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

    @property
    def calendar(self) -> CalendarPeriod:
        """Its kind, its neighbours and its words."""
        return CalendarPeriod.parse(self.code)


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
    """One per obligation; no row: not started."""

    workflow = SUBMISSION

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


class Snapshot(OrganizationRow):
    """One lock: period, revision, the modules enabled, the parts that plugins stored, chained to the lock before it."""

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
    parts: Any = JsonField(null=True)  # plugin → digest of its part; None: locked by version 0.1, see verify.py

    class Meta:
        table_name = "core_snapshot"
        indexes = ((("county", "period", "revision"), True),)
