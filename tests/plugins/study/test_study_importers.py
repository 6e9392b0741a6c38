"""The shapes that provinces export, read by the real reader and judged by the module."""

from datetime import date

import pytest

from youthpilot.plugins.importing.reading import read_sheet
from youthpilot.plugins.importing.services import ImportRefused, judge, run_import, undo
from youthpilot.plugins.study import counting, queries, services
from youthpilot.plugins.study.importers import IMPORTERS, guess_issue
from youthpilot.plugins.study.models import StudyAggregate, StudyCounter, StudyMember, StudyRecord, StudyRoster

BY_KEY = {i.key: i for i in IMPORTERS}


def sheet_of(content, name):
    return read_sheet(content if isinstance(content, bytes) else content.encode("utf-8-sig"), name)


def judged(world, key, content, name="名单.csv", **options):
    """The rows of a file as the framework judges them."""
    found = judge(BY_KEY[key], sheet_of(content, name), options)
    assert not [p for p in found.problems if p.level == "E"], found.problems
    return found.rows


def brought_in(world, key, content, name="名单.csv", **options):
    """(counts, rows, batch) of an import."""
    try:
        done = run_import(BY_KEY[key], sheet_of(content, name), options, reason="已核对")
    except ImportRefused as error:
        raise AssertionError([f.message for f in error.judged.findings()]) from error
    assert counting.audit_counters() == []
    return done.counts, done.judged.rows, done.batch


def codes(rows):
    return [(r.number, p.column, p.level, p.code) for r in rows for p in r.problems]


def counter(world, code):
    return StudyCounter.get_or_none(StudyCounter.organization == world.org[code])


def test_plain_list_twice_changes_nothing(world, issue, people):
    text = "团组织,姓名,学习时间\nV1团组织,王甲,2023-05-03 12:30:11\nV1,王乙,2023/5/4\nV1,王乙,2023/5/5\n"
    counts, _rows, _batch = brought_in(world, "study_learners", text, issue=str(issue.id))
    assert (counts.added, counts.unchanged) == (2, 1)
    counts, _rows, _batch = brought_in(world, "study_learners", text, issue=str(issue.id))
    assert (counts.added, counts.unchanged) == (0, 3)
    assert counter(world, "V1").participations == 2
    assert StudyRecord.get().learned_on == date(2023, 5, 3)


def test_survey_export_in_gb18030_with_title_and_footer(world, issue, people):
    text = (
        "“青年大学习”网上主题团课参学名单\n"
        "课程,系统,学校,学院,班级,学号/卡号/工号,学习时间\n"
        "2023年第19期,教育系统,S1团组织,,C1团组织,20230001C王芳,2023-05-02 08:00:00\n"
        "2023年第19期,教育系统,S1团组织,,C1团支部,李雷20230002,2023-05-02 09:00:00\n"
        "导出时间：2023-05-08\n"
    )
    counts, rows, _batch = brought_in(world, "study_learners", text.encode("gb18030"), "参学名单.csv")
    assert counts.added == 2
    assert {(m.number, m.name) for m in StudyMember.select().where(StudyMember.number != "")} == {("20230001", "C王芳"), ("20230002", "李雷")}


def test_sheet_of_free_text_identities(world, issue, people):
    services.add_members([{"organization_id": world.org["V2"], "person_key": "n:10023", "name": "赵敏", "number": "10023"}])
    text = "序号,团支部,姓名/学号\n1,V2,赵 敏。\n2,V2,10023\n3,V2,“赵敏”10023\n"
    counts, _rows, _batch = brought_in(world, "study_learners", text, issue=str(issue.id))
    assert (counts.added, counts.unchanged) == (1, 2)


