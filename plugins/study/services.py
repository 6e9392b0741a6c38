"""Verbs of the module, one transaction each: check, write, recount the touched cells, audit."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from peewee import fn

from youthpilot.core import Organization, RuleError, bulk_load, current_scope, keep_before, record_audit, today, transaction

from .counting import owned, recount
from .excusing import exempt_cells, follow_exemptions
from .models import StudyAggregate, StudyCounter, StudyIssue, StudyMember, StudyRecord, StudyRoster
from .models_points import StudyExemption, StudyMakeup, StudyPoint
from .queries import issues, scope_root
from .rules import issue_title, weekly
from .words import _

LONGEST_ISSUE = 60  # days; a longer one is a typing error


@dataclass(frozen=True)
class Learner:
    """One person who learned: `person_id` is a StudyMember of `organization_id`."""

    organization_id: int
    person_id: int
    learned_on: date | None = None
    is_member: bool = True


@dataclass(frozen=True)
class Written:
    """What a write did: rows added, changed, left as they were."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


# issues ------------------------------------------------------------------------------------------------------------


def add_issue(
    year: int,
    number: int,
    opens_on: date,
    closes_on: date,
    *,
    is_special: bool = False,
    season: int | None = None,
    title: str = "",
    theme: str = "",
    kind: str = "study",
) -> StudyIssue:
    """A new issue, without rosters yet (see fill_roster). Raises RuleError for dates the wrong way round or a number already taken."""
    _check_issue(year, number, is_special, opens_on, closes_on, kind, None)
    with transaction():
        issue = StudyIssue.create(
            county=current_scope().county_id,
            organization=_county_root(),
            kind=kind,
            year=year,
            season=season,
            number=number,
            is_special=is_special,
            title=title or issue_title(year, number, is_special, kind),
            theme=theme,
            opens_on=opens_on,
            closes_on=closes_on,
        )
        record_audit("study.issue.add", object_type="study_issue", object_id=issue.id, object_name=issue.title)
    return issue


def change_issue(issue: StudyIssue, *, opens_on: date, closes_on: date, title: str, theme: str = "") -> None:
    """Correct an issue's dates and title; its rows follow into the period in which it closes now."""
    _check_issue(issue.year, issue.number, issue.is_special, opens_on, closes_on, issue.kind, issue.id)
    with transaction():
        if closes_on != issue.closes_on:
            for model in (StudyRecord, StudyAggregate, StudyRoster):
                model.update(counted_on=closes_on).where(model.issue == issue.id).execute()
        issue.opens_on, issue.closes_on, issue.title, issue.theme = opens_on, closes_on, title or issue.title, theme
        issue.save()
        recount(exempt_cells(issue))
        record_audit("study.issue.change", object_type="study_issue", object_id=issue.id, object_name=issue.title)


def delete_issue(issue: StudyIssue) -> None:
    """Take out an issue nobody has studied yet. Raises RuleError if records, totals, make-ups or points exist."""
    with transaction():
        if any(m.select().where(m.issue == issue.id).exists() for m in (StudyRecord, StudyAggregate)):
            raise RuleError(_("%(issue)s has records. Undo their import first.", issue=issue.title))
        if any(m.select().where(m.issue == issue.id).exists() for m in (StudyMakeup, StudyPoint)):
            raise RuleError(_("%(issue)s has make-up study or points: it stays.", issue=issue.title))
        for model in (StudyCounter, StudyRoster):
            model.delete().where(model.issue == issue.id).execute()
        StudyIssue.delete().where(StudyIssue.id == issue.id).execute()
        record_audit("study.issue.delete", object_type="study_issue", object_id=issue.id, object_name=issue.title)


def open_weekly(year: int, first_opens: date, last_closes: date, first_number: int = 1, days: int = 6) -> list[StudyIssue]:
    """Weekly issues of the campaign between two days (both included), each `days` days after its opening closed; numbers already there
    are left alone."""
    taken = {
        n for (n,) in StudyIssue.select(StudyIssue.number).where(StudyIssue.year == year, ~StudyIssue.is_special, StudyIssue.kind == "study").tuples()
    }
    with transaction():
        planned = weekly(first_opens, last_closes, days, first_number)
        return [add_issue(year, n, opens, closes) for n, opens, closes in planned if n not in taken]


