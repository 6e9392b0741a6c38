"""The wall reads SQL whatever its case and form, and refuses what it cannot read."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from peewee import SQL, Table

from youthpilot.core.cadres.models import Person
from youthpilot.core.counties.services import create_county
from youthpilot.core.db import database
from youthpilot.core.errors import ScopeError
from youthpilot.core.organizations.models import Organization, OrganizationClosure
from youthpilot.core.scope import Scope, county_scope, scoped, unscoped
from youthpilot.core.wall import Unreadable, reading

ROOT = Path(__file__).parents[3]
TABLES = {"core_person": None, "core_organization_closure": None}


@pytest.fixture
def here(db):
    """(county, its root) of two counties, each with one person 本县/外县."""
    found = []
    for code, name in (("aa", "本县"), ("bb", "外县")):
        county = create_county(code, name)
        with scoped(county_scope(county)):
            root = Organization.get()
            Person.create(county=county, organization=root, name=name)
        found.append((county, root))
    return found


LOOSE = [
    "SELECT name FROM CORE_PERSON",
    "select name from Core_Person",
    'SELECT name FROM "CORE_PERSON"',
    "SELECT name FROM `core_person`",
    "SELECT name FROM [core_person]",
    "SELECT name FROM 'core_person'",
    "SELECT name FROM main.core_person",
    "SELECT name FROM/**/core_person",
    "SELECT name FROM -- note\ncore_person",
    "UPDATE CORE_PERSON SET name = 'x'",
    "UPDATE core_person SET name = 'x' WHERE 1",
    "DELETE FROM Core_Person",
    "INSERT INTO CORE_PERSON (name) VALUES ('x')",
    "REPLACE INTO core_person (name) VALUES ('x')",
    "CREATE TEMP TABLE x AS SELECT * FROM core_person",
    "CREATE VIEW x AS SELECT * FROM core_person",
    "CREATE TRIGGER t AFTER INSERT ON CORE_PERSON BEGIN SELECT 1; END",
    "DROP TABLE core_person",
    "ALTER TABLE Core_Person ADD COLUMN x TEXT",
    "EXPLAIN QUERY PLAN SELECT * FROM core_person",
    "WITH p AS (SELECT * FROM core_person) SELECT * FROM p",
    "(SELECT name FROM core_person)",
    "SELECT 1 UNION SELECT name FROM core_person",
    "SELECT (SELECT name FROM core_person)",
]
UNREADABLE = [
    "SELECT 1; SELECT 2",
    "SELECT 'open",
    'SELECT "open',
    "SELECT 1 /* open",
    "SELECT /* /* ' */ name FROM core_person --'",
    "SELECT E'\\'', name FROM core_person --'",
    "ATTACH DATABASE '/tmp/x' AS y",
    "DO $$ BEGIN END $$",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "TABLE core_person",
    "COPY core_person TO STDOUT",
    "TRUNCATE core_person",
    "SELECT query_to_xml('select 1', true, true, '')",
    "SELECT ARRAY[(SELECT name FROM core_person)]",
    "SELECT load_extension('x')",
    "SELECT data FROM sqlite_dbpage",
]


@pytest.mark.parametrize("sql", LOOSE + UNREADABLE)
def test_a_statement_past_the_scope_is_refused_in_any_form(here, sql):
    with scoped(county_scope(here[0][0])), pytest.raises(ScopeError):
        database.execute_sql(sql)
    with pytest.raises(ScopeError):  # nor without a scope
        database.execute_sql(sql)


def test_a_fragment_in_a_query_is_read_too(here):
    county = here[0][0]
    attempts = [
        lambda: list(Person.select(SQL("(SELECT GROUP_CONCAT(name) FROM CORE_PERSON)")).tuples()),
        lambda: list(Table("CORE_PERSON", ["id", "name"]).bind(database).select()),
        lambda: Table("Core_Person", ["id", "name"]).bind(database).insert(name="x").execute(),
        lambda: Table("CORE_PERSON", ["id", "name"]).bind(database).update(name="x").execute(),
        lambda: list(Person.raw("SELECT name FROM Core_Person")),
    ]
    with scoped(county_scope(county)):
        for attempt in attempts:
            with pytest.raises(ScopeError):
                attempt()
    with unscoped("positive control: nothing was changed, and the same fragment does read both counties"):
        assert {p.name for p in Person.select()} == {"本县", "外县"}
        assert "外县" in Person.select(SQL("(SELECT GROUP_CONCAT(name) FROM CORE_PERSON)")).scalar()


def test_the_walls_own_shape_passes_only_with_the_scopes_own_numbers(here):
    (county, root), (foreign, _other) = here
    source = 'SELECT name FROM (SELECT * FROM "core_person" WHERE "county_id" = ?) AS t'
    below = source.replace(
        ") AS", ' AND "organization_id" IN (SELECT "descendant_id" FROM "core_organization_closure" WHERE "county_id" = ? AND "ancestor_id" = ?)) AS'
    )
    with scoped(county_scope(county)):
        assert database.execute_sql(source, (county.id,)).fetchall() == [("本县",)]
        for sql, params in ((source, (foreign.id,)), (source, ()), (source.replace("= ?)", "= ? OR 1)"), (county.id,))):
            with pytest.raises(ScopeError):
                database.execute_sql(sql, params)
    with scoped(Scope(county.id, root.id)):
        assert database.execute_sql(below, (county.id, county.id, root.id)).fetchall() == [("本县",)]
        for sql, params in ((source, (county.id,)), (below, (county.id, county.id, root.id + 1)), (below, (county.id, foreign.id, root.id))):
            with pytest.raises(ScopeError):
                database.execute_sql(sql, params)


def test_an_update_is_narrowed_by_its_first_condition_and_by_no_or_beside_it(here):
    (county, root), (foreign, _other) = here
    good = 'UPDATE "core_person" SET "name" = ? WHERE (("core_person"."county_id" = ?) AND ("core_person"."id" > ? OR 0))'
    with scoped(county_scope(county)):
        assert database.execute_sql(good, ("本县", county.id, 0)).rowcount == 1
        for sql, params in (
            (good, ("x", foreign.id, 0)),
            (good.replace(") AND", ") OR"), ("x", county.id, 0)),
            (good + " OR 1", ("x", county.id, 0)),
            ('UPDATE "core_person" SET "name" = ("core_person"."county_id" = ?)', (county.id,)),
        ):
            with pytest.raises(ScopeError):
                database.execute_sql(sql, params)
    with scoped(Scope(county.id, root.id)):
        assert Person.update(name="新").execute() == 1
        with pytest.raises(ScopeError):  # narrowed to the county, not to the organization
            database.execute_sql(good, ("x", county.id, 0))
    with unscoped("the other county is as it was"):
        assert {p.name for p in Person.select()} == {"新", "外县"}
        assert OrganizationClosure.select().count() == 2


def test_what_touches_no_countys_table_is_left_alone(here):
    with scoped(county_scope(here[0][0])):
        for sql in (
            "SELECT 1;",
            "SELECT 'it''s -- no comment'",
            "PRAGMA foreign_keys",
            "SELECT [a b] FROM (SELECT 1 AS [a b])",
            "  ",
            "EXPLAIN SELECT 1",
        ):
            database.execute_sql(sql)


BLANKS = ["", " ", "\n", "/* x */", "/* ' */", '-- " \n']


@given(st.randoms(use_true_random=False))
def test_no_dress_hides_a_table(rnd: random.Random):
    name = "".join(rnd.choice((c.upper(), c)) for c in "core_person")
    quoted = rnd.choice((name, f'"{name}"', f"`{name}`", f"[{name}]", f"main.{name}", f'"main"."{name}"'))
    gap = " " + "".join(rnd.choice(BLANKS) for _ in range(3)) + " "
    form = rnd.choice(
        ("SELECT 'a''b'{g}FROM{g}{t}", "UPDATE{g}{t} SET name = 1", "DELETE{g}FROM{g}{t}", "CREATE TABLE y AS{g}SELECT * FROM{g}{t}", "SELECT 1{g}UNION SELECT name FROM{g}{t}{g}AS q")
    )  # fmt: skip
    sql = form.format(g=gap, t=quoted)
    assert "".join(reading(sql, TABLES).loose) == "core_person", sql


@given(st.text(alphabet="'\"`[]()-/*;$\\ ecore_personSELECTFROM,?%", max_size=60))
def test_whatever_the_text_it_is_read_or_refused(sql):
    try:
        reading(sql, TABLES)
    except Unreadable:
        pass


def test_the_places_that_may_pass_the_wall_are_these():
    used = {
        str(p.relative_to(ROOT))
        for part in ("core", "admin", "plugins")
        for p in (ROOT / part).rglob("*.py")
        if "raw_allowed" in p.read_text(encoding="utf-8")
    }
    assert used == {"core/db.py", "core/schema.py", "core/demo/build.py"}
