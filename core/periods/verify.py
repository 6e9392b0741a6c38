"""The hash chain over the locks of a county: how a lock is digested, and the check that recomputes everything and asks the audit log.

A lock's digest holds the digests of its parts, one a plugin, and the lock before it. Locks of version 0.1 had no parts (`Snapshot.parts` is
None): the rows of the figures stand in their digest themselves, and are still computed so.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..hookspecs import Specs
from ..hookvalues import PartCheck, PeriodDifference
from ..kernel.fields import digest_of
from ..kernel.i18n import _
from ..kernel.scope import figure_scope
from ..registry import CountyRegistry
from .audited import differences
from .models import Period, Snapshot
from .owners import title_of
from .queries import period_value

_HEAD = ("organization", "revision", "reason", "modules", "previous_digest", "locked_by")


def chain_digest(period_code: str, head: Mapping[str, Any], first_format: Iterable[Any] | None = None) -> str:
    """The digest of a whole lock, with the digest of the one before it inside.

    head: its row, by field. first_format: of a lock of version 0.1, what its figures put into it; None: the parts stand in the head.
    """
    told = [period_code, [head[name] for name in _HEAD], head["locked_at"].isoformat(timespec="microseconds"), head["as_of"].isoformat()]
    return digest_of([*told, sorted(head["parts"].items())] if first_format is None else [*told, *first_format])


def verify_chain(registry: CountyRegistry) -> list[PeriodDifference]:
    """Everything stored by locks and publications of the county that fits neither its digests nor the audit log; empty if all is well.

    What cannot be checked because its plugin is not loaded or failed is told as well.
    """
    with figure_scope(registry.county.id):
        periods = {p.id: p for p in Period.select()}
        return [*_of_chain(registry, periods), *differences(registry.county.id, periods), *_of_plugins(registry)]


def _of_chain(registry: CountyRegistry, periods: Mapping[int, Period]) -> Iterator[PeriodDifference]:
    before, kept = "", dict[int, set[int]]()
    for snapshot in Snapshot.select().order_by(Snapshot.id):
        period = periods[snapshot.period_id]
        yield from (PeriodDifference(period.code, snapshot.revision, text) for text in _check(period, snapshot, before, registry))
        before = snapshot.digest
        kept.setdefault(period.id, set()).add(snapshot.revision)
    for period in periods.values():
        missing = sorted(set(range(1, period.revision + 1)) - kept.get(period.id, set()))
        yield from (PeriodDifference(period.code, r, _("The lock of this revision is missing")) for r in missing)


def _of_plugins(registry: CountyRegistry) -> Iterator[PeriodDifference]:
    for name, found in registry.each(Specs.county_periods_verifying):
        failed = [PeriodDifference(registry.registry.title_of(name), 0, _("its own check failed"))]
        yield from failed if found is None else found


def _check(period: Period, snapshot: Snapshot, before: str, registry: CountyRegistry) -> Iterator[str]:
    if snapshot.previous_digest != before:
        yield _("The chain to the lock before it is broken")
    asked = registry.each(Specs.county_lock_verifying, period=replace(period_value(period), revision=snapshot.revision))
    checks: dict[str, PartCheck] = {name: check for name, check in asked if check is not None}
    for check in checks.values():
        yield from check.differences
    head = {**snapshot.__data__}
    if head["parts"] is None:
        yield from _of_first_format(period, head, checks.values(), registry)
        return
    for name in sorted(head["parts"].keys() - checks.keys()):
        yield _("The part of “%(name)s” was not checked: it is not loaded or failed", name=title_of(registry, name))
    now = {name: checks[name].digest if name in checks else digest for name, digest in head["parts"].items()}
    added = {name: check.digest for name, check in checks.items() if check.digest and name not in now}
    if chain_digest(period.code, head | {"parts": now | added}) != snapshot.digest:
        yield _("The lock as a whole does not fit its digest")


def _of_first_format(period: Period, head: dict[str, Any], checks: Iterable[PartCheck], registry: CountyRegistry) -> Iterator[str]:
    stored = next((check.first_format for check in checks if check.first_format is not None), None)
    if stored is None:
        yield _("The part of “%(name)s” was not checked: it is not loaded or failed", name=title_of(registry, "figures"))
    elif chain_digest(period.code, head, stored) != head["digest"]:
        yield _("The lock as a whole does not fit its digest")
