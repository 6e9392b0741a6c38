"""Verbs of the pilot, one transaction each: check, write, log, audit. A change of status is one compare-and-set."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from youthpilot.core import (
    ConflictError,
    Organization,
    RuleError,
    acting,
    body_at,
    business_now,
    current_scope,
    filing,
    keep_before,
    record_audit,
    today,
    transaction,
)
from youthpilot.plugins.figures import refuse_locked_figures

from .models import ReformDecision, ReformFront, ReformMeasure, ReformPaper, ReformStep, ReformTalk
from .papers import Who, keeping, write_papers
from .queries import fronts, next_number, papers_of, scope_root, settings_on
from .rules import CHECKING, FRONTS, PROGRESS
from .words import _


@dataclass(frozen=True)
class Measure:
    """What a measure says."""

    front_id: int
    title: str
    owner: str
    due_on: date
    number: int | None = None  # None: the next one
    content: str = ""
    owner_person: str = ""
    co_owners: str = ""
    unit: str = ""
    baseline: Decimal | None = None
    target: Decimal | None = None
    listed_on: date | None = None  # None: today


def root() -> Organization:
    """The scope's top organization. Raises RuleError without one."""
    found = scope_root()
    if found is None:
        raise RuleError(_("There are no organizations here yet: import them first"))
    return found


def place(organization_id: int | None = None) -> dict[str, Any]:
    """County and organization of a new row."""
    return {"county": current_scope().county_id, "organization": organization_id or root().id}


def note(act: str, row: Any, reason: str = "", **more: Any) -> None:
    """An audit entry."""
    record_audit(f"reform.{act}", object_type=row._meta.table_name, object_id=row.id, object_name=str(row), reason=reason, **more)


# the list ------------------------------------------------------------------------------------------------------------


def open_fronts() -> list[ReformFront]:
    """The four fronts of the notice, where none is there yet."""
    with transaction():
        if not fronts():
            for number, title in enumerate(FRONTS, 1):
                ReformFront.create(**place(), number=number, title=title)
    return fronts()


Found = list[tuple[str, str, str]]  # (check, field, message)


def check_span(first: date, last: date | None, field: str, key: str = "reform.measures") -> Found:
    """R11: what is so from `first` to `last` (None: for good) would alter what a locked half-year counted under `key`."""
    try:
        refuse_locked_figures(first, last, (key,), field)
    except RuleError as error:
        return [("R11", field, str(error))]
    return []


def check_moved(before: date, after: date, field: str) -> Found:
    """R11 for a first day that moves: the days between are what changes."""
    return check_span(min(before, after), max(before, after) - timedelta(days=1), field) if before != after else []


def check_measure(measure: Measure, own: ReformMeasure | None = None) -> Found:
    """What is impossible: R1 number taken, R2 due before it was listed, R3 target without a way to it, R11 listed in a locked half-year."""
    listed, own_id = measure.listed_on or today(), own.id if own else None
    found = check_moved(own.listed_on, listed, "listed_on") if own else check_span(listed, None, "listed_on")
    m = ReformMeasure
    same = m.select().where(m.front == measure.front_id, m.number == measure.number, m.id != (own_id or 0))
    if measure.number is not None and same.exists():
        found.append(("R1", "number", _("This number is taken in its front.")))
    if measure.due_on < listed:
        found.append(("R2", "due_on", _("Due before the day on which it was listed.")))
    if measure.target is not None and measure.target == (measure.baseline or 0):
        found.append(("R3", "target", _("The target is no more than the baseline: there would be nothing to do.")))
    if measure.target is not None and not measure.unit.strip():
        found.append(("R3", "unit", _("A target needs a unit.")))
    return found


def settle(found: Found) -> None:
    """Raise RuleError for the first finding."""
    for _code, field, message in found:
        raise RuleError(message, field)


def add_measure(measure: Measure, organization_id: int | None = None, batch: Any = None) -> ReformMeasure:
    """A new measure, not started. Raises RuleError (R1–R3, R11)."""
    settle(check_measure(measure))
    values = {k: v for k, v in vars(measure).items() if k not in ("front_id", "number", "listed_on")}
    listed = measure.listed_on or today()
    with transaction():
        row = ReformMeasure.create(
            **place(organization_id), front=measure.front_id, number=measure.number or next_number(measure.front_id), listed_on=listed,
            last_on=listed, batch_id=batch.id if batch else None, **values,
        )  # fmt: skip
        if batch is None:
            note("measure.add", row)
    return row


