"""Undoing a batch: in one short transaction it stops counting, then its rows leave their tables slice by slice.

What a batch in the state “undoing” added is gone for every reader (`core.kernel.db` narrows it out), what it changed is as before, and counters
say so. The slices are cleaning up: a process that was killed between two of them is followed by the next that comes by
(`take_out`: the same act again, the next import, the pages of imports, the start of the server).
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any

from peewee import IntegrityError

from ..accounts.actor import Actor
from ..kernel.actor import actor_name
from ..kernel.clock import business_now as now
from ..kernel.db import COUNTY_TABLES, UNDOING, CountyModel, check_dates, plain_rows, transaction
from ..kernel.errors import ConflictError
from ..kernel.i18n import _
from ..kernel.rawsql import delete_slice, let_go, rows_of_batch, stored_same, write_back
from ..kernel.schema import table_names
from ..kernel.scope import county_scope, current_scope, scoped
from ..kernel.secrets import ProtectedField
from .models import Batch, BeforeImage

Models = tuple[type[CountyModel], ...]  # whose rows carry batch_id, children first
Undoing = Callable[[Batch], AbstractContextManager[None]]

FIRST_SLICE, LARGEST_SLICE = 1000, 8000  # rows
HELD = 0.2  # seconds for which a slice shall hold the write lock; its rows follow from what the one before took
PAUSE = 0.25  # of the time that a slice took, in which others write


def stop_counting(batch: Batch, models: Models, undoing: Undoing | None = None, actor: Actor | None = None) -> None:
    """From its commit on the batch is as if it had never been, for every reader. Inside the caller's transaction.

    undoing(batch) is entered while the rows are still there and left when they are gone for every reader.

    Raises ConflictError if it was undone already, if a later batch changed the same rows, or if other records refer to its rows by now;
    RuleError if one of its rows lies in a locked period. Then the caller rolls back and nothing is undone.
    """
    claim = {"undone_by": actor.name if actor else actor_name(), "undone_at": now()}
    if not Batch.update(**claim).where((Batch.id == batch.id) & (Batch.state == "applied")).execute():
        raise ConflictError(_("This import was undone already"))
    _refuse_if_built_upon(batch)
    with undoing(batch) if undoing is not None else nullcontext():
        _put_back(batch)  # first: what was only changed is none of the batch's rows any more
        for model in models:
            _refuse_if_outside(model, model.batch_id == batch.id, batch)
            check_dates(model, [], model.delete().where(model.batch_id == batch.id))
            _refuse_if_referred_to(model, models, batch)
        for model in _with_batches():
            if model not in models:
                let_go(model, batch.county_id, batch.id)
        batch.state, batch.takes = UNDOING, _takes(batch, models)
        Batch.update(state=batch.state, takes=batch.takes).where(Batch.id == batch.id).execute()


def _with_batches() -> list[type[CountyModel]]:
    here = table_names()
    return [m for name, m in COUNTY_TABLES.items() if name in here and "batch_id" in m._meta.columns and m is not BeforeImage and not m.append_only]


def _takes(batch: Batch, models: Models) -> list[list[Any]]:
    """[table, rows] of what leaves the tables, children first; the images themselves last."""
    tables = [*dict.fromkeys(m._meta.table_name for m in models), BeforeImage._meta.table_name]
    counted = [[table, rows_of_batch(table, batch.county_id, batch.id)] for table in tables]
    return [pair for pair in counted if pair[1]]


# what stands against it ----------------------------------------------------------------------------------------------


def _refuse_if_built_upon(batch: Batch) -> None:
    """Later batches of anybody in the county count, also those that the actor does not see."""
    own, later = BeforeImage, BeforeImage.alias("later")
    standing = (later.batch > batch.id) & (Batch.state == "applied")
    with scoped(county_scope(batch.county_id)):
        found = Batch.select(Batch.title, Batch.created_at, later.before).join(later, on=(later.batch == Batch.id))
        same = (later.table_of == own.table_of) & (later.row_id == own.row_id)
        changed_too = found.join(own, on=same).where((own.batch == batch.id) & standing).limit(1)
        changed_added = found.where(standing & (later.before.cast("TEXT") ** f'%"batch_id":{batch.id}%'))
        for title, created_at, _before in [*changed_too.tuples(), *(r for r in changed_added.tuples() if r[2].get("batch_id") == batch.id)]:
            raise ConflictError(
                _("A later import changed the same rows: “%(title)s” of %(day)s. Undo that one first.", title=title, day=f"{created_at:%Y-%m-%d}")
            )


def _refuse_if_outside(model: type[CountyModel], wanted: Any, batch: Batch) -> None:
    """Rows whose organization was moved out of the actor's reach meanwhile: better nothing undone than half of it."""
    if current_scope().whole:
        return
    mine = model.in_scope()
    with scoped(county_scope(batch.county_id)):
        if mine is not None and model.select(model.id).where(wanted & ~mine).limit(1).tuples().first():
            raise ConflictError(_("Some rows of this import belong to organizations outside yours by now. Ask the county to undo it."))


