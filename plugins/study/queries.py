"""Reads of the module: what the cells of a day say, rates, non-learners, conflicts. Nothing here writes."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from peewee import JOIN, fn

from youthpilot.core import KINDS, CalendarPeriod, Organization, OrganizationClosure, current_scope

from .models import StudyAggregate, StudyCounter, StudyIssue, StudyMember, StudyRecord, StudyRoster
from .models_points import StudyExemption, StudyMakeup
from .rules import flag, mean_rate, rank_key, ranks, rate

Cell = tuple[int, int]  # (organization id, issue id)


@dataclass(frozen=True)
class CellState:
    """What the rows of one (organization, issue) say: the values of its counter."""

    participations: int
    member_participations: int
    member_base: int | None  # less those exempted
    source: str
    exempt: int = 0
    makeups: int = 0


def cell_states(issue_id: int, organization_ids: Iterable[int] | None = None) -> dict[int, CellState]:
    """organization id → its state for one issue, computed from records, aggregates and rosters; None: every organization in scope."""
    wanted = None if organization_ids is None else set(organization_ids)
    records = {o: (n, m) for o, n, m in _narrow(_record_sums(issue_id), StudyRecord, wanted)}
    aggregates = {o: (m or 0, x or 0) for o, m, x in _narrow(_aggregates(issue_id), StudyAggregate, wanted)}
    bases = dict(
        _narrow(StudyRoster.select(StudyRoster.organization_id, StudyRoster.member_base).where(StudyRoster.issue == issue_id), StudyRoster, wanted)
    )
    excused, later = excused_of(issue_id), made_up_of(issue_id)
    states = {}
    for organization in records.keys() | aggregates.keys() | bases.keys():
        exempt, base = excused.get(organization, 0), bases.get(organization)
        base = None if base is None else max(0, base - exempt)
        beside = (exempt, later.get(organization, 0))
        if organization in records:
            states[organization] = CellState(*records[organization], base, "records", *beside)
        elif organization in aggregates:
            members, others = aggregates[organization]
            states[organization] = CellState(members + others, members, base, "aggregate", *beside)
        else:
            states[organization] = CellState(0, 0, base, "roster", *beside)
    return states


def exempted(issue_id: int) -> Any:
    """Sub-query (organization, person) of members who are exempted from an issue and did not learn it in time all the same."""
    e, i, m, r = StudyExemption, StudyIssue, StudyMember, StudyRecord
    learned = r.select(r.person_id).where(r.issue == issue_id)
    query = e.select(e.organization_id, e.person_id).join(m, on=(e.person == m.id)).join(i, on=((i.id == issue_id) & holds(e, i.closes_on)))
    return query.where(m.is_member, ~m.off_roster, e.person_id.not_in(learned))


def holds(exemption: Any, day: Any) -> Any:
    """True where the exemption holds on the day (a value or a column)."""
    return (exemption.from_on <= day) & (exemption.to_on.is_null() | (exemption.to_on >= day))


def excused_of(issue_id: int) -> dict[int, int]:
    """organization → how many are exempted from the issue."""
    rows = exempted(issue_id).alias("x")
    place = rows.c.organization_id
    return dict(StudyExemption.select(place, fn.COUNT(rows.c.person_id.distinct())).from_(rows).group_by(place).tuples())


def made_up_of(issue_id: int) -> dict[int, int]:
    """organization → how many made up for the issue; who learned it in time or is exempted does not count here."""
    u, r = StudyMakeup, StudyRecord
    learned = r.select(r.person_id).where(r.issue == issue_id)
    rows = exempted(issue_id).alias("x")
    excused = StudyExemption.select(rows.c.person_id).from_(rows)
    query = u.select(u.organization_id, fn.COUNT(u.id)).where(u.issue == issue_id, u.person_id.not_in(learned), u.person_id.not_in(excused))
    return dict(query.group_by(u.organization_id).tuples())


def _record_sums(issue_id: int) -> Any:
    members = fn.SUM(StudyRecord.is_member.cast("INTEGER"))
    where = StudyRecord.issue == issue_id
    # "+ 0" keeps SQLite from walking the whole (county, organization) index to save a sort: 78 ms instead of 13 at 572,000 rows
    place = StudyRecord.organization_id
    return StudyRecord.select(fn.MIN(place), fn.COUNT(StudyRecord.id), members).where(where).group_by(place + 0)


def _aggregates(issue_id: int) -> Any:
    columns = (StudyAggregate.organization_id, StudyAggregate.learners_member, StudyAggregate.learners_other)
    return StudyAggregate.select(*columns).where(StudyAggregate.issue == issue_id)


def _narrow(query: Any, model: Any, wanted: set[int] | None) -> Iterable[tuple[Any, ...]]:
    """Few organizations are asked by index, many are sifted here (fewer bound variables)."""
    if wanted is None:
        return query.tuples()
    if len(wanted) <= 500:
        return query.where(model.organization_id.in_(sorted(wanted))).tuples()
    return (row for row in query.tuples() if row[0] in wanted)


def issues(start: date | None = None, end: date | None = None, kind: str = "study") -> Any:
    """Issues that close from `start` to `end` (both included; None: open end), newest first; kind: study, class, or "" for both."""
    query = StudyIssue.select()
    if kind:
        query = query.where(StudyIssue.kind == kind)
    if start:
        query = query.where(StudyIssue.closes_on >= start)
    if end:
        query = query.where(StudyIssue.closes_on <= end)
    return query.order_by(StudyIssue.closes_on.desc(), StudyIssue.id.desc())


def latest_issue(on: date) -> StudyIssue | None:
    """The issue of the campaign that was open on the day, else the last one closed before it; None if there is none."""
    return (
        StudyIssue.select()
        .where(StudyIssue.kind == "study", StudyIssue.opens_on <= on)
        .order_by(StudyIssue.opens_on.desc(), StudyIssue.id.desc())
        .first()
    )


def current_half(on: date) -> date:
    """The first day of the half-year in which the last issue closed before or on the day; without one, of the day's own."""
    last = issues(end=on).first()
    day: date = last.closes_on if last else on
    return CalendarPeriod.of(day, "half_year").start


