"""Points: computed from the counters and the records by the rules in force on each issue's closing day; taken back by entries, never deleted.

Computing twice changes nothing. An entry that a person took back stays taken back as long as the rule finds the same again.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from peewee import Case, fn

from youthpilot.core import Organization, RuleError, actor_name, bulk_load, business_now, current_scope, record_audit, today, transaction

from .counting import owned
from .models import StudyCounter, StudyIssue, StudyMember, StudyRecord
from .models_points import StudyExemption, StudyMakeup, StudyPoint
from .pointing import PointChoices, point_choices
from .queries import below, issues, owners
from .rolls import known
from .rules_points import scored, why
from .words import _

Key = tuple[int, int | None, int]  # (organization, person or None, issue)


@dataclass(frozen=True)
class Entry:
    """What the rules find: an entry to be written."""

    rule: str
    points: int
    reason: str
    counted_on: date


class Written(NamedTuple):
    """An entry that stands: written and not taken back."""

    id: int
    organization_id: int
    person_id: int | None
    issue_id: int
    rule: str
    points: int
    counted_on: date


@dataclass(frozen=True)
class Computed:
    """What a computation wrote: entries added, entries taken back because the records or the rules changed."""

    added: int
    reversed: int


def compute(first: date, last: date) -> Computed:
    """Bring the entries of issues closing from `first` to `last` (both included; those already closed) up to date; idempotent.

    Takes a half-year: streaks are looked for inside it. Raises PeriodLocked if an entry of a locked period would change.
    """
    last = min(last, today())
    wanted = _of_branches(first, last) | _of_persons(first, last)
    with transaction():
        standing, by_hand = _standing(first, last)
        gone = [(row, _("Computed again: the records or the rules have changed")) for key, row in standing.items() if not _same(row, wanted.get(key))]
        kept = {key for key, row in standing.items() if _same(row, wanted.get(key))}
        new = {k: e for k, e in wanted.items() if k not in kept and by_hand.get(k) != (e.rule, e.points)}
        bulk_load(StudyPoint, [_reversal(row, reason, False) for row, reason in gone])
        bulk_load(StudyPoint, [_row(*key, entry) for key, entry in new.items()])
        if new or gone:
            after = {"from": first.isoformat(), "to": last.isoformat(), "added": len(new), "reversed": len(gone)}
            record_audit("study.points.compute", after=after)
    return Computed(len(new), len(gone))


def _same(row: "Written", entry: Entry | None) -> bool:
    return entry is not None and (row.rule, row.points) == (entry.rule, entry.points)


def _of_branches(first: date, last: date) -> dict[Key, Entry]:
    """(branch, None, issue) → its entry; only branches, and only issues for which they reported (or all, by the setting)."""
    c, o = StudyCounter, Organization
    county = current_scope().county_id or 0
    out: dict[Key, Entry] = {}
    for issue in issues(first, last, ""):
        choices = point_choices(county, issue.closes_on)
        query = c.select(c.organization_id, c.member_participations, c.makeups, c.member_base, c.source).join(o, on=(c.organization == o.id))
        for unit, learned, makeups, base, source in query.where(c.issue == issue.id, o.org_type == "branch").tuples():
            if source == "roster" and not choices.silent_is_zero:
                continue
            learners = learned + (makeups if choices.makeup_in_points else 0)
            if (found := scored(learners, base, choices.scale)) is not None:
                words = f"{issue.title}：{why(learners, base, found[0], choices.scale)}"
                out[unit, None, issue.id] = Entry(*found, words, issue.closes_on)
    return out


def _of_persons(first: date, last: date) -> dict[Key, Entry]:
    """(branch, person, issue) → an entry without points for who missed so many issues in a row; the issue with which the first such run was full."""
    choices: PointChoices = point_choices(current_scope().county_id or 0, last)
    limit = choices.streak_limit
    by_place = _places(first, last)
    out: dict[Key, Entry] = {}
    for person, unit, place in _runs(first, last, limit, choices.makeup_in_streaks):
        days = by_place[unit]
        issue, day, title = days[place + limit - 1]
        words = f"{days[place][2]}至{title}连续{limit}期未学，取消评优资格"
        out[unit, person, issue] = Entry("streak", 0, words, day)
    return out


def _places(first: date, last: date) -> dict[int, list[tuple[int, date, str]]]:
    """unit → (issue, closing day, title) of its known issues, oldest first."""
    rows, out = known(first, last).alias("k"), defaultdict(list)
    titles = dict(StudyIssue.select(StudyIssue.id, StudyIssue.title).tuples())
    query = StudyCounter.select(rows.c.unit, rows.c.issue, rows.c.day).from_(rows).order_by(rows.c.place.desc())
    for unit, issue, day in query.tuples():
        out[unit].append((issue, date.fromisoformat(day) if isinstance(day, str) else day, titles[issue]))
    return out


def _runs(first: date, last: date, limit: int, with_makeups: bool) -> Iterator[tuple[int, int, int]]:
    """(person, unit, place from 0 of the first issue missed) of each member's first run of `limit` issues missed in a row.

    Counted here and not by window functions: without statistics SQLite took minutes for what is one pass over 60,000 members.
    """
    by_place, learned, exempt = _places(first, last), _covered(first, last, with_makeups), _exempt_days()
    m = StudyMember
    query = m.select(m.id, m.organization_id).where(m.is_member, ~m.off_roster, m.from_on.is_null() | (m.from_on <= first))
    for person, unit in query.where(m.to_on.is_null() | (m.to_on >= last)).tuples():
        run, spans = 0, exempt.get(person, ())
        for place, (issue, day, _title) in enumerate(by_place.get(unit, ())):
            excused = any(a <= day and (b is None or day <= b) for a, b in spans)
            run = 0 if excused or person in learned[issue] else run + 1
            if run == limit:
                yield person, unit, place - limit + 1
                break


def _covered(first: date, last: date, with_makeups: bool) -> dict[int, set[int]]:
    """issue of the campaign → persons who learned it, or made up for it if that counts."""
    out: dict[int, set[int]] = defaultdict(set)
    for (issue,) in issues(first, last).select(StudyIssue.id).tuples():
        for model in (StudyRecord, StudyMakeup) if with_makeups else (StudyRecord,):
            out[issue] |= {p for (p,) in model.select(model.person_id).where(model.issue == issue).tuples()}
    return out


def _exempt_days() -> dict[int, list[tuple[date, date | None]]]:
    """person → from and to of his exemptions."""
    out: dict[int, list[tuple[date, date | None]]] = defaultdict(list)
    e = StudyExemption
    for person, first, last in e.select(e.person_id, e.from_on, e.to_on).tuples():
        out[person].append((first, last))
    return out


# entries -------------------------------------------------------------------------------------------------------------

COLUMNS = ("id", "organization_id", "person_id", "issue_id", "rule", "points", "counted_on")


def _standing(first: date, last: date) -> tuple[dict[Key, Written], dict[Key, tuple[str, int]]]:
    """(key → the entry that stands, key → rule and points that a person took back) of issues closing in the range."""
    p, back = StudyPoint, StudyPoint.alias("back")
    columns = [p._meta.combined[c] for c in COLUMNS]
    query = p.select(*columns, back.by_hand).join(back, "LEFT OUTER JOIN", on=(back.reverses == p.id))
    standing: dict[Key, Written] = {}
    by_hand: dict[Key, tuple[str, int]] = {}
    for *values, hand in query.where(p.reverses.is_null(), p.counted_on >= first, p.counted_on <= last).order_by(p.id).tuples():
        row = Written(*values)
        key = (row.organization_id, row.person_id, row.issue_id)
        if hand is None:
            standing[key] = row
        elif hand:
            by_hand[key] = (row.rule, row.points)
        else:
            by_hand.pop(key, None)
    return standing, by_hand


def _row(organization_id: int, person_id: int | None, issue_id: int, entry: Entry) -> dict[str, Any]:
    place = {"organization": organization_id, "person": person_id, "issue": issue_id, "rule": entry.rule, "points": entry.points}
    return owned(place | {"reason": entry.reason, "counted_on": entry.counted_on, "reverses": None, "by_hand": False} | _signed())


def _reversal(row: Written, reason: str, by_hand: bool) -> dict[str, Any]:
    place = {"organization": row.organization_id, "person": row.person_id, "issue": row.issue_id, "rule": row.rule, "points": -row.points}
    return owned(place | {"reason": reason, "counted_on": row.counted_on, "reverses": row.id, "by_hand": by_hand} | _signed())


def _signed() -> dict[str, Any]:
    return {"recorded_at": business_now(), "actor": actor_name()}


def reverse(entry_id: int, reason: str) -> None:
    """Take one entry back by an entry against it, with a reason. Raises RuleError without a reason (S25), or for an entry that was taken
    back already or itself takes one back (S26)."""
    if not reason.strip():
        raise RuleError(_("Write why the entry is taken back"), "reason")
    with transaction():
        row = StudyPoint.get_by_id(entry_id)
        if row.reverses_id is not None or StudyPoint.select().where(StudyPoint.reverses == row.id).exists():
            raise RuleError(_("This entry was taken back already, or takes another one back"), "reason")
        values = Written(*(getattr(row, c) for c in COLUMNS))
        bulk_load(StudyPoint, [_reversal(values, reason.strip(), True)])
        record_audit("study.points.reverse", object_type="study_point", object_id=row.id, organization_id=row.organization_id, reason=reason)


# totals --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PointLine:
    """An organization with everything below it: sum of points, what was earned and lost, persons who lost eligibility, entries in all."""

    organization_id: int
    name: str
    kind: str
    total: int
    earned: int
    lost: int
    barred: int
    entries: int


def totals(parent: Organization, first: date, last: date) -> list[PointLine]:
    """One line per child of the parent (the parent itself, if it has none), most points first; entries taken back count with their reversal."""
    p, o = StudyPoint, Organization
    units = list(o.select().where(o.parent == parent.id)) or [parent]
    barred = fn.SUM(Case(None, ((p.rule != "streak", 0), (p.reverses.is_null(), 1)), -1))
    gain, loss = (fn.SUM(Case(None, ((test, p.points),), 0)) for test in (p.rule.in_(["full", "high"]), p.rule.in_(["low", "bad"])))
    # by organization first, then up the tree: joining the tree to every entry takes ten times as long
    query = p.select(p.organization_id, gain, loss, barred, fn.COUNT(p.id)).where(p.counted_on >= first, p.counted_on <= last)
    owner = owners([u.id for u in units])
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for organization, *values in query.group_by(p.organization_id).tuples():
        if organization in owner:
            sums[owner[organization]] = [a + b for a, b in zip(sums[owner[organization]], values, strict=True)]
    out = []
    for unit in units:
        earned, lost, persons, count = sums[unit.id]
        out.append(PointLine(unit.id, unit.short, unit.kind, earned + lost, earned, lost, persons, count))
    return sorted(out, key=lambda line: (not line.entries, -line.total, line.name))


def entries(organization_id: int, first: date, last: date, rule: str = "") -> Any:
    """Entries of an organization and everything below it with issue, person and organization; the newest issue first."""
    p, m, o, i = StudyPoint, StudyMember, Organization, StudyIssue
    query = p.select(p, m, o, i).join(m, "LEFT OUTER JOIN", on=(p.person == m.id)).switch(p).join(o, on=(p.organization == o.id))
    query = query.switch(p).join(i, on=(p.issue == i.id)).where(p.counted_on >= first, p.counted_on <= last)
    query = query.where(p.organization_id.in_(below(organization_id)))
    if rule:
        query = query.where(p.rule == rule)
    return query.order_by(p.counted_on.desc(), o.code, p.id)


def taken_back(ids: list[int]) -> set[int]:
    """Those of the entries that another entry takes back."""
    return {i for (i,) in StudyPoint.select(StudyPoint.reverses).where(StudyPoint.reverses.in_(ids or [0])).tuples()}
