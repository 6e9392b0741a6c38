"""The card of figures, and what it gives to core's hooks."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from youthpilot.core import Plugin, hookimpl
from youthpilot.core.hookvalues import PartCheck, PeriodPart, PeriodValue, Preparation
from youthpilot.core.kernel import clock
from youthpilot.core.registry import CountyRegistry
from youthpilot.core.screens import HomeParts, ModuleEffect
from youthpilot.core.web.current import current_registry

from . import locking, services, totals, waiting
from .commands import figures
from .contract import contract_checks
from .declared import catalogue
from .effects import effects
from .home import home
from .hookspecs import Specs
from .models import Evidence, FigureEntry, SnapshotDefinition, SnapshotFigures, SnapshotRecords, SnapshotTotal
from .pages.fill import FillView
from .pages.periods import PeriodFigures
from .words import ngettext

PLUGIN = Plugin(name="figures", title="数据", requires="2", hookspecs=Specs)


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


@hookimpl
def register_translations() -> str:
    """The words of its pages, commands and messages."""
    return str(Path(__file__).parent / "translations")


@hookimpl
def register_commands() -> list[click.Command]:
    """`youthpilot figures`."""
    return [figures]


@hookimpl
def register_admin_views() -> list[type]:
    """The organizations' forms; totals and stretches of days on the screen of periods."""
    return [FillView, PeriodFigures]


@hookimpl
def county_contract_checks(module: str, period: PeriodValue, registry: CountyRegistry) -> list[str]:
    """Whether a module's indicators can be read and computed."""
    return contract_checks(registry, module, period, clock.today())


@hookimpl
def county_home(period: PeriodValue | None, organization_id: int | None) -> HomeParts:
    """An organization's form and figures, earlier totals."""
    return home(period, organization_id)


@hookimpl
def county_audit_titles() -> dict[str, str]:
    """Every figure of the county."""
    return {key: one.meaning.title for key, one in catalogue(current_registry()).items()}


@hookimpl
def county_period_facts(period: PeriodValue) -> list[str]:
    """How many totals there are."""
    count = totals.count_totals(period.id)
    return [ngettext("%(num)s figure entered as a total", "%(num)s figures entered as totals", count)] if count else []


@hookimpl
def county_module_effects(module: str) -> list[ModuleEffect]:
    """A module's indicators."""
    return effects(current_registry(), module)
