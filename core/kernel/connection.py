"""The one database: who may write to it, and how long a writer waits for the lock.

What is no POST may not write (`core.web.requests` says so for every route): the engine itself refuses, whatever a view or a module does.
Reads never wait for a writer: SQLite's log and PostgreSQL's versions show them what was committed last.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeVar

from peewee import DatabaseError, DatabaseProxy, SqliteDatabase

from .errors import BusyError, PluginRefused, WriteRefused
from .i18n import _

T = TypeVar("T")


_withheld: ContextVar[bool] = ContextVar("youthpilot_database_withheld", default=False)


class _Bound(DatabaseProxy):
    """The engine that is open. peewee's proxy makes blocks of its own, past what our engines make of them."""

    def atomic(self, *args: Any, **kwargs: Any) -> Any:
        """A transaction, or inside one a savepoint."""
        return self.__getattr__("atomic")(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        _refuse_withheld()
        return super().__getattr__(name)


def _refuse_withheld() -> None:
    if _withheld.get():
        raise PluginRefused("a declaration neither reads nor writes the database: do it in the hooks that happen in a county")


def withhold_database() -> None:
    """From here on nothing in this context uses the database, whether it is open or not. Never taken back: for a context of its own."""
    _withheld.set(True)


database = _Bound()
_write_lock = threading.RLock()
_READ_ONLY_TRANSACTION, _LOCK_NOT_AVAILABLE = "25006", "55P03"  # PostgreSQL's SQLSTATE


@dataclass(frozen=True)
class Terms:
    """On which terms this thread works. patience: seconds that it waits for another writer; None: outside requests, as long as it takes."""

    read_only: bool = False
    patience: float | None = None


_FREE = Terms()
_terms: ContextVar[Terms] = ContextVar("youthpilot_database_terms", default=_FREE)


def is_read_only() -> bool:
    """True where the database refuses every write: while a request that is no POST is answered."""
    return _terms.get().read_only


@contextmanager
def database_terms(read_only: bool = False, patience: float | None = None) -> Iterator[None]:
    """Inside, the database is used on these terms only, by the connection that is open and by those opened meanwhile."""
    token = _terms.set(Terms(read_only, patience))
    try:
        _apply()
        yield
    finally:
        _terms.reset(token)
        _apply()


def _apply() -> None:
    if database.obj is not None and not database.is_closed():
        database.obj.keep_terms(database.connection())


class KeepsTerms:
    """What every engine of ours does: each connection gets the terms, and what the engine refuses is told in our own errors."""

    def _initialize_connection(self, connection: Any) -> None:
        super()._initialize_connection(connection)  # type: ignore[misc]
        self.keep_terms(connection)

    def keep_terms(self, connection: Any) -> None:
        """Tell the connection the terms in force."""
        raise NotImplementedError

    def begin(self, *args: Any, **kwargs: Any) -> None:
        """Begin a transaction. Raises BusyError, WriteRefused."""
        _told(lambda: super(KeepsTerms, self).begin(*args, **kwargs))  # type: ignore[misc]

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        """Send a statement. Raises BusyError, WriteRefused."""
        return _told(lambda: super(KeepsTerms, self).execute_sql(sql, params))  # type: ignore[misc]


class SqliteTerms(KeepsTerms):
    """`query_only` refuses every change of the file, temporary tables too."""

    def keep_terms(self, connection: Any) -> None:
        """The pragmas of the terms in force."""
        terms = _terms.get()
        seconds = self._timeout if terms.patience is None else terms.patience  # type: ignore[attr-defined]
        connection.execute(f"PRAGMA query_only = {int(terms.read_only)}")
        connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")


class PostgresTerms(KeepsTerms):
    """Transactions are read only by default, and a lock is waited for so long; said anew whenever the pool hands a connection out."""

    def keep_terms(self, connection: Any) -> None:
        """The settings of the terms in force."""
        terms = _terms.get()
        wait = 0 if terms.patience is None else max(1, int(terms.patience * 1000))  # 0: for ever
        connection.execute(f"SET default_transaction_read_only = {'on' if terms.read_only else 'off'}; SET lock_timeout = {wait}")


def _told(call: Callable[[], T]) -> T:
    try:
        return call()
    except DatabaseError as error:
        ours = _ours(getattr(error, "orig", error))
        if ours is None:
            raise
        raise ours from error


def _ours(cause: Any) -> Exception | None:
    """BusyError, WriteRefused, or None for what the driver says else."""
    state, code = getattr(cause, "sqlstate", None), getattr(cause, "sqlite_errorcode", 0) & 0xFF
    if state == _LOCK_NOT_AVAILABLE or code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return _busy()
    if state == _READ_ONLY_TRANSACTION or code == sqlite3.SQLITE_READONLY and is_read_only():
        return _refused()
    return None


def _busy() -> BusyError:
    return BusyError(_("Somebody else is writing much at this moment. Please try again in a moment."))


def _refused() -> WriteRefused:
    return WriteRefused("a request that is not POST changes nothing: write in a POST, or after the answer (core.kernel.afterwards)")


def is_sqlite() -> bool:
    """True on SQLite, False on PostgreSQL."""
    return isinstance(database.obj, SqliteDatabase)


@contextmanager
def transaction() -> Iterator[None]:
    """One write transaction (BEGIN IMMEDIATE on SQLite, one writer per process in line). Nested blocks are savepoints.

    Raises BusyError if another writer keeps the lock longer than the request waits, WriteRefused where nothing may be written.
    """
    _refuse_withheld()
    if is_read_only():
        raise _refused()
    if not is_sqlite():
        with database.atomic():
            yield
        return
    with _in_line(), database.atomic():
        yield


@contextmanager
def at_one_moment() -> Iterator[None]:
    """Inside, everything is read as it was at one moment, whoever commits meanwhile, and nothing is written. Inside a transaction nothing changes."""
    if database.in_transaction():
        yield
        return
    with database_terms(read_only=True, patience=_terms.get().patience):
        if is_sqlite():
            with database.obj.transaction("DEFERRED"):
                yield
        else:
            with database.obj.atomic():
                database.connection().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                yield


@contextmanager
def _in_line() -> Iterator[None]:
    """One writer of this process at a time. What was waited here is not waited again for other processes."""
    patience, start = _terms.get().patience, monotonic()
    if not _write_lock.acquire(timeout=-1 if patience is None else patience):
        raise _busy()
    try:
        if patience is not None and not database.in_transaction():
            left = max(0.0, patience - (monotonic() - start))
            database.connection().execute(f"PRAGMA busy_timeout = {int(left * 1000)}")
        yield
    finally:
        _write_lock.release()
