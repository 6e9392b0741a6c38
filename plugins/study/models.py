"""Issues of the campaign, who should study (roster), who did (records, aggregates), and the counters kept beside them."""

from peewee import BooleanField, CharField, DateField, IntegerField, TextField

from youthpilot.core import OrganizationRow, reference

KINDS = {"study": "青年大学习", "class": "主题云团课"}


class StudyIssue(OrganizationRow):
    """One issue (期) of the campaign; it belongs to the period in which it closes. Carries the county's root.

    Special issues (特辑) are numbered apart from the regular ones of their year.
    """

    readable_from = "county"
    date_field = "closes_on"

    kind = CharField(max_length=8, default="study", choices=list(KINDS.items()))
    year = IntegerField()
    season = IntegerField(null=True)  # 季, where the province still counts seasons
    number = IntegerField()
    is_special = BooleanField(default=False)
    title = CharField(max_length=80)  # 2023年第19期
    theme = CharField(max_length=120, default="")
    opens_on = DateField()
    closes_on = DateField()  # the last day that counts

    class Meta:
        table_name = "study_issue"
        indexes = ((("county", "kind", "year", "is_special", "number"), True), (("county", "closes_on"), False))

    def __str__(self) -> str:
        return str(self.title)


class StudyMember(OrganizationRow):
    """A name on a branch's roster. `person_key` tells namesakes apart: the number (学号), a blind index, or the name alone.

    `off_roster`: somebody who studied without standing on the roster (编外); counted among the others unless the file says member.
    """

    personal_fields = ("name", "number", "person_key")

    person_key = CharField(max_length=64)
    name = CharField(max_length=40)
    number = CharField(max_length=40, default="")  # 学号/工号; never an ID number
    is_member = BooleanField(default=True)
    off_roster = BooleanField(default=False)
    from_on = DateField(null=True)  # None: always
    to_on = DateField(null=True)  # the last day; None: still
    person_id = IntegerField(null=True)  # core's Person, where known
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "study_member"
        indexes = ((("county", "organization", "person_key"), True), (("county", "organization", "name"), False))

    def __str__(self) -> str:
        return str(self.name)


class StudyRoster(OrganizationRow):
    """How many members (名) of an organization should study an issue: the denominator, printed with every rate."""

    date_field = "counted_on"

    issue = reference(StudyIssue)
    member_base = IntegerField()
    as_of = DateField()
    counted_on = DateField()  # the issue's closing day: decides the period
    source = CharField(max_length=12, default="entered")  # entered, names, organization, carried, import
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "study_roster"
        indexes = ((("county", "organization", "issue"), True), (("county", "issue"), False))


class StudyRecord(OrganizationRow):
    """One person learned one issue. `organization` is where he was counted, even if he moved since."""

    date_field = "counted_on"

    issue = reference(StudyIssue)
    person = reference(StudyMember)
    learned_on = DateField(null=True)  # None: the file has no time
    counted_on = DateField()
    is_member = BooleanField(default=True)
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "study_record"
        indexes = (
            (("county", "issue", "person"), True),
            (("county", "organization", "issue"), False),
            (("county", "batch_id"), False),
        )


class StudyAggregate(OrganizationRow):
    """A total without names (汇总录入), with its source. Counts only where the organization has no person rows for the issue."""

    date_field = "counted_on"

    issue = reference(StudyIssue)
    learners_member = IntegerField(null=True)  # 人次, members; None: not told apart
    learners_other = IntegerField(null=True)
    source_file = CharField(max_length=200, default="")
    note = TextField(default="")
    counted_on = DateField()
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "study_aggregate"
        indexes = ((("county", "organization", "issue"), True), (("county", "issue"), False))


class StudyCounter(OrganizationRow):
    """What an organization's own rows say of one issue; there is a row if and only if a roster, a record or an aggregate exists.

    Kept by the services in the transaction of the write. source: records, aggregate, roster (nobody reported yet: 0).
    """

    issue = reference(StudyIssue)
    participations = IntegerField(default=0)  # 人次, members and others
    member_participations = IntegerField(default=0)
    member_base = IntegerField(null=True)  # roster less those exempted; None: no roster
    source = CharField(max_length=10)
    exempt = IntegerField(default=0)  # exempted, and did not learn in time all the same
    makeups = IntegerField(default=0)  # made up afterwards; in no rate

    class Meta:
        table_name = "study_counter"
        indexes = ((("county", "organization", "issue"), True), (("county", "issue"), False))


MODELS = [StudyIssue, StudyMember, StudyRoster, StudyRecord, StudyAggregate, StudyCounter]
