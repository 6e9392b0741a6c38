"""Read the audit log: one county's entries, or the platform's."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from peewee import fn

from ..kernel.clock import LOCAL
from .models import AuditEntry
from .rules import act_title, object_title, result_title


@dataclass(frozen=True)
class Filters:
    """What to look for; empty fields do not narrow. start and end are days in local time, both included."""

    start: date | None = None
    end: date | None = None
    actor_id: int | None = None
    act: str = ""
    text: str = ""
    result: str = ""
    organization_id: int | None = None


@dataclass(frozen=True)
class Line:
    """One entry as a screen shows it: no keys, only names. `at` is aware."""

    sequence: int
    at: datetime
    actor: str
    role: str  # its key
    act: str
    what: str
    name: str
    result: str
    reason: str
    ip: str
    before: Any
    after: Any
    figure: str = ""  # which one, for its title; '' if it is about none


def list_entries(county_id: int | None, filters: Filters | None = None, page: int = 1, size: int = 50) -> tuple[list[Line], int]:
    """One page of the entries of a county (None: of the platform), newest first, and how many there are in all.

    page counts from 1; size at most 200.
    """
    query = _narrowed(county_id, filters or Filters())
    size = max(1, min(size, 200))
    rows = query.order_by(AuditEntry.sequence.desc()).paginate(max(1, min(page, 1_000_000)), size)
    return [_line(row) for row in rows], query.count()


def iterate_entries(county_id: int | None, filters: Filters, most: int) -> tuple[Iterator[Line], int]:
    """The newest `most` entries, read one by one while they are used, and how many these are."""
    query = _narrowed(county_id, filters)
    rows, said = query.order_by(AuditEntry.sequence.desc()).limit(most), lru_cache(maxsize=1000)(lambda title, key: title(key))
    return (_line(row, said) for row in rows.iterator()), min(most, query.count())


def acts_of(county_id: int | None) -> list[tuple[str, str]]:
    """(key, title) of every act that occurs there, for the filter, by title."""
    place = AuditEntry.county_id.is_null() if county_id is None else AuditEntry.county_id == county_id
    found = {act_title(act): act for (act,) in AuditEntry.select(AuditEntry.act).where(place).distinct().tuples()}
    return sorted((act, title) for title, act in found.items())


def _narrowed(county_id: int | None, filters: Filters) -> Any:
    query = AuditEntry.select().where(AuditEntry.county_id.is_null() if county_id is None else AuditEntry.county_id == county_id)
    if filters.start:
        query = query.where(AuditEntry.at >= _midnight(filters.start))
    if filters.end:
        query = query.where(AuditEntry.at < _midnight(filters.end + timedelta(days=1)))
    columns = {AuditEntry.actor_id: filters.actor_id, AuditEntry.result: filters.result, AuditEntry.organization_id: filters.organization_id}
    for column, value in columns.items():
        if value not in (None, ""):
            query = query.where(column == value)
    if filters.act:  # several acts share one name on screens
        title = act_title(filters.act)
        query = query.where(AuditEntry.act.in_([act for (act,) in AuditEntry.select(AuditEntry.act).distinct().tuples() if act_title(act) == title]))
    if filters.text:
        low = filters.text.casefold()
        query = query.where(fn.LOWER(AuditEntry.object_name).contains(low) | fn.LOWER(AuditEntry.actor).contains(low))
    return query


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=LOCAL)


def _line(row: AuditEntry, said: Callable[[Callable[[str], str], str], str] = lambda title, key: title(key)) -> Line:
    """said(title, key) → title(key): of thousands of lines each word is translated once."""
    return Line(
        row.sequence, row.at, row.actor, row.role, said(act_title, row.act), said(object_title, row.object_type), row.object_name,
        said(result_title, row.result), row.reason, row.ip, row.before, row.after,
        row.object_id if row.object_type == "figure" else "",
    )  # fmt: skip