def _check_issue(year: int, number: int, is_special: bool, opens_on: date, closes_on: date, kind: str, own_id: int | None) -> None:
    if closes_on < opens_on:
        raise RuleError(_("The issue closes before it opens"), "closes_on")
    if (closes_on - opens_on).days > LONGEST_ISSUE:
        raise RuleError(_("The issue would stay open for more than %(days)s days: check the dates", days=LONGEST_ISSUE), "closes_on")
    if not opens_on.year <= year + 1 and closes_on.year >= year - 1:
        raise RuleError(_("The dates do not lie in the year of the issue"), "opens_on")
    i = StudyIssue
    same = i.select().where(i.kind == kind, i.year == year, i.is_special == is_special, i.number == number)
    if number < 1 or (found := same.where(i.id != (own_id or 0)).first()):
        text = _("%(issue)s is there already", issue=found.title) if number >= 1 else _("Numbers begin with 1")
        raise RuleError(text, "number")


def _county_root() -> Organization:
    root = scope_root()
    if root is None:
        raise RuleError(_("The county has no organizations yet: import them first"))
    return root


# rosters -----------------------------------------------------------------------------------------------------------


def set_roster(issue: StudyIssue, bases: dict[int, int], as_of: date, source: str = "entered", batch: Any = None) -> Written:
    """Set the number of members (名, ≥ 0) who should study an issue, by organization; others are left alone."""
    if any(base < 0 for base in bases.values()):
        raise RuleError(_("A number of members cannot be negative"), "member_base")
    with transaction():
        existing = {r.organization_id: r for r in StudyRoster.select().where(StudyRoster.issue == issue.id) if r.organization_id in bases}
        changed = [r for o, r in existing.items() if r.member_base != bases[o]]
        for row in changed:
            keep_before(batch, row)
            row.member_base, row.as_of, row.source = bases[row.organization_id], as_of, source
            row.batch_id = batch.id if batch else row.batch_id
            row.save()
        new = [o for o in bases if o not in existing]
        bulk_load(StudyRoster, [_roster_row(issue, o, bases[o], as_of, source, batch) for o in new])
        touched = new + [r.organization_id for r in changed]
        recount((o, issue.id) for o in touched)
    return Written(len(new), len(changed), len(existing) - len(changed))


def _roster_row(issue: StudyIssue, organization_id: int, base: int, as_of: date, source: str, batch: Any) -> dict[str, Any]:
    values = {"organization": organization_id, "issue": issue.id, "member_base": base, "as_of": as_of}
    return owned(values | {"counted_on": issue.closes_on, "source": source, "batch_id": _batch_id(batch)})


def fill_roster(issue: StudyIssue, as_of: date) -> int:
    """Give every branch that has no base for the issue one: its names on the roster, else its base of the issue before, else its
    member count in the tree of organizations. Returns how many were filled."""
    with transaction():
        have = {o for (o,) in StudyRoster.select(StudyRoster.organization_id).where(StudyRoster.issue == issue.id).tuples()}
        before = issues(end=issue.opens_on).where(StudyIssue.id != issue.id).first()
        filled = 0
        for source, bases in (("names", _by_names(as_of)), ("carried", _by_issue(before)), ("organization", _by_count(as_of))):
            missing = {o: n for o, n in bases.items() if o not in have}
            set_roster(issue, missing, as_of, source)
            have |= missing.keys()
            filled += len(missing)
        if filled:
            record_audit("study.roster.fill", object_type="study_issue", object_id=issue.id, object_name=issue.title, after={"organizations": filled})
    return filled


