"""What the audit log tells of the reports that were stored with locks and published, against what stands."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from youthpilot.core.hookvalues import PeriodDifference
from youthpilot.core.periods.audited import broken, period_entries
from youthpilot.core.periods.models import Period

from .models import LockedDocument, PublishedDocument
from .words import _

ACTS = ("period.lock", "period.correct", "period.publish", "report.edit")
Version = tuple[int, int]  # revision, version of its document


@dataclass
class Told:
    """What the entries say of the reports of one period. Digests are '' where an entry of an earlier version named none."""

    publications: dict[int, str] = field(default_factory=dict)
    documents: dict[Version, str] = field(default_factory=dict)
    documented: set[int] = field(default_factory=set)  # revisions whose every document is named

    def hear(self, act: str, after: dict[str, Any]) -> None:
        """Take in the next entry."""
        revision = int(after.get("revision", 0))
        if act == "period.publish":
            self.publications[revision] = str(after.get("digest", ""))
        if "document" in after:
            self.documents[revision, int(after["version"])] = str(after["document"])
            self.documented |= {revision} if act != "report.edit" else set()


def audited(period: Period, document: LockedDocument | None) -> dict[str, Any]:
    """What an entry carries so that a stored document can be proved: {} if none was stored."""
    if document is None:
        return {}
    return {"period": period.id, "revision": document.revision, "version": document.version, "document": document.digest}


def differences(county_id: int) -> Iterator[PeriodDifference]:
    """Stored and published documents of the scope's county that were changed, or are not those that the audit log names."""
    codes = dict(Period.select(Period.id, Period.code).tuples())
    for model in (PublishedDocument, LockedDocument):
        for row in model.select():
            if hashlib.sha256(row.document.encode()).hexdigest() != row.digest:
                yield PeriodDifference(codes[row.period_id], row.revision, _("The stored document was changed"))
    told = _told_by_log(county_id)
    published = list(PublishedDocument.select(PublishedDocument.period, PublishedDocument.revision, PublishedDocument.digest).tuples())
    locked = list(LockedDocument.select(LockedDocument.period, LockedDocument.revision, LockedDocument.version, LockedDocument.digest).tuples())
    for number, code in codes.items():
        publications = [row[1:] for row in published if row[0] == number]
        documents = [((row[1], row[2]), row[3]) for row in locked if row[0] == number]
        yield from (PeriodDifference(code, revision, text) for revision, text in _of_period(told.get(number, Told()), publications, documents))


def _told_by_log(county_id: int) -> dict[int, Told]:
    found = dict[int, Told]()
    for number, _title, act, after in period_entries(county_id, ACTS):
        with suppress(ValueError, TypeError, KeyError):
            found.setdefault(number, Told()).hear(act, after)
    return found


def _of_period(told: Told, publications: list[tuple[int, str]], documents: list[tuple[Version, str]]) -> Iterator[tuple[int, str]]:
    for revision in broken(told.publications, publications):
        yield revision, _("The published report is not the one that the audit log names")
    named = {key: digest for key, digest in told.documents.items() if key[0] in told.documented}
    kept = [(key, digest) for key, digest in documents if key[0] in told.documented]
    for revision, _version in broken(named, kept):
        yield revision, _("The stored report is not the one that the audit log names")
