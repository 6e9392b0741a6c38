"""The card of reports, and what it gives to core's hooks."""

from typing import Any

from youthpilot.core import Plugin, hookimpl
from youthpilot.core.hookspecs import CountyValue, PartCheck, PeriodDifference, PeriodPart, PeriodValue
from youthpilot.core.registry import CountyRegistry

from . import audited, services
from .hookspecs import Specs
from .models import LockedDocument, PublishedDocument, ReportText, Target

PLUGIN = Plugin(name="reports", title="报告", hookspecs=Specs)


@hookimpl
def register_models() -> list[Any]:
    """Core's scripts make their tables."""
    return [PublishedDocument, LockedDocument, ReportText, Target]


@hookimpl
def county_period_locking(period: PeriodValue, actor: str, registry: CountyRegistry) -> PeriodPart:
    """The report, compiled from the figures that were just locked."""
    return services.lock_part(period, registry, actor)


@hookimpl
def county_lock_verifying(period: PeriodValue) -> PartCheck | None:
    """The document that was stored with a lock."""
    return services.check_lock(period)


@hookimpl
def county_periods_verifying(county: CountyValue) -> list[PeriodDifference]:
    """Documents against the audit log."""
    return list(audited.differences(county.id))


@hookimpl
def county_period_publishing(period: PeriodValue, reason: str, actor: str, registry: CountyRegistry) -> PeriodPart:
    """The report as it goes out."""
    return services.publish_part(period, registry, actor, reason)
