"""What changes with every commit to the SQLite database, whoever makes it: the name under which computed results are kept.

One connection of the process watches and stays open. `PRAGMA data_version` on it changes with every commit of any other connection,
of this process or of another, and with none that was rolled back. Nothing but SQLite touches SQLite's files: closing any
descriptor of them would drop the locks that this process holds.
"""

import os
import sqlite3
import threading
from itertools import count
from pathlib import Path

import structlog

from .connection import database, is_sqlite

log = structlog.get_logger()


class Watch:
    """The watching connection. It only reads; it is opened anew for another file, another process, and after an error."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._epochs = count(1)  # numbers of two connections have nothing to do with each other
        self._forget()

    def _forget(self) -> None:
        self._connection: sqlite3.Connection | None = None
        self._epoch, self._file = 0, ("", 0, 0)

    def version(self, path: str) -> tuple[int, int] | None:
        """(connection, commit) as of now; None if it cannot be told."""
        with self._lock:
            try:
                connection = self._open(path)
                [(commit,)] = connection.execute("PRAGMA data_version").fetchall()
            except (sqlite3.Error, OSError) as error:
                log.warning("the database cannot be watched", exc_info=error)
                self._close()
                return None
            return self._epoch, commit

    def _open(self, path: str) -> sqlite3.Connection:
        found = Path(path).stat()
        file = (path, found.st_dev, found.st_ino)  # a restored database has the old one's path
        if self._connection is None or file != self._file:
            self._close()
            self._connection = sqlite3.connect(path, timeout=1, isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA query_only = 1")
            self._epoch, self._file = next(self._epochs), file
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._forget()

    def leave_to_parent(self) -> None:
        """In a forked process: the parent's connection is neither used nor closed."""
        self._lock = threading.Lock()
        _parents.append(self._connection)
        self._forget()


_parents: list[sqlite3.Connection | None] = []
_watch = Watch()
os.register_at_fork(after_in_child=_watch.leave_to_parent)


def database_version() -> tuple[int, int] | None:
    """The name of the database's present state; None if nothing may be kept (PostgreSQL, in memory, inside a transaction).

    Ask before you read: data newer than their name are harmless, the reverse is not.
    """
    path = str(database.database) if is_sqlite() else ":memory:"
    return None if path == ":memory:" or database.in_transaction() else _watch.version(path)


def is_unchanged(version: tuple[int, int] | None) -> bool:
    """True if nobody has committed since `version` was asked; of None it cannot be told. Holding the writers' lock, it stays so."""
    return version is not None and _watch.version(str(database.database)) == version
