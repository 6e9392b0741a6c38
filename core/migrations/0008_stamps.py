"""How often the rows of a county in a table were written, by which kept results are found out of date; county 0: of all counties."""

from youthpilot.core.kernel.connection import is_sqlite
from youthpilot.core.kernel.schema import run

TABLE = """CREATE TABLE "core_stamp" (
    "county_id" INTEGER NOT NULL,
    "table_name" VARCHAR(63) NOT NULL,
    "number" {big} NOT NULL,
    PRIMARY KEY ("county_id", "table_name")
)"""
OF_SQLITE = " WITHOUT ROWID"  # so that the number of the row inserted last, which the driver tells, is never a stamp's
ROOM = """ALTER TABLE "core_stamp" SET (fillfactor = 20)"""  # few rows, written again and again: the new version finds place on the old one's page


def up() -> None:
    """Add the table."""
    run([TABLE + OF_SQLITE] if is_sqlite() else [TABLE, ROOM])
