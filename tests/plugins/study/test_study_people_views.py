"""Rosters, make-up study, exemptions, streaks and points by requests; every check's message at its field."""

import re
from datetime import date

import pytest

from youthpilot.core import RuleError, Scope, scoped
from youthpilot.core.kernel.clock import now
from youthpilot.core.periods import guard
from youthpilot.core.periods.models import Period
from youthpilot.plugins.importing.reading import read_sheet
from youthpilot.plugins.importing.services import ImportRefused, judge, run_import, undo
from youthpilot.plugins.study import counting, excusing, queries, scoring, services
from youthpilot.plugins.study.importers_makeup import IMPORTERS
from youthpilot.plugins.study.models import StudyCounter, StudyIssue, StudyMember
from youthpilot.plugins.study.models_points import StudyExemption, StudyMakeup, StudyPoint
from youthpilot.plugins.study.services import Learner

READ = frozenset({"study.read"})
RECORD = READ | {"study.record"}
HALF = (date(2023, 1, 1), date(2023, 6, 30))


def page(client, path, status=200):
    answer = client.get(f"/c/demo{path}")
    assert answer.status_code == status, answer.text[-2000:]
    return answer.text


def posted(client, path, status=302, **data):
    answer = client.post(f"/c/demo{path}", data=data)
    assert answer.status_code == status, re.sub(r"<[^>]+>|\s+", " ", answer.text)[-1500:]
    return answer.text


@pytest.fixture
def makeup(site):
    """The address of the make-up form of V1 for the issue of 19–25 June; 王戊, 王己 and 王庚 are missing there."""
    return f"/study/people/makeup/?id={site.issue.id}&organization={site.org['V1']}"


def whole(site):
    return scoped(Scope(site.county.id, None))


def lock(site, monkeypatch):
    """The half-year is locked."""
    monkeypatch.setattr("youthpilot.core.kernel.db._date_guard", guard.guard)
    with whole(site):
        values = {"code": "2023H1", "title": "2023年上半年", "start_on": HALF[0], "end_on": HALF[1], "state": "locked"}
        needed = {
            "county": site.county.id,
            "created_at": now(),
            "opened_at": now(),
            "opened_by": "周敏",
            "year": 2023,
            "half": 1,
            "due_on": date(2023, 7, 10),
            "organization": site.org["R"],
        }
        Period.create(**values, **{k: v for k, v in needed.items() if k in Period._meta.fields})


# pages -----------------------------------------------------------------------------------------------------------------


def test_roster_of_a_county_and_of_a_branch(site):
    text = page(site.client(), "/study/people/")
    assert "T1" in text and ">9<" in text
    text = page(site.client(permissions=RECORD), f"/study/people/?organization={site.org['V1']}")
    assert "王甲" in text and "1 / 1" in text and "免学" in text
    text = page(site.client(permissions=READ), f"/study/people/?organization={site.org['V1']}")
    assert "王甲" not in text and "王*" in text


def test_no_english_and_no_key_on_the_pages(site):
    with whole(site):
        lesson = services.add_issue(2023, 1, date(2023, 6, 1), date(2023, 6, 7), kind="class")
        services.record_aggregate(lesson, site.org["V1"], 5, 1)
        excusing.record_makeups(site.issue, [site.people["V1", 4]], date(2023, 6, 28), "外出务工", "截图")
        row = excusing.exempt(StudyMember.get_by_id(site.people["V1", 5]), date(2023, 6, 1), None, "入伍", "通知书")
        keys = services.add_members([{"organization_id": site.org["V2"], "person_key": "客", "name": "客人", "off_roster": True, "is_member": False}])
        services.record_learners(site.issue, [Learner(site.org["V2"], keys[site.org["V2"], "客"], is_member=False)])
        scoring.compute(*HALF)
        entry = StudyPoint.get().id
    v1 = site.org["V1"]
    paths = ["people/", f"people/?organization={v1}", "people/excused/", "people/outside/", "people/streaks/?limit=1", "points/", "points/entries/"]
    paths += [f"people/makeup/?id={site.issue.id}&organization={v1}", f"people/exempt/?person={site.people['V1', 4]}", f"people/end/?id={row.id}"]
    paths += [
        f"points/reverse/?id={entry}",
        f"points/?organization={site.org['T1']}",
        "issues/?what=class",
        "issues/ranking/?what=class&averaging=simple",
    ]
    for path in paths:
        body = page(site.client(), f"/study/{path}").split("<main", 1)[1].split(">", 1)[1].split("</main>")[0]
        words = re.sub(r"<[^>]*>", " ", body)
        assert not re.findall(r"[A-Za-z]{3,}", words), (path, re.findall(r"[A-Za-z]{3,}", words))


