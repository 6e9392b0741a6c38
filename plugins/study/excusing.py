"""Verbs beside the records: make-up study, exemptions, taking people from outside onto the roster. They recount what they touch."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from youthpilot.core import RuleError, bulk_load, current_scope, record_audit, refuse_locked_span, today, transaction

from .counting import owned, recount
from .models import StudyCounter, StudyIssue, StudyMember, StudyRecord, StudyRoster
from .models_points import StudyExemption, StudyMakeup
from .pointing import point_choices
from .queries import holds, issues
from .words import _

Cells = list[tuple[int, int]]


# make-up study -------------------------------------------------------------------------------------------------------


def record_makeups(issue: StudyIssue, person_ids: Iterable[int], made_on: date, reason: str, evidence: str = "", batch: Any = None) -> int:
    """Record that these members made up for an issue after it closed; returns how many. Never part of the rate.

    Raises RuleError: made_on not after the closing day (S14) or in the future (S15), no reason (S17), nobody chosen, somebody who
    learned in time (S16), is exempted (S19), made up before (S18) or is no member on the roster (S27).
    """
    wanted = sorted(set(person_ids))
    check_makeup_day(issue, made_on)
    if not reason.strip():
        raise RuleError(_("Write why the issue was missed"), "reason")
    with transaction():
        people = {m.id: m for m in StudyMember.select().where(StudyMember.id.in_(wanted or [0]))}
        if not wanted or len(people) < len(wanted):
            raise RuleError(_("Tick those who made up for the issue"), "people")
        states = makeup_states(issue, wanted)
        for key in wanted:
            if text := refusal(people[key], states.get(key, "")):
                raise RuleError(text, "people")
        values = {"issue": issue.id, "made_on": made_on, "reason": reason.strip(), "evidence": evidence.strip()}
        rows = [owned(values | {"organization": people[k].organization_id, "person": k, "batch_id": batch.id if batch else None}) for k in wanted]
        bulk_load(StudyMakeup, rows)
        recount({(people[k].organization_id, issue.id) for k in wanted})
        if batch is None:
            record_audit(
                "study.makeup", object_type="study_issue", object_id=issue.id, object_name=issue.title, after={"people": len(wanted)}, reason=reason
            )
    return len(wanted)


def check_makeup_day(issue: StudyIssue, made_on: date) -> None:
    """Raises RuleError for a day on or before the closing day, or in the future."""
    if made_on <= issue.closes_on:
        raise RuleError(_("The issue was still open on that day (until %(day)s): record it as learned", day=issue.closes_on), "made_on")
    if made_on > today():
        raise RuleError(_("This day lies in the future."), "made_on")


def makeup_states(issue: StudyIssue, person_ids: list[int]) -> dict[int, str]:
    """person → "learned", "made" or "exempt" where he is one of these for the issue; exempt wins over made, learned over both."""
    found: dict[int, str] = {}
    e = StudyExemption
    for word, model, where in (
        ("made", StudyMakeup, StudyMakeup.issue == issue.id),
        ("exempt", e, holds(e, issue.closes_on)),
        ("learned", StudyRecord, StudyRecord.issue == issue.id),
    ):
        for part in (person_ids[i : i + 500] for i in range(0, len(person_ids), 500)):
            found |= {p: word for (p,) in model.select(model.person_id).where(where, model.person_id.in_(part)).tuples()}
    return found


def refusal(member: Any, state: str) -> str:
    """Why a person cannot make up for an issue; '' if he can."""
    if not member.is_member or member.off_roster:
        return _("%(name)s is no member on the roster: take him onto the roster first", name=member.name)
    words = {
        "learned": _("%(name)s learned in time: there is nothing to make up", name=member.name),
        "made": _("%(name)s made up for this issue already", name=member.name),
        "exempt": _("%(name)s is exempted from this issue: there is nothing to make up", name=member.name),
    }
    return words.get(state, "")


def delete_makeup(makeup: StudyMakeup, reason: str = "") -> None:
    """Take out a make-up recorded by mistake."""
    with transaction():
        StudyMakeup.delete().where(StudyMakeup.id == makeup.id).execute()
        recount([(makeup.organization_id, makeup.issue_id)])
        record_audit("study.makeup.delete", object_type="study_makeup", object_id=makeup.id, reason=reason)


# exemptions ----------------------------------------------------------------------------------------------------------


def exempt(member: StudyMember, from_on: date, to_on: date | None, reason: str, evidence: str = "") -> StudyExemption:
    """Exempt a member from the issues that close from one day to another (both included; None: until further notice).

    Raises RuleError: the days the wrong way round (S20), another exemption in these days (S21), no reason (S22), long without
    naming what it rests on (S23), a locked period in these days (S24), no member on the roster (S27).
    """
    if to_on is not None and to_on < from_on:
        raise RuleError(_("The exemption ends before it begins"), "to_on")
    if not member.is_member or member.off_roster:
        raise RuleError(_("%(name)s is no member on the roster: take him onto the roster first", name=member.name), "from_on")
    if not reason.strip():
        raise RuleError(_("Write why he need not study"), "reason")
    limit = point_choices(current_scope().county_id or 0, from_on).exempt_days
    if not evidence.strip() and (to_on is None or (to_on - from_on).days >= limit):
        raise RuleError(_("More than %(days)s days, or without an end: write what the exemption rests on", days=limit), "evidence")
    refuse_locked_span(from_on, to_on, "from_on")
    with transaction():
        e = StudyExemption
        other = e.select().where(e.person == member.id, e.to_on.is_null() | (e.to_on >= from_on))
        if (found := (other.where(e.from_on <= to_on) if to_on else other).first()) is not None:
            raise RuleError(_("He is exempted already from %(day)s: end that exemption first", day=found.from_on), "from_on")
        row = e.create(**_exemption(member.organization_id, member.id, from_on, to_on, reason.strip(), evidence.strip()))
        recount(_touched(member.organization_id, from_on, to_on))
        record_audit("study.exempt", object_type="study_exemption", object_id=row.id, organization_id=member.organization_id, reason=reason)
    return row


def _exemption(organization_id: int, person_id: int, from_on: date, to_on: date | None, reason: str, evidence: str) -> dict[str, Any]:
    return owned({"organization": organization_id, "person": person_id, "from_on": from_on, "to_on": to_on, "reason": reason, "evidence": evidence})


def end_exemption(exemption: StudyExemption, to_on: date, reason: str = "") -> None:
    """Set the exemption's last day; before its first day takes it out. Raises RuleError for a locked period between old and new end."""
    old = exemption.to_on
    if old == to_on:
        return
    first = min(old, to_on) + timedelta(days=1) if old else to_on + timedelta(days=1)
    refuse_locked_span(max(first, exemption.from_on), max(old, to_on) if old else None, "to_on")
    with transaction():
        e = StudyExemption
        if to_on < exemption.from_on:
            e.delete().where(e.id == exemption.id).execute()
        else:
            e.update(to_on=to_on).where(e.id == exemption.id).execute()
        recount(_touched(exemption.organization_id, exemption.from_on, max(old, to_on) if old else None))
        after = {"to_on": to_on.isoformat()}
        record_audit("study.exempt.end", object_type="study_exemption", object_id=exemption.id, after=after, reason=reason)