def change_measure(row: ReformMeasure, measure: Measure, organization_id: int | None = None, batch: Any = None) -> bool:
    """Change what a measure says, not its status; whether anything changed. A closed one stays as it is."""
    wanted = {**vars(measure), "number": measure.number or row.number, "listed_on": measure.listed_on or row.listed_on}
    wanted |= {"organization_id": organization_id or row.organization_id}
    before = {k: getattr(row, k) for k in wanted}
    if before == wanted:
        return False
    if row.status == "closed":
        raise RuleError(_("The measure is closed. Reopen it first."), "title")
    settle(check_measure(Measure(**{k: wanted[k] for k in vars(measure)}), row))
    with transaction():
        keep_before(batch, row)
        for key, value in wanted.items():
            setattr(row, key, value)
        row.save()
        if batch is None:
            changed = {k: str(v) for k, v in before.items() if wanted[k] != v}
            note("measure.change", row, before=changed, after={k: str(wanted[k]) for k in changed})
    return True


def delete_measure(row: ReformMeasure) -> None:
    """Take out a measure entered by mistake. Raises RuleError if anything is in its log or refers to it."""
    refers = any(m.select().where(m.measure == row.id).exists() for m in (ReformStep, ReformDecision, ReformTalk, ReformPaper))
    if refers:
        raise RuleError(_("The measure has entries in its log; it cannot be deleted."))
    settle(check_span(row.listed_on, None, ""))
    with transaction():
        note("measure.delete", row)
        row.delete_instance()


# status and progress ---------------------------------------------------------------------------------------------------


def advance(
    row: ReformMeasure, action: str, who: Who, *, reason: str = "", evidence: str = "", files: Sequence[filing.SentFile] = (), on: date | None = None
) -> ReformStep:
    """Take one step of the table (rules.MEASURE).

    Raises ConflictError if the status has changed meanwhile or does not allow it; RuleError for what the step needs (R4 a reason, R5 an
    uploaded file), for whoever applied and would close it himself (R6), for a day of the future, before the last entry (R7) or locked.
    """
    day = on or today()
    found = acting.check(row, action, given={"reason": reason})
    alone = "other_person" in found.needs and who.user_id is not None and who.user_id == row.applied_by
    _check_papers(row, found.needs, files)
    if alone:
        _check_alone(row, who, day, reason)
    _check_day(row, day)
    changes: dict[str, Any] = {"last_on": day, "closed_on": day if found.after == "closed" else None, "self_checked": alone}
    if found.after == "applied":
        changes |= {"applied_by": who.user_id, "evidence": evidence.strip()}
    return _write(row, action, changes, who, reason.strip(), evidence.strip(), None, files)


def _check_papers(row: ReformMeasure, needs: Sequence[str], files: Sequence[filing.SentFile]) -> None:
    if "evidence" in needs and not files and not papers_of(row):
        raise RuleError(_("Upload the file that shows that it is done; without one nothing is closed."), "files")
    if "papers" in needs and not papers_of(row):
        raise RuleError(_("There is no file that shows that it is done. Return it, so that the owner hands one in."), "reason")


def may_check_alone(row: ReformMeasure, user_id: int | None, day: date) -> bool:
    """Whether who applied for the closing may agree to it: the county allows it, and nobody else of the body that checks could."""
    return bool(settings_on(day).self_check) and body_at(row.organization_id, CHECKING).is_alone(user_id)


def _check_alone(row: ReformMeasure, who: Who, day: date, reason: str) -> None:
    if not may_check_alone(row, who.user_id, day):
        raise RuleError(_("You applied for the closing; somebody else must agree to it."), "reason")
    if not reason.strip():
        raise RuleError(_("You close what you applied for yourself: write why nobody else can."), "reason")


def report_progress(
    row: ReformMeasure,
    text: str,
    who: Who,
    *,
    value: Decimal | None = None,
    evidence: str = "",
    files: Sequence[filing.SentFile] = (),
    on: date | None = None,
) -> ReformStep:
    """An entry of the log, with its files. A measure not yet started starts with it. Raises ConflictError once it is closed or applied for."""
    day = on or today()
    acting.check(row, PROGRESS)
    if not text.strip():
        raise RuleError(_("Write what was done."), "text")
    if value is not None and row.target is None:
        raise RuleError(_("The measure has no target: a number says nothing here."), "value")
    _check_day(row, day)
    changes: dict[str, Any] = {"last_on": day}
    if value is not None:
        changes["current"] = value
    return _write(row, PROGRESS, changes, who, text.strip(), evidence.strip(), value, files)


