"""Verbs of the two sources: keep the learner's own record, decide a difference, take a decision back."""

from datetime import date
from typing import Any

from youthpilot.core import (
    ConflictError,
    RuleError,
    actor_name,
    bulk_load,
    business_now,
    current_scope,
    keep_before,
    locked_days,
    record_audit,
    transaction,
)

from .comparing import Case, compare
from .counting import recount
from .models import StudyIssue, StudyMember, StudyRecord
from .models_life import StudyDecision, StudyOwnRecord
from .rules_life import VERDICTS
from .services import Learner, Written, add_members, delete_record, record_learners
from .words import _


def keep_own(issue: StudyIssue, rows: list[dict[str, Any]], batch: Any = None) -> Written:
    """Store what the learners' own side says (keys organization, person_key, name, number, learned_on, is_member); one row a person."""
    w = StudyOwnRecord
    with transaction():
        have = {(r.organization_id, r.person_key): r for r in w.select().where(w.issue == issue.id)}
        wanted = {(r["organization"], r["person_key"]): r for r in reversed(rows)}
        new = [v for k, v in wanted.items() if k not in have]
        changed = [(have[k], v) for k, v in wanted.items() if k in have and _says_more(have[k], v)]
        for row, values in changed:
            keep_before(batch, row)
            row.learned_on, row.is_member = values["learned_on"] or row.learned_on, values["is_member"]
            row.save()
        place = {"county": current_scope().county_id, "issue": issue.id, "batch_id": batch.id if batch else None}
        bulk_load(w, [place | v for v in reversed(new)])
    return Written(len(new), len(changed), len(rows) - len(new) - len(changed))


def _says_more(row: StudyOwnRecord, values: dict[str, Any]) -> bool:
    return (values["learned_on"] or row.learned_on, values["is_member"]) != (row.learned_on, row.is_member)


def find_case(issue: StudyIssue, organization_id: int, person_key: str, seen: str) -> Case:
    """The difference as the person who decides saw it. Raises ConflictError if it is gone or says something else since."""
    found = [c for c in compare(issue, organization_id).cases if (c.organization_id, c.person_key) == (organization_id, person_key)]
    if not found or found[0].seen != seen:
        raise ConflictError(_("This difference has changed or is gone. Look at the page again."))
    return found[0]


def decide(issue: StudyIssue, case: Case, verdict: str, reason: str) -> StudyDecision:
    """Decide a difference; an accepted or rejected one changes the branch's records, 待核实 changes nothing.

    accepted: the learner's own record holds (recorded, or the branch's row corrected); only the branch has it: its record stays.
    rejected: the branch's record stays as it is; only the branch has it: its record goes.
    Raises RuleError without a reason (not needed for 待核实), and in a locked half-year.
    """
    if verdict not in VERDICTS:
        raise RuleError(_("Choose what you decide."), "verdict")
    if verdict != "open" and not reason.strip():
        raise RuleError(_("Say why you decide so; whoever checks later reads it."), "reason")
    if verdict != "open" and locked_days([issue.closes_on]):
        raise RuleError(_("This issue counts in a locked half-year: ask the county to reopen it."), "verdict")
    with transaction():
        if case.decision is not None:
            _forget(case.decision)
        undo = _carry_out(issue, case, verdict)
        after = _seen_after(issue, case) if verdict == "accepted" and case.kind == "differs" else case.seen
        made = StudyDecision.create(
            county=current_scope().county_id,
            organization=case.organization_id,
            issue=issue.id,
            person_key=case.person_key,
            name=case.name,
            difference=case.kind,
            verdict=verdict,
            reason=reason.strip()[:200],
            seen=after,
            undo=undo,
            decided_by=actor_name(),
            decided_at=business_now(),
        )
        record_audit(
            "study.decision", object_type="study_decision", object_id=made.id, object_name=issue.title, reason=reason, after={"verdict": verdict}
        )
    return made


def _seen_after(issue: StudyIssue, case: Case) -> str:
    """A name that differs stays: it is remembered as it is now."""
    found = [c for c in compare(issue, case.organization_id).cases if c.person_key == case.person_key]
    return found[0].seen if found else case.seen


def _carry_out(issue: StudyIssue, case: Case, verdict: str) -> dict[str, Any]:
    """Change the records; what taking it back needs."""
    if verdict == "accepted" and case.own is not None:
        return _record(issue, case) if case.branch is None else _correct(case)
    if verdict == "rejected" and case.own is None and case.branch is not None:
        return _remove(case)
    return {}


