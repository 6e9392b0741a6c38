"""Finding organizations by what people write into a cell: code, full name, short name."""

from collections import defaultdict

from youthpilot.core.kernel.text import fold
from youthpilot.core.organizations.models import Organization


class Places:
    """Every organization of the scope in force, read once. `rows`: id → row."""

    def __init__(self, county_id: int) -> None:
        self.rows = {row.id: row for row in Organization.select().where(Organization.county == county_id)}
        self._by: tuple[dict[str, list[int]], ...] = (defaultdict(list), defaultdict(list), defaultdict(list))
        for row in self.rows.values():
            for index, text in zip(self._by, (row.code, row.name, row.short_name), strict=True):
                if text:
                    index[fold(text)].append(row.id)

    @property
    def root(self) -> Organization | None:
        """The county's own committee; None below the county."""
        return next((row for row in self.rows.values() if row.parent_id is None), None)

    def find(self, text: str) -> list[int]:
        """Ids whose code is the text, else whose full name, else whose short name; open ones win over closed ones."""
        for index in self._by:
            if found := index.get(fold(text), []):
                return [i for i in found if self.rows[i].closed_on is None] or found
        return []
