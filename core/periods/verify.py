"""The hash chain over the locks of a county: how a lock is digested, and the check that recomputes everything and asks the audit log.

A lock's digest holds the digests of its parts, one a plugin, and the lock before it. Locks of version 0.1 had no parts (`Snapshot.parts` is
None): the rows of the figures stand in their digest themselves, and are still computed so.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..hookspecs import Specs
from ..hookvalues import PartCheck, PeriodDifference
from ..kernel.connection import at_one_moment
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

    Every installed plugin is asked, also a module that the county has turned off since: a lock outlives that. Parts whose plugin is not
    there any more are told as `unchecked`; their digests still stand in the lock's own.
    """
    whole = registry.with_all_installed()
    with figure_scope(registry.county.id):
        with at_one_moment():  # a lock that is just being written is no damage; plugins read at moments of their own
            periods = {p.id: p for p in Period.select()}
            snapshots = _snapshots()
            against_the_log = list(differences(registry.county.id, periods))
        chain = [snapshots] if isinstance(snapshots, PeriodDifference) else _of_chain(whole, periods, snapshots)
        return [*chain, *against_the_log, *_of_plugins(whole)]


def _snapshots() -> list[Snapshot] | PeriodDifference:
    try:
        return list(Snapshot.select().order_by(Snapshot.id))
    except ValueError as error:  # a column that holds no JSON any more
        return PeriodDifference("", 0, _("The locks cannot be read: %(why)s", why=f"{type(error).__name__}: {error}"))


def _of_chain(registry: CountyRegistry, periods: Mapping[int, Period], snapshots: Iterable[Snapshot]) -> Iterator[PeriodDifference]:
    before, kept, check = "", dict[int, set[int]](), _Check(registry)
    for snapshot in snapshots:
        period = periods[snapshot.period_id]
        if snapshot.previous_digest != before:
            yield PeriodDifference(period.code, snapshot.revision, _("The chain to the lock before it is broken"))
        yield from check.of(period, snapshot)
        before = snapshot.digest
        kept.setdefault(period.id, set()).add(snapshot.revision)
    for period in periods.values():
        missing = sorted(set(range(1, period.revision + 1)) - kept.get(period.id, set()))
        yield from (PeriodDifference(period.code, r, _("The lock of this revision is missing")) for r in missing)


def _of_plugins(registry: CountyRegistry) -> Iterator[PeriodDifference]:
    for name, found in registry.each(Specs.county_periods_verifying):
        failed = [PeriodDifference(registry.registry.title_of(name), 0, _("its own check failed"))]
        yield from failed if found is None else found


class _Check:
    """The locks of a county, one after the other; a plugin whose check failed is not asked again, so that one run counts one fault."""

    def __init__(self, registry: CountyRegistry) -> None:
        self.registry, self.failed = registry, set[str]()
        self.there = set(registry.askable(Specs.county_lock_verifying))

    def of(self, period: Period, snapshot: Snapshot) -> Iterator[PeriodDifference]:
        """What is wrong with one lock, its place in the chain aside."""
        checks = self._asked(period, snapshot)
        for text in (text for check in checks.values() for text in check.differences):
            yield PeriodDifference(period.code, snapshot.revision, text)
        parts = snapshot.parts
        stored = next((check.first_format for check in checks.values() if check.first_format is not None), None)
        wanted = {"figures"} if parts is None else set(parts) if isinstance(parts, dict) else set()
        for name in sorted(wanted - checks.keys()):
            yield self._unchecked(name, period, snapshot)
        if parts is None and stored is None:
            return
        if not _fits(period, snapshot, checks, stored):
            yield PeriodDifference(period.code, snapshot.revision, _("The lock as a whole does not fit its digest"))

    def _asked(self, period: Period, snapshot: Snapshot) -> dict[str, PartCheck]:
        value = replace(period_value(period), revision=snapshot.revision)
        asked = self.registry.each(Specs.county_lock_verifying, leave_out=self.failed, period=value)
        self.failed |= {name for name, check in asked if check is None and name in (snapshot.parts or {"figures": ""})}
        return {name: check for name, check in asked if check is not None}

    def _unchecked(self, name: str, period: Period, snapshot: Snapshot) -> PeriodDifference:
        title = title_of(self.registry, name)
        if name in self.there:
            return PeriodDifference(
                period.code, snapshot.revision, _("The part of “%(name)s” could not be checked: its own check failed", name=title)
            )
        text = _("The part of “%(name)s” was not checked: it is not loaded", name=title)
        return PeriodDifference(period.code, snapshot.revision, text, unchecked=True)


def _fits(period: Period, snapshot: Snapshot, checks: Mapping[str, PartCheck], stored: Iterable[Any] | None) -> bool:
    """True if the lock's digest is that of its row as it stands and each part's digest that of its content as it stands."""
    head = {**snapshot.__data__}
    parts = head["parts"]
    if parts is None:
        return chain_digest(period.code, head, stored) == snapshot.digest
    if not isinstance(parts, dict) or not all(isinstance(digest, str) for digest in parts.values()):
        return False
    now = {name: checks[name].digest if name in checks else digest for name, digest in parts.items()}
    added = {name for name, check in checks.items() if check.digest and name not in parts}
    return now == parts and not added and chain_digest(period.code, head) == snapshot.digest