def _record(issue: StudyIssue, case: Case) -> dict[str, Any]:
    own = case.own
    assert own is not None
    person, made = _person(case)
    is_member = own.is_member if own.is_member is not None else StudyMember.get_by_id(person).is_member
    record_learners(issue, [Learner(case.organization_id, person, own.learned_on, is_member)])
    record = StudyRecord.get(StudyRecord.issue == issue.id, StudyRecord.person == person)
    return {"added": record.id, "person": person if made else None}


def _person(case: Case) -> tuple[int, bool]:
    """(id of the member whom the own record means, True if he had to be added outside the roster)."""
    own, m = case.own, StudyMember
    assert own is not None
    here = m.select().where(m.organization == case.organization_id)
    found = list(here.where(m.person_key == case.person_key)) or list(here.where(m.name == own.name))
    fitting = [f for f in found if f.person_key == case.person_key or not (f.number and own.number)]
    if len(fitting) > 1:
        raise RuleError(
            _("%(count)s people called %(name)s are on the roster: import the own records with numbers.", count=len(fitting), name=own.name),
            "verdict",
        )
    if fitting:
        return fitting[0].id, False
    listed = here.where(~m.off_roster).exists()
    values = {"organization_id": case.organization_id, "person_key": case.person_key, "name": own.name, "number": own.number}
    is_member = own.is_member if own.is_member is not None else not listed
    made = add_members([values | {"off_roster": True, "is_member": is_member}])
    return made[case.organization_id, case.person_key], True


def _correct(case: Case) -> dict[str, Any]:
    own, branch = case.own, case.branch
    assert own is not None and branch is not None
    row = StudyRecord.get_by_id(branch.row_id)
    before = {"record": row.id, "learned_on": _iso(row.learned_on), "is_member": row.is_member}
    row.learned_on = own.learned_on or row.learned_on
    row.is_member = row.is_member if own.is_member is None else own.is_member
    row.save()
    recount([(row.organization_id, row.issue_id)])
    return {"before": before}


def _remove(case: Case) -> dict[str, Any]:
    assert case.branch is not None
    row = StudyRecord.get_by_id(case.branch.row_id)
    kept = {"person": row.person_id, "learned_on": _iso(row.learned_on), "is_member": row.is_member, "batch_id": row.batch_id}
    delete_record(row, _("decided between the two sources"))
    return {"removed": kept}


def take_back(decision: StudyDecision) -> None:
    """Undo a decision: the records are again as they were. Raises RuleError in a locked half-year, ConflictError if they changed since."""
    with transaction():
        _forget(decision)
        record_audit("study.decision.undo", object_type="study_decision", object_id=decision.id, object_name=VERDICTS[decision.verdict])


def _forget(decision: StudyDecision) -> None:
    undo, place = decision.undo or {}, (decision.organization_id, decision.issue_id)
    if "added" in undo:
        _take_record(undo)
    elif "before" in undo:
        _put_before(undo["before"])
    elif "removed" in undo:
        _put_back(decision, undo["removed"])
    StudyDecision.delete().where(StudyDecision.id == decision.id).execute()
    recount([place])


def _take_record(undo: dict[str, Any]) -> None:
    row = StudyRecord.get_or_none(StudyRecord.id == undo["added"])
    if row is not None:
        delete_record(row)
    person = undo.get("person")
    if person and not StudyRecord.select().where(StudyRecord.person == person).exists():
        StudyMember.delete().where(StudyMember.id == person, StudyMember.off_roster == True).execute()  # noqa: E712


def _put_before(before: dict[str, Any]) -> None:
    row = StudyRecord.get_or_none(StudyRecord.id == before["record"])
    if row is None:
        raise ConflictError(_("The record was deleted since: there is nothing to take back."))
    row.learned_on, row.is_member = _day(before["learned_on"]), before["is_member"]
    row.save()


def _put_back(decision: StudyDecision, kept: dict[str, Any]) -> None:
    issue = StudyIssue.get_by_id(decision.issue_id)
    if StudyMember.get_or_none(StudyMember.id == kept["person"]) is None:
        raise ConflictError(_("The person was deleted since: there is nothing to take back."))
    record_learners(issue, [Learner(decision.organization_id, kept["person"], _day(kept["learned_on"]), kept["is_member"])])
    StudyRecord.update(batch_id=kept["batch_id"]).where(StudyRecord.issue == issue.id, StudyRecord.person == kept["person"]).execute()


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
