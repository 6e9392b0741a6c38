"""Every check of README.md as a person meets it: the message at the field of the form, or at the cell of the file, and nothing stored."""

import re
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from pilot_site import chinese_only, documented, errors, proves, site, text_of  # noqa: E402

import youthpilot.plugins.study as study
from youthpilot.core.batches.models import Batch
from youthpilot.plugins.importing.reading import read_sheet
from youthpilot.plugins.importing.services import ImportRefused, judge, run_import
from youthpilot.plugins.study import comparing, excusing, flagging, scoring, services
from youthpilot.plugins.study.files import IMPORTERS
from youthpilot.plugins.study.models import StudyIssue, StudyMember, StudyRecord
from youthpilot.plugins.study.models_life import StudyDecision, StudyFlagNote, StudyMeeting
from youthpilot.plugins.study.models_points import StudyExemption, StudyPoint
from youthpilot.plugins.study.tables import MODELS

BY_KEY = {i.key: i for i in IMPORTERS}
H1 = (date(2023, 1, 1), date(2023, 6, 30))
NAMES = "甲乙丙丁戊己"


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """河湾村 with six members: 甲 learned, 乙 is exempted, 丙 made up, 丁戊己 are missing; 客人 stands outside the roster; a second source."""
    monkeypatch.setenv("YOUTHPILOT_HOME", str(tmp_path))
    monkeypatch.setenv("YOUTHPILOT_TODAY", "2023-07-03")
    for d in site(tmp_path, study):
        d.home = home = d.places["河湾村"]
        d.issue = services.add_issue(2023, 26, date(2023, 6, 19), date(2023, 6, 25))
        d.open = services.add_issue(2023, 27, date(2023, 6, 26), date(2023, 7, 9))
        keys = services.add_members([{"organization_id": home, "person_key": f"m:王{n}", "name": f"王{n}"} for n in NAMES])
        keys |= services.add_members([{"organization_id": home, "person_key": "m:客人", "name": "客人", "off_roster": True, "is_member": False}])
        d.who = {key[1][2:]: i for key, i in keys.items()}
        services.set_roster(d.issue, {home: 6}, d.issue.closes_on)
        services.record_learners(d.issue, [services.Learner(home, d.who["王甲"], date(2023, 6, 20))])
        d.exempted = excusing.exempt(StudyMember.get_by_id(d.who["王乙"]), date(2023, 6, 1), date(2023, 6, 30), "住院")
        excusing.record_makeups(d.issue, [d.who["王丙"]], date(2023, 6, 28), "务工")
        yield d


def stored():
    """How many rows every table of the module holds."""
    return {m.__name__: m.select().count() for m in MODELS}


def lock(desk):
    from youthpilot.core.periods.acting import Clerk
    from youthpilot.core.periods.models import Period
    from youthpilot.core.periods.services import open_period

    open_period(desk.county, "2023H1", None, desk.narrowed(), Clerk("周敏"))
    Period.update(state="locked").execute()


# forms -----------------------------------------------------------------------------------------------------------------


def forms(d):
    """name → (address, values that are taken)."""
    meeting = {"organization": d.home, "kind": "assembly", "held_on": "2023-06-01", "should_attend": 10, "present": 8, "topic": "换届"}
    exempt = {"from_on": "2023-05-01", "to_on": "2023-05-31", "reason": "住院", "evidence": ""}
    new = {"kind": "study", "year": 2023, "number": 20, "opens_on": "2023-05-01", "closes_on": "2023-05-07"}
    return {
        "meeting": ("/study/life/new/", meeting),
        "makeup": (
            f"/study/people/makeup/?id={d.issue.id}&organization={d.home}",
            {"made_on": "2023-06-28", "reason": "务工", "people": d.who["王丁"]},
        ),
        "exempt": (f"/study/people/exempt/?person={d.who['王丁']}", exempt),
        "again": (f"/study/people/exempt/?person={d.who['王乙']}", exempt),
        "guest": (f"/study/people/exempt/?person={d.who['客人']}", exempt),
        "issue": ("/study/issues/new/", new),
        "totals": (f"/study/issues/totals/?id={d.issue.id}&organization={d.places['双桥镇']}", {"learners_member": 5, "member_base": 6}),
    }


