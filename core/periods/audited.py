"""What the audit log tells of a county's periods, against what stands: state, due date, and the digests of locks and publications.

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
from ..kernel.db import database
from ..kernel.i18n import _
from .models import LockedDocument, Period, PublishedDocument, Snapshot
from .rules import PERIOD_WORDS

_STATES = {"period.open": "open", "period.lock": "locked", "period.correct": "locked", "period.publish": "published", "period.reopen": "open"}
Version = tuple[int, int]  # revision, version of its document


@dataclass
class Told:
    """What the entries say of one period. Digests are '' where an entry of an earlier version named none."""

    title: str
    state: str = ""
    due_on: str = ""
    revision: int = 0
    locks: dict[int, str] = field(default_factory=dict)
    publications: dict[int, str] = field(default_factory=dict)
    documents: dict[Version, str] = field(default_factory=dict)
    documented: set[int] = field(default_factory=set)  # revisions whose every document is named

    def hear(self, act: str, after: dict[str, Any]) -> None:
        """Take in the next entry."""
        self.state = _STATES.get(act, self.state)
        self.due_on = after.get("due_on", self.due_on)
        digest, revision = str(after.get("digest", "")), int(after.get("revision", 0))
        if act in ("period.lock", "period.correct"):
            self.revision, self.locks[revision] = revision, digest
        elif act == "period.publish":
            self.publications[revision] = digest
        if "document" in after:
            self.documents[revision, int(after["version"])] = str(after["document"])
            self.documented |= {revision} if act != "report.edit" else set()


def audited(period: Period, document: LockedDocument | None) -> dict[str, Any]:
    """What an entry carries so that a stored document can be proved: {} if none was stored."""
    if document is None:
        return {}
    return {"period": period.id, "revision": document.revision, "version": document.version, "document": document.digest}


def told_by_log(county_id: int) -> dict[int, Told]:
    """Period's id → what the audit log says of it. Entries that cannot be read are left to the chain's own check."""
    entry, found = AuditEntry, dict[int, Told]()
    wanted = (entry.county_id == county_id) & entry.act.in_([*_STATES, "period.due", "report.edit"])
    query = entry.select(entry.act, entry.object_id, entry.object_name, entry.after).where(wanted).order_by(entry.sequence)
    for act, object_id, name, text in database.execute(query):
        with suppress(ValueError, TypeError, KeyError, AttributeError):
            after = json.loads(text or "{}")
            number = after.get("period") if act == "report.edit" else int(object_id)
            if number is not None:
                found.setdefault(number, Told(name)).hear(act, after)
    return found


def differences(county_id: int, periods: dict[int, Period]) -> Iterator[tuple[str, int, str]]:
    """(period's code or title, revision or 0, sentence) for everything of the scope's county that the audit log tells otherwise."""
    told = told_by_log(county_id)
    for number in told.keys() - periods.keys():
        yield told[number].title, 0, _("The audit log names this period, but it is gone")
    stored = [
        list(model.select(*fields).tuples())
        for model, fields in (
            (Snapshot, (Snapshot.period, Snapshot.revision, Snapshot.digest)),
            (PublishedDocument, (PublishedDocument.period, PublishedDocument.revision, PublishedDocument.digest)),
            (LockedDocument, (LockedDocument.period, LockedDocument.revision, LockedDocument.version, LockedDocument.digest)),
        )
    ]
    for period in periods.values():
        if period.id not in told:
            yield period.code, 0, _("The audit log knows nothing of this period")
            continue
        rows = [[row[1:] for row in part if row[0] == period.id] for part in stored]
        yield from ((period.code, revision, text) for revision, text in _of_period(period, told[period.id], rows))


def _of_period(period: Period, told: Told, rows: list[list[Any]]) -> Iterator[tuple[int, str]]:
    if period.state != told.state:
        words = {"stored": PERIOD_WORDS.get(period.state, period.state), "told": PERIOD_WORDS[told.state]}
        yield 0, _("The period is “%(stored)s”, but by the audit log it is “%(told)s”", **words)
    if str(period.due_on) != told.due_on:
        yield 0, _("The due date is %(stored)s, but by the audit log it is %(told)s", stored=period.due_on, told=told.due_on)
    if period.revision != told.revision:
        yield 0, _("The period counts %(stored)s locks, the audit log %(told)s", stored=period.revision, told=told.revision)
    locks, publications, documents = rows
    yield from _digests(told.locks, locks, _("The lock is not the one that the audit log names: its figures were changed or it is gone"))
    yield from _digests(told.publications, publications, _("The published report is not the one that the audit log names"))
    kept = [((revision, version), digest) for revision, version, digest in documents if revision in told.documented]
    for revision, _version in _broken({key: d for key, d in told.documents.items() if key[0] in told.documented}, kept):
        yield revision, _("The stored report is not the one that the audit log names")


def _digests(told: dict[int, str], stored: list[tuple[int, str]], text: str) -> Iterator[tuple[int, str]]:
    yield from ((revision, text) for revision in _broken(told, stored))


def _broken(told: dict[Any, str], stored: list[tuple[Any, str]]) -> Iterable[Any]:
    """Keys on one side only, stored twice, or whose digests differ; an entry of an earlier version that named none fits any."""
    times, digests = Counter(key for key, _digest in stored), dict(stored)
    return sorted(key for key in told.keys() | digests.keys() if key not in told or times[key] != 1 or told[key] not in ("", digests[key]))
