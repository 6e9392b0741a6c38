"""League life, two sources, flags and the matrix, as the county's and a township's people meet them: S30–S54."""

import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from pilot_site import chinese_only, proves, site  # noqa: E402

import youthpilot.plugins.study as study
from youthpilot.core import Organization, RuleError, set_setting
from youthpilot.core.batches.models import Batch
from youthpilot.plugins.importing.reading import read_sheet
from youthpilot.plugins.importing.services import judge, run_import, undo
from youthpilot.plugins.study import comparing, counting, flagging, living, matrix, queries_life, reconciling, services
from youthpilot.plugins.study.files import IMPORTERS
from youthpilot.plugins.study.models import StudyCounter, StudyMember, StudyRecord
from youthpilot.plugins.study.models_life import StudyDecision, StudyFlagNote, StudyMeeting, StudyOwnRecord

BY_KEY = {i.key: i for i in IMPORTERS}
H1 = (date(2023, 1, 1), date(2023, 6, 30))


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("YOUTHPILOT_HOME", str(tmp_path))
    monkeypatch.setenv("YOUTHPILOT_TODAY", "2023-07-03")
    yield from site(tmp_path, study)


@pytest.fixture
def issue(place):
    return services.add_issue(2023, 26, date(2023, 6, 19), date(2023, 6, 25))


def branch(place):
    return Organization.get_by_id(place.places["河湾村"])


def meeting(place, **more):
    values = {"kind": "assembly", "held_on": date(2023, 6, 1), "should_attend": 10, "present": 8, "topic": "换届", "result": "", "excellent": None}
    reason = more.pop("reason", "")
    organization = more.pop("organization", None) or branch(place)
    return living.record_meeting(organization, values | more, reason)


def refused(field, act, *args, **kwargs):
    with pytest.raises(RuleError) as error:
        act(*args, **kwargs)
    assert error.value.field == field, (error.value.field, str(error.value))
    return str(error.value)


def codes(key, text, **options):
    found = judge(BY_KEY[key], read_sheet(text.encode("utf-8-sig"), "登记.csv"), options)
    return [(r.number, p.column, p.level, p.code) for r in found.rows for p in r.problems]


def bring(key, text, reason="已核对", **options):
    return run_import(BY_KEY[key], read_sheet(text.encode("utf-8-sig"), "登记.csv"), options, reason=reason)


# League life ---------------------------------------------------------------------------------------------------------


@proves("S30", "S31", "S32", "S34", "S35", "S36", "S37", "S38", "S39")
def test_what_a_meeting_may_not_be_and_what_takes_a_reason(place):
    town = Organization.get_by_id(place.places["柳河镇"])
    refused("kind", meeting, place, kind="party")
    refused("organization", meeting, place, organization=town)
    assert meeting(place, organization=town, kind="lecture").quorate
    refused("held_on", meeting, place, held_on=date(2023, 7, 4))
    refused("present", meeting, place, present=11)
    refused("should_attend", meeting, place, should_attend=0, present=0)
    refused("excellent", meeting, place, excellent=1)
    assert "5" in refused("present", meeting, place, present=5)  # half is not more than half
    assert not meeting(place, present=5, reason="外出的多").quorate
    refused("topic", meeting, place, present=9)
    assert meeting(place, kind="registration", present=1).quorate
    refused("present", meeting, place, kind="appraisal", should_attend=9, present=6)
    refused("excellent", meeting, place, kind="appraisal", present=10, excellent=4)
    assert meeting(place, kind="appraisal", present=10, excellent=3).quorate


@proves("S33")
def test_a_locked_half_year_keeps_its_meetings(place):
    from youthpilot.core.periods.acting import Clerk
    from youthpilot.core.periods.models import Period
    from youthpilot.core.periods.services import open_period

    row = meeting(place)
    open_period(place.county, "2023H1", None, place.narrowed(), Clerk("周敏"))
    Period.update(state="locked").execute()
    refused("held_on", meeting, place, topic="另一次")
    with pytest.raises(RuleError):
        living.delete_meeting(row)
    assert (2, "held_on", "E", "S33") in codes("study_meetings", "团组织,类型,日期,应到,实到,主题\n河湾村,团课,2023-05-04,10,9,团章\n")