def _check_day(row: ReformMeasure, day: date) -> None:
    if day > today():
        raise RuleError(_("This day is later than today."), "on")
    if day < row.last_on:
        raise RuleError(_("The last entry is of %(day)s: choose that day or a later one.", day=row.last_on.isoformat()), "on")


def _write(
    row: ReformMeasure, act: str, changes: dict[str, Any], who: Who, text: str, evidence: str, value: Decimal | None, files: Sequence[filing.SentFile]
) -> ReformStep:
    with keeping(row, files) as kept, acting.carrying_out(row, act, entry={"reason": text}, **changes) as (step, told):
        made: ReformStep = ReformStep.create(
            **place(row.organization_id), measure=row, happened_on=changes["last_on"], action=act, before=step.before, after=step.after, value=value,
            text=text, evidence=evidence, actor=who.name, actor_id=who.user_id, recorded_at=business_now(),
        )  # fmt: skip
        write_papers(row, kept, who, made)
        told["files"] = [f.file_name for f, _stored in kept]
    return made


# decisions ---------------------------------------------------------------------------------------------------------------


def check_decision(values: dict[str, Any]) -> Found:
    """R8 days in order, R10 a result with the day, of decided_on, due_on, done_on, result."""
    decided, due, done = values["decided_on"], values["due_on"], values.get("done_on")
    found = []
    if decided > today():
        found.append(("R8", "decided_on", _("This day is later than today.")))
    if due < decided:
        found.append(("R8", "due_on", _("Due before it was decided.")))
    if done and not decided <= done <= today():
        found.append(("R8", "done_on", _("Choose a day between %(first)s and today.", first=decided.isoformat())))
    if done and not (values.get("result") or "").strip():
        found.append(("R10", "result", _("Write what came of it.")))
    return found


# talks -------------------------------------------------------------------------------------------------------------------


def begin_talk(measure: ReformMeasure, owner: str, talked_on: date, talked_by: str, problem: str, rectify_by: date) -> ReformTalk:
    """约谈 of a measure's owner. Raises RuleError for a day of the future (R7)."""
    if talked_on > today():
        raise RuleError(_("This day is later than today."), "talked_on")
    with transaction():
        row = ReformTalk.create(
            **place(measure.organization_id),
            measure=measure,
            owner=owner,
            talked_on=talked_on,
            talked_by=talked_by,
            problem=problem,
            rectify_by=rectify_by,
        )
        note("talk.begin", row, problem)
    return row


def check_talk(talk: ReformTalk) -> Found:
    """R7, R8 of a talk's days, as a whole."""
    days = [("talked_on", talk.talked_on), ("started_on", talk.started_on), ("rectified_on", talk.rectified_on)]
    found = [("R7", field, _("This day is later than today.")) for field, day in days if day and day > today()]
    if talk.rectify_by < talk.talked_on:
        found.append(("R8", "rectify_by", _("This day lies before the talk.")))
    if talk.started_on and talk.started_on < talk.talked_on:
        found.append(("R8", "started_on", _("This day lies before the talk.")))
    if talk.rectified_on and (talk.started_on is None or talk.rectified_on < talk.started_on):
        found.append(("R8", "rectified_on", _("First comes what will be done, then its result: correct the days.")))
    for day, text, field in ((talk.started_on, talk.plan, "plan"), (talk.rectified_on, talk.result, "result")):
        if bool(day) != bool((text or "").strip()):
            found.append(("R8", field, _("A day and a text belong together here.")))
    return found


def talk_step(talk: ReformTalk, text: str, on: date) -> None:
    """约谈 → 整改中 (the plan) → 已整改 (the result). Raises ConflictError once it is settled, RuleError for days in disorder (R8)."""
    if talk.status == "rectified":
        raise ConflictError(_("This talk is settled already."))
    first = talk.started_on or talk.talked_on
    if not first <= on <= today():
        raise RuleError(_("Choose a day between %(first)s and today.", first=first.isoformat()), "on")
    with transaction():
        if talk.started_on is None:
            talk.started_on, talk.plan = on, text
        else:
            talk.rectified_on, talk.result = on, text
        talk.save()
        note("talk.step", talk, text)


# what happens elsewhere ----------------------------------------------------------------------------------------------------
