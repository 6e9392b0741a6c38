"""The hash chain over the locks of a county: how a snapshot is digested, and the check that recomputes everything and asks the audit log."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from youthpilot.plugins.figures.snapshots import digest_of, row_digest

from ..kernel.i18n import _
from ..kernel.scope import figure_scope
from .audited import differences
from .models import LockedDocument, Period, PublishedDocument, Snapshot, SnapshotDefinition, SnapshotFigures, SnapshotRecords, SnapshotTotal

_HEAD = ("organization", "revision", "reason", "modules", "previous_digest", "locked_by")


@dataclass(frozen=True)
class Difference:
    """Something stored that is no longer what was locked. revision 0: of the period itself; period_code may be its title if its row is gone."""

    period_code: str
    revision: int
    text: str


def chain_digest(
    period_code: str,
    head: Mapping[str, Any],
    definitions: Iterable[Mapping[str, Any]],
    rows: Iterable[Mapping[str, Any]],
    totals: Iterable[Mapping[str, Any]],
    records: Iterable[Mapping[str, Any]],
) -> str:
    """The digest of a whole snapshot, with the digest of the one before it inside."""
    return digest_of(
        [
            period_code,
            [head[name] for name in _HEAD],
            head["locked_at"].isoformat(timespec="microseconds"),
            head["as_of"].isoformat(),
            sorted([d["key"], digest_of(d["definition"])] for d in definitions),
            sorted([r["organization"], r["digest"]] for r in rows),
            sorted([t["organization"], t["key"], *(_text(t[n]) for n in ("value", "numerator", "denominator"))] for t in totals),
            sorted([r["key"], r["row_count"], r["digest"]] for r in records),
        ]
    )


def verify_chain(county: Any) -> list[Difference]:
    """Everything stored by locks and publications of a county that fits neither its digests nor the audit log; empty if all is well."""
    with figure_scope(county if isinstance(county, int) else county.id):
        found: list[Difference] = []
        periods = {p.id: p for p in Period.select()}
        before = ""
        for snapshot in Snapshot.select().order_by(Snapshot.id):
            period = periods[snapshot.period_id]
            found += [Difference(period.code, snapshot.revision, text) for text in _check(period, snapshot, before)]
            before = snapshot.digest
        for period in periods.values():
            kept = {r for (r,) in Snapshot.select(Snapshot.revision).where(Snapshot.period == period).tuples()}
            found += [Difference(period.code, r, _("The lock of this revision is missing")) for r in range(1, period.revision + 1) if r not in kept]
        for model in (PublishedDocument, LockedDocument):
            for row in model.select():
                if hashlib.sha256(row.document.encode()).hexdigest() != row.digest:
                    found.append(Difference(periods[row.period_id].code, row.revision, _("The stored document was changed")))
        return found + [Difference(*told) for told in differences(county if isinstance(county, int) else county.id, periods)]


def _check(period: Period, snapshot: Snapshot, before: str) -> Iterable[str]:
    if snapshot.previous_digest != before:
        yield _("The chain to the lock before it is broken")
    of = [
        list(model.select().where((model.period == period) & (model.revision == snapshot.revision)))
        for model in (SnapshotDefinition, SnapshotFigures, SnapshotTotal, SnapshotRecords)
    ]
    definitions, rows, totals, records = ([_row(r) for r in part] for part in of)
    for row in rows:
        stored = (row["organization"], row["parent_id_then"], row["code_then"], row["name_then"], row["kind_then"], row["packed"])
        if row_digest(period.code, snapshot.revision, stored) != row["digest"]:
            yield _("The figures of %(name)s were changed", name=row["name_then"])
    if chain_digest(period.code, _row(snapshot), definitions, rows, totals, records) != snapshot.digest:
        yield _("The lock as a whole does not fit its digest")


def _row(row: Any) -> dict[str, Any]:
    return {**row.__data__}


def _text(value: Any) -> str | None:
    return None if value is None else format(Decimal(value), "f")
