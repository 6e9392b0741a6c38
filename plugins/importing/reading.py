"""Read a spreadsheet that somebody sent: .xlsx, .xls or .csv, in a child process with limits."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from youthpilot.core.kernel import cells
from youthpilot.core.kernel.cells import Cell, CellError, Destroyed
from youthpilot.core.kernel.errors import YouthpilotError

from .limits import MEGABYTE, Limits
from .words import _, ngettext

EXTENSIONS = ("xlsx", "xls", "csv")
# The child gets our path and a stand-in for each package above it, so that it imports nothing of youthpilot but its neighbours and what
# they name of the kernel.
_LAUNCH = """
import json, sys, types
kernel, folder, path, job = sys.argv[1:]
sys.path[:] = json.loads(path)
folders = {"youthpilot.core.kernel": [kernel], "youthpilot.plugins.importing": [folder]}
for name in ("youthpilot", "youthpilot.core", "youthpilot.plugins", *folders):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = folders.get(name, [])
from youthpilot.plugins.importing.child import main
main(job)
"""


class ReadError(YouthpilotError):
    """The file as a whole cannot be read; `code` says why to programs, str() to people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class RawSheet:
    """What stands in the sheet. `rows[0]` is the file's first row (row numbers for people are index + 1), all rows are equally wide,
    empty cells are None. `encoding` is None for workbooks, `sheet_name` "" for text; `digest` is the SHA-256 of the file, hexadecimal.
    `warnings` are sentences for people."""

    rows: list[list[Cell]]
    encoding: str | None
    sheet_name: str
    sheet_names: tuple[str, ...]
    digest: str
    warnings: tuple[str, ...]
    filename: str