def test_who_is_behind_by_kind(place):
    for month in (1, 2, 4, 5, 6):
        meeting(place, kind="committee", held_on=date(2023, month, 9), should_attend=3, present=3)
    meeting(place, held_on=date(2023, 2, 1))
    meeting(place, held_on=date(2023, 5, 1), present=4, reason="农忙")  # no quorum: not held
    (line,) = queries_life.life_lines(place.county.id, place.places["柳河镇"], *H1, date(2023, 7, 3))
    assert (line.said("committee"), line.said("assembly"), line.said("lecture")) == ("3月", "二季度", "一季度、二季度")
    assert "appraisal" not in line.missing and line.held["committee"] == 5
    set_setting(place.county, "study", "due_committee", 0, date(2023, 1, 1), "周敏")
    (line,) = queries_life.life_lines(place.county.id, place.places["柳河镇"], *H1, date(2023, 7, 3))
    assert "committee" not in line.missing


def test_meetings_by_file_twice_and_undone(place):
    text = "团组织,类型,日期,应到,实到,主题,结果\n河湾村,支委会,2023-05-04,3,3,发展团员,同意\n河湾村,支部大会,2023-05-09,10,4,换届,\n河湾村,团课,2023-08-01,10,9,团章,\n"
    assert codes("study_meetings", text) == [(3, "present", "W", "S36"), (4, "held_on", "E", "S32")]
    text = text.replace("2023-08-01", "2023-06-01")
    done = bring("study_meetings", text)
    assert (done.counts.added, StudyMeeting.get(StudyMeeting.kind == "assembly").quorate) == (3, False)
    assert bring("study_meetings", text).counts.unchanged == 3
    undo(done.batch, BY_KEY["study_meetings"])
    assert StudyMeeting.select().count() == 0


def test_the_figure_counts_meetings_with_a_quorum(place):
    from youthpilot.plugins.figures import FigureContext
    from youthpilot.plugins.study.indicators_life import INDICATORS

    meeting(place)
    meeting(place, topic="二", present=1, reason="农忙")
    (figure,) = INDICATORS
    ctx = FigureContext(place.county.id, "test", "2023H1", *H1, H1[1])
    assert list(figure.compute(ctx).tuples()) == [(place.places["河湾村"], 1)]
    assert len(list(figure.records(ctx, [place.places["河湾村"]]).query)) == 1
    assert figure.breakdown(ctx, [place.places["河湾村"]]).lines == (("支部大会", 1, {}),)


def test_a_meeting_on_screen(place):
    town = place.enter("town")
    chinese_only(town.get("/study/life/"))
    fields = {"organization": place.places["河湾村"], "kind": "assembly", "held_on": "2023-06-01", "should_attend": 10, "present": 4, "topic": "换届"}
    page = town.post("/study/life/new/", 422, **fields)
    assert 'id="present-why"' in page and "要求过半数" in page
    chinese_only(page)
    assert "换届" in town.post("/study/life/new/", **fields, reason="农忙")
    row = StudyMeeting.get()
    assert (row.reason, row.recorded_by) == ("农忙", "韩雪")
    page = town.get("/study/life/?year=2023&half=1")
    assert "欠" in page and "河湾村" in page
    chinese_only(page)
    chinese_only(town.get(f"/study/life/edit/?id={row.id}"))
    other = place.enter("other")
    other.get(f"/study/life/edit/?id={row.id}", 404)
    assert "河湾村" not in other.get("/study/life/?year=2023&half=1")
    assert place.enter("viewer").get("/study/life/new/", 403)
    assert town.fetch("/study/life/?year=2023&half=1&export=xlsx")[:2] == b"PK"
    town.post("/study/meetings/delete/", id=row.id)
    assert StudyMeeting.select().count() == 0


# two sources -------------------------------------------------------------------------------------------------------------


OWN = "团组织,姓名,学习时间,是否团员\n河湾村,王甲,2023-06-20,\n河湾村,王乙,2023-06-21,\n河湾村,赵新,2023-06-22,是\n"


@pytest.fixture
def two(place, issue):
    """Branch: 甲 on the 20th, 乙 on the 24th, 丙; own: 甲 the same, 乙 on the 21st, 赵新 (not on the roster)."""
    home = place.places["河湾村"]
    keys = services.add_members([{"organization_id": home, "person_key": f"m:{n}", "name": n} for n in ("王甲", "王乙", "王丙")])
    services.set_roster(issue, {home: 3}, issue.closes_on)
    days = {"王甲": date(2023, 6, 20), "王乙": date(2023, 6, 24), "王丙": None}
    services.record_learners(issue, [services.Learner(home, keys[home, f"m:{n}"], d) for n, d in days.items()])
    place.done = bring("study_own", OWN, issue=str(issue.id))
    place.issue = issue
    return place


def case_of(two, name):
    return next(c for c in comparing.compare(two.issue).cases if c.name == name)


