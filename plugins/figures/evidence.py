"""Files that back a form (stored by core.kernel.filing): removed only by a mark, and only while the form may still be changed."""

from youthpilot.core.audit.services import record
from youthpilot.core.kernel.clock import business_now as now
from youthpilot.core.kernel.db import transaction
from youthpilot.core.kernel.errors import NotFound, RuleError
from youthpilot.core.kernel.filing import ALLOWED as ALLOWED
from youthpilot.core.kernel.filing import LIMIT as LIMIT
from youthpilot.core.kernel.filing import StoredFile, sent_file, stored_at, stored_files
from youthpilot.core.kernel.filing import kind_of as kind_of
from youthpilot.core.periods.acting import Acting, roles_for
from youthpilot.core.periods.holding import still_open
from youthpilot.core.periods.models import Period
from youthpilot.core.periods.queries import obligation_of, submission_of
from youthpilot.core.periods.rules import SUBMISSION

from .models import Evidence
from .words import _

FOLDER = Evidence.stored_in
MOST = 30  # files of one form


def evidence_of(period: Period, organization_id: int) -> list[Evidence]:
    """The files of an organization's form, the oldest first; removed ones are left out."""
    mine = (Evidence.period == period) & (Evidence.organization == organization_id) & (Evidence.removed == False)  # noqa: E712
    return list(Evidence.select().where(mine).order_by(Evidence.id))


def add_evidence(period: Period, organization_id: int, file_name: str, content: bytes, actor: Acting, key: str = "") -> Evidence:
    """Store a file for a form that may still be changed; `key`: the figure that it backs, '' the whole form.

    The same content again under the same name returns the row that is there. Raises RuleError for what cannot be taken,
    ConflictError if the form is submitted or the period closed, NotFound outside the scope.
    """
    sent = sent_file(file_name, content)
    _changeable(period, organization_id, actor)
    there = evidence_of(period, organization_id)
    same = next((e for e in there if e.digest == sent.digest and e.file_name == sent.file_name and e.key == key), None)
    if same is not None:
        return same
    if len(there) >= MOST:
        raise RuleError(_("A form takes at most %(num)s files. Put several into one archive", num=MOST), "file")
    with stored_files(FOLDER, [sent]) as (stored,), transaction():
        _changeable(period, organization_id, actor)  # once more: the form may have been submitted, the period locked meanwhile
        row: Evidence = Evidence.create(
            county=period.county_id, organization=organization_id, period=period, key=key, file_name=sent.file_name, stored_name=stored,
            size=sent.size, digest=sent.digest, uploaded_by=actor.name, uploaded_at=now(),
        )  # fmt: skip
        _audit("evidence.add", row, actor)
    return row


def remove_evidence(evidence_id: int, actor: Acting) -> Evidence:
    """Mark a file as removed; the file itself stays for the audit. Raises NotFound outside the scope, ConflictError once submitted."""
    row = _get(evidence_id)
    with transaction():
        _changeable(row.period, row.organization_id, actor)
        Evidence.update(removed=True).where(Evidence.id == row.id).execute()
        _audit("evidence.remove", row, actor)
    return row


def stored_file(evidence_id: int) -> StoredFile:
    """The file of an evidence row that the scope may see. Raises NotFound, also if it was removed or its file is lost."""
    row = _get(evidence_id)
    return stored_at(FOLDER, row.stored_name, row.file_name)


def _changeable(period: Period, organization_id: int, actor: Acting) -> None:
    """Raises ConflictError unless the form may be changed; inside a transaction it stays so until its end."""
    obligation_of(period, organization_id)
    still_open(period)
    submission = submission_of(period, organization_id)
    SUBMISSION.check(submission.state if submission else SUBMISSION.none, "save", roles_for(actor, period, organization_id))


def _get(evidence_id: int) -> Evidence:
    found: Evidence | None = Evidence.get_or_none((Evidence.id == evidence_id) & (Evidence.removed == False))  # noqa: E712
    if found is None:
        raise NotFound(_("This file does not exist"))
    return found


def _audit(act: str, row: Evidence, actor: Acting) -> None:
    record(
        act, object_type="evidence", object_id=row.id, object_name=row.file_name, organization_id=row.organization_id,
        after={"size": row.size, "digest": row.digest}, actor=actor.name, actor_id=actor.user_id or None,
    )  # fmt: skip
