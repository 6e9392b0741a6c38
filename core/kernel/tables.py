"""Tables out: every export goes through `write_table`, so that no cell of ours is ever a formula in somebody's spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any, Literal

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from .cells import DIGITS_EXCEL_KEEPS, CellError, Destroyed, neutralise, text_of
from .clock import LOCAL
from .text import xml_text

LONGEST_CELL = 32_767  # what a cell of .xlsx can hold
HEADER = {"bold": True, "bg_color": "#E8EEF7", "border": 1, "border_color": "#B8C4D6", "text_wrap": True, "valign": "vcenter"}
_NARROW, _WIDE = 8, 42


def write_table(
    headers: Sequence[str], rows: Iterable[Sequence[Any]], kind: Literal["xlsx", "csv"] = "xlsx", sheet_name: str = "数据", notes: Sequence[str] = ()
) -> bytes:
    """A file of one table: `notes` (filters, day of printing) above it, then headers and rows.

    Text that a spreadsheet could run gets an apostrophe (the reader takes it away again); numbers, dates and truth values keep their type;
    None is an empty cell; moments with a zone are shown in Asia/Shanghai. csv is UTF-8 with BOM and CRLF.
    """
    if kind == "csv":
        return _csv(headers, rows, notes)
    out = BytesIO()
    with workbook(out) as book:
        sheet = book.add_worksheet(sheet_name[:31])
        styles = Styles(book)
        for index, note in enumerate(notes):
            put(sheet, index, 0, note, styles)
        top = len(notes)
        widths = [width_of(h) for h in headers]
        _write_header(sheet, top, headers, styles)
        for index, row in enumerate(rows, top + 1):
            for column, value in enumerate(row):
                put(sheet, index, column, value, styles)
                if index - top <= 200 and column < len(widths):
                    widths[column] = max(widths[column], width_of(as_text(value)))
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
    return out.getvalue()


def _write_header(sheet: Worksheet, row: int, headers: Sequence[str], styles: "Styles") -> None:
    for column, heading in enumerate(headers):
        sheet.write_string(row, column, safe(heading), styles.header)
    sheet.freeze_panes(row + 1, 0)


def _csv(headers: Sequence[str], rows: Iterable[Sequence[Any]], notes: Sequence[str]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerows([safe(note)] for note in notes)
    writer.writerow([safe(heading) for heading in headers])
    writer.writerows([safe(v) if isinstance(v, str) else as_text(v) for v in row] for row in rows)
    return out.getvalue().encode("utf-8-sig", "replace")


@contextmanager
def workbook(out: BytesIO, constant_memory: bool = True) -> Any:
    """A workbook that never turns text into formulas, links or numbers by itself; finished on leaving."""
    options = {"constant_memory": constant_memory, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    yield book
    book.close()


class Styles:
    """The few cell formats of a workbook, optionally on a background colour."""

    def __init__(self, book: xlsxwriter.Workbook, **base: Any) -> None:
        self.header = book.add_format({**HEADER, **base})
        self.text: Format = book.add_format({"num_format": "@", **base})
        self.plain: Format = book.add_format(base)
        self.day: Format = book.add_format({"num_format": "yyyy-mm-dd", "align": "left", **base})
        self.moment: Format = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left", **base})


def put(sheet: Worksheet, row: int, column: int, value: Any, styles: Styles) -> None:
    """Write one cell with the type it has."""
    if type(value) is str:  # most cells
        sheet.write_string(row, column, safe(value), styles.text)
    elif value is None:
        sheet.write_blank(row, column, None, styles.plain)
    elif isinstance(value, (int, float, Decimal)) and not isinstance(value, bool) and _exact(value):
        sheet.write_number(row, column, value, styles.plain)
    elif isinstance(value, datetime) and value.year >= 1900:
        sheet.write_datetime(row, column, _naive(value), styles.moment)
    elif isinstance(value, date) and not isinstance(value, datetime) and value.year >= 1900:
        sheet.write_datetime(row, column, value, styles.day)
    else:
        sheet.write_string(row, column, safe(as_text(value)), styles.text)


def _exact(value: int | float | Decimal) -> bool:
    """Whether a spreadsheet keeps every digit."""
    limit: int = 10**DIGITS_EXCEL_KEEPS
    if type(value) is int:
        return abs(value) < limit
    number = Decimal(str(value))
    return number.is_finite() and len(number.normalize().as_tuple().digits) <= DIGITS_EXCEL_KEEPS and abs(number) < limit


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(LOCAL).replace(tzinfo=None) if moment.tzinfo else moment


def as_text(value: Any) -> str:
    """The value as csv shows it; "" for None, 是/否 for truth values."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return text_of(_naive(value))
    if value is None or isinstance(value, (int, Decimal, date, Destroyed, CellError)):
        return text_of(value)
    return str(value)


def safe(value: Any) -> str:
    """Text that no spreadsheet runs and every writer takes: neutralised, nothing that XML cannot hold, no longer than a cell."""
    text = str(value)
    if not text.isalnum():  # letters and digits alone are harmless: most cells
        text = neutralise(xml_text(text.encode("utf-8", "replace").decode()))
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


def width_of(text: str) -> int:
    """A column width that shows the text: Chinese characters count twice."""
    longest = max((sum(2 if ord(sign) > 0x2E7F else 1 for sign in line) for line in text.split("\n")), default=0)
    return min(max(longest + 2, _NARROW), _WIDE)