def test_what_differs_and_what_is_decided_stays_decided(two):
    found = comparing.compare(two.issue)
    assert (found.same, {c.name: (c.kind, c.fields) for c in found.cases}) == (
        1,
        {"赵新": ("own", []), "王丙": ("branch", []), "王乙": ("differs", ["day"])},
    )
    made = reconciling.decide(two.issue, case_of(two, "赵新"), "accepted", "截图完整")
    gone = reconciling.decide(two.issue, case_of(two, "王丙"), "rejected", "本人说没学")
    day = reconciling.decide(two.issue, case_of(two, "王乙"), "accepted", "以本人为准")
    assert comparing.compare(two.issue).open == [] and counting.audit_counters() == []
    assert StudyCounter.get().participations == 3
    assert StudyRecord.get(StudyRecord.learned_on == date(2023, 6, 21)).person.name == "王乙"
    assert bring("study_own", OWN, issue=str(two.issue.id)).counts.unchanged == 3
    assert bring("study_learners", "团组织,姓名\n河湾村,王丙\n", issue=str(two.issue.id)).counts.unchanged == 1
    assert comparing.compare(two.issue).open == [] and StudyCounter.get().participations == 3
    for decision in (made, gone, day):
        reconciling.take_back(decision)
    assert {c.name for c in comparing.compare(two.issue).open} == {"赵新", "王丙", "王乙"}
    assert not StudyMember.select().where(StudyMember.name == "赵新").exists() and StudyCounter.get().participations == 3
    assert StudyDecision.select().count() == 0 and counting.audit_counters() == []


@proves("S40", "S41")
def test_what_the_second_source_is_told(place, issue):
    text = "团组织,姓名,学习时间\n河湾村,王甲,2023-06-01\n河湾村,王乙,2023-06-20\n河湾村,王乙,2023-06-21\n河湾村,王丙,2023-08-01\n"
    assert codes("study_own", text, issue=str(issue.id)) == [
        (2, "learned_on", "W", "S40"),
        (4, "learned_on", "W", "S41"),
        (5, "learned_on", "E", "S6"),
    ]


@proves("S42", "S43", "S44", "S45")
def test_decisions_take_a_reason_and_what_one_saw(two):
    case = case_of(two, "赵新")
    refused("reason", reconciling.decide, two.issue, case, "accepted", " ")
    refused("verdict", reconciling.decide, two.issue, case, "maybe", "x")
    reconciling.decide(two.issue, case, "open", "")
    assert [c.name for c in comparing.compare(two.issue).open if c.decision] == ["赵新"]
    with pytest.raises(Exception, match="已有变动"):
        reconciling.find_case(two.issue, case.organization_id, case.person_key, "old")
    for n in "12":
        services.add_members([{"organization_id": two.places["河湾村"], "person_key": f"n:{n}", "name": "赵新", "number": n}])
    refused("verdict", reconciling.decide, two.issue, case_of(two, "赵新"), "accepted", "x")
    decision = reconciling.decide(two.issue, case_of(two, "王乙"), "accepted", "x")
    StudyRecord.delete().execute()
    with pytest.raises(Exception, match="无法撤回"):
        reconciling.take_back(decision)


def test_two_sources_on_screen(two):
    admin = two.enter("admin")
    chinese_only(admin.get("/study/sources/"))
    path = f"/study/sources/issue/?id={two.issue.id}"
    page = admin.get(path)
    chinese_only(page)
    assert "赵新" in page and "赵新" not in two.enter("viewer").get(path)
    case = case_of(two, "赵新")
    fields = {"id": two.issue.id, "unit": case.organization_id, "person": case.person_key, "seen": case.seen, "verdict": "accepted"}
    assert "请写明裁定理由" in admin.post("/study/sources/decide/", 422, **fields)
    assert "已裁定：赵新" in admin.post("/study/sources/decide/", **fields, reason="截图完整")
    assert StudyCounter.get().participations == 4
    decision = StudyDecision.get()
    assert decision.decided_by == "周敏"
    two.enter("other").post("/study/sources/undo/", 404, id=decision.id)
    two.enter("other").post("/study/sources/decide/", 404, **fields, reason="x")
    admin.post("/study/sources/undo/", id=decision.id)
    assert StudyCounter.get().participations == 3
    undo(two.done.batch, BY_KEY["study_own"])
    assert StudyOwnRecord.select().count() == 0


# flags ---------------------------------------------------------------------------------------------------------------------


def week(place, number, day, members, base):
    made = services.add_issue(2023, number, day, date(day.year, day.month, day.day + 6))
    services.set_roster(made, {place.places["河湾村"]: base}, made.closes_on)
    services.record_aggregate(made, place.places["河湾村"], members, 0)
    return made