def read_sheet(source: str | os.PathLike[str] | bytes, filename: str = "", limits: Limits | None = None, sheet: str | None = None) -> RawSheet:
    """The cells of a file (a path, or its bytes; `filename` tells the format and defaults to the path's name).

    Read is the first visible sheet with anything in it, or the one named `sheet`. Raises ReadError for a file that is damaged, protected,
    empty, of another format, beyond `limits`, or named otherwise than it is.
    """
    limits = limits or Limits()
    if not isinstance(source, bytes):
        filename = filename or Path(source).name
    extension = _extension(filename)
    with _opened(source) as file:
        size = file.seek(0, os.SEEK_END)
        if size > limits.file_bytes:
            _refuse("file_bytes", limit=limits.file_bytes // MEGABYTE)
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
        file.seek(0)
        os.lseek(file.fileno(), 0, os.SEEK_SET)
        head, rows = _run({"extension": extension, "limits": asdict(limits), "sheet": sheet}, file, limits)
    warnings = tuple(_warning(code, values) for code, values in head["warnings"])
    return RawSheet(rows, head["encoding"], head["sheet_name"], tuple(head["sheet_names"]), digest, warnings, filename)


def _extension(filename: str) -> str:
    extension = Path(filename).suffix.lower().lstrip(".")
    if extension not in EXTENSIONS:
        _refuse("extension", name=filename)
    return extension


@contextmanager
def _opened(source: str | os.PathLike[str] | bytes) -> Iterator[BinaryIO]:
    if not isinstance(source, bytes):
        with open(source, "rb") as file:
            yield file
        return
    with tempfile.TemporaryFile() as file:  # unlinked at once: nothing personal stays behind
        file.write(source)
        file.flush()
        yield file


def _run(job: dict[str, Any], file: BinaryIO, limits: Limits) -> tuple[dict[str, Any], list[list[Cell]]]:
    kernel, folder = str(Path(cells.__file__).parent), str(Path(__file__).parent)
    path = json.dumps([p for p in sys.path if p])
    command = [sys.executable, "-I", "-S", "-B", "-c", _LAUNCH, kernel, folder, path, json.dumps(job)]
    with tempfile.TemporaryFile() as answer:
        with subprocess.Popen(command, stdin=file, stdout=answer, stderr=subprocess.DEVNULL, env=_environment(), cwd=folder) as child:
            try:
                status = child.wait(limits.wall_seconds)
            except subprocess.TimeoutExpired:
                child.kill()
                _refuse("time")
        answer.seek(0)
        return _parse(answer, status)


def _environment() -> dict[str, str]:
    """Nothing of ours: no keys, no database address."""
    return {k: os.environ[k] for k in ("SYSTEMROOT",) if k in os.environ}


def _parse(answer: BinaryIO, status: int) -> tuple[dict[str, Any], list[list[Cell]]]:
    try:
        head = json.loads(answer.readline())
        if "refused" not in head and status == 0:
            rows = [_DECODER.decode(line.decode()) for line in answer]
            if len(rows) == head["rows"]:
                return head, rows
    except (ValueError, KeyError, TypeError):
        head = {}
    if "refused" in head:
        _refuse(head["refused"], **head["values"])
    _refuse(_DEATHS.get(-status, "memory" if status else "damaged"))


_DEATHS = {
    getattr(signal, name): code for name, code in (("SIGXCPU", "time"), ("SIGSEGV", "damaged"), ("SIGBUS", "damaged")) if hasattr(signal, name)
}


def _untag(value: dict[str, Any]) -> Cell:
    ((tag, text),) = value.items()
    if tag == "destroyed":
        return Destroyed(text)
    if tag == "error":
        return CellError(text)
    return datetime.fromisoformat(text) if tag == "moment" else date.fromisoformat(text)


_DECODER = json.JSONDecoder(parse_float=Decimal, object_hook=_untag)


def _refuse(code: str, **values: Any) -> NoReturn:
    raise ReadError(code, _message(code, values)) from None


def _message(code: str, values: dict[str, Any]) -> str:
    if code == "extension":
        return _("%(name)s is not an Excel or CSV file. Save it as .xlsx and send it again.", **values)
    if code == "file_bytes":
        return _("The file is larger than %(limit)s MB. Split it and send the parts.", **values)
    if code == "disagree":
        return _("The file is named .%(named)s, but its content is .%(found)s. Open it and save it as .xlsx.", **values)
    if code == "foreign":
        return _("The content of the file is %(found)s, not a table. Send the Excel or CSV file itself.", **values)
    if code == "columns":
        return _("The table has more than %(limit)s columns. Delete the cells on the right that do not belong to it.", **values)
    if code == "rows":
        return _("The table has more than %(limit)s rows. Delete what stands below it, or split it into several files.", **values)
    if code == "quotes":
        return _("The quotation marks do not match near line %(line)s. Correct them, or save the file as .xlsx.", **values)
    if code == "no_sheet":
        return _('The file has no sheet named "%(name)s".', **values)
    return _PLAIN.get(code, _PLAIN["damaged"])()


_PLAIN = {
    "damaged": lambda: _("The file is damaged or incomplete. Open it in Excel or WPS, save it as .xlsx and send it again."),
    "password": lambda: _("The file is protected by a password. Take the protection off and send it again."),
    "web_page": lambda: _("This is a web page with the name of a table. Open it in Excel or WPS, save it as .xlsx and send it again."),
    "empty": lambda: _("There is nothing in the file."),
    "encoding": lambda: _("The characters of the file cannot be recognised. Open it in Excel or WPS and save it as .xlsx."),
    "bomb": lambda: _("Unpacked, the file is too large. Copy the table into a new workbook and send that."),
    "nested": lambda: _("The workbook contains other files. Copy the table into a new workbook and send that."),
    "other_archive": lambda: _("This is not a workbook: a Word document, perhaps, or an archive. Send the table itself as .xlsx."),
    "memory": lambda: _("The table is too large to read. Copy only the rows you need into a new workbook and send that."),
    "time": lambda: _("Reading the file took too long. Copy only the rows you need into a new workbook and send that."),
}


def _warning(code: str, values: dict[str, Any]) -> str:
    if code == "other_sheets":
        return _('Only the sheet "%(name)s" was read, not: %(others)s.', **values)
    if code == "hidden_rows":
        return ngettext("%(num)s hidden row was read too.", "%(num)s hidden rows were read too.", **values)
    return _("%(num)s cells are merged over several rows (the first in row %(row)s): only their first row has the content.", **values)
