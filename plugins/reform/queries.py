"""Reads of the pilot: the board, counts on a day, what lags, delegates with their two links."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from peewee import JOIN, fn

from youthpilot.core import CalendarPeriod, Organization, Period, current_scope

from .models import ReformDecision, ReformDelegate, ReformDesignation, ReformFront, ReformLink, ReformMeasure, ReformPaper, ReformStep, ReformTalk
from .rules import STATUSES, idle_days, is_overdue, rate, share_done
from .settings import Choices, choices


def scope_root() -> Organization | None:
    """The top organization that the scope sees."""
    root_id = current_scope().root_id
    query = Organization.select()
    return query.where(Organization.id == root_id).first() if root_id else query.where(Organization.parent.is_null()).first()


def settings_on(day: date) -> Choices:
    """The county's settings in force on a day."""
    return choices(current_scope().county_id or 0, day)


def half_start(day: date) -> date:
    """The first day of what is reported on now: of the newest open period that has begun, else of the day's own half-year."""
    period = Period.select().where(Period.state == "open", Period.start_on <= day).order_by(Period.start_on.desc()).first()
    return period.start_on if period is not None else CalendarPeriod.of(day, "half_year").start


def designation() -> ReformDesignation | None:
    """The newest one."""
    d = ReformDesignation
    return d.select().order_by(d.designated_on.desc(), d.id.desc()).first()


def fronts() -> list[ReformFront]:
    """In their order."""
    return list(ReformFront.select().order_by(ReformFront.number))


@dataclass(frozen=True)
class Card:
    """A measure as it stands on a day."""

    measure: ReformMeasure
    overdue: bool
    idle: int  # days since the last entry
    lagging: bool
    soon: bool  # due within the days of notice
    done: Decimal | None  # % of the way to the target

    @property
    def state(self) -> str:
        """The status's key; overdue ones keep it, the mark stands beside it."""
        return str(self.measure.status)


def cards(on: date, status: str = "") -> list[Card]:
    """Every measure in scope, by front and number. `status`: only these; 'overdue' and 'lagging' too."""
    m, limits = ReformMeasure, settings_on(on)
    query = m.select(m, ReformFront).join(ReformFront, on=(m.front == ReformFront.id)).order_by(ReformFront.number, m.number)
    found = [_card(row, limits, on) for row in query]
    if status in STATUSES:
        return [c for c in found if c.state == status]
    return [c for c in found if status not in ("overdue", "lagging") or getattr(c, status)]


def card(measure: ReformMeasure, on: date) -> Card:
    """One measure as it stands on a day."""
    return _card(measure, settings_on(on), on)


def _card(m: ReformMeasure, limits: Choices, on: date) -> Card:
    late, idle, still = is_overdue(m.due_on, m.closed_on, on), idle_days(m.last_on, on), m.status not in ("closed", "applied")
    soon = still and not late and m.due_on <= on + timedelta(days=limits.notice_days)
    return Card(m, late, idle, late or (still and idle > limits.idle_days), soon, share_done(m.baseline, m.target, m.current))


@dataclass(frozen=True)
class Tally:
    """How many measures stand where."""

    total: int
    by_status: dict[str, int]
    overdue: int

    @property
    def closed(self) -> int:
        """Closed ones."""
        return self.by_status["closed"]

    @property
    def rate(self) -> Decimal | None:
        """Closed ÷ all in %; None without a measure."""
        return rate(self.closed, self.total)


def tally(found: list[Card]) -> Tally:
    """Counts of these cards."""
    return Tally(len(found), {s: sum(1 for c in found if c.state == s) for s in STATUSES}, sum(1 for c in found if c.overdue))


def by_front(found: list[Card]) -> list[tuple[ReformFront, list[Card], Tally]]:
    """Every front with its cards, empty ones included."""
    out = []
    for front in fronts():
        own = [c for c in found if c.measure.front_id == front.id]
        out.append((front, own, tally(own)))
    return out


def log(measure: ReformMeasure) -> list[ReformStep]:
    """Newest first."""
    s = ReformStep
    return list(s.select().where(s.measure == measure.id).order_by(s.id.desc()))