CASES = [  # id, form, what is changed, field, what is said there
    ("S8", "totals", {"learners_member": "", "member_base": ""}, "learners_member", "请至少填一个数"),
    ("S12", "issue", {"closes_on": "2023-04-30"}, "closes_on", "截止日期早于开始日期"),
    ("S12", "issue", {"closes_on": "2024-04-30"}, "closes_on", "一期超过 60 天"),
    ("S12", "issue", {"number": 26}, "number", "已经有了"),
    ("S14", "makeup", {"made_on": "2023-06-25"}, "made_on", "才截止"),
    ("S15", "makeup", {"made_on": "2023-07-04"}, "made_on", "这个日期还没到"),
    ("S16", "makeup", {"people": "王甲"}, "people", "已按时参学，不用补学"),
    ("S17", "makeup", {"reason": ""}, "reason", "必填"),
    ("S18", "makeup", {"people": "王丙"}, "people", "这一期已登记补学"),
    ("S19", "makeup", {"people": "王乙"}, "people", "免学，不用补学"),
    ("S27", "makeup", {"people": "客人"}, "people", "请先列入名册"),
    ("S20", "exempt", {"to_on": "2023-04-30"}, "to_on", "截止日早于开始日"),
    ("S21", "again", {"to_on": "2023-06-01"}, "from_on", "这段时间已有免学"),
    ("S22", "exempt", {"reason": ""}, "reason", "必填"),
    ("S23", "exempt", {"to_on": ""}, "evidence", "请写明依据"),
    ("S23", "exempt", {"to_on": "2024-04-30"}, "evidence", "请写明依据"),
    ("S27", "guest", {}, "from_on", "请先列入名册"),
    ("S30", "meeting", {"kind": "party"}, "kind", "请选择类型"),
    ("S31", "meeting", {"organization": "柳河镇"}, "organization", "不是团支部，只能登记团课"),
    ("S32", "meeting", {"held_on": "2023-07-04"}, "held_on", "日期还没到"),
    ("S34", "meeting", {"present": 11}, "present", "实到11人、应到10人，对不上"),
    ("S34", "meeting", {"should_attend": 0, "present": 0}, "should_attend", "应到至少1人"),
    ("S35", "meeting", {"excellent": 1}, "excellent", "只有教育评议填"),
    ("S35", "meeting", {"kind": "appraisal", "excellent": 9}, "excellent", "不能多于实到人数"),
]
UNUSUAL = [
    ("S36", {"present": 5}, "present", "要求过半数"),
    ("S37", {"kind": "appraisal", "should_attend": 9, "present": 6}, "present", "要求超过三分之二"),
    ("S38", {"kind": "appraisal", "present": 10, "excellent": 4}, "excellent", "30%"),
]


def sent(desk, form, change):
    """(address, values) of a form with the case's change; names stand for their ids."""
    path, values = forms(desk)[form]
    change = {k: desk.who.get(v, desk.places.get(v, v)) if v != "" else v for k, v in change.items()}
    return path, values | change


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c[0]}-{c[3]}")
@proves("S8", "S12", "S14", "S15", "S16", "S17", "S18", "S19", "S20", "S21", "S22", "S23", "S27", "S30", "S31", "S32", "S34", "S35")
def test_impossible_said_at_its_field(desk, case):
    _id, form, change, field, said = case
    before = stored()
    page = desk.enter("admin").post(sent(desk, form, change)[0], 422, **sent(desk, form, change)[1])
    assert list(errors(page)) == [field] and said in errors(page)[field], errors(page)
    chinese_only(page)
    assert stored() == before


@pytest.mark.parametrize("case", UNUSUAL, ids=lambda c: c[0])
@proves("S36", "S37", "S38")
def test_unusual_asks_for_a_reason_at_its_field(desk, case):
    _id, change, field, said = case
    path, values = sent(desk, "meeting", change)
    page = desk.enter("town").post(path, 422, **values)
    assert list(errors(page)) == [field] and said in errors(page)[field] and "说明" in errors(page)[field], errors(page)
    assert StudyMeeting.select().count() == 0
    desk.enter("town").post(path, **values, reason="农忙")
    assert StudyMeeting.get().reason == "农忙"


@proves("S39")
def test_the_same_meeting_twice(desk):
    path, values = sent(desk, "meeting", {})
    desk.enter("town").post(path, **values)
    page = desk.enter("town").post(path, 422, **values)
    assert "已" in errors(page)["topic"], errors(page)
    assert StudyMeeting.select().count() == 1


