"""Which modules there are, and one typed method per hook: call sites never see pluggy.

`Registry` loads and checks modules one by one; a module that fails is recorded and the rest starts. `for_county` narrows
everything to the modules which that county has enabled, read from the database once per request.
"""

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Any, TypeVar

import pluggy
import structlog

from .db import CountyModel
from .errors import BusyError
from .figures.indicator import Indicator
from .hookspecs import NAMESPACE, CountyValue, Panel, PeriodValue, Permission, Problem, ReportSection, Setting, Specs
from .plugin import API_VERSION, NAME, Plugin

log = structlog.get_logger()
ENTRY_POINTS = "youthpilot.plugins"
T = TypeVar("T")


class PluginRefused(Exception):
    """A module breaks a rule of the house; str() says which and what to do."""


@dataclass
class Loaded:
    """A module and what it declared."""

    plugin: Plugin
    module: Any
    models: list[Any] = field(default_factory=list)
    migrations: str | dict[str, list[str]] = ""
    permissions: list[Permission] = field(default_factory=list)
    settings_form: Any = None
    settings: list[Setting] = field(default_factory=list)
    indicators: list[Indicator] = field(default_factory=list)
    sections: list[ReportSection] = field(default_factory=list)
    importers: list[Any] = field(default_factory=list)
    commands: list[Any] = field(default_factory=list)
    translations: str = ""
    demo: Any = None  # fills the demonstration county


@dataclass(frozen=True)
class Failure:
    """A module that could not be loaded, for the modules page and `plugin list`."""

    name: str
    reason: str
    detail: str
    title: str = ""  # as users read it; '' if it could not even say its name


class Registry:
    """All installed modules of this process."""

    def __init__(self) -> None:
        self._pm = pluggy.PluginManager(NAMESPACE)
        self._pm.add_hookspecs(Specs)
        self.loaded: dict[str, Loaded] = {}
        self.failures: list[Failure] = []

    # loading ---------------------------------------------------------------------------------------------------------

    def load_installed(self) -> "Registry":
        """Load every entry point of the group, one by one; failures are recorded."""
        for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda p: p.name):
            try:
                module = point.load()
            except BaseException as error:  # a module may raise anything at import, SystemExit too
                if isinstance(error, KeyboardInterrupt):
                    raise
                self._record(point.name, error)
                continue
            self.add(module, point.name)
        self.check_dependencies()
        return self

    def add(self, module: Any, name: str = "") -> bool:
        """Register one module object; True if it was taken. Nothing of a refused module stays registered."""
        name = name or getattr(getattr(module, "PLUGIN", None), "name", "?")
        try:
            item = self._inspect(module, name)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            if self._pm.is_registered(module):
                self._pm.unregister(module)
            self._record(name, error, str(getattr(getattr(module, "PLUGIN", None), "title", "")))
            return False
        self.loaded[item.plugin.name] = item
        return True

    def refuse(self, name: str, error: BaseException, title: str = "") -> None:
        """Take a loaded module out again and record why."""
        taken = self.loaded.pop(name, None)
        for module in [p for n, p in self._pm.list_name_plugin() if n == name]:
            self._pm.unregister(module)
        self._record(name, error, title or (taken.plugin.title if taken else ""))

    def _record(self, name: str, error: BaseException, title: str = "") -> None:
        """Record that a module was not taken; one that is loaded under the same name stays."""
        log.error("plugin refused", plugin=name, error=str(error))
        self.failures.append(Failure(name, f"{type(error).__name__}: {error}", "".join(traceback.format_exception(error))[-4000:], title))

    def _inspect(self, module: Any, name: str) -> Loaded:
        plugin = getattr(module, "PLUGIN", None)
        if not isinstance(plugin, Plugin):
            raise PluginRefused(f"{name}: no PLUGIN = Plugin(...) in its __init__.py")
        if not NAME.match(plugin.name) or plugin.name in ("core", "admin"):
            raise PluginRefused(f"{name}: the name {plugin.name!r} must be 2–30 small letters and digits")
        if plugin.name in self.loaded:
            raise PluginRefused(
                f"{plugin.name}: two distributions claim this name ({self.loaded[plugin.name].module.__name__} and {module.__name__})"
            )
        if plugin.requires != API_VERSION:
            raise PluginRefused(
                f"{plugin.name} {plugin.version} was written for API {plugin.requires}, this is API {API_VERSION}: upgrade the module"
            )
        self._pm.register(module, plugin.name)
        self._pm.check_pending()
        item = Loaded(plugin, module)
        item.models = self._ask(module, "register_models", [])
        item.migrations = self._ask(module, "register_migrations", "")
        item.permissions = self._ask(module, "register_permissions", [])
        form_and_settings = self._ask(module, "register_settings", None)
        if form_and_settings:
            item.settings_form, item.settings = form_and_settings
        item.indicators = self._ask(module, "register_indicators", [])
        item.sections = self._ask(module, "register_report_sections", [])
        item.importers = self._ask(module, "register_importers", [])
        item.commands = self._ask(module, "register_commands", [])
        item.translations = self._ask(module, "register_translations", "")
        item.demo = self._ask(module, "register_demo", None)
        check_names(item)
        return item

    def _ask(self, module: Any, hook: str, default: Any) -> Any:
        for impl in getattr(self._pm.hook, hook).get_hookimpls():
            if impl.plugin is module:
                return impl.function()
        return default

    def check_dependencies(self) -> None:
        """Take out modules whose `depends_on` is not installed; repeated until nothing changes."""
        for item in list(self.loaded.values()):
            missing = [d for d in item.plugin.depends_on if d not in self.loaded]
            if missing:
                self.refuse(item.plugin.name, PluginRefused(f"{item.plugin.name} needs {', '.join(missing)}: install it first"))
                return self.check_dependencies()
        return None

    # reading ---------------------------------------------------------------------------------------------------------

    def ordered(self) -> list[Loaded]:
        """Loaded modules by their order, then name."""
        return sorted(self.loaded.values(), key=lambda i: (i.plugin.order, i.plugin.name))

    def models(self) -> list[Any]:
        """All models of all loaded modules."""
        return [m for item in self.ordered() for m in item.models]

    def permissions(self) -> list[Permission]:
        """All permissions that modules declare."""
        return [p for item in self.ordered() for p in item.permissions]

    def importers(self) -> dict[str, Any]:
        """key → Importer of every loaded module (core's are added by core.importing)."""
        return {i.key: i for item in self.ordered() for i in item.importers}

    def implementations(self, hook: str) -> list[tuple[str, Callable[..., Any]]]:
        """(module name, function) of every implementation of a hook, in the order of the modules."""
        found = {impl.plugin_name: impl.function for impl in getattr(self._pm.hook, hook).get_hookimpls()}
        return [(item.plugin.name, found[item.plugin.name]) for item in self.ordered() if item.plugin.name in found]

    def for_county(self, county: CountyValue, enabled: Iterable[str]) -> "CountyRegistry":
        """The same registry, narrowed to modules enabled in a county."""
        return CountyRegistry(self, county, frozenset(enabled) & frozenset(self.loaded))


