"""One file's bytes → rows of plain cells. Runs in the child process: imports nothing of ours but its neighbours there."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from youthpilot.core.kernel.cells import DIGITS_EXCEL_KEEPS, CellError, Destroyed, clean_text

from . import archive, delimited
from .limits import Limits, Refused

NOTES_SHEETS = ("填写说明", "选项")  # what our own templates add beside the table
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_FOREIGN = ((b"%PDF", "PDF"), (b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"Rar!", "RAR"), (b"7z\xbc\xaf", "7z"), (b"{\\rtf", "RTF"))
_NOT_EXACT_FROM = 10**DIGITS_EXCEL_KEEPS


@dataclass
class Contents:
    """What the child hands back."""

    rows: list[list[Any]]
    encoding: str | None = None
    sheet_name: str = ""
    sheet_names: list[str] = field(default_factory=list)
    warnings: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def read(data: bytes, extension: str, limits: Limits, sheet: str | None = None) -> Contents:
    """The file's first visible sheet with anything in it, or the one named. Raises Refused."""
    kind = sniff(data)
    if kind != extension:
        raise Refused("disagree", named=extension, found=kind)
    contents = _read_text(data, limits) if kind == "csv" else _read_workbook(data, kind, limits, sheet)
    contents.rows = _trim(contents.rows)
    if not contents.rows:
        raise Refused("empty")
    return contents


def sniff(data: bytes) -> str:
    """xlsx, xls or csv, by content. Raises Refused for what is none of them."""
    if not data.strip():
        raise Refused("empty")
    if data.startswith(b"PK\x03\x04"):
        return "xlsx"
    if data.startswith(_OLE):
        if _ENCRYPTED in data:
            raise Refused("password")
        return "xls"
    for magic, name in _FOREIGN:
        if data.startswith(magic):
            raise Refused("foreign", found=name)
    head = data[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<html", b"<!doctype", b"<table", b"<meta", b"<head", b"<body", b"<div", b"<style", b"mime-version:")):
        raise Refused("web_page")
    if head.startswith(b"<?xml") or b"urn:schemas-microsoft-com:office" in head:
        raise Refused("web_page")
    return "csv"


def _read_text(data: bytes, limits: Limits) -> Contents:
    text, encoding = delimited.decode(data)
    return Contents([[clean_text(cell) for cell in row] for row in delimited.read_rows(text, limits)], encoding)


def _read_workbook(data: bytes, kind: str, limits: Limits, wanted: str | None) -> Contents:
    parts = archive.open_archive(data, limits) if kind == "xlsx" else None
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(data))
        names = _visible(workbook)
        if wanted is not None and wanted not in names:
            raise Refused("no_sheet", name=wanted)
        for name in [wanted] if wanted is not None else names:
            contents = _read_sheet(workbook.get_sheet_by_name(name), archive.sheet_part(parts, name) if parts else b"", limits)
            if any(cell is not None for row in contents.rows for cell in row):
                contents.sheet_names = names
                _warn_of_others(contents, wanted)
                return contents
    except PasswordError as error:
        raise Refused("password") from error
    except (CalamineError, OSError, ValueError, OverflowError) as error:
        raise Refused("damaged") from error
    raise Refused("empty")


def _visible(workbook: CalamineWorkbook) -> list[str]:
    sheets = [s for s in workbook.sheets_metadata if s.typ == SheetTypeEnum.WorkSheet]
    shown = [s.name for s in sheets if s.visible == SheetVisibleEnum.Visible]
    return shown or [s.name for s in sheets]


def _warn_of_others(contents: Contents, wanted: str | None) -> None:
    later = contents.sheet_names[contents.sheet_names.index(contents.sheet_name) + 1 :]  # those before it are empty
    others = [name for name in later if name not in NOTES_SHEETS]
    if wanted is None and others:
        contents.warnings.append(("other_sheets", {"name": contents.sheet_name, "others": "、".join(others)}))


def _read_sheet(sheet: CalamineSheet, part: bytes, limits: Limits) -> Contents:
    last_row, last_column = sheet.end or (0, 0)  # from 0; total_height of calamine 0.9 is one short
    if last_column >= limits.columns:
        raise Refused("columns", limit=limits.columns)
    if last_row >= limits.rows:
        raise Refused("rows", limit=limits.rows)
    rows = [[_plain(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    for (row, column), text in archive.error_cells(part).items():
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = CellError(text)
    return Contents(rows, sheet_name=sheet.name, warnings=list(_sheet_warnings(sheet, part)))


def _sheet_warnings(sheet: CalamineSheet, part: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    hidden = archive.hidden_rows(part)
    if hidden:
        yield "hidden_rows", {"num": hidden}
    tall = sorted(start[0] + 1 for start, end in sheet.merged_cell_ranges or () if end[0] > start[0])
    if tall:
        yield "merged", {"num": len(tall), "row": tall[0]}


def _plain(value: Any) -> Any:
    """calamine's cell as one of ours."""
    if value == "":
        return None
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (float, int)):
        return _number(value)
    if isinstance(value, (date, datetime)):
        return value
    if isinstance(value, time):
        return value.isoformat("minutes" if value.second == 0 else "seconds")
    return _duration(value) if isinstance(value, timedelta) else str(value)


def _number(value: float) -> Any:
    if not math.isfinite(value):
        return CellError("#NUM!")
    if abs(value) >= _NOT_EXACT_FROM:
        return Destroyed(str(int(value)))
    whole = int(value)
    return whole if whole == value else float(f"{value:.{DIGITS_EXCEL_KEEPS}g}")


def _duration(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _trim(rows: Iterable[list[Any]]) -> list[list[Any]]:
    """Without empty rows at the end and empty columns on the right; all rows equally wide."""
    kept, width, last = [], 0, 0
    for row in rows:
        kept.append(row)
        used = max((i + 1 for i, cell in enumerate(row) if cell is not None), default=0)
        if used:
            width, last = max(width, used), len(kept)
    return [row[:width] + [None] * (width - len(row)) for row in kept[:last]]