@proves("S33", "S24")
def test_a_locked_half_year_is_said_at_the_day(desk):
    lock(desk)
    before, admin = stored(), desk.enter("admin")
    for form, field in (("meeting", "held_on"), ("exempt", "from_on")):
        page = admin.post(forms(desk)[form][0], 422, **forms(desk)[form][1])
        assert list(errors(page)) == [field] and "锁定" in errors(page)[field], errors(page)
    page = admin.post(f"/study/people/end/?id={desk.exempted.id}", 422, to_on="2023-06-20", reason="出院")
    assert "锁定" in errors(page)["to_on"]
    page = admin.post(forms(desk)["makeup"][0], 422, **forms(desk)["makeup"][1])
    assert "锁定" in text_of(page)
    assert stored() == before and StudyExemption.get().to_on == date(2023, 6, 30)


@proves("S13")
def test_an_issue_with_records_is_not_deleted(desk):
    page = desk.enter("admin").post("/study/issues/delete/", id=desk.issue.id)
    assert "已有记录，请先撤销导入" in text_of(page)
    assert StudyIssue.select().count() == 2


@proves("S25", "S26")
def test_points_taken_back(desk):
    scoring.compute(*H1)
    entry = StudyPoint.get(StudyPoint.rule == "bad")
    path, admin, before = f"/study/points/reverse/?id={entry.id}", desk.enter("admin"), stored()
    assert list(errors(admin.post(path, 422, reason=""))) == ["reason"]
    assert stored() == before
    admin.post(path, reason="平台故障")
    before = stored()
    assert "已冲回" in errors(admin.post(path, 422, reason="平台故障"))["reason"]
    against = StudyPoint.select().order_by(StudyPoint.id.desc()).get()
    assert list(errors(admin.post(f"/study/points/reverse/?id={against.id}", 422, reason="再冲"))) == ["reason"]
    assert stored() == before


# files -----------------------------------------------------------------------------------------------------------------

FILES = [  # id, level, importer, sheet, column of the cell
    ("S1", "E", "study_learners", "团组织,姓名\n无此村,王甲\n", "organization"),
    ("S2", "E", "study_learners", "团组织,姓名,期次\n河湾村,王丁,2023年第99期\n", "issue"),
    ("S3", "E", "study_learners", "团组织,姓名\n河湾村,——\n", "name"),
    ("S4", "E", "study_learners", "团组织,姓名\n河湾村,张伟\n", "name"),
    ("S5", "W", "study_learners", "团组织,姓名\n河湾村,外来人\n", "name"),
    ("S6", "E", "study_learners", "团组织,姓名,学习时间\n河湾村,王丁,2023-08-20\n", "learned_on"),
    ("S7", "W", "study_learners", "团组织,姓名,学习时间\n河湾村,王丁,2023-06-30\n", "learned_on"),
    ("S8", "E", "study_totals", "团组织,团员参学人次,其他参学人次,团员数\n双桥镇,,,\n", "learners_member"),
    ("S9", "W", "study_totals", "团组织,团员参学人次,其他参学人次,团员数\n双桥镇,12,3,10\n", "learners_member"),
    ("S10", "E", "study_missing", "团组织,姓名\n双桥镇,王一\n", "organization"),
    ("S11", "E", "study_missing", "团组织,姓名\n" + "".join(f"河湾村,李{n}\n" for n in "一二三四五六七"), "organization"),
    ("S14", "E", "study_makeups", "团组织,姓名,补学日期,原因\n河湾村,王丁,2023-06-25,务工\n", "made_on"),
    ("S15", "E", "study_makeups", "团组织,姓名,补学日期,原因\n河湾村,王丁,2023-08-25,务工\n", "made_on"),
    ("S16", "W", "study_makeups", "团组织,姓名,补学日期,原因\n河湾村,王甲,2023-06-28,务工\n", "name"),
    ("S17", "E", "study_makeups", "团组织,姓名,补学日期,原因\n河湾村,王丁,2023-06-28,\n", "reason"),
    ("S18", "W", "study_makeups", "团组织,姓名,补学日期,原因\n河湾村,王丙,2023-06-28,务工\n", "name"),
    ("S19", "E", "study_makeups", "团组织,姓名,补学日期,原因\n河湾村,王乙,2023-06-28,务工\n", "name"),
    ("S27", "E", "study_makeups", "团组织,姓名,补学日期,原因\n河湾村,客人,2023-06-28,务工\n", "name"),
    ("S31", "E", "study_meetings", "团组织,类型,日期,应到,实到,主题\n柳河镇,支委会,2023-05-04,10,9,团章\n", "organization"),
    ("S32", "E", "study_meetings", "团组织,类型,日期,应到,实到,主题\n河湾村,团课,2023-08-01,10,9,团章\n", "held_on"),
    ("S34", "E", "study_meetings", "团组织,类型,日期,应到,实到,主题\n河湾村,团课,2023-05-04,10,11,团章\n", "present"),
    ("S34", "E", "study_meetings", "团组织,类型,日期,应到,实到,主题\n河湾村,团课,2023-05-04,0,0,团章\n", "should_attend"),
    ("S35", "E", "study_meetings", "团组织,类型,日期,应到,实到,主题,优秀人数\n河湾村,团课,2023-05-04,10,9,团章,1\n", "excellent"),
    ("S36", "W", "study_meetings", "团组织,类型,日期,应到,实到,主题\n河湾村,团课,2023-05-04,10,5,团章\n", "present"),
    ("S37", "W", "study_meetings", "团组织,类型,日期,应到,实到,主题\n河湾村,教育评议,2023-05-04,9,6,年度\n", "present"),
    ("S38", "W", "study_meetings", "团组织,类型,日期,应到,实到,主题,优秀人数\n河湾村,教育评议,2023-05-04,10,10,年度,4\n", "excellent"),
    ("S40", "W", "study_own", "团组织,姓名,学习时间\n河湾村,王甲,2023-06-01\n", "learned_on"),
    ("S41", "W", "study_own", "团组织,姓名,学习时间\n河湾村,王甲,2023-06-20\n河湾村,王甲,2023-06-21\n", "learned_on"),
]
UNCHANGING = {"S16", "S18"}  # their rows change nothing, with a reason too


