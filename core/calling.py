"""The one caller: everything of a module's is called here, hooks and the callables inside their values.

It gives copies of the arguments, looks at what comes back (`core.contracts`), measures the time, and contains whatever goes wrong, SystemExit
too. What answers a question may not write. Afterwards the ground is as before: scope and other context variables, open transactions, the writers' lock. Inside a transaction
a contained call is a savepoint. What it cannot contain: a call that never returns, and a process that is ended from outside.
"""

import contextvars
import copy
import dataclasses
import inspect
import sqlite3
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from decimal import localcontext
from typing import Any

import structlog
from peewee import DatabaseError

from .contracts import Contract
from .kernel.causes import cause_of
from .kernel.clock import now
from .kernel.connection import _write_lock, at_one_moment, database, withhold_database
from .kernel.errors import BusyError, YouthpilotError
from .kernel.i18n import _
from .kernel.stamps import only_reading
from .kernel.text import storable

log = structlog.get_logger()


class ModuleFault(YouthpilotError):
    """A module failed in something it was asked: `owner` and `contract` say where, `cause` what it raised. str() is for people."""

    status = 500

    def __init__(self, owner: str, title: str, contract: Contract, cause: BaseException) -> None:
        super().__init__(
            _("The module “%(name)s” failed, so this was not done. Tell the platform administrator, or turn the module off.", name=title)
        )
        self.owner, self.contract, self.cause = owner, contract, cause


class TransactionLost(RuntimeError):
    """A module ended the transaction of the act around it: the act cannot go on."""


PASSING: tuple[type[BaseException], ...] = (TransactionLost,)  # not the module's doing, or not to be contained


class LeftOpen(RuntimeError):
    """A module came back with a transaction that it had begun and not ended."""


@dataclass(frozen=True)
class Slow:
    """The slowest recent call of one kind: seconds it took, and when."""

    seconds: float
    at: datetime


@dataclass(frozen=True)
class Hook:
    """A module's implementation of a hook; `names`: the arguments it takes."""

    function: Callable[..., Any]
    names: frozenset[str]


def told(error: BaseException) -> str:
    """What was raised, as text that can be printed and stored, also if its own words raise."""
    try:
        return storable(f"{type(error).__name__}: {error}")
    except BaseException:
        return storable(type(error).__name__)


def matched(function: Callable[..., Any], contract: Contract) -> Hook:
    """The implementation with the arguments it takes; decorated and keyword-only ones too. Raises TypeError for one that nobody gives."""
    names = set()
    for p in inspect.signature(function).parameters.values():
        if p.kind is p.VAR_KEYWORD:
            names |= set(contract.arguments)
        elif p.kind is p.POSITIONAL_ONLY or (p.name not in contract.arguments and p.default is p.empty and p.kind is not p.VAR_POSITIONAL):
            raise TypeError(f"{contract.name} has no argument {p.name!r}; it gives {', '.join(contract.arguments) or 'none'}, by name")
        elif p.name in contract.arguments and p.kind is not p.VAR_POSITIONAL:
            names.add(p.name)
    return Hook(function, frozenset(names))


def outer_cause(error: BaseException) -> bool:
    """True for what is not the module's doing: another writer's lock, a full disk, a read-only home, a damaged database."""
    return isinstance(error, BusyError) or (isinstance(error, DatabaseError | sqlite3.Error) and bool(cause_of(error)))


class Caller:
    """Calls modules and remembers, in this process, what was slow: (county id, module, what) → Slow."""

    def __init__(self) -> None:
        self.slow: dict[tuple[int | None, str, str], Slow] = {}
        self.titles: dict[str, str] = {}  # module → its name for people

    def call(
        self, owner: str, county_id: int | None, contract: Contract, function: Callable[..., Any], /, *args: Any, detail: str = "", **kwargs: Any
    ) -> Any:
        """What the function gives, checked. Raises ModuleFault for everything else but KeyboardInterrupt.

        Under the policies abort and none the module's own refusals (YouthpilotError) pass as they are. detail: which one, e.g. a key.
        """
        started = time.perf_counter()
        try:
            return _on_own_ground(contract, function, args, kwargs)
        except PASSING:
            raise
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt) and contract.policy != "refuse":
                raise
            if contract.policy in ("abort", "none") and (isinstance(error, YouthpilotError) or outer_cause(error)):
                raise
            raise ModuleFault(owner, self.titles.get(owner, owner), contract, error) from error
        finally:
            self._tell_slow(owner, county_id, contract, detail, time.perf_counter() - started)

    def _tell_slow(self, owner: str, county_id: int | None, contract: Contract, detail: str, seconds: float) -> None:
        if contract.slow is None or seconds <= contract.slow:
            return
        what = f"{contract.name} {detail}".strip()
        log.warning("plugin slow", plugin=owner, county_id=county_id, hook=what, seconds=round(seconds, 2))
        self.slow[county_id, owner, what] = Slow(seconds, now())


