"""Which importers a county has, and its saved profiles. All under the scope in force."""

from youthpilot.core.kernel.errors import NotFound
from youthpilot.core.registry import CountyRegistry, Registry

from .hookspecs import module_importers, platform_importers
from .importer import Importer
from .matching import Profile
from .models import ImportProfile
from .words import _


def importers(registry: CountyRegistry | Registry) -> dict[str, Importer]:
    """key → importer: the platform's own, then those of the modules (the enabled ones of a county's registry), in their order."""
    return {i.key: i for i in [*_sorted(platform_importers(registry)), *_sorted(module_importers(registry))]}


def _sorted(found: list[Importer]) -> list[Importer]:
    return sorted(found, key=lambda i: (i.order, i.key))


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
