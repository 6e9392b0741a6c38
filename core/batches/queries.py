"""The batches in scope."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ..kernel.clock import local
from ..kernel.errors import NotFound
from ..kernel.i18n import _
from .models import Batch


def batches(importer_key: str = "") -> Any:
    """The batches in scope, the latest first; a query."""
    query = Batch.select().order_by(Batch.id.desc())
    return query.where(Batch.importer == importer_key) if importer_key else query


def batch_times(importer_keys: Iterable[str]) -> dict[int, datetime]:
    """Batch id → when it was taken (county's local time), of the batches in scope that these importers made and nobody undid."""
    query = Batch.select(Batch.id, Batch.created_at).where(Batch.importer.in_(list(importer_keys)), Batch.state == "applied")
    return {key: local(when) for key, when in query.tuples()}


def batch_of(batch_id: int) -> Batch:
    """One batch in scope. Raises NotFound."""
    batch: Batch | None = Batch.get_or_none(Batch.id == batch_id)
    if batch is None:
        raise NotFound(_("This import is not there"))
    return batch


def standing_batch(importer_key: str, digest: str) -> Batch | None:
    """The latest batch in scope that the same file made and that was not undone; None if there is none."""
    query = Batch.select().where((Batch.importer == importer_key) & (Batch.digest == digest) & (Batch.state == "applied"))
    found: Batch | None = query.order_by(Batch.id.desc()).first()
    return found