@dataclass
class Line:
    """An organization with everything below it: learners and base over one or several issues.

    `members` counts only learners of cells that have a base, so that numerator and denominator match.
    """

    organization_id: int
    name: str
    kind: str
    participations: int = 0
    members: int = 0
    told_base: int | None = None  # over the issues that anybody reported
    silent_base: int | None = None  # over those that nobody has reported yet
    reported: int = 0  # cells with records or an aggregate
    cells: int = 0
    all_members: int = 0  # 人次 of members, with or without a base
    exempt: int = 0
    makeups: int = 0
    by_issue: dict[int, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    place: int | None = None

    @property
    def base(self) -> int | None:
        """Who should learn (sum): over the issues that anybody reported, and if there is none, over the others."""
        return self.silent_base if self.told_base is None else self.told_base

    @property
    def rate(self) -> Decimal | None:
        """members ÷ base, unrounded; None while nobody has reported."""
        return rate(self.members, self.told_base)

    @property
    def others(self) -> int:
        """人次 of those who are no members."""
        return self.participations - self.all_members

    @property
    def missing(self) -> int | None:
        """base − learned in time − made up, never below 0; None without a base. With `exempt` the four add up to the roll."""
        return None if self.base is None else max(0, self.base - self.members - self.makeups)

    def add(
        self, issue_id: int, participations: int, members: int, base: int | None, source: str, exempt: int = 0, makeups: int = 0, *, told: bool = True
    ) -> None:
        """Count one cell in. told: whether anybody reported the issue; of one that nobody did, nobody is at 0 %: it has no rate yet."""
        self.participations += participations
        self.all_members += members
        self.exempt += exempt
        self.makeups += makeups
        self.cells += 1
        self.reported += source != "roster"
        if base is not None and not told:
            self.silent_base = (self.silent_base or 0) + base
        elif base is not None:
            self.members += members
            self.told_base = (self.told_base or 0) + base
            cell = self.by_issue[issue_id]
            cell[0] += members
            cell[1] += base

    def mean(self, averaging: str) -> Decimal | None:
        """The rate over the issues: weighted (Σ÷Σ) or simple (mean of the issues' rates)."""
        return mean_rate([(n, d) for n, d in self.by_issue.values()], averaging)

    def flag(self, low: Decimal) -> str:
        """over, low, none or "": see rules.flag."""
        return flag(self.rate, low)


def cells(issue_ids: list[int]) -> list[tuple[int, int, int, int, int | None, str, int, int]]:
    """(organization, issue, participations, members, base, source, exempt, makeups) of every counter of these issues in scope."""
    c = StudyCounter
    columns = (c.organization_id, c.issue_id, c.participations, c.member_participations, c.member_base, c.source, c.exempt, c.makeups)
    return list(c.select(*columns).where(c.issue.in_(issue_ids or [0])).tuples())


def reported(issue_ids: list[int]) -> set[int]:
    """Those of the issues for which somebody in scope reported anything, be it that nobody learned."""
    c = StudyCounter
    query = c.select(c.issue_id).where(c.issue.in_(issue_ids or [0]), c.source != "roster").distinct()
    return {issue for (issue,) in query.tuples()}


def scope_root() -> Organization | None:
    """The top organization that the scope sees: the county's root, or the user's own."""
    root_id = current_scope().root_id
    query = Organization.select()
    return query.where(Organization.id == root_id).first() if root_id else query.where(Organization.parent.is_null()).first()


def children(parent: Organization) -> list[Organization]:
    """The organizations directly below."""
    return list(Organization.select().where(Organization.parent == parent.id).order_by(Organization.code))


def kinds_below(parent: Organization) -> dict[str, int]:
    """kind → how many children of that kind, in the order of KINDS."""
    found = [o.kind for o in children(parent)]
    return {kind: found.count(kind) for kind in KINDS if kind in found}


def lines(issue_ids: list[int], parent: Organization, averaging: str = "weighted", kind: str = "") -> tuple[Line, list[Line]]:
    """(the parent's own line with everything below it, one line per child, best rate first with its place).

    `kind`: only children of this kind, ranked among themselves. Ties go to the better lowest issue. Children without any
    roster or record have a line too, without a place.
    """
    listed = [o for o in children(parent) if kind in ("", o.kind)]
    owner = owners([o.id for o in listed])
    total = Line(parent.id, parent.short, parent.kind)
    out = {o.id: Line(o.id, o.short, o.kind) for o in listed}
    inside = {o for (o,) in below(parent.id).tuples()}
    values: list[Any]
    told = reported(issue_ids)
    for organization, issue, *values in cells(issue_ids):
        if organization in inside:
            total.add(issue, *values, told=issue in told)
            if organization in owner:
                out[owner[organization]].add(issue, *values, told=issue in told)
    return total, _ranked(list(out.values()), averaging)


def _ranked(found: list[Line], averaging: str) -> list[Line]:
    keys = {line.organization_id: rank_key(line.mean(averaging), [rate(n, d) for n, d in line.by_issue.values()]) for line in found}
    found.sort(key=lambda line: keys[line.organization_id])
    for line, place in zip(found, ranks([keys[line.organization_id] for line in found]), strict=True):
        line.place = None if line.rate is None else place
    return found


def owners(ancestor_ids: list[int]) -> dict[int, int]:
    """descendant id → which of the given organizations it stands below (or is)."""
    if not ancestor_ids:
        return {}
    c = OrganizationClosure
    return dict(c.select(c.descendant_id, c.ancestor_id).where(c.ancestor.in_(ancestor_ids)).tuples())


def totals_by_issue(issue_ids: list[int]) -> dict[int, Line]:
    """issue id → one line over everything in scope."""
    out: dict[int, Line] = {}
    values: list[Any]
    told = reported(issue_ids)
    for _organization, issue, *values in cells(issue_ids):
        out.setdefault(issue, Line(0, "", "")).add(issue, *values, told=issue in told)
    return out


def below(organization_id: int) -> Any:
    """Sub-query of the ids of an organization and everything below it."""
    c = OrganizationClosure
    return c.select(c.descendant_id).where(c.ancestor == organization_id)


def roster_names(organization_id: int, on: date) -> Any:
    """Members on the roster of an organization and everything below it on a day."""
    m = StudyMember
    valid = (m.from_on.is_null() | (m.from_on <= on)) & (m.to_on.is_null() | (m.to_on >= on))
    return m.select().where(m.organization_id.in_(below(organization_id)), valid, m.is_member, ~m.off_roster)


def missing_members(issue: StudyIssue, organization_id: int) -> Any:
    """Members on the roster of an organization and everything below it who are neither recorded, nor exempted, nor made up."""
    m, r, u, e = StudyMember, StudyRecord, StudyMakeup, StudyExemption
    gone = (
        r.select(r.person_id).where(r.issue == issue.id),
        u.select(u.person_id).where(u.issue == issue.id),
        e.select(e.person_id).where(holds(e, issue.closes_on)),
    )
    query = roster_names(organization_id, issue.closes_on)
    for persons in gone:
        query = query.where(m.id.not_in(persons))
    return query


def non_learners(issue: StudyIssue, organization_id: int) -> list[tuple[str, str]]:
    """(organization, name) of members on the roster who are missing, by organization; only where names are known.

    Who is exempted or has made up for the issue is not missing.
    """
    m = StudyMember
    query = missing_members(issue, organization_id)
    rows = query.select(Organization.name, Organization.short_name, m.name).join(Organization, on=(m.organization == Organization.id))
    return [(short or name, person) for name, short, person in rows.order_by(Organization.code, m.name).tuples()]


def outsiders(issue: StudyIssue, organization_id: int) -> list[tuple[str, str]]:
    """(organization, name) of learners who do not stand on a roster (编外)."""
    m, r, o = StudyMember, StudyRecord, Organization
    query = r.select(o.name, m.name).join(m, on=(r.person == m.id)).join(o, on=(r.organization == o.id))
    return list(query.where(r.issue == issue.id, m.off_roster, r.organization_id.in_(below(organization_id))).order_by(o.code, m.name).tuples())


@dataclass(frozen=True)
class Conflict:
    """Two sources for the same cell: both, with what is counted. other: an aggregate beside names, or names below an aggregate."""

    issue: str
    organization_id: int
    organization: str
    counted: int
    ignored: int
    below: bool


def conflicts(issue_ids: list[int]) -> list[Conflict]:
    """Aggregates that stand beside person rows and say otherwise (the rows count), or above rows of lower units (both count)."""
    a, c, o = StudyAggregate, StudyCounter, Organization
    total = fn.COALESCE(a.learners_member, 0) + fn.COALESCE(a.learners_other, 0)
    query = (
        a.select(StudyIssue.title, a.issue_id, o.id, o.name, total, c.participations, c.source)
        .join(c, on=((c.organization == a.organization) & (c.issue == a.issue)))
        .switch(a)
        .join(o, on=(a.organization == o.id))
        .switch(a)
        .join(StudyIssue, on=(a.issue == StudyIssue.id))
        .where(a.issue.in_(issue_ids or [0]))
    )
    found, above = [], []
    for title, issue, organization, name, said, counted, source in query.tuples():
        if source == "records" and said != counted:
            found.append(Conflict(title, organization, name, counted, said, False))
        elif source == "aggregate":
            above.append((title, issue, organization, name, said))
    return found + _counted_twice(above)


def _counted_twice(aggregates: list[tuple[str, int, int, str, int]]) -> list[Conflict]:
    """Aggregates of units below which others report the same issue too."""
    c, k = StudyCounter, OrganizationClosure
    pairs = c.select(k.ancestor_id, c.issue_id, fn.SUM(c.participations)).join(k, on=(k.descendant == c.organization))
    pairs = pairs.where(k.ancestor.in_([a[2] for a in aggregates] or [0]), k.depth > 0, c.source != "roster", c.participations > 0)
    sums = {(o, i): n for o, i, n in pairs.group_by(k.ancestor_id, c.issue_id).tuples()}
    return [Conflict(t, o, n, said, sums[o, i], True) for t, i, o, n, said in aggregates if (o, i) in sums]


def unreported(issue: StudyIssue) -> list[tuple[int, str]]:
    """(id, name) of organizations with a roster for the issue and neither a record nor an aggregate."""
    c, o = StudyCounter, Organization
    query = c.select(o.id, o.name).join(o, on=(c.organization == o.id)).where(c.issue == issue.id, c.source == "roster", c.member_base > 0)
    return list(query.order_by(o.code).tuples())


def empty_issues(start: date, end: date) -> list[StudyIssue]:
    """Issues closing in the range (both included) for which nothing was reported."""
    reported = StudyCounter.select(StudyCounter.issue_id).where(StudyCounter.source != "roster")
    return list(issues(start, end).where(StudyIssue.id.not_in(reported)))


def records(start: date, end: date, organization_ids: list[int] | None = None, what: str = "study") -> Any:
    """(issue, organization, name, how counted, learned on, 人次) of every row behind the participations, aggregates included."""
    r, m, o, i, a = StudyRecord, StudyMember, Organization, StudyIssue, StudyAggregate
    from peewee import Case, Value

    kind = Case(None, ((r.is_member, "团员"),), "其他青年")
    persons = (
        r.select(i.title, o.name, m.name, kind, r.learned_on, Value(1))
        .join(i, on=(r.issue == i.id))
        .switch(r)
        .join(o, on=(r.organization == o.id))
        .switch(r)
        .join(m, on=(r.person == m.id))
        .where(i.closes_on >= start, i.closes_on <= end, i.kind == what)
    )
    total = fn.COALESCE(a.learners_member, 0) + fn.COALESCE(a.learners_other, 0)
    c = StudyCounter
    sums = (
        a.select(i.title, o.name, Value(""), Value("汇总录入"), Value(None), total)
        .join(i, on=(a.issue == i.id))
        .switch(a)
        .join(o, on=(a.organization == o.id))
        .switch(a)
        .join(c, JOIN.INNER, on=((c.organization == a.organization) & (c.issue == a.issue)))
        .where(i.closes_on >= start, i.closes_on <= end, i.kind == what, c.source == "aggregate")
    )
    if organization_ids is not None:
        persons = persons.where(r.organization_id.in_(organization_ids))
        sums = sums.where(a.organization_id.in_(organization_ids))
    return persons.union_all(sums)
