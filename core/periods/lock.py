"""Locking, publishing, reopening and correcting a period. What a lock wrote is never changed; the next one writes a new revision.

`verify_chain` recomputes every digest from the stored rows and names what differs.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from typing import Any

from youthpilot.plugins.figures.behind import DIGESTED, records_told
from youthpilot.plugins.figures.declared import catalogue
from youthpilot.plugins.figures.engine import Frame, compute_figures
from youthpilot.plugins.figures.snapshots import as_json, pack, row_digest, snapshot_figures
from youthpilot.plugins.figures.values import FigureSet

from ..hookspecs import Problem, Specs
from ..kernel.clock import business_now as now
from ..kernel.clock import today as clock_today
from ..kernel.db import bulk_load, transaction
from ..kernel.errors import ConflictError, RuleError
from ..kernel.i18n import _
from ..kernel.scope import figure_scope
from ..registry import CountyRegistry
from .acting import Acting, county_roles
from .audited import audited
from .guard import correct
from .models import LockedDocument, Period, PublishedDocument, Snapshot, SnapshotDefinition, SnapshotFigures, SnapshotRecords, SnapshotTotal
from .queries import completeness, period_value
from .rules import PERIOD_WORDS, period_after
from .verify import Difference, chain_digest, verify_chain

__all__ = ["Difference", "closing_problems", "correction", "lock", "publish", "reopen", "snapshot_figures", "verify_chain"]
OnLocked = Callable[[Period, Snapshot, FigureSet], object]


def closing_problems(period: Period, registry: CountyRegistry, figures: FigureSet | None = None) -> list[tuple[str, Problem]]:
    """(module, problem) for all that stands against locking: open obligations ("periods"), failed indicators, what modules say.

    Open obligations may be overruled by a reason, the other blocking ones not.
    """
    with figure_scope(period.county_id):
        found = [("periods", p) for p in _open_obligations(period)]
        for column in figures.columns.values() if figures else ():
            if column.fault:
                text = f"“{column.meaning.title}”没有算出来"
                found.append((column.meaning.module, Problem(text, "请联系平台管理员，或先停用该模块", blocking=True)))
        return found + registry.period_problems(period_value(period))


def _open_obligations(period: Period) -> Iterator[Problem]:
    done = completeness(period)
    if done.missing:
        yield Problem(f"{done.missing}个单位未报", "催报，或带理由锁定", blocking=True)
    waiting = done.counts["submitted"] + done.counts["late"]
    if waiting:
        yield Problem(f"{waiting}份待审核", "审核，或带理由锁定", blocking=True)


def lock(
    period: Period, registry: CountyRegistry, actor: Acting, reason: str = "", today: date | None = None, on_locked: OnLocked | None = None
) -> Snapshot:
    """Close a period: figures, definitions, totals and digests are stored as the next revision, in one transaction.

    Obligations that are still open refuse it unless a `reason` is given; a failed indicator or a module's blocking problem always
    does. `on_locked` runs inside the transaction (the compiled document is stored there). Raises RuleError, or ConflictError if
    somebody else was faster.
    """
    after = period_after(period.state, "lock", county_roles(actor, period.organization_id))
    with figure_scope(period.county_id):
        with transaction():
            _advance(period, after, revision=period.revision + 1)
            figures = compute_figures(registry.county, period, registry, today=today)
            _refuse_problems(period, registry, figures, reason)
            snapshot = _write(period, registry, actor, reason, figures)
            if on_locked is not None:
                on_locked(period, snapshot, figures)
            _audit("period.lock", period, actor, reason, _proof(period, snapshot))
        registry.after(Specs.county_period_closed, period=period_value(period))
    return snapshot


def publish(period: Period, document_json: str, actor: Acting, reason: str = "", open_points: int = 0) -> PublishedDocument:
    """Store the whole document of a locked period and mark it published. Raises ConflictError if it is not locked.

    reason: why it is published although `open_points` points of its report are open; both stay in the audit.
    """
    after = period_after(period.state, "publish", county_roles(actor, period.organization_id))
    with figure_scope(period.county_id), transaction():
        _advance(period, after)
        document = PublishedDocument.create(
            county=period.county_id,
            organization=period.organization_id,
            period=period,
            revision=period.revision,
            document=document_json,
            digest=hashlib.sha256(document_json.encode()).hexdigest(),
            published_by=actor.name,
            published_at=now(),
        )
        said = {"revision": period.revision, "digest": document.digest, "open_points": open_points}
        _audit("period.publish", period, actor, reason, said)
    found: PublishedDocument = document
    return found


def reopen(period: Period, reason: str, actor: Acting) -> Period:
    """Open a closed period again; what was locked stays readable, the next lock writes a new revision. Raises RuleError without a reason."""
    if not reason.strip():
        raise RuleError(_("Give the reason for reopening the period"), "reason")
    after = period_after(period.state, "reopen", county_roles(actor, period.organization_id))
    with figure_scope(period.county_id), transaction():
        _advance(period, after, reopen_reason=reason.strip())
        _audit("period.reopen", period, actor, reason.strip(), {"revision": period.revision})
    return period


@contextmanager
def correction(period: Period, reason: str, registry: CountyRegistry, actor: Acting, on_locked: OnLocked | None = None) -> Iterator[None]:
    """Records of a closed period may be written inside; at the end a new revision is signed with the reason, in the same transaction.

    A published period is locked again and must be published anew. Nothing is kept if the block raises.
    """
    after = period_after(period.state, "correct", county_roles(actor, period.organization_id))
    with transaction(), correct(reason):
        yield
        with figure_scope(period.county_id):
            _advance(period, after, revision=period.revision + 1)
            figures = compute_figures(registry.county, period, registry)
            snapshot = _write(period, registry, actor, reason.strip(), figures)
            if on_locked is not None:
                on_locked(period, snapshot, figures)
            _audit("period.correct", period, actor, reason.strip(), _proof(period, snapshot))


def _advance(period: Period, after: str, **changes: Any) -> None:
    """Compare and set: the period moves on only if it still is as it was read."""
    seen = (Period.id == period.id) & (Period.state == period.state) & (Period.revision == period.revision)
    if Period.update(state=after, **changes).where(seen).execute() != 1:
        raise ConflictError(_lost(period))
    period.state = after
    for name, value in changes.items():
        setattr(period, name, value)


def _lost(period: Period) -> str:
    row = Period.get_by_id(period.id)
    last = Snapshot.select().where(Snapshot.period == period).order_by(Snapshot.id.desc()).first()
    word = PERIOD_WORDS.get(row.state, row.state)
    if row.state != "open" and last is not None:
        who = {"state": word, "name": last.locked_by, "time": local_time(last.locked_at)}
        return _("Somebody was faster: %(name)s locked the period at %(time)s; it is “%(state)s” now. Reload the page", **who)
    return _("Somebody was faster: the period is “%(state)s” now. Reload the page", state=word)


def local_time(moment: Any) -> str:
    """7月3日 09:42, in local time."""
    from ..kernel.clock import local

    at = local(moment)
    return f"{at.month}月{at.day}日 {at:%H:%M}"


def _refuse_problems(period: Period, registry: CountyRegistry, figures: FigureSet, reason: str) -> None:
    blocking = [(owner, p) for owner, p in closing_problems(period, registry, figures) if p.blocking]
    if reason.strip():
        blocking = [(owner, p) for owner, p in blocking if owner != "periods"]
    if blocking:
        why = "；".join(p.text for _owner, p in blocking)
        advice = "；".join(dict.fromkeys(p.advice for _owner, p in blocking if p.advice))
        raise RuleError(_("The period cannot be locked yet: %(why)s. What to do: %(advice)s", why=why, advice=advice))


def _write(period: Period, registry: CountyRegistry, actor: Acting, reason: str, figures: FigureSet) -> Snapshot:
    """Store everything of the figures as revision `period.revision`, chained to the county's snapshot before it."""
    base = {"county": period.county_id, "organization": period.organization_id, "period": period.id, "revision": period.revision}
    definitions = [{**base, "key": k, "definition": as_json(c.meaning, n)} for n, (k, c) in enumerate(figures.columns.items())]
    rows, totals = _figure_rows(period, figures)
    records = [{**base, "key": key, "row_count": n, "digest": digest} for key, n, digest in _records(period, registry, figures)]
    last = Snapshot.select().order_by(Snapshot.id.desc()).first()
    head = {
        **base,
        "reason": reason.strip(),
        "modules": sorted(registry.enabled),
        "previous_digest": last.digest if last else "",
        "locked_by": actor.name,
        "locked_at": now(),
        "as_of": figures.as_of,
    }
    for model, content in ((SnapshotDefinition, definitions), (SnapshotFigures, rows), (SnapshotTotal, totals), (SnapshotRecords, records)):
        bulk_load(model, content)
    snapshot: Snapshot = Snapshot.create(**head, digest=chain_digest(period.code, head, definitions, rows, totals, records))
    return snapshot


