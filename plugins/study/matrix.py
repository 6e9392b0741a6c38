"""Branches × issues: the rates of a half-year in one table, with sums of rows and columns. Two aggregate queries, whatever the size."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from youthpilot.core import Organization

from .models import StudyCounter, StudyIssue
from .queries import below, issues, reported
from .rules import mean_rate, rate

Sums = tuple[int, int | None]  # members who learned, members who should (None: no roster)


@dataclass
class MatrixRow:
    """An organization: issue id → (members learned, base); an issue without any row of the organization is missing."""

    organization_id: int
    name: str
    kind: str
    cells: dict[int, Sums] = field(default_factory=dict)

    def rate(self, issue_id: int) -> Decimal | None:
        """The rate of one issue; None without a roster."""
        return rate(*self.cells.get(issue_id, (0, None)))

    def mean(self, averaging: str) -> Decimal | None:
        """The rate over all issues."""
        return mean_rate(_known(self.cells.values()), averaging)


@dataclass(frozen=True)
class Matrix:
    """Issues from left to right in the order in which they closed; rows in the order of the tree; the foot sums all rows."""

    issues: list[StudyIssue]
    rows: list[MatrixRow]
    foot: MatrixRow


def matrix(first: date, last: date, unit: Organization, kind: str = "") -> Matrix:
    """The table of an organization and everything below it for issues closing from `first` to `last` (both included).

    Rows are the branches, and other bodies that have a roster or a total of their own. kind: only organizations of this kind.
    """
    columns = sorted(issues(first, last), key=lambda i: (i.closes_on, i.id))
    cells = _cells([i.id for i in columns], unit)
    rows, foot = [], MatrixRow(unit.id, unit.short, "")
    for organization, name, short, of_kind, org_type, closed in _organizations(unit):
        own = cells.get(organization)
        if kind not in ("", of_kind) or (own is None and (org_type != "branch" or (closed is not None and closed < first))):
            continue
        rows.append(MatrixRow(organization, short or name, of_kind, own or {}))
    return _summed(columns, rows, foot)


def only(found: Matrix, kind: str) -> Matrix:
    """The same table with organizations of one kind, summed anew; nothing is read again."""
    rows = [row for row in found.rows if row.kind == kind]
    return _summed(found.issues, rows, MatrixRow(found.foot.organization_id, found.foot.name, ""))


def _summed(columns: list[StudyIssue], rows: list[MatrixRow], foot: MatrixRow) -> Matrix:
    for issue in columns:
        known = _known(row.cells[issue.id] for row in rows if issue.id in row.cells)
        if known:
            foot.cells[issue.id] = (sum(n for n, _d in known), sum(d for _n, d in known))
    return Matrix(columns, rows, foot)


def _known(cells: Iterable[Sums]) -> list[tuple[int, int]]:
    return [(n, d) for n, d in cells if d is not None]


def _cells(issue_ids: list[int], unit: Organization) -> dict[int, dict[int, Sums]]:
    c = StudyCounter
    out: dict[int, dict[int, Sums]] = {}
    told = reported(issue_ids)
    query = c.select(c.organization_id, c.issue_id, c.member_participations, c.member_base).where(c.issue.in_(issue_ids or [0]))
    if unit.parent_id is not None:  # the whole county needs no sifting: the scope does it
        query = query.where(c.organization.in_(below(unit.id)))
    for organization, issue, members, base in query.tuples():
        out.setdefault(organization, {})[issue] = (members, base if issue in told else None)
    return out


def _organizations(unit: Organization) -> Iterable[tuple[int, str, str, str, str, date | None]]:
    o = Organization
    query = o.select(o.id, o.name, o.short_name, o.kind, o.org_type, o.closed_on).order_by(o.code)
    if unit.parent_id is not None:
        query = query.where(o.id.in_(below(unit.id)))
    return list(query.tuples())


def kinds(found: Matrix) -> dict[str, int]:
    """kind → rows of that kind."""
    out: dict[str, int] = {}
    for row in found.rows:
        out[row.kind] = out.get(row.kind, 0) + 1
    return out


def shade(value: Decimal | None, low: Decimal) -> str:
    """The colour step of a rate: none, over (above 100 %), low (below the limit, per cent), then 1 (just above) to 4 (nearly all)."""
    if value is None:
        return "none"
    if value > 1:
        return "over"
    per_cent = value * 100
    if per_cent < low:
        return "low"
    return str(1 + min(3, int((per_cent - low) * 4 / (100 - low)))) if low < 100 else "4"