@pytest.mark.parametrize("case", FILES, ids=lambda c: f"{c[0]}-{c[2]}")
@proves("S1", "S2", "S3", "S4", "S5", "S6", "S7", "S9", "S10", "S11", "S40", "S41")
def test_said_at_its_cell(desk, case):
    check, level, key, text, column = case
    if check == "S4":
        services.add_members([{"organization_id": desk.home, "person_key": f"n:{n}", "name": "张伟", "number": str(n)} for n in (1, 2)])
    options = {"issue": str(desk.issue.id), "covers": str(desk.places[""])}
    options = {o.key: options[o.key] for o in BY_KEY[key].options}
    sheet, before = read_sheet(text.encode("utf-8-sig"), "登记.csv"), stored()
    found = [(p.column, p.level, p.code) for r in judge(BY_KEY[key], sheet, options).rows for p in r.problems]
    assert found == [(column, level, check)]
    said = [p.message for r in judge(BY_KEY[key], sheet, options).rows for p in r.problems]
    assert re.search(r"[\u4e00-\u9fff]", said[0]) and not re.search(r"[A-Za-z]{3,}", said[0]), said
    with pytest.raises(ImportRefused):
        run_import(BY_KEY[key], sheet, options)
    assert stored() == before
    if level == "W":
        run_import(BY_KEY[key], sheet, options, reason="已核对")
        assert (stored() == before) is (check in UNCHANGING)


@proves("S33")
def test_a_file_in_a_locked_half_year(desk):
    lock(desk)
    sheet = read_sheet("团组织,类型,日期,应到,实到,主题\n河湾村,团课,2023-05-04,10,9,团章\n".encode("utf-8-sig"), "登记.csv")
    found = judge(BY_KEY["study_meetings"], sheet, {})
    assert [(p.column, p.level, p.code) for r in found.rows for p in r.problems] == [("held_on", "E", "S33")]


# two sources -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def two(desk):
    """赵新 has a record of his own only; 王甲's day differs."""
    text = "团组织,姓名,学习时间,是否团员\n河湾村,王甲,2023-06-21,\n河湾村,赵新,2023-06-22,是\n"
    run_import(BY_KEY["study_own"], read_sheet(text.encode("utf-8-sig"), "登记.csv"), {"issue": str(desk.issue.id)}, reason="已核对")
    return desk


