"""Opening a period and what organizations do in it: save, submit, withdraw, return, accept. One transaction and one compare-and-set each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from youthpilot.plugins.figures.forms import Form, FormBasis, form_basis, read_form
from youthpilot.plugins.figures.texts import TextProblem, text_problems

from ..counties.services import setting
from ..kernel.clock import business_now as now
from ..kernel.clock import today as clock_today
from ..kernel.db import is_sqlite, transaction
from ..kernel.errors import ConflictError, NotFound, RuleError
from ..kernel.i18n import _
from ..registry import CountyRegistry
from .acting import Acting, Clerk, Reviewer, reviewer_of, roles_for
from .entries import write_entries
from .lock import correction, lock, publish, reopen
from .models import Obligation, Period, Submission, SubmissionEvent
from .opening import add_obligation, enter_totals, open_period, waive
from .queries import get_submission, obligation_of, open_points, submission_of
from .rules import EVENT_WORDS, PERIOD_WORDS, Given, submission_after

__all__ = [
    "BulkResult", "Clerk", "FormError", "Saved", "accept", "accept_many", "add_obligation", "correction", "enter_totals", "form_basis", "lock", "open_period",
    "publish", "read_form", "reopen", "return_", "reviewer_of", "save_draft", "submit", "waive", "withdraw",
]  # fmt: skip


class FormError(RuleError):
    """A form cannot be submitted so; `form` holds every field with its error, `texts` what is wrong with the texts."""

    def __init__(self, form: Form, texts: Sequence[TextProblem] = ()) -> None:
        super().__init__(_("%(num)s places must be settled before this can be submitted", num=len(form.errors) + len(texts)))
        self.form, self.texts = form, tuple(texts)


@dataclass(frozen=True)
class Saved:
    """A saved draft and the form as it now stands, errors included."""

    submission: Submission
    form: Form


@dataclass(frozen=True)
class BulkResult:
    """What a bulk acceptance did; `left_out`: (submission, why)."""

    accepted: tuple[Submission, ...]
    left_out: tuple[tuple[Submission, str], ...]


def save_draft(
    period: Period,
    organization_id: int,
    given: Mapping[str, Given],
    registry: CountyRegistry,
    actor: Acting,
    texts: Mapping[str, str] | None = None,
    basis: FormBasis | None = None,
) -> Saved:
    """Keep what was typed, without checking more than that it can be kept: a figure with an error keeps its earlier value.

    Raises ConflictError if the form has been submitted, NotFound outside the scope.
    """
    form = read_form(period, organization_id, registry, given, texts, basis)
    roles = roles_for(actor, period, organization_id)
    after = submission_after(form.state, "save", roles)
    with transaction():
        _still_open(period)
        submission = _begun(form, period, organization_id)
        changes = {"texts": dict(form.texts), "on_behalf": "reporter" not in roles}
        if form.state == "none":
            _move(submission, "save", after, changes, actor, before="none")
        elif not _set(submission, after, changes):
            raise _lost(submission)
        write_entries(form, given, actor)
    return Saved(_fresh(submission), form)


def submit(
    period: Period,
    organization_id: int,
    version: int,
    given: Mapping[str, Given] | None,
    registry: CountyRegistry,
    actor: Acting,
    texts: Mapping[str, str] | None = None,
    today: date | None = None,
    basis: FormBasis | None = None,
    seen: str = "",
) -> Submission:
    """Submit the form as stored, with `given` laid over it (None: as stored). After the due date it counts as late.

    Every figure asked must be answered: by a value, 0 among them, or as not known yet; so must the texts that are not optional.
    `version` is the form's when it was read; the same one submitted again by the same person returns the first answer. `seen`: the
    digest of the form that the person agreed to, '' if none was shown. Raises FormError if something must be settled first,
    ConflictError if somebody else was faster.
    """
    form = read_form(period, organization_id, registry, given, texts, basis, check_modules=True)
    if _is_sent(form.submission, version, actor):
        return form.submission  # type: ignore[return-value]
    roles = roles_for(actor, period, organization_id)
    after = submission_after(form.state, "submit", roles)
    if form.version != version:
        raise _lost(form.submission) if form.submission else ConflictError(_("This form has changed meanwhile. Reload the page"))
    wrong = [p for p in text_problems(form.texts, "reporter" not in roles) if p.level == "E"]
    if form.errors or wrong:
        raise FormError(form, wrong)
    if seen and seen != form.digest:
        raise ConflictError(_("The draft has changed since you checked it: look at it again, then submit"))
    try:
        return _send(form, version, given or {}, actor, after, today or clock_today(), "reporter" not in roles)
    except ConflictError:
        twin = submission_of(period, organization_id)  # a double click: its first half was faster
        if twin is None or not _is_sent(twin, version, actor):
            raise
        return twin


def _is_sent(submission: Submission | None, version: int, actor: Acting) -> bool:
    """True if this very version has been submitted by this person already."""
    if submission is None or submission.state != "submitted" or submission.version != version + 1:
        return False
    return bool(submission.submitted_by_id == actor.user_id)


def _send(form: Form, version: int, given: Mapping[str, Given], actor: Acting, after: str, day: date, on_behalf: bool) -> Submission:
    period, organization_id = form.period, form.organization_id
    with transaction():
        _still_open(period)
        submission = _begun(form, period, organization_id)
        changes = {
            "version": version + 1,
            "submitted_by": actor.name,
            "submitted_by_id": actor.user_id,
            "submitted_at": now(),
            "submitted_on": day,
            "late": day > period.due_on,
            "on_behalf": on_behalf,
            "returned_reason": "",
            "self_reviewed": False,
            "remark": "；".join(dict.fromkeys([p.text for p in form.problems if p.level == "W"])),
            "texts": dict(form.texts),
        }
        write_entries(form, given, actor)
        _move(submission, "submit", after, changes, actor, before=form.state, figures=_figures(form))
    return _fresh(submission)


def withdraw(period: Period, organization_id: int, actor: Acting) -> Submission:
    """Take a submitted form back to a draft, as long as nobody has accepted or returned it."""
    submission = submission_of(period, obligation_of(period, organization_id).organization_id)
    if submission is None:
        raise NotFound(_("This form does not exist"))
    return _review(submission, "withdraw", actor, {}, "")


def return_(submission_id: int, reason: str, actor: Acting, version: int | None = None) -> Submission:
    """Send a form back with a reason, which the organization reads. Raises RuleError without one."""
    if not reason.strip():
        raise RuleError(_("Say what must be changed, so that the organization knows"), "reason")
    changes = {"returned_reason": reason.strip(), "reviewed_by": actor.name, "reviewed_at": now(), "self_reviewed": False}
    return _review(get_submission(submission_id), "return", actor, changes, reason.strip(), version)


def accept(submission_id: int, actor: Acting, reason: str = "", version: int | None = None, today: date | None = None) -> Submission:
    """Accept a submitted form. `version`: the one that the reviewer read, None: the present one.

    Who submitted it does not accept it, except in a reviewing body of one person where the county allows it: then with a
    `reason`, marked 本人复核. Raises RuleError, or ConflictError if somebody was faster.
    """
    submission = get_submission(submission_id)
    mine = submission.submitted_by_id == actor.user_id
    changes: dict[str, Any] = {"reviewed_by": actor.name, "reviewed_at": now(), "self_reviewed": mine}
    if mine:
        submission_after(submission.state, "accept", roles_for(actor, submission.period, submission.organization_id))
        _allow_own(submission, actor, reason, today or clock_today())
    return _review(submission, "accept", actor, changes, reason.strip(), version)


def accept_many(submission_ids: Iterable[int], actor: Acting) -> BulkResult:
    """Accept every form without an open point; the others are left out with the reason, and so are those that moved meanwhile."""
    accepted, left_out = [], []
    submissions = [get_submission(i) for i in submission_ids]
    points = {key: words for period in {s.period for s in submissions} for key, words in open_points(period).items()}
    for submission in submissions:
        if submission.id in points:
            left_out.append((submission, _("It carries a remark and must be opened first: %(remark)s", remark=points[submission.id])))
            continue
        try:
            accepted.append(accept(submission.id, actor, version=submission.version))
        except (ConflictError, RuleError) as error:
            left_out.append((submission, str(error)))
    return BulkResult(tuple(accepted), tuple(left_out))


def self_review_allowed(period: Period, reviewer: Reviewer, user_id: int, on: date) -> bool:
    """Whether a user who is the whole reviewing body may accept what he submitted himself: a dated setting, on below county level."""
    wanted = setting(period.county_id, "core", "periods.self_review", on, "below")
    return set(reviewer.user_ids) <= {user_id} and (wanted == "all" or (wanted == "below" and not reviewer.is_county))


def _allow_own(submission: Submission, actor: Acting, reason: str, on: date) -> None:
    reviewer = reviewer_of(submission.period, submission.organization_id)
    if not self_review_allowed(submission.period, reviewer, actor.user_id, on):
        raise RuleError(_("You submitted this form yourself. Another reviewer of %(name)s must accept it", name=reviewer.organization_name))
    if not reason.strip():
        raise RuleError(_("You review your own form: give the reason, it will be marked so"), "reason")


def _review(submission: Submission, event: str, actor: Acting, changes: dict[str, Any], reason: str, version: int | None = None) -> Submission:
    if version is not None and version != submission.version:
        raise _lost(submission)
    after = submission_after(submission.state, event, roles_for(actor, submission.period, submission.organization_id))
    with transaction():
        _still_open(submission.period)
        _move(submission, event, after, changes, actor, before=submission.state, reason=reason, figures=_last_figures(submission))
    return _fresh(submission)


def _move(
    submission: Submission, event: str, after: str, changes: dict[str, Any], actor: Acting, before: str, reason: str = "", figures: Any = None
) -> None:
    """One step of the table: compare and set, history, audit, in the caller's transaction."""
    from ..audit.services import record

    if not _set(submission, after, changes):
        raise _lost(submission)
    SubmissionEvent.create(
        county=submission.county_id,
        organization=submission.organization_id,
        submission=submission,
        event=event,
        from_state=before,
        to_state=after,
        reason=reason,
        actor=actor.name,
        happened_at=now(),
        figures=figures or {},
    )
    name = Obligation.select(Obligation.name_then).where(Obligation.id == submission.obligation_id).tuples().first()
    record(
        f"submission.{event}", object_type="submission", object_id=submission.id, object_name=name[0] if name else "", reason=reason,
        before={"state": before}, after={"state": after}, organization_id=submission.organization_id,
        actor=actor.name, actor_id=actor.user_id or None,
    )  # fmt: skip


