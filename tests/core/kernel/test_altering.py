"""ALTER TABLE as PostgreSQL has it, on both engines: what SQLite makes again keeps rows, references, indexes and triggers.

tests/postgres/test_pg_drafts.py runs the same there.
"""

import pytest

from youthpilot.core.kernel.altering import beyond_sqlite, items
from youthpilot.core.kernel.connection import is_sqlite
from youthpilot.core.kernel.db import database, raw_allowed, transaction
from youthpilot.core.kernel.schema import run
from youthpilot.core.kernel.scope import unscoped

TABLES = [
    """CREATE TABLE "toy_box" ("id" {id}, "county_id" INTEGER NOT NULL, "inside_id" INTEGER, "label" VARCHAR(8) NOT NULL DEFAULT 'a, (b', "weight" INTEGER,
       UNIQUE ("county_id", "id"), FOREIGN KEY ("county_id", "inside_id") REFERENCES "toy_box" ("county_id", "id") -- boxes in boxes, and (so on)
    )""",
    """CREATE TABLE "toy_thing" ("id" {id}, "county_id" INTEGER NOT NULL, "box_id" INTEGER NOT NULL,
       FOREIGN KEY ("county_id", "box_id") REFERENCES "toy_box" ("county_id", "id"))""",
    'CREATE INDEX "toy_box_label" ON "toy_box" ("label")',
    """INSERT INTO "toy_box" ("id", "county_id", "inside_id", "label") VALUES (1, 1, NULL, '外'), (2, 1, 1, '1'), (7, 2, NULL, '另')""",
    'INSERT INTO "toy_thing" ("id", "county_id", "box_id") VALUES (1, 1, 2), (2, 2, 7)',
]
ROWS = [(1, 1, None, "外", None), (2, 1, 1, "1", None), (7, 2, None, "另", None)]


@pytest.fixture
def toys(db):
    with unscoped("test"):
        run(TABLES)
        yield


def rows(sql):
    with raw_allowed():
        return database.execute_sql(sql).fetchall()


def refused(*statements):
    """True if the database refuses them; nothing of it stays."""
    try:
        with transaction():
            run(statements)
    except Exception as error:
        assert "syntax" not in str(error), error
        return True
    return False


def test_a_key_over_county_and_row_is_added_and_holds(toys):
    with transaction():
        run(
            [
                'ALTER TABLE "toy_box" ADD COLUMN "beside_id" INTEGER, ADD FOREIGN KEY ("county_id", "beside_id") REFERENCES "toy_box" ("county_id", "id")',
                'UPDATE "toy_box" SET "beside_id" = 1 WHERE "id" = 2',
                'ALTER TABLE "toy_box" ADD COLUMN "filled" VARCHAR(4) NOT NULL DEFAULT \'50%\'',
            ]
        )
    assert rows('SELECT "id", "county_id", "inside_id", "label", "weight" FROM "toy_box" ORDER BY "id"') == ROWS
    assert rows('SELECT DISTINCT "filled" FROM "toy_box"') == [("50%",)]
    assert not refused('UPDATE "toy_box" SET "beside_id" = 2 WHERE "id" = 1')
    assert refused('UPDATE "toy_box" SET "beside_id" = 7 WHERE "id" = 1')  # of another county
    assert refused('UPDATE "toy_box" SET "inside_id" = 7 WHERE "id" = 1')  # the key that was there
    assert refused('INSERT INTO "toy_box" ("id", "county_id", "label") VALUES (2, 1, \'zwei\')')
    assert refused('DELETE FROM "toy_box" WHERE "id" = 7')  # who refers to it still does


def test_keys_conditions_and_columns_are_changed_at_once(toys):
    with transaction():
        run(
            [
                'UPDATE "toy_box" SET "weight" = 3 WHERE "weight" IS NULL',
                """ALTER TABLE "toy_box" ADD UNIQUE ("county_id", "label"), ADD CONSTRAINT "toy_light" CHECK ("weight" < 9),
                   ALTER COLUMN "weight" SET NOT NULL, ALTER COLUMN "label" TYPE VARCHAR(12), ALTER COLUMN "label" DROP NOT NULL""",
            ]
        )
    assert rows('SELECT "weight" FROM "toy_box"') == [(3,)] * 3
    assert not refused('UPDATE "toy_box" SET "label" = NULL WHERE "id" = 1') and not refused(
        'UPDATE "toy_box" SET "label" = \'一二三四五六七八九\' WHERE id = 1'
    )
    assert refused('UPDATE "toy_box" SET "weight" = NULL') and refused('UPDATE "toy_box" SET "weight" = 9')
    assert refused('INSERT INTO "toy_box" ("id", "county_id", "label", "weight") VALUES (9, 1, \'1\', 3)')
    assert not refused('INSERT INTO "toy_box" ("id", "county_id", "weight") VALUES (8, 1, 3)')
    assert rows('SELECT "label" FROM "toy_box" WHERE "id" = 8') == [("a, (b",)]  # the default is what it was


def test_rows_that_a_new_key_refuses_stop_the_script_and_nothing_of_it_stays(toys):
    assert refused(
        'ALTER TABLE "toy_box" ADD COLUMN "owner_id" INTEGER',
        'UPDATE "toy_box" SET "owner_id" = 7',
        'ALTER TABLE "toy_box" ADD FOREIGN KEY ("county_id", "owner_id") REFERENCES "toy_box" ("county_id", "id")',
    )
    assert refused('ALTER TABLE "toy_box" ADD UNIQUE ("county_id")')
    assert rows('SELECT * FROM "toy_box" ORDER BY "id"') == ROWS and not refused('UPDATE "toy_box" SET "label" = \'neu\' WHERE "id" = 1')


def test_what_hangs_on_the_table_is_made_again(toys):
    assert is_sqlite()
    hanging = "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = 'toy_box' AND type <> 'table' ORDER BY name"
    rows("""CREATE TRIGGER "toy_box_kept" BEFORE DELETE ON "toy_box" BEGIN SELECT RAISE(ABORT, 'kept'); END""")
    before = rows(hanging)
    assert {name for _type, name, _sql in before} >= {"toy_box_kept", "toy_box_label"}
    with transaction():
        run(['ALTER TABLE "toy_box" ADD CHECK ("weight" < 9)'])
        with pytest.raises(Exception, match="kept"):
            run(['DELETE FROM "toy_box" WHERE "id" = 1'])  # in the same script
    assert rows(hanging) == before
    assert rows("PRAGMA foreign_key_check") == [] and rows("PRAGMA defer_foreign_keys") == [(0,)]
    assert not [name for (name,) in rows("SELECT name FROM sqlite_master") if name.endswith("__rows")]


def test_only_what_sqlite_cannot_do_is_made_again():
    assert beyond_sqlite('ALTER TABLE "a" ADD COLUMN "b" TEXT') is None and beyond_sqlite('CREATE TABLE "a" ("b" INTEGER, CHECK ("b" > 1))') is None
    assert beyond_sqlite('alter table a add check (b > 1), add column "c" TEXT;') == ("a", ["add check (b > 1)", 'add column "c" TEXT'])
    assert items("a 'x,''(' , b (c, d) -- e, f\n, \"g,\" /* h, */") == ["a 'x,''('", "b (c, d)", '"g,"']
