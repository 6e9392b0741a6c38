"""Reading periods, submissions and completeness. Everything under the scope in force; nothing is written."""

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from peewee import JOIN

from ..hookspecs import Specs
from ..hookvalues import PeriodValue
from ..kernel.calendar import CalendarPeriod, Kind
from ..kernel.clock import local
from ..kernel.errors import NotFound
from ..kernel.i18n import _
from ..kernel.scope import figure_scope
from ..registry import CountyRegistry
from .models import Obligation, Period, Submission, SubmissionEvent
from .rules import STATE_WORDS, board_state

STATES = tuple(STATE_WORDS)  # accepted, submitted, late, returned, draft, none
REPORTED = ("accepted", "submitted", "late")


def get_period(code: str) -> Period:
    """The period of a code in the scope's county. Raises NotFound."""
    found: Period | None = Period.get_or_none(Period.code == code)
    if found is None:
        raise NotFound(_("The period %(code)s has not been opened yet", code=code))
    return found


def periods() -> list[Period]:
    """All periods of the scope's county, the newest first; of those that end together the longest one."""
    return sorted(Period.select(), key=_newest, reverse=True)


def current_period(today: date) -> Period | None:
    """The period that work is about on a day: of those begun and open the one that is due first, else the one begun that ended last.

    Where a month, a half-year and a year are open together, the month is due first; of two due on the same day it is the longer one.
    None if nothing has begun. An earlier period that was entered as totals only is nobody's work: it does not count.
    """
    begun = [p for p in Period.select().where(Period.start_on <= today) if not totals_only(p)]
    return next(iter(_open_first(begun)), None) or max(begun, key=_newest, default=None)


def open_periods(today: date) -> list[Period]:
    """Every period in which work is going on, the one due first at the top; it is the current one."""
    return _open_first(p for p in Period.select().where((Period.state == "open") & (Period.start_on <= today)) if not totals_only(p))


def _open_first(begun: Iterable[Period]) -> list[Period]:
    return sorted((p for p in begun if p.state == "open"), key=lambda p: (p.due_on, p.start_on, p.code))


def _newest(period: Period) -> tuple[date, timedelta]:
    """The later end wins; of two that end together the longer one."""
    return period.end_on, period.end_on - period.start_on


def closed_inside(period: Period) -> list[Period]:
    """Closed periods of other kinds that share days with this one: their records stay locked whatever becomes of it. The oldest first."""
    shared = (Period.start_on <= period.end_on) & (Period.end_on >= period.start_on) & (Period.id != period.id)
    return list(Period.select().where(shared & (Period.state != "open")).order_by(Period.start_on, Period.end_on))


def totals_only(period: Period) -> bool:
    """True for a period that was begun after its end and that nobody owes: it holds totals to compare with."""
    if local(period.opened_at).date() <= period.end_on:
        return False
    with figure_scope(period.county_id):  # a township sees its own obligations only
        return not Obligation.select().where(Obligation.period == period).exists()


def previous_period(period: Period) -> Period | None:
    """The one of its kind before it, if the county has opened it."""
    return Period.get_or_none(Period.code == period.calendar.previous.code)


def last_year_period(period: Period) -> Period | None:
    """The same one of the year before, if the county has opened it."""
    return Period.get_or_none(Period.code == period.calendar.last_year.code)


LATELY = timedelta(days=92)  # so long after its end a period is still the one to open


def suggested_code(today: date) -> str:
    """The period to open next, of the kind that the county opened last (at first half-years).

    The one that has just ended in the first three months after it, else the present one, or once that is open the one after it. One
    that has not begun gives way to one of another kind that the county uses and that has.
    """
    known = {code for (code,) in Period.select(Period.code).tuples()}
    found = [_next_to_open(CalendarPeriod.of(today, kind), known, today) for kind in kinds_used()]
    return next((span for span in found if span.start <= today), found[0]).code


def _next_to_open(now: CalendarPeriod, known: Container[str], today: date) -> CalendarPeriod:
    before = now.previous
    if now.code in known:
        return now.next
    return before if today - before.end <= LATELY and before.code not in known else now


def kinds_used() -> list[Kind]:
    """The kinds of the periods that were opened for somebody to report in, the one opened last first; half-years in a county that has none."""
    opened = Period.select().order_by(Period.id.desc())
    return list(dict.fromkeys(p.calendar.kind for p in opened if not totals_only(p))) or ["half_year"]


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


def missing_count(period: Period) -> int:
    """How many organizations in the scope have not reported: `completeness(period).missing`, counted by the database."""
    given = Submission.select(Submission.obligation).where((Submission.period == period) & Submission.state.in_(("submitted", "accepted")))
    owing = (Obligation.period == period) & (Obligation.waived == False) & Obligation.id.not_in(given)  # noqa: E712
    return int(Obligation.select().where(owing).count())


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
