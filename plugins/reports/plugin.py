"""The card of reports, and what it gives to core's hooks."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from youthpilot.core import Plugin, hookimpl
from youthpilot.core.hookvalues import CountyValue, PartCheck, PeriodDifference, PeriodPart, PeriodValue
from youthpilot.core.registry import CountyRegistry
from youthpilot.core.screens import ClosingNote, HomeParts, ModuleEffect, SearchHits
from youthpilot.core.web.current import current_registry

from . import audited, services
from .commands import period, report
from .contract import contract_checks
from .effects import effects
from .home import home
from .hookspecs import Specs
from .models import LockedDocument, PublishedDocument, ReportText, Target
from .pages import ReportView, closing_notes
from .placeholders import named
from .search import search

PLUGIN = Plugin(name="reports", title="报告", requires="2", hookspecs=Specs)


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


@hookimpl
def register_translations() -> str:
    """The words of its pages, commands and messages."""
    return str(Path(__file__).parent / "translations")


@hookimpl
def register_commands() -> list[click.Command]:
    """`youthpilot report` and `period publish`."""
    return [report, period]


@hookimpl
def register_admin_views() -> list[type]:
    """The report's pages."""
    return [ReportView]


@hookimpl
def county_contract_checks(module: str, period: PeriodValue, registry: CountyRegistry) -> list[str]:
    """Whether a module's sections can be composed."""
    return contract_checks(registry, module, period)


@hookimpl
def county_home(period: PeriodValue | None, organization_id: int | None) -> HomeParts:
    """The report's buttons, points, figures and targets."""
    return home(period, organization_id)


@hookimpl
def county_search(words: str, today: date, most: int) -> list[SearchHits]:
    """Figures by their title."""
    return search(words, today, most)


@hookimpl
def county_closing_notes(period: PeriodValue, registry: CountyRegistry) -> list[ClosingNote]:
    """How many points of the report are open."""
    return closing_notes(period, registry)


@hookimpl
def county_module_effects(module: str) -> list[ModuleEffect]:
    """A module's passages."""
    return effects(current_registry(), module)


@hookimpl
def county_audit_text(text: str, titles: dict[str, str]) -> str:
    """Placeholders of an edited text by the titles of their figures."""
    return named(text, titles)
