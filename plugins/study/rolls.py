"""Reads of people: who missed issues in a row, who learned outside the roster, how a branch's members stand. Names, never counts alone."""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from peewee import JOIN, Case, fn

from youthpilot.core import Organization, OrganizationClosure

from .models import StudyCounter, StudyIssue, StudyMember, StudyRecord
from .models_points import StudyExemption, StudyMakeup
from .queries import below, holds

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


def covered(first: date, last: date, with_makeups: bool) -> Any:
    """Sub-query (person, day): closing days of the campaign's issues that a person learned, is exempted from, or (if they count) made up for."""
    r, u, e, i = StudyRecord, StudyMakeup, StudyExemption, StudyIssue
    between = (i.kind == "study") & (i.closes_on >= first) & (i.closes_on <= last)
    query = r.select(r.person_id.alias("person"), i.closes_on.alias("day")).join(i, on=(r.issue == i.id)).where(between)
    query = query.union_all(e.select(e.person_id, i.closes_on).join(i, on=holds(e, i.closes_on)).where(between))
    if with_makeups:
        query = query.union_all(u.select(u.person_id, i.closes_on).join(i, on=(u.issue == i.id)).where(between))
    return query


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


def streaks(on: date, limit: int, with_makeups: bool, organization_id: int | None = None, since: date | None = None) -> Any:
    """Rows for `streak_rows`: members who now missed at least `limit` of the issues closed by the day in a row; by unit, the longest
    first. Exemptions end a streak, make-up study does if it counts. `since`: who covered what before is not asked (for counting).
    """
    first = on - timedelta(days=LOOK_BACK)
    m, o = StudyMember, Organization
    issues_, done = known(first, on).cte("known"), covered(since or first, on, with_makeups).alias("done")
    last = StudyRecord.select(done.c.person.alias("person"), fn.MAX(done.c.day).alias("day")).from_(done).group_by(done.c.person).cte("last")
    # whoever covered nothing since the day of the limit-th newest issue missed at least so many: one comparison instead of a count per person
    missed = last.c.day.is_null() | (last.c.day < issues_.c.day)
    query = (
        m.select(m.id, m.organization_id, o.name, o.short_name, m.name, m.number, m.from_on, last.c.day)
        .join(o, on=(m.organization == o.id))
        .join(issues_, on=((issues_.c.unit == m.organization_id) & (issues_.c.place == limit)))
        .join(last, JOIN.LEFT_OUTER, on=(last.c.person == m.id))
        .where(m.is_member, ~m.off_roster, missed, m.from_on.is_null() | (m.from_on <= issues_.c.day), m.to_on.is_null() | (m.to_on >= on))
        .with_cte(issues_, last)
    )
    if organization_id is not None:
        query = query.where(m.organization_id.in_(below(organization_id)))
    return query.order_by(o.code, fn.COALESCE(last.c.day, date.min), m.name, m.id)


def streak_rows(query: Any, on: date) -> list[Streak]:
    """The rows of `streaks` as values, with how many issues each missed."""
    rows = list(query.tuples())
    days = _known_days({r[1] for r in rows}, on)
    out = []
    for person, unit, name, short, who, number, since, last in rows:
        after = max(d for d in (_day(last), since and since - timedelta(days=1), date.min) if d)
        out.append(Streak(person, unit, short or name, who, number, len(days[unit]) - bisect_right(days[unit], after), _day(last)))
    return out


def _known_days(units: set[int], on: date) -> dict[int, list[date]]:
    """unit → closing days of its known issues, oldest first."""
    out: dict[int, list[date]] = defaultdict(list)
    rows = known(on - timedelta(days=LOOK_BACK), on).alias("k")
    query = StudyCounter.select(rows.c.unit, rows.c.day).from_(rows).order_by(rows.c.day)
    if len(units) <= 500:
        query = query.where(rows.c.unit.in_(sorted(units) or [0]))
    for unit, day in query.tuples():
        out[unit].append(_day(day) or on)
    return out


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def streak_count(on: date, limit: int, with_makeups: bool) -> int:
    """How many members in scope missed at least `limit` issues in a row now."""
    rows = known(on - timedelta(days=LOOK_BACK), on).alias("k")
    oldest = _day(StudyCounter.select(fn.MIN(rows.c.day)).from_(rows).where(rows.c.place == limit).scalar())
    return 0 if oldest is None else int(streaks(on, limit, with_makeups, since=oldest).order_by().count())


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
    """Rows (person, unit, short, name, number, is_member, issues learned, last closing day) of learners outside the roster (编外), by unit."""
    m, r, o, i = StudyMember, StudyRecord, Organization, StudyIssue
    query = (
        m.select(m.id, o.name, o.short_name, m.name, m.number, m.is_member, fn.COUNT(r.id), fn.MAX(i.closes_on))
        .join(o, on=(m.organization == o.id))
        .switch(m)
        .join(r, JOIN.LEFT_OUTER, on=(r.person == m.id))
        .join(i, JOIN.LEFT_OUTER, on=(r.issue == i.id))
        .where(m.off_roster, m.organization_id.in_(below(organization_id)))
    )
    return query.group_by(m.id, o.name, o.short_name, o.code, m.name, m.number, m.is_member).order_by(o.code, m.name, m.id)


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
