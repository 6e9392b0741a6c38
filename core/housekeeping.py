"""What a server does beside answering: at its start and hourly, in a thread of its own, and never so that it could stop the server."""

import threading
import time
from collections.abc import Callable, Sequence

import structlog

from .kernel.db import database

log = structlog.get_logger()
HOUR = 3600  # seconds


def start(acts: Sequence[Callable[[], None]]) -> None:
    """Begin now, and again every hour as long as the process lives."""
    threading.Thread(target=_forever, args=(acts,), name="housekeeping", daemon=True).start()


def _forever(acts: Sequence[Callable[[], None]]) -> None:
    while True:
        for act in acts:
            do_one(act)
        time.sleep(HOUR)


def do_one(act: Callable[[], None]) -> None:
    """One of them, with the database open; whatever it raises is logged."""
    try:
        database.connect(reuse_if_open=True)
        act()
    except Exception as error:
        log.error("housekeeping failed", act=f"{act.__module__}.{act.__qualname__}", exc_info=error)
    finally:
        if not database.is_closed():
            database.close()
