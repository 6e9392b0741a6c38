"""The board's lines: townships with what lies below them, schools by stage, filtered and sorted. No request here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from youthpilot.core.kernel.i18n import _
from youthpilot.core.kernel.i18n import lazy_gettext as _l
from youthpilot.core.organizations.models import KINDS, Organization
from youthpilot.core.periods.queries import STATES, Completeness, Group, Owing

STAGES = {
    "senior": _l("Senior and vocational schools"),
    "junior": _l("Junior schools"),
    "primary": _l("Primary schools"),
    "other": _l("Other schools"),
}
STAGE_OF = {"senior": "senior", "vocational": "senior", "college": "senior", "junior": "junior", "primary": "primary"}
MISSING = ("returned", "draft", "none")
GROUPS = {"missing": MISSING, "waiting": ("submitted", "late")}  # conditions that take several states
ATTENTION = ("submitted", "late", "returned", "draft", "none", "accepted")  # who waits for something comes first
FOLDED = 12  # from so many lines on, accepted ones are folded away


@dataclass(frozen=True)
class Row:
    """A line of the board: a township (own is its own form) or the schools of one stage (own None). `lines`: those that match."""

    key: str
    title: str
    own: Owing | None
    all: tuple[Owing, ...]
    lines: tuple[Owing, ...]

    @property
    def counts(self) -> dict[str, int]:
        """State → how many of the lines that match."""
        found = dict.fromkeys(STATES, 0)
        for line in self.lines:
            found[line.state] += 1
        return found

    @property
    def missing(self) -> int:
        """How many of the lines that match have not reported."""
        return sum(not line.reported for line in self.lines)

    def shown(self, everything: bool) -> tuple[Owing, ...]:
        """The lines to list, those that wait first; accepted ones of a long list only with `everything`."""
        ordered = sorted(self.lines, key=lambda o: ATTENTION.index(o.state))
        if everything or len(ordered) <= FOLDED:
            return tuple(ordered)
        return tuple(o for o in ordered if o.state != "accepted") or tuple(ordered)


@dataclass(frozen=True)
class Choice:
    """What the address asks for."""

    state: str = ""
    kind: str = ""
    sort: str = "missing"
    remark: bool = False

    @staticmethod
    def of(args: Any) -> "Choice":
        """From an address; what is not known counts as not asked."""
        state, kind, sort = args.get("state", ""), args.get("kind", ""), args.get("sort", "")
        return Choice(
            state if state in (*STATES, *GROUPS) else "",
            kind if kind in ("town", "school") else "",
            sort if sort in ("missing", "code") else "missing",
            args.get("remark") == "1",
        )

    def address(self, **changes: Any) -> dict[str, str]:
        """The query of an address with these conditions, `changes` laid over them."""
        values = {"state": self.state, "kind": self.kind, "sort": "" if self.sort == "missing" else self.sort, "remark": "1" if self.remark else ""}
        return {k: str(v) for k, v in (values | changes).items() if v}

    def takes(self, line: Owing, points: Mapping[int, str]) -> bool:
        """True if a line matches state and remark. points: `open_points` of the period."""
        if self.remark and not (line.submission and line.submission.id in points):
            return False
        return not self.state or line.state in GROUPS.get(self.state, (self.state,))


def rows_of(done: Completeness, choice: Choice, points: Mapping[int, str]) -> list[Row]:
    """The lines of the board; one that has nothing matching is left out. points: `open_points` of the period."""
    stages = dict(Organization.select(Organization.id, Organization.school_stage).where(Organization.kind == "school").tuples())
    towns, schools = [], dict[str, list[Owing]]()
    for group in done.groups:
        if group.own.kind == "school":
            schools.setdefault(STAGE_OF.get(stages.get(group.own.organization_id, ""), "other"), []).extend(group.all)
        else:
            towns.append(_town(group, choice, points))
    rows = [] if choice.kind == "school" else towns
    if choice.kind != "town":
        rows += [_stage(key, schools[key], choice, points) for key in STAGES if key in schools]
    rows = [row for row in rows if row.lines]
    if choice.sort == "missing":
        rows.sort(key=lambda row: -row.missing)
    return rows


def _town(group: Group, choice: Choice, points: Mapping[int, str]) -> Row:
    return Row(str(group.own.organization_id), group.own.name, group.own, group.all, tuple(o for o in group.all if choice.takes(o, points)))


def _stage(key: str, lines: Sequence[Owing], choice: Choice, points: Mapping[int, str]) -> Row:
    title = _("%(stage)s (%(num)s)", stage=STAGES[key], num=len(lines))
    return Row(key, title, None, tuple(lines), tuple(o for o in lines if choice.takes(o, points)))


def kinds_text(by_kind: dict[str, int]) -> str:
    """镇 15、村 240、学校 60."""
    return "、".join(f"{KINDS.get(kind, '')} {count}" for kind, count in by_kind.items())


def total_counts(rows: Iterable[Row]) -> dict[str, int]:
    """State → how many over all rows."""
    found = dict.fromkeys(STATES, 0)
    for row in rows:
        for state, count in row.counts.items():
            found[state] += count
    return found
