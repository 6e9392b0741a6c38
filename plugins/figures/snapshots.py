"""Reading what a lock stored: the figures of a locked period, module or no module. Rows are unpacked only when they are asked for."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from youthpilot.core.kernel.clock import today
from youthpilot.core.kernel.errors import NotFound
from youthpilot.core.kernel.fields import digest_of
from youthpilot.core.kernel.scope import figure_scope
from youthpilot.core.periods.models import Period, Snapshot

from .models import SnapshotDefinition, SnapshotFigures
from .rules import Part
from .values import Column, FigureSet, Meaning, Place, State
from .words import _

VALUE, NUMERATOR, DENOMINATOR, N, M, SOURCES, OWN, RECORDS = range(8)  # places in a packed cell; RECORDS only where corrected


def snapshot_figures(period: Period, revision: int | None = None, organization_ids: Iterable[int] | None = None) -> FigureSet:
    """The figures as locked (default: the newest revision), of the same shape as computed ones, for the whole county.

    With `organization_ids` only these organizations and the county's own are read. Raises NotFound if it was never locked.
    """
    with figure_scope(period.county_id):
        number = period.revision if revision is None else revision
        as_of = _locked(period, number)
        rows = _Rows(period, number, None if organization_ids is None else {*organization_ids, period.organization_id})
        columns = {m.key: rows.column(m) for m in definitions(period, number)}
    state: State = "published" if period.state == "published" and number == period.revision else "locked"
    return FigureSet(
        period.county_id, period.code, rows.places, columns,
        start=period.start_on, end=period.end_on, as_of=as_of, state=state, revision=number,
    )  # fmt: skip


def _locked(period: Period, revision: int) -> date:
    """The day of which a lock's figures are. Raises NotFound if there is no such lock.

    While a lock is being written, its figures can be read already: the lock itself comes last, when all its parts are there.
    """
    found = Snapshot.select(Snapshot.as_of).where((Snapshot.period == period) & (Snapshot.revision == revision)).tuples().first()
    if found is not None:
        return found[0]  # type: ignore[no-any-return]
    rows = SnapshotFigures.select().where((SnapshotFigures.period == period) & (SnapshotFigures.revision == revision))
    if period.state != "locked" or revision != period.revision or not rows.exists():
        raise NotFound(_("%(period)s has not been locked yet", period=period.title))
    return min(period.end_on, today())


def definitions(period: Period, revision: int) -> list[Meaning]:
    """What the indicators meant at the lock, in their order."""
    query = SnapshotDefinition.select(SnapshotDefinition.definition).where(
        (SnapshotDefinition.period == period) & (SnapshotDefinition.revision == revision)
    )
    found = [row.definition for row in query]
    return [as_meaning(d) for d in sorted(found, key=lambda d: d["position"])]


def as_json(meaning: Meaning, position: int) -> dict[str, Any]:
    """A meaning as it is stored; `position` keeps the order of indicators."""
    return {f: getattr(meaning, f) for f in Meaning.__dataclass_fields__} | {"jump_limit": str(meaning.jump_limit), "position": position}


def as_meaning(stored: Mapping[str, Any]) -> Meaning:
    """The meaning that was stored. Fields unknown to this version are left out."""
    known = {f: stored[f] for f in Meaning.__dataclass_fields__ if f in stored}
    known["asked_of"] = tuple(known.get("asked_of", ()))
    known["jump_limit"] = Decimal(known.get("jump_limit", 3))
    return Meaning(**known)


def pack(figures: FigureSet, organization_id: int) -> dict[str, list[Any]]:
    """All figures of an organization, key → cell; what is blank and asked of nobody is left out. Decimals become text."""
    packed = {}
    at = organization_id
    for key, column in figures.columns.items():
        part, count = column.parts.get(at), column.counts.get(at, (0, 0))
        value = None if part is None and column.meaning.kind != "claim" else figures.value(key, at)
        if value is None and part is None and not count[1]:
            continue
        cell = [_plain(value), *_plain_part(part, (None, None)), *count, column.sources.get(at, 0), _plain_part(column.own.get(at), None)]
        if at in column.records:
            cell.append(_plain_part(column.records[at], None))
        packed[key] = cell
    return packed


def _plain_part(part: Part | None, blank: Any) -> Any:
    return blank if part is None else [_plain(part[0]), _plain(part[1])]


def row_digest(period_code: str, revision: int, row: Iterable[Any]) -> str:
    """Digest of one organization's row: (organization, parent, code, name, kind, packed)."""
    return digest_of([period_code, revision, *row])


def _plain(value: Any) -> Any:
    return format(value, "f") if isinstance(value, Decimal) else value


class _Rows:
    """The packed rows of a snapshot; JSON is parsed per organization, on demand."""

    def __init__(self, period: Period, revision: int, only: set[int] | None) -> None:
        figures = SnapshotFigures
        query = (
            figures.select(
                figures.organization_id, figures.parent_id_then, figures.code_then, figures.name_then, figures.kind_then, figures.packed.cast("TEXT")
            )
            .where((figures.period == period) & (figures.revision == revision))
            .order_by(figures.id)
        )
        if only is not None:
            query = query.where(figures.organization.in_(sorted(only)))
        self.texts: dict[int, Any] = {}
        self.parsed: dict[int, dict[str, list[Any]]] = {}
        self.places: list[Place] = []
        depths: dict[int, int] = {}
        for i, parent, code, name, kind, text in query.tuples():
            depths[i] = 0 if parent is None else depths.get(parent, 0) + 1
            self.places.append(Place(i, parent, depths[i], code, name, kind))
            self.texts[i] = text

    def cell(self, organization_id: int, key: str) -> list[Any] | None:
        row = self.parsed.get(organization_id)
        if row is None:
            text = self.texts.get(organization_id)
            if text is None:
                return None
            row = self.parsed[organization_id] = json.loads(text) if isinstance(text, str) else text
        return row.get(key)

    def column(self, meaning: Meaning) -> Column:
        key = meaning.key
        return Column(
            meaning,
            parts=_View(self, key, lambda c: _part(c[NUMERATOR], c[DENOMINATOR])),
            own=_View(self, key, lambda c: _part(*c[OWN]) if c[OWN] else None),
            sources=_View(self, key, lambda c: c[SOURCES]),
            counts=_View(self, key, lambda c: (c[N], c[M])),
            records=_View(self, key, lambda c: _part(*c[RECORDS]) if c[RECORDS] else None, lambda c: len(c) > RECORDS),
            printed=_View(self, key, lambda c: c[VALUE] if isinstance(c[VALUE], bool) else _number(c[VALUE])),
        )


class _View(Mapping[int, Any]):
    """One element of every organization's cell of one indicator; missing where there is none."""

    def __init__(self, rows: _Rows, key: str, read: Any, present: Any = None) -> None:
        self.rows, self.key, self.read, self.present = rows, key, read, present

    def __getitem__(self, organization_id: int) -> Any:
        cell = self.rows.cell(organization_id, self.key)
        if cell is None or (self.present is not None and not self.present(cell)):
            raise KeyError(organization_id)
        value = self.read(cell)
        if value is None and self.present is None:
            raise KeyError(organization_id)
        return value

    def __iter__(self) -> Iterator[int]:
        return (i for i in self.rows.texts if i in self)

    def __len__(self) -> int:
        return sum(1 for _i in self)


def _number(value: Any) -> Any:
    return Decimal(value) if isinstance(value, str) else value


def _part(numerator: Any, denominator: Any) -> Part | None:
    return None if numerator is None else (_number(numerator), _number(denominator))
