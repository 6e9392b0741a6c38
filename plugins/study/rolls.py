"""Reads of people: who missed issues in a row, who learned outside the roster, how a branch's members stand. Names, never counts alone."""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import and_, or_
from typing import Any

from peewee import Case, fn

from youthpilot.core import Organization, OrganizationClosure, plain_rows

from .models import StudyCounter, StudyIssue, StudyMember, StudyRecord
from .models_points import StudyExemption, StudyMakeup
from .queries import below, holds, issues

LOOK_BACK = 366  # days in which a streak is looked for


def known(first: date, last: date) -> Any:
    """Sub-query (organization, issue, day, place) of the campaign's issues with records by name that closed in these days (included).

    place: 1 the newest of the organization. Where only a total or nothing was reported nobody can be said to have missed an issue.
    """
    c, i = StudyCounter, StudyIssue
    place = fn.ROW_NUMBER().over(partition_by=[c.organization_id], order_by=[i.closes_on.desc(), i.id.desc()])
    columns = (c.organization_id.alias("unit"), c.issue_id.alias("issue"), i.closes_on.alias("day"), place.alias("place"))
    query = c.select(*columns).join(i, on=(c.issue == i.id))
    return query.where(i.kind == "study", i.closes_on >= first, i.closes_on <= last, c.source == "records")


@dataclass(frozen=True)
class Streak:
    """A member who missed the last `length` issues in a row. last_on: closing day of the last one that he did not miss, None: none."""

    person_id: int
    organization_id: int
    unit: str
    name: str
    number: str
    length: int
    last_on: date | None


def streaks(on: date, limit: int, with_makeups: bool, organization_id: int | None = None) -> Any:
    """Rows for `streak_rows`: members who now missed at least `limit` of the issues closed by the day in a row, by unit and name.
    Exemptions end a streak, make-up study does if it counts.

    Units are taken together by the day of their `limit`-th newest known issue, and each such day asks once who covered anything
    since: a plan that does not depend on the database's statistics.
    """
    m, o = StudyMember, Organization
    units: dict[date, list[int]] = defaultdict(list)
    for unit, days in _known_days(None, on).items():
        if len(days) >= limit:
            units[days[-limit]].append(unit)
    missed = [
        m.organization_id.in_(ids) & (m.from_on.is_null() | (m.from_on <= day)) & _covered_nothing(day, on, with_makeups)
        for day, ids in units.items()
    ]
    query = m.select(m.id, m.organization_id, o.name, o.short_name, m.name, m.number, m.from_on).join(o, on=(m.organization == o.id))
    query = query.where(m.is_member, ~m.off_roster, m.to_on.is_null() | (m.to_on >= on), reduce(or_, missed) if missed else m.id == 0)
    if organization_id is not None:
        query = query.where(m.organization_id.in_(below(organization_id)))
    return query.order_by(o.code, m.name, m.id)


def _covered_nothing(first: date, last: date, with_makeups: bool) -> Any:
    """True for members who neither learned, nor are exempted from, nor (if it counts) made up for an issue that closed in these days."""
    r, u, e, i = StudyRecord, StudyMakeup, StudyExemption, StudyIssue
    ids = [key for (key,) in issues(first, last).select(i.id).tuples()] or [0]
    exempt = e.select(e.person_id).join(i, on=(holds(e, i.closes_on) & i.id.in_(ids)))
    persons = [r.select(r.person_id).where(r.issue.in_(ids)), exempt]
    if with_makeups:
        persons.append(u.select(u.person_id).where(u.issue.in_(ids)))
    return reduce(and_, [StudyMember.id.not_in(p) for p in persons])


def streak_rows(query: Any, on: date, with_makeups: bool) -> list[Streak]:
    """The rows of `streaks` as values, with how many issues each missed."""
    rows = list(query.tuples())
    days, last = _known_days({r[1] for r in rows}, on), _last_covered([r[0] for r in rows], on, with_makeups)
    out = []
    for person, unit, name, short, who, number, since in rows:
        after = max(d for d in (last.get(person), since and since - timedelta(days=1), date.min) if d)
        out.append(Streak(person, unit, short or name, who, number, len(days[unit]) - bisect_right(days[unit], after), last.get(person)))
    return out


def _last_covered(persons: list[int], on: date, with_makeups: bool) -> dict[int, date]:
    """person → closing day of the last issue that he did not miss, within the time looked back."""
    r, u, e, i = StudyRecord, StudyMakeup, StudyExemption, StudyIssue
    days = dict(issues(on - timedelta(days=LOOK_BACK), on).select(i.id, i.closes_on).tuples())
    out: dict[int, date] = {}
    for part in (persons[k : k + 500] for k in range(0, len(persons), 500)):
        found = [(p, days[issue]) for p, issue in r.select(r.person_id, r.issue_id).where(r.issue.in_(list(days)), r.person.in_(part)).tuples()]
        exempt = e.select(e.person_id, i.closes_on).join(i, on=(holds(e, i.closes_on) & i.id.in_(list(days)))).where(e.person.in_(part))
        found += list(exempt.tuples())
        if with_makeups:
            found += [(p, days[issue]) for p, issue in u.select(u.person_id, u.issue_id).where(u.issue.in_(list(days)), u.person.in_(part)).tuples()]
        for person, day in found:
            out[person] = max(day, out.get(person, day))
    return out


