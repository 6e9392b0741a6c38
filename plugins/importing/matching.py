"""Where the table is in a sheet: its header row, which heading is which column, which rows are data."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from youthpilot.core.kernel.cells import Cell, text_of

from .columns import Column
from .headings import IGNORED_HEADINGS, forms, is_note, is_total

Rows = Sequence[Sequence[Cell]]
MAX_SCAN = 15
_NOTE_CELLS = 2  # a footer has at most so many filled cells


@dataclass(frozen=True)
class HeaderMatch:
    """`row_index` is the (last) header row from 0, `depth` how many rows the header has (1 or 2), `mapping` column name → column index
    from 0; `headings` all headings from left to right; `unknown` those that belong to no column; `missing` required columns without a heading."""

    row_index: int
    depth: int
    mapping: dict[str, int]
    headings: tuple[str, ...]
    unknown: tuple[str, ...]
    missing: tuple[Column, ...]


@dataclass(frozen=True)
class SkippedRow:
    """A row that is no data. `number` as the sheet shows it (from 1); `reason`: title, header, blank, total, note, footer."""

    number: int
    reason: str
    text: str


@dataclass(frozen=True)
class Profile:
    """How a county's file of one shape is read: heading → column, header row (from 0), rows below the table that are left out.

    `shape` is a digest of the headings by which the next file of the same shape is recognised.
    """

    headings: dict[str, str]  # column name → heading text
    header_row: int
    depth: int = 1
    footer_rows: int = 0
    shape: str = ""

    def as_json(self) -> dict[str, Any]:
        """For the database."""
        return {k: getattr(self, k) for k in ("headings", "header_row", "depth", "footer_rows", "shape")}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Profile":
        """The inverse of `as_json`."""
        return cls(**stored)

    def apply(self, rows: Rows, columns: Sequence[Column], max_scan: int = MAX_SCAN) -> HeaderMatch | None:
        """The header of another file of this shape, at the remembered row or elsewhere in the first `max_scan`; None if a heading is not there."""
        candidates = [self.header_row, *(i for i in range(min(max_scan, len(rows))) if i != self.header_row)]
        for index in candidates:
            if self.depth - 1 <= index < len(rows):
                headings = _headings(rows, index, self.depth)
                places = {name: _place(headings, heading) for name, heading in self.headings.items()}
                if all(place is not None for place in places.values()):
                    mapping = {name: place for name, place in places.items() if place is not None}
                    return _match(index, self.depth, headings, mapping, columns)
        return None


def profile_of(match: HeaderMatch, footer_rows: int = 0) -> Profile:
    """The profile that reads the next file as this one was read."""
    named = {name: match.headings[index] for name, index in match.mapping.items()}
    return Profile(named, match.row_index, match.depth, footer_rows, shape_of(match.headings))


def shape_of(headings: Sequence[str]) -> str:
    """A digest of the headings in their order, 16 hexadecimal characters."""
    return hashlib.sha256("\n".join(forms(heading)[0] for heading in headings).encode()).hexdigest()[:16]


def find_header(rows: Rows, columns: Sequence[Column], max_scan: int = MAX_SCAN) -> HeaderMatch | None:
    """The row among the first `max_scan` that names the most columns; None if no row names two (or the only one there is).

    A header of two rows (联系方式 over 手机, QQ) is understood where it names more than one row alone.
    """
    best: tuple[int, int, HeaderMatch] | None = None
    for index in range(min(max_scan, len(rows))):
        for depth in (1, 2) if index else (1,):
            headings = _headings(rows, index, depth)
            mapping, score = _assign(headings, columns)
            if len(mapping) >= min(2, len(columns)) and (best is None or (len(mapping), score) > best[:2]):
                best = len(mapping), score, _match(index, depth, headings, mapping, columns)
    return best[2] if best else None


def remap(match: HeaderMatch, mapping: dict[str, int], columns: Sequence[Column]) -> HeaderMatch:
    """The same header with the columns a person has chosen."""
    return _match(match.row_index, match.depth, match.headings, mapping, columns)


def _match(index: int, depth: int, headings: tuple[str, ...], mapping: dict[str, int], columns: Sequence[Column]) -> HeaderMatch:
    used = set(mapping.values())
    unknown = tuple(h for i, h in enumerate(headings) if h and i not in used and forms(h)[0] not in IGNORED_HEADINGS)
    missing = tuple(column for column in columns if column.required and column.name not in mapping)
    return HeaderMatch(index, depth, dict(sorted(mapping.items(), key=lambda item: item[1])), headings, unknown, missing)


def _headings(rows: Rows, index: int, depth: int) -> tuple[str, ...]:
    lower = [text_of(cell) for cell in rows[index]]
    if depth == 1:
        return tuple(lower)
    upper = [text_of(cell) for cell in rows[index - 1]]
    return tuple(text or above for text, above in zip(lower, upper, strict=True))


def _assign(headings: Sequence[str], columns: Sequence[Column]) -> tuple[dict[str, int], int]:
    """Each heading to at most one column and the other way round: the best fits first, then from the left."""
    fits = [(column.answers_to(h), -i, -j) for j, column in enumerate(columns) for i, h in enumerate(headings) if h]
    mapping: dict[str, int] = {}
    score = 0
    for fit, i, j in sorted(fits, reverse=True):
        if fit and -i not in mapping.values() and columns[-j].name not in mapping:
            mapping[columns[-j].name] = -i
            score += fit
    return mapping, score


def _place(headings: Sequence[str], wanted: str) -> int | None:
    whole = forms(wanted)[0]
    return next((i for i, heading in enumerate(headings) if forms(heading)[0] == whole), None)


def data_rows(rows: Rows, match: HeaderMatch, footer_rows: int = 0) -> Iterator[tuple[int, Sequence[Cell]] | SkippedRow]:
    """Below and above the header: (row number as the sheet shows it, cells) for data, SkippedRow for everything else.

    Left out are blank rows, repeated headers, totals, notes, and the last `footer_rows` rows of the sheet.
    """
    for index, row in enumerate(rows):
        reason = _reason(index, row, match)
        if not reason and index >= len(rows) - footer_rows:
            reason = "footer"
        if reason:
            yield SkippedRow(index + 1, reason, " ".join(text_of(cell) for cell in row if cell is not None)[:200])
        else:
            yield index + 1, row


def _reason(index: int, row: Sequence[Cell], match: HeaderMatch) -> str:
    if index <= match.row_index:
        return "header" if index > match.row_index - match.depth else "title"
    filled = [cell for cell in row if cell is not None]
    if not filled:
        return "blank"
    first = next((text_of(cell) for cell in filled if isinstance(cell, str)), "")
    if first and is_total(first):
        return "total"
    if len(filled) <= _NOTE_CELLS and isinstance(filled[0], str) and is_note(filled[0]):
        return "note"
    if all(text_of(row[i]) == match.headings[i] for i in match.mapping.values() if i < len(row)):
        return "header"
    return ""
