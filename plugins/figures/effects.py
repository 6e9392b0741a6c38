"""What a module brings to a county in figures."""

from youthpilot.core.registry import CountyRegistry
from youthpilot.core.screens import ModuleEffect

from .hookspecs import declared_here, indicators
from .indicator import Indicator
from .words import _


def effects(registry: CountyRegistry, module: str) -> list[ModuleEffect]:
    """How many indicators, how many of them by themselves, and whom it asks for the others."""
    found = _indicators(registry, module)
    computed = sum(bool(i.compute or i.items) for i in found if i.kind != "claim")
    text = _("%(num)s, of which %(computed)s are computed from records", num=len(found), computed=computed) if found else _("none of its own yet")
    asks = tuple(sorted({kind for i in found for kind in i.asked_of if kind}))
    count = _("%(num)s figures", num=len(found)) if found else ""
    titles = "、".join(i.title for i in found)
    return [ModuleEffect(_("Figures"), "ledger", text, titles, titles, count, asks, 20)]


def _indicators(registry: CountyRegistry, module: str) -> list[Indicator]:
    """The module's indicators here; of an enabled one the county's own too."""
    if module in registry.enabled:
        return [i for owner, i in indicators(registry) if owner == module]
    return declared_here(registry, registry.registry.loaded[module])
