"""Locking, publishing, reopening and correcting a period. What a lock wrote is never changed; the next one writes a new revision.

What is stored belongs to plugins: each prepares its part before the transaction and writes it inside. The lock chains the parts' digests.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from ..audit.acting import carrying_out, check, hold
from ..audit.ends import hold_chain
from ..hookspecs import Specs
from ..hookvalues import PeriodPart, Preparation, Problem
from ..kernel.clock import business_now as now
from ..kernel.clock import today as clock_today
from ..kernel.collecting import Vector, collecting, forget_vectors
from ..kernel.db import after_commit, database, transaction
from ..kernel.errors import RuleError
from ..kernel.i18n import _
from ..kernel.kept import vector
from ..kernel.scope import figure_scope
from ..registry import CountyRegistry
from ..screens import ClosingNote
from .acting import Acting, county_roles, entry_of
from .guard import closes, correct
from .models import Period, Snapshot
from .owners import missing_modules, missing_plugins, refuse_without_owners
from .queries import completeness, period_value
from .verify import chain_digest, verify_chain

__all__ = ["closing_notes", "closing_problems", "correction", "lock", "publish", "reopen", "verify_chain"]

ATTEMPTS = 3  # to prepare a lock while others write; each makes again only what they wrote. After the last one it is prepared in the transaction


def closing_problems(period: Period, registry: CountyRegistry, prepared: Iterable[tuple[str, Problem]] = ()) -> list[tuple[str, Problem]]:
    """(plugin, problem) for all that stands against locking: open obligations ("periods"), missing owners, `prepared`, what modules say.

    Open obligations may be overruled by a reason, the other blocking ones not.
    """
    with figure_scope(period.county_id):
        found = [("periods", p) for p in _open_obligations(period)]
        return [*found, *missing_plugins(registry), *missing_modules(period, registry), *prepared, *registry.period_problems(period_value(period))]


def closing_notes(period: Period, registry: CountyRegistry) -> list[ClosingNote]:
    """What plugins want to be looked at before or after the period is locked; none of it stands against locking."""
    told = registry.each(Specs.county_closing_notes, period=period_value(period), registry=registry)
    return [note for _name, notes in told for note in notes or ()]


def _open_obligations(period: Period) -> Iterator[Problem]:
    done = completeness(period)
    if done.missing:
        yield Problem(f"{done.missing}个单位未报", "催报，或带理由锁定", blocking=True)
    waiting = done.counts["submitted"] + done.counts["late"]
    if waiting:
        yield Problem(f"{waiting}份待审核", "审核，或带理由锁定", blocking=True)


def lock(period: Period, registry: CountyRegistry, actor: Acting, reason: str = "", today: date | None = None) -> Snapshot:
    """Close a period: what the plugins keep of it is stored as the next revision, in one transaction.

    Obligations that are still open refuse it unless a `reason` is given; what plugins find while they prepare and a module's blocking
    problem always do. Raises RuleError, or ConflictError if somebody else was faster.
    """
    check(period, "lock", county_roles(actor, period.organization_id))
    with figure_scope(period.county_id):
        for attempt in range(ATTEMPTS):
            ahead = None if database.in_transaction() else _prepare_ahead(period, registry, today)
            try:
                with transaction():
                    prepared = _held(period, ahead, again=attempt < ATTEMPTS - 1)
                    snapshot = _locked(period, registry, actor, reason, prepared, today)
                break
            except _Overtaken:
                forget_vectors()
    after_commit(partial(_closed, period, registry))
    return snapshot


def _closed(period: Period, registry: CountyRegistry) -> None:
    with figure_scope(period.county_id):
        registry.after(Specs.county_period_closed, period=period_value(period))


def publish(period: Period, registry: CountyRegistry, actor: Acting, reason: str = "") -> Period:
    """Publish a locked period: what the plugins make of it is stored and stays as it is.

    reason: why it goes out although something is open; the audit keeps it. Raises ConflictError if it is not locked or somebody was faster,
    RuleError if it cannot go out so, or nothing is loaded that publishes.
    """
    roles = county_roles(actor, period.organization_id)
    check(period, "publish", roles)
    with figure_scope(period.county_id), transaction():
        hold(period)
        refuse_without_owners(period, registry)
        parts: dict[str, PeriodPart] = registry.abort(
            Specs.county_period_publishing, period=period_value(period), reason=reason.strip(), actor=actor.name, registry=registry
        )
        if not parts:
            raise RuleError(_("Nothing is loaded here that publishes a period"))
        why = "；".join(part.reason for part in parts.values() if part.reason)
        with carrying_out(period, "publish", roles, entry=entry_of(actor, why)) as (_step, told):
            told |= _told(registry, parts) | {"revision": period.revision}
    return period


def reopen(period: Period, reason: str, actor: Acting) -> Period:
    """Open a closed period again; what was locked stays readable, the next lock writes a new revision. Raises RuleError without a reason."""
    roles, why = county_roles(actor, period.organization_id), reason.strip()
    act: dict[str, Any] = {"given": {"reason": why}, "entry": entry_of(actor, why)}
    with figure_scope(period.county_id), carrying_out(period, "reopen", roles, **act, reopen_reason=why) as (_step, told):
        told["revision"] = period.revision
    return period


@contextmanager
def correction(period: Period, reason: str, registry: CountyRegistry, actor: Acting) -> Iterator[None]:
    """Records of a closed period may be written inside; at the end a new revision is signed with the reason, in the same transaction.

    Every other closed period that was written into (the half-year of a month) is signed too, so that no lock says what no longer holds. A
    published period is locked again and must be published anew. Nothing is kept if the block raises, or if what plugins keep of a period
    cannot be stored whole (RuleError).
    """
    check(period, "correct", county_roles(actor, period.organization_id))
    with figure_scope(period.county_id):
        refuse_without_owners(period, registry, modules=True)
    with transaction(), correct(reason) as touched:
        yield
        with figure_scope(period.county_id):
            others = Period.select().where((Period.county == period.county_id) & Period.id.in_(touched - {period.id})).order_by(Period.id)
            for one in (period, *others):
                _sign(one, registry, actor, reason.strip())


def _sign(period: Period, registry: CountyRegistry, actor: Acting, reason: str) -> None:
    """Lock a closed period anew after a correction."""
    roles = county_roles(actor, period.organization_id)
    refuse_without_owners(period, registry, modules=True)
    with carrying_out(period, "correct", roles, entry=entry_of(actor, reason), revision=period.revision + 1) as (_step, told):
        prepared = _prepare(period, registry, None, period.revision)  # what was just written counts
        _refuse(prepared.problems)
        snapshot, parts = _store(period, registry, actor, reason, prepared)
        told |= _proof(registry, snapshot, parts)


class _Overtaken(Exception):
    """Somebody has written what a lock was prepared from."""


@dataclass(frozen=True)
class _Prepared:
    """What the plugins will store, for the lock of a day."""

    day: date
    of: Mapping[str, Preparation]

    @property
    def problems(self) -> list[tuple[str, Problem]]:
        return [(name, problem) for name, one in self.of.items() for problem in one.problems]


@dataclass(frozen=True)
class _Ahead:
    """Prepared before the transaction, from tables with these numbers."""

    prepared: _Prepared
    seen: Vector
    tables: set[str]


def _prepare_ahead(period: Period, registry: CountyRegistry, today: date | None) -> _Ahead | None:
    """None if its tables do not tell whether it still holds: then it is prepared inside."""
    seen = vector(period.county_id)
    if seen is None:
        return None
    with collecting(period.county_id) as read:
        prepared = _prepare(period, registry, today, period.revision + 1)
    return _Ahead(prepared, seen, read.tables) if read.told else None


def _held(period: Period, ahead: _Ahead | None, again: bool) -> _Prepared | None:
    """What was prepared ahead, if it holds until the transaction ends; else None. Raises _Overtaken if it may be prepared `again` outside."""
    hold(period)
    hold_chain()  # PostgreSQL's order of locks: rows, the log's chain, stamps
    if ahead is None:
        return None
    if ahead.seen.holds(database.hold_stamps(period.county_id, ahead.tables), ahead.tables):
        return ahead.prepared
    if again:
        raise _Overtaken
    return None


def _locked(period: Period, registry: CountyRegistry, actor: Acting, reason: str, prepared: _Prepared | None, today: date | None) -> Snapshot:
    """Inside the transaction; prepared None: do it now."""
    roles = county_roles(actor, period.organization_id)
    with carrying_out(period, "lock", roles, entry=entry_of(actor, reason), revision=period.revision + 1) as (_step, told):
        closes(period)
        prepared = prepared or _prepare(period, registry, today, period.revision)
        _refuse_problems(period, registry, prepared.problems, reason)
        snapshot, parts = _store(period, registry, actor, reason, prepared)
        told |= _proof(registry, snapshot, parts)
    return snapshot


def _prepare(period: Period, registry: CountyRegistry, today: date | None, revision: int) -> _Prepared:
    day, coming = today or clock_today(), replace(period_value(period), revision=revision)
    return _Prepared(day, registry.abort(Specs.county_period_preparing, period=coming, today=day, registry=registry))


def _refuse_problems(period: Period, registry: CountyRegistry, prepared: Iterable[tuple[str, Problem]], reason: str) -> None:
    found = closing_problems(period, registry, prepared)
    _refuse((owner, p) for owner, p in found if not (reason.strip() and owner == "periods"))


def _refuse(problems: Iterable[tuple[str, Problem]]) -> None:
    blocking = [problem for _owner, problem in problems if problem.blocking]
    if blocking:
        why = "；".join(p.text for p in blocking)
        advice = "；".join(dict.fromkeys(p.advice for p in blocking if p.advice))
        raise RuleError(_("The period cannot be locked yet: %(why)s. What to do: %(advice)s", why=why, advice=advice))


def _store(period: Period, registry: CountyRegistry, actor: Acting, reason: str, prepared: _Prepared) -> tuple[Snapshot, dict[str, PeriodPart]]:
    """Let every plugin write its part of revision `period.revision`, and chain them to the county's lock before it."""
    parts: dict[str, PeriodPart] = {}
    for name in registry.askable(Specs.county_period_locking):
        content = prepared.of[name].content if name in prepared.of else None
        parts |= registry.abort(Specs.county_period_locking, name, period=period_value(period), prepared=content, actor=actor.name, registry=registry)
    last = Snapshot.select().order_by(Snapshot.id.desc()).first()
    head = {
        "county": period.county_id, "organization": period.organization_id, "period": period.id, "revision": period.revision,
        "reason": reason.strip(), "modules": sorted(registry.enabled), "previous_digest": last.digest if last else "",
        "locked_by": actor.name, "locked_at": now(), "as_of": min(period.end_on, prepared.day),
        "parts": {name: part.digest for name, part in parts.items()},
    }  # fmt: skip
    snapshot: Snapshot = Snapshot.create(**head, digest=chain_digest(period.code, head))
    return snapshot, parts


def _proof(registry: CountyRegistry, snapshot: Snapshot, parts: Mapping[str, PeriodPart]) -> dict[str, Any]:
    """The digests of a lock and what its plugins tell of their parts, for its audit entry."""
    return _told(registry, parts) | {"revision": snapshot.revision, "digest": snapshot.digest}


def _told(registry: CountyRegistry, parts: Mapping[str, PeriodPart]) -> dict[str, Any]:
    """What the platform's plugins tell, by their keys, which the log's readers know; what a module tells stands under its own name."""
    own = {key: value for name, part in parts.items() if name in registry.registry.platform for key, value in part.told.items()}
    return own | {name: dict(part.told) for name, part in parts.items() if part.told and name not in registry.registry.platform}
