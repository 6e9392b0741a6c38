"""The figures' part of a lock: computed and hashed before its transaction, written inside, never changed; and computed again to verify it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from youthpilot.core.hookvalues import PartCheck, PeriodPart, PeriodValue, Preparation, Problem
from youthpilot.core.kernel.db import bulk_load
from youthpilot.core.kernel.fields import digest_of
from youthpilot.core.kernel.memo import remembering
from youthpilot.core.periods.models import Period, Submission
from youthpilot.core.registry import CountyRegistry

from .behind import DIGESTED, records_told
from .declared import catalogue
from .engine import Frame, compute_figures
from .models import SnapshotDefinition, SnapshotFigures, SnapshotRecords, SnapshotTotal
from .snapshots import as_json, pack, row_digest
from .values import FigureSet
from .words import _

MODELS = (SnapshotDefinition, SnapshotFigures, SnapshotTotal, SnapshotRecords)
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class LockRows:
    """The rows of a lock, by table."""

    definitions: Rows
    figures: Rows
    totals: Rows
    records: Rows

    @property
    def tables(self) -> tuple[Rows, Rows, Rows, Rows]:
        """In the order of MODELS."""
        return self.definitions, self.figures, self.totals, self.records


def prepare(value: PeriodValue, registry: CountyRegistry, today: date) -> Preparation:
    """The figures of a period as the lock `value.revision` will store them; an indicator that failed stands against it."""
    period = Period.get_by_id(value.id)
    with remembering():
        figures = compute_figures(registry.county, period, registry, today=today)
        rows = _rows(period, value.revision, registry, figures, today)
    failed = [column.meaning.title for column in figures.columns.values() if column.fault]
    problems = [Problem(f"“{title}”没有算出来", "请联系平台管理员，或先停用该模块", blocking=True) for title in failed]
    return Preparation(rows, (*problems, *_without_a_form(period)))


def _without_a_form(period: Period) -> Iterator[Problem]:
    """Organizations that were ticked off while the core ran alone: they count as reported and gave no figure."""
    count = Submission.select().where((Submission.period == period) & (Submission.state == "accepted") & (Submission.version == 0)).count()
    if count:
        yield Problem(f"{count}个单位没有填表就记为已报，数据是空的", "退回后请其填报，或在锁定前确认可以没有这些数据")


def store(rows: LockRows) -> PeriodPart:
    """Write the rows of a lock."""
    for model, content in zip(MODELS, rows.tables, strict=True):
        bulk_load(model, content)
    return PeriodPart(digest_of(contents(rows)))


def check(value: PeriodValue) -> PartCheck:
    """The rows of the lock `value.revision` against their digests."""
    of = (model.select().where((model.period == value.id) & (model.revision == value.revision)) for model in MODELS)
    try:
        rows = LockRows(*([{**row.__data__} for row in query] for query in of))
    except ValueError as error:
        return PartCheck("", (_("Its figures cannot be read: %(why)s", why=f"{type(error).__name__}: {error}"),))
    stored = contents(rows)
    return PartCheck(digest_of(stored) if any(rows.tables) else "", tuple(_changed(value, rows.figures)), stored)


def contents(rows: LockRows) -> tuple[Any, ...]:
    """What the digest of a lock's figures is made of; in locks of version 0.1 it stood in the digest of the whole lock."""
    return (
        sorted([d["key"], digest_of(d["definition"])] for d in rows.definitions),
        sorted([r["organization"], r["digest"]] for r in rows.figures),
        sorted([t["organization"], t["key"], *(_text(t[n]) for n in ("value", "numerator", "denominator"))] for t in rows.totals),
        sorted([r["key"], r["row_count"], r["digest"]] for r in rows.records),
    )


def _changed(value: PeriodValue, rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        stored = (row["organization"], row["parent_id_then"], row["code_then"], row["name_then"], row["kind_then"], row["packed"])
        if row_digest(value.code, value.revision, stored) != row["digest"]:
            yield _("The figures of %(name)s were changed", name=row["name_then"])


def _rows(period: Period, revision: int, registry: CountyRegistry, figures: FigureSet, today: date) -> LockRows:
    base = {"county": period.county_id, "organization": period.organization_id, "period": period.id, "revision": revision}
    definitions = [{**base, "key": k, "definition": as_json(c.meaning, n)} for n, (k, c) in enumerate(figures.columns.items())]
    rows, totals = _figure_rows(period, revision, figures)
    records = [{**base, "key": key, "row_count": n, "digest": digest} for key, n, digest in _records(period, registry, figures, today)]
    return LockRows(definitions, rows, totals, records)


def _figure_rows(period: Period, revision: int, figures: FigureSet) -> tuple[Rows, Rows]:
    """Packed rows of every organization; long rows of the county and of what stands directly below it."""
    rows, totals = [], []
    base = {"county": period.county_id, "period": period.id, "revision": revision}
    for place in figures.places.values():
        packed = pack(figures, place.id)
        digest = row_digest(period.code, revision, (place.id, place.parent, place.code, place.name, place.kind, packed))
        row = {"organization": place.id, "parent_id_then": place.parent, "code_then": place.code, "name_then": place.name, "kind_then": place.kind}
        rows.append({**base, **row, "packed": packed, "digest": digest})
        for figure in figures.for_organization(place.id) if place.depth <= 1 else ():
            if figure.key in packed and not isinstance(figure.value, bool):
                part = figures.part(figure.key, place.id) or (None, None)
                totals.append(
                    {**base, "organization": place.id, "key": figure.key, "value": figure.value, "numerator": part[0], "denominator": part[1]}
                )
    return rows, totals


def _records(period: Period, registry: CountyRegistry, figures: FigureSet, today: date) -> Iterator[tuple[str, int, str]]:
    """(key, rows, digest) of the records behind every indicator that can list them; a listing that raises is left out."""
    frame = Frame(registry.county, period, registry, today)
    ids = list(figures.places)
    for key, declared in catalogue(registry).items():
        listing = declared.indicator.records
        if listing is None or key not in figures:
            continue
        told = registry.isolated(declared.module, DIGESTED, partial(records_told, listing), frame.context(declared.module), ids, detail=key)
        if told is not None:
            yield key, *told


def _text(value: Any) -> str | None:
    return None if value is None else format(Decimal(value), "f")
