"""A copy of the SQLite database as it was at one moment, taken by SQLite itself while others write, and the proof that it is whole."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from youthpilot.core.audit.last import last_entry_fits
from youthpilot.core.audit.services import verify
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.engines import open_database
from youthpilot.core.kernel.home import home
from youthpilot.core.migrating import CORE_MIGRATIONS, pending
from youthpilot.core.replacing import DATABASE

from ..words import _
from .manifest import BackupRefused


def copy_database(source: Path, target: Path) -> dict[str, int]:
    """Copy the database; returns the rows of each table at the moment of the copy. Raises sqlite3.Error, OSError."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(_plain(source)) as live, closing(_plain(target)) as copy:
        live.execute("BEGIN")  # the reader's snapshot, which the copy keeps to
        counts = count_rows(live)
        live.backup(copy)
        live.execute("COMMIT")
    settle(target)
    return counts


def prove(path: Path, counts: dict[str, int]) -> list[str]:
    """Raise BackupRefused if the file is damaged or has other rows than `counts`; returns references that lead nowhere, as sentences."""
    with closing(_plain(path)) as copy:
        said = [line for (line,) in copy.execute("PRAGMA integrity_check(5)")]
        if said != ["ok"]:
            raise BackupRefused(_("The database file is damaged: %(said)s. Restore the last good backup", said="; ".join(said)))
        found = count_rows(copy)
        if found != counts:
            tables = sorted(name for name in {*found, *counts} if found.get(name) != counts.get(name))
            raise BackupRefused(_("The copy has other rows than the database in: %(tables)s", tables=", ".join(tables)))
        broken = sorted({row[0] for row in copy.execute("PRAGMA foreign_key_check")})
    return [_("Rows of %(table)s refer to rows that do not exist", table=table) for table in broken]


def count_rows(connection: sqlite3.Connection) -> dict[str, int]:
    """How many rows each table has."""
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in tables.fetchall()}  # noqa: S608 - names of the catalogue


def settle(path: Path) -> None:
    """Bring everything into the one file: no -wal and -shm beside it."""
    with closing(_plain(path)) as copy:
        copy.execute("PRAGMA journal_mode = DELETE")


def _plain(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=30)


@contextmanager
def as_home(folder: Path) -> Iterator[None]:
    """Work in `folder` as if it were the home, with the keys of the real one; its database is open inside the block."""
    (folder / "keys").symlink_to(home() / "keys")
    before = {name: os.environ.get(name) for name in ("YOUTHPILOT_HOME", "DATABASE_URL")}
    bound = database.obj
    os.environ.update(YOUTHPILOT_HOME=str(folder), DATABASE_URL=f"sqlite:///{folder / DATABASE}")
    try:
        open_database(os.environ["DATABASE_URL"])
        database.connect()
        yield
    finally:
        if database.obj is not bound and not database.is_closed():
            database.close()
        database.initialize(bound)
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)
        (folder / "keys").unlink()
        settle(folder / DATABASE)


def log_findings() -> list[str]:
    """What is wrong with the audit log of the open database; of an older schema only its last entry is looked at."""
    if pending_schema():
        return [] if last_entry_fits() else [_("The last entry of the audit log was changed")]
    return [str(finding) for finding in verify()]


def pending_schema() -> bool:
    """True if the open database is older than this version."""
    return bool(pending("core", CORE_MIGRATIONS))