def test_a_township_reaches_its_own_people_only(site):
    client = site.client("T1", RECORD)
    page(client, f"/study/people/?organization={site.org['C1']}", 404)
    page(client, f"/study/people/exempt/?person={site.people['C1', 0]}", 404)
    posted(client, f"/study/people/makeup/?id={site.issue.id}&organization={site.org['C1']}", 404)
    posted(client, "/study/points/compute/", 403)
    page(site.client(permissions=READ), f"/study/people/makeup/?id={site.issue.id}", 403)


def test_ranking_names_averaging_and_rounding_and_offers_the_other(site):
    from youthpilot.core import set_setting

    with whole(site):
        second = services.add_issue(2023, 25, date(2023, 6, 12), date(2023, 6, 18))
        services.set_roster(second, {site.org["V2"]: 20}, second.closes_on)
        services.record_aggregate(second, site.org["V2"], 1, 3)
        set_setting(site.county, "study", "rounding", "truncate", date(2023, 7, 1), "周敏")
    path = f"/study/issues/ranking/?organization={site.org['T1']}&from=2023-01-01&to="
    assert "合计人次÷合计应学，四舍五入" in page(site.client(), path + "2023-06-30")
    assert "合计人次÷合计应学，截尾" in page(site.client(), path + "2023-07-02")  # what was in force on the last day
    simple = page(site.client(), path + "2023-06-30&averaging=simple")
    assert "各期参学率的平均，四舍五入" in simple and "52.5%" in simple and "同分先比最低一期" in simple
    assert "13.6%" in page(site.client(), path + "2023-06-30&averaging=weighted")
    page(site.client(), path + "2023-06-30&averaging=best", 400)


# issues ----------------------------------------------------------------------------------------------------------------


def test_issues_of_both_kinds(site):  # S12 S13
    new = {"kind": "class", "year": "2023", "number": "1", "opens_on": "2023-06-01", "closes_on": "2023-05-20"}
    assert "截止日期早于开始日期" in posted(site.client(), "/study/issues/new/", 422, **new)
    posted(site.client(), "/study/issues/new/", **(new | {"closes_on": "2023-06-07"}))
    assert "已经有了" in posted(site.client(), "/study/issues/new/", 422, **(new | {"closes_on": "2023-06-07"}))
    assert "2023年云团课第1期" in page(site.client(), "/study/issues/?what=class")
    assert "2023年云团课第1期" not in page(site.client(), "/study/issues/?what=study")
    client = site.client()
    posted(client, "/study/issues/delete/", id=site.issue.id)
    assert "已有记录" in page(client, f"/study/issues/issue/?id={site.issue.id}") or StudyIssue.select().count() == 2


# make-up study -----------------------------------------------------------------------------------------------------------


def test_make_up_by_the_form(site, makeup):  # S14 S15 S16 S17 S18 S19 S27
    client, who = site.client("T1", RECORD), site.people
    assert "王戊" in page(client, makeup) and "王甲" not in page(client, makeup)
    given = {"made_on": "2023-06-28", "reason": "外出务工", "evidence": "截图3号", "people": [who["V1", 4]]}
    assert "这一期 2023-06-25 才截止" in posted(client, makeup, 422, **(given | {"made_on": "2023-06-25"}))
    assert "这个日期还没到" in posted(client, makeup, 422, **(given | {"made_on": "2023-08-01"}))
    assert "is-bad" in posted(client, makeup, 422, **(given | {"reason": ""}))
    assert "请勾选补学的团员" in posted(client, makeup, 422, **{k: v for k, v in given.items() if k != "people"})
    posted(client, makeup, **given)
    text = page(client, f"/study/issues/issue/?id={site.issue.id}&organization={site.org['V1']}")
    assert "4 ÷ 7" in text and "57.1%" in text  # the rate stays
    assert re.search(r"补学（不计入参学率）</dt><dd>1<", text) and re.search(r"仍未学团员</dt><dd>2<", text)
    assert "外出务工" in page(client, "/study/people/excused/")
    with whole(site):
        row = StudyMakeup.get()
    posted(client, "/study/people/unmake/", id=row.id)
    with whole(site):
        assert StudyMakeup.select().count() == 0
        assert counting.audit_counters() == []


def test_somebody_else_was_quicker(site, makeup):
    """Who is no longer missing when the form comes back is refused by name."""
    with whole(site):
        for key, act in ((0, "S16"), (4, "S18"), (5, "S19"), (6, "S27")):
            member = StudyMember.get_by_id(site.people["V1", key])
            if act == "S18":
                excusing.record_makeups(site.issue, [member.id], date(2023, 6, 28), "外出务工")
            elif act == "S19":
                excusing.exempt(member, date(2023, 6, 1), date(2023, 6, 30), "住院")
            elif act == "S27":
                StudyMember.update(is_member=False).where(StudyMember.id == member.id).execute()
            with pytest.raises(Exception, match=member.name):
                excusing.record_makeups(site.issue, [member.id], date(2023, 6, 29), "外出务工")


