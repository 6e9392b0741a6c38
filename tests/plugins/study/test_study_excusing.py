"""Make-up study and exemptions: beside the rate, never in it; learned + exempted + made up + missing is the roll."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from youthpilot.core import RuleError, set_setting, today
from youthpilot.plugins.figures import FigureContext
from youthpilot.plugins.study import counting, excusing, queries, rolls, rules, services
from youthpilot.plugins.study.indicators import INDICATORS
from youthpilot.plugins.study.models import StudyCounter, StudyIssue, StudyMember, StudyRecord
from youthpilot.plugins.study.models_points import StudyExemption, StudyMakeup
from youthpilot.plugins.study.services import Learner

LATER = date(2023, 5, 12)
BY_KEY = {i.key: i for i in INDICATORS}


def cell(world, code, issue):
    return StudyCounter.get(StudyCounter.organization == world.org[code], StudyCounter.issue == issue.id)


def learn(world, people, issue, *who):
    services.record_learners(issue, [Learner(world.org[c], people[c, i]) for c, i in who])


def excuse(people, who, first, last=None, evidence="入伍通知书"):
    return excusing.exempt(StudyMember.get_by_id(people[who]), first, last, "参军入伍", evidence)


def test_made_up_counts_beside_the_rate(world, issue, people):
    services.set_roster(issue, {world.org["V1"]: 7}, issue.closes_on)
    learn(world, people, issue, *(("V1", i) for i in range(5)))
    assert excusing.record_makeups(issue, [people["V1", 5]], LATER, "外出务工", "截图3号") == 1
    row = cell(world, "V1", issue)
    assert (row.participations, row.member_participations, row.member_base, row.makeups, row.exempt) == (5, 5, 7, 1, 0)
    total, _below = queries.lines([issue.id], queries.scope_root())
    assert (total.members, total.base, total.makeups, total.missing) == (5, 7, 1, 1)
    assert [n for _u, n in queries.non_learners(issue, world.org["V1"])] == ["王庚"]
    ctx = FigureContext(world.county.id, "demo", "2023H1", date(2023, 1, 1), date(2023, 6, 30), date(2023, 6, 30))
    assert dict(BY_KEY["study.participations"].compute(ctx).tuples())[world.org["V1"]] == 5
    assert dict(BY_KEY["study.makeups"].compute(ctx).tuples())[world.org["V1"]] == 1
    assert len(list(BY_KEY["study.makeups"].records(ctx, [world.org["V1"]]).query)) == 1
    excusing.delete_makeup(StudyMakeup.get())
    assert cell(world, "V1", issue).makeups == 0


def test_exempted_leaves_the_denominator(world, issue, people):
    later = services.add_issue(2023, 20, date(2023, 5, 8), date(2023, 5, 14))
    for each in (issue, later):
        services.set_roster(each, {world.org["V1"]: 7}, each.closes_on)
    row = excuse(people, ("V1", 6), date(2023, 5, 8))
    assert (cell(world, "V1", issue).member_base, cell(world, "V1", later).member_base) == (7, 6)
    assert "王庚" not in [n for _u, n in queries.non_learners(later, world.org["V1"])]
    learn(world, people, later, ("V1", 6))  # he learned all the same: back in numerator and denominator
    assert (cell(world, "V1", later).member_participations, cell(world, "V1", later).member_base) == (1, 7)
    services.delete_record(StudyRecord.get())
    excusing.end_exemption(row, date(2023, 5, 7), "提前退役")  # before its beginning: taken out
    assert (cell(world, "V1", later).member_base, StudyExemption.select().count()) == (7, 0)
    assert counting.audit_counters() == []


@pytest.mark.parametrize(("first", "last", "exempt"), [(13, 14, 1), (14, None, 1), (15, None, 0), (8, 13, 0)])
def test_an_exemption_holds_on_both_its_days(world, issue, people, first, last, exempt):
    found = services.add_issue(2023, 20, date(2023, 5, 8), date(2023, 5, 14))
    services.set_roster(found, {world.org["V1"]: 7}, found.closes_on)
    excuse(people, ("V1", 6), date(2023, 5, first), last and date(2023, 5, last))
    assert (cell(world, "V1", found).exempt, cell(world, "V1", found).member_base) == (exempt, 7 - exempt)
    assert ("王庚" in [n for _u, n in queries.non_learners(found, world.org["V1"])]) == (not exempt)


def test_exempted_off_the_roster_leaves_no_denominator(world, issue, people):
    services.set_roster(issue, {world.org["V1"]: 6}, issue.closes_on)
    excuse(people, ("V1", 6), issue.opens_on)
    assert cell(world, "V1", issue).exempt == 1
    for change in ({"off_roster": True}, {"off_roster": False, "is_member": False}):
        StudyMember.update(change).where(StudyMember.id == people["V1", 6]).execute()
        counting.recount_all()
        assert (cell(world, "V1", issue).exempt, cell(world, "V1", issue).member_base) == (0, 6)
        assert counting.audit_counters() == []


def test_two_exemptions_share_no_day(world, issue, people):
    excuse(people, ("V1", 0), date(2023, 5, 10), date(2023, 5, 20))
    for days in ((date(2023, 5, 20), None), (date(2023, 5, 1), date(2023, 5, 10))):
        with pytest.raises(RuleError):
            excuse(people, ("V1", 0), *days)
    excuse(people, ("V1", 0), date(2023, 5, 21))
    excuse(people, ("V1", 0), date(2023, 5, 9), date(2023, 5, 9))


def test_made_up_from_the_day_after_the_closing_day(issue):
    for day, fits in ((issue.closes_on, False), (date.fromordinal(issue.closes_on.toordinal() + 1), True), (today(), True)):
        if fits:
            excusing.check_makeup_day(issue, day)
        else:
            with pytest.raises(RuleError):
                excusing.check_makeup_day(issue, day)
    with pytest.raises(RuleError):
        excusing.check_makeup_day(issue, date.fromordinal(today().toordinal() + 1))


def test_an_issue_whose_days_change_counts_its_exemptions_again(world, issue, people):
    services.set_roster(issue, {world.org["V1"]: 7}, issue.closes_on)
    excuse(people, ("V1", 0), date(2023, 5, 8), date(2023, 5, 20))
    assert cell(world, "V1", issue).exempt == 0
    services.change_issue(issue, opens_on=issue.opens_on, closes_on=date(2023, 5, 9), title="")
    assert cell(world, "V1", issue).exempt == 1
    assert counting.audit_counters() == []


def test_an_exemption_goes_on_where_the_member_went(world, issue, people):
    services.set_roster(issue, {world.org["V2"]: 2, world.org["V1"]: 7}, issue.closes_on)
    excuse(people, ("V2", 0), date(2023, 5, 1))
    services.follow_organization(world.org["V2"], "merged", world.org["V1"])
    rows = list(StudyExemption.select().order_by(StudyExemption.from_on))
    assert [(r.organization_id, r.from_on, r.to_on) for r in rows] == [
        (world.org["V2"], date(2023, 5, 1), date(2023, 7, 2)),
        (world.org["V1"], date(2023, 7, 3), None),
    ]
    assert cell(world, "V2", issue).member_base == 1  # what was, stays
    assert counting.audit_counters() == []


def test_reasons_are_erased_with_the_person(world, issue, people):
    services.set_roster(issue, {world.org["V1"]: 7}, issue.closes_on)
    StudyMember.update(person_id=77).where(StudyMember.id == people["V1", 0]).execute()
    excusing.record_makeups(issue, [people["V1", 0]], LATER, "住院")
    services.forget_person(77)
    row = StudyMakeup.get()
    assert (row.reason, row.person.name) == ("已删除", "已删除")


def test_who_is_taken_in_is_missed_from_then_on_only(world, issue, people):
    now_open = services.add_issue(2023, 27, date(2023, 6, 26), date(2023, 7, 3))
    services.fill_roster(now_open, date(2023, 6, 26))
    keys = services.add_members([{"organization_id": world.org["V2"], "person_key": "客", "name": "客人", "off_roster": True, "is_member": False}])
    guest = keys[world.org["V2"], "客"]
    services.record_learners(issue, [Learner(world.org["V2"], guest, is_member=False)])
    ((row, *_rest),) = rolls.outsiders(world.org["R"]).tuples()
    assert row == guest
    assert excusing.take_in([guest], as_member=True) == 1
    assert cell(world, "V2", now_open).member_base == 3
    assert "客人" not in [n for _u, n in queries.non_learners(issue, world.org["V2"])]
    assert "客人" in [n for _u, n in queries.non_learners(now_open, world.org["V2"])]
    assert cell(world, "V2", issue).participations == 1
    with pytest.raises(RuleError):
        excusing.take_in([guest], as_member=True)


def test_standings_of_a_branch(world, issue, people):
    learn(world, people, issue, ("V2", 0))
    excusing.record_makeups(issue, [people["V2", 1]], LATER, "外出务工")
    excuse(people, ("V2", 1), date(2023, 6, 1))
    rows = rolls.standings(world.org["V2"], [issue.id], date(2023, 7, 3))
    assert [(r.name, r.learned, r.makeups, r.exempt_from) for r in rows] == [("王乙", 0, 1, date(2023, 6, 1)), ("王甲", 1, 0, None)]
    assert rolls.names_below(world.org["R"])[world.org["T1"]] == (9, 0, 0)


STATES = st.lists(st.sets(st.sampled_from(["learned", "exempt", "made"])), min_size=7, max_size=7)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STATES)
def test_the_roll_is_split_and_nobody_missing_is_the_whole(world, people, states):
    """learned + exempted + made up + missing = roster, whatever was written in whatever order; and nobody missing, nobody made up: 100 %."""
    for model in (StudyRecord, StudyMakeup, StudyExemption, StudyCounter):
        model.delete().execute()
    found = StudyIssue.select().first() or services.add_issue(2023, 1, date(2023, 1, 2), date(2023, 1, 8))
    services.set_roster(found, {world.org["V1"]: 7}, found.closes_on)
    counting.recount_all()
    for i, state in enumerate(states):
        if "made" in state:
            excusing.record_makeups(found, [people["V1", i]], date(2023, 1, 9), "补学")
        if "exempt" in state:
            excuse(people, ("V1", i), found.opens_on, found.closes_on)
        if "learned" in state:
            learn(world, people, found, ("V1", i))
    learned = sum("learned" in s for s in states)
    exempt = sum("exempt" in s and "learned" not in s for s in states)
    made = sum(s == {"made"} for s in states)
    row = cell(world, "V1", found)
    missing = len(queries.non_learners(found, world.org["V1"]))
    assert (row.member_participations, row.exempt, row.makeups) == (learned, exempt, made)
    assert learned + exempt + made + missing == 7
    total, _below = queries.lines([found.id], queries.scope_root())
    assert total.missing == missing and total.base == 7 - exempt
    if not missing and not made and total.base:
        assert rules.percent(total.rate) == 100
    assert (total.rate is None) == (exempt == 7 or not learned)  # nobody reported: no rate, not 0 %
    assert counting.audit_counters() == []


def test_the_setting_says_how_long_needs_evidence(world, people):
    set_setting(world.county, "study", "exempt_days", 30, date(2023, 1, 1), "周敏")
    excuse(people, ("V1", 0), date(2023, 5, 1), date(2023, 5, 30), "")
    with pytest.raises(RuleError):
        excuse(people, ("V1", 1), date(2023, 5, 1), date(2023, 5, 31), "")