def test_what_is_refused_and_what_is_only_said(world, issue, people):
    for n in (1, 2):
        services.add_members([{"organization_id": world.org["V1"], "person_key": f"n:{n}", "name": "张伟", "number": str(n)}])
    text = (
        "团组织,姓名,学习时间,期次\n"
        "无此村,王甲,2023-05-03,\n"
        "V1,张伟,2023-05-03,\n"
        "V1,外来人,2023-05-03,\n"
        "V1,王乙,2023-05-20,\n"
        "V1,王丙,2023-08-20,\n"
        "V1,王丁,2023-05-03,2023年第99期\n"
        "V1,,2023-05-03,\n"
        "V1,——,2023-05-03,\n"
    )
    rows = judged(world, "study_learners", text, issue=str(issue.id))
    assert codes(rows) == [
        (2, "organization", "E", "S1"),
        (3, "name", "E", "S4"),
        (4, "name", "W", "S5"),
        (5, "learned_on", "W", "S7"),
        (6, "learned_on", "E", "S6"),
        (7, "issue", "E", "S2"),
        (8, "name", "E", "required"),
        (9, "name", "E", "S3"),
    ]
    services.delete_issue(issue)
    assert codes(judged(world, "study_learners", "团组织,姓名\nV1,王甲\n")) == [(2, "", "E", "S2")]


def test_outside_the_roster_counts_apart(world, issue, people):
    services.set_roster(issue, {world.org["V2"]: 2}, issue.closes_on)
    brought_in(world, "study_learners", "团组织,姓名,是否团员\nV2,外来人,\nV2,新团员,是\nV2,王甲,\n", issue=str(issue.id))
    row = counter(world, "V2")
    assert (row.participations, row.member_participations, row.member_base) == (3, 2, 2)
    assert {n for _o, n in queries.outsiders(issue, world.org["R"])} == {"外来人", "新团员"}


def test_without_a_roster_of_names_learners_are_members(world, issue):
    _counts, rows, _batch = brought_in(world, "study_learners", "团组织,姓名\nV3,甲人\nV3,乙人\n", issue=str(issue.id))
    assert [r.problems for r in rows] == [[], []]
    assert counter(world, "V3").member_participations == 2
    _counts, rows, _batch = brought_in(world, "study_learners", "团组织,姓名\nV3,丙人\n", issue=str(issue.id))
    assert rows[0].problems == []
    assert services.fill_roster(issue, issue.closes_on) == 0


def test_totals_and_missing_names_give_the_rate(world, issue):
    counts, _rows, _batch = brought_in(world, "study_totals", "班级,总人数\nC1,40\nC2,10\n", issue=str(issue.id))
    assert counts.added == 2
    text = "导出未参学团员名单\n姓名,期数,学习情况,班级\n王一,第19期,未学习,C1\n王二,第19期,未学习,C1\n王二,第19期,未学习,C1\n"
    counts, _rows, _batch = brought_in(world, "study_missing", text, issue=str(issue.id), covers=str(world.org["S1"]))
    assert counts.added == 2
    assert {(a.organization_id, a.learners_member) for a in StudyAggregate.select()} == {(world.org["C1"], 38), (world.org["C2"], 10)}
    counts, _rows, _batch = brought_in(world, "study_missing", text, issue=str(issue.id), covers=str(world.org["S1"]))
    assert (counts.added, counts.changed, counts.unchanged) == (0, 0, 2)


def test_more_missing_than_members_is_impossible(world, issue):
    services.set_roster(issue, {world.org["C1"]: 1}, issue.closes_on)
    rows = judged(world, "study_missing", "班级,姓名\nC1,王一\nC1,王二\nC2,王三\n", issue=str(issue.id), covers=str(world.org["S1"]))
    assert codes(rows) == [(2, "organization", "E", "S11"), (4, "organization", "E", "S10")]


def test_aggregate_table(world, issue):
    text = "2023年第19期参学统计\n团组织,团员参学人次,其他参学人次,团员数\nT1,12,3,10\nT2,,,\nV3,0,,5\n合计,12,3,15\n"
    rows = judged(world, "study_totals", text, issue=str(issue.id))
    assert codes(rows) == [(3, "learners_member", "W", "S9"), (4, "learners_member", "E", "S8")]
    brought_in(world, "study_totals", text.replace("T2,,,\n", ""), issue=str(issue.id))
    assert (counter(world, "T1").participations, counter(world, "T1").member_base) == (15, 10)
    assert counter(world, "V3").participations == 0
    assert {a.source_file for a in StudyAggregate.select()} == {"名单.csv"}
    brought_in(world, "study_totals", "团组织,参学人次,期次\nT1,14,2023年第19期\n")
    assert counter(world, "T1").participations == 14
    assert StudyRoster.select().count() == 2


