"""Opening a period and what happens to a submission: save, send, withdraw, return, accept, tick off. One transaction and one compare-and-set each.

What a submission holds is opaque here: whoever asks for it (figures) hands it over as `Content`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ..audit.acting import carrying_out, check, move, too_late
from ..counties.services import setting
from ..hookspecs import Specs
from ..kernel.calendar import is_late
from ..kernel.clock import business_now as now
from ..kernel.clock import today as clock_today
from ..kernel.db import transaction
from ..kernel.errors import ConflictError, NotFound, RuleError
from ..kernel.i18n import _
from ..registry import CountyRegistry
from .acting import Acting, Clerk, Reviewer, entry_of, reviewer_of, roles_for
from .holding import still_open
from .lock import correction, lock, publish, reopen
from .models import Obligation, Period, Submission, SubmissionEvent
from .opening import add_obligation, open_period, waive
from .owners import refuse_without_owners
from .queries import get_submission, obligation_of, open_points, period_value, submission_of
from .rules import SUBMISSION, Role

__all__ = [
    "BulkResult", "Clerk", "Content", "accept", "accept_many", "add_obligation", "correction", "lock", "open_period", "publish", "reopen", "return_",
    "reviewer_of", "save", "send", "tick_off", "waive", "withdraw",
]  # fmt: skip


def _nothing() -> None:
    """Nothing is stored beside the submission."""


@dataclass(frozen=True)
class Content:
    """What a submission holds. texts: kept with it; figures: kept in its history when it is sent; remark: what its reviewer should look at.

    write: stores everything else, in the transaction of the act.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, str | None] = field(default_factory=dict)
    remark: str = ""
    write: Callable[[], None] = _nothing


@dataclass(frozen=True)
class BulkResult:
    """What a bulk acceptance did; `left_out`: (submission, why)."""

    accepted: tuple[Submission, ...]
    left_out: tuple[tuple[Submission, str], ...]


def save(period: Period, organization_id: int, found: Submission | None, actor: Acting, content: Content) -> Submission:
    """Keep a draft; `found`: the submission as it was read, None if nobody had begun.

    Raises ConflictError if it has been sent or changed meanwhile or the period is closed, NotFound outside the scope.
    """
    roles, before = roles_for(actor, period, organization_id), found.state if found else "none"
    SUBMISSION.check(before, "save", roles)
    with transaction():
        still_open(period)
        submission = _begun(found, period, organization_id)
        changes: dict[str, Any] = {"texts": dict(content.texts), "on_behalf": "reporter" not in roles}
        if before == "none":
            _act(submission, "save", roles, actor, changes, before="none")
        else:
            move(submission, "save", roles, changed_at=now(), **changes)
        content.write()
    return _fresh(submission)


def send(
    period: Period,
    organization_id: int,
    found: Submission | None,
    version: int,
    actor: Acting,
    judge: Callable[[bool], Content],
    today: date | None = None,
) -> Submission:
    """Submit; after the due date it counts as late. `found`: the submission as it was read, `version`: how often it had been sent then.

    judge(on_behalf) gives the content or refuses it; it is asked once nothing else stands against it. The same version sent again by the
    same person returns the first answer. Raises ConflictError if somebody else was faster, or what `judge` raises.
    """
    if found is not None and _is_sent(found, version, actor):
        return found
    roles = roles_for(actor, period, organization_id)
    SUBMISSION.check(found.state if found else "none", "submit", roles)
    if version != (found.version if found else 0):
        raise too_late(found) if found else ConflictError(_("This form has changed meanwhile. Reload the page"))
    on_behalf = "reporter" not in roles
    changes = _sent(period, version, actor, today or clock_today(), on_behalf)
    content = judge(on_behalf)
    try:
        return _send(period, organization_id, found, roles, changes, actor, content)
    except ConflictError:
        twin = submission_of(period, organization_id)  # a double click: its first half was faster
        if twin is None or not _is_sent(twin, version, actor):
            raise
        return twin


def _is_sent(submission: Submission | None, version: int, actor: Acting) -> bool:
    """True if this very version has been submitted by this person already."""
    given = submission is not None and (submission.state, submission.version, submission.submitted_by_id)
    return given == ("submitted", version + 1, actor.user_id)


def _sent(period: Period, version: int, actor: Acting, day: date, on_behalf: bool) -> dict[str, Any]:
    by = {"submitted_by": actor.name, "submitted_by_id": actor.user_id, "submitted_at": now(), "submitted_on": day, "on_behalf": on_behalf}
    return {"version": version + 1, **by, "late": is_late(day, period.due_on), "returned_reason": "", "self_reviewed": False}


