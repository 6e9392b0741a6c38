"""The file goes back as it came, each bad cell coloured and explained."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from xlsxwriter.worksheet import Worksheet

from youthpilot.core.kernel.tables import Styles, put, safe, workbook

from .matching import HeaderMatch
from .reading import RawSheet
from .words import _

if TYPE_CHECKING:
    from .importer import Row

PROBLEM_HEADING = "问题"
_COLOURS = {"E": "#FFC7CE", "W": "#FFEB9C"}
_MOST_COMMENTS = 5000  # more make Excel slow; the last column says everything anyway


@dataclass(frozen=True, slots=True)
class Mark:
    """A problem at its cell: `row` as the sheet shows it (from 1), `column` from 0 or None for the whole row, `title` the heading."""

    row: int
    column: int | None
    message: str
    level: str = "E"
    title: str = ""


def marks_of(rows: "Iterable[Row]", match: HeaderMatch) -> list[Mark]:
    """The problems of judged rows as marks; a required column that the file lacks marks the whole row."""
    return [
        Mark(row.number, match.mapping.get(problem.column), problem.message, problem.level, _title(match, problem.column))
        for row in rows
        for problem in row.problems
    ]


def _title(match: HeaderMatch, column: str) -> str:
    return match.headings[match.mapping[column]] if column in match.mapping else ""


def mark_errors(sheet: RawSheet, marks: Iterable[Mark], header_row: int | None = None) -> bytes:
    """An .xlsx of the same rows in the same places; bad cells red, doubtful ones yellow, each with a comment; what is wrong with a row also
    stands in a last column 问题, headed at `header_row` (from 0). An earlier column 问题 at the end is replaced. Corrected, the file can be
    imported as it is."""
    by_row: dict[int, list[Mark]] = defaultdict(list)
    for mark in marks:
        by_row[mark.row - 1].append(mark)
    last = _problem_column(sheet, header_row)
    out = BytesIO()
    with workbook(out) as book:
        page = book.add_worksheet((sheet.sheet_name or "数据")[:31])
        page.set_column(0, max(last - 1, 0), 14)
        page.set_column(last, last, 60)
        if header_row is not None:
            page.freeze_panes(header_row + 1, 0)
        styles = {"": Styles(book), **{level: Styles(book, bg_color=colour, text_wrap=True) for level, colour in _COLOURS.items()}}
        comments = 0
        for index, row in enumerate(sheet.rows):
            levels = _levels(by_row.get(index, ()))
            for column, cell in enumerate(row[:last]):
                put(page, index, column, cell, styles[levels.get(column, "")])
            if index == header_row:
                page.write_string(index, last, PROBLEM_HEADING, styles[""].header)
            elif index in by_row:
                page.write_string(index, last, safe("\n".join(_sentence(m) for m in by_row[index])), styles[levels[None]].text)
            if comments < _MOST_COMMENTS:
                comments += _comment(page, index, by_row.get(index, ()))
    return out.getvalue()


def _problem_column(sheet: RawSheet, header_row: int | None) -> int:
    width = len(sheet.rows[0]) if sheet.rows else 0
    if header_row is not None and width and sheet.rows[header_row][-1] == PROBLEM_HEADING:
        return width - 1
    return width


def _levels(marks: Iterable[Mark]) -> dict[int | None, str]:
    """Column → the worse level of its marks; None → that of the row."""
    worst: dict[int | None, str] = {}
    for mark in marks:
        for place in {mark.column, None}:
            worst[place] = "E" if "E" in (mark.level, worst.get(place)) else "W"
    return worst


def _comment(page: Worksheet, row: int, marks: Iterable[Mark]) -> int:
    texts: dict[int, list[str]] = defaultdict(list)
    for mark in marks:
        if mark.column is not None:
            texts[mark.column].append(mark.message)
    for column, messages in texts.items():
        page.write_comment(row, column, safe("\n".join(messages)), {"author": _("Import"), "x_scale": 2})
    return len(texts)


def _sentence(mark: Mark) -> str:
    text = _("%(title)s: %(message)s", title=mark.title, message=mark.message) if mark.title else mark.message
    return text if mark.level == "E" else _("(check) %(text)s", text=text)
