"""Where a request may be sent back to, and numbers from an address: both come from outside and are judged here."""

import re
from collections.abc import Mapping
from typing import TypeVar

from flask import abort, current_app, request, url_for

from youthpilot.core.accounts import allowed
from youthpilot.core.kernel.address import plain_path
from youthpilot.core.kernel.errors import RuleError
from youthpilot.core.kernel.i18n import _

T = TypeVar("T")
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


def import_url(key: str = "") -> str:
    """Where the person brings records in by a file of the importer `key` ('': all of them); '' if he may not or nothing imports here."""
    if "imports.new" not in current_app.view_functions or not allowed("imports.run"):
        return ""
    return url_for("imports.new", key=key) if key else url_for("imports.index")


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

    A word that is missing or unknown asks for nothing, and two words for no one of the two: refused (RuleError, 422), never taken for another.
    """
    words = set(request.form.getlist(name))
    word = words.pop() if len(words) == 1 else ""
    if word not in acts:
        raise RuleError(_("Nothing was done: the page did not say which act is meant. Go back, reload the page and press the button again"), name)
    return acts[word]
