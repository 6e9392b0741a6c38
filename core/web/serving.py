"""The application object: a view that ends the process ends its own request only."""

from collections.abc import Callable, Iterator
from typing import Any

import structlog
from flask import Flask, Response, request

log = structlog.get_logger()


class Ended(RuntimeError):
    """A page raised SystemExit or the like; it is answered as any other fault of a page."""


class Application(Flask):
    """Flask, but whatever code of a page raises is an error of that page: a server's thread would die of SystemExit and never answer."""

    def preprocess_request(self) -> Any:
        """The functions before a request."""
        return _contained(super().preprocess_request)

    def dispatch_request(self) -> Any:
        """The view."""
        return _contained(super().dispatch_request)

    def process_response(self, response: Response) -> Response:
        """The functions after it; a body that is made while it is sent is contained too."""
        made: Response = _contained(super().process_response, response)
        _refuse_unsendable(made)
        if made.is_streamed and not made.direct_passthrough:
            made.response = _sent(made.response)
        return made


def _refuse_unsendable(response: Response) -> None:
    """Raise ValueError for a header that HTTP cannot carry: only the server would meet it, and end the answer without a page of ours."""
    for name, value in response.headers:
        if name not in ("Location", "Content-Location") and not value.isascii():  # those two werkzeug encodes
            raise ValueError(f"the header {name} holds more than ASCII: {value[:60]!r} (for a file's name use send_file, or file_response)")


def _contained(function: Callable[..., Any], *args: Any) -> Any:
    try:
        return function(*args)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise Ended(f"{request.method} {request.path} ended with {type(error).__name__}") from error


def _sent(chunks: Any) -> Iterator[Any]:
    """The chunks; what ends the process ends the answer."""
    try:
        yield from chunks
    except (Exception, KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:
        raise Ended(f"an answer ended with {type(error).__name__}") from error
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
