"""Spreadsheets in: reading, judging, templates. Platform plugin: always on."""

from typing import TYPE_CHECKING

from youthpilot.core.kernel.public import loader

PUBLIC: dict[str, tuple[str, ...]] = {
    "importer": (
        "Importer",
        "ImportOption",
        "Row",
        "Counts",
        "CellProblem",
    ),
    "columns": ("Column",),
}
__all__ = sorted(name for names in PUBLIC.values() for name in names)
__getattr__ = loader(__name__, PUBLIC)

if TYPE_CHECKING:
    from .columns import Column as Column
    from .importer import CellProblem as CellProblem
    from .importer import Counts as Counts
    from .importer import Importer as Importer
    from .importer import ImportOption as ImportOption
    from .importer import Row as Row
