"""Migrations, drift, keys and lock triggers on PostgreSQL."""

import psycopg
import pytest

from youthpilot.core.kernel import schema
from youthpilot.core.kernel.db import CountyModel, database, raw_allowed
from youthpilot.core.kernel.scope import unscoped
from youthpilot.core.migrating import applied, core_models, refuse_pending, unlocked_tables, upgrade
from youthpilot.core.registry import Registry
from youthpilot.core.testing import installation


def test_every_migration_applies_to_an_empty_database(empty_url, tmp_path, registry):
    with installation(tmp_path, registry, empty_url):
        assert not registry.failures
        assert {"core:0001_initial", "study:0001_initial", "ledger:0001_initial"} <= applied()
        database.obj.close_all()


def test_nothing_drifts_and_nothing_is_applied_twice(postgres, registry):
    assert {"core:0001_initial", "study:0001_initial", "ledger:0001_initial"} <= applied()
    with unscoped("test"):
        assert schema.drift(core_models() + registry.models()) == []
    assert upgrade(registry) == []


def test_every_county_owned_table_has_the_county_in_its_keys(postgres, registry):
    owned = [m._meta.table_name for m in core_models() + registry.models() if issubclass(m, CountyModel)]
    assert len(owned) > 20
    for table in owned:
        keys = {tuple(i.columns) for i in postgres.get_indexes(table) if i.unique}
        assert ("county_id", "id") in keys, table
        assert all(k[0] == "county_id" or k == ("id",) for k in keys), (table, keys)


def test_lock_triggers_refuse_update_and_delete_even_in_raw_sql(postgres, registry, migrated_url):
    assert unlocked_tables(registry) == []
    from youthpilot.core.organizations.founding import create_county

    create_county("aa", "甲县")
    with psycopg.connect(migrated_url, autocommit=True) as other:
        for statement in ("UPDATE core_audit SET act = 'x'", "DELETE FROM core_audit"):
            with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
                other.execute(statement)
        other.execute('DROP TRIGGER "core_audit_no_delete" ON core_audit')
        assert other.execute("DELETE FROM core_audit").rowcount > 0  # positive control: it was the trigger
    assert unlocked_tables(registry) == ["core_audit_no_delete"]
    upgrade(registry)
    assert unlocked_tables(registry) == []


def test_a_failing_module_is_rolled_back_and_refused(postgres, example_module, monkeypatch):
    monkeypatch.setattr(example_module, "register_migrations", _hook({"0001_initial": ["CREATE TABLE library_half (id INTEGER)", "CREATE NONSENSE"]}))
    registry = Registry()
    assert registry.add(example_module), registry.failures
    upgrade(registry)
    assert "library" not in registry.loaded and "NONSENSE" in registry.failures[0].reason
    assert "library_half" not in schema.table_names()
    assert not any(name.startswith("library:") for name in applied())


def test_a_pending_module_is_not_loaded(postgres, example_module):
    registry = Registry()
    assert registry.add(example_module), registry.failures
    refuse_pending(registry)
    assert "library" not in registry.loaded and "db up" in registry.failures[0].reason


def test_two_processes_do_not_migrate_at_once(postgres, migrated_url, registry):
    import zlib

    with psycopg.connect(migrated_url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (zlib.crc32(b"youthpilot.migrate"),))
        with raw_allowed():
            postgres.execute_sql("SET lock_timeout = '300ms'")
        with pytest.raises(Exception, match="正在写入"):
            upgrade(registry)
    assert upgrade(registry) == []


def _hook(value):
    from youthpilot.core import hookimpl

    @hookimpl
    def register_migrations():
        return value

    return register_migrations
