"""Unique marks in every text column, and who may meet them.

A mark is `cnr00042x`, in the reading sweep followed by an attempt at script (`TAIL`). Whoever finds one in an answer can say from
which row and column it came and whether this reader may see it.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from peewee import CharField, TextField

from youthpilot.core.kernel.db import CountyModel
from youthpilot.core.kernel.fields import DecimalTextField, JsonField, UtcDateTimeField
from youthpilot.core.kernel.secrets import ProtectedField

MARK = re.compile(rb"cnr(\d{5})x", re.I)
TAIL = "<img src=x onerror=1>\"'"
# Columns with a vocabulary of the program: another word in them is no text of a user but a broken row.
MACHINE = frozenset(
    """kind state key origin blank_kind event from_state to_state digest previous_digest stored_name comparator importer table_of plugin owner chapter
    when_key when_comparator format replaced_by covers_kind sex political_status education school_stage kind_then source block org_type branch_kind
    title_code mode""".split()  # noqa: SIM905
)
MACHINE_OF = {
    "core_period": {"code"},
    "core_published_document": {"document"},  # JSON of the report: marked by the names it quotes
    "core_locked_document": {"document"},
    "core_post": {"title"},
    "study_decision": {"verdict", "difference"},
    "study_flag_note": {"code"},
    "study_point": {"rule"},
}


def marked_fields(model: Any) -> list[Any]:
    """The text columns of a model that users fill in, in order."""
    own = MACHINE | MACHINE_OF.get(model._meta.table_name, set())
    other = DecimalTextField | JsonField | UtcDateTimeField
    return [
        f
        for f in model._meta.sorted_fields
        if isinstance(f, CharField | TextField | ProtectedField) and not isinstance(f, other) and not f.choices and f.name not in own
    ]


@dataclass(frozen=True)
class Canary:
    """Where a mark stands. organization_id None: above organizations. open_to_county: every user of the county may read it.

    What tells of a person in a row of the whole county is open to those who keep the row's place only: to others it is masked.
    """

    table: str
    column: str
    row: int
    county_id: int | None
    organization_id: int | None
    open_to_county: bool


@dataclass
class Canaries:
    """All marks given out."""

    tail: str = TAIL
    known: list[Canary] = field(default_factory=list)

    def text(self, table: str, column: str, row: int, county: int | None, organization: int | None, open_to_county: bool = False) -> str:
        """A new mark for one cell."""
        self.known.append(Canary(table, column, row, county, organization, open_to_county))
        return f"cnr{len(self.known) - 1:05d}x{self.tail}"

    def found(self, body: bytes) -> set[int]:
        """Numbers of the marks in an answer."""
        return {int(m) for m in MARK.findall(body)}

    def of(self, model: Any, row: Any, name: str, top: bool) -> str:
        """The mark of one cell of a row of a county-owned table; `top`: it carries the county's root, or stands above organizations."""
        assert issubclass(model, CountyModel)
        organization = getattr(
            row, model._meta.columns[model.scope_column].name + ("_id" if model.scope_column not in ("id", "county_id") else ""), None
        )
        organization = row.id if model.scope_column == "id" else organization if model.scope_column != "county_id" else None
        organization = getattr(organization, "id", organization)
        is_open = model.readable_from == "county" and name not in model.personal_fields
        return self.text(model._meta.table_name, name, row.id, row.county_id, organization, is_open)
