"""League life and double-checking: meetings of 三会两制一课, the learners' own record, what was decided about differences and flags."""

from typing import Any

from peewee import BooleanField, CharField, DateField, IntegerField, TextField

from youthpilot.core import JsonField, OrganizationRow, UtcDateTimeField, reference

from .models import StudyIssue
from .rules_life import KINDS


class StudyMeeting(OrganizationRow):
    """One meeting, lesson, assessment or registration of a branch (三会两制一课)."""

    date_field = "held_on"

    kind = CharField(max_length=12, choices=list(KINDS.items()))
    held_on = DateField()
    should_attend = IntegerField()  # 名
    present = IntegerField()
    excellent = IntegerField(null=True)  # of an assessment: how many 优秀; None: not said
    quorate = BooleanField(default=True)  # enough were present by the settings of the day it was entered; else it does not count as held
    topic = CharField(max_length=120)
    result = TextField(default="")
    reason = CharField(max_length=200, default="")  # why something unusual is right
    recorded_by = CharField(max_length=80, default="")
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "study_meeting"
        indexes = (
            (("county", "organization", "kind", "held_on", "topic"), True),
            (("county", "held_on"), False),
            (("county", "batch_id"), False),
        )


class StudyOwnRecord(OrganizationRow):
    """What the learner's own side says of an issue (个人端): the second source beside the branch's records. It never counts by itself."""

    personal_fields = ("name", "number", "person_key")

    issue = reference(StudyIssue)
    person_key = CharField(max_length=64)
    name = CharField(max_length=40)
    number = CharField(max_length=40, default="")
    learned_on = DateField(null=True)
    is_member = BooleanField(null=True)  # None: not said
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "study_own_record"
        indexes = ((("county", "organization", "issue", "person_key"), True), (("county", "issue"), False), (("county", "batch_id"), False))


class StudyDecision(OrganizationRow):
    """What was decided about a difference between the two sources; `seen` is what both said then, so it is not asked again.

    verdict: accepted, rejected, open (待核实). `undo`: what taking it back needs (ids made, values before).
    """

    personal_fields = ("person_key", "name", "reason")

    issue = reference(StudyIssue)
    person_key = CharField(max_length=64)
    name = CharField(max_length=40)
    difference = CharField(max_length=8)  # own, branch, differs: see rules_life.DIFFERENCES
    verdict = CharField(max_length=8)
    reason = CharField(max_length=200, default="")
    seen = CharField(max_length=200)
    undo: Any = JsonField(default=dict)
    decided_by = CharField(max_length=80)
    decided_at = UtcDateTimeField()

    class Meta:
        table_name = "study_decision"
        indexes = ((("county", "organization", "issue", "person_key"), True), (("county", "issue"), False))


class StudyFlagNote(OrganizationRow):
    """Somebody looked into a flag and found it right. `seen`: the numbers it was raised for; other numbers raise it again."""

    personal_fields = ("note",)

    code = CharField(max_length=8)
    place = CharField(max_length=40)  # which issue or upload: key of the flag inside the organization
    seen = CharField(max_length=200)
    note = CharField(max_length=200)
    noted_by = CharField(max_length=80)
    noted_at = UtcDateTimeField()

    class Meta:
        table_name = "study_flag_note"
        indexes = ((("county", "organization", "code", "place"), True),)


MODELS = [StudyMeeting, StudyOwnRecord, StudyDecision, StudyFlagNote]
