"""All importers of the module, in the order of the menu."""

from . import importers, importers_life, importers_makeup

IMPORTERS = [*importers.IMPORTERS, *importers_makeup.IMPORTERS, *importers_life.IMPORTERS]
