"""What an importer brings along, asked through the one caller: judge, keys, lookups, options, apply."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import date
from functools import partial
from typing import Any, cast

from peewee import IntegrityError

from youthpilot.core.batches.models import Batch
from youthpilot.core.calling import Caller, ModuleFault
from youthpilot.core.contracts import ANYTHING, NOTHING, Contract, checked, exactly, list_of, made_by, wrong
from youthpilot.core.kernel.scope import scope_or_none
from youthpilot.core.registry import record_fault

from .importer import CellProblem, Counts, Importer, ImportOption, Row


def _key(value: Any) -> tuple[Any, ...] | None:
    if value is None:
        return None
    if type(value) is not tuple:
        raise wrong("a tuple or None", value)
    hash(value)
    return value


def _piece(name: str, returns: Any, policy: Any = "isolate") -> Contract:
    return Contract(f"importer {name}", policy, returns, slow=None)  # files are long; the page shows how far it is


JUDGE, LOOKUPS = _piece("judge", NOTHING), _piece("lookups", ANYTHING)
ROW_KEY = _piece("row_key", made_by(_key, "tuple | None"))
CHECK_FILE = _piece("check_file", list_of(CellProblem))
CHOICES = _piece("choices", exactly(list[tuple[str, str]]))
VALUE = _piece("option", exactly(str | int | date | None))
UNDOING, BLOCK = _piece("undoing", exactly(AbstractContextManager), "abort"), _piece("undoing", ANYTHING, "abort")
APPLY, AFTER_UNDO = _piece("apply", exactly(Counts), "abort"), _piece("after_undo", NOTHING, "abort")


def must(importer: Importer, contract: Contract, function: Callable[..., Any], *args: Any) -> Any:
    """What the piece gives. Raises ModuleFault, or under the policy abort the module's own refusal; `tell` the fault outside the transaction."""
    caller, scope = Caller(), scope_or_none()
    caller.titles[importer.owner] = importer.title
    county_id = scope.county_id if scope else None
    try:
        return caller.call(importer.owner, county_id, contract, partial(function, *args), detail=importer.key)
    except ModuleFault as fault:
        if isinstance(fault.cause, IntegrityError) and contract.policy == "abort":
            raise fault.cause from fault  # two people at once: the caller says so
        if contract.policy != "abort":
            tell(importer, fault)
        raise


def tell(importer: Importer, fault: ModuleFault) -> None:
    """Record the fault of a piece."""
    scope = scope_or_none()
    record_fault(importer.owner, scope.county_id if scope else None, f"{fault.contract.name} {importer.key}"[:60], fault.cause)


def ask(importer: Importer, contract: Contract, function: Callable[..., Any], *args: Any, otherwise: Any = None) -> Any:
    """What the piece gives; `otherwise` if it fails."""
    try:
        return must(importer, contract, function, *args)
    except ModuleFault:
        return otherwise


def choices_of(importer: Importer, option: ImportOption, county_id: int) -> list[tuple[str, str]]:
    """(value, label) to choose from; [] if the option has none or its module fails."""
    found: list[tuple[str, str]] = ask(importer, CHOICES, option.choices, county_id, otherwise=[]) if option.choices else []
    return found


@contextmanager
def undoing_of(importer: Importer, batch: Batch) -> Iterator[None]:
    """The importer's block around the undoing of a batch, made, entered and left as pieces of its own; nothing if it has none."""
    if importer.undoing is None:
        yield
        return
    block = must(importer, UNDOING, importer.undoing, batch)
    must(importer, BLOCK, block.__enter__)
    try:
        yield
    except BaseException as error:
        with suppress(Exception):  # whatever it says to that, the undoing has failed already
            must(importer, BLOCK, block.__exit__, type(error), error, error.__traceback__)
        raise
    must(importer, BLOCK, block.__exit__, None, None, None)


def judge_row(importer: Importer, row: Row, lookups: Any) -> None:
    """The importer's own checks of a row, and a look at the problems that it added. Raises WrongValue, or what it raises."""
    count, judge = len(row.problems), cast(Callable[..., Any], importer.judge)
    NOTHING.take(judge(row, lookups))
    if type(row.problems) is not list:
        raise wrong("a list of problems", row.problems)
    if len(row.problems) != count:
        row.problems[count:] = [checked(problem) if type(problem) is CellProblem else _no_problem(problem) for problem in row.problems[count:]]


def _no_problem(value: Any) -> CellProblem:
    raise wrong("CellProblem", value)
