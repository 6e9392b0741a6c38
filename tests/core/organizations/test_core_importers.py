"""The files of organizations, cadres and last-term totals: read by their columns, judged, applied; twice changes nothing."""

from datetime import date

import pytest

from youthpilot.core.cadres.models import Election, Person, Post
from youthpilot.core.counties.services import county_registry
from youthpilot.core.kernel.errors import ConflictError
from youthpilot.core.organizations.loading import bulk_create
from youthpilot.core.organizations.models import Organization
from youthpilot.core.organizations.queries import tree_as_of
from youthpilot.core.organizations.services import check_closure, move
from youthpilot.core.registry import Registry
from youthpilot.plugins.importing import cadres as cadres
from youthpilot.plugins.importing import organizations as organizations
from youthpilot.plugins.importing.judging import judge_file
from youthpilot.plugins.importing.reading import RawSheet
from youthpilot.plugins.importing.services import run_import, undo


def sheet_of(records):
    titles = list(dict.fromkeys(title for record in records for title in record))
    return RawSheet([titles, *([record.get(title) for title in titles] for record in records)], None, "Sheet1", ("Sheet1",), "", (), "名册.xlsx")


def judged(importer, county, records):
    found = judge_file(importer, sheet_of(records), {}, county.id)
    assert not found.problems
    return found


def applied(importer, county, records):
    """(added, changed, unchanged) and the batch (None if nothing was written)."""
    done = run_import(importer, sheet_of(records), {}, reason="已核对")
    return (done.counts.added, done.counts.changed, done.counts.unchanged), done.batch


def problems(importer, county, records, level="E"):
    return [(r.number, p.column, p.code) for r in judged(importer, county, records).rows for p in r.problems if p.level == level]


ROSTER = [
    {
        "组织编码": "V1",
        "组织全称": "柳河村团支部",
        "组织类型": "团支部",
        "单位类别": "村",
        "上级组织": "柳河镇团委",
        "团员数": "5",
        "最近换届日期": "2021.3.10",
    },
    {"组织编码": "C1", "组织全称": "高一1班团支部", "组织类型": "团支部", "单位类别": "班级", "上级组织": "S1", "团员数": 40},
    {"组织编码": "S1", "组织全称": "柳河中学团委", "组织类型": "团委", "单位类别": "学校", "上级组织": "共青团柳河镇委员会"},
    {"组织编码": "T1", "组织全称": "共青团柳河镇委员会", "组织简称": "柳河镇团委", "组织类型": "团委", "单位类别": "镇"},
]


def test_superiors_stand_anywhere_in_the_file_and_twice_changes_nothing(in_county):
    assert applied(organizations.IMPORTER, in_county, ROSTER)[0] == (4, 0, 0)
    assert check_closure(in_county.id) == []
    by_code = {o.code: o for o in Organization.select()}
    assert by_code["C1"].parent_id == by_code["S1"].id and by_code["S1"].parent_id == by_code["T1"].id
    assert by_code["V1"].last_elected_on == date(2021, 3, 10) and by_code["T1"].member_count is None
    assert applied(organizations.IMPORTER, in_county, ROSTER)[0] == (0, 0, 4)


def test_errors_stand_at_their_cells(in_county):
    applied(organizations.IMPORTER, in_county, ROSTER)
    branch = {"组织类型": "团支部", "单位类别": "村"}
    assert problems(organizations.IMPORTER, in_county, [
        {**branch, "组织编码": "X1", "组织全称": "甲", "上级组织": "没有的镇"},
        {**branch, "组织编码": "X2", "组织全称": "乙", "上级组织": "V1"},
        {**branch, "组织编码": "X3", "组织全称": "丙", "上级组织": "T1", "成立日期": "2023-07-04"},
        {**branch, "组织编码": "V1", "组织全称": "柳河村团支部", "上级组织": "共青团试验县委员会"},
        {"组织编码": "X5", "组织全称": "丁", "上级组织": "X6", "组织类型": "团委", "单位类别": "学校"},
        {"组织编码": "X6", "组织全称": "戊", "上级组织": "X5", "组织类型": "团总支", "单位类别": "学校"},
    ]) == [
        (2, "parent", "O3"), (3, "parent", "O4"), (4, "established_on", "O2"), (5, "parent", "O5"), (6, "parent", "O4"), (6, "parent", "O4"),
        (7, "parent", "O4"),
    ]  # fmt: skip
    assert problems(organizations.IMPORTER, in_county, [{**ROSTER[0], "团员数": 2}, {**ROSTER[1], "团员数": 51}], "W") == [
        (2, "member_count", "O6"),
        (3, "member_count", "O6"),
    ]


def test_undoing_takes_out_what_the_file_added_and_puts_back_what_it_changed(in_county):
    _counts, first = applied(organizations.IMPORTER, in_county, ROSTER)
    _counts, second = applied(organizations.IMPORTER, in_county, [{**ROSTER[0], "团员数": 9, "成立日期": "2021-02-01"}])
    assert tree_size(in_county, date(2021, 1, 1)) == 4
    undo(second, organizations.IMPORTER)
    assert (Organization.get(Organization.code == "V1").member_count, tree_size(in_county, date(2021, 1, 1))) == (5, 5)
    undo(first, organizations.IMPORTER)
    assert Organization.select().count() == 1
    assert check_closure(in_county.id) == []


def tree_size(county, day):
    return len(tree_as_of(county.id, day))


def test_what_was_moved_since_cannot_be_undone(in_county):
    applied(organizations.IMPORTER, in_county, ROSTER)
    _counts, batch = applied(organizations.IMPORTER, in_county, [{**ROSTER[0], "团员数": 9}])
    ids = {o.code: o.id for o in Organization.select()}
    root = Organization.get(Organization.parent.is_null())
    move(ids["V1"], root, date(2023, 6, 1), "直属", county_registry(Registry(), in_county))
    with pytest.raises(ConflictError):
        undo(batch, organizations.IMPORTER)
    assert check_closure(in_county.id) == []


