"""Carrying out an act of a workflow: its table allows it, compare and set, then one entry of the audit log, in one transaction.

The only place that writes the column in which a model's workflow keeps its state.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..kernel.actor import current_actor
from ..kernel.calendar import short_date
from ..kernel.clock import local
from ..kernel.db import transaction
from ..kernel.errors import ConflictError
from ..kernel.i18n import _
from ..kernel.scope import scope_or_none
from ..kernel.workflow import Transition
from .models import AuditEntry
from .rules import act_title
from .services import record

__all__ = ["acts_of", "carry_out", "carrying_out", "check", "move"]


def acts_of(row: Any, held: Collection[str] | None = None) -> list[Transition]:
    """What may be done with a row now by whoever is or may `held` (None: whoever is signed in): its buttons, in the order of the table."""
    return list(row.workflow.open_to(_state(row), _held(held)))


def check(row: Any, act: str, held: Collection[str] | None = None, before: str = "", given: Mapping[str, Any] | None = None) -> Transition:
    """The row of the table for an act on a row as it was read, or refuse it.

    held: roles or permissions of whoever acts; None: those of whoever is signed in, and if that is nobody, the caller vouches.
    before: the state that was seen where there was no row yet. given: what the act needs, by field (None: not judged yet).

    Raises ConflictError for what the table does not hold, RuleError at the field for what is missing.
    """
    found: Transition = row.workflow.check(before or _state(row), act, _held(held), _named(row), given)
    return found


def move(
    row: Any, act: str, held: Collection[str] | None = None, *, before: str = "", given: Mapping[str, Any] | None = None, **changes: Any
) -> Transition:
    """Compare and set, without an entry of the audit log; `changes` are written with the state. Inside the caller's transaction.

    Raises as `check`, and ConflictError if somebody was faster.
    """
    found = check(row, act, held, before, given)
    _set(row, {row.workflow.column: found.after, **changes})
    return found


def hold(row: Any) -> None:
    """Nobody else moves the row on until the transaction ends. Raises ConflictError if it is not as it was read."""
    _set(row, {row.workflow.column: _state(row)})


@contextmanager
def carrying_out(
    row: Any, act: str, held: Collection[str] | None = None, *, before: str = "", given: Mapping[str, Any] | None = None,
    entry: Mapping[str, Any] | None = None, **changes: Any,
) -> Iterator[tuple[Transition, dict[str, Any]]]:  # fmt: skip
    """Carry out an act, with what else belongs to it inside the block; all of it or nothing. Gives (row of the table, what is told).

    What the block puts into the dictionary stands in the audit entry beside the new state. entry: what else stands there (reason, actor …:
    keywords of `record_audit`); the reason is the given one, if no other. The rest as `move`.
    """
    flow, told, old = row.workflow, dict[str, Any](), {key: getattr(row, key) for key in (row.workflow.column, *changes)}
    about = {"object_id": row.id, "object_name": _named(row), "organization_id": row.organization_id, "reason": (given or {}).get("reason", "")}
    try:
        with transaction():
            found = move(row, act, held, before=before, given=given, **changes)
            yield found, told
            was = {key: old[key] for key in old.keys() & told.keys()} | {flow.column: found.before}
            act, now = flow.entry.format(act=act), {flow.column: found.after} | told
            record(act, object_type=_kind(row), before=was, after=now, **{**about, **(entry or {})})
    except BaseException:
        _put(row, old)  # nothing of it stands: the row says so too
        raise


def carry_out(row: Any, act: str, held: Collection[str] | None = None, **more: Any) -> None:
    """`carrying_out` where nothing else belongs to the act."""
    with carrying_out(row, act, held, **more):
        pass


def too_late(row: Any) -> ConflictError:
    """What is said to whoever acts on a row that is not as he read it: who was faster, and when, for those who may know it; what stands now."""
    flow, entry, fresh = row.workflow, AuditEntry, type(row).get_or_none(type(row).id == row.id)
    state, scope = _state(fresh) if fresh is not None else "", scope_or_none()
    words = {"state": flow.states.get(state, state) if fresh is not None else _("no longer there")}
    same = (entry.object_type == _kind(row)) & (entry.object_id == str(row.id))
    last = entry.select().where(same).order_by(entry.sequence.desc()).first()
    told = last.after if last is not None and isinstance(last.after, dict) and (scope is None or scope.mode != "public") else {}
    if told.get(flow.column) != state:
        return ConflictError(_("Somebody was faster: it is “%(state)s” now. Reload the page", **words))
    at = local(last.at)
    words |= {"name": last.actor, "act": act_title(last.act), "time": f"{short_date(at)} {at:%H:%M}"}
    return ConflictError(_("Somebody was faster: %(name)s, %(time)s: %(act)s; it is “%(state)s” now. Reload the page", **words))


def _state(row: Any) -> str:
    return str(getattr(row, row.workflow.column))


def _named(row: Any) -> str:
    return "" if str(row) == str(row.id) else str(row)


def _kind(row: Any) -> str:
    return str(row.workflow.object_type or row._meta.table_name)


def _held(held: Collection[str] | None) -> Collection[str] | None:
    actor = current_actor()
    return held if held is not None or actor is None else actor.permissions


def _set(row: Any, changes: Mapping[str, Any]) -> None:
    """Write only if the row still is as it was read."""
    model = type(row)
    seen = [model._meta.fields[name] == getattr(row, name) for name in (row.workflow.column, *row.workflow.compared)]
    if model.update(**changes).where(model.id == row.id, *seen).execute() != 1:
        raise too_late(row)
    _put(row, changes)


def _put(row: Any, values: Mapping[str, Any]) -> None:
    """The row says what stands in the database; a later save does not write it again."""
    dirty = set(row._dirty)
    for name, value in values.items():
        setattr(row, name, value)
    row._dirty = dirty - values.keys()