def _figure_rows(period: Period, figures: FigureSet) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Packed rows of every organization; long rows of the county and of what stands directly below it."""
    rows, totals = [], []
    base = {"county": period.county_id, "period": period.id, "revision": period.revision}
    for place in figures.places.values():
        packed = pack(figures, place.id)
        digest = row_digest(period.code, period.revision, (place.id, place.parent, place.code, place.name, place.kind, packed))
        row = {"organization": place.id, "parent_id_then": place.parent, "code_then": place.code, "name_then": place.name, "kind_then": place.kind}
        rows.append({**base, **row, "packed": packed, "digest": digest})
        for figure in figures.for_organization(place.id) if place.depth <= 1 else ():
            if figure.key in packed and not isinstance(figure.value, bool):
                part = figures.part(figure.key, place.id) or (None, None)
                totals.append(
                    {**base, "organization": place.id, "key": figure.key, "value": figure.value, "numerator": part[0], "denominator": part[1]}
                )
    return rows, totals


def _records(period: Period, registry: CountyRegistry, figures: FigureSet) -> Iterator[tuple[str, int, str]]:
    """(key, rows, digest) of the records behind every indicator that can list them; a listing that raises is left out."""
    frame = Frame(registry.county, period, registry, clock_today())
    ids = list(figures.places)
    for key, declared in catalogue(registry).items():
        listing = declared.indicator.records
        if listing is None or key not in figures:
            continue
        told = registry.isolated(declared.module, DIGESTED, partial(records_told, listing), frame.context(declared.module), ids, detail=key)
        if told is not None:
            yield key, *told


def _proof(period: Period, snapshot: Snapshot) -> dict[str, Any]:
    """The digests of a lock and of the document stored with it, for its audit entry."""
    stored = (LockedDocument.period == period) & (LockedDocument.revision == snapshot.revision)
    document = LockedDocument.select().where(stored).order_by(LockedDocument.version.desc()).first()
    return audited(period, document) | {"revision": snapshot.revision, "digest": snapshot.digest}


def _audit(act: str, period: Period, actor: Acting, reason: str, after: dict[str, Any]) -> None:
    from ..audit.services import record

    record(
        act, object_type="period", object_id=period.id, object_name=period.title, reason=reason, after=after,
        organization_id=period.organization_id, actor=actor.name, actor_id=actor.user_id or None,
    )  # fmt: skip