def papers_of(measure: ReformMeasure) -> list[ReformPaper]:
    """Files of a measure and of its log, the oldest first; removed ones are left out."""
    p = ReformPaper
    return list(p.select().where(p.measure == measure.id, p.removed == False).order_by(p.id))  # noqa: E712


def states_on(on: date) -> dict[int, tuple[str, date]]:
    """measure → (its status on a day, since when), from the log; who has no entry up to the day is not in it."""
    s, found = ReformStep, {}
    for measure, day, before, after in s.select(s.measure_id, s.happened_on, s.before, s.after).where(s.happened_on <= on).order_by(s.id).tuples():
        if before != after or measure not in found:
            found[measure] = (after, day)
    return found


def last_words(ids: list[int]) -> dict[int, str]:
    """measure → the last words of its log."""
    s = ReformStep
    rows = s.select(s.measure_id, s.text).where(s.measure.in_(ids or [0]), s.text != "").order_by(s.id).tuples()
    return dict(rows)


# decisions, talks ------------------------------------------------------------------------------------------------------


def decisions(on: date) -> list[tuple[ReformDecision, bool]]:
    """(decision, overdue), open ones first by due day, then done ones."""
    d = ReformDecision
    rows = sorted(d.select(), key=lambda x: (x.done_on is not None, x.due_on, x.id))
    return [(row, is_overdue(row.due_on, row.done_on, on)) for row in rows]


def talks(on: date) -> list[tuple[ReformTalk, bool]]:
    """(talk, overdue), open ones first."""
    t, m = ReformTalk, ReformMeasure
    query = t.select(t, m).join(m, JOIN.LEFT_OUTER, on=(t.measure == m.id))
    rows = sorted(query, key=lambda x: (x.rectified_on is not None, x.rectify_by, x.id))
    return [(row, is_overdue(row.rectify_by, row.rectified_on, on)) for row in rows]


def lagging(on: date) -> list[tuple[Card, ReformTalk | None]]:
    """Measures that are overdue or stand still, worst first, with the last talk about them."""
    told: dict[int, ReformTalk] = {t.measure_id: t for t in ReformTalk.select().order_by(ReformTalk.talked_on, ReformTalk.id) if t.measure_id}
    found = [c for c in cards(on) if c.lagging]
    return [(c, told.get(c.measure.id)) for c in sorted(found, key=lambda c: (not c.overdue, c.measure.due_on, -c.idle))]


# delegates ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Linked:
    """A delegate with his links on a day."""

    delegate: ReformDelegate
    branches: list[ReformLink]
    youths: list[ReformLink]
    ok: bool  # both links reached


def delegates(on: date) -> list[Linked]:
    """Delegates in office on a day; who has not reached both links first."""
    d, k, limits = ReformDelegate, ReformLink, settings_on(on)
    links: dict[tuple[int, str], list[ReformLink]] = defaultdict(list)
    for link in k.select().where(k.linked_on <= on, k.ended_on.is_null() | (k.ended_on >= on)).order_by(k.id):
        links[link.delegate_id, link.kind].append(link)
    out = []
    for row in d.select().where(d.since_on <= on, d.ended_on.is_null() | (d.ended_on >= on)).order_by(d.id):
        branches, youths = links[row.id, "branch"], links[row.id, "youth"]
        out.append(Linked(row, branches, youths, len(branches) >= limits.link_branches and len(youths) >= limits.link_youths))
    return sorted(out, key=lambda x: x.ok)


def branches_called(names: list[str]) -> dict[str, list[Organization]]:
    """name → the organizations still open that are called so, in full or in short."""
    o = Organization
    found: dict[str, list[Organization]] = {name: [] for name in names}
    query = o.select().where((o.name.in_(names) | o.short_name.in_(names)) & o.closed_on.is_null()).order_by(o.code)
    for row in query if names else ():
        for name in {row.name, row.short_name} & found.keys():
            found[name].append(row)
    return found


def next_number(front_id: int) -> int:
    """The number after the last measure of a front."""
    last: Any = ReformMeasure.select(fn.MAX(ReformMeasure.number)).where(ReformMeasure.front == front_id).scalar()
    return int(last or 0) + 1
