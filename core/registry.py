"""Which modules there are, and one typed method per hook: call sites never see pluggy, and every call goes through the one caller.

`Registry` loads and checks modules one by one; a module that fails is recorded, leaves nothing behind, and the rest starts. `for_county`
narrows everything to the modules which that county has enabled, read from the database once per request.
"""

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

import pluggy
import structlog

from .calling import Caller, Hook, ModuleFault, matched, outer_cause, told
from .contracts import Contract, exactly, made_by
from .declaring import card, check_claims, check_keys, disconnect_since, signal_handlers
from .hookspecs import NAMESPACE, CountyValue, Panel, PeriodValue, Permission, Problem, Setting, Specs, contract_of, contracts_of
from .kernel import i18n
from .kernel.db import admit, withdraw
from .kernel.errors import PluginRefused
from .plugin import PLATFORM, Plugin

log = structlog.get_logger()
ENTRY_POINTS = "youthpilot.plugins"
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
    commands: list[Any] = field(default_factory=list)
    translations: str = ""
    demo: Any = None  # fills the demonstration county
    declared: dict[str, Any] = field(default_factory=dict)  # what it gave to the register_ hooks of other plugins, by their names


@dataclass(frozen=True)
class Failure:
    """A module that could not be loaded, for the modules page and `plugin list`."""

    name: str
    reason: str
    detail: str
    title: str = ""  # as users read it; '' if it could not even say its name


