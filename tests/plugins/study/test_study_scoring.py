"""Streaks and points: computed in SQL, twice as once, taken back by entries."""

from datetime import date, timedelta

import peewee
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from youthpilot.core import Organization, RuleError, set_setting
from youthpilot.core.kernel.errors import ScopeError
from youthpilot.plugins.study import excusing, queries, rolls, scoring, services
from youthpilot.plugins.study.models import StudyMember, StudyRecord
from youthpilot.plugins.study.models_points import StudyExemption, StudyMakeup, StudyPoint
from youthpilot.plugins.study.rules_points import Scale, scored
from youthpilot.plugins.study.services import Learner

HALF = (date(2023, 1, 1), date(2023, 6, 30))
TODAY = date(2023, 7, 3)


@pytest.fixture
def six(world):
    """Six weekly issues from 2 January; the rosters of V1 (7) and V2 (2)."""
    made = services.open_weekly(2023, date(2023, 1, 2), date(2023, 2, 12))
    for issue in made:
        services.set_roster(issue, {world.org["V1"]: 7, world.org["V2"]: 2}, issue.closes_on)
    return made


def learn(world, people, issue, *who):
    services.record_learners(issue, [Learner(world.org[c], people[c, i]) for c, i in who])


def run_of(world, people, six, pattern, who=("V1", 0)):
    """One person learns where the pattern has x; everybody else of V1 always, so that each issue has records by name."""
    for issue, mark in zip(six, pattern, strict=True):
        learn(world, people, issue, *(("V1", i) for i in range(7) if (("V1", i) != who or mark == "x")))


def now(limit=3, makeups=True):
    return {s.name: s for s in rolls.streak_rows(rolls.streaks(TODAY, limit, makeups), TODAY, makeups)}


@pytest.mark.parametrize(
    ("learned", "base", "expected"),
    [
        (7, 7, ("full", 2)),
        (49, 50, ("high", 1)),
        (97, 100, None),
        (9, 10, None),
        (8, 10, ("low", -2)),
        (79, 100, ("bad", -3)),
        (12, 10, ("full", 2)),
        (3, 0, None),
        (3, None, None),
    ],
)
def test_points_by_rate(learned, base, expected):
    assert scored(learned, base, Scale()) == expected


def test_a_streak_is_what_was_missed_since(world, people, six):
    run_of(world, people, six, "xx....")
    assert {n: (s.length, s.last_on) for n, s in now().items()} == {"王甲": (4, six[1].closes_on)}
    assert now(5) == {}
    assert rolls.streak_count(TODAY, 3, True) == 1
    learn(world, people, six[5], ("V1", 0))
    assert now() == {} and rolls.streak_count(TODAY, 3, True) == 0


def test_make_up_and_exemption_end_a_streak(world, people, six):
    run_of(world, people, six, "x.....")
    excusing.record_makeups(six[4], [people["V1", 0]], six[4].closes_on + timedelta(days=1), "外出务工")
    assert now() == {} and {s.length for s in now(makeups=False).values()} == {5}
    StudyMakeup.delete().execute()
    excusing.exempt(StudyMember.get_by_id(people["V1", 0]), six[4].opens_on, six[4].closes_on, "住院")
    assert now() == {}


def test_where_nothing_is_known_by_name_nobody_missed(world, people, six):
    services.record_aggregate(six[0], world.org["V2"], 1, None)
    assert now() == {}


def test_computing_twice_is_computing_once(world, people, six):
    run_of(world, people, six, "x.....")
    first = scoring.compute(*HALF)
    assert first.added == 1 + 5 + 1  # one full issue, five at 85.7 %, one person
    assert scoring.compute(*HALF) == scoring.Computed(0, 0)
    (line,) = [x for x in scoring.totals(queries.scope_root(), *HALF) if x.name == "T1"]
    assert (line.total, line.earned, line.lost, line.barred, line.entries) == (2 - 10, 2, -10, 1, 7)
    (entry,) = StudyPoint.select().where(StudyPoint.rule == "streak")
    assert (entry.person_id, entry.issue_id, entry.points) == (people["V1", 0], six[3].id, 0)
    assert entry.reason == "2023年第2期至2023年第4期连续3期未学，取消评优资格"