def test_a_change_in_the_file_changes_the_row(in_county):
    applied(organizations.IMPORTER, in_county, ROSTER)
    assert applied(organizations.IMPORTER, in_county, [{**ROSTER[0], "团员数": 9, "最近换届日期": None}])[0] == (0, 1, 0)
    row = Organization.get(Organization.code == "V1")
    assert (row.member_count, row.last_elected_on) == (9, date(2021, 3, 10))  # an empty cell leaves what is known


@pytest.fixture
def places(in_county):
    rows = [{"code": c, "name": f"{c}镇团委", "kind": "township", "org_type": "committee"} for c in ("T1", "T2")]
    return bulk_create(in_county.id, rows)


WANG = {
    "姓名": "王芳",
    "身份证号": "11010519491231002X",
    "团组织": "T1",
    "职务": "书记",
    "专挂兼": "专职",
    "任职日期": "2021-03-10",
    "是否兼任两委": "否",
}
LI = {"姓名": "李四", "性别": "男", "出生日期": "1995-03-08", "团组织": "T2镇团委", "职务": "团委书记", "任职日期": "2022-01-01"}


def test_one_row_per_post_one_person_per_number(places, in_county):
    file = [WANG, {**WANG, "团组织": "T2", "职务": "委员"}, LI]
    assert applied(cadres.CADRES, in_county, file)[0] == (3, 0, 0)
    assert (Person.select().count(), Post.select().count()) == (2, 3)
    wang = Person.get(Person.name == "王芳")
    assert (wang.birth_date, wang.sex, wang.id_no) == (date(1949, 12, 31), "F", "11010519491231002X")
    assert applied(cadres.CADRES, in_county, file)[0] == (0, 0, 3)


def test_two_secretaries_at_once_are_refused(places, in_county):
    applied(cadres.CADRES, in_county, [LI])
    new = {**LI, "姓名": "赵五", "任职日期": "2023-05-01"}
    assert problems(cadres.CADRES, in_county, [new]) == [(2, "title", "K4")]
    assert problems(cadres.CADRES, in_county, [{**new, "团组织": "T1"}, {**WANG}]) == [(3, "title", "K4")]
    assert problems(cadres.CADRES, in_county, [{**LI, "任职日期": "2022-02-01"}]) == [(2, "start_on", "K3"), (2, "title", "K4")]
    assert problems(cadres.CADRES, in_county, [new, {**LI, "离任日期": "2023-04-30"}]) == []


def test_a_former_secretary_with_his_last_day_makes_room(places, in_county):
    applied(cadres.CADRES, in_county, [LI])
    file = [{**LI, "姓名": "赵五", "任职日期": "2023-05-01"}, {**LI, "离任日期": "2023-04-30"}]
    counts, batch = applied(cadres.CADRES, in_county, file)
    assert counts == (1, 1, 0)
    assert applied(cadres.CADRES, in_county, file)[0] == (0, 0, 2)
    undo(batch, cadres.CADRES)
    assert [(p.person.name, p.end_on) for p in Post.select()] == [("李四", None)]


def test_what_a_row_of_cadres_is_asked_about(places, in_county):
    assert problems(cadres.CADRES, in_county, [
        {**LI, "团组织": "没有"},
        {**LI, "出生日期": "2024-01-01"},
        {**LI, "离任日期": "2021-01-01"},
    ]) == [(2, "organization", "unknown"), (3, "birth_date", "K2"), (4, "end_on", "K2")]  # fmt: skip
    assert problems(
        cadres.CADRES, in_county, [{**LI, "出生日期": None}, {**WANG, "出生日期": "1990-01-01"}, {**LI, "出生日期": "1980-01-01"}], "W"
    ) == [
        (2, "birth_date", "K6"),
        (3, "birth_date", "K1"),
        (4, "birth_date", "K5"),
    ]


def test_totals_of_the_last_term(in_county):
    file = [
        {"类型": "镇街团委书记", "换届日期": "2021-03-10", "上届年龄合计": 444, "上届人数": 15},
        {"类型": "村居", "换届日期": "2021-01-05", "上届平均年龄": "36.2", "上届人数": 240},
    ]
    assert applied(cadres.LAST_TERM_TOTALS, in_county, file)[0] == (2, 0, 0)
    assert sorted((e.covers_kind, e.before_age_sum, e.before_count, e.source_file) for e in Election.select()) == [
        ("township", 444, 15, "名册.xlsx"),
        ("village", 8688, 240, "名册.xlsx"),
    ]
    assert applied(cadres.LAST_TERM_TOTALS, in_county, file)[0] == (0, 0, 2)
    wrong = [{**file[0], "上届平均年龄": "29.5"}, {**file[0], "上届年龄合计": 100}, {**file[1], "上届平均年龄": None}]
    assert problems(cadres.LAST_TERM_TOTALS, in_county, wrong) == [(2, "mean", "K7"), (3, "age_sum", "K7"), (4, "age_sum", "K7")]


def test_two_thousand_rows_at_once(in_county):
    villages = [{**ROSTER[0], "组织编码": f"V{i}", "组织全称": f"第{i}村团支部"} for i in range(2000)]
    assert applied(organizations.IMPORTER, in_county, [*villages, ROSTER[3]])[0][0] == 2001
    posts = [{**LI, "姓名": f"李{i}", "团组织": f"V{i}", "职务": "书记"} for i in range(500)]
    assert applied(cadres.CADRES, in_county, posts)[0][0] == 500
