"""Text files: encoding, separator, rows. Runs in the child process."""

import codecs
import csv
import io
import itertools
import re
from collections import Counter

from .limits import Limits, Refused

SEPARATORS = ",;\t"
_SAMPLE_LINES = 60
_SEP_LINE = re.compile(r"^sep=(.)\r?\n", re.IGNORECASE)


def decode(data: bytes) -> tuple[str, str]:
    """(text, encoding): UTF-8, UTF-16 if it says so itself, else GB18030 (which holds GBK and GB2312). Raises Refused("encoding")."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        order: tuple[str, ...] = ("utf-16",)
    else:
        order = ("utf-8-sig", "gb18030")
    for encoding in order:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text, encoding
    raise Refused("encoding")


def read_rows(text: str, limits: Limits) -> list[list[str]]:
    """The rows as they stand, empty ones included. Raises Refused for too much, or for quotes that do not close."""
    declared = _SEP_LINE.match(text)
    separator = declared[1] if declared else sniff(text)
    # The line stays as an empty one: row numbers in messages must be those that the user sees.
    lines = io.StringIO(text[declared.end() - 1 :] if declared else text, newline="")
    reader = csv.reader(lines, delimiter=separator, strict=True)
    rows: list[list[str]] = []
    try:
        for row in reader:
            if len(row) > limits.columns and any(cell.strip() for cell in row[limits.columns :]):
                raise Refused("columns", limit=limits.columns)
            rows.append(row[: limits.columns])
            if len(rows) > limits.rows and any(cell.strip() for cell in row):
                raise Refused("rows", limit=limits.rows)
    except csv.Error as error:
        raise Refused("quotes", line=reader.line_num) from error
    return rows


def sniff(text: str) -> str:
    """The separator that cuts the first lines into the most, and most equal, columns; a comma if none does."""
    sample = list(itertools.islice(io.StringIO(text[:20_000], newline=""), _SAMPLE_LINES))
    return max(SEPARATORS, key=lambda separator: _regularity(sample, separator))


def _regularity(sample: list[str], separator: str) -> int:
    try:
        widths = Counter(len(row) for row in csv.reader(sample, delimiter=separator) if len(row) > 1)
    except csv.Error:
        return 0
    return max(((width - 1) * count for width, count in widths.items()), default=0)
