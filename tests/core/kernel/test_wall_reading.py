"""The wall reads SQL whatever its case and form, and refuses what it cannot read."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from peewee import SQL, Table

from youthpilot.core.cadres.models import Person
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.errors import ScopeError
from youthpilot.core.kernel.scope import Scope, county_scope, scoped, unscoped
from youthpilot.core.kernel.wall import Unreadable, reading
from youthpilot.core.organizations.founding import create_county
from youthpilot.core.organizations.models import Organization, OrganizationClosure

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
    'SELECT * FROM U&"core\\005fperson"',
    "EXPLAIN ANALYZE DELETE FROM core_person",
    "EXPLAIN (ANALYZE) DELETE FROM core_person",
    "VACUUM INTO '/tmp/x.db'",
    "PRAGMA query_only = 0",
    "PRAGMA query_only(0)",
    "PRAGMA main.query_only = 0",
    "SET default_transaction_read_only = off",
    "SELECT set_config('default_transaction_read_only', 'off', false)",
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


def test_a_table_of_batches_is_narrowed_in_its_shape_too(here):
    county, root = here[0]
    with scoped(Scope(county.id, root.id)):
        for query in (Person.select(Person.name), Person.select(Person.name).where(Person.organization == root)):
            sql, params = query.sql()
            assert "batch_id" in sql and database.execute_sql(sql, params).fetchall() == [("本县",)]
            for place, value in enumerate(params[:6]):
                wrong = [value + 7 if n == place else p for n, p in enumerate(params)]
                with pytest.raises(ScopeError):
                    database.execute_sql(sql, wrong)


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


def test_an_update_moves_no_row_into_another_county(here):
    county, other = here[0][0].id, here[1][0].id
    where = 'WHERE ("core_person"."county_id" = ?)'
    with scoped(county_scope(county)):
        for setting, values in [
            ('"county_id" = ?', [other]),
            ('"county_id" = ? + 1', [county]),
            (f'"name" = ?, "county_id" = {other}', ["x"]),
            ('"county_id" = (SELECT 2)', []),
            ('("county_id", "name") = (?, ?)', [other, "x"]),
        ]:
            with pytest.raises(ScopeError):
                database.execute_sql(f'UPDATE "core_person" SET {setting} {where}', (*values, county))
        for setting, values in [
            ('"county_id" = ?', [county]),
            ('"name" = ?, "county_id" = ?', ["本县", county]),
            ('"county_id" = ?, "name" = ?', [county, "本县"]),
        ]:
            assert database.execute_sql(f'UPDATE "core_person" SET {setting} {where}', (*values, county)).rowcount == 1


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 -- one line or two\r UNION SELECT name FROM core_person",
        "SELECT * FROM ts_stat('SELECT to_tsvector(name) FROM core_person')",
        "SELECT most_common_vals FROM pg_stats",
        "SELECT * FROM sqlite_stat4",
    ],
)
def test_what_shows_rows_past_the_statement_is_refused(here, sql):
    with scoped(county_scope(here[0][0])), pytest.raises(ScopeError, match="statement refused"):
        database.execute_sql(sql)


def test_nothing_around_an_updates_first_condition_turns_it_round(here):
    (county, _root), (foreign, _other) = here
    good = 'UPDATE "core_person" SET "name" = \'新\' WHERE ("core_person"."county_id" = ?)'
    bare = 'UPDATE "core_person" SET "name" = \'x\' WHERE "core_person"."county_id" = ?'
    around = " IS FALSE", " = 0", " IN (0)", " AND 1 = 1 OR 1", " COLLATE NOCASE"
    with scoped(county_scope(county)):
        for sql in (
            bare + " = 0",
            bare + f" + {foreign.id - county.id}",
            bare + " | 1",
            *(good + a for a in around),
            good.replace("?)", "? AND 1) IS NULL"),
        ):
            with pytest.raises(ScopeError):
                database.execute_sql(sql, (county.id,))
        assert database.execute_sql(good, (county.id,)).rowcount == 1
        assert database.execute_sql(good + " AND 1 = 1", (county.id,)).rowcount == 1
    with unscoped("the other county is as it was"):
        assert {p.name for p in Person.select()} == {"新", "外县"}


def test_parameters_are_counted_as_the_engine_counts_them(here):
    (county, _root), (foreign, _other) = here
    source = 'SELECT name FROM (SELECT * FROM "core_person" WHERE "county_id" = ?) AS t'
    shifted = [
        (source.replace("SELECT name FROM", "SELECT :a, name FROM", 1), (county.id, foreign.id)),
        (source.replace("SELECT name FROM", "SELECT @a, name FROM", 1), (county.id, foreign.id)),
        (source.replace("SELECT name FROM", "SELECT 5 %s, name FROM (SELECT 3 AS s) AS q,", 1) + " WHERE ?", (foreign.id, county.id)),
    ]
    with scoped(county_scope(county)):
        for sql, params in shifted:
            with pytest.raises(ScopeError):
                database.execute_sql(sql, params)
    source = source.replace("?", "%s")
    assert reading(source + " WHERE id %% %s = 0", TABLES, mark="%s").narrowed[0].county_marks == (0,)
    for sql in (
        f"/* %s */ {source}",
        f"SELECT '%s', q.* FROM ({source}) AS q",
        f"SELECT %b, q.* FROM ({source}) AS q",
        f"SELECT 5 %%s, q.* FROM ({source}) AS q WHERE a ? b",
    ):
        with pytest.raises(Unreadable):
            reading(sql, TABLES, mark="%s")


def test_an_insert_never_changes_a_row_that_is_there(here):
    (county, root), _foreign = here
    with unscoped("the other county's row, and what a careless upsert would write over it"):
        theirs = Person.get(Person.name == "外县")
    row = {"id": theirs.id, "county": county, "organization": root, "name": "闯入"}
    attempts = [
        lambda: Person.replace(**row).execute(),
        lambda: Person.insert(**row).on_conflict_replace().execute(),
        lambda: Person.insert_many([row]).on_conflict(conflict_target=[Person.id], preserve=[Person.name, Person.county]).execute(),
        lambda: Person.insert(**row).on_conflict(conflict_target=[Person.id], update={Person.name: "闯入"}).execute(),
    ]
    with scoped(county_scope(county)):
        for attempt in attempts:
            with pytest.raises(ScopeError):
                attempt()
        assert Person.insert(**row).on_conflict_ignore().execute() in (0, None, theirs.id)
    with unscoped("it is as it was"):
        assert (Person.get_by_id(theirs.id).name, Person.get_by_id(theirs.id).county_id) == ("外县", theirs.county_id)


def test_what_touches_no_countys_table_is_left_alone(here):
    with scoped(county_scope(here[0][0])):
        for sql in (
            "SELECT 1;",
            "SELECT 'it''s -- no comment'",
            "PRAGMA foreign_keys",
            "SELECT [a b] FROM (SELECT 1 AS [a b])",
            "  ",
            "EXPLAIN SELECT 1",
            "PRAGMA table_info(core_person)",
        ):
            database.execute_sql(sql)


BLANKS = ["", " ", "\n", "/* x */", "/* ' */", '-- " \n']


@settings(deadline=None)
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


@settings(deadline=None)
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
    assert used == {"core/kernel/db.py", "core/kernel/schema.py", "core/kernel/rawsql.py"}
