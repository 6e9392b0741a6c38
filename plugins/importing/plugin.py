"""The card of importing, and what it gives to core's hooks and to its own."""

from typing import TYPE_CHECKING

from youthpilot.core import Plugin, hookimpl

from .hookspecs import Specs
from .importer import Importer

if TYPE_CHECKING:
    from peewee import Model

PLUGIN = Plugin(name="importing", title="表格导入", hookspecs=Specs)


@hookimpl
def register_models() -> "list[type[Model]]":
    """Saved profiles and jobs."""
    from .models import MODELS

    return list(MODELS)


@hookimpl
def register_importers() -> list[Importer]:
    """The importers of organizations and cadres."""
    from .cadres import IMPORTERS as CADRES
    from .organizations import IMPORTERS as ORGANIZATIONS

    return [*ORGANIZATIONS, *CADRES]