def check_names(item: Loaded) -> None:
    """Everything a module claims begins with its name; personal data is declared. Raises PluginRefused."""
    name = item.plugin.name
    claims = [("table", m._meta.table_name, f"{name}_") for m in item.models]
    claims += [("permission", p.name, f"{name}.") for p in item.permissions]
    claims += [("indicator", i.key, f"{name}.") for i in item.indicators]
    claims += [("importer", i.key, name) for i in item.importers]
    claims += [("section", s.key, name) for s in item.sections]
    for what, claimed, prefix in claims:
        if not claimed.startswith(prefix):
            raise PluginRefused(f"{name}: the {what} {claimed!r} must begin with {prefix!r}")
    for command in item.commands:
        if command.name != name:
            raise PluginRefused(f"{name}: its command group must be called {name!r}, not {command.name!r}")
    for model in item.models:
        if issubclass(model, CountyModel) and model._meta.composite_key:
            raise PluginRefused(f"{name}: {model.__name__} must keep `id` as its key")
        unknown = [f for f in model.personal_fields if f not in model._meta.fields]
        suspicious = [f for f in model._meta.fields if f in ("id_no", "phone", "birth_date", "address") and f not in model.personal_fields]
        if unknown or suspicious:
            raise PluginRefused(f"{name}: {model.__name__}.personal_fields must name the fields that tell of a person: {unknown or suspicious}")


