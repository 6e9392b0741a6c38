"""Every foreign key has an index that begins with it, asked of the database's own catalogue; homes made before get them with their rows in."""

import pytest
from peewee import CharField

from youthpilot.core.batches.models import Batch
from youthpilot.core.kernel import schema
from youthpilot.core.kernel.db import BaseModel, admit, database, raw_allowed, reference, withdraw
from youthpilot.core.kernel.engines import open_database
from youthpilot.core.kernel.scope import unscoped
from youthpilot.core.migrating import CORE_MIGRATIONS, MigrationHistory, _apply, core_models, steps, upgrade
from youthpilot.core.organizations.models import Organization, OrganizationRow

NEW = "key_indexes"


def rows(sql, *values):
    with raw_allowed():
        return database.execute_sql(sql, values).fetchall()


def foreign_keys(table):
    """The child's columns of each key, in their order."""
    found = {}
    for key, sequence, _parent, column, *_rest in rows(f'PRAGMA foreign_key_list("{table}")'):
        found.setdefault(key, {})[sequence] = column
    return [tuple(columns[i] for i in sorted(columns)) for columns in found.values()]


def indexes(table):
    """The columns of each whole index, in their order."""
    names = [name for _n, name, _unique, _origin, partial in rows(f'PRAGMA index_list("{table}")') if not partial]
    return [tuple(column for _n, _c, column in rows(f'PRAGMA index_info("{name}")')) for name in names]


def bare_keys():
    tables = [name for (name,) in rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
    return [(t, key) for t in tables for key in foreign_keys(t) if not any(i[: len(key)] == key for i in indexes(t))]


def test_every_foreign_key_of_core_and_modules_begins_an_index(db):
    assert len(rows("SELECT 1 FROM sqlite_master WHERE type = 'table'")) > 80 and bare_keys() == []
    with raw_allowed():
        database.execute_sql('DROP INDEX "study_record_county_id_person_id"')
    assert bare_keys() == [("study_record", ("county_id", "person_id"))]


def test_the_drift_check_misses_a_key_index(db, registry):
    with raw_allowed(), unscoped("test"):
        database.execute_sql('DROP INDEX "core_post_county_id_election_id"')
        assert schema.drift(core_models() + registry.models()) == ["missing index core_post_county_id_election_id"]


def test_names_stay_apart_when_postgresql_cuts_them(registry, home):
    assert schema.same_when_cut(core_models() + registry.models()) == []

    class Long(BaseModel):
        first_of_them_all = CharField(index=True)
        first_of_them_all_as_well = CharField(index=True)

        class Meta:
            table_name = "toy_whose_name_is_so_long_that_nothing_stays_of_the_columns"

    assert len(schema.same_when_cut([Long])) == 2


def test_a_declared_index_that_begins_with_the_key_is_enough(home):
    class Toy(OrganizationRow):
        other = reference(Organization)
        batch = reference(Batch, null=True)

        class Meta:
            table_name = "toy_thing"
            indexes = ((("county", "other", "organization"), True),)

    admit([Toy])
    try:
        made = {f"toy_thing_county_id_{columns}" for columns in ("other_id_organization_id", "organization_id", "batch_id")}
        assert set(schema.index_names(Toy)) == made and len(schema.index_names(Toy)) == 3
    finally:
        withdraw([Toy])


@pytest.fixture
def old_home(home, registry):
    """A home as 0.1.0 made it: core's first script and the modules' scripts before the indexes, with a county's rows in it."""
    open_database(f"sqlite:///{home / 'youthpilot.db'}")
    database.connect(reuse_if_open=True)
    with unscoped("an old home"):
        MigrationHistory.create_table(safe=True)
        sources = [("core", CORE_MIGRATIONS)] + [(i.plugin.name, i.migrations) for i in registry.ordered()]
        for owner, source in sources:
            for step in steps(owner, source):
                if step.stem == "0001_initial" or (owner != "core" and NEW not in step.stem):
                    _apply(step, [])
        for table, values in {
            "core_county": {"id": 1, "code": "old", "name": "旧县"},
            "core_organization": {"id": 1, "county_id": 1, "code": "old", "name": "旧县团委", "kind": "county", "org_type": "committee"},
            "core_batch": {"id": 7, "county_id": 1, "organization_id": 1, "importer": "study_roster", "title": "名册", "state": "applied"},
            "study_member": {"id": 3, "county_id": 1, "organization_id": 1, "person_key": "王芳", "name": "王芳", "batch_id": 7},
        }.items():
            insert(table, values)
    yield home
    database.close()


def insert(table, values):
    """A row by hand, what is required and not given filled with nothing: the models of today may know more columns."""
    for _n, name, kind, required, _default, _key in rows(f'PRAGMA table_info("{table}")'):
        if required and name not in values:
            values[name] = (
                0
                if kind == "INTEGER"
                else "2023-01-01T00:00:00.000000+00:00"
                if name.endswith("_at")
                else "{}"
                if name in ("options", "warnings")
                else ""
            )
    marks = ", ".join("?" * len(values))
    listed = ", ".join(f'"{c}"' for c in values)
    rows(f'INSERT INTO "{table}" ({listed}) VALUES ({marks})', *values.values())


def test_a_home_made_before_upgrades_with_its_rows(old_home, registry):
    assert len(bare_keys()) > 60
    done = upgrade(registry)
    assert not registry.failures and "core:0004_indexes_and_undo" in done and "study:0004_key_indexes" in done
    with unscoped("test"):
        assert bare_keys() == [] and schema.drift(core_models() + registry.models()) == []
        assert rows("SELECT name FROM study_member") == [("王芳",)] and Batch.get_by_id(7).takes == []


def test_the_planner_knows_the_new_indexes_at_once(old_home, registry):
    upgrade(registry)
    known = {name for (name,) in rows("SELECT idx FROM sqlite_stat1 WHERE tbl = 'study_member'")}
    assert "study_member_county_id_batch_id" in known