def _by_names(on: date) -> dict[int, int]:
    m = StudyMember
    valid = (m.from_on.is_null() | (m.from_on <= on)) & (m.to_on.is_null() | (m.to_on >= on))
    return dict(m.select(m.organization_id, fn.COUNT(m.id)).where(valid, m.is_member, ~m.off_roster).group_by(m.organization_id).tuples())


def _by_issue(issue: StudyIssue | None) -> dict[int, int]:
    if issue is None:
        return {}
    return dict(StudyRoster.select(StudyRoster.organization_id, StudyRoster.member_base).where(StudyRoster.issue == issue.id).tuples())


def _by_count(on: date) -> dict[int, int]:
    """Only branches: a committee's count holds those of its branches."""
    o = Organization
    open_now = o.closed_on.is_null() | (o.closed_on >= on)
    return dict(o.select(o.id, o.member_count).where(o.org_type == "branch", o.member_count.is_null(False), open_now).tuples())


# learners ----------------------------------------------------------------------------------------------------------


def add_members(rows: list[dict[str, Any]], batch: Any = None) -> dict[tuple[int, str], int]:
    """Put names on rosters (keys organization_id, person_key, name, number, is_member, off_roster); those already there stay.

    Returns (organization, person_key) → id for all rows given.
    """
    keys = {(r["organization_id"], r["person_key"]) for r in rows}
    with transaction():
        known = member_ids({o for o, _key in keys})
        new = {(r["organization_id"], r["person_key"]): r for r in rows if (r["organization_id"], r["person_key"]) not in known}
        bulk_load(StudyMember, [_member_row(r, batch) for r in new.values()])
        known = member_ids({o for o, _key in keys}) if new else known
    return {k: known[k] for k in keys}


def _member_row(row: dict[str, Any], batch: Any) -> dict[str, Any]:
    return owned(
        {
            "organization": row["organization_id"],
            "person_key": row["person_key"],
            "name": row["name"],
            "number": row.get("number", ""),
            "is_member": row.get("is_member", True),
            "off_roster": row.get("off_roster", False),
            "batch_id": _batch_id(batch),
        }
    )


def member_ids(organization_ids: set[int]) -> dict[tuple[int, str], int]:
    """(organization, person_key) → id of everybody on the rosters of these organizations, those outside included."""
    m = StudyMember
    query = m.select(m.organization_id, m.person_key, m.id)
    if len(organization_ids) <= 500:
        query = query.where(m.organization.in_(sorted(organization_ids) or [0]))
    return {(o, key): i for o, key, i in query.tuples() if o in organization_ids}


def record_learners(issue: StudyIssue, learners: list[Learner], batch: Any = None) -> Written:
    """Record who learned the issue: each person once, whoever is there already stays as he is. Recounts the touched cells."""
    with transaction():
        seen = {p for (p,) in StudyRecord.select(StudyRecord.person_id).where(StudyRecord.issue == issue.id).tuples()}
        new = {item.person_id: item for item in reversed(learners) if item.person_id not in seen}
        county, batch_id = current_scope().county_id, _batch_id(batch)
        rows = [
            {
                "county": county,
                "organization": item.organization_id,
                "issue": issue.id,
                "person": item.person_id,
                "learned_on": item.learned_on,
                "counted_on": issue.closes_on,
                "is_member": item.is_member,
                "batch_id": batch_id,
            }
            for item in reversed(new.values())
        ]
        bulk_load(StudyRecord, rows)
        recount({(item.organization_id, issue.id) for item in new.values()})
    return Written(len(new), 0, len(learners) - len(new))


def delete_record(record: StudyRecord, reason: str = "") -> None:
    """Take out one record (entered by mistake) and recount its cell."""
    with transaction():
        StudyRecord.delete().where(StudyRecord.id == record.id).execute()
        recount([(record.organization_id, record.issue_id)])
        record_audit("study.record.delete", object_type="study_record", object_id=record.id, reason=reason)


def record_aggregate(
    issue: StudyIssue,
    organization_id: int,
    learners_member: int | None,
    learners_other: int | None,
    source_file: str = "",
    *,
    note: str = "",
    batch: Any = None,
) -> Written:
    """A total without names (人次). Counts only where there are no person rows. Raises RuleError without any number."""
    return record_aggregates(issue, {organization_id: (learners_member, learners_other)}, source_file, note=note, batch=batch)


