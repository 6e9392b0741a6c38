"""Which modules there are, and one typed method per hook: call sites never see pluggy, and every call goes through the one caller.

`Registry` loads in passes, cards before specifications before implementations; a module that fails is recorded, leaves nothing behind,
and the rest starts. `for_county` narrows everything to the modules which that county has enabled (`core.countyregistry`).
"""

import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal

import pluggy
import structlog

from .calling import Caller, Hook, ModuleFault, matched, told
from .contracts import ANYTHING, Contract, exactly
from .countyregistry import CountyRegistry as CountyRegistry
from .countyregistry import record_fault as record_fault
from .countyregistry import set_fault_keeper as set_fault_keeper
from .declaring import brought, card, check_claims, disconnect_since, marked_objects, signal_handlers
from .hookspecs import Specs, contract_of
from .hookvalues import CountyValue, Permission, Setting
from .kernel import i18n
from .kernel.db import admit, withdraw
from .kernel.errors import PluginRefused
from .kernel.text import storable
from .plugin import NAMESPACE, PLATFORM, Plugin

log = structlog.get_logger()
ENTRY_POINTS = "youthpilot.plugins"
IMPORT = Contract("import", "refuse", ANYTHING, slow=None)
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
    """All installed modules of this process, below them the platform's own plugins and the core, which no county switches."""

    def __init__(self, platform: Iterable[str] = PLATFORM) -> None:
        """platform: the platform plugins to start with; () is the core alone. Raises what a platform plugin raises."""
        self.caller = Caller()
        self.loaded: dict[str, Loaded] = {}
        self.platform: dict[str, Loaded] = {}
        self.failures: list[Failure] = []
        self._waiting: list[Loaded] = []  # their specifications are in already, their implementations are not
        self._build()
        house = __package__.rpartition(".")[0]
        for home in ("core.cadres", *(f"plugins.{name}" for name in platform)):  # core's own implementations first, by the same door
            self._take_platform(import_module(f"{house}.{home}.plugin"))

    def _build(self) -> None:
        """A manager with the specifications and modules that stand: what was once added to one can never be taken out of it."""
        self._pm = pluggy.PluginManager(NAMESPACE)
        self.contracts: dict[str, Contract] = {}
        self._add_specs("", Specs)
        for item in (*self.everybody(), *self._waiting):
            self._add_specs(item.plugin.name, item.plugin.hookspecs)
        for item in self.everybody():
            self._pm.register(item.module, item.plugin.name)
            item.hooks = self._hooks_of(item.module)

    def _add_specs(self, owner: str, specs: Any) -> None:
        """The hooks that a plugin brings. Raises PluginRefused if one is not in its name space or has no contract."""
        found = brought(owner, specs)
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
        """Load every entry point of the group, our own distribution's first; failures are recorded, of two with one name the later is one."""
        found: dict[str, Any] = {}
        owners: dict[str, str] = {}
        for point in sorted(entry_points(group=ENTRY_POINTS), key=_own_first):
            owner = point.dist.name if point.dist else "?"
            if point.name in owners:
                first = owners[point.name]
                self._record(point.name, PluginRefused(f"{point.name}: two distributions claim this name, {first}, which stays, and {owner}"))
                continue
            owners[point.name] = owner
            handlers = signal_handlers()
            try:
                module = self.caller.call(point.name, None, IMPORT, point.load)
                if signal_handlers() != handlers:
                    for name in [n for n in sys.modules if n == point.module or n.startswith(f"{point.module}.")]:
                        del sys.modules[name]  # whoever loads it again in this process sees it again
                    raise PluginRefused(f"{point.name}: it listens to a signal of Flask: a module acts on its own routes only")
                found[point.name] = module
            except BaseException as error:  # whatever a module raises at import is its fault, KeyboardInterrupt and SystemExit too
                self._record(point.name, error)
                disconnect_since(handlers)
        self.add_all(found)
        return self

    def add_all(self, modules: dict[str, Any]) -> None:
        """Register modules in passes, so that one may implement the hook that another brings: cards, specifications, implementations."""
        cards = {name: item for name, module in modules.items() if (item := self._begun(module, name)) is not None}
        self._waiting = [item for item in cards.values() if self._specified(item)]
        while self._waiting:
            handlers, item = signal_handlers(), self._waiting.pop(0)
            if not self._taken(item):
                disconnect_since(handlers)
        self.check_dependencies()

    def add(self, module: Any, name: str = "") -> bool:
        """Register one module object; True if it was taken. Nothing of a refused module stays: no hook, no table in the wall, no words."""
        item = self._begun(module, name)
        if item is None or not self._specified(item) or not self._taken(item):
            return False
        self._refuse_pending()
        if item.plugin.hookspecs is not None and item.plugin.name in self.loaded:
            self._build()  # an optional implementation may have waited for them
        return self.loaded.get(item.plugin.name) is item

    def _begun(self, module: Any, name: str) -> Loaded | None:
        """The module with its card looked at; None, and why recorded, if that failed."""
        try:
            name = name or getattr(getattr(module, "PLUGIN", None), "name", "?")
            return Loaded(self._card(module, name), module)
        except BaseException as error:
            self._record(str(name), error, _title_of(module))
            return None

    def _specified(self, item: Loaded) -> bool:
        """Take in the hooks that a module brings; False, and why recorded, if they are not as they must be."""
        try:
            self._add_specs(item.plugin.name, item.plugin.hookspecs)
        except BaseException as error:
            self._record(item.plugin.name, error, _title_of(item.module))
            return False
        return True

    def _taken(self, item: Loaded) -> bool:
        """Read and check what the module declares; True if it was taken."""
        module = item.module
        try:
            self._read(item)
            check_claims(item, self.contracts, [i.plugin.name for i in self.everybody()])
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
        others = self.models()  # a module may name what is not its own
        withdraw(m for m in item.models if m not in others)
        if item.translations:
            i18n.withdraw_translations(item.plugin.name, item.translations)

    def _record(self, name: str, error: BaseException, title: str = "") -> None:
        """Record that a module was not taken; one that is loaded under the same name stays."""
        while isinstance(error, ModuleFault) and isinstance(error.cause, ModuleFault):
            error = error.cause  # asked for its views while it was mounted: what it did there is the reason
        cause = error.cause if isinstance(error, ModuleFault) else error
        reason = f"{error.contract.name}: {told(cause)}" if isinstance(error, ModuleFault) else told(cause)
        log.error("plugin refused", plugin=name, error=reason)
        self.failures.append(Failure(name, reason, storable("".join(traceback.format_exception(cause))[-4000:]), title))

    def _card(self, module: Any, name: str) -> Plugin:
        contract = Contract("PLUGIN", "refuse", exactly(Plugin))
        taken = {i.plugin.name: getattr(i.module, "__name__", "?") for i in self.everybody()}
        plugin: Plugin = self.caller.call(name, None, contract, lambda: card(module, name, taken))
        return plugin

    def _read(self, item: Loaded) -> None:
        """Everything the module declares. Its words first, so that the other declarations are read in Chinese."""
        self._pm.register(item.module, item.plugin.name)
        item.hooks = self._hooks_of(item.module)
        item.translations = self.declared(item, Specs.register_translations, "")
        if item.translations:
            i18n.register_translations(item.plugin.name, item.translations)
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
        if odd := marked_objects(module):
            raise PluginRefused(f"{', '.join(odd)}: marked @hookimpl, but no function; write `def` around it")
        found = {}
        for caller in self._pm.get_hookcallers(module) or ():
            mine = [i for i in caller.get_hookimpls() if i.plugin is module]
            if len(mine) > 1:
                raise PluginRefused(f"{caller.name}: {len(mine)} functions of the module implement it: let one function give all")
            for impl in mine:
                if impl.wrapper or impl.hookwrapper or impl.tryfirst or impl.trylast:
                    raise PluginRefused(f"{caller.name}: wrapper, tryfirst and trylast are not for modules; their order is Plugin.order")
                if caller.name in self.contracts:  # else of a plugin that is not there, or not yet: see _refuse_pending
                    found[caller.name] = matched(impl.function, self.contracts[caller.name])
        return found

    def declared(self, item: Loaded, spec: Spec, default: Any) -> Any:
        """What a module gives to a hook of policy refuse, checked; `default` if it has none. Raises ModuleFault."""
        contract = contract_of(spec)
        return self._given(item, contract) if contract.name in item.hooks else default

    def _given(self, item: Loaded, contract: Contract) -> Any:
        return self.caller.call(item.plugin.name, None, contract, item.hooks[contract.name].function)

    def check_dependencies(self) -> None:
        """Take out modules whose `depends_on` is not installed or leads in a circle, and those that implement a hook which nobody brings.

        Repeated until nothing changes: what builds on a refused one goes too.
        """
        before = len(self.loaded)
        for item in list(self.loaded.values()):
            name, needs = item.plugin.name, item.plugin.depends_on
            missing = [d for d in needs if d not in self.loaded]
            why = f"{name} needs {', '.join(missing)}: install it first" if missing else ""
            if not missing and name in self._below(needs):
                why = f"{name} depends on itself by way of {', '.join(needs)}: take one of them out of depends_on"
            if why:
                self.refuse(name, PluginRefused(why))
        self._refuse_pending()
        if len(self.loaded) < before:
            self.check_dependencies()

    def _refuse_pending(self) -> None:
        """Once all implementations are in: one of a hook that nobody brings refuses its module, unless it is marked `optionalhook`."""
        while True:
            try:
                return self._pm.check_pending()
            except pluggy.PluginValidationError as error:
                item = next((i for i in self.loaded.values() if i.module is error.plugin), None)
                if item is None:
                    raise
                self.refuse(item.plugin.name, PluginRefused(self._nobody_brings(item)))

    def _nobody_brings(self, item: Loaded) -> str:
        callers = self._pm.get_hookcallers(item.module) or ()
        pending = [c.name for c in callers if not c.has_spec() and any(i.plugin is item.module and not i.optionalhook for i in c.get_hookimpls())]
        refused = {f.name: f.reason for f in self.failures}
        owners = [f"; {owner} was refused: {refused[owner]}" for owner in {hook.partition("_")[0] for hook in pending} & refused.keys()]
        return f"unknown hook {', '.join(pending)}: nobody brings it{''.join(owners)}. Mark it @hookimpl(optionalhook=True) if it may be absent"

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
        """Loaded modules, each behind what it builds on, else by their order, then name."""
        found: dict[str, Loaded] = {}
        for item in sorted(self.loaded.values(), key=lambda i: (i.plugin.order, i.plugin.name)):
            self._place(item, found, ())
        return list(found.values())

    def _place(self, item: Loaded, found: dict[str, Loaded], above: tuple[str, ...]) -> None:
        name = item.plugin.name
        for needed in item.plugin.depends_on:
            if needed in self.loaded and needed not in (*found, *above):
                self._place(self.loaded[needed], found, (*above, name))
        found[name] = item

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


Extent = Literal["all", "platform", "core"]  # with every installed module, with the platform's own plugins only, with none


def plugins_of(extent: Extent) -> Registry:
    """The plugins to start with: whoever meets a module that breaks everything leaves the modules out, or the platform's plugins too."""
    return Registry().load_installed() if extent == "all" else Registry() if extent == "platform" else Registry(platform=())


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
