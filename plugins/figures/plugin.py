"""The card of figures, and what it gives to core's hooks."""

from datetime import date
from typing import Any

from youthpilot.core import Plugin, hookimpl
from youthpilot.core.hookspecs import PartCheck, PeriodPart, PeriodValue, Preparation
from youthpilot.core.registry import CountyRegistry

from . import locking, services, waiting
from .hookspecs import Specs
from .models import Evidence, FigureEntry, SnapshotDefinition, SnapshotFigures, SnapshotRecords, SnapshotTotal

PLUGIN = Plugin(name="figures", title="数据", hookspecs=Specs)


@hookimpl
def register_models() -> list[Any]:
    """Core's scripts make their tables."""
    return [FigureEntry, Evidence, SnapshotDefinition, SnapshotFigures, SnapshotTotal, SnapshotRecords]


@hookimpl
def county_submission_points(period: PeriodValue) -> dict[int, str]:
    """Figures without any answer."""
    return waiting.unanswered(period.id)


@hookimpl
def county_ticking_off(organization_id: int) -> None:
    """Every organization fills in its form."""
    services.refuse_ticking_off(organization_id)


@hookimpl
def county_period_preparing(period: PeriodValue, today: date, registry: CountyRegistry) -> Preparation:
    """All figures, computed and hashed."""
    return locking.prepare(period, registry, today)


@hookimpl
def county_period_locking(prepared: Any) -> PeriodPart:
    """The rows that were prepared."""
    return locking.store(prepared)


@hookimpl
def county_lock_verifying(period: PeriodValue) -> PartCheck:
    """The rows of a lock against their digests."""
    return locking.check(period)
