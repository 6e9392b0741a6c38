"""Indicators: own components, blank where no source, the rows behind a figure."""

from datetime import date
from decimal import Decimal

import pytest

from youthpilot.plugins.figures import FigureContext
from youthpilot.plugins.study import excusing, queries, rules, services
from youthpilot.plugins.study.indicators import INDICATORS
from youthpilot.plugins.study.services import Learner

BY_KEY = {i.key: i for i in INDICATORS}
HALF = (date(2023, 1, 1), date(2023, 6, 30))


def ctx(world, start=HALF[0], end=HALF[1], as_of=None):
    return FigureContext(world.county.id, "demo", "2023H1", start, end, as_of or end)


def computed(world, key, **kw):
    return {row[0]: row[1:] for row in BY_KEY[key].compute(ctx(world, **kw)).tuples()}


@pytest.fixture
def half_year(world, people):
    issues = services.open_weekly(2023, date(2023, 4, 24), date(2023, 5, 14))
    for i, issue in enumerate(issues):
        services.set_roster(issue, {world.org["V1"]: 7, world.org["V2"]: 2}, issue.closes_on)
        learners = [p for (c, n), p in people.items() if c == "V1" and n <= i + 3]
        services.record_learners(issue, [Learner(world.org["V1"], p, issue.opens_on) for p in learners])
        services.record_aggregate(issue, world.org["V3"], 10, 2)
    return issues


def test_participations_and_blank(world, half_year):
    assert computed(world, "study.participations") == {world.org["V1"]: (15,), world.org["V2"]: (0,), world.org["V3"]: (36,)}


def test_rate_counts_only_where_there_is_a_base(world, half_year):
    assert computed(world, "study.rate") == {world.org["V1"]: (15, 21), world.org["V2"]: (0, 6)}


def test_an_issue_counts_once_it_has_closed(world, half_year):
    assert computed(world, "study.participations", as_of=date(2023, 5, 7))[world.org["V1"]] == (9,)
    assert computed(world, "study.participations", start=date(2023, 5, 14))[world.org["V1"]] == (6,)
    assert computed(world, "study.issues") == {world.org["R"]: (3,)}
    assert computed(world, "study.participations", start=date(2023, 6, 1)) == {}


def test_an_issue_counts_where_its_closing_day_lies(world, people):
    for n, closes in enumerate((date(2022, 12, 31), date(2023, 1, 1), date(2023, 6, 30), date(2023, 7, 1))):
        made = services.add_issue(closes.year, 40 + n, date.fromordinal(closes.toordinal() - 3), closes)
        services.record_learners(made, [Learner(world.org["V1"], people["V1", n], closes)])
    assert computed(world, "study.participations") == {world.org["V1"]: (2,)}
    assert computed(world, "study.issues") == {world.org["R"]: (2,)}
    assert len(list(BY_KEY["study.persons"].items(ctx(world)).tuples())) == 2
    assert len(list(BY_KEY["study.issues"].records(ctx(world), [world.org["R"]]).query)) == 2
    assert len(list(BY_KEY["study.participations"].records(ctx(world), [world.org["V1"]]).query.tuples())) == 2
    assert queries.empty_issues(*HALF) == []


@pytest.mark.parametrize(("day", "count"), [(date(2022, 12, 31), 0), (date(2023, 1, 1), 1), (date(2023, 6, 30), 1), (date(2023, 7, 1), 0)])
def test_a_make_up_counts_on_its_day(world, people, day, count):
    made = services.add_issue(2022, 40, date(2022, 12, 20), date(2022, 12, 26))
    excusing.record_makeups(made, [people["V1", 0]], day, "外出务工")
    assert sum(n for (n,) in computed(world, "study.makeups").values()) == count


def test_persons_are_counted_once(world, half_year):
    items = list(BY_KEY["study.persons"].items(ctx(world)).tuples())
    assert len(items) == len(set(items)) == 6


def test_rows_behind_the_figure_sum_up_to_it(world, half_year):
    records = BY_KEY["study.participations"].records(ctx(world), [world.org[c] for c in ("V1", "V3")])
    rows = list(records.query.tuples())
    assert len(rows) == 18
    assert sum(r[5] for r in rows) == 51
    assert records.columns[records.mask[0]] == "姓名"