def test_changed_records_take_entries_back_and_write_new_ones(world, people, six):
    run_of(world, people, six, "x.....")
    scoring.compute(*HALF)
    learn(world, people, six[1], ("V1", 0))
    done = scoring.compute(*HALF)
    assert (done.added, done.reversed) == (2, 2)  # 100 % instead of 85.7 %; the run begins later
    assert sum(p.points for p in StudyPoint.select()) == 2 * 2 - 4 * 2
    assert StudyPoint.select().where(StudyPoint.rule == "streak", StudyPoint.reverses.is_null()).count() == 2
    assert scoring.compute(*HALF) == scoring.Computed(0, 0)
    learn(world, people, six[2], ("V1", 0))
    scoring.compute(*HALF)
    (line,) = [x for x in scoring.totals(queries.scope_root(), *HALF) if x.name == "T1"]
    assert line.total == 3 * 2 - 3 * 2


def test_what_a_person_took_back_stays_taken_back(world, people, six):
    run_of(world, people, six, "xxxxx.")
    scoring.compute(*HALF)
    (low,) = StudyPoint.select().where(StudyPoint.rule == "low")
    scoring.reverse(low.id, "系统故障，不扣分")
    assert scoring.compute(*HALF) == scoring.Computed(0, 0)
    assert sum(p.points for p in StudyPoint.select()) == 10
    for _name, issue in (("again", low.id), ("the other", StudyPoint.get(StudyPoint.reverses == low.id).id)):
        with pytest.raises(RuleError):
            scoring.reverse(issue, "再来一次")
    learn(world, people, six[5], ("V1", 0))
    assert scoring.compute(*HALF).added == 1  # another rule now: it counts


def test_entries_are_never_changed_or_deleted(world, people, six):
    run_of(world, people, six, "xxxxx.")
    scoring.compute(*HALF)
    for query in (StudyPoint.update(points=9), StudyPoint.delete()):
        with pytest.raises((ScopeError, peewee.DatabaseError)):
            query.execute()
    with pytest.raises(RuleError):
        services.delete_issue(six[0])


def test_settings_in_force_on_the_closing_day(world, people, six):
    run_of(world, people, six, "......")
    set_setting(world.county, "study", "points_full", 5, date(2023, 2, 1), "周敏")
    set_setting(world.county, "study", "points_low", 0, date(2023, 1, 1), "周敏")
    for issue in six:
        learn(world, people, issue, ("V1", 0))
    scoring.compute(*HALF)
    assert [p.points for p in StudyPoint.select().order_by(StudyPoint.counted_on)] == [2, 2, 2, 2, 5, 5]


def test_branches_that_reported_nothing_and_make_ups_by_setting(world, people, six):
    run_of(world, people, six, "xxxxx.")
    excusing.record_makeups(six[5], [people["V1", 0]], date(2023, 2, 20), "外出务工")
    set_setting(world.county, "study", "makeup", "both", date(2023, 1, 1), "周敏")
    scoring.compute(*HALF)
    assert {(p.organization.code, p.rule) for p in StudyPoint.select()} == {("V1", "full")}
    set_setting(world.county, "study", "points_silent", "zero", date(2023, 1, 1), "周敏")
    scoring.compute(*HALF)
    assert {(p.organization.code, p.rule) for p in StudyPoint.select()} == {("V1", "full"), ("V2", "bad")}


