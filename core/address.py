"""The county in the address: `/c/<county>/…` is taken off here and moved to SCRIPT_NAME, so that every url_for keeps it."""

import re
from collections.abc import Callable, Iterable
from typing import Any

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
