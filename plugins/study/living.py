"""Verbs of League life: check, record, change and delete a meeting. The numbered checks S30–S39 are the same for form and file."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from youthpilot.core import Organization, RuleError, actor_name, current_scope, keep_before, locked_days, record_audit, today, transaction

from .models_life import StudyMeeting
from .rules_life import KINDS, SHARES, VOTING, enough
from .settings_life import Meetings, meeting_rules
from .words import _

FIELDS = ("kind", "held_on", "should_attend", "present", "excellent", "topic", "result")


@dataclass(frozen=True)
class Finding:
    """What is wrong at a field. level E: impossible; W: unusual, a reason makes it good."""

    code: str
    level: str
    field: str
    message: str


def is_locked(day: date) -> bool:
    """True if the day lies in a locked half-year."""
    return bool(locked_days([day]))


def check_meeting(
    values: dict[str, Any], organization: Organization | None, rules: Meetings, on: date, locked: Callable[[date], bool] = is_locked
) -> list[Finding]:
    """What is impossible or unusual in the fields of a meeting; `on` is today. Missing numbers are somebody else's to report."""
    kind, day = values.get("kind"), values.get("held_on")
    found = []
    if kind not in KINDS:
        found.append(Finding("S30", "E", "kind", _("Choose one of the kinds of meetings.")))
    elif organization is not None and organization.org_type != "branch" and kind != "lecture":
        text = _("%(unit)s is no branch: only League lessons are recorded there.", unit=organization.short)
        found.append(Finding("S31", "E", "organization", text))
    if day and day > on:
        found.append(Finding("S32", "E", "held_on", _("This meeting lies in the future: record it once it was held.")))
    elif day and locked(day):
        found.append(Finding("S33", "E", "held_on", _("This half-year is locked: ask the county to reopen it, or to record a correction.")))
    return found + _numbers(values, organization, rules)


def _numbers(values: dict[str, Any], organization: Organization | None, rules: Meetings) -> list[Finding]:
    kind, should, present, best = (values.get(k) for k in ("kind", "should_attend", "present", "excellent"))
    if should is None or present is None:
        return []
    if should < 1:
        return [Finding("S34", "E", "should_attend", _("At least one person should attend."))]
    if present < 0 or present > should:
        return [
            Finding(
                "S34", "E", "present", _("%(present)s present of %(should)s who should attend: correct one of them.", present=present, should=should)
            )
        ]
    found = []
    if best is not None and (kind != "appraisal" or not 0 <= best <= present):
        return [Finding("S35", "E", "excellent", _("Only for the yearly assessment, and at most as many as were present."))]
    share = rules.share(str(kind))
    if not enough(present, should, share):
        text = _(
            "%(present)s of %(should)s present, required: %(share)s. It does not count as held.", present=present, should=should, share=SHARES[share]
        )
        found.append(Finding("S36" if kind in VOTING else "S37", "W", "present", text))
    if best and best * 100 > rules.excellent * present:
        found.append(Finding("S38", "W", "excellent", _("More than %(limit)s%% of those assessed are excellent.", limit=rules.excellent)))
    return found


def twin(organization_id: int, values: dict[str, Any], own_id: int | None = None) -> StudyMeeting | None:
    """The meeting of the same branch, kind, day and topic; None if there is none."""
    m = StudyMeeting
    same = (m.organization == organization_id, m.kind == values.get("kind"), m.held_on == values.get("held_on"), m.topic == values.get("topic"))
    return m.select().where(*same, m.id != (own_id or 0)).first()


def record_meeting(organization: Organization, values: dict[str, Any], reason: str = "", row: StudyMeeting | None = None) -> StudyMeeting:
    """Enter a meeting, or change `row`. Raises RuleError at the field for what is impossible, or unusual without a reason."""
    rules = meeting_rules(current_scope().county_id or 0, today())
    found = check_meeting(values, organization, rules, today())
    if twin(organization.id, values, row.id if row else None):
        found.append(Finding("S39", "E", "topic", _("This meeting is recorded already.")))
    found.sort(key=lambda f: f.level)
    if found and (found[0].level == "E" or not reason.strip()):
        message = found[0].message if found[0].level == "E" else _("%(what)s If it is right, say why below.", what=found[0].message)
        raise RuleError(message, found[0].field)
    with transaction():
        saved = write_meeting(organization.id, values, rules, reason.strip(), row=row)
        act = "study.meeting.change" if row else "study.meeting.add"
        record_audit(act, object_type="study_meeting", object_id=saved.id, object_name=f"{KINDS[saved.kind]} {saved.held_on}", reason=reason)
    return saved


def write_meeting(
    organization_id: int, values: dict[str, Any], rules: Meetings, reason: str = "", *, batch: Any = None, row: StudyMeeting | None = None
) -> StudyMeeting:
    """The row itself; what was checked before is not checked again. Inside the caller's transaction."""
    if row is None:
        row = StudyMeeting(county=current_scope().county_id, recorded_by=actor_name())
    elif batch is not None:
        keep_before(batch, row)
    row.organization = organization_id
    for key in FIELDS:
        setattr(row, key, values.get(key))
    row.result, row.reason = values.get("result") or "", reason[:200]
    row.quorate = enough(row.present, row.should_attend, rules.share(row.kind))
    if batch is not None and row.id is None:
        row.batch_id = batch.id
    row.save()
    return row


def delete_meeting(row: StudyMeeting) -> None:
    """Take out a meeting entered by mistake. Raises RuleError in a locked half-year."""
    with transaction():
        StudyMeeting.delete().where(StudyMeeting.id == row.id).execute()
        record_audit("study.meeting.delete", object_type="study_meeting", object_id=row.id, object_name=f"{KINDS[row.kind]} {row.held_on}")
