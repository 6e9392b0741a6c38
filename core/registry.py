"""Which modules there are, and one typed method per hook: call sites never see pluggy, and every call goes through the one caller.

`Registry` loads and checks modules one by one; a module that fails is recorded, leaves nothing behind, and the rest starts. `for_county`
narrows everything to the modules which that county has enabled, read from the database once per request.
"""

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import entry_points
from typing import Any, TypeVar

import pluggy
import structlog

from youthpilot.plugins.figures.indicator import Indicator

from .calling import Caller, Hook, ModuleFault, matched, outer_cause, told
from .contracts import Contract, exactly, made_by
from .declaring import card, check_claims, check_keys, disconnect_since, signal_handlers
from .hookspecs import NAMESPACE, CountyValue, Panel, PeriodValue, Permission, Problem, ReportSection, Setting, Specs, contract_of
from .kernel import i18n
from .kernel.db import admit, withdraw
from .kernel.errors import PluginRefused
from .plugin import Plugin

log = structlog.get_logger()
ENTRY_POINTS = "youthpilot.plugins"
COUNTIES = Contract("counties", "isolate", exactly(bool))
T = TypeVar("T")
Spec = Callable[..., Any]


@dataclass
class Loaded:
    """A module and what it declared."""

    plugin: Plugin
    module: Any
    hooks: dict[str, Hook] = field(default_factory=dict)
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
        self.caller = Caller()
        self.loaded: dict[str, Loaded] = {}
        self.failures: list[Failure] = []

    # loading ---------------------------------------------------------------------------------------------------------

    def load_installed(self) -> "Registry":
        """Load every entry point of the group, one by one; failures are recorded."""
        for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda p: p.name):
            handlers, taken = signal_handlers(), False
            try:
                taken = self.add(point.load(), point.name)
            except BaseException as error:  # whatever a module raises at import is its fault, KeyboardInterrupt and SystemExit too
                self._record(point.name, error)
            if not taken:
                disconnect_since(handlers)
        self.check_dependencies()
        return self

    def add(self, module: Any, name: str = "") -> bool:
        """Register one module object; True if it was taken. Nothing of a refused module stays: no hook, no table in the wall, no words."""
        item = None
        try:
            name = name or getattr(getattr(module, "PLUGIN", None), "name", "?")
            item = Loaded(self._card(module, name), module)
            self._read(item)
            check_claims(item)
        except BaseException as error:
            self._forget(module, item)
            self._record(str(name), error, _title_of(module))
            return False
        admit(item.models)
        self.loaded[item.plugin.name] = item
        self.caller.titles[item.plugin.name] = item.plugin.title
        return True

    def refuse(self, name: str, error: BaseException, title: str = "") -> None:
        """Take a loaded module out again and record why."""
        taken = self.loaded.pop(name, None)
        if taken is not None:
            self._forget(taken.module, taken)
        self._record(name, error, title or (taken.plugin.title if taken else ""))

    def _forget(self, module: Any, item: Loaded | None) -> None:
        if self._pm.is_registered(module):
            self._pm.unregister(module)
        if item is not None:
            withdraw(m for m in item.models if isinstance(m, type))
            if item.translations:
                i18n.withdraw_translations(item.translations)

    def _record(self, name: str, error: BaseException, title: str = "") -> None:
        """Record that a module was not taken; one that is loaded under the same name stays."""
        cause = error.cause if isinstance(error, ModuleFault) else error
        reason = f"{error.contract.name}: {told(cause)}" if isinstance(error, ModuleFault) else told(cause)
        log.error("plugin refused", plugin=name, error=reason)
        self.failures.append(Failure(name, reason, "".join(traceback.format_exception(cause))[-4000:], title))

    def _card(self, module: Any, name: str) -> Plugin:
        contract = Contract("PLUGIN", "refuse", exactly(Plugin))
        plugin: Plugin = self.caller.call(name, None, contract, lambda: card(module, name, self.loaded))
        return plugin

    def _read(self, item: Loaded) -> None:
        """Everything the module declares. Its words first, so that the other declarations are read in Chinese."""
        self._pm.register(item.module, item.plugin.name)
        self._pm.check_pending()
        item.hooks = self._hooks_of(item.module)
        item.translations = self.declared(item, Specs.register_translations, "")
        if item.translations:
            i18n.register_translations(item.translations)
        item.models = self.declared(item, Specs.register_models, [])
        item.migrations = self.declared(item, Specs.register_migrations, "")
        item.permissions = self.declared(item, Specs.register_permissions, [])
        item.settings_form, item.settings = self.declared(item, Specs.register_settings, None) or (None, [])
        item.indicators = self.declared(item, Specs.register_indicators, [])
        item.sections = self.declared(item, Specs.register_report_sections, [])
        item.importers = [replace(i, owner=item.plugin.name) for i in self.declared(item, Specs.register_importers, [])]
        item.commands = self.declared(item, Specs.register_commands, [])
        item.demo = self.declared(item, Specs.register_demo, None)

    def _hooks_of(self, module: Any) -> dict[str, Hook]:
        """Hook → the module's implementation, with the arguments it takes. Raises PluginRefused for a way of calling that is not ours."""
        found = {}
        for caller in self._pm.get_hookcallers(module) or ():
            for impl in (i for i in caller.get_hookimpls() if i.plugin is module):
                if impl.wrapper or impl.hookwrapper or impl.tryfirst or impl.trylast:
                    raise PluginRefused(f"{caller.name}: wrapper, tryfirst and trylast are not for modules; their order is Plugin.order")
                found[caller.name] = matched(impl.function, contract_of(getattr(Specs, caller.name)))
        return found

    def declared(self, item: Loaded, spec: Spec, default: Any) -> Any:
        """What a module gives to a hook of policy refuse, checked; `default` if it has none. Raises ModuleFault."""
        contract = contract_of(spec)
        hook = item.hooks.get(contract.name)
        return default if hook is None else self.caller.call(item.plugin.name, None, contract, hook.function)

    def check_dependencies(self) -> None:
        """Take out modules whose `depends_on` is not installed or leads in a circle; repeated until nothing changes."""
        for item in list(self.loaded.values()):
            name, needs = item.plugin.name, item.plugin.depends_on
            missing = [d for d in needs if d not in self.loaded]
            why = f"{name} needs {', '.join(missing)}: install it first" if missing else ""
            if not missing and name in self._below(needs):
                why = f"{name} depends on itself by way of {', '.join(needs)}: take one of them out of depends_on"
            if why:
                self.refuse(name, PluginRefused(why))
                return self.check_dependencies()
        return None

    def _below(self, names: Iterable[str]) -> set[str]:
        """All that these modules build on, themselves included."""
        found, waiting = set[str](), list(names)
        while waiting:
            name = waiting.pop()
            if name in self.loaded and name not in found:
                found.add(name)
                waiting += self.loaded[name].plugin.depends_on
        return found

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
        """key → Importer of every loaded module (core's are added by plugins.importing)."""
        return {i.key: i for item in self.ordered() for i in item.importers}

    def implementations(self, spec: Spec) -> list[tuple[str, Hook]]:
        """(module name, implementation) of a hook, in the order of the modules."""
        name = contract_of(spec).name
        return [(item.plugin.name, item.hooks[name]) for item in self.ordered() if name in item.hooks]

    def for_county(self, county: CountyValue, enabled: Iterable[str]) -> "CountyRegistry":
        """The same registry, narrowed to modules enabled in a county."""
        return CountyRegistry(self, county, frozenset(enabled) & frozenset(self.loaded))


