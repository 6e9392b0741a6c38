"""Persons, their posts over time, and elections (换届)."""

from peewee import BooleanField, CharField, DateField, IntegerField

from ..kernel.db import reference
from ..kernel.fields import UtcDateTimeField
from ..kernel.secrets import ProtectedField
from ..organizations.models import OrganizationRow

TITLES = {
    "secretary": "书记",
    "deputy_secretary": "副书记",
    "standing_member": "常委",
    "member": "委员",
    "youth_member": "青年委员",
    "instructor": "辅导员",
}
MODES = {"full_time": "专职", "secondment": "挂职", "part_time": "兼职"}
SOURCES = {
    "": "",
    "team": "班子成员",
    "civil_servant": "公务员",
    "selected": "选调生",
    "teacher": "教师",
    "returnee": "返乡青年",
    "student": "大学生",
    "other": "其他",
}
SEXES = {"": "", "M": "男", "F": "女"}
EDUCATIONS = {"": "", "below": "高中及以下", "college": "大专", "bachelor": "本科", "master": "研究生及以上"}
POLITICS = {"": "", "party": "中共党员", "probationary": "中共预备党员", "member": "共青团员", "none": "群众", "other": "其他"}


class Person(OrganizationRow):
    """One person for all modules. Belongs to one organization; posts may lie elsewhere."""

    merged_fields = ("organization",)
    personal_fields = ("name", "sex", "birth_date", "id_no", "phone", "ethnicity", "political_status", "education")

    name = CharField(max_length=40)
    sex = CharField(max_length=1, default="")
    birth_date = DateField(null=True)
    id_no = ProtectedField()
    id_no_index = CharField(max_length=32, default="")
    phone = ProtectedField()
    phone_index = CharField(max_length=32, default="")
    ethnicity = CharField(max_length=20, default="")
    political_status = CharField(max_length=12, default="")
    education = CharField(max_length=12, default="")
    is_member = BooleanField(default=False)  # 团员
    left_on = DateField(null=True)
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "core_person"
        indexes = ((("county", "id_no_index"), False), (("county", "organization"), False), (("county", "name"), False))

    def __str__(self) -> str:
        return str(self.name)


class Election(OrganizationRow):
    """换届 of one organization, or (汇总录入) of all organizations of a kind when only totals of the last term are known."""

    term_no = IntegerField(null=True)
    held_on = DateField()
    due_on = DateField(null=True)  # when the term then begun ends
    approval_ref = CharField(max_length=80, default="")
    covers_kind = CharField(max_length=12, default="")  # '' its own organization; 'township', 'village': a total for that kind
    before_on = DateField()  # the day before it, for which the previous term was measured
    before_age_sum = IntegerField(null=True)  # 岁, secretaries of the previous term; None: not known
    before_count = IntegerField(null=True)  # 人
    after_age_sum = IntegerField(null=True)
    after_count = IntegerField(null=True)
    source_file = CharField(max_length=200, default="")
    recorded_at = UtcDateTimeField()
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "core_election"
        indexes = ((("county", "organization", "covers_kind", "held_on"), True),)


class Post(OrganizationRow):
    """任职: a person holds a post in an organization from a day to a day (both included; None: still)."""

    person = reference(Person)
    title = CharField(max_length=20, choices=list(TITLES.items()))
    mode = CharField(max_length=12, default="part_time", choices=list(MODES.items()))
    source = CharField(max_length=16, default="", choices=list(SOURCES.items()))
    on_establishment = BooleanField(null=True)  # 编制内
    two_committees = BooleanField(default=False)  # 兼任村（社区）“两委”
    start_on = DateField()
    end_on = DateField(null=True)
    election = reference(Election, null=True)
    end_reason = CharField(max_length=80, default="")
    batch_id = IntegerField(null=True)

    class Meta:
        table_name = "core_post"
        indexes = ((("county", "organization", "title"), False), (("county", "person"), False))
