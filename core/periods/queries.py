"""Reading periods, submissions and completeness. Everything under the scope in force; nothing is written."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from peewee import JOIN

from ..hookspecs import Specs
from ..hookvalues import PeriodValue
from ..kernel.clock import local
from ..kernel.errors import NotFound
from ..kernel.i18n import _
from ..kernel.scope import figure_scope
from ..registry import CountyRegistry
from .models import Obligation, Period, Submission, SubmissionEvent
from .rules import STATE_WORDS, board_state, half_year, half_year_of

STATES = tuple(STATE_WORDS)  # accepted, submitted, late, returned, draft, none
REPORTED = ("accepted", "submitted", "late")


def get_period(code: str) -> Period:
    """The period of a code in the scope's county. Raises NotFound."""
    found: Period | None = Period.get_or_none(Period.code == code)
    if found is None:
        raise NotFound(_("The period %(code)s has not been opened yet", code=code))
    return found


def periods() -> list[Period]:
    """All periods of the scope's county, the newest first."""
    return list(Period.select().order_by(Period.start_on.desc()))


def current_period(today: date) -> Period | None:
    """The period that work is about on a day: the oldest one still open, else the newest begun; None if there is none.

    An earlier half-year that was entered as totals only is nobody's work: it does not count.
    """
    begun = [p for p in Period.select().where(Period.start_on <= today).order_by(Period.start_on) if not totals_only(p)]
    return next((p for p in begun if p.state == "open"), begun[-1] if begun else None)


def totals_only(period: Period) -> bool:
    """True for a half-year that was begun after its end and that nobody owes: it holds totals to compare with."""
    if local(period.opened_at).date() <= period.end_on:
        return False
    with figure_scope(period.county_id):  # a township sees its own obligations only
        return not Obligation.select().where(Obligation.period == period).exists()


def previous_period(period: Period) -> Period | None:
    """The half-year before it, if the county has opened it."""
    return Period.get_or_none(Period.code == half_year(period.code).previous.code)


def last_year_period(period: Period) -> Period | None:
    """The same half of the year before, if the county has opened it."""
    return Period.get_or_none(Period.code == half_year(period.code).last_year.code)


def suggested_code(today: date) -> str:
    """The half-year to open next: the one that has just ended in the first three months after it, else the present one."""
    now = half_year_of(today)
    before = now.previous
    if (today - before.end).days <= 92 and not Period.select().where(Period.code == before.code).exists():
        return before.code
    return now.code if not Period.select().where(Period.code == now.code).exists() else now.next.code


def period_value(period: Period) -> PeriodValue:
    """The frozen value that hooks get."""
    return PeriodValue(period.id, period.code, period.start_on, period.end_on, period.revision)


def submission_of(period: Period, organization_id: int) -> Submission | None:
    """The submission of an organization; None if nobody has begun."""
    found: Submission | None = Submission.get_or_none((Submission.period == period) & (Submission.organization == organization_id))
    return found


def get_submission(submission_id: int) -> Submission:
    """A submission that the scope may see. Raises NotFound."""
    found: Submission | None = Submission.get_or_none(Submission.id == submission_id)
    if found is None:
        raise NotFound(_("This form does not exist"))
    return found


def obligation_of(period: Period, organization_id: int) -> Obligation:
    """What an organization owes for a period. Raises NotFound if it owes nothing or lies outside the scope."""
    found: Obligation | None = Obligation.get_or_none((Obligation.period == period) & (Obligation.organization == organization_id))
    if found is None:
        raise NotFound(_("This organization owes no figures for %(period)s", period=period.title))
    return found


def events_of(submission: Submission) -> list[SubmissionEvent]:
    """Its history, the oldest first."""
    return list(SubmissionEvent.select().where(SubmissionEvent.submission == submission).order_by(SubmissionEvent.id))