def sheet(rows):
    return read_sheet(("团组织,姓名,补学日期,原因\n" + rows).encode("utf-8-sig"), "补学名单.csv")


def test_make_up_from_a_file(site):
    people = site.people
    with whole(site):
        excusing.record_makeups(site.issue, [people["V1", 4]], date(2023, 6, 28), "外出务工")
        excusing.exempt(StudyMember.get_by_id(people["V1", 5]), date(2023, 6, 1), date(2023, 6, 30), "住院")
        options = {"issue": str(site.issue.id)}
        bad = "V1,王己,2023-06-28,住院\nV1,王庚,2023-06-25,务工\nV1,王庚,2023-09-25,务工\nV1,王庚,2023-06-28,\nV1,外人,2023-06-28,务工\n"
        found = judge(IMPORTERS[0], sheet(bad), options)
        assert [(p.column, p.level, p.code) for r in found.rows for p in r.problems if p.code.startswith("S")] == [
            ("name", "E", "S19"),
            ("made_on", "E", "S14"),
            ("made_on", "E", "S15"),
            ("reason", "E", "S17"),
            ("name", "E", "S27"),
        ]
        good = "V1,王甲,2023-06-28,务工\nV1,王戊,2023-06-28,务工\nV1,王庚,2023-06-28,务工\n"
        found = judge(IMPORTERS[0], sheet(good), options)
        assert [(p.level, p.code) for r in found.rows for p in r.problems] == [("W", "S16"), ("W", "S18")]
        with pytest.raises(ImportRefused):
            run_import(IMPORTERS[0], sheet(good), options)
        done = run_import(IMPORTERS[0], sheet(good), options, reason="已核对")
        assert (done.counts.added, done.counts.unchanged) == (1, 2)
        again = run_import(IMPORTERS[0], sheet(good), options, reason="已核对")
        assert (again.counts.added, again.counts.unchanged) == (0, 3)
        row = StudyCounter.get(StudyCounter.organization == site.org["V1"])
        assert (row.makeups, row.exempt, row.member_base) == (2, 1, 6)
        undo(done.batch, IMPORTERS[0])
        assert StudyCounter.get(StudyCounter.organization == site.org["V1"]).makeups == 1
        assert counting.audit_counters() == []


# exemptions ----------------------------------------------------------------------------------------------------------------


def test_exempting_by_the_form(site):  # S20 S21 S22 S23 S27
    client, who = site.client("T1", RECORD), site.people["V1", 4]
    path = f"/study/people/exempt/?person={who}"
    given = {"from_on": "2023-06-01", "to_on": "2023-12-31", "reason": "住院", "evidence": ""}
    assert "截止日早于开始日" in posted(client, path, 422, **(given | {"to_on": "2023-05-01"}))
    assert "is-bad" in posted(client, path, 422, **(given | {"reason": ""}))
    assert "请写明依据" in posted(client, path, 422, **(given | {"to_on": ""}))
    posted(client, path, **given)
    assert "这段时间已有免学" in posted(client, path, 422, **given)
    text = page(client, f"/study/issues/issue/?id={site.issue.id}&organization={site.org['V1']}")
    assert "4 ÷ 6" in text and re.search(r"免学（不计入应学）</dt><dd>1<", text)
    with whole(site):
        row = StudyExemption.get()
        StudyMember.update(off_roster=True).where(StudyMember.id == site.people["V1", 6]).execute()
    assert "请先列入名册" in posted(client, f"/study/people/exempt/?person={site.people['V1', 6]}", 422, **given)
    posted(client, f"/study/people/end/?id={row.id}", to_on="2023-06-18", reason="出院")
    assert "4 ÷ 7" in page(client, f"/study/issues/issue/?id={site.issue.id}&organization={site.org['V1']}")


def test_a_locked_period_keeps_its_rolls(site, monkeypatch, makeup):  # S24
    lock(site, monkeypatch)
    client, who = site.client("T1", RECORD), site.people["V1", 4]
    path = f"/study/people/exempt/?person={who}"
    given = {"from_on": "2023-06-01", "to_on": "2023-12-31", "reason": "住院", "evidence": ""}
    assert "2023年上半年" in posted(client, path, 422, **given)
    posted(client, path, **(given | {"from_on": "2023-07-01"}))
    with whole(site):
        row = StudyExemption.get()
    posted(client, f"/study/people/end/?id={row.id}", to_on="2023-08-31", reason="出院")  # after the lock
    assert "2023年上半年" in posted(client, path, 422, **(given | {"from_on": "2023-06-30", "to_on": "2023-06-30"}))
    posted(client, makeup, 422, made_on="2023-06-28", reason="务工", people=[who])
    posted(client, makeup, made_on="2023-07-02", reason="务工", people=[who])  # later than the lock, and in no rate of it


