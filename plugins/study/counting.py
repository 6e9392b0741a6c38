"""The counters beside the facts: recounted for the touched cells in the transaction of the write, never by triggers; audited against the facts."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from youthpilot.core import bulk_load, current_scope, plain_rows, record_audit, transaction

from .models import StudyAggregate, StudyCounter, StudyIssue, StudyRecord, StudyRoster
from .models_points import StudyMakeup
from .queries import Cell, CellState, cell_states
from .words import _


def recount(touched: Iterable[Cell]) -> int:
    """Make the counters of these cells say what their rows say; returns how many changed. Inside the caller's transaction."""
    by_issue: dict[int, set[int]] = defaultdict(set)
    for organization, issue in touched:
        by_issue[issue].add(organization)
    return sum(_recount_issue(issue, organizations) for issue, organizations in by_issue.items())


def cells_of(batch_id: int) -> set[Cell]:
    """The cells in which rows of a batch count, those that it only changed included."""
    cells: set[Cell] = set()
    for model in (StudyRecord, StudyAggregate, StudyRoster, StudyMakeup):
        cells |= set(plain_rows(model.select(model.organization_id, model.issue_id).where(model.batch_id == batch_id)))
    return cells


def _recount_issue(issue_id: int, organizations: set[int]) -> int:
    wanted = cell_states(issue_id, organizations)
    have = {o: s for o, s in _counters(issue_id).items() if o in organizations}
    stale = [o for o, state in have.items() if wanted.get(o) != state]
    for part in (stale[i : i + 500] for i in range(0, len(stale), 500)):
        StudyCounter.delete().where(StudyCounter.issue == issue_id, StudyCounter.organization.in_(part)).execute()
    new = {o: s for o, s in wanted.items() if have.get(o) != s}
    bulk_load(StudyCounter, [owned({"organization": o, "issue": issue_id, **asdict(s)}) for o, s in new.items()])
    return len(stale) + len(new.keys() - have.keys())


def _counters(issue_id: int) -> dict[int, CellState]:
    c = StudyCounter
    columns = (c.organization_id, c.participations, c.member_participations, c.member_base, c.source, c.exempt, c.makeups)
    return {o: CellState(*values) for o, *values in c.select(*columns).where(c.issue == issue_id).tuples()}


@dataclass(frozen=True)
class Difference:
    """A counter that does not say what its rows say; None: no row, no counter."""

    issue: str
    organization_id: int
    counter: CellState | None
    rows: CellState | None


def audit_counters() -> list[Difference]:
    """Recompute every counter in scope from the rows: the differences, which must be none."""
    out = []
    for issue in StudyIssue.select():
        wanted, have = cell_states(issue.id), _counters(issue.id)
        out += [Difference(issue.title, o, have.get(o), wanted.get(o)) for o in sorted(wanted.keys() | have.keys()) if have.get(o) != wanted.get(o)]
    return out


def counter_differences() -> list[str]:
    """The issues whose counters in scope differ from their rows, a sentence each."""
    wrong = Counter(d.issue for d in audit_counters())
    return [
        _(
            "%(issue)s: %(count)s counters do not say what the records say; `youthpilot study recount --repair` puts them right",
            issue=issue,
            count=count,
        )
        for issue, count in wrong.items()
    ]


def recount_all() -> int:
    """Repair every counter in scope; returns how many were wrong."""
    with transaction():
        wrong = sum(_recount_issue(i.id, set(cell_states(i.id)) | set(_counters(i.id))) for i in StudyIssue.select())
        record_audit("study.recount", after={"repaired": wrong})
    return wrong


def owned(values: dict[str, Any]) -> dict[str, Any]:
    """The values of a new row with the county of the scope."""
    return {"county": current_scope().county_id, **values}
