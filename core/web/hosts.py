"""By which names the application may be called, and whole addresses that leave it (one-time links, QR codes).

A Host header comes from whoever sends the request: a link that was built from it would lead where an attacker wants it.
"""

import os
import re
import socket
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, request

from ..kernel.i18n import _

LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})
_HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::[0-9]{1,5})?")


def trusted_hosts(public_url: str, bound: str = "") -> frozenset[str]:
    """The names, without port, that a Host header may have: of `public_url`, of `YOUTHPILOT_TRUSTED_HOSTS` (commas; a leading
    dot means every name below it), this machine's loopback. With neither set also what the server was `bound` to.
    """
    listed = {name.strip().casefold() for name in os.environ.get("YOUTHPILOT_TRUSTED_HOSTS", "").split(",") if name.strip()}
    public = host_of(urlsplit(public_url).netloc)
    named = listed | ({public} if public else set())
    return LOCAL | (named or _own_names(bound))


def host_of(header: str) -> str:
    """The name in a Host header, in small letters and without its port; '' if it is none."""
    match = _HOST.fullmatch(header.strip().casefold())
    return match[1] if match else ""


def is_trusted(header: str, trusted: Iterable[str]) -> bool:
    """True if a Host header names one of the trusted hosts."""
    name = host_of(header)
    return bool(name) and any(name == each or each.startswith(".") and name.endswith(each) for each in trusted)


def _own_names(bound: str) -> set[str]:
    """What a server answers to that was bound to an address; bound to all of them ("0.0.0.0"): the machine's own name and addresses."""
    if bound not in ("0.0.0.0", "::"):  # noqa: S104 - compared, nothing is bound here
        return {f"[{bound}]" if ":" in bound else bound.casefold()} if bound else set()
    name = socket.gethostname()
    try:
        found = {info[4][0] for info in socket.getaddrinfo(name, None)}
    except OSError:  # a machine that cannot resolve its own name is reached by the names that the operator lists
        found = set()
    return {name.casefold(), *(f"[{address}]" if ":" in str(address) else str(address) for address in found)}


def external_url(path: str) -> str:
    """The whole address of a path of this application (from `url_for`): below PUBLIC_URL, else below the host that was asked.

    What was asked is one of the trusted hosts: `TrustedHosts` has answered every other request.
    """
    base = current_app.config.get("PUBLIC_URL") or request.host_url
    return f"{base.rstrip('/')}{path}"


def same_site(address: str) -> bool:
    """True if a whole address (an Origin, a Referer) lies on this site, under the name that was asked or that of PUBLIC_URL."""
    place = urlsplit(address).netloc.casefold()
    return bool(place) and place in {request.host.casefold(), urlsplit(current_app.config.get("PUBLIC_URL") or "").netloc.casefold()}


def sent_from_here() -> bool:
    """True if the browser says that what it sends comes from a page of this site; False also where it does not say."""
    if "Sec-Fetch-Site" in request.headers:
        return request.headers["Sec-Fetch-Site"] == "same-origin"
    return same_site(request.headers.get("Origin") or request.referrer or "")


class TrustedHosts:
    """WSGI layer inside ProxyFix, outside Flask: a request under a name that is not ours is answered with 400."""

    def __init__(self, app: Callable[..., Iterable[bytes]], trusted: frozenset[str]) -> None:
        self.app, self.trusted = app, trusted

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if is_trusted(environ.get("HTTP_HOST") or environ.get("SERVER_NAME", ""), self.trusted):
            return self.app(environ, start_response)
        text = _("This is not an address of this site: use the one that you were given. Operator: list it in YOUTHPILOT_TRUSTED_HOSTS.")
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store")]
        start_response("400 Bad Request", headers)
        return [f"{text}\n".encode()]