# outside the roster ----------------------------------------------------------------------------------------------------------


def test_outsiders_are_listed_and_taken_in(site):
    with whole(site):
        rows = [{"organization_id": site.org["V2"], "person_key": k, "name": k, "off_roster": True, "is_member": False} for k in ("客一", "客二")]
        keys = services.add_members(rows)
        services.record_learners(site.issue, [Learner(o, p, is_member=False) for (o, _k), p in keys.items()])
    client = site.client("T1", RECORD)
    text = page(client, "/study/people/outside/")
    assert "客一" in text and "客二" in text
    assert "客*" in page(site.client("T1", READ), "/study/people/outside/")
    ids = {k: i for (_o, k), i in keys.items()}
    client = site.client("T1", RECORD)
    posted(client, "/study/people/takein/", **{"rowid": [ids["客一"]], "as": "member"})
    posted(client, "/study/people/takein/", **{"rowid": [ids["客二"]], "as": "other"})
    posted(client, "/study/people/takein/", **{"as": "member"})
    with pytest.raises(RuleError, match="没有办理"):  # this small site has no error pages
        posted(client, "/study/people/takein/", **{"rowid": [ids["客二"]], "as": "others"})
    with whole(site):
        assert {m.name: (m.is_member, m.off_roster) for m in StudyMember.select().where(StudyMember.name.startswith("客"))} == {
            "客一": (True, False),
            "客二": (False, False),
        }
        assert queries.outsiders(site.issue, site.org["R"]) == []
    assert "请勾选要列入名册的人" in page(client, "/study/people/outside/")
    posted(site.client("T1", READ), "/study/people/takein/", 403, **{"as": "member"})


# missed in a row, points -------------------------------------------------------------------------------------------------------


def test_streaks_are_listed_told_and_taken_away(site):
    text = page(site.client(), "/study/people/streaks/?limit=1")
    assert "王戊" in text and "从未参学" in text
    assert "没有连续未学的团员" in page(site.client(), "/study/people/streaks/")
    for permissions, name in ((RECORD, "王戊"), (READ, "王*")):
        answer = site.client(permissions=permissions).post("/c/demo/study/people/streaks/export/", data={"limit": "1", "kind": "csv"})
        assert answer.status_code == 200 and name in answer.data.decode("utf-8-sig")
    from youthpilot.core import CountyValue, set_setting
    from youthpilot.plugins.study.panels_people import streak_panels

    with whole(site):
        assert streak_panels(CountyValue(site.county.id, "demo", "示范县"), date(2023, 7, 3)) == []
        for n, day in ((24, 5), (25, 12)):
            more = services.add_issue(2023, n, date(2023, 6, day), date(2023, 6, day + 6))
            services.record_learners(more, [Learner(site.org["V1"], site.people["V1", 0])])
        set_setting(site.county, "study", "streak_limit", 3, date(2023, 1, 1), "周敏")
        (panel,) = streak_panels(CountyValue(site.county.id, "demo", "示范县"), date(2023, 7, 3))
        assert panel.todo and panel.title == "3 名团员连续未学"


def test_points_are_computed_shown_and_taken_back(site):  # S25 S26
    client = site.client()
    assert "这个半年还没有积分" in page(client, "/study/points/?year=2023&half=1")
    posted(client, "/study/points/compute/", year=2023, half=1)
    text = page(client, "/study/points/?year=2023&half=1")
    assert "新记 3 条" in text and "-1" in text.replace("−", "-")
    entries = page(client, f"/study/points/entries/?year=2023&half=1&organization={site.org['T1']}")
    assert "应学7名，参学4名，57.1%，低于80%" in entries
    with whole(site):
        entry = StudyPoint.get(StudyPoint.rule == "bad")
    path = f"/study/points/reverse/?id={entry.id}"
    assert "is-bad" in posted(client, path, 422, reason="")
    posted(client, path, reason="平台故障")
    assert "这条已冲回" in posted(client, path, 422, reason="平台故障")
    entries = page(client, f"/study/points/entries/?year=2023&half=1&organization={site.org['T1']}")
    assert "已冲回" in entries and "平台故障" in entries
    posted(client, "/study/points/compute/", year=2023, half=1)
    with whole(site):
        assert sum(p.points for p in StudyPoint.select().where(StudyPoint.organization == site.org["V1"])) == 0
    posted(site.client(permissions=RECORD), "/study/points/compute/", 403)
    page(site.client(permissions=RECORD), path, 403)