def verdict(two, name, **more):
    case = next(c for c in comparing.compare(two.issue).cases if c.name == name)
    return {"id": two.issue.id, "unit": case.organization_id, "person": case.person_key, "seen": case.seen} | more


@pytest.mark.parametrize(
    "check, more, field",
    [
        ("S42", {"verdict": "accepted", "reason": " "}, "reason"),
        ("S42", {"verdict": "rejected", "reason": ""}, "reason"),
        ("S42", {"reason": "截图完整"}, "verdict"),
        ("S44", {"verdict": "accepted", "reason": "截图完整"}, "verdict"),
    ],
)
@proves("S42", "S44")
def test_a_verdict_refused_is_said_beside_the_difference(two, check, more, field):
    if check == "S44":
        services.add_members([{"organization_id": two.home, "person_key": f"n:{n}", "name": "赵新", "number": n} for n in "12"])
    before = stored()
    page = two.enter("admin").post("/study/sources/decide/", 422, **verdict(two, "赵新", **more))
    assert list(errors(page)) == [field] and f'aria-describedby="{field}-why"' in page, errors(page)
    chinese_only(page)
    assert stored() == before


@proves("S43", "S45")
def test_a_difference_that_changed_meanwhile(two):
    admin, before = two.enter("admin"), stored()
    page = admin.post("/study/sources/decide/", **(verdict(two, "赵新", verdict="accepted", reason="x") | {"seen": "别的"}))
    assert "已有变动" in text_of(page) and stored() == before
    admin.post("/study/sources/decide/", **verdict(two, "王甲", verdict="accepted", reason="截图完整"))
    StudyRecord.delete().execute()
    page = admin.post("/study/sources/undo/", id=StudyDecision.get().id)
    assert "无法撤回" in text_of(page) and StudyDecision.select().count() == 1


# flags -------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def odd(desk):
    """双桥镇: four issues with the same numbers, then more learned than should, from a smaller roster, ten minutes before the end."""
    other = desk.places["双桥镇"]
    for n, day in enumerate((1, 8, 15, 22), 1):
        made = services.add_issue(2023, n, date(2023, 5, day), date(2023, 5, day + 6))
        services.set_roster(made, {other: 40}, made.closes_on)
        services.record_aggregate(made, other, 20, 0)
    last = services.add_issue(2023, 5, date(2023, 6, 5), date(2023, 6, 11))
    services.set_roster(last, {other: 30}, last.closes_on)
    when = datetime(2023, 6, 11, 11, 50, tzinfo=UTC)
    batch = Batch.create(county=desk.county, organization=desk.places[""], importer="study_totals", title="汇总", created_by="韩雪", created_at=when)
    services.record_aggregates(last, {other: (32, 0)}, "x.xlsx", batch=batch)
    return desk


@pytest.mark.parametrize(
    "check, said",
    [("S50", "团员参学32人次，名册应学只有30名"), ("S51", "应学由40名减到30名"), ("S52", "连续4期都是参学20人次、应学40名"), ("S53", "10分钟")],
)
@proves("S50", "S51", "S52", "S53")
def test_a_flag_says_why_on_its_page(odd, check, said):
    page = odd.enter("admin").get(f"/study/flags/?year=2023&half=1&kind={check}")
    assert page.count('class="sx-case"') == 1 and said in text_of(page), text_of(page)
    chinese_only(page)
    assert 'class="sx-case"' not in odd.enter("town").get(f"/study/flags/?year=2023&half=1&kind={check}")


@proves("S54")
def test_a_note_is_asked_for_beside_its_flag(odd):
    flag = flagging.flags(odd.county.id, *H1)[0]
    fields = {"unit": flag.organization_id, "code": flag.code, "place": flag.found.place, "seen": flag.found.seen, "year": 2023, "half": 1}
    page = odd.enter("admin").post("/study/flags/verify/?year=2023&half=1", 422, **fields, note=" ")
    assert list(errors(page)) == ["note"] and "请写明核实情况" in errors(page)["note"]
    chinese_only(page)
    assert StudyFlagNote.select().count() == 0


def test_no_check_is_left_out():
    every = set(re.findall(r'"(S\d+)"', Path(__file__).read_text(encoding="utf-8")))
    assert documented(study.HERE / "README.md", "S") <= every
