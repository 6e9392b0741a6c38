"""Counters say what the rows say; importing twice is importing once; names win over totals."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from youthpilot.core import RuleError, Scope, scoped
from youthpilot.core.kernel.errors import ScopeError
from youthpilot.plugins.study import counting, queries, services
from youthpilot.plugins.study.models import StudyAggregate, StudyCounter, StudyIssue, StudyRecord
from youthpilot.plugins.study.services import Learner

DAY = date(2023, 5, 7)


def counter(world, code, issue):
    return StudyCounter.get_or_none(StudyCounter.organization == world.org[code], StudyCounter.issue == issue.id)


def test_recording_twice_is_recording_once(world, issue, people):
    learners = [Learner(world.org[c], p, DAY) for (c, _i), p in people.items()]
    first = services.record_learners(issue, learners + learners[:2])
    assert (first.added, first.unchanged) == (12, 2)
    assert services.record_learners(issue, learners).added == 0
    assert counter(world, "V1", issue).participations == 7
    assert counting.audit_counters() == []


def test_names_win_over_a_total_and_the_conflict_is_shown(world, issue, people):
    services.record_aggregate(issue, world.org["V1"], 9, 1, "上报表.xlsx")
    assert (counter(world, "V1", issue).participations, counter(world, "V1", issue).source) == (10, "aggregate")
    services.record_learners(issue, [Learner(world.org["V1"], people["V1", 0])])
    row = counter(world, "V1", issue)
    assert (row.participations, row.source) == (1, "records")
    (found,) = queries.conflicts([issue.id])
    assert (found.organization_id, found.counted, found.ignored) == (world.org["V1"], 1, 10)
    services.delete_record(StudyRecord.get())
    assert counter(world, "V1", issue).participations == 10
    assert queries.conflicts([issue.id]) == []


def test_a_total_above_units_that_report_themselves_is_shown(world, issue, people):
    services.record_aggregate(issue, world.org["T1"], 30, None)
    services.record_learners(issue, [Learner(world.org["V1"], people["V1", 0])])
    (found,) = queries.conflicts([issue.id])
    assert (found.organization_id, found.below, found.counted, found.ignored) == (world.org["T1"], True, 30, 1)


def test_blank_is_not_zero(world, issue):
    assert counter(world, "V1", issue) is None
    services.set_roster(issue, {world.org["V1"]: 7}, DAY)
    assert (counter(world, "V1", issue).participations, counter(world, "V1", issue).source) == (0, "roster")
    services.record_aggregate(issue, world.org["V2"], None, 3)
    row = counter(world, "V2", issue)
    assert (row.participations, row.member_participations, row.member_base) == (3, 0, None)
    with pytest.raises(RuleError):
        services.record_aggregate(issue, world.org["V2"], None, None)


def test_the_last_source_gone_the_counter_is_gone(world, issue, people):
    services.record_learners(issue, [Learner(world.org["V1"], people["V1", 0])])
    services.delete_record(StudyRecord.get())
    assert counter(world, "V1", issue) is None


def test_other_learners_are_counted_apart(world, issue, people):
    services.set_roster(issue, {world.org["V2"]: 1}, DAY)
    services.record_learners(issue, [Learner(world.org["V2"], people["V2", 0]), Learner(world.org["V2"], people["V2", 1], is_member=False)])
    row = counter(world, "V2", issue)
    assert (row.participations, row.member_participations, row.member_base) == (2, 1, 1)


def test_roster_filled_from_names_then_the_issue_before_then_the_tree(world, issue, people):
    from youthpilot.core import Organization

    services.set_roster(issue, {world.org["C2"]: 40}, DAY)
    assert services.fill_roster(issue, DAY) == 3  # names of V1, V2, C1
    Organization.update(member_count=11).where(Organization.code.in_(["V3", "T2"])).execute()
    later = services.add_issue(2023, 20, date(2023, 5, 8), date(2023, 5, 14))
    assert services.fill_roster(later, date(2023, 5, 14)) == 5
    assert counter(world, "C2", later).member_base == 40
    assert counter(world, "V3", later).member_base == 11
    assert counter(world, "T2", later) is None  # a committee's count holds its branches'


def test_issues_of_a_half_year(world):
    made = services.open_weekly(2023, date(2022, 12, 26), date(2023, 6, 25), days=6)
    assert len(made) == 26
    assert (made[0].closes_on, made[-1].closes_on, made[-1].title) == (date(2023, 1, 1), date(2023, 6, 25), "2023年第26期")
    assert services.open_weekly(2023, date(2022, 12, 26), date(2023, 6, 25)) == []
    with pytest.raises(RuleError):
        services.add_issue(2023, 3, date(2023, 1, 9), date(2023, 1, 15))
    special = services.add_issue(2023, 1, date(2023, 7, 1), date(2023, 7, 3), is_special=True)
    assert special.title == "2023年特辑"
    with pytest.raises(RuleError):
        services.add_issue(2023, 40, date(2023, 7, 9), date(2023, 7, 1))


def test_a_changed_closing_day_takes_its_rows_along(world, issue, people):
    services.record_learners(issue, [Learner(world.org["V1"], people["V1", 0])])
    services.change_issue(issue, opens_on=issue.opens_on, closes_on=date(2023, 5, 9), title="")
    assert StudyRecord.get().counted_on == date(2023, 5, 9)


def test_an_issue_with_records_stays(world, issue, people):
    services.record_learners(issue, [Learner(world.org["V1"], people["V1", 0])])
    with pytest.raises(RuleError):
        services.delete_issue(issue)
    services.delete_record(StudyRecord.get())
    services.delete_issue(issue)
    assert StudyIssue.select().count() == 0


def test_a_township_sees_and_writes_its_own_only(world, issue, people):
    services.record_learners(issue, [Learner(world.org[c], p) for (c, _i), p in people.items()])
    with scoped(Scope(world.county.id, world.org["T1"])):
        assert {r.organization_id for r in StudyRecord.select()} == {world.org["V1"], world.org["V2"]}
        assert counting.audit_counters() == []
        total, below = queries.lines([issue.id], queries.scope_root())
        assert total.participations == 9
        assert {line.name for line in below} == {"V1", "V2"}
        services.record_aggregate(issue, world.org["T1"], 3, None)
        with pytest.raises(ScopeError):
            services.record_aggregate(issue, world.org["C1"], 3, None)
    with scoped(Scope(world.other.id, None)):
        assert StudyRecord.select().count() == 0


def test_a_week_of_a_county_at_once(world, issue):
    branches = [world.org[c] for c in ("V1", "V2", "V3", "C1", "C2")]
    rows = [{"organization_id": branches[i % 5], "person_key": str(i), "name": f"王{i}"} for i in range(5000)]
    keys = services.add_members(rows)
    learners = [Learner(o, p, DAY) for (o, _key), p in keys.items()]
    assert services.record_learners(issue, learners).added == 5000
    assert services.record_learners(issue, learners).unchanged == 5000


OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["learn", "other", "forget", "total", "untotal", "roster"]), st.integers(0, 11), st.integers(0, 30)), max_size=25
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(OPERATIONS)
def test_counters_equal_facts_whatever_happens(world, people, operations):
    StudyCounter.delete().execute()
    for model in (StudyRecord, StudyAggregate):
        model.delete().execute()
    found = StudyIssue.select().first() or services.add_issue(2023, 1, date(2023, 1, 2), date(2023, 1, 8))
    counting.recount_all()
    names = list(people.items())
    for verb, who, number in operations:
        (code, _i), person = names[who]
        if verb in ("learn", "other"):
            services.record_learners(found, [Learner(world.org[code], person, None, verb == "learn")])
        elif verb == "forget" and (record := StudyRecord.get_or_none(StudyRecord.person == person)):
            services.delete_record(record)
        elif verb == "total":
            services.record_aggregate(found, world.org[code], number, number // 3 or None)
        elif verb == "untotal" and (total := StudyAggregate.get_or_none(StudyAggregate.organization == world.org[code])):
            services.delete_aggregate(total)
        elif verb == "roster":
            services.set_roster(found, {world.org[code]: number}, DAY)
        assert counting.audit_counters() == []
    for row in StudyCounter.select():
        facts = StudyRecord.select().where(StudyRecord.organization == row.organization_id).count()
        assert row.participations == facts or (row.source == "aggregate" and facts == 0)
