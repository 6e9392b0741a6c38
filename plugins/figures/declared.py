"""Which indicators a county has: core's own and those of its enabled modules."""

from collections.abc import Iterable
from dataclasses import dataclass

from youthpilot.core.hookvalues import CountyValue
from youthpilot.core.registry import CountyRegistry

from .cadres import CORE_INDICATORS as cadres
from .hookspecs import indicators
from .indicator import Indicator
from .organizations import CORE_INDICATORS as organizations
from .values import Meaning

CORE = "core"


@dataclass(frozen=True)
class Declared:
    """An indicator and the module that owns it ("core" for core's own)."""

    module: str
    indicator: Indicator

    @property
    def meaning(self) -> Meaning:
        """What it means, free of code."""
        i = self.indicator
        return Meaning(
            i.key,
            self.module,
            i.title,
            i.unit,
            i.kind,
            i.decimals,
            i.definition,
            i.version,
            i.responsible,
            tuple(i.asked_of),
            i.across_time,
            i.format,
            i.percent,
            i.order,
            i.previous_key,
            i.jump_limit,
        )

    @property
    def by_hand(self) -> bool:
        """True if no records tell it: it is entered by the organizations."""
        return self.indicator.compute is None and self.indicator.items is None and self.indicator.kind != "claim"


def catalogue(registry: CountyRegistry, keys: Iterable[str] | None = None) -> dict[str, Declared]:
    """key → indicator, core's first, then by module and order. With `keys`: only those, and what their claims need."""
    found: dict[str, Declared] = {}
    for module, indicator in [*((CORE, i) for i in core_indicators()), *_by_order(registry)]:
        found.setdefault(indicator.key, Declared(module, indicator))
    return found if keys is None else _needed(found, keys)


def core_indicators() -> list[Indicator]:
    """Indicators of organizations and cadres."""
    return sorted([*organizations, *cadres], key=lambda i: i.order)


def owner_title(registry: CountyRegistry, module: str) -> str:
    """The module's name for people; 团组织与团干部 for core."""
    loaded = registry.registry.loaded.get(module)
    return loaded.plugin.title if loaded else "团组织与团干部"


def county_of(registry: CountyRegistry) -> CountyValue:
    """The county that a narrowed registry is for."""
    return registry.county


def _by_order(registry: CountyRegistry) -> list[tuple[str, Indicator]]:
    given = indicators(registry)
    modules = list(dict.fromkeys(module for module, _ in given))
    return sorted(given, key=lambda pair: (modules.index(pair[0]), pair[1].order))


def _needed(found: dict[str, Declared], keys: Iterable[str]) -> dict[str, Declared]:
    wanted, open_keys = set[str](), list(keys)
    while open_keys:
        key = open_keys.pop()
        if key in found and key not in wanted:
            wanted.add(key)
            open_keys += found[key].indicator.claim_needs
    return {key: declared for key, declared in found.items() if key in wanted}
