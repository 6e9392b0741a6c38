"""The demonstration's study records: person by person in the newest half-year, totals of villages and schools in the two before it.

Rows go in by bulk and the counters are written with them; `services.audit_counters` agrees (tests hold it).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from youthpilot.core import CalendarPeriod, County, DemoTarget, Organization, bulk_load, set_setting, transaction
from youthpilot.plugins.demo import apportion, invented_name

from . import demo_life, services
from .demo_people import fill_people, set_limits
from .models import StudyAggregate, StudyCounter, StudyIssue, StudyMember, StudyRecord, StudyRoster

NEWEST = "2023H1"
TOTALS = {"2022H1": 529_000, "2022H2": 548_000, "2023H1": 572_000}  # 人次 of the known report and of its two bases
SHARE = 0.37  # of the members in an average week, where nothing is known
ISSUES = 26


@dataclass(frozen=True)
class Unit:
    """A branch with members, or (in the older periods) a body that reports a total."""

    id: int
    kind: str
    members: int
    zeal: float  # how eagerly it studies


def fill(target: DemoTarget) -> None:
    """Issues of a period with their rosters, records or totals."""
    random = Random(f"{target.seed} study {target.county.code} {target.period.code}")
    if target.first:
        set_setting(County.get_by_id(target.county.id), "study", "low_rate", 20, target.period.start, target.actor)
        set_limits(target)
    issues = _issues(target)
    if target.period.code == "2022H2":
        target.targets.append(("study.participations", ">=", Decimal(560_000), "上半年“青年大学习”参学不少于56万人次", date(2023, 6, 30)))
    if target.period.code == NEWEST:
        _by_name(target, issues, random)
        demo_life.fill(target, issues)
        fill_people(target, {u.id: u.members for u in _branches(target)}, Random(f"{target.seed} people {target.county.code}"))
    else:
        _by_totals(target, issues, random)


def _issues(target: DemoTarget) -> list[StudyIssue]:
    """26 issues, closing on the Sundays of the half-year; numbers go on through the year."""
    start = target.period.start
    sunday = start + timedelta(days=(6 - start.weekday()) % 7)
    last = sunday + timedelta(weeks=ISSUES - 1)
    return services.open_weekly(sunday.year, sunday - timedelta(days=6), last, (CalendarPeriod.of(start, "half_year").number - 1) * ISSUES + 1)


def _weekly_totals(target: DemoTarget, members: int, random: Random) -> list[int]:
    total = TOTALS[target.period.code] if target.flagship else int(members * ISSUES * SHARE * random.uniform(0.92, 1.06))
    return apportion(total, [random.uniform(0.86, 1.14) for _ in range(ISSUES)])


def _branches(target: DemoTarget) -> list[Unit]:
    """Branches with their members; the zeal of a unit is the same in every period."""
    random = Random(f"{target.seed} zeal {target.county.code}")
    query = (
        Organization.select(Organization.id, Organization.kind, Organization.member_count)
        .where(Organization.member_count > 0)
        .order_by(Organization.code)
    )
    return [Unit(i, kind, members, _zeal(kind, random)) for i, kind, members in query.tuples()]


def _zeal(kind: str, random: Random) -> float:
    mean = {"class": 1.15, "village": 0.75, "community": 0.8, "agency": 1.3}.get(kind, 0.9)
    return max(0.15, random.gauss(mean, 0.35))


# totals --------------------------------------------------------------------------------------------------------------


def _by_totals(target: DemoTarget, issues: list[StudyIssue], random: Random) -> None:
    """A total per issue of every body that reports its classes or itself."""
    units = _reporting(target)
    members = sum(u.members for u in units)
    rosters, aggregates, counters = [], [], []
    for issue, total in zip(issues, _weekly_totals(target, members, random), strict=True):
        parts = apportion(total, _weights(units, random), [u.members for u in units])
        for unit, part in zip(units, parts, strict=True):
            place = {"county": target.county.id, "organization": unit.id, "issue": issue.id}
            other = part // 25 if unit.kind in ("village", "community") else 0
            rosters.append(_roster(place, unit, issue, "entered"))
            told = {"learners_member": part - other, "learners_other": other, "counted_on": issue.closes_on}
            aggregates.append(place | told | {"source_file": f"{issue.title}参学情况.xlsx", "note": ""})
            counters.append(_counter(place, unit, part, part - other, "aggregate"))
    with transaction():
        for model, rows in ((StudyRoster, rosters), (StudyAggregate, aggregates), (StudyCounter, counters)):
            bulk_load(model, rows)
    target.say(f"青年大学习：{target.period.calendar.title}汇总", len(aggregates), len(aggregates))


def _reporting(target: DemoTarget) -> list[Unit]:
    """Schools answer for their classes, everybody else for itself."""
    branches = _branches(target)
    parents = dict(Organization.select(Organization.id, Organization.parent_id).tuples())
    schools: dict[int, list[Unit]] = {}
    for unit in branches:
        if unit.kind == "class":
            schools.setdefault(parents[unit.id], []).append(unit)
    below = [Unit(i, "school", sum(u.members for u in us), sum(u.zeal for u in us) / len(us)) for i, us in schools.items()]
    return [u for u in branches if u.kind != "class"] + below


# names ---------------------------------------------------------------------------------------------------------------


def _by_name(target: DemoTarget, issues: list[StudyIssue], random: Random) -> None:
    """Everybody by name: the roster of every branch, then who learned in each issue."""
    units = _branches(target)
    people = _members(target, units, random)
    totals = _weekly_totals(target, sum(u.members for u in units), random)
    done, whole = 0, sum(totals)
    with transaction():
        for issue, total in zip(issues, totals, strict=True):
            parts = apportion(total, _weights(units, random), [u.members for u in units])
            _issue_rows(target, issue, units, parts, people, random)
            done += total
            target.say("青年大学习：逐人参学记录", done, whole)


def _issue_rows(target: DemoTarget, issue: StudyIssue, units: list[Unit], parts: list[int], people: dict[int, list[int]], random: Random) -> None:
    rosters, records, counters = [], [], []
    days = [issue.opens_on + timedelta(days=d) for d in range((issue.closes_on - issue.opens_on).days + 1)]
    county, closes, key = target.county.id, issue.closes_on, issue.id
    for unit, part in zip(units, parts, strict=True):
        place = {"county": county, "organization": unit.id, "issue": key}
        rosters.append(_roster(place, unit, issue, "names"))
        counters.append(_counter(place, unit, part, part, "records" if part else "roster"))
        records += [
            {
                "county": county,
                "organization": unit.id,
                "issue": key,
                "person": p,
                "learned_on": random.choice(days),
                "counted_on": closes,
                "is_member": True,
            }
            for p in random.sample(people[unit.id], part)
        ]
    for model, rows in ((StudyRoster, rosters), (StudyRecord, records), (StudyCounter, counters)):
        bulk_load(model, rows)


def _members(target: DemoTarget, units: list[Unit], random: Random) -> dict[int, list[int]]:
    """Organization → ids of its members, each with a name that is the only one there or a number of his own."""
    rows: list[dict[str, Any]] = []
    for unit in units:
        rows += _roster_names(target, unit, random)
    with transaction():
        bulk_load(StudyMember, rows)
    found: dict[int, list[int]] = {}
    for organization, member in StudyMember.select(StudyMember.organization_id, StudyMember.id).order_by(StudyMember.id).tuples():
        found.setdefault(organization, []).append(member)
    target.say("青年大学习：团员名册", len(rows), len(rows))
    return found


def _roster_names(target: DemoTarget, unit: Unit, random: Random) -> Iterable[dict[str, Any]]:
    taken: set[str] = set()
    for place in range(1, unit.members + 1):
        name = invented_name(random, random.choice("MF"))
        while name in taken and unit.kind != "class":
            name = invented_name(random, random.choice("MF"))
        taken.add(name)
        number = f"{unit.id:05d}{place:02d}" if unit.kind == "class" else ""
        who = {"person_key": f"n:{number}" if number else f"m:{name}", "name": name, "number": number, "is_member": True, "off_roster": False}
        yield {"county": target.county.id, "organization": unit.id} | who


# rows ----------------------------------------------------------------------------------------------------------------


def _weights(units: list[Unit], random: Random) -> list[float]:
    return [u.members * max(0.05, u.zeal * random.uniform(0.8, 1.2)) for u in units]


def _roster(place: dict[str, Any], unit: Unit, issue: StudyIssue, source: str) -> dict[str, Any]:
    closes: date = issue.closes_on
    return place | {"member_base": unit.members, "as_of": closes, "counted_on": closes, "source": source}


def _counter(place: dict[str, Any], unit: Unit, learned: int, members: int, source: str) -> dict[str, Any]:
    return place | {
        "participations": learned,
        "member_participations": members,
        "member_base": unit.members,
        "source": source,
        "exempt": 0,
        "makeups": 0,
    }