def record_aggregates(
    issue: StudyIssue, totals: dict[int, tuple[int | None, int | None]], source_file: str = "", *, note: str = "", batch: Any = None
) -> Written:
    """The same for many organizations: organization → (members, others), None for what was not told apart."""
    for members, others in totals.values():
        if members is None and others is None:
            raise RuleError(_("Enter how many learned; 0 if nobody did"), "learners_member")
        if min(members or 0, others or 0) < 0:
            raise RuleError(_("A number of learners cannot be negative"), "learners_member")
    done: dict[str, int] = defaultdict(int)
    with transaction():
        existing = {a.organization_id: a for a in StudyAggregate.select().where(StudyAggregate.issue == issue.id) if a.organization_id in totals}
        words = {"source_file": source_file, "note": note}
        for organization, row in existing.items():
            if (row.learners_member, row.learners_other) == totals[organization]:
                done["unchanged"] += 1
                continue
            keep_before(batch, row)
            _set(
                row,
                {"learners_member": totals[organization][0], "learners_other": totals[organization][1], "batch_id": _batch_id(batch) or row.batch_id}
                | words,
            )
            done["changed"] += 1
        new = [_aggregate_row(issue, o, numbers, words, batch) for o, numbers in totals.items() if o not in existing]
        done["added"] = bulk_load(StudyAggregate, new)
        recount((o, issue.id) for o in totals)
        if batch is None:
            record_audit(
                "study.aggregate", object_type="study_issue", object_id=issue.id, object_name=issue.title, after={"organizations": len(totals)}
            )
    return Written(**done)


def _aggregate_row(
    issue: StudyIssue, organization_id: int, numbers: tuple[int | None, int | None], words: dict[str, str], batch: Any
) -> dict[str, Any]:
    values = {"organization": organization_id, "issue": issue.id, "learners_member": numbers[0], "learners_other": numbers[1], **words}
    return owned(values | {"counted_on": issue.closes_on, "batch_id": _batch_id(batch)})


def _set(row: Any, values: dict[str, Any]) -> None:
    for key, value in values.items():
        setattr(row, key, value)
    row.save()


def delete_aggregate(aggregate: StudyAggregate) -> None:
    """Take out a total and recount its cell."""
    with transaction():
        StudyAggregate.delete().where(StudyAggregate.id == aggregate.id).execute()
        recount([(aggregate.organization_id, aggregate.issue_id)])
        record_audit("study.aggregate.delete", object_type="study_aggregate", object_id=aggregate.id)


# what happens elsewhere -------------------------------------------------------------------------------------------


def follow_organization(organization_id: int, event: str, other_id: int | None) -> None:
    """A merged organization's names go to the one it merged into; what was studied stays counted where it was."""
    if event != "merged" or other_id is None:
        return
    taken = {key for (key,) in StudyMember.select(StudyMember.person_key).where(StudyMember.organization == other_id).tuples()}
    rows = StudyMember.select().where(StudyMember.organization == organization_id)
    moved = [m.id for m in rows if m.person_key not in taken]
    follow_exemptions(organization_id, other_id, today())
    for part in (moved[i : i + 500] for i in range(0, len(moved), 500)):
        StudyMember.update(organization=other_id).where(StudyMember.id.in_(part)).execute()


def forget_person(person_id: int) -> None:
    """Erase what tells of a person; that somebody learned stays counted."""
    rows = list(StudyMember.select().where(StudyMember.person_id == person_id))
    for model in (StudyMakeup, StudyExemption):
        model.update(reason="已删除", evidence="").where(model.person.in_([m.id for m in rows] or [0])).execute()
    for member in rows:
        member.name, member.number, member.person_key, member.person_id = "已删除", "", f"erased:{member.id}", None
        member.save()


def _batch_id(batch: Any) -> int | None:
    return None if batch is None else batch.id
