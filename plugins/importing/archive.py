"""An .xlsx is a zip: what it would cost is checked before anything reads it. Runs in the child process."""

import re
import zipfile
import zlib
from io import BytesIO
from posixpath import join, normpath
from xml.etree import ElementTree

from .limits import Limits, Refused

_NESTED = re.compile(r"\.(zip|xlsx|xlsm|xlsb|docx|docm|pptx|jar|7z|rar|gz)$", re.IGNORECASE)
_CHUNK = 1024 * 1024
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_ERROR = re.compile(rb'<(?:\w+:)?c ([^>]*\bt="e"[^>]*)>(?:<(?:\w+:)?f[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>))?<(?:\w+:)?v>([^<]*)<')
_UNCACHED = re.compile(
    rb"<(?:\w+:)?c ([^>]*)>\s*<(?:\w+:)?f[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_ADDRESS = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row [^>]*\bhidden="(?:1|true)"[^>]*(?<!/)>')


def open_archive(data: bytes, limits: Limits) -> zipfile.ZipFile:
    """The archive of a workbook, its directory and its true sizes checked. Raises Refused."""
    try:
        archive = zipfile.ZipFile(BytesIO(data))
        _check_directory(archive, limits)
        _check_contents(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
        raise Refused("damaged") from error
    except RuntimeError as error:  # zipfile's word for an encrypted part
        raise Refused("password") from error
    return archive


def _check_directory(archive: zipfile.ZipFile, limits: Limits) -> None:
    parts = archive.infolist()
    names = [part.filename for part in parts]
    if len(parts) > limits.entries or sum(part.file_size for part in parts) > limits.unpacked_bytes:
        raise Refused("bomb")
    if any(p.file_size > limits.ratio_from_bytes and p.file_size > limits.ratio * max(p.compress_size, 1) for p in parts):
        raise Refused("bomb")
    if len(set(names)) < len(names):
        raise Refused("damaged")
    if "xl/workbook.xml" not in names:
        raise Refused("other_archive")
    if any(_NESTED.search(name) for name in names):
        raise Refused("nested")


def _check_contents(archive: zipfile.ZipFile) -> None:
    """Inflate everything once and throw it away: zipfile stops at the declared size and then misses the checksum, so no entry can lie."""
    for part in archive.infolist():
        with archive.open(part) as stream:
            while stream.read(_CHUNK):
                pass


def sheet_part(archive: zipfile.ZipFile, sheet_name: str) -> bytes:
    """The XML of one sheet, b"" if it cannot be found."""
    try:
        workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        rel = next(s.get(_REL) for s in workbook.iter(_MAIN + "sheet") if s.get("name") == sheet_name)
        target = next(r.get("Target", "") for r in relations if r.get("Id") == rel)
        return archive.read(normpath(join("xl", target)).lstrip("/"))
    except (ElementTree.ParseError, KeyError, StopIteration):
        return b""


def error_cells(part: bytes) -> dict[tuple[int, int], str]:
    """(row, column) from 0 → "#N/A" … or "" for a formula without a stored result: the reader shows both as empty cells."""
    found: dict[tuple[int, int], str] = {}
    if b't="e"' in part:
        for match in _ERROR.finditer(part):
            _note(found, match[1], match[2].decode("utf-8", "replace"))
    if b"<f" in part or b":f" in part:
        for match in _UNCACHED.finditer(part):
            if b't="str"' not in match[1]:  # there, an empty text is a result
                _note(found, match[1], "")
    return found


def _note(found: dict[tuple[int, int], str], attributes: bytes, text: str) -> None:
    address = _ADDRESS.search(attributes)
    if address:
        column = 0
        for letter in address[1]:
            column = column * 26 + letter - 64
        found[int(address[2]) - 1, column - 1] = text


def hidden_rows(part: bytes) -> int:
    """How many rows with cells are hidden, by hand or by a filter."""
    return len(_HIDDEN_ROW.findall(part)) if b"hidden=" in part else 0
