"""The host's own bookkeeping: when a person was last seen, refused requests, faults of modules.

It is gathered in memory while a request is answered and written when the answer is made, in one short transaction that waits for
nobody: if another writer has the database, a thread of the process writes it as soon as it can. So a read never needs the write
lock. At an orderly stop what is left is written; a process that is killed loses what the thread still had.
"""

import atexit
import os
import threading
from collections import deque
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import structlog
from flask import has_request_context

from .connection import database, database_terms, is_read_only, transaction
from .errors import BusyError

log = structlog.get_logger()
MOST = 10_000  # entries; more can only gather while the database is locked for minutes
_BATCH = 200  # entries in one transaction
_PATIENCE = 5.0  # seconds: of the thread at each try, and of the stop


@dataclass
class _Gathered:
    """What is still to be written, the oldest first, and who writes it."""

    entries: "deque[tuple[Any, str, Callable[[], object]]]" = field(default_factory=deque)  # (database, what, write)
    writing: Any = field(default_factory=threading.Lock)
    wanted: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None


_state = _Gathered()


def after_answer(what: str, write: Callable[[], object]) -> None:
    """Have `write` run in a short transaction once the answer of this request is made; outside a request and a transaction at once.

    It runs without request, scope and actor: bind what it needs. What it raises is logged as `what`, and undoes nothing else.
    """
    if len(_state.entries) >= MOST:
        log.error("bookkeeping lost: too much of it waits for the database", what=what)
        return
    _state.entries.append((database.obj, what, write))
    if not has_request_context():
        write_gathered(_PATIENCE)


def soon(what: str, write: Callable[[], object]) -> None:
    """Write now if this request may write, else (a page is only shown, or the database is busy) after the answer."""
    if not is_read_only():
        try:
            write()
            return
        except BusyError:
            pass
    after_answer(what, write)


def write_gathered(patience: float = 0.0) -> None:
    """Write what was gathered, waiting at most `patience` seconds for other writers; what cannot be written yet is left to the thread."""
    if _state.entries and (database.in_transaction() or not _write(patience)):
        _wake()


def _write(patience: float) -> bool:
    """True if nothing is left, or somebody else of this process is writing it."""
    while _state.entries:
        if not _state.writing.acquire(timeout=patience):
            return patience == 0  # whoever holds it looks again before he leaves
        try:
            while _state.entries:
                _write_batch(patience)
        except BusyError:
            return False
        finally:
            _state.writing.release()
    return True


def _write_batch(patience: float) -> None:
    batch = list(islice(_state.entries, _BATCH))  # they stay gathered until they are written: a stop may come in between
    try:
        with database_terms(patience=patience), transaction():
            for engine, what, write in batch:
                if engine is database.obj:  # else it belongs to a database that is not open any more
                    _one(what, write)
    except BusyError:
        raise
    except Exception as error:  # e.g. at the commit: tried once, told
        log.error("bookkeeping failed", what=[what for _engine, what, _write in batch], exc_info=error)
    for _entry in batch:
        _state.entries.popleft()


def _one(what: str, write: Callable[[], object]) -> None:
    try:
        with transaction():
            Context().run(write)
    except BusyError:
        raise
    except Exception as error:
        log.error("bookkeeping failed", what=what, exc_info=error)


# the thread ----------------------------------------------------------------------------------------------------------


def _wake() -> None:
    if _state.thread is None:
        _state.thread = threading.Thread(target=_work, name="bookkeeping", daemon=True)
        _state.thread.start()
    _state.wanted.set()


def _work() -> None:
    while True:
        _state.wanted.wait()
        _state.wanted.clear()
        try:
            while not _write(_PATIENCE):
                pass
        except BaseException as error:  # the thread must outlive whatever happens to the database
            log.error("bookkeeping failed", exc_info=error)
        finally:
            if not database.is_closed():
                database.close()


def _stop() -> None:
    """At an orderly stop: what is left is written, or told in the log."""
    if _state.entries and not _write(_PATIENCE):
        log.error("bookkeeping lost: the database stayed locked until the stop", entries=len(_state.entries))


def _after_fork() -> None:
    """What the parent gathered is the parent's to write; its thread is not here."""
    global _state
    _state = _Gathered()


atexit.register(_stop)
os.register_at_fork(after_in_child=_after_fork)