def _known_days(units: set[int] | None, on: date) -> dict[int, list[date]]:
    """unit → closing days of its known issues, oldest first; None: every unit in scope."""
    c, i = StudyCounter, StudyIssue
    days = dict(issues(on - timedelta(days=LOOK_BACK), on).select(i.id, i.closes_on).tuples())
    query = c.select(c.organization_id, c.issue_id).where(c.issue.in_(list(days) or [0]), c.source == "records")
    if units is not None and len(units) <= 500:
        query = query.where(c.organization_id.in_(sorted(units) or [0]))
    out: dict[int, list[date]] = defaultdict(list)
    for unit, issue in plain_rows(query):
        out[unit].append(days[issue])
    return defaultdict(list, {unit: sorted(found) for unit, found in out.items()})


def streak_count(on: date, limit: int, with_makeups: bool) -> int:
    """How many members in scope missed at least `limit` issues in a row now."""
    return int(streaks(on, limit, with_makeups).order_by().count())


# a branch, and who is outside ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """A person of a branch over some issues: how many he learned in time and made up for; the exemption in force on the day, if any."""

    id: int
    name: str
    number: str
    is_member: bool
    learned: int
    makeups: int
    exempt_from: date | None
    exempt_to: date | None
    exemption_id: int | None


def standings(organization_id: int, issue_ids: list[int], on: date) -> list[Standing]:
    """Everybody on the roster of one organization, members first, by name."""
    m, r, u, e = StudyMember, StudyRecord, StudyMakeup, StudyExemption
    here = m.select(m.id).where(m.organization == organization_id)
    counts = [
        dict(x.select(x.person_id, fn.COUNT(x.id)).where(x.issue.in_(issue_ids or [0]), x.person_id.in_(here)).group_by(x.person_id).tuples())
        for x in (r, u)
    ]
    exempt = {p: rest for p, *rest in e.select(e.person_id, e.from_on, e.to_on, e.id).where(holds(e, on), e.person_id.in_(here)).tuples()}
    people = m.select().where(m.organization == organization_id, ~m.off_roster, m.to_on.is_null() | (m.to_on >= on))
    return [
        Standing(p.id, p.name, p.number, p.is_member, counts[0].get(p.id, 0), counts[1].get(p.id, 0), *exempt.get(p.id, (None, None, None)))
        for p in people.order_by(m.is_member.desc(), m.name, m.id)
    ]


def names_below(organization_id: int) -> dict[int, tuple[int, int, int]]:
    """Child organization → (members, others on the roster, people outside it) of everything below it."""
    k, m = OrganizationClosure, StudyMember
    children = Organization.select(Organization.id).where(Organization.parent == organization_id)
    member = fn.SUM(Case(None, ((m.is_member & ~m.off_roster, 1),), 0))
    other = fn.SUM(Case(None, ((~m.is_member & ~m.off_roster, 1),), 0))
    outside = fn.SUM(Case(None, ((m.off_roster, 1),), 0))
    query = m.select(k.ancestor_id, member, other, outside).join(k, on=(k.descendant == m.organization)).where(k.ancestor.in_(children))
    return {o: (a, b, c) for o, a, b, c in query.group_by(k.ancestor_id).tuples()}


def outsiders(organization_id: int) -> Any:
    """Rows (person, unit, short, name, number, is_member) of people outside the roster (编外), by unit."""
    m, o = StudyMember, Organization
    query = m.select(m.id, o.name, o.short_name, m.name, m.number, m.is_member).join(o, on=(m.organization == o.id))
    return query.where(m.off_roster, m.organization_id.in_(below(organization_id))).order_by(o.code, m.name, m.id)


def outsider_rows(query: Any) -> list[tuple[Any, ...]]:
    """The rows of `outsiders` with how many issues of either kind each learned and the closing day of the last one (None: none)."""
    r, rows = StudyRecord, list(query.tuples())
    days = dict(StudyIssue.select(StudyIssue.id, StudyIssue.closes_on).tuples())
    found: dict[int, list[date]] = defaultdict(list)
    # by literal issues, so that the index (county, issue, person) serves: it has none that begins with the person
    for person, issue in r.select(r.person_id, r.issue_id).where(r.issue.in_(list(days) or [0]), r.person.in_([x[0] for x in rows] or [0])).tuples():
        found[person].append(days[issue])
    return [(*row, len(found[row[0]]), max(found[row[0]], default=None)) for row in rows]


def exemptions(organization_id: int) -> Any:
    """Exemptions of an organization and everything below it with person and organization, the newest first."""
    e, m, o = StudyExemption, StudyMember, Organization
    query = e.select(e, m, o).join(m, on=(e.person == m.id)).switch(e).join(o, on=(e.organization == o.id))
    return query.where(e.organization_id.in_(below(organization_id))).order_by(e.from_on.desc(), e.id.desc())


def makeups(organization_id: int) -> Any:
    """Make-ups of an organization and everything below it with person, issue and organization, the newest first."""
    u, m, o, i = StudyMakeup, StudyMember, Organization, StudyIssue
    query = u.select(u, m, o, i).join(m, on=(u.person == m.id)).switch(u).join(o, on=(u.organization == o.id)).switch(u).join(i, on=(u.issue == i.id))
    return query.where(u.organization_id.in_(below(organization_id))).order_by(u.made_on.desc(), u.id.desc())
