"""Numbered migrations: all of core, then every installed module in dependency order, enabled or not.

One history table for all; a file is one transaction; only one process migrates at a time. A module whose migrations are
pending or failed is not loaded.
"""

import graphlib
import importlib.util
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from peewee import CharField, TextField

from .accounts import models as accounts
from .audit import models as audit
from .audit.services import adopt
from .batches import models as batches
from .cadres import models as cadres
from .calling import ModuleFault
from .contracts import NOTHING, Contract
from .counties import models as counties
from .kernel.catalogue import catalogue, not_its_own
from .kernel.clock import now
from .kernel.connection import is_sqlite
from .kernel.db import BaseModel, database, transaction
from .kernel.errors import PluginRefused
from .kernel.fields import UtcDateTimeField
from .kernel.i18n import _
from .kernel.schema import lock_triggers, missing_triggers, refresh_statistics, run, table_names
from .kernel.scope import unscoped
from .kernel.stamps import renew_epoch
from .keys import models as keys
from .keys.services import refuse_upgrade, upgrade_keys
from .organizations import models as organizations
from .periods import models as periods
from .registry import Registry

log = structlog.get_logger()
MIGRATING = Contract("migration", "isolate", NOTHING, slow=None, writes=True)
CORE_MIGRATIONS = str(Path(__file__).parent / "migrations")


class MigrationHistory(BaseModel):
    """Which scripts were applied: `owner:0001_initial`."""

    name = CharField(max_length=120, unique=True)
    applied_at = UtcDateTimeField()

    class Meta:
        table_name = "core_migration"


class MigrationFailure(BaseModel):
    """Why a module's script failed at the last `db up`; gone once its scripts are through."""

    owner = CharField(max_length=40, unique=True)
    name = CharField(max_length=120)
    reason = TextField()
    at = UtcDateTimeField()

    class Meta:
        table_name = "core_migration_failure"


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
    """Apply everything pending; returns the names applied. A module that fails is refused and its reason kept, core's failure raises.

    Raises RuntimeError, too, where a newer version has migrated this database already, and KeysRefused, before anything is changed, if the
    database was written with keys that are not in the home.
    """
    with _one_at_a_time(), unscoped("migrations"):
        refuse_upgrade()
        MigrationHistory.create_table(safe=True)
        _refuse_newer()
        done = [_apply(s, own_models(registry)) for s in pending("core", CORE_MIGRATIONS)]
        registry.check_dependencies()
        for name in in_order(registry):
            _upgrade_module(registry, name, done.append)
        with transaction():
            lock_triggers(core_models() + registry.models())
        upgrade_keys()
        _adopt_log()
        if done:
            refresh_statistics()
    return done


def _upgrade_module(registry: Registry, name: str, told: Callable[[str], None]) -> None:
    item = registry.loaded[name]
    try:
        registry.caller.call(name, None, MIGRATING, _apply_all, item, told)
        MigrationFailure.delete().where(MigrationFailure.owner == name).execute()
    except ModuleFault as fault:
        _keep_failure(name, next((step.name for step in pending(name, item.migrations)), name), fault.cause)
        registry.refuse(name, fault)


def _keep_failure(owner: str, name: str, error: BaseException) -> None:
    with transaction():
        MigrationFailure.delete().where(MigrationFailure.owner == owner).execute()
        MigrationFailure.create(owner=owner, name=name, reason=f"{type(error).__name__}: {error}"[:2000], at=now())


def _adopt_log() -> None:
    for text in adopt():
        log.error("the end of the audit log is not kept", reason=text, hint="youthpilot audit verify")


def nothing_installed() -> str:
    """What a command says in an empty home."""
    return _("Nothing is installed here yet: run `youthpilot init` first")


def refuse_pending(registry: Registry) -> None:
    """Take modules out of the registry whose migrations are pending or were made by a newer version. Raises RuntimeError for core's own."""
    with unscoped("migration status"):
        if not applied():
            raise RuntimeError(nothing_installed())
        if pending("core", CORE_MIGRATIONS):
            raise RuntimeError(_("The database has not been upgraded yet: run `youthpilot db up` first"))
        _refuse_newer()
        for name in list(registry.loaded):
            reason = _why_not(name, registry.loaded[name].migrations)
            if reason:
                registry.refuse(name, RuntimeError(reason))
        registry.check_dependencies()


