"""What comes of a cell: (value, problem), the value or None for an empty cell, and what is wrong with it, or None.

With a problem of level "E" the value is None; with "W" (unusual, allowed) the value stands.
"""

from dataclasses import dataclass
from typing import TypeVar

from .cells import Cell, CellError, Destroyed
from .i18n import _

T = TypeVar("T")
BLANK_MARKS = {"-", "--", "—", "——", "－", "/", "\\"}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a cell: `code` for programs, `message` for people, `level` "E" (refuse) or "W" (ask)."""

    code: str
    message: str
    level: str = "E"


Parsed = tuple[T | None, Problem | None]


def broken_cell(cell: Cell) -> Problem | None:
    """What is wrong with a cell that nobody can read any more; None if it can be read."""
    if isinstance(cell, Destroyed):
        return Problem("destroyed", _("The number was shortened by Excel (%(text)s). Set the column to text and type it again.", text=cell.text))
    if isinstance(cell, CellError):
        if cell.text:
            return Problem("formula_error", _("The formula gives the error %(text)s. Correct it or write the value.", text=cell.text))
        return Problem("no_result", _("The formula has no stored result. Open the file in Excel or WPS, save it and send it again."))
    return None
