"""Reads of League life: meetings of a time, and which branches are behind with which kind."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from youthpilot.core import CalendarPeriod, Organization, plain_rows

from .models_life import StudyMeeting
from .queries import below
from .rules_life import EVERY, KINDS, lacking, spans
from .settings_life import due


@dataclass
class LifeLine:
    """A branch: kind → how many were held and counted, and what is missing in spans that are over."""

    organization_id: int
    name: str
    held: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    missing: dict[str, list[tuple[CalendarPeriod, int]]] = field(default_factory=dict)

    @property
    def behind(self) -> int:
        """How many are missing, all kinds."""
        return sum(n for found in self.missing.values() for _span, n in found)

    def said(self, kind: str) -> str:
        """4月、5月: the spans in which one is missing."""
        return "、".join(span.short_name + (f"（缺{n}次）" if n > 1 else "") for span, n in self.missing.get(kind, []))


def meetings(first: date, last: date, unit_id: int | None = None) -> Any:
    """Meetings held from `first` to `last` (both included), in an organization and everything below it; None: everywhere in scope."""
    m = StudyMeeting
    query = m.select().where(m.held_on >= first, m.held_on <= last)
    return query if unit_id is None else query.where(m.organization.in_(below(unit_id)))


def due_spans(county_id: int, kind: str, first: date, last: date, today: date) -> list[tuple[CalendarPeriod, int]]:
    """(span, how many are due) of the spans that end between `first` and `last` and are over today; the setting of their last day holds."""
    over = [s for s in spans(EVERY[kind], first, last) if first <= s.end <= last and s.end < today]
    return [(s, n) for s in over if (n := due(county_id, kind, s.end)) > 0]


def life_lines(county_id: int, unit_id: int, first: date, last: date, today: date) -> list[LifeLine]:
    """A line for every branch below the unit that existed in the time, in the order of the tree.

    A span counts for a branch from the day after it was founded to the day it was closed; meetings without a quorum do not count.
    """
    wanted = {kind: due_spans(county_id, kind, first, last, today) for kind in KINDS}
    earliest = min([first, *(s.start for found in wanted.values() for s, _n in found)])
    held: dict[int, dict[str, list[date]]] = defaultdict(lambda: defaultdict(list))
    m = StudyMeeting
    query = meetings(earliest, last, unit_id).where(m.quorate == True)  # noqa: E712
    days: dict[Any, date] = {}  # few days, many meetings
    for organization, kind, text in plain_rows(query.select(m.organization_id, m.kind, m.held_on)):
        day = days.get(text) or days.setdefault(text, date.fromisoformat(str(text)))
        held[organization][kind].append(day)
    return [_line(o, held[o[0]], wanted, first) for o in _branches(unit_id, first, last)]


def _branches(unit_id: int, first: date, last: date) -> Any:
    o = Organization
    there = (o.closed_on.is_null() | (o.closed_on >= first)) & (o.established_on.is_null() | (o.established_on <= last))
    columns = (o.id, o.name, o.short_name, o.established_on, o.closed_on)
    return list(o.select(*columns).where(o.id.in_(below(unit_id)), o.org_type == "branch", there).order_by(o.code).tuples())


def _line(branch: tuple[Any, ...], held: dict[str, list[date]], wanted: dict[str, list[tuple[CalendarPeriod, int]]], first: date) -> LifeLine:
    key, name, short, founded, closed = branch
    line = LifeLine(key, short or name)
    for kind, days in held.items():
        line.held[kind] = sum(d >= first for d in days)
    for kind, found in wanted.items():
        own = [(s, n) for s, n in found if not (founded and founded > s.start) and not (closed and closed < s.end)]
        if short_of := lacking(held.get(kind, []), own):
            line.missing[kind] = short_of
    return line


def any_meeting() -> bool:
    """True once a meeting was recorded in scope: before that nobody is called behind."""
    return bool(StudyMeeting.select().exists())