def open_points(period: Period, registry: CountyRegistry) -> dict[int, str]:
    """Submission id → what its reviewer must look at, for those that wait for review; one without anything is left out.

    What the plugins say that it holds, and the remark it was submitted with.
    """
    waiting = Submission.select(Submission.id, Submission.remark).where((Submission.period == period) & (Submission.state == "submitted"))
    remarks = {row.id: row.remark for row in waiting}
    said: dict[int, list[str]] = {}
    for name, points in registry.each(Specs.county_submission_points, period=period_value(period)):
        failed = dict.fromkeys(remarks, _("“%(name)s” could not check it", name=registry.registry.title_of(name)))
        for key, words in (failed if points is None else points).items():
            said.setdefault(key, []).append(words)
    found = {key: "；".join(filter(None, (*said.get(key, ()), remark))) for key, remark in remarks.items()}
    return {key: words for key, words in found.items() if words}


@dataclass(frozen=True, slots=True)
class Owing:
    """One organization that owes figures, with the state of its submission (one of the six of the board)."""

    organization_id: int
    parent_id: int | None  # the organization above it that owes too, else the county
    name: str
    kind: str
    state: str
    submission: Submission | None = field(repr=False, compare=False)

    @property
    def reported(self) -> bool:
        """True if it has submitted, late included."""
        return self.state in REPORTED


@dataclass(frozen=True)
class Group:
    """A township or school with what lies below it. `own` is its own line; counts include it."""

    own: Owing
    below: tuple[Owing, ...]

    @property
    def all(self) -> tuple[Owing, ...]:
        """Its own line first."""
        return (self.own, *self.below)

    @property
    def due(self) -> int:
        """How many owe."""
        return len(self.all)

    @property
    def missing(self) -> tuple[Owing, ...]:
        """Those that have not submitted."""
        return tuple(o for o in self.all if not o.reported)

    @property
    def counts(self) -> dict[str, int]:
        """State → how many; they add up to `due`."""
        return _counts(self.all)


@dataclass(frozen=True)
class Completeness:
    """Who owes figures for a period and who has given them, as the scope sees it. Waived obligations are left out of both."""

    lines: tuple[Owing, ...]
    waived: int = 0

    @property
    def due(self) -> int:
        """应报."""
        return len(self.lines)

    @property
    def reported(self) -> int:
        """已报: submitted or accepted, late included; never more than `due`."""
        return sum(o.reported for o in self.lines)

    @property
    def missing(self) -> int:
        """未报."""
        return self.due - self.reported

    @property
    def missing_lines(self) -> tuple[Owing, ...]:
        """Those that have not submitted."""
        return tuple(o for o in self.lines if not o.reported)

    @property
    def counts(self) -> dict[str, int]:
        """State → how many, all six; they add up to `due`."""
        return _counts(self.lines)

    @property
    def by_kind(self) -> dict[str, int]:
        """Kind at opening → how many owe."""
        found: dict[str, int] = {}
        for line in self.lines:
            found[line.kind] = found.get(line.kind, 0) + 1
        return found

    @property
    def groups(self) -> tuple[Group, ...]:
        """Per township and school: its own line and those below it, in the order of opening. Every line is in exactly one group."""
        owing = {o.organization_id for o in self.lines}
        below: dict[int, list[Owing]] = {}
        tops = []
        for line in self.lines:
            if line.parent_id in owing and line.parent_id != line.organization_id:
                below.setdefault(line.parent_id, []).append(line)
            else:
                tops.append(line)
        return tuple(Group(top, tuple(_all_below(top, below))) for top in tops)


def _all_below(top: Owing, below: dict[int, list[Owing]]) -> Iterable[Owing]:
    for line in below.get(top.organization_id, ()):
        yield line
        yield from _all_below(line, below)


def _counts(lines: Iterable[Owing]) -> dict[str, int]:
    found = dict.fromkeys(STATES, 0)
    for line in lines:
        found[line.state] += 1
    return found


def completeness(period: Period) -> Completeness:
    """Completeness of a period as the scope in force sees it."""
    query = (
        Obligation.select(Obligation, Submission)
        .join(Submission, JOIN.LEFT_OUTER, on=(Submission.obligation == Obligation.id), attr="given")
        .where(Obligation.period == period)
        .order_by(Obligation.id)
    )
    lines, waived = [], 0
    for row in query:
        if row.waived:
            waived += 1
            continue
        given: Any = getattr(row, "given", None)
        given = given if given is not None and given.id is not None else None
        state = board_state(given.state, given.late) if given else "none"
        lines.append(Owing(row.organization_id, row.parent_id_then, row.name_then, row.kind_then, state, given))
    return Completeness(tuple(lines), waived)