def _refuse_if_referred_to(model: type[CountyModel], own_models: Models, batch: Batch) -> None:
    here = table_names()
    with scoped(county_scope(batch.county_id)):
        rows = model.select(model.id).where(model.batch_id == batch.id)
        if not rows.limit(1).tuples().first():
            return
        for child in COUNTY_TABLES.values():
            for key in (k for k in child._meta.refs if k.rel_model is model and child._meta.table_name in here):
                later = child.select(child.id).where(key.in_(rows))
                if child in own_models:
                    later = later.where(child.batch_id.is_null() | (child.batch_id != batch.id))
                if later.limit(1).tuples().first():
                    raise _referred_to()


def _referred_to() -> ConflictError:
    return ConflictError(_("Later records refer to the rows of this import. Undo the later import first, or delete those records."))


# what it changed -----------------------------------------------------------------------------------------------------


def _put_back(batch: Batch) -> None:
    image = BeforeImage
    tables = image.select(image.table_of).where(image.batch == batch.id).distinct()
    for (table,) in list(tables.tuples()):
        model = COUNTY_TABLES[table]
        own = (image.batch == batch.id) & (image.table_of == table)
        images = dict(image.select(image.row_id, image.before).where(own).tuples())
        touched = model.id.in_(image.select(image.row_id).where(own))
        _refuse_if_outside(model, touched, batch)
        check_dates(model, _dates(model, images), model.delete().where(touched))
        try:
            write_back(model, batch.county_id, _differences(model, images, touched))
        except IntegrityError as error:
            raise _referred_to() from error


def _dates(model: type[CountyModel], images: dict[int, dict[str, Any]]) -> list[dict[str, Any]]:
    """The days to which rows would go back, as the guard of locked periods wants them."""
    if not model.date_field:
        return []
    field = model._meta.fields[model.date_field]
    return [{field.name: field.python_value(day)} for day in {image.get(field.name) for image in images.values()} - {None}]


def _differences(model: type[CountyModel], images: dict[int, dict[str, Any]], touched: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """(id, column → value as the database has it) of what the rows say otherwise than their images; a row that is gone stays gone."""
    fields = [f for f in model._meta.sorted_fields if f.name != "id"]
    for row_id, *now_there in plain_rows(model.select(model.id, *fields).where(touched)):
        before = images[row_id]
        changed = {
            f.column_name: before[f.name] if isinstance(f, ProtectedField) else f.db_value(f.python_value(before[f.name]))
            for f, raw in zip(fields, now_there, strict=True)
            if f.name in before and not stored_same(before[f.name], raw)
        }
        if changed:
            yield row_id, changed


# what it added -------------------------------------------------------------------------------------------------------


def take_out(batch_id: int, county_id: int, progress: Callable[[int], None] | None = None, slices: int | None = None) -> bool:
    """Take the rows of a batch that is being undone out of their tables, in transactions of some 0.2 s, until none is left.

    Returns True once the batch is undone (or was before); False if `slices` of them did not do. `progress(rows left)` after each.
    Raises ConflictError if a record was entered that refers to one of the rows: without it, the next call goes on.
    """
    rows = FIRST_SLICE
    with scoped(county_scope(county_id)):
        while (batch := Batch.get_or_none((Batch.id == batch_id) & (Batch.state == UNDOING))) is not None:
            if slices == 0:
                return False
            slices = None if slices is None else slices - 1
            started = time.monotonic()
            left = _take_slice(batch, rows)
            took = time.monotonic() - started
            rows = max(100, min(LARGEST_SLICE, int(rows * HELD / max(took, 0.01))))
            if left and progress is not None:
                progress(left)
            time.sleep(took * PAUSE if left else 0)
    return True


def _take_slice(batch: Batch, most: int) -> int:
    """One transaction; returns the rows left, 0 when the batch is undone. Two processes may be at it: each takes what it finds."""
    rest: list[list[Any]] = []
    try:
        with transaction():
            if batch.takes:
                table, left = batch.takes[0]
                gone = delete_slice(table, batch.county_id, batch.id, most)
                more = gone == most or rows_of_batch(table, batch.county_id, batch.id)  # PostgreSQL: another process took the same slice
                rest = [[table, max(left - gone, 1)], *batch.takes[1:]] if more else batch.takes[1:]
            ends = {"takes": rest} if rest else {"takes": [], "state": "undone"}
            Batch.update(**ends).where((Batch.id == batch.id) & (Batch.state == UNDOING)).execute()
    except IntegrityError as error:
        raise _referred_to() from error
    return sum(rows for _table, rows in rest)


def take_out_rest(county_id: int) -> None:
    """Finish what other undoes of the county left lying, so that its keys are free again."""
    with scoped(county_scope(county_id)):
        waiting = [i for (i,) in Batch.select(Batch.id).where(Batch.state == UNDOING).order_by(Batch.id).tuples()]
    for batch_id in waiting:
        with suppress(ConflictError):  # said to whoever looks at the imports
            take_out(batch_id, county_id)