class Registry:
    """All installed modules of this process, and below them the platform's own plugins, which no county switches."""

    def __init__(self, platform: Iterable[str] = PLATFORM) -> None:
        """platform: the platform plugins to start with; () is the core alone. Raises what a platform plugin raises."""
        self.caller = Caller()
        self.loaded: dict[str, Loaded] = {}
        self.platform: dict[str, Loaded] = {}
        self.failures: list[Failure] = []
        self._build()
        for name in platform:
            self._take_platform(import_module(f"{__package__.rpartition('.')[0]}.plugins.{name}.plugin"))

    def _build(self) -> None:
        """A manager with the specifications and modules that stand: what was once added to one can never be taken out of it."""
        self._pm = pluggy.PluginManager(NAMESPACE)
        self.contracts: dict[str, Contract] = {}
        self._add_specs("", Specs)
        for item in self.everybody():
            self._add_specs(item.plugin.name, item.plugin.hookspecs)
        for item in self.everybody():
            self._pm.register(item.module, item.plugin.name)

    def _add_specs(self, owner: str, specs: Any) -> None:
        """The hooks that a plugin brings. Raises PluginRefused if one is not in its name space."""
        found = contracts_of(specs) if specs is not None else {}
        for name in found:
            if owner and owner not in PLATFORM and not name.startswith(f"{owner}_"):
                raise PluginRefused(f"{owner}: its hook {name!r} must begin with '{owner}_'")
        if found:
            self._pm.add_hookspecs(specs)
            self.contracts |= found

    def _take_platform(self, module: Any) -> None:
        """A plugin of our own distribution: its failure stops the start."""
        item = Loaded(module.PLUGIN, module)
        self._add_specs(item.plugin.name, item.plugin.hookspecs)
        self._read(item)
        self.platform[item.plugin.name] = item
        self.caller.titles[item.plugin.name] = item.plugin.title

    def load_installed(self) -> "Registry":
        """Load every entry point of the group, one by one; failures are recorded."""
        found = {}
        for point in sorted(entry_points(group=ENTRY_POINTS), key=_own_first):
            handlers = signal_handlers()
            try:
                found[point.name] = point.load()
            except BaseException as error:  # whatever a module raises at import is its fault, KeyboardInterrupt and SystemExit too
                self._record(point.name, error)
                disconnect_since(handlers)
        self.add_all(found)
        return self

    def add_all(self, modules: dict[str, Any]) -> None:
        """Register modules in passes, so that one may implement the hook that another brings: cards, specifications, implementations."""
        cards = {name: item for name, module in modules.items() if (item := self._begun(module, name)) is not None}
        for item in cards.values():
            handlers = signal_handlers()
            if not self._taken(item):
                disconnect_since(handlers)
        self.check_dependencies()

    def add(self, module: Any, name: str = "") -> bool:
        """Register one module object; True if it was taken. Nothing of a refused module stays: no hook, no table in the wall, no words."""
        item = self._begun(module, name)
        return item is not None and self._taken(item)

    def _begun(self, module: Any, name: str) -> Loaded | None:
        """The module with its card looked at and its specifications known; None, and why recorded, if that failed."""
        try:
            name = name or getattr(getattr(module, "PLUGIN", None), "name", "?")
            item = Loaded(self._card(module, name), module)
            self._add_specs(item.plugin.name, item.plugin.hookspecs)
        except BaseException as error:
            self._record(str(name), error, _title_of(module))
            return None
        return item

    def _taken(self, item: Loaded) -> bool:
        """Read and check what the module declares; True if it was taken."""
        module = item.module
        try:
            self._read(item)
            check_claims(item, self.contracts)
        except BaseException as error:
            self._forget(item)
            self._record(item.plugin.name, error, _title_of(module))
            return False
        admit(item.models)
        self.loaded[item.plugin.name] = item
        self.caller.titles[item.plugin.name] = item.plugin.title
        return True

    def refuse(self, name: str, error: BaseException, title: str = "") -> None:
        """Take a loaded module out again and record why."""
        taken = self.loaded.pop(name, None)
        if taken is not None:
            self._forget(taken)
        self._record(name, error, title or (taken.plugin.title if taken else ""))

    def _forget(self, item: Loaded) -> None:
        if self._pm.is_registered(item.module):
            self._pm.unregister(item.module)
        if item.plugin.hookspecs is not None:
            self._build()
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
        plugin: Plugin = self.caller.call(name, None, contract, lambda: card(module, name, {**self.platform, **self.loaded}))
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
        item.commands = self.declared(item, Specs.register_commands, [])
        item.demo = self.declared(item, Specs.register_demo, None)
        for contract in self.contracts.values():
            if contract.policy == "refuse" and contract.name in item.hooks and not hasattr(Specs, contract.name):
                item.declared[contract.name] = self._given(item, contract)

    def _hooks_of(self, module: Any) -> dict[str, Hook]:
        """Hook → the module's implementation, with the arguments it takes. Raises PluginRefused for a way of calling that is not ours."""
        found = {}
        for caller in self._pm.get_hookcallers(module) or ():
            for impl in (i for i in caller.get_hookimpls() if i.plugin is module):
                if impl.wrapper or impl.hookwrapper or impl.tryfirst or impl.trylast:
                    raise PluginRefused(f"{caller.name}: wrapper, tryfirst and trylast are not for modules; their order is Plugin.order")
                found[caller.name] = matched(impl.function, self.contracts[caller.name])
        return found

    def declared(self, item: Loaded, spec: Spec, default: Any) -> Any:
        """What a module gives to a hook of policy refuse, checked; `default` if it has none. Raises ModuleFault."""
        contract = contract_of(spec)
        return self._given(item, contract) if contract.name in item.hooks else default

    def _given(self, item: Loaded, contract: Contract) -> Any:
        return self.caller.call(item.plugin.name, None, contract, item.hooks[contract.name].function)

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

    def everybody(self) -> list[Loaded]:
        """The platform's plugins, then the loaded modules in their order."""
        return [*self.platform.values(), *self.ordered()]

    def title_of(self, name: str) -> str:
        """What a loaded plugin is called for people; its name if there is none such."""
        item = self.platform.get(name) or self.loaded.get(name)
        return item.plugin.title if item else name

    def models(self) -> list[Any]:
        """All models of all plugins."""
        return [m for item in self.everybody() for m in item.models]

    def claimed(self, item: Loaded, what: str) -> list[Any]:
        """What a plugin declared of a kind that some hook `claims`: its importers, indicators, sections …"""
        return [value for hook, given in item.declared.items() if self.contracts[hook].claims == what for value in given]

    def housekeeping(self) -> list[Callable[[], None]]:
        """What the platform's plugins want to be done by a server at its start and every hour."""
        return [act for item in self.platform.values() for act in self.declared(item, Specs.register_housekeeping, [])]

    def permissions(self) -> list[Permission]:
        """All permissions that plugins declare."""
        return [p for item in self.everybody() for p in item.permissions]

    def implementations(self, spec: Spec) -> list[tuple[str, Hook]]:
        """(plugin name, implementation) of a hook: the platform's, then the modules' in their order."""
        name = contract_of(spec).name
        return [(item.plugin.name, item.hooks[name]) for item in self.everybody() if name in item.hooks]

    def for_county(self, county: CountyValue, enabled: Iterable[str]) -> "CountyRegistry":
        """The same registry, narrowed to modules enabled in a county."""
        return CountyRegistry(self, county, frozenset(enabled) & frozenset(self.loaded))


