"""Where a request may be sent back to, and numbers from an address: both come from outside and are judged here."""

import re
from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import urlsplit

from flask import abort, request

from youthpilot.core.errors import RuleError
from youthpilot.core.i18n import _

_CONTROL = re.compile(r"[\x00-\x20\x7f\\]")
T = TypeVar("T")
BIGGEST_ID = 2**63 - 1
BIGGEST_PAGE = 1_000_000


def safe_target(raw: str | None, default: str) -> str:
    """`raw` if it is a path inside this application and this county, else `default` (security.md D6).

    A path starts with one slash; no scheme, no host, no backslash, no control character, no blank.
    """
    if not raw or len(raw) > 2000 or not raw.startswith("/") or raw.startswith("//") or _CONTROL.search(raw):
        return default
    parts = urlsplit(raw)
    if parts.scheme or parts.netloc or "/../" in parts.path + "/":
        return default
    root = request.script_root
    return raw if not root or parts.path == root or parts.path.startswith(root + "/") else default


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


def chosen_act(name: str, acts: Mapping[str, T]) -> T:
    """What the posted field `name` asks for, from `acts` (word in the form → its meaning).

    A word that is missing or unknown asks for nothing: it is refused (RuleError, 422), never taken for one of the others.
    """
    word = request.form.get(name, "")
    if word not in acts:
        raise RuleError(_("Nothing was done: the page did not say which act is meant. Go back, reload the page and press the button again"), name)
    return acts[word]