def test_online_classes_feed_points_but_no_streak_and_no_rate(world, people, six):
    run_of(world, people, six, "xxxxxx")
    lesson = services.add_issue(2023, 1, date(2023, 2, 13), date(2023, 2, 19), kind="class")
    services.set_roster(lesson, {world.org["V1"]: 7}, lesson.closes_on)
    learn(world, people, lesson, *(("V1", i) for i in range(5)))
    scoring.compute(*HALF)
    assert [p.rule for p in StudyPoint.select().where(StudyPoint.issue == lesson.id)] == ["bad"]
    assert lesson.title == "2023年云团课第1期"
    total, _below = queries.lines([i.id for i in queries.issues(*HALF)], queries.scope_root())
    assert total.participations == 42


def test_figures_of_online_classes_stand_apart(world, people, six):
    from youthpilot.plugins.figures import FigureContext
    from youthpilot.plugins.study.indicators import INDICATORS

    lesson = services.add_issue(2023, 1, date(2023, 2, 13), date(2023, 2, 19), kind="class")
    learn(world, people, lesson, ("V1", 0), ("V1", 1))
    by_key, ctx = {i.key: i for i in INDICATORS}, FigureContext(world.county.id, "demo", "2023H1", *HALF, HALF[1])
    told = {k: list(by_key[f"study.{k}"].compute(ctx).tuples()) for k in ("online_class_participations", "online_classes", "issues")}
    assert told["online_class_participations"] == [(world.org["V1"], 2)]
    assert (told["online_classes"], told["issues"]) == ([(world.org["R"], 1)], [(world.org["R"], 6)])
    assert all(n == 0 for _o, n in by_key["study.participations"].compute(ctx).tuples())
    assert len(list(by_key["study.online_class_participations"].records(ctx, [world.org["V1"]]).query.tuples())) == 2
    assert len(list(by_key["study.online_classes"].records(ctx, [world.org["R"]]).query)) == 1


def longest(pattern, limit):
    """(length of the last run, index of the first issue of the first run of at least `limit`, None)."""
    last = len(pattern) - len(pattern.rstrip("."))
    start = pattern.find("." * limit)
    return last, None if start < 0 else start


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet="x.me", min_size=6, max_size=6), st.integers(2, 5))
def test_streaks_and_runs_as_counted_by_hand(world, people, pattern, limit):
    """x learned, m made up, e exempted, . missed: what SQL finds is what one counts on a string."""
    for model in (StudyRecord, StudyMakeup, StudyExemption):
        model.delete().execute()
    issues = list(queries.issues(*HALF))[::-1] or services.open_weekly(2023, date(2023, 1, 2), date(2023, 2, 12))[:]
    who = people["V1", 0]
    for issue, mark in zip(issues, pattern, strict=True):
        learn(world, people, issue, ("V1", 1), *([("V1", 0)] if mark == "x" else []))
        if mark == "m":
            excusing.record_makeups(issue, [who], issue.closes_on + timedelta(days=1), "外出务工")
        elif mark == "e":
            excusing.exempt(StudyMember.get_by_id(who), issue.opens_on, issue.closes_on, "住院")
    for makeups in (True, False):
        plain = "".join("." if c == "." or (c == "m" and not makeups) else "x" for c in pattern)
        last, start = longest(plain, limit)
        found = {s.person_id: s.length for s in rolls.streak_rows(rolls.streaks(TODAY, limit, makeups), TODAY, makeups)}
        assert found.get(who) == (last if last >= limit else None)
        runs = {p: place for p, _unit, place in scoring._runs(*HALF, limit, makeups)}
        assert runs.get(who) == start


def test_only_branches_are_scored(world, people, six):
    services.set_roster(six[0], {world.org["T2"]: 10}, six[0].closes_on)
    services.record_aggregate(six[0], world.org["T2"], 1, None)
    scoring.compute(*HALF)
    assert StudyPoint.select().count() == 0
    Organization.update(org_type="branch").where(Organization.id == world.org["T2"]).execute()
    scoring.compute(*HALF)
    assert [p.rule for p in StudyPoint.select()] == ["bad"]