def _own_first(point: EntryPoint) -> tuple[bool, str]:
    """Modules of our own distribution load before anybody else's, whatever theirs are called."""
    return (point.dist is None or point.dist.name != "youthpilot", point.name)


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

    def panels(self, period: PeriodValue | None, today: Any) -> list[tuple[str, Panel | None]]:
        """(module name, panel); a module at fault gives (name, None), to be shown as a plain message."""
        out: list[tuple[str, Panel | None]] = []
        for name, panels in self.each(Specs.county_panels, period=period, today=today):
            out += [(name, None)] if panels is None else [(name, p) for p in panels]
        return out

    def period_problems(self, period: PeriodValue) -> list[tuple[str, Problem]]:
        """(module name, problem). Policy block: a check at fault is itself a blocking problem."""
        out: list[tuple[str, Problem]] = []
        for name, problems in self.each(Specs.county_period_problems, period=period):
            title = self.registry.title_of(name)
            failed = Problem(f"“{title}”的检查没有完成", "请联系平台管理员，或先停用该模块", blocking=True)
            out += [(name, failed)] if problems is None else [(name, p) for p in problems]
        return out

    def differences(self) -> list[tuple[str, list[str] | None]]:
        """(module name, what does not add up in its records); None if its check raised."""
        return self.each(Specs.county_differences)

    def abort(self, spec: Spec, only: str = "", **kwargs: Any) -> dict[str, Any]:
        """Call every implementation (or one module's) for the act; a fault or a refusal undoes it. Plugin → what it gave, None left out.

        Raises the module's own refusal (YouthpilotError), or ModuleFault.
        """
        contract, found = contract_of(spec), {}
        for name, hook in self._implementations(spec, only):
            try:
                found[name] = self.registry.caller.call(name, self.county.id, contract, hook.function, **self._given(hook, kwargs))
            except ModuleFault as fault:
                record_fault(name, self.county.id, contract.name, fault.cause)
                raise
        return {name: value for name, value in found.items() if value is not None}

    def askable(self, spec: Spec) -> list[str]:
        """The plugins that have a hook here, in the order in which they are called."""
        return [name for name, _hook in self._implementations(spec)]

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

    def each(self, spec: Spec, **kwargs: Any) -> list[tuple[str, Any]]:
        """(plugin name, what it gives, None at fault) of the platform and every enabled module that has the hook.

        Where the contract claims keys, those of a module begin with its name.
        """
        out = []
        for name, hook in self._implementations(spec):
            contract = contract_of(spec)
            contract = keyed(contract, name) if contract.claims and name in self.registry.loaded else contract
            call = partial(self.registry.caller.call, name, self.county.id, contract, hook.function, **self._given(hook, kwargs))
            out.append((name, self._contained(name, contract, call)))
        return out

    def _implementations(self, spec: Spec, only: str = "") -> list[tuple[str, Hook]]:
        here = self.enabled | self.registry.platform.keys()
        return [(n, h) for n, h in self.registry.implementations(spec) if n in here and only in ("", n)]

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