def without_code(registry: Registry) -> list[str]:
    """Modules that have tables here and are not installed, by name."""
    known = {"core", *registry.platform, *registry.loaded, *(failure.name for failure in registry.failures)}
    with unscoped("migration status"):
        return sorted({name.split(":")[0] for name in applied()} - known)


def _why_not(name: str, source: Source) -> str:
    """Why a module's tables are not what its code expects; '' if they are."""
    if newer(name, source):
        return newer_version([(name, source)])
    if not source or not pending(name, source):
        return ""
    failed = MigrationFailure.get_or_none(MigrationFailure.owner == name)
    if failed is None:
        return _("Its migrations are pending: run `youthpilot db up`")
    return _("Its migration %(name)s failed: %(reason)s. Have the module mended, then run `youthpilot db up`", name=failed.name, reason=failed.reason)


def newer(owner: str, source: Source) -> list[str]:
    """Applied scripts that this version does not have: a newer one has been here."""
    known = {step.name for step in steps(owner, source)} if source else set()
    return sorted(name for name in applied() - known if name.startswith(f"{owner}:"))


def newer_version(owners: Iterable[tuple[str, Source]]) -> str:
    """What to do about scripts of a newer version, named; '' if there are none."""
    names = [name for owner, source in owners for name in newer(owner, source)]
    if not names:
        return ""
    return _(
        "A newer version has upgraded this database (%(names)s): install that version, or restore the backup from before", names=", ".join(names)
    )


def _refuse_newer() -> None:
    text = newer_version([("core", CORE_MIGRATIONS)])
    if text:
        raise RuntimeError(text)


def refuse_unlocked(registry: Registry) -> None:
    """Take modules out whose lock triggers are missing. Raises RuntimeError if core's are: what was locked could be rewritten."""
    with unscoped("lock triggers"):
        for item in list(registry.loaded.values()):
            missing = missing_triggers(item.models)
            if missing:
                registry.refuse(item.plugin.name, RuntimeError(_unlocked(missing)))
        missing = missing_triggers(own_models(registry))
    if missing:
        raise RuntimeError(_unlocked(missing))
    registry.check_dependencies()


def _unlocked(names: list[str]) -> str:
    return _("Lock triggers are missing or were replaced (%(names)s): run `youthpilot db up`, then `youthpilot check`", names=", ".join(names))


def unlocked_tables(registry: Registry) -> list[str]:
    """Lock triggers that are missing in the catalogue or do something else: must be empty."""
    with unscoped("migration status"):
        return missing_triggers(core_models() + registry.models())


def own_models(registry: Registry) -> list[Any]:
    """The models of core and of the platform's plugins, whose tables core's scripts make."""
    return [*core_models(), *(m for item in registry.platform.values() for m in item.models)]


def core_models() -> list[Any]:
    """All models of core, parents before children."""
    found: dict[str, Any] = {}
    for module in (counties, organizations, accounts, cadres, audit, periods, batches, keys):
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, BaseModel) and value._meta.table_name.startswith("core_"):
                found.setdefault(value._meta.table_name, value)
    return [*found.values(), MigrationHistory, MigrationFailure]


def in_order(registry: Registry) -> list[str]:
    """Names of the modules, each behind those it builds on."""
    graph = {name: set(item.plugin.depends_on) for name, item in registry.loaded.items()}
    return list(graphlib.TopologicalSorter(graph).static_order())


def _apply_all(item: Any, told: Callable[[str], None]) -> None:
    for step in pending(item.plugin.name, item.migrations) if item.migrations else ():
        told(_apply(step, item.models))


def _apply(step: Step, models: list[Any]) -> str:
    """One script, its lock triggers and its line in the history: all or nothing. Raises PluginRefused if a module's reaches beyond its own."""
    owner = step.name.partition(":")[0]
    with transaction():
        before = catalogue() if owner != "core" else frozenset()
        step.up()
        strange = not_its_own(owner, before, catalogue()) if owner != "core" else ()
        if strange:
            raise PluginRefused(
                f"{step.name} changes the {strange[0].kind} {strange[0].name!r}: a module's migration keeps to tables named '{owner}_…', without views and triggers"
            )
        present = table_names()
        lock_triggers(m for m in models if m._meta.table_name in present)
        MigrationHistory.create(name=step.name, applied_at=now())
        renew_epoch()
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
