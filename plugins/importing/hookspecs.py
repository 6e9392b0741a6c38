"""The hooks of importing, and how they are asked."""

from __future__ import annotations

from dataclasses import replace

from youthpilot.core.contracts import list_of
from youthpilot.core.hookspecs import contract_of, spec
from youthpilot.core.registry import CountyRegistry, Loaded, Registry

from .importer import Importer


class Specs:
    """What importing asks of a module."""

    @spec(policy="refuse", returns=list_of(Importer), claims="importer")
    def register_importers(self) -> list[Importer]:
        """The module's importers; keys begin with its name.

        Called: once at start. Example: plugins/study.
        """
        raise NotImplementedError


def declared_importers(item: Loaded) -> list[Importer]:
    """What a module declares; each knows its owner."""
    found: list[Importer] = item.declared.get(contract_of(Specs.register_importers).name, [])
    return [replace(i, owner=item.plugin.name) for i in found]


def module_importers(registry: CountyRegistry | Registry) -> list[Importer]:
    """The importers of the modules: the enabled ones of a county's registry, else all loaded ones."""
    items = registry.items() if isinstance(registry, CountyRegistry) else registry.ordered()
    return [i for item in items for i in declared_importers(item)]


def platform_importers(registry: CountyRegistry | Registry) -> list[Importer]:
    """The importers that are there in every county, whatever modules are."""
    whole = registry.registry if isinstance(registry, CountyRegistry) else registry
    return [i for item in whole.platform.values() for i in declared_importers(item)]
