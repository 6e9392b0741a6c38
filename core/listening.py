"""Where people reach the application: what one-time links of the command line begin with.

Each server writes it into the home when it starts, since a shell knows neither the PUBLIC_URL of a service nor the port of `serve`.
"""

import os
from contextlib import suppress

import structlog

from .kernel.home import home

log = structlog.get_logger()
PORT = 8765  # of `serve` without --port
NAME = "served-at"
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared, nothing is bound here


def remember_address(public_url: str, host: str, port: int) -> None:
    """Keep where the server of this process is reached: `public_url`, else the address that it listens on."""
    place = _ANYWHERE.get(host) or (f"[{host}]" if ":" in host else host)
    target, draft = home() / NAME, home() / f"{NAME}.{os.getpid()}"
    try:
        draft.write_text(public_url or f"http://{place}:{port}", encoding="utf-8")
        draft.chmod(0o600)
        draft.replace(target)
    except OSError as error:  # the server runs all the same
        log.warning("address not kept", path=str(target), reason=str(error))
        draft.unlink(missing_ok=True)


def site_address() -> str:
    """What links begin with, without a slash: PUBLIC_URL, else what the last server of this home said, else where `serve` listens by default."""
    told = os.environ.get("PUBLIC_URL", "")
    with suppress(OSError):
        told = told or (home() / NAME).read_text(encoding="utf-8").strip()
    return told.rstrip("/") or f"http://127.0.0.1:{PORT}"
