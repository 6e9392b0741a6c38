"""Which importers a county has, its saved profiles, its batches. All under the scope in force."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from youthpilot.core.kernel.clock import local
from youthpilot.core.kernel.errors import NotFound
from youthpilot.core.kernel.i18n import _
from youthpilot.core.registry import CountyRegistry, Registry

from .hookspecs import module_importers
from .importer import Importer
from .matching import Profile
from .models import Batch, ImportProfile


def core_importers() -> list[Importer]:
    """Core's own, whatever modules there are."""
    from .cadres import IMPORTERS as CADRES
    from .organizations import IMPORTERS as ORGANIZATIONS

    return [*ORGANIZATIONS, *CADRES]


def importers(registry: CountyRegistry | Registry) -> dict[str, Importer]:
    """key → importer: core's and those of the modules (the enabled ones of a county's registry), in their order."""
    every = [*core_importers(), *module_importers(registry).values()]
    return {i.key: i for i in sorted(every, key=lambda i: (i.key not in {c.key for c in core_importers()}, i.order, i.key))}


def importer_named(registry: CountyRegistry | Registry, key: str) -> Importer:
    """One of them. Raises NotFound, naming those there are."""
    known = importers(registry)
    if key not in known:
        raise NotFound(
            _("There is no importer %(key)s here. There are: %(known)s", key=key, known="、".join(f"{i.key}（{i.title}）" for i in known.values()))
        )
    return known[key]


def profiles_of(importer: Importer) -> list[tuple[str, Profile]]:
    """(name, profile) of the county's saved profiles of an importer, the last used first."""
    query = ImportProfile.select().where(ImportProfile.importer == importer.key).order_by(ImportProfile.used_at.desc())
    return [(row.name, Profile.from_json(row.mapping)) for row in query]


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
    batch = Batch.get_or_none(Batch.id == batch_id)
    if batch is None:
        raise NotFound(_("This import is not there"))
    return batch


def standing_batch(importer: Importer, digest: str) -> Batch | None:
    """The latest batch in scope that the same file made and that was not undone; None if there is none."""
    query = Batch.select().where((Batch.importer == importer.key) & (Batch.digest == digest) & (Batch.state == "applied"))
    return query.order_by(Batch.id.desc()).first()
