"""HEAD is GET without a body: views, policies and the CSRF check never meet it, so that none can take it for an act."""

from collections.abc import Callable, Iterable
from typing import Any


class HeadAsGet:
    """WSGI layer around the application."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("REQUEST_METHOD") != "HEAD":
            return self.app(environ, start_response)
        body = self.app({**environ, "REQUEST_METHOD": "GET"}, start_response)
        if hasattr(body, "close"):
            body.close()
        return []
