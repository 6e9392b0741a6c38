"""The engines behind `database`: SQLite in the home, PostgreSQL by DATABASE_URL."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from peewee import SqliteDatabase

from .connection import SqliteTerms, database
from .db import Walled
from .postgres import open_postgres

WAL_LIMIT = 16 * 1024 * 1024  # bytes; a longer log is cut once its pages are in the database


class Sqlite(Walled, SqliteTerms, SqliteDatabase):
    """SQLite with WAL, synchronous=FULL and BEGIN IMMEDIATE (security.md DEC6)."""

    def alive(self) -> bool:
        """False if SQLite has ended the transaction by itself (a full disk): another ROLLBACK would only hide the cause."""
        return bool(self.connection().in_transaction)

    def rollback(self) -> None:
        """Undo the transaction, unless SQLite has done so already."""
        if self.alive():
            super().rollback()


def open_database(url: str) -> Any:
    """Bind `database` to sqlite:///path or postgresql://… and return it. Nothing is connected yet."""
    parsed = urlparse(url)
    if parsed.scheme == "sqlite":
        path = url.removeprefix("sqlite:///")
        if path not in ("", ":memory:"):
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        pragmas = {"journal_mode": "wal", "synchronous": "full", "foreign_keys": 1, "cache_size": -64_000, "temp_store": "memory"}
        pragmas["journal_size_limit"] = WAL_LIMIT
        engine = Sqlite(path or ":memory:", timeout=30, lock_type="IMMEDIATE", pragmas=pragmas)
    else:
        engine = open_postgres(url)
    database.initialize(engine)
    return engine


class Scratch(Sqlite):
    """A database in memory to look at a schema in. Its columns have PostgreSQL's types, which tell more apart than SQLite's."""

    type_names = {"bool": "BOOLEAN", "big": "BIGINT"}


@contextmanager
def scratch_database() -> Iterator[None]:
    """Inside, `database` is an empty one in memory; afterwards what it was before."""
    bound = database.obj
    database.initialize(Scratch(":memory:", pragmas={"foreign_keys": 1}))
    database.connect()
    try:
        yield
    finally:
        database.close()
        database.initialize(bound)