def _touched(organization_id: int, from_on: date, to_on: date | None) -> Cells:
    """The organization's cells of issues that close in these days."""
    c = StudyCounter
    ids = issues(from_on, to_on, "").select(StudyIssue.id)
    return list(c.select(c.organization_id, c.issue_id).where(c.organization == organization_id, c.issue_id.in_(ids)).tuples())


def exempt_cells(issue: StudyIssue) -> Cells:
    """Cells of an issue that an exemption or a make-up touches, to be recounted when its days change."""
    found = {o for model in (StudyExemption, StudyMakeup) for (o,) in model.select(model.organization_id).distinct().tuples()}
    return [(o, issue.id) for o in sorted(found)]


def follow_exemptions(organization_id: int, other_id: int, on: date) -> None:
    """Members went to another organization: exemptions go on there from that day, and stay counted here before it."""
    e = StudyExemption
    for row in list(e.select().where(e.organization == organization_id, e.to_on.is_null() | (e.to_on >= on))):
        if row.from_on < on:
            e.create(**_exemption(other_id, row.person_id, on, row.to_on, row.reason, row.evidence))
            e.update(to_on=on - timedelta(days=1)).where(e.id == row.id).execute()
        else:
            e.update(organization=other_id).where(e.id == row.id).execute()
        recount([*_touched(organization_id, on, row.to_on), *_touched(other_id, on, row.to_on)])


# outside the roster --------------------------------------------------------------------------------------------------


def take_in(person_ids: Iterable[int], as_member: bool) -> int:
    """Put people from outside onto the roster of the branch where they learned, from today on; returns how many.

    What they learned stays counted as it was. Branches whose number of members was counted from names get them into issues still open.
    """
    m, day = StudyMember, today()
    with transaction():
        found = list(m.select().where(m.id.in_(sorted(set(person_ids)) or [0]), m.off_roster))
        if not found:
            raise RuleError(_("Tick those who shall stand on the roster"), "people")
        ids = [row.id for row in found]
        m.update(off_roster=False, is_member=as_member, from_on=day, to_on=None).where(m.id.in_(ids)).execute()
        if as_member:
            _widen([row.organization_id for row in found], day)
        record_audit("study.roster.take_in", object_type="study_member", object_id=ids[0], after={"people": len(ids), "members": as_member})
    return len(ids)


def _widen(organizations: list[int], day: date) -> None:
    """One more member per person in the open issues of branches whose base was counted from names."""
    r = StudyRoster
    open_ids = issues(start=day, kind="").select(StudyIssue.id)
    for row in list(r.select().where(r.organization_id.in_(sorted(set(organizations))), r.issue_id.in_(open_ids), r.source == "names")):
        r.update(member_base=row.member_base + organizations.count(row.organization_id)).where(r.id == row.id).execute()
        recount([(row.organization_id, row.issue_id)])
