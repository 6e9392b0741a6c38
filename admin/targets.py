"""Where a request may be sent back to, and numbers from an address: both come from outside and are judged here."""

import re

from flask import abort, request

from youthpilot.core.address import plain_path

BIGGEST_ID = 2**63 - 1
BIGGEST_PAGE = 1_000_000


def safe_target(raw: str | None, default: str) -> str:
    """`raw` if it is a path inside this application and this county, however it is encoded, else `default` (security.md D6)."""
    path, root = plain_path(raw), request.script_root
    inside = path and (not root or path == root or path.startswith(root + "/"))
    return raw if raw and inside else default


def back(default: str) -> str:
    """The safe `url` of the request's address or form, else `default`."""
    return safe_target(request.values.get("url"), default)


def bounded(raw: object, low: int, high: int, default: int | None = None) -> int:
    """`raw` as a whole number from low to high, both included; `default` if it is missing. Anything else answers 400."""
    if (raw is None or raw == "") and default is not None:
        return default
    text = str(raw)
    if not re.fullmatch(r"[0-9]{1,19}", text) or not low <= int(text) <= high:
        abort(400)
    return int(text)


def row_id(raw: object) -> int:
    """A row's id from the address or a form. Anything but 1 … 2^63-1 answers 400."""
    return bounded(raw, 1, BIGGEST_ID)


def one_of(raw: object, *words: str) -> str:
    """`raw` if it is one of the words that a form may send. Anything else answers 400: an act that nobody named is never done."""
    return str(raw) if raw in words else abort(400)
