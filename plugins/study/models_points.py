"""Beside the rolls: make-up study after the closing day, exemptions, and points that are reversed and never deleted."""

from peewee import BooleanField, CharField, DateField, IntegerField, TextField

from youthpilot.core import OrganizationRow, UtcDateTimeField, reference

from .models import StudyIssue, StudyMember


class StudyMakeup(OrganizationRow):
    """Somebody made up for an issue after it had closed (补学). Never part of the rate; `organization` is where he missed it."""

    date_field = "made_on"
    personal_fields = ("reason", "evidence")

    issue = reference(StudyIssue)
    person = reference(StudyMember)
    made_on = DateField()  # after the issue's closing day
    reason = CharField(max_length=120)  # why he had missed it
    evidence = CharField(max_length=200, default="")  # what shows that he made up: a screenshot's number, a sheet
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "study_makeup"
        indexes = ((("county", "issue", "person"), True), (("county", "organization", "issue"), False), (("county", "batch_id"), False))


class StudyExemption(OrganizationRow):
    """Somebody need not study the issues that close from one day to another (免学): he leaves their denominator.

    No `date_field`: it lasts, and ending it later on must stay possible; the services guard the span instead.
    """

    personal_fields = ("reason", "evidence")

    person = reference(StudyMember)
    from_on = DateField()
    to_on = DateField(null=True)  # the last day, included; None: until further notice
    reason = CharField(max_length=120)
    evidence = CharField(max_length=200, default="")

    class Meta:
        table_name = "study_exemption"
        indexes = ((("county", "person"), False), (("county", "organization"), False))


class StudyPoint(OrganizationRow):
    """One entry of points (积分), of a branch for an issue or of a person. A wrong one is taken back by an entry that `reverses` it.

    rule: a key of rules_points.RULES. `counted_on` is the issue's closing day, also for the entry that takes it back.
    """

    append_only = True
    date_field = "counted_on"

    person = reference(StudyMember, null=True)  # None: the branch itself
    issue = reference(StudyIssue)
    rule = CharField(max_length=12)
    points = IntegerField()
    reason = TextField(default="")  # no names: rows stay when a person is erased
    counted_on = DateField()
    reverses = reference("self", null=True)
    by_hand = BooleanField(default=False)  # a person took it back, not the recount
    recorded_at = UtcDateTimeField()
    actor = CharField(max_length=80, default="")

    class Meta:
        table_name = "study_point"
        indexes = (
            (("county", "reverses"), True),
            (("county", "organization", "counted_on"), False),
            (("county", "counted_on"), False),
        )


MODELS = [StudyMakeup, StudyExemption, StudyPoint]