def _on_own_ground(contract: Contract, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The call in a copy of the context and, inside a transaction, in a savepoint; both are as before afterwards."""
    held, depth = _write_lock._recursion_count(), _depth()  # type: ignore[attr-defined]
    try:
        with _savepoint(contract) if depth else at_one_moment() if contract.verifies else nullcontext():
            return _put_back_after(contract, function, args, kwargs, held)
    except Exception as error:
        if depth and not _in_transaction() and not outer_cause(error):  # SQLite itself ends the transaction when the disk is full
            raise _lost(contract) from None
        raise


@contextmanager
def _savepoint(contract: Contract) -> Iterator[None]:
    """What the block wrote is undone if it raises. Raises TransactionLost if the savepoint is gone: the transaction there is not the act's."""
    savepoint = database.obj.savepoint()  # of the engine: the proxy makes one that does not know when SQLite ended the transaction itself
    savepoint.__enter__()
    try:
        yield
        savepoint.commit(False)
    except BaseException:
        try:
            savepoint.rollback(False)
        except DatabaseError as error:
            if outer_cause(error):
                raise
            raise _lost(contract) from None
        raise


def _lost(contract: Contract) -> TransactionLost:
    return TransactionLost(f"{contract.name}: a module ended the transaction of the act around it")


def _put_back_after(contract: Contract, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], held: int) -> Any:
    before = list(_transactions())
    left = False
    try:
        value = contextvars.copy_context().run(_checked, contract, function, args, kwargs)
    except BaseException as error:
        traceback.clear_frames(error.__traceback__)  # what the module holds in its frames ends now, not in somebody else's transaction
        raise
    finally:
        left = _put_back(before, held)
    if left:
        raise LeftOpen(f"{contract.name} began a transaction and did not end it")
    return value


def _checked(contract: Contract, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if contract.policy == "refuse":  # a command declares before the database is open, a server after: both answer alike
        withhold_database()
    if contract.reads:
        only_reading()
    with localcontext():  # a copied context still shares the one of Decimal: its precision is everybody's
        return contract.returns.take(function(*(own(a) for a in args), **{k: own(v) for k, v in kwargs.items()}))


def own(value: Any) -> Any:
    """A copy for the module to spoil: of frozen values, lists and dictionaries; anything else is given as it is."""
    if type(value) in (list, dict):
        return copy.copy(value)
    if dataclasses.is_dataclass(value) and type(value).__dataclass_params__.frozen:  # type: ignore[union-attr]
        made = copy.copy(value)
        for f in dataclasses.fields(value):
            held = getattr(value, f.name)
            if type(held) in (list, dict) and not f.metadata.get("shared"):
                object.__setattr__(made, f.name, copy.copy(held))
        return made
    return value


# the ground: of the engine itself, because from the host's own mounting the database is withheld too ------------------


def _transactions() -> list[Any]:
    return database.obj._state.transactions if database.obj is not None else []


def _depth() -> int:
    return len(_transactions())


def _in_transaction() -> bool:
    """True if the connection itself is inside a transaction, whoever began it."""
    if database.obj is None or database.obj.is_closed():
        return False
    connection = database.obj.connection()
    found = getattr(connection, "in_transaction", None)
    return bool(connection.info.transaction_status) if found is None else bool(found)


def _put_back(before: list[Any], held: int) -> bool:
    """End what the module left open; True if there was anything."""
    left = len(_transactions()) != len(before)
    if left:
        _transactions()[:] = before
    if not before and _in_transaction():
        database.obj.rollback()
        left = True
    while _write_lock._recursion_count() > held:  # type: ignore[attr-defined]
        _write_lock.release()
        left = True
    return left
