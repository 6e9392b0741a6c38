"""What one county sees of the registry: its enabled modules, and every call of them under the policy of its contract."""

import traceback
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from .calling import Hook, ModuleFault, outer_cause, told
from .contracts import Contract, made_by
from .declaring import check_keys
from .hookspecs import Specs, contract_of
from .hookvalues import CountyValue, Panel, PeriodValue, Problem
from .kernel.text import storable

if TYPE_CHECKING:
    from .registry import Loaded, Registry

log = structlog.get_logger()
T = TypeVar("T")
Spec = Callable[..., Any]


class CountyRegistry:
    """What one county sees of the registry: only its enabled modules; hooks called one by one under their policy."""

    def __init__(self, registry: "Registry", county: CountyValue, enabled: frozenset[str]) -> None:
        self.registry, self.county, self.enabled = registry, county, enabled

    def items(self) -> "list[Loaded]":
        """Enabled modules in order."""
        return [i for i in self.registry.ordered() if i.plugin.name in self.enabled]

    def with_all_installed(self) -> "CountyRegistry":
        """The same county with every installed module: for what concerns rows that are there whether their module is on or off."""
        return self.registry.for_county(self.county, self.registry.loaded)

    def panels(self, period: PeriodValue | None, today: Any, only: str = "") -> list[tuple[str, Panel | None]]:
        """(module name, panel), of all or of one module; a module at fault gives (name, None), to be shown as a plain message."""
        out: list[tuple[str, Panel | None]] = []
        for name, panels in self.each(Specs.county_panels, only=only, period=period, today=today):
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

    def each(self, spec: Spec, leave_out: Collection[str] = (), only: str = "", **kwargs: Any) -> list[tuple[str, Any]]:
        """(plugin name, what it gives, None at fault) of the platform and every enabled module that has the hook.

        leave_out: plugins that are not asked. only: the one that is asked, '' all. Where the contract claims keys, those of a module begin with its name.
        """
        out = []
        for name, hook in self._implementations(spec, only):
            if name in leave_out:
                continue
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
    where = storable("".join(traceback.format_exception(error))[-4000:])  # text: a renderer that shows local variables never ends with an endless one
    log.error("plugin fault", plugin=name, county_id=county_id, hook=hook, error=told(error), where=where)
    if fault_keeper is not None:
        fault_keeper(name, county_id, hook, error)


fault_keeper: Callable[[str, int | None, str, BaseException], None] | None = None


def set_fault_keeper(keeper: Callable[[str, int | None, str, BaseException], None]) -> None:
    """core.counties sets it at start."""
    global fault_keeper
    fault_keeper = keeper
