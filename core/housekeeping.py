"""What a server does beside answering: hourly, in a thread of its own, and never so that it could stop the server."""

import threading
import time

import structlog

from youthpilot.plugins.importing.jobs import sweep

from .kernel.db import database

log = structlog.get_logger()
HOUR = 3600  # seconds


def start() -> None:
    """Begin now, and again every hour as long as the process lives."""
    threading.Thread(target=_forever, name="housekeeping", daemon=True).start()


def _forever() -> None:
    while True:
        _once()
        time.sleep(HOUR)


def _once() -> None:
    """Delete what was uploaded and never imported."""
    try:
        database.connect(reuse_if_open=True)
        sweep()
    except Exception as error:
        log.error("housekeeping failed", exc_info=error)
    finally:
        if not database.is_closed():
            database.close()
