"""The county in the address: `/c/<county>/…` is taken off here and moved to SCRIPT_NAME, so that every url_for keeps it."""

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

COUNTY_PREFIX = re.compile(r"/c/([a-z0-9-]{2,32})(?=/|$)")
ENVIRON_KEY = "youthpilot.county"


class CountyAddress:
    """WSGI layer outside Flask, inside ProxyFix. Without the prefix the request is on the platform's side."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        match = COUNTY_PREFIX.match(environ.get("PATH_INFO", ""))
        if match:
            environ[ENVIRON_KEY] = match[1]
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + match[0]
            environ["PATH_INFO"] = environ["PATH_INFO"][match.end() :] or "/"
        return self.app(environ, start_response)


_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_LAYERS = 5  # of percent-encoding; more than that nobody writes by accident


def plain_path(target: str | None) -> str:
    """The decoded path of an address that stays inside this application, '' for any other.

    Inside: one slash first, no host, backslash, blank or control character, and no `..` as a part, whatever layers
    of percent-encoding hide them. What comes back is what a browser or a proxy may make of it: judge that, not `target`.
    """
    if not target or len(target) > 2000 or not target.startswith("/") or target.startswith("//") or _UNSAFE.search(target):
        return ""
    try:
        parts = urlsplit(target)
    except ValueError:
        return ""
    path = parts.path
    for _layer in range(_LAYERS):
        decoded = unquote(path)
        if decoded == path:
            break
        path = decoded
    inside = path.startswith("/") and not parts.netloc and not re.search(r"%[0-9a-fA-F]{2}", path)
    climbs = "//" in path or _UNSAFE.search(path.replace(" ", "")) or ".." in path.split("/")
    return "/".join(part for part in path.split("/") if part != ".") if inside and not climbs else ""


def county_of(path: str) -> str:
    """The county's code in a plain path, '' on the platform's side."""
    match = COUNTY_PREFIX.match(path)
    return match[1] if match else ""