def _set(submission: Submission, after: str, changes: dict[str, Any]) -> bool:
    """True if the row still was as it was read, and now is changed."""
    seen = (Submission.id == submission.id) & (Submission.state == submission.state) & (Submission.version == submission.version)
    return Submission.update(state=after, changed_at=now(), **changes).where(seen).execute() == 1


def _begun(form: Form, period: Period, organization_id: int) -> Submission:
    """The submission as the form read it; a new row in state draft if nobody had begun. Raises ConflictError if somebody has, meanwhile."""
    if form.submission is not None:
        return form.submission
    obligation = obligation_of(period, organization_id)
    row = {"county": period.county_id, "organization": organization_id, "period": period.id, "obligation": obligation.id}
    made = Submission.insert(**row, version=0, changed_at=now()).on_conflict_ignore().execute()
    found = submission_of(period, organization_id)
    if not made or found is None or found.state != "draft" or found.version != 0:
        raise _lost(found) if found else ConflictError(_("This form has changed meanwhile. Reload the page"))
    return found


def _still_open(period: Period) -> None:
    """Hold the period open until the transaction ends. Raises ConflictError if it is closed."""
    query = Period.select(Period.id, Period.state).where(Period.id == period.id)
    row = (query if is_sqlite() else query.for_update("FOR SHARE")).first()
    if row is None or row.state != "open":
        word = PERIOD_WORDS.get(row.state, "") if row else ""
        raise ConflictError(
            _("%(period)s is “%(state)s”, so nothing can be changed here. Ask the county to reopen it", period=period.title, state=word)
        )


def _lost(submission: Submission) -> ConflictError:
    """Who was faster, and when."""
    from .lock import local_time

    last = SubmissionEvent.select().where(SubmissionEvent.submission == submission).order_by(SubmissionEvent.id.desc()).first()
    if last is None:
        return ConflictError(_("This form has changed meanwhile. Reload the page"))
    who = {"name": last.actor, "time": local_time(last.happened_at), "act": EVENT_WORDS.get(last.event, last.event)}
    return ConflictError(_("Somebody was faster: %(name)s, %(time)s: %(act)s. Reload the page", **who))


def _fresh(submission: Submission) -> Submission:
    found: Submission = Submission.get_by_id(submission.id)
    return found


def _figures(form: Form) -> dict[str, Any]:
    return {f.key: None if f.value is None else format(f.value, "f") for f in form.fields}


def _last_figures(submission: Submission) -> Any:
    last = (
        SubmissionEvent.select(SubmissionEvent.figures)
        .where((SubmissionEvent.submission == submission) & (SubmissionEvent.event == "submit"))
        .order_by(SubmissionEvent.id.desc())
        .first()
    )
    return last.figures if last else {}
