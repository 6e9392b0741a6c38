"""What an importer expects in a column, and how one cell of it is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from youthpilot.core.kernel.cells import Cell
from youthpilot.core.kernel.identity import check_id_no, check_phone
from youthpilot.core.kernel.values import Parsed

from .headings import forms
from .values import parse_bool, parse_choice, parse_date, parse_decimal, parse_int, parse_text

Kind = Literal["text", "int", "decimal", "date", "bool", "choice", "id_no", "phone", "organization", "person"]


@dataclass(frozen=True)
class Column:
    """`name` is the key of the value, `title` the Chinese heading (unique in an importer), `aliases` other headings seen in real files.

    `choices` maps the Chinese word to its code. `minimum`, `maximum` bound numbers (included); `places` is the most decimals.
    Organization and person columns are text here; the framework looks them up.
    """

    name: str
    title: str
    kind: Kind = "text"
    required: bool = False
    aliases: tuple[str, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    help: str = ""
    example: str = ""
    max_length: int | None = None
    minimum: Decimal | int | None = None
    maximum: Decimal | int | None = None
    places: int | None = None

    def parse(self, cell: Cell, today: date) -> Parsed[Any]:
        """The cell's value and what is wrong with it (see values.py); None for an empty cell, required or not.
        int → int, decimal → Decimal, date → date, bool → bool, choice → code, id_no → IdNumber, everything else → str."""
        match self.kind:
            case "int":
                return parse_int(cell, _whole(self.minimum), _whole(self.maximum))
            case "decimal":
                return parse_decimal(cell, self.minimum, self.maximum, self.places)
            case "date":
                return parse_date(cell)
            case "bool":
                return parse_bool(cell)
            case "choice":
                return parse_choice(cell, self.choices)
            case "id_no":
                return check_id_no(cell, today)
            case "phone":
                return check_phone(cell)
        return parse_text(cell, self.max_length)

    def answers_to(self, heading: str) -> int:
        """How well a heading fits: 3 the title, 2 an alias, 1 either of them without what stands in brackets, 0 not at all."""
        whole, short = forms(heading)
        if not whole:
            return 0
        names = [forms(name) for name in (self.title, *self.aliases)]
        if names[0][0] == whole:
            return 3
        if any(full == whole for full, _short in names):
            return 2
        return 1 if short and any(short == other for _full, other in names) else 0


def _whole(bound: Decimal | int | None) -> int | None:
    return None if bound is None else int(bound)
