"""Reads of the two sources: the learner's own record against the branch's, difference by difference, with what was decided."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from peewee import fn

from youthpilot.core import Organization

from .models import StudyIssue, StudyMember, StudyRecord
from .models_life import StudyDecision, StudyOwnRecord
from .queries import below
from .rules_life import differing


@dataclass(frozen=True)
class Side:
    """What one source says of a person."""

    row_id: int
    name: str
    number: str
    learned_on: date | None
    is_member: bool | None
    person_id: int | None = None  # of the branch's side: the StudyMember

    @property
    def words(self) -> str:
        """As text, to see whether it says something else later."""
        return f"{self.name},{self.learned_on or ''},{'' if self.is_member is None else int(self.is_member)}"


@dataclass
class Case:
    """A difference. kind: own, branch, differs; fields: what differs; decision: None if nothing was decided for exactly this."""

    organization_id: int
    organization: str
    person_key: str
    own: Side | None
    branch: Side | None
    fields: list[str]
    decision: StudyDecision | None = None

    @property
    def kind(self) -> str:
        """own: only the learner has it; branch: only the branch; differs: both, and they say otherwise."""
        return "own" if self.branch is None else "branch" if self.own is None else "differs"

    @property
    def name(self) -> str:
        """The person's name."""
        side = self.own or self.branch
        return side.name if side else ""

    @property
    def seen(self) -> str:
        """What both sides say: a decision holds for exactly this."""
        return f"{self.own.words if self.own else '-'}|{self.branch.words if self.branch else '-'}"[:200]

    @property
    def settled(self) -> bool:
        """True if it was accepted or rejected as it is now; what is 待核实 is asked again."""
        return self.decision is not None and self.decision.verdict != "open" and self.decision.seen == self.seen

    @property
    def changed(self) -> bool:
        """True if something was decided and the sources say something else since."""
        return self.decision is not None and self.decision.seen != self.seen


@dataclass(frozen=True)
class Comparison:
    """Of an issue: how many agree, the differences, how many organizations have a second source."""

    same: int
    cases: list[Case]
    organizations: int

    def of(self, kind: str, settled: bool = False) -> list[Case]:
        """The differences of a kind that are settled, or not."""
        return [c for c in self.cases if c.kind == kind and c.settled is settled]

    @property
    def open(self) -> list[Case]:
        """What still needs a decision."""
        return [c for c in self.cases if not c.settled]


def compare(issue: StudyIssue, unit_id: int | None = None) -> Comparison:
    """Both sources of an issue below an organization (None: in scope), only where a second source was brought in."""
    own = _own(issue, unit_id)
    branch, decided = _branch(issue, list(own)), _decided(issue, list(own))
    names = {o: short or name for o, name, short in _names(list(own))}
    same, cases = 0, []
    for organization in sorted(own, key=lambda o: names[o]):
        for key, mine, theirs in _pairs(own[organization], branch[organization]):
            fields = (
                differing((mine.learned_on, mine.is_member, mine.name), (theirs.learned_on, bool(theirs.is_member), theirs.name))
                if mine and theirs
                else []
            )
            if mine and theirs and not fields:
                same += 1
                continue
            cases.append(Case(organization, names[organization], key, mine, theirs, fields, decided.get((organization, key))))
    return Comparison(same, cases, len(own))


def _own(issue: StudyIssue, unit_id: int | None) -> dict[int, dict[str, Side]]:
    w = StudyOwnRecord
    query = w.select(w.organization_id, w.person_key, w.id, w.name, w.number, w.learned_on, w.is_member).where(w.issue == issue.id)
    if unit_id is not None:
        query = query.where(w.organization.in_(below(unit_id)))
    out: dict[int, dict[str, Side]] = defaultdict(dict)
    for organization, key, *values in query.order_by(w.id).tuples():
        out[organization][key] = Side(*values)
    return out


def _branch(issue: StudyIssue, organization_ids: list[int]) -> dict[int, dict[str, Side]]:
    r, m = StudyRecord, StudyMember
    columns = (r.organization_id, m.person_key, r.id, m.name, m.number, r.learned_on, r.is_member, m.id)
    query = r.select(*columns).join(m, on=(r.person == m.id)).where(r.issue == issue.id)
    wanted, out = set(organization_ids), defaultdict(dict)  # type: ignore[var-annotated]
    if len(wanted) <= 500:
        query = query.where(r.organization.in_(sorted(wanted) or [0]))
    for organization, key, *values in query.order_by(r.id).tuples():
        if organization in wanted:
            out[organization][key] = Side(*values)
    return out


def _pairs(own: dict[str, Side], branch: dict[str, Side]) -> list[tuple[str, Side | None, Side | None]]:
    """Matched by key (number, hash or name); else by a name that stands once on each side and whose numbers do not contradict."""
    pairs: list[tuple[str, Side | None, Side | None]] = [(k, own[k], branch[k]) for k in own if k in branch]
    mine, theirs = {k: s for k, s in own.items() if k not in branch}, {k: s for k, s in branch.items() if k not in own}
    by_name: dict[str, list[str]] = defaultdict(list)
    for key, side in theirs.items():
        by_name[side.name].append(key)
    names = [s.name for s in mine.values()]
    for key, side in mine.items():
        found = by_name.get(side.name, [])
        if len(found) == 1 and names.count(side.name) == 1 and not (side.number and theirs[found[0]].number):
            pairs.append((key, side, theirs.pop(found[0])))
        else:
            pairs.append((key, side, None))
    return pairs + [(k, None, s) for k, s in theirs.items()]


def _decided(issue: StudyIssue, organization_ids: list[int]) -> dict[tuple[int, str], StudyDecision]:
    wanted = set(organization_ids)
    return {
        (d.organization_id, d.person_key): d for d in StudyDecision.select().where(StudyDecision.issue == issue.id) if d.organization_id in wanted
    }


def _names(organization_ids: list[int]) -> Any:
    o = Organization
    return [row for row in o.select(o.id, o.name, o.short_name).tuples() if row[0] in set(organization_ids)]


def issues_with_two() -> list[tuple[StudyIssue, int]]:
    """(issue, rows of the second source), the newest issue first."""
    w = StudyOwnRecord
    counts = dict(w.select(w.issue_id, fn.COUNT(w.id)).group_by(w.issue_id).tuples())
    query = StudyIssue.select().where(StudyIssue.id.in_(list(counts) or [0])).order_by(StudyIssue.closes_on.desc(), StudyIssue.id.desc())
    return [(i, counts[i.id]) for i in query]


def decisions(issue: StudyIssue, unit_id: int | None = None) -> Any:
    """What was decided for an issue, the latest first, with the organization."""
    d = StudyDecision
    query = d.select(d, Organization).join(Organization, on=(d.organization == Organization.id)).where(d.issue == issue.id)
    return (query if unit_id is None else query.where(d.organization.in_(below(unit_id)))).order_by(d.decided_at.desc(), d.id.desc())


def rejected() -> set[tuple[int, int]]:
    """(issue, person) of records that were taken out by a decision: bringing the same file in again does not bring them back."""
    d = StudyDecision
    query = d.select(d.issue_id, d.undo).where(d.verdict == "rejected", d.difference == "branch")
    return {(issue, undo["removed"]["person"]) for issue, undo in query.tuples() if "removed" in undo}