@proves("S50", "S51", "S52", "S53")
def test_flags_say_why(place):
    for n, (day, members, base) in enumerate([(1, 20, 40), (8, 20, 40), (15, 20, 40), (22, 20, 40)], 1):
        week(place, n, date(2023, 5, day), members, base)
    last = week(place, 5, date(2023, 6, 5), 31, 30)
    batch = Batch.create(
        county=place.county,
        organization=place.places[""],
        importer="study_totals",
        title="汇总",
        created_by="韩雪",
        created_at=datetime(2023, 6, 11, 11, 50, tzinfo=UTC),
    )
    services.record_aggregates(last, {place.places["河湾村"]: (32, 0)}, "x.xlsx", batch=batch)
    found = flagging.flags(place.county.id, *H1)
    assert [f.code for f in found] == ["S50", "S51", "S52", "S53"]
    assert "32" in flagging.words(found[0]) and "10分钟" in flagging.words(found[3])
    set_setting(place.county, "study", "flag_minutes", 5, date(2023, 1, 1), "周敏")
    set_setting(place.county, "study", "flag_weeks", 5, date(2023, 1, 1), "周敏")
    assert [f.code for f in flagging.flags(place.county.id, *H1)] == ["S50", "S51"]


@proves("S54")
def test_a_flag_is_settled_with_a_note_on_screen(place):
    issue = week(place, 1, date(2023, 6, 5), 12, 10)
    admin = place.enter("admin")
    page = admin.get("/study/flags/?year=2023&half=1")
    chinese_only(page)
    assert "团员参学12人次，名册应学只有10名" in page
    flag = flagging.flags(place.county.id, *H1)[0]
    fields = {"unit": flag.organization_id, "code": flag.code, "place": flag.found.place, "seen": flag.found.seen, "year": 2023, "half": 1}
    assert "请写明核实情况" in admin.post("/study/flags/verify/", 422, **fields, note=" ")
    assert "没有需要核实的数字" in admin.post("/study/flags/verify/", **fields, note="含两名转入团员")
    page = admin.get("/study/flags/?year=2023&half=1&done=1")
    assert "含两名转入团员" in page
    chinese_only(page)
    services.record_aggregate(issue, place.places["河湾村"], 13, 0)
    assert flagging.flags(place.county.id, *H1)[0].note is None
    place.enter("other").post("/study/flags/reopen/", 404, id=StudyFlagNote.get().id)
    admin.post("/study/flags/reopen/", id=StudyFlagNote.get().id)
    assert StudyFlagNote.select().count() == 0


def test_the_home_says_what_is_open(two):
    from youthpilot.core import CountyValue
    from youthpilot.plugins.study.panels_life import life_panels

    meeting(two)
    week(two, 1, date(2023, 6, 5), 12, 10)
    titles = [p.title for p in life_panels(CountyValue(two.county.id, "test", "试验县"), date(2023, 7, 3))]
    assert titles == ["青年大学习有1条核实提示", "两边核对有3人待裁定", "1个团支部三会两制一课欠开"]


# matrix --------------------------------------------------------------------------------------------------------------------


def test_branches_by_issue(place):
    week(place, 1, date(2023, 5, 1), 5, 10)
    week(place, 2, date(2023, 5, 8), 12, 10)
    third = services.add_issue(2023, 3, date(2023, 5, 15), date(2023, 5, 21))
    root = Organization.get(Organization.parent.is_null())
    found = matrix.matrix(*H1, root)
    (row,) = found.rows
    assert [str(row.rate(i.id)) for i in found.issues] == ["0.5", "1.2", "None"] and third.id not in row.cells
    assert str(row.mean("weighted")) == "0.85" and found.foot.cells == row.cells
    page = place.enter("admin").get("/study/matrix/?year=2023&half=1")
    chinese_only(page)
    assert (
        ">50.0</a>" in page
        and ">—</a>" in page
        and "sx-over" in page
        and "0.0" not in page.split("<tbody>")[1].replace("50.0", "").replace("120.0", "")
    )
    assert "河湾村" not in place.enter("other").get("/study/matrix/?year=2023&half=1").split("sx-box")[-1]
    place.enter("other").get(f"/study/matrix/?organization={place.places['河湾村']}", 404)
    text = place.enter("town").fetch("/study/matrix/?year=2023&half=1&export=csv").decode("utf-8-sig")
    assert "河湾村,50,120,,17,20,85" in text.replace(".0", "")