def test_roster_of_names_takes_in_who_was_outside(world, issue):
    brought_in(world, "study_learners", "团组织,姓名\nV3,甲人\n", issue=str(issue.id))
    counts, _rows, _batch = brought_in(world, "study_roster", "团支部,姓名,学号\nV3,甲人,30001\nV3,乙人,30002\n")
    assert (counts.added, counts.changed) == (1, 1)
    counts, _rows, _batch = brought_in(world, "study_roster", "团支部,姓名,学号\nV3,甲人,30001\nV3,乙人,30002\n")
    assert (counts.added, counts.changed, counts.unchanged) == (0, 0, 2)
    assert StudyMember.select().count() == 2
    assert queries.non_learners(issue, world.org["V3"]) == [("V3", "乙人")]


def test_identity_numbers_are_not_kept_in_the_open(world, issue):
    text = "团组织,姓名,身份证号\nV3,甲人,320924200501011234\n"
    brought_in(world, "study_roster", text)
    member = StudyMember.get()
    assert member.number == ""
    assert member.person_key.startswith("i:")
    assert "320924" not in member.person_key
    _counts, rows, _batch = brought_in(world, "study_learners", text, issue=str(issue.id))
    assert rows[0].problems == []
    assert StudyMember.select().count() == 1


@pytest.mark.parametrize("name", ["2023年第19期.xlsx", "第19期名单.csv", "qndxx 第十九期.csv"])
def test_the_issue_is_guessed_from_the_file(world, issue, name):
    assert guess_issue([], name) == str(issue.id)
    assert guess_issue([["“青年大学习”2023年第19期"]], "名单.xlsx") == str(issue.id)
    assert guess_issue([["第7期"]], "名单.xlsx") is None


def test_a_branch_named_with_its_school_in_one_cell(world, issue):
    from youthpilot.core import Organization
    from youthpilot.plugins.study.places import Places

    for code, name in (("S1", "柳河镇中学团委"), ("C1", "高一（3）班团支部"), ("V1", "高一3班"), ("T1", "双桥镇团委")):
        Organization.update(name=name, short_name="").where(Organization.id == world.org[code]).execute()
    places = Places()
    assert places.find("高一3班") == sorted([world.org["C1"], world.org["V1"]])
    assert places.find("柳河镇中学", "高一（3）班") == [world.org["C1"]]
    assert places.find("共青团柳河镇中学高一(3)班团支部") == [world.org["C1"]]
    assert places.find("没有的班") == []


def test_undone_as_if_never_done(world, issue, people):
    services.record_aggregate(issue, world.org["V1"], 5, None)
    _counts, _rows, batch = brought_in(world, "study_learners", "团组织,姓名\nV1,王甲\nV3,丙人\n", issue=str(issue.id))
    assert (counter(world, "V1").participations, counter(world, "V3").participations) == (1, 1)
    undo(batch, BY_KEY["study_learners"])
    assert counter(world, "V1").participations == 5
    assert counter(world, "V3") is None
    _counts, _rows, batch = brought_in(world, "study_totals", "团组织,团员参学人次,团员数\nV1,7,9\nV2,1,2\n", issue=str(issue.id))
    assert (counter(world, "V1").participations, counter(world, "V1").member_base) == (7, 9)
    undo(batch, BY_KEY["study_totals"])
    assert (counter(world, "V1").participations, counter(world, "V1").member_base) == (5, None)
    assert counter(world, "V2") is None
    assert counting.audit_counters() == []


def test_a_workbook_of_3000_rows(world, issue):
    import io

    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    page = book.add_worksheet("原始数据")
    page.write_row(0, 0, ["序号", "团支部", "姓名/学号", "学习时间"])
    codes = ("V1", "V2", "V3", "C1", "C2")
    for i in range(3000):
        page.write_row(i + 1, 0, [i + 1, codes[i % 5], f"王芳{100000 + i}", "2023-05-03 12:00:00"])
    book.close()
    counts, _rows, _batch = brought_in(world, "study_learners", out.getvalue(), "2023年第19期.xlsx")
    assert counts.added == 3000
    counts, _rows, batch = brought_in(world, "study_learners", out.getvalue(), "2023年第19期.xlsx")
    assert (counts.added, counts.unchanged, batch) == (0, 3000, None)
