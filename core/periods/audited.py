"""What the audit log tells of a county's periods, against what stands: state, due date, and the digests of locks.

A lock's own digests are plain SHA-256: whoever rewrites a figure can compute them again. The entry that was written with the lock
carries the same digest, and entries cannot be signed without the key outside the database.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ..audit.models import AuditEntry
from ..hookvalues import PeriodDifference
from ..kernel.db import database
from ..kernel.i18n import _
from .models import Period, Snapshot
from .rules import PERIOD_WORDS

_STATES = {"period.open": "open", "period.lock": "locked", "period.correct": "locked", "period.publish": "published", "period.reopen": "open"}


@dataclass
class Told:
    """What the entries say of one period. Digests are '' where an entry of an earlier version named none."""

    title: str
    state: str = ""
    due_on: str = ""
    revision: int = 0
    locks: dict[int, str] = field(default_factory=dict)

    def hear(self, act: str, after: dict[str, Any]) -> None:
        """Take in the next entry."""
        self.state = _STATES.get(act, self.state)
        self.due_on = after.get("due_on", self.due_on)
        if act in ("period.lock", "period.correct"):
            self.revision = int(after.get("revision", 0))
            self.locks[self.revision] = str(after.get("digest", ""))


def period_entries(county_id: int, acts: Iterable[str]) -> Iterator[tuple[int, str, str, dict[str, Any]]]:
    """(period's id, its title, act, what the entry tells) of a county's audit log, the oldest first.

    Entries that cannot be read are left to the chain's own check, those that name no period are left out.
    """
    entry = AuditEntry
    query = entry.select(entry.act, entry.object_id, entry.object_name, entry.after).where((entry.county_id == county_id) & entry.act.in_(list(acts)))
    for act, object_id, name, text in database.execute(query.order_by(entry.sequence)):
        with suppress(ValueError, TypeError, AttributeError):
            after = json.loads(text or "{}")
            number = int(after.get("period", object_id))
            yield number, name, act, after


def told_by_log(county_id: int) -> dict[int, Told]:
    """Period's id → what the audit log says of it."""
    found = dict[int, Told]()
    for number, title, act, after in period_entries(county_id, [*_STATES, "period.due"]):
        with suppress(ValueError, TypeError):
            found.setdefault(number, Told(title)).hear(act, after)
    return found


def differences(county_id: int, periods: dict[int, Period]) -> Iterator[PeriodDifference]:
    """Everything of the scope's county's periods and locks that the audit log tells otherwise; revision 0: of the period itself."""
    told = told_by_log(county_id)
    for number in told.keys() - periods.keys():
        yield PeriodDifference(told[number].title, 0, _("The audit log names this period, but it is gone"))
    stored = list(Snapshot.select(Snapshot.period, Snapshot.revision, Snapshot.digest).tuples())
    for period in periods.values():
        if period.id not in told:
            yield PeriodDifference(period.code, 0, _("The audit log knows nothing of this period"))
            continue
        locks = [row[1:] for row in stored if row[0] == period.id]
        yield from (PeriodDifference(period.code, revision, text) for revision, text in _of_period(period, told[period.id], locks))


def _of_period(period: Period, told: Told, locks: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    if period.state != told.state:
        words = {"stored": PERIOD_WORDS.get(period.state, period.state), "told": PERIOD_WORDS[told.state]}
        yield 0, _("The period is “%(stored)s”, but by the audit log it is “%(told)s”", **words)
    if str(period.due_on) != told.due_on:
        yield 0, _("The due date is %(stored)s, but by the audit log it is %(told)s", stored=period.due_on, told=told.due_on)
    if period.revision != told.revision:
        yield 0, _("The period counts %(stored)s locks, the audit log %(told)s", stored=period.revision, told=told.revision)
    for revision in broken(told.locks, locks):
        yield revision, _("The lock is not the one that the audit log names: its figures were changed or it is gone")


def broken(told: dict[Any, str], stored: list[tuple[Any, str]]) -> list[Any]:
    """Keys on one side only, stored twice, or whose digests differ; an entry of an earlier version that named none fits any."""
    times, digests = Counter(key for key, _digest in stored), dict(stored)
    return sorted(key for key in told.keys() | digests.keys() if key not in told or times[key] != 1 or told[key] not in ("", digests[key]))