def test_deleting_one_row_changes_exactly_one(world, half_year):
    from youthpilot.plugins.study.models import StudyRecord

    services.delete_record(StudyRecord.get())
    assert computed(world, "study.participations")[world.org["V1"]] == (14,)
    assert computed(world, "study.rate")[world.org["V1"]] == (14, 21)


def test_lines_roll_up_with_printed_denominator(world, half_year):
    total, below = queries.lines([i.id for i in half_year], queries.scope_root())
    assert (total.participations, total.members, total.base) == (51, 15, 27)
    first = below[0]
    assert (first.name, first.place, first.base, first.members) == ("T1", 1, 27, 15)
    assert {line.name: line.place for line in below if line.base is None} == {"S1": None, "T2": None}
    assert rules.percent(first.rate) == Decimal("55.6")


def test_non_learners_and_outsiders(world, half_year):
    issue = half_year[0]
    missing = queries.non_learners(issue, world.org["T1"])
    assert sorted(missing) == sorted([("V1", f"王{n}") for n in "己庚戊"] + [("V2", "王甲"), ("V2", "王乙")])
    key = services.add_members([{"organization_id": world.org["V2"], "person_key": "客", "name": "客人", "off_roster": True, "is_member": False}])
    services.record_learners(issue, [Learner(world.org["V2"], key[world.org["V2"], "客"], is_member=False)])
    assert [n for _o, n in queries.outsiders(issue, world.org["T1"])] == ["客人"]
    assert computed(world, "study.participations")[world.org["V2"]] == (1,)
    assert computed(world, "study.rate")[world.org["V2"]] == (0, 6)


def test_nobody_missing_is_the_whole(world, people):
    issue = services.add_issue(2023, 1, date(2023, 1, 2), date(2023, 1, 8))
    services.fill_roster(issue, issue.closes_on)
    services.record_learners(issue, [Learner(world.org[c], p) for (c, _n), p in people.items()])
    assert queries.non_learners(issue, world.org["R"]) == []
    total, _below = queries.lines([issue.id], queries.scope_root())
    assert rules.percent(total.rate) == Decimal("100.0")


def test_what_nobody_reported(world, half_year):
    assert [n for _i, n in queries.unreported(half_year[0])] == ["V2团组织"]
    later = services.add_issue(2023, 30, date(2023, 5, 22), date(2023, 5, 28))
    assert [i.id for i in queries.empty_issues(*HALF)] == [later.id]


def test_the_sentence(world):
    from youthpilot.plugins.study.section import compose

    class Report:
        said: list = []

        def has(self, key):
            return False

        def value(self, key):
            return 572_000

        def figure(self, key):
            return f"<{key}>"

        def change(self, key):
            return "比去年同期增长8.1%"

        def sentence(self, *parts):
            self.said = "".join(p for p in parts if p)

    report = Report()
    compose(report)
    assert report.said == "组织全县团员开展网上学习“青年大学习”<study.participations>，比去年同期增长8.1%。"


def test_an_issue_that_nobody_reported_has_no_rate_and_pulls_none_down(world):
    """A roster alone is no 0 %: units have no place, and the half-year's rate stays what it was."""
    from youthpilot.plugins.study import matrix

    first = services.add_issue(2023, 1, date(2023, 2, 6), date(2023, 2, 12))
    services.set_roster(first, {world.org["V1"]: 10, world.org["V2"]: 20}, date(2023, 2, 6))
    services.record_aggregate(first, world.org["V1"], 5, 0)
    before = {key: computed(world, key) for key in ("study.rate", "study.participations")}
    second = services.add_issue(2023, 2, date(2023, 2, 13), date(2023, 2, 19))
    services.set_roster(second, {world.org["V1"]: 10, world.org["V2"]: 20}, date(2023, 2, 13))
    total, below = queries.lines([second.id], queries.scope_root())
    assert total.base == 30 and total.rate is None and all(line.place is None for line in below)
    assert matrix.matrix(date(2023, 1, 1), date(2023, 6, 30), queries.scope_root()).foot.rate(second.id) is None
    assert {key: computed(world, key) for key in before} == before
    assert before["study.rate"] == {world.org["V1"]: (5, 10), world.org["V2"]: (0, 20)}  # where the issue was reported, a roster alone is 0