class CountyRegistry:
    """What one county sees of the registry: only its enabled modules; hooks called one by one under their policy."""

    def __init__(self, registry: Registry, county: CountyValue, enabled: frozenset[str]) -> None:
        self.registry, self.county, self.enabled = registry, county, enabled

    def items(self) -> list[Loaded]:
        """Enabled modules in order."""
        return [i for i in self.registry.ordered() if i.plugin.name in self.enabled]

    def indicators(self) -> list[tuple[str, Indicator]]:
        """(module name, indicator) of the enabled modules, the county's own included."""
        fixed = [(i.plugin.name, ind) for i in self.items() for ind in i.indicators if ind.counties is None or ind.counties(self.county.id)]
        own = [(name, ind) for name, inds in self._isolated("county_indicators") for ind in inds or []]
        return fixed + own

    def sections(self) -> list[tuple[str, ReportSection]]:
        """(module name, section) of the enabled modules, the county's own included."""
        fixed = [(i.plugin.name, s) for i in self.items() for s in i.sections]
        return fixed + [(name, s) for name, sections in self._isolated("county_report_sections") for s in sections or []]

    def importers(self) -> dict[str, Any]:
        """key → Importer of the enabled modules."""
        return {imp.key: imp for i in self.items() for imp in i.importers}

    def panels(self, period: PeriodValue | None, today: Any) -> list[tuple[str, Panel | None]]:
        """(module name, panel); a module that raises gives (name, None), to be shown as a plain message."""
        out: list[tuple[str, Panel | None]] = []
        for name, panels in self._isolated("county_panels", keep_failures=True, period=period, today=today):
            out += [(name, None)] if panels is None else [(name, p) for p in panels]
        return out

    def period_problems(self, period: PeriodValue) -> list[tuple[str, Problem]]:
        """(module name, problem). Policy block: a check that raises is itself a blocking problem."""
        out = []
        for name, function in self._implementations("county_period_problems"):
            try:
                out += [(name, p) for p in self._call(function, period=period) or []]
            except Exception as error:
                record_fault(name, self.county.id, "county_period_problems", error)
                title = self.registry.loaded[name].plugin.title
                out.append((name, Problem(f"“{title}”的检查没有完成", "请联系平台管理员，或先停用该模块", blocking=True)))
        return out

    def abort(self, hook: str, **kwargs: Any) -> None:
        """Call every implementation inside the act's transaction; a raise undoes the act."""
        for _, function in self._implementations(hook):
            self._call(function, **kwargs)

    def abort_one(self, hook: str, name: str, **kwargs: Any) -> None:
        """Call one module's implementation, if it has any, inside the act's transaction."""
        for owner, function in self._implementations(hook):
            if owner == name:
                self._call(function, **kwargs)

    def after_one(self, hook: str, name: str, **kwargs: Any) -> None:
        """Call one module's implementation after the commit; a raise is recorded."""
        for owner, function in self._implementations(hook):
            if owner == name:
                self.isolated(name, hook, lambda: self._call(function, **kwargs))  # noqa: B023 - called at once

    def after(self, hook: str, **kwargs: Any) -> None:
        """Call every implementation after the commit; a raise is recorded, tried once more, and does not undo the act."""
        for name, function in self._implementations(hook):
            for attempt in (1, 2):
                try:
                    self._call(function, **kwargs)
                    break
                except Exception as error:
                    if attempt == 2:
                        record_fault(name, self.county.id, hook, error)

    def isolated(self, name: str, hook: str, function: Callable[[], T]) -> T | None:
        """Run a piece of one module (a section's compose, an indicator's query); None and a recorded fault if it raises."""
        try:
            return function()
        except Exception as error:
            record_fault(name, self.county.id, hook, error)
            return None

    def _isolated(self, hook: str, keep_failures: bool = False, **kwargs: Any) -> list[tuple[str, Any]]:
        out = []
        for name, function in self._implementations(hook):
            try:
                out.append((name, self._call(function, **kwargs)))
            except Exception as error:
                record_fault(name, self.county.id, hook, error)
                if keep_failures:
                    out.append((name, None))
        return out

    def _implementations(self, hook: str) -> list[tuple[str, Callable[..., Any]]]:
        return [(n, f) for n, f in self.registry.implementations(hook) if n in self.enabled]

    def _call(self, function: Callable[..., Any], **kwargs: Any) -> Any:
        wanted = function.__code__.co_varnames[: function.__code__.co_argcount]
        given = {"county": self.county, **kwargs}
        return function(**{k: given[k] for k in wanted if k in given})


def record_fault(name: str, county_id: int | None, hook: str, error: BaseException) -> None:
    """Log a module's fault and hand it to whoever keeps the count (core.counties.services suspends after repeated ones)."""
    if isinstance(error, BusyError):  # another writer's doing, not the module's
        log.warning("database busy", plugin=name, county_id=county_id, hook=hook)
        return
    log.error("plugin fault", plugin=name, county_id=county_id, hook=hook, error=repr(error), exc_info=error)
    if fault_keeper is not None:
        fault_keeper(name, county_id, hook, error)


fault_keeper: Callable[[str, int | None, str, BaseException], None] | None = None


def set_fault_keeper(keeper: Callable[[str, int | None, str, BaseException], None]) -> None:
    """core.counties sets it at start."""
    global fault_keeper
    fault_keeper = keeper
