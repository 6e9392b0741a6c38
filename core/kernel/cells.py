"""What a cell can hold after reading, and how its text is cleaned. Standard library only: the child process imports this."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

DIGITS_EXCEL_KEEPS = 15
_MARGIN = " \t\r\n\v\f\u00a0\u1680\u3000\u2028\u2029\u202f\u205f\u2060\ufeff" + "".join(map(chr, range(0x2000, 0x2010)))
_WRAPPED = re.compile(r'^="((?:[^"]|"")*)"$')
_SCIENTIFIC = re.compile(r"^\d(?:\.\d+)?E\+(\d{2,3})$", re.IGNORECASE)
_SHEET_SHOWS_ALL_DIGITS_BELOW = 10  # a cell in general format turns 11 digits or more into 1.38E+10
# A cell that a spreadsheet could take for a formula: at the start of any line, also after blanks, also full-width signs.
_DANGEROUS = r"[ \u00a0\u3000]*[=+\-@\t\r＝＋－＠]"
_NEUTRALISE = re.compile(rf"(^|\n)(?={_DANGEROUS})")
_RESTORE = re.compile(rf"(^|\n)'(?={_DANGEROUS})")


@dataclass(frozen=True, slots=True)
class Destroyed:
    """A long number typed as a number: the spreadsheet has thrown digits away. `text` is what is left of it."""

    text: str


@dataclass(frozen=True, slots=True)
class CellError:
    """#N/A and its kin, or a formula without a stored result (text "")."""

    text: str


Cell = str | int | Decimal | date | datetime | Destroyed | CellError | None


def clean_text(raw: str) -> str | Destroyed | None:
    """The text without blanks at its ends (also full-width, no-break, invisible ones); inner text stays. None if nothing is left."""
    if "\r" in raw or "_x000D_" in raw:
        raw = raw.replace("_x000D_", "").replace("\r\n", "\n")
    text = (restore(raw) if "'" in raw else raw).strip(_MARGIN)
    if not text:
        return None
    if text.startswith("="):
        wrapped = _WRAPPED.match(text)
        return clean_text(wrapped[1].replace('""', '"')) if wrapped else text
    scientific = _SCIENTIFIC.match(text) if "+" in text else None
    if scientific and int(scientific[1]) >= _SHEET_SHOWS_ALL_DIGITS_BELOW:
        return Destroyed(text)
    if text[0] == "'" and text[1:].isdecimal():  # the apostrophe people type to keep a number as text
        return text[1:]
    return text


def text_of(cell: Cell) -> str:
    """The cell as a person would read it; "" for an empty one."""
    if cell is None:
        return ""
    if isinstance(cell, (Destroyed, CellError)):
        return cell.text
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    return format(cell, "f") if isinstance(cell, Decimal) else str(cell)


def neutralise(text: str) -> str:
    """The text with an apostrophe before whatever a spreadsheet could run; `restore` takes it away again."""
    return _NEUTRALISE.sub(r"\1'", text)


def restore(text: str) -> str:
    """The text as it was before `neutralise`."""
    return _RESTORE.sub(r"\1", text)
