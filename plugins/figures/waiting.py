"""What a reviewer must look at in the forms that wait for him."""

from youthpilot.core.periods.models import Submission, SubmissionEvent

from .models import FigureEntry
from .words import _


def unanswered(period_id: int) -> dict[int, str]:
    """Submission id → how many figures have no answer at all, for forms that wait for review: those of version 0.1 could be submitted so."""
    waiting = (Submission.period == period_id) & (Submission.state == "submitted")
    unknown = (FigureEntry.period == period_id) & (FigureEntry.blank_kind == "unknown")
    known = set(FigureEntry.select(FigureEntry.organization_id, FigureEntry.key).where(unknown).tuples())
    at = dict(Submission.select(Submission.id, Submission.organization_id).where(waiting).tuples())
    sent = SubmissionEvent.select(SubmissionEvent.submission_id, SubmissionEvent.figures).where(
        (SubmissionEvent.event == "submit") & SubmissionEvent.submission.in_(Submission.select(Submission.id).where(waiting))
    )
    last = {row.submission_id: row.figures or {} for row in sent.order_by(SubmissionEvent.id)}
    counts = {key: sum(value is None and (at[key], name) not in known for name, value in figures.items()) for key, figures in last.items()}
    return {key: _("%(num)s figures are not answered", num=count) for key, count in counts.items() if count}
