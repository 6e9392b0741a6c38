"""Migrations on SQLite: order, history, a module that fails, one that is pending, one process at a time."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from youthpilot.core import Plugin, hookimpl
from youthpilot.core.kernel import schema
from youthpilot.core.kernel.catalogue import catalogue
from youthpilot.core.kernel.db import database, raw_allowed
from youthpilot.core.kernel.engines import open_database
from youthpilot.core.kernel.scope import unscoped
from youthpilot.core.migrating import applied, core_models, refuse_pending, unlocked_tables, upgrade
from youthpilot.core.registry import Registry

GOOD = 'CREATE TABLE "{name}_row" (id INTEGER)'


def module(name, migrations, depends_on=()):
    @hookimpl
    def register_migrations():
        return migrations

    return SimpleNamespace(
        __name__=name, PLUGIN=Plugin(name, name, requires="2", depends_on=tuple(depends_on)), register_migrations=register_migrations
    )


def registry_of(*modules):
    registry = Registry()
    for one in modules:
        assert registry.add(one), registry.failures
    return registry


@pytest.fixture
def empty(home):
    open_database(f"sqlite:///{home / 'youthpilot.db'}")
    database.connect(reuse_if_open=True)
    yield home
    database.close()


def test_core_first_then_modules_in_the_order_in_which_they_build_on_each_other(empty):
    registry = registry_of(
        module("aa", {"0001_x": ["CREATE TABLE aa_row (id INTEGER)"]}, ["zz"]),
        module("zz", {"0002_y": ["DROP TABLE zz_row"], "0001_x": ["CREATE TABLE zz_row (id INTEGER)"]}),
    )
    done = upgrade(registry)
    assert done[0].startswith("core:") and done[-3:] == ["zz:0001_x", "zz:0002_y", "aa:0001_x"]
    assert upgrade(registry) == [] and applied() == set(done)
    with unscoped("test"):
        assert schema.drift(core_models()) == [] and unlocked_tables(registry) == []


def test_a_failing_script_is_rolled_back_and_its_module_refused_the_rest_goes_on(empty):
    bad = module("bad", {"0001_x": ["CREATE TABLE bad_first (id INTEGER)"], "0002_x": ["CREATE TABLE bad_second (id INTEGER)", "CREATE NONSENSE"]})
    registry = registry_of(bad, module("good", {"0001_x": ["CREATE TABLE good_row (id INTEGER)"]}))
    upgrade(registry)
    assert [f.name for f in registry.failures] == ["bad"] and "NONSENSE" in registry.failures[0].reason
    tables = schema.table_names()
    assert "good_row" in tables and "bad_second" not in tables
    assert {n for n in applied() if not n.startswith("core")} == {"bad:0001_x", "good:0001_x"}
    again = registry_of(module("bad", {"0001_x": ["nothing"], "0002_x": ["CREATE TABLE bad_second (id INTEGER)"]}))
    assert upgrade(again) == ["bad:0002_x"]  # mended, it goes on where it stopped


def test_a_module_whose_scripts_are_pending_is_not_loaded_and_neither_is_what_builds_on_it(empty):
    upgrade(Registry())
    registry = registry_of(module("late", {"0001_x": ["CREATE TABLE late_row (id INTEGER)"]}), module("top", "", ["late"]), module("fine", ""))
    refuse_pending(registry)
    assert list(registry.loaded) == ["fine"] and "db up" in registry.failures[0].reason


def test_without_cores_tables_nothing_starts(empty):
    with pytest.raises(RuntimeError, match="youthpilot init"):
        refuse_pending(Registry())


def test_lost_lock_triggers_are_seen_and_made_again(empty):
    registry = Registry()
    upgrade(registry)
    with raw_allowed():
        database.execute_sql('DROP TRIGGER "core_snapshot_no_update"')
    assert unlocked_tables(registry) == ["core_snapshot_no_update"]
    upgrade(registry)
    assert unlocked_tables(registry) == []


def test_the_drift_check_sees_a_column_too_many_and_one_too_few(empty):
    upgrade(Registry())
    with raw_allowed(), unscoped("test"):
        database.execute_sql("ALTER TABLE core_county ADD COLUMN colour VARCHAR(10)")
        database.execute_sql("ALTER TABLE core_county DROP COLUMN name")
        assert schema.drift(core_models()) == ["core_county.name: not in the database", "core_county.colour: not in the model"]


def test_two_processes_migrate_one_after_the_other(empty):
    code = "from youthpilot.core.cli import main; import sys; sys.argv = ['youthpilot', 'db', 'up']; main()"
    both = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    outcomes = [(p.communicate(timeout=60), p.returncode) for p in both]
    assert [code for _out, code in outcomes] == [0, 0], outcomes
    assert sum(out.count("core:0001_initial") for (out, _err), _code in outcomes) == 1


BEYOND = {
    "the log": "DROP TABLE core_audit",
    "a column of core's": "ALTER TABLE core_person ADD COLUMN nick TEXT",
    "core's rows, always": "CREATE VIEW odd_people AS SELECT * FROM core_person",
    "at each of core's writes": "CREATE TRIGGER odd_first AFTER INSERT ON core_person BEGIN DELETE FROM core_person; END",
    "an index on core's": "CREATE UNIQUE INDEX odd_one ON core_person (county_id)",
    "another's table": "CREATE TABLE oddly_row (id INTEGER PRIMARY KEY)",
    "a table in front of core's": "CREATE TEMP TABLE core_person (id INTEGER)",
}


@pytest.mark.parametrize("case", BEYOND)
def test_a_script_that_reaches_beyond_its_modules_own_tables_is_undone_and_named(empty, case):
    own = ["CREATE TABLE odd_row (id INTEGER PRIMARY KEY, name TEXT)", "CREATE INDEX any_name ON odd_row (name)"]
    registry = registry_of(module("odd", {"0001_own": own, "0002_beyond": ["ALTER TABLE odd_row ADD COLUMN more TEXT", BEYOND[case]]}))
    upgrade(registry)
    assert "odd:0002_beyond" in registry.failures[0].reason and "keeps to tables named 'odd_…'" in registry.failures[0].reason
    found = catalogue()
    assert {t.name for t in found} >= {"core_audit", "core_person", "odd_row", "any_name"} and not {"odd_people", "odd_first"} & {
        t.name for t in found
    }
    assert [t for t in found if t.name == "odd_row" and "more" in t.definition] == []
