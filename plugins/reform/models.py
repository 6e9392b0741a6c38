"""The pilot's designation, its fronts and measures with their log, decisions, delegates' links, talks with lagging units."""

from peewee import BooleanField, CharField, DateField, IntegerField, TextField

from youthpilot.core import DecimalTextField, Organization, OrganizationRow, UtcDateTimeField, reference

from .rules import DECISIONS, LINKS, MEASURE, STATUSES


class ReformDesignation(OrganizationRow):
    """The notice that made the county a pilot. Carries the county's root."""

    readable_from = "county"

    notice = CharField(max_length=200)  # 关于确定县域共青团基层组织改革试点地区的通知
    notice_no = CharField(max_length=60, default="")
    issued_by = CharField(max_length=80)
    round = IntegerField(null=True)  # 批次
    designated_on = DateField()
    starts_on = DateField()
    ends_on = DateField(null=True)
    leader = CharField(max_length=60, default="")  # 工作专班组长
    group = TextField(default="")  # members of the work group
    office = CharField(max_length=120, default="")
    note = TextField(default="")

    class Meta:
        table_name = "reform_designation"
        indexes = ((("county", "designated_on"), False),)

    def __str__(self) -> str:
        return str(self.notice)


class ReformFront(OrganizationRow):
    """One of the fronts (四个方面); as many as the county wants. Carries the county's root."""

    readable_from = "county"

    number = IntegerField()
    title = CharField(max_length=60)

    class Meta:
        table_name = "reform_front"
        indexes = ((("county", "number"), True),)

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"


class ReformMeasure(OrganizationRow):
    """A measure. `organization` is the League organization that carries it (the county's root, or a township that sees it then)."""

    merged_fields = ("organization",)

    workflow = MEASURE

    front = reference(ReformFront)
    number = IntegerField()  # in its front
    title = CharField(max_length=120)
    content = TextField(default="")
    owner = CharField(max_length=80)  # 责任单位; not only League bodies
    owner_person = CharField(max_length=40, default="")
    co_owners = CharField(max_length=200, default="")  # 配合单位
    unit = CharField(max_length=12, default="")
    baseline = DecimalTextField(max_length=40, null=True)
    target = DecimalTextField(max_length=40, null=True)
    current = DecimalTextField(max_length=40, null=True)  # as last recorded
    listed_on = DateField()  # the day it came onto the list
    due_on = DateField()
    status = CharField(max_length=12, default="not_started", choices=list(STATUSES.items()))
    evidence = TextField(default="")  # what was handed in with the last application
    applied_by = IntegerField(null=True)  # user id of who applied for the closing
    closed_on = DateField(null=True)
    self_checked = BooleanField(default=False)  # 本人复核
    last_on = DateField()  # the day of the last entry
    batch_id = IntegerField(null=True)

    personal_fields = ("owner_person",)

    class Meta:
        table_name = "reform_measure"
        indexes = ((("county", "front", "number"), True), (("county", "status", "due_on"), False))

    def __str__(self) -> str:
        return str(self.title)


class ReformStep(OrganizationRow):
    """One entry of a measure's log: a change of status, or progress. Never changed; none is written into a locked half-year."""

    append_only = True
    date_field = "happened_on"

    measure = reference(ReformMeasure)
    happened_on = DateField()
    action = CharField(max_length=10)  # an action of the table, or progress
    before = CharField(max_length=12)
    after = CharField(max_length=12)
    value = DecimalTextField(max_length=40, null=True)
    text = TextField(default="")  # progress, or the reason
    evidence = TextField(default="")
    actor = CharField(max_length=80)
    actor_id = IntegerField(null=True)
    recorded_at = UtcDateTimeField()

    class Meta:
        table_name = "reform_step"
        indexes = ((("county", "measure", "id"), False),)


class ReformPaper(OrganizationRow):
    """An uploaded file that shows what was done. `step`: the entry of the log it came with; None: added to the measure itself."""

    merged_fields = ("organization",)
    stored_in = "reform"

    measure = reference(ReformMeasure)
    step = reference(ReformStep, null=True)
    file_name = CharField(max_length=200)
    stored_name = CharField(max_length=80)
    size = IntegerField()  # bytes
    digest = CharField(max_length=64)
    uploaded_by = CharField(max_length=80)
    uploaded_at = UtcDateTimeField()
    removed = BooleanField(default=False)  # the file itself stays for the audit

    class Meta:
        table_name = "reform_paper"
        indexes = ((("county", "measure"), False),)

    def __str__(self) -> str:
        return str(self.file_name)


class ReformDecision(OrganizationRow):
    """What a joint meeting or a policy decided, who does it, until when. Carries the county's root."""

    readable_from = "county"

    kind = CharField(max_length=8, choices=list(DECISIONS.items()))
    decided_on = DateField()
    source = CharField(max_length=120)  # 青年工作联席会议第一次会议, or the document
    ref_no = CharField(max_length=60, default="")
    content = TextField()
    owner = CharField(max_length=80)
    measure = reference(ReformMeasure, null=True)
    due_on = DateField()
    done_on = DateField(null=True)
    result = TextField(default="")
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "reform_decision"
        indexes = ((("county", "due_on"), False),)

    def __str__(self) -> str:
        return str(self.content)[:40]


class ReformDelegate(OrganizationRow):
    """A delegate of the League congress (团代表). `organization`: where he works."""

    merged_fields = ("organization",)
    personal_fields = ("name", "post")

    name = CharField(max_length=40)
    post = CharField(max_length=60, default="")
    since_on = DateField()
    ended_on = DateField(null=True)
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "reform_delegate"
        indexes = ((("county", "name"), False),)

    def __str__(self) -> str:
        return str(self.name)


class ReformLink(OrganizationRow):
    """Whom a delegate links (两联): a branch of the register or a young person, from a day to a day (both included; None: still)."""

    merged_fields = ("organization", "branch")
    personal_fields = ("name",)

    delegate = reference(ReformDelegate)
    kind = CharField(max_length=8, choices=list(LINKS.items()))
    name = CharField(max_length=80)
    branch = reference(Organization, null=True, column_name="branch_id")  # which one, for kind branch
    linked_on = DateField()
    ended_on = DateField(null=True)
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "reform_link"
        indexes = ((("county", "delegate", "kind"), False),)


class ReformTalk(OrganizationRow):
    """约谈 of a lagging owner, and what came of it (整改). Carries the measure's organization."""

    merged_fields = ("organization",)

    measure = reference(ReformMeasure, null=True)
    owner = CharField(max_length=80)
    talked_on = DateField()
    talked_by = CharField(max_length=40)
    problem = TextField()
    rectify_by = DateField()
    started_on = DateField(null=True)  # the owner handed in what he will do
    plan = TextField(default="")
    rectified_on = DateField(null=True)
    result = TextField(default="")

    class Meta:
        table_name = "reform_talk"
        indexes = ((("county", "talked_on"), False),)

    def __str__(self) -> str:
        return str(self.owner)

    @property
    def status(self) -> str:
        """talked, rectifying or rectified."""
        return "rectified" if self.rectified_on else "rectifying" if self.started_on else "talked"


MODELS = [ReformDesignation, ReformFront, ReformMeasure, ReformStep, ReformPaper, ReformDecision, ReformDelegate, ReformLink, ReformTalk]
