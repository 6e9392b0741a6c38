"""The hooks of figures, and how they are asked."""

from __future__ import annotations

from youthpilot.core.contracts import Contract, exactly, list_of
from youthpilot.core.hookspecs import contract_of, spec
from youthpilot.core.hookvalues import CountyValue
from youthpilot.core.registry import CountyRegistry, Loaded

from .indicator import Indicator

COUNTIES = Contract("counties", "isolate", exactly(bool))


class Specs:
    """What figures asks of a module."""

    @spec(policy="refuse", returns=list_of(Indicator), claims="indicator")
    def register_indicators(self) -> list[Indicator]:
        """The module's indicators; keys begin with its name.

        Called: once at start, filtered by county whenever read. Example: plugins/study.
        """
        raise NotImplementedError

    @spec(policy="isolate", returns=list_of(Indicator), claims="indicator")
    def county_indicators(self, county: CountyValue) -> list[Indicator]:
        """Indicators that exist in one county only (自设指标).

        Called: whenever the county's indicators are read, inside the county's scope. Example: plugins/ledger.
        """
        raise NotImplementedError


def declared_indicators(item: Loaded) -> list[Indicator]:
    """What a module declares, for whatever county."""
    found: list[Indicator] = item.declared.get(contract_of(Specs.register_indicators).name, [])
    return found


def declared_here(registry: CountyRegistry, item: Loaded) -> list[Indicator]:
    """A module's indicators without the county's own; those that are for other counties are left out."""
    return [
        i
        for i in declared_indicators(item)
        if i.counties is None or registry.isolated(item.plugin.name, COUNTIES, i.counties, registry.county.id, detail=i.key)
    ]


def indicators(registry: CountyRegistry) -> list[tuple[str, Indicator]]:
    """(module name, indicator) of the enabled modules, the county's own included."""
    fixed = [(i.plugin.name, ind) for i in registry.items() for ind in declared_here(registry, i)]
    return fixed + [(name, ind) for name, found in registry.each(Specs.county_indicators) for ind in found or ()]
