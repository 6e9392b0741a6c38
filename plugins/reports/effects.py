"""What a module brings to a county in its report."""

from youthpilot.core.registry import CountyRegistry
from youthpilot.core.screens import ModuleEffect

from .hookspecs import ReportSection, declared_sections, sections
from .words import _

CHAPTERS = {"thought": "思想引领", "service": "服务青年", "base": "基层基础", "plan": "下一步计划"}


def effects(registry: CountyRegistry, module: str) -> list[ModuleEffect]:
    """Its passages, each in its chapter."""
    found = _sections(registry, module)
    if not found:
        return [ModuleEffect(_("Report"), "report", _("no passage"), order=30)]
    each = "；".join(_("one passage in “%(chapter)s”: %(title)s", chapter=CHAPTERS[s.chapter], title=s.title) for s in found)
    text = each + _("; printed only if there are figures")
    return [ModuleEffect(_("Report"), "report", text, gone=each, count=_("%(num)s passages", num=len(found)), order=30)]


def _sections(registry: CountyRegistry, module: str) -> list[ReportSection]:
    """The module's sections here; of an enabled one the county's own too."""
    if module in registry.enabled:
        return [s for owner, s in sections(registry) if owner == module]
    return declared_sections(registry.registry.loaded[module])