def _title_of(module: Any) -> str:
    """What a refused module calls itself, '' if it cannot even say that."""
    try:
        title = module.PLUGIN.title
        return title if type(title) is str else ""
    except BaseException:
        return ""


class CountyRegistry:
    """What one county sees of the registry: only its enabled modules; hooks called one by one under their policy."""

    def __init__(self, registry: Registry, county: CountyValue, enabled: frozenset[str]) -> None:
        self.registry, self.county, self.enabled = registry, county, enabled

    def items(self) -> list[Loaded]:
        """Enabled modules in order."""
        return [i for i in self.registry.ordered() if i.plugin.name in self.enabled]

    def indicators(self) -> list[tuple[str, Indicator]]:
        """(module name, indicator) of the enabled modules, the county's own included."""
        fixed = [(i.plugin.name, ind) for i in self.items() for ind in self.declared_here(i)]
        own = [(name, ind) for name, found in self._keyed(Specs.county_indicators) for ind in found or ()]
        return fixed + own

    def declared_here(self, item: Loaded) -> list[Indicator]:
        """A module's indicators without the county's own; those that are for other counties are left out."""
        return [
            i for i in item.indicators if i.counties is None or self.isolated(item.plugin.name, COUNTIES, i.counties, self.county.id, detail=i.key)
        ]

    def sections(self) -> list[tuple[str, ReportSection]]:
        """(module name, section) of the enabled modules, the county's own included."""
        fixed = [(i.plugin.name, s) for i in self.items() for s in i.sections]
        return fixed + [(name, s) for name, found in self._keyed(Specs.county_report_sections) for s in found or ()]

    def importers(self) -> dict[str, Any]:
        """key → Importer of the enabled modules."""
        return {imp.key: imp for i in self.items() for imp in i.importers}

    def panels(self, period: PeriodValue | None, today: Any) -> list[tuple[str, Panel | None]]:
        """(module name, panel); a module at fault gives (name, None), to be shown as a plain message."""
        out: list[tuple[str, Panel | None]] = []
        for name, panels in self._each(Specs.county_panels, period=period, today=today):
            out += [(name, None)] if panels is None else [(name, p) for p in panels]
        return out

    def period_problems(self, period: PeriodValue) -> list[tuple[str, Problem]]:
        """(module name, problem). Policy block: a check at fault is itself a blocking problem."""
        out: list[tuple[str, Problem]] = []
        for name, problems in self._each(Specs.county_period_problems, period=period):
            title = self.registry.loaded[name].plugin.title
            failed = Problem(f"“{title}”的检查没有完成", "请联系平台管理员，或先停用该模块", blocking=True)
            out += [(name, failed)] if problems is None else [(name, p) for p in problems]
        return out

    def differences(self) -> list[tuple[str, list[str] | None]]:
        """(module name, what does not add up in its records); None if its check raised."""
        return self._each(Specs.county_differences)

    def abort(self, spec: Spec, only: str = "", **kwargs: Any) -> None:
        """Call every implementation (or one module's) inside the act's transaction; a fault or a refusal undoes the act.

        Raises the module's own refusal (YouthpilotError), or ModuleFault.
        """
        contract = contract_of(spec)
        for name, hook in self._implementations(spec, only):
            try:
                self.registry.caller.call(name, self.county.id, contract, hook.function, **self._given(hook, kwargs))
            except ModuleFault as fault:
                record_fault(name, self.county.id, contract.name, fault.cause)
                raise

    def after(self, spec: Spec, only: str = "", **kwargs: Any) -> None:
        """Call every implementation (or one module's) after the commit; a fault is tried once more, recorded, and undoes nothing."""
        contract = contract_of(spec)
        for name, hook in self._implementations(spec, only):
            call = partial(self.registry.caller.call, name, self.county.id, contract, hook.function, **self._given(hook, kwargs))
            try:
                call()
            except ModuleFault:
                self._contained(name, contract, call)

    def isolated(self, owner: str, contract: Contract, function: Callable[..., Any], *args: Any, detail: str = "", otherwise: Any = None) -> Any:
        """Call a piece of one module (a section's compose, an indicator's query); `otherwise`, and a recorded fault, if it fails."""
        call = partial(self.registry.caller.call, owner, self.county.id, contract, function, *args, detail=detail)
        return self._contained(owner, contract, call, detail, otherwise)

    def _contained(self, owner: str, contract: Contract, call: Callable[[], T], detail: str = "", otherwise: T | None = None) -> T | None:
        try:
            return call()
        except ModuleFault as fault:
            record_fault(owner, self.county.id, f"{contract.name} {detail}".strip(), fault.cause)
            return otherwise

    def _each(self, spec: Spec, **kwargs: Any) -> list[tuple[str, Any]]:
        """(module name, what it gives, None at fault) of every enabled module that has the hook."""
        contract = contract_of(spec)
        calls = [(n, partial(self.registry.caller.call, n, self.county.id, contract, h.function, **self._given(h, kwargs)))
                 for n, h in self._implementations(spec)]  # fmt: skip
        return [(name, self._contained(name, contract, call)) for name, call in calls]

    def _keyed(self, spec: Spec) -> list[tuple[str, Any]]:
        """The same for values with keys, which begin with the module's name."""
        out = []
        for name, hook in self._implementations(spec):
            contract = keyed(contract_of(spec), name)
            call = partial(self.registry.caller.call, name, self.county.id, contract, hook.function, **self._given(hook, {}))
            out.append((name, self._contained(name, contract, call)))
        return out

    def _implementations(self, spec: Spec, only: str = "") -> list[tuple[str, Hook]]:
        return [(n, h) for n, h in self.registry.implementations(spec) if n in self.enabled and only in ("", n)]

    def _given(self, hook: Hook, kwargs: dict[str, Any]) -> dict[str, Any]:
        return {k: v for k, v in {"county": self.county, **kwargs}.items() if k in hook.names}


def keyed(contract: Contract, name: str) -> Contract:
    """The contract of a list whose keys begin with the module's name."""

    def take(value: Any) -> Any:
        found = contract.returns.take(value)
        check_keys(name, (one.key for one in found))
        return found

    return replace(contract, returns=made_by(take, contract.returns.words))


def record_fault(name: str, county_id: int | None, hook: str, error: BaseException) -> None:
    """Log a module's fault and hand it to whoever keeps the count (core.counties.services suspends after repeated ones)."""
    if outer_cause(error):
        log.warning("not the module's doing", error=told(error), plugin=name, county_id=county_id, hook=hook)
        return
    where = "".join(traceback.format_exception(error))[-4000:]  # text: a renderer that shows local variables never ends with an endless one
    log.error("plugin fault", plugin=name, county_id=county_id, hook=hook, error=told(error), where=where)
    if fault_keeper is not None:
        fault_keeper(name, county_id, hook, error)


fault_keeper: Callable[[str, int | None, str, BaseException], None] | None = None


def set_fault_keeper(keeper: Callable[[str, int | None, str, BaseException], None]) -> None:
    """core.counties sets it at start."""
    global fault_keeper
    fault_keeper = keeper
