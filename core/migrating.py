"""Numbered migrations: all of core, then every installed module in dependency order, enabled or not.

One history table for all; a file is one transaction; only one process migrates at a time. A module whose migrations are
pending or failed is not loaded.
"""

import graphlib
import importlib.util
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from peewee import CharField

from .clock import now
from .db import BaseModel, database, is_sqlite
from .fields import UtcDateTimeField
from .registry import Registry
from .schema import lock_triggers, missing_triggers, refresh_statistics, run
from .scope import unscoped

log = structlog.get_logger()
CORE_MIGRATIONS = str(Path(__file__).parent / "migrations")


class MigrationHistory(BaseModel):
    """Which scripts were applied: `owner:0001_initial`."""

    name = CharField(max_length=120, unique=True)
    applied_at = UtcDateTimeField()

    class Meta:
        table_name = "core_migration"


Source = str | dict[str, list[str]]  # a folder of scripts, or name → statements for a module in one file


@dataclass(frozen=True)
class Step:
    """One script of one owner ('core' or a module's name)."""

    owner: str
    stem: str
    up: Callable[[], None]

    @property
    def name(self) -> str:
        return f"{self.owner}:{self.stem}"


def steps(owner: str, source: Source) -> list[Step]:
    """The owner's scripts in order. The statements of a one-file module are frozen text, like those of a script."""
    if isinstance(source, dict):
        return [Step(owner, stem, partial(run, statements)) for stem, statements in sorted(source.items())]
    return [Step(owner, p.stem, partial(_run_script, owner, p)) for p in sorted(Path(source).glob("[0-9]*.py"))]


def applied() -> set[str]:
    """Names of applied scripts; empty before the first `db up`."""
    if "core_migration" not in database.get_tables():
        return set()
    return {name for (name,) in MigrationHistory.select(MigrationHistory.name).tuples()}


def pending(owner: str, source: Source) -> list[Step]:
    """Scripts not applied yet."""
    done = applied()
    return [s for s in steps(owner, source) if s.name not in done]


def upgrade(registry: Registry) -> list[str]:
    """Apply everything pending; returns the names applied. A module that fails is refused and recorded, core's failure raises.

    Raises KeysRefused, before anything is changed, if the database was written with keys that are not in the home.
    """
    from .keys.services import refuse_upgrade, upgrade_keys

    with _one_at_a_time(), unscoped("migrations"):
        refuse_upgrade()
        MigrationHistory.create_table(safe=True)
        done = [_apply(s) for s in pending("core", CORE_MIGRATIONS)]
        for name in _order(registry):
            item = registry.loaded[name]
            try:
                done += [_apply(s) for s in pending(name, item.migrations)] if item.migrations else []
            except Exception as error:
                registry.refuse(name, error)
        lock_triggers(core_models() + registry.models())
        upgrade_keys()
        if done:
            refresh_statistics()
    return done


def refuse_pending(registry: Registry) -> None:
    """Take modules with pending migrations out of the registry. Raises RuntimeError if core's own are pending."""
    with unscoped("migration status"):
        if pending("core", CORE_MIGRATIONS):
            raise RuntimeError("数据库尚未升级：请先运行 youthpilot db up")
        for name in list(registry.loaded):
            item = registry.loaded[name]
            if item.migrations and pending(name, item.migrations):
                registry.refuse(name, RuntimeError("migrations are pending: run `youthpilot db up`"))
        registry.check_dependencies()


def unlocked_tables(registry: Registry) -> list[str]:
    """Lock triggers that are missing in the catalogue: must be empty."""
    with unscoped("migration status"):
        return missing_triggers(core_models() + registry.models())


def core_models() -> list[Any]:
    """All models of core, parents before children."""
    from .accounts import models as accounts
    from .audit import models as audit
    from .cadres import models as cadres
    from .counties import models as counties
    from .importing import models as importing
    from .keys import models as keys
    from .organizations import models as organizations
    from .periods import models as periods

    found: dict[str, Any] = {}
    for module in (counties, organizations, accounts, cadres, audit, periods, importing, keys):
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, BaseModel) and value._meta.table_name.startswith("core_"):
                found.setdefault(value._meta.table_name, value)
    return list(found.values())


def _order(registry: Registry) -> list[str]:
    graph = {name: set(item.plugin.depends_on) for name, item in registry.loaded.items()}
    return list(graphlib.TopologicalSorter(graph).static_order())


def _apply(step: Step) -> str:
    with database.atomic():
        step.up()
        MigrationHistory.create(name=step.name, applied_at=now())
    log.info("migration applied", name=step.name)
    return step.name


def _run_script(owner: str, path: Path) -> None:
    spec = importlib.util.spec_from_file_location(f"youthpilot_migration_{owner}_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise RuntimeError(f"{path} cannot be read")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.up()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Only one process migrates: an advisory lock on PostgreSQL, a lock file beside the database on SQLite."""
    if not is_sqlite():
        key = zlib.crc32(b"youthpilot.migrate")
        database.execute_sql("SELECT pg_advisory_lock(%s)", (key,))
        try:
            yield
        finally:
            database.execute_sql("SELECT pg_advisory_unlock(%s)", (key,))
        return
    if str(database.database) == ":memory:":
        yield
        return
    lock = Path(f"{database.database}.migrate.lock")
    with lock.open("w") as handle:
        with suppress(ImportError):
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
