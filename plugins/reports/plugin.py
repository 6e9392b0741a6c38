"""The card of reports, and what it gives to core's hooks."""

from datetime import date

import click

from youthpilot.core import Plugin, hookimpl
from youthpilot.core.hookspecs import PeriodValue
from youthpilot.core.registry import CountyRegistry
from youthpilot.core.screens import HomeParts, ModuleEffect, SearchHits
from youthpilot.core.web.current import current_registry

from .hookspecs import Specs

PLUGIN = Plugin(name="reports", title="报告", requires="2", hookspecs=Specs)


@hookimpl
def register_commands() -> list[click.Command]:
    """`youthpilot report`, and `period close` and `period publish`."""
    from .commands import period, report

    return [report, period]


@hookimpl
def register_admin_views() -> list[type]:
    """The report's pages."""
    from .pages import ReportView

    return [ReportView]


@hookimpl
def county_contract_checks(module: str, period: PeriodValue, registry: CountyRegistry) -> list[str]:
    """Whether a module's sections can be composed."""
    from .contract import contract_checks

    return contract_checks(registry, module, period)


@hookimpl
def county_home(period: PeriodValue | None, organization_id: int | None) -> HomeParts:
    """The report's buttons, points, figures and targets."""
    from .home import home

    return home(period, organization_id)


@hookimpl
def county_search(words: str, today: date, most: int) -> list[SearchHits]:
    """Figures by their title."""
    from .search import search

    return search(words, today, most)


@hookimpl
def county_module_effects(module: str) -> list[ModuleEffect]:
    """A module's passages."""
    from .effects import effects

    return effects(current_registry(), module)