def _send(
    period: Period, organization_id: int, found: Submission | None, roles: frozenset[Role], changes: dict[str, Any], actor: Acting, content: Content
) -> Submission:
    with transaction():
        still_open(period)
        submission = _begun(found, period, organization_id)
        content.write()
        changes |= {"remark": content.remark, "texts": dict(content.texts)}
        _act(submission, "submit", roles, actor, changes, before="" if found else "none", figures=dict(content.figures))
    return _fresh(submission)


def tick_off(period: Period, organization_id: int, registry: CountyRegistry, actor: Acting, remark: str = "") -> Submission:
    """Accept what an organization owes without a form, e.g. because its paper has come; by the body that would review it.

    Raises RuleError where a form is asked (figures are loaded, or were and are no more), ConflictError if it has begun one, the period is
    closed, or it is not the actor's to do, NotFound outside the scope.
    """
    obligation_of(period, organization_id)
    found = submission_of(period, organization_id)
    roles = roles_for(actor, period, organization_id)
    SUBMISSION.check(found.state if found else "none", "tick", roles)
    refuse_without_owners(period, registry, modules=True)
    changes = {"reviewed_by": actor.name, "reviewed_at": now(), "remark": remark.strip()}
    with transaction():
        still_open(period)
        registry.abort(Specs.county_ticking_off, period=period_value(period), organization_id=organization_id)
        submission = _begun(found, period, organization_id)
        _act(submission, "tick", roles, actor, changes, before="" if found else "none", reason=remark.strip())
    return _fresh(submission)


def withdraw(period: Period, organization_id: int, actor: Acting) -> Submission:
    """Take a submitted form back to a draft, as long as nobody has accepted or returned it."""
    submission = submission_of(period, obligation_of(period, organization_id).organization_id)
    if submission is None:
        raise NotFound(_("This form does not exist"))
    return _review(submission, "withdraw", actor, {}, "")


def return_(submission_id: int, reason: str, actor: Acting, version: int | None = None) -> Submission:
    """Send a form back with a reason, which the organization reads. Raises RuleError without one."""
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
        check(submission, "accept", roles_for(actor, submission.period, submission.organization_id))
        _allow_own(submission, actor, reason, today or clock_today())
    return _review(submission, "accept", actor, changes, reason.strip(), version)


def accept_many(submission_ids: Iterable[int], registry: CountyRegistry, actor: Acting) -> BulkResult:
    """Accept every form without an open point; the others are left out with the reason, and so are those that moved meanwhile."""
    accepted, left_out = [], []
    submissions = [get_submission(i) for i in submission_ids]
    points = {key: words for period in {s.period for s in submissions} for key, words in open_points(period, registry).items()}
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
        raise too_late(submission)
    roles = roles_for(actor, submission.period, submission.organization_id)
    check(submission, event, roles, given={"reason": reason})
    with transaction():
        still_open(submission.period)
        _act(submission, event, roles, actor, changes, reason=reason, figures=_last_figures(submission))
    return _fresh(submission)


def _act(
    submission: Submission, event: str, roles: frozenset[Role], actor: Acting, changes: Mapping[str, Any], *,
    before: str = "", reason: str = "", figures: Any = None,
) -> None:  # fmt: skip
    """One act of the table, with its history. before: "none" where the row was made for it just now."""
    obliged = Obligation.select(Obligation.name_then).where(Obligation.id == submission.obligation_id).tuples().first()
    entry = {"object_name": obliged[0] if obliged else "", **entry_of(actor, reason)}
    with carrying_out(submission, event, roles, before=before, entry=entry, changed_at=now(), **changes) as (step, _told):
        SubmissionEvent.create(
            county=submission.county_id, organization=submission.organization_id, submission=submission, event=event, from_state=step.before,
            to_state=step.after, reason=reason, actor=actor.name, happened_at=now(), figures=figures or {},
        )  # fmt: skip


def _begun(found: Submission | None, period: Period, organization_id: int) -> Submission:
    """The submission as it was read; a new row in state draft if nobody had begun. Raises ConflictError if somebody has, meanwhile."""
    if found is not None:
        return found
    obligation = obligation_of(period, organization_id)
    values = {"county": period.county_id, "organization": organization_id, "period": period.id, "obligation": obligation.id}
    made = Submission.insert(**values, version=0, changed_at=now()).on_conflict_ignore().execute()
    row = submission_of(period, organization_id)
    if not made or row is None or row.state != "draft" or row.version != 0:
        raise too_late(row) if row else ConflictError(_("This form has changed meanwhile. Reload the page"))
    return row


def _fresh(submission: Submission) -> Submission:
    found: Submission = Submission.get_by_id(submission.id)
    return found


def _last_figures(submission: Submission) -> Any:
    sent = (SubmissionEvent.submission == submission) & (SubmissionEvent.event == "submit")
    last = SubmissionEvent.select(SubmissionEvent.figures).where(sent).order_by(SubmissionEvent.id.desc()).first()
    return last.figures if last else {}
