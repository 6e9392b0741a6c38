"""The card of importing, and what it gives to core's hooks and to its own."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from youthpilot.core import CountyValue, Plugin, hookimpl
from youthpilot.core.screens import ModuleEffect
from youthpilot.core.web.current import registry

from .cadres import IMPORTERS as CADRES
from .commands import import_file, template
from .hookspecs import Specs, declared_importers
from .importer import Importer
from .jobs import resume, sweep
from .models import MODELS
from .organizations import IMPORTERS as ORGANIZATIONS
from .pages import ImportsView
from .services import contract_checks
from .words import _

if TYPE_CHECKING:
    from peewee import Model

    from youthpilot.core.registry import CountyRegistry


PLUGIN = Plugin(name="importing", title="表格导入", requires="2", hookspecs=Specs)


@hookimpl
def register_models() -> "list[type[Model]]":
    """Saved profiles and jobs."""
    return list(MODELS)


@hookimpl
def register_importers() -> list[Importer]:
    """The importers of organizations and cadres."""
    return [*ORGANIZATIONS, *CADRES]


@hookimpl
def register_translations() -> str:
    """The words of its pages, commands and messages."""
    return str(Path(__file__).parent / "translations")


@hookimpl
def register_commands() -> list[click.Command]:
    """youthpilot import, youthpilot template."""
    return [import_file, template]


@hookimpl
def register_admin_views() -> list[type]:
    """The pages of importing."""
    return [ImportsView]


@hookimpl
def register_housekeeping() -> list[Callable[[], None]]:
    """Go on with undoes that a stopped process left, delete what was uploaded and never imported."""
    return [resume, sweep]


@hookimpl
def county_contract_checks(county: CountyValue, module: str, registry: "CountyRegistry") -> list[str]:
    """Whether the templates of a module's importers can be made."""
    return contract_checks(registry, module)


@hookimpl
def county_module_effects(module: str) -> list[ModuleEffect]:
    """A module's importers."""
    titles = "、".join(i.title for i in declared_importers(registry().loaded[module]))
    return [ModuleEffect(_("Imports"), "upload", titles, gone=titles, order=50)] if titles else []
