"""What belongs to a period must be there when it is locked: the plugins that keep its content, and the modules it was opened with."""

from collections.abc import Iterator

from ..counties.services import plugin_states
from ..hookvalues import Problem
from ..kernel.errors import RuleError
from ..kernel.i18n import _
from ..kernel.rawsql import has_rows
from ..registry import CountyRegistry
from .models import Period

# Tables that core's scripts make for plugins of our own distribution: rows in them without their plugin are content that a lock would leave out.
STORED = {
    "figures": ("core_figure_entry", "core_evidence", "core_snapshot_definition", "core_snapshot_figures"),
    "reports": ("core_locked_document", "core_published_document", "core_report_text", "core_target"),
}
TITLES = {"figures": "数据", "reports": "报告"}  # for people, also while they are not loaded


def missing_plugins(registry: CountyRegistry) -> Iterator[tuple[str, Problem]]:
    """(plugin, problem) for every platform plugin that is not loaded although the county has content of its."""
    for name, tables in STORED.items():
        if name not in registry.registry.platform and any(has_rows(table, registry.county.id) for table in tables):
            text = _("The county has content of “%(name)s”, which is not loaded", name=TITLES[name])
            yield name, Problem(text, _("Start youthpilot with all its own plugins"), blocking=True)


def missing_modules(period: Period, registry: CountyRegistry) -> Iterator[tuple[str, Problem]]:
    """("modules", problem) if modules that the county has not turned off do not work here, whenever they were turned on."""
    states = sorted(plugin_states(period.county_id).items())
    names = [n for n, row in states if row.state == "suspended" or (row.state == "enabled" and n not in registry.registry.loaded)]
    if names:
        titles = "、".join(title_of(registry, name) for name in names)
        text = _("Turned on in this county and not working, so that their figures would be missing: %(names)s", names=titles)
        advice = _("Have them mended and turn them on again, or turn them off; if youthpilot was started without modules, start it with them")
        yield "modules", Problem(text, advice, blocking=True)


def refuse_without_owners(period: Period, registry: CountyRegistry, modules: bool = False) -> None:
    """Raise RuleError, with what to do, if content of the period would be left out. modules: modules that do not work count too."""
    found = [problem for _name, problem in missing_plugins(registry)]
    found += [problem for _name, problem in missing_modules(period, registry)] if modules else []
    if found:
        advice = dict.fromkeys(problem.advice for problem in found)
        raise RuleError(_("Not done: %(why)s. What to do: %(advice)s", why="；".join(p.text for p in found), advice="；".join(advice)))


def title_of(registry: CountyRegistry, name: str) -> str:
    """A plugin's name for people, also of one that was refused or is not loaded."""
    refused = {f.name: f.title for f in registry.registry.failures if f.title}
    return registry.registry.title_of(name) if name in registry.registry.loaded else {**TITLES, **refused}.get(name, name)
