"""The verbs of batches: open one, keep what was before, take it back. For imports, pasted rows and bulk edits alike."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..accounts.actor import Actor
from ..audit.services import record
from ..kernel.actor import actor_name
from ..kernel.clock import business_now as now
from ..kernel.db import bulk_load, transaction
from ..kernel.errors import RuleError
from ..kernel.i18n import _
from ..kernel.scope import current_scope
from ..organizations.models import Organization
from .models import Batch, BeforeImage
from .taking_back import Models, Undoing, stop_counting, take_out


def county_here() -> int:
    """The county whose scope is in force. Raises RuntimeError if it is not one county's."""
    county_id = current_scope().county_id
    if county_id is None:
        raise RuntimeError("a batch needs the scope of one county")
    return county_id


@contextmanager
def open_batch(
    key: str, title: str, actor: Actor | None = None, *, file_name: str = "", digest: str = "", options: Any = None, reason: str = ""
) -> Iterator[Batch]:
    """A new batch inside the caller's transaction; what `keep_before` is given meanwhile is written at the end. For bulk edits too."""
    batch = Batch.create(
        county=county_here(),
        organization=root_id(),
        importer=key,
        title=title[:120],
        file_name=file_name[:200],
        digest=digest,
        options=options or {},
        reason=reason,
        created_by=actor.name if actor else actor_name(),
        created_at=now(),
    )
    kept: dict[tuple[str, int], dict[str, Any]] = {}
    batch.__dict__["kept"] = kept
    yield batch
    bulk_load(BeforeImage, list(kept.values()))
    batch.__dict__.pop("kept")


def root_id() -> int:
    """The organization that the batch belongs to: the top of what the actor may see."""
    scope = current_scope()
    if scope.root_id is not None:
        return scope.root_id
    root = Organization.select(Organization.id).where((Organization.county == scope.county_id) & Organization.parent.is_null()).tuples().first()
    if root is None:
        raise RuleError(_("The county has no organization of its own yet"))
    return int(root[0])


def record_on_batch(act: str, batch: Batch | None, title: str, actor: Actor | None, reason: str, after: Any) -> None:
    """Write what was done with a batch (None: nothing came of it) into the audit log, for `actor` or whoever acts now."""
    who: dict[str, Any] = {"actor_id": actor.user_id, "actor": actor.name, "role": actor.role} if actor else {}
    organization_id = batch.organization_id if batch else current_scope().root_id
    record(
        act,
        object_type="batch",
        object_id=batch.id if batch else "",
        object_name=title,
        reason=reason,
        after=after,
        organization_id=organization_id,
        **who,
    )


# before-images and undo ----------------------------------------------------------------------------------------------


def keep_before(batch: Batch | None, instance: Any) -> None:
    """Keep a row as it stands in the database, before the batch changes it. No batch, nothing to do; the first image of a row wins."""
    if batch is None or instance is None:
        return
    model = type(instance)
    key = (model._meta.table_name, instance.id)
    kept = batch.__dict__.get("kept")
    if instance.__data__.get("batch_id") == batch.id or (kept is not None and key in kept):
        return
    if instance._dirty or len(instance.__data__) < len(model._meta.fields):
        instance = model.get_by_id(instance.id)
    image = {
        "county": batch.county_id,
        "organization": batch.organization_id,
        "batch": batch.id,
        "table_of": key[0],
        "row_id": key[1],
        "before": {f.name: f.db_value(instance.__data__[f.name]) for f in model._meta.sorted_fields if f.name != "id"},
    }
    if kept is None:
        BeforeImage.create(**image)
    else:
        kept[key] = image


def undo(
    batch: Batch,
    models: Models,
    *,
    undoing: Undoing | None = None,
    after_undo: Callable[[Batch], Any] | None = None,
    actor: Actor | None = None,
    reason: str = "",
    slices: int | None = None,
) -> bool:
    """Take a batch back: rows it changed are as before, rows it added are gone, for every reader at once and from now on.

    models: whose rows carry the batch's id, children first. undoing(batch) is entered while the rows are there and left when they are
    gone; after_undo(batch) is called at the end, both inside the transaction. The rows then leave their tables in short transactions: all
    of them before this returns, or `slices` of 1,000 each. Returns True if none is left; else `taking_back.take_out` goes on. Raises
    ConflictError if the batch was undone already, if a later batch changed the same rows, or if other records refer to its rows by now;
    RuleError if one of its rows lies in a locked period. Then nothing is undone.
    """
    with transaction():
        stop_counting(batch, models, undoing, actor)
        if after_undo is not None:
            after_undo(batch)
        record_on_batch("import.undo", batch, batch.title, actor, reason, {"added": batch.added, "changed": batch.changed, "file": batch.file_name})
    return take_out(batch.id, batch.county_id, slices=slices)
