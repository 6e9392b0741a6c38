"""The card of figures, and what it gives to core's hooks."""

import click

from youthpilot.core import Plugin, hookimpl
from youthpilot.core.hookspecs import PeriodValue
from youthpilot.core.kernel.clock import today
from youthpilot.core.registry import CountyRegistry
from youthpilot.core.screens import HomeParts, ModuleEffect
from youthpilot.core.web.current import current_registry

from .hookspecs import Specs

PLUGIN = Plugin(name="figures", title="数据", requires="2", hookspecs=Specs)


@hookimpl
def register_commands() -> list[click.Command]:
    """`youthpilot figures`."""
    from .commands import figures

    return [figures]


@hookimpl
def register_admin_views() -> list[type]:
    """The organizations' forms."""
    from .pages.fill import FillView

    return [FillView]


@hookimpl
def county_contract_checks(module: str, period: PeriodValue, registry: CountyRegistry) -> list[str]:
    """Whether a module's indicators can be read and computed."""
    from .contract import contract_checks

    return contract_checks(registry, module, period, today())


@hookimpl
def county_home(period: PeriodValue | None, organization_id: int | None) -> HomeParts:
    """An organization's form and figures, earlier totals."""
    from .home import home

    return home(period, organization_id)


@hookimpl
def county_module_effects(module: str) -> list[ModuleEffect]:
    """A module's indicators."""
    from .effects import effects

    return effects(current_registry(), module)
