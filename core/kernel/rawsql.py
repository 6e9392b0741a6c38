"""Reviewed statements that go past the wall: each carries its county, and each says why a query of the models will not do."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from .connection import is_sqlite
from .db import CountyModel, database, raw_allowed

# Table and column names in the texts below are those of models; values are always bound.
# ruff: noqa: S608


def write_back(model: type[CountyModel], county_id: int, rows: Iterable[tuple[int, dict[str, Any]]]) -> int:
    """Set columns of rows to values as the database has them: (id, column → value), all in a few prepared statements; returns how many.

    An undo puts back tens of thousands of rows in one short transaction; a query a row takes thirty times as long. The caller has
    asked for scope and locked periods.
    """
    database.wrote(model._meta.table_name)
    by_columns: dict[tuple[str, ...], list[list[Any]]] = defaultdict(list)
    for row_id, values in rows:
        by_columns[tuple(values)].append([*values.values(), county_id, row_id])
    for columns, bound in by_columns.items():
        listed = ", ".join(f'"{c}" = {_mark()}' for c in columns)
        text = f'UPDATE "{model._meta.table_name}" SET {listed} WHERE "county_id" = {_mark()} AND "id" = {_mark()}'
        database.connection().cursor().executemany(text, bound)
    return sum(len(bound) for bound in by_columns.values())


def let_go(model: type[CountyModel], county_id: int, batch_id: int) -> int:
    """Rows that outlive the undo of their batch no longer carry its id; returns how many. Their facts stay as they are."""
    return _run(f'UPDATE "{model._meta.table_name}" SET "batch_id" = NULL WHERE "county_id" = ? AND "batch_id" = ?', county_id, batch_id)


def rows_of_batch(table: str, county_id: int, batch_id: int) -> int:
    """How many rows of a table carry a batch's id, whether it still counts or not."""
    with raw_allowed():
        cursor = database.execute_sql(_marked(f'SELECT COUNT(*) FROM "{table}" WHERE "county_id" = ? AND "batch_id" = ?'), (county_id, batch_id))
        return int(cursor.fetchone()[0])


def delete_slice(table: str, county_id: int, batch_id: int, most: int) -> int:
    """Delete at most `most` rows of a batch that no longer counts, the youngest first; returns how many. 0: none is left.

    By the table's name, so that it goes on although the module is not installed any more.
    """
    chosen = f'SELECT "id" FROM "{table}" WHERE "county_id" = ? AND "batch_id" = ? ORDER BY "id" DESC LIMIT ?'
    return _run(f'DELETE FROM "{table}" WHERE "county_id" = ? AND "id" IN ({chosen})', county_id, county_id, batch_id, most)


def _run(text: str, *values: Any) -> int:
    with raw_allowed():
        return int(database.execute_sql(_marked(text), values).rowcount)


def _marked(text: str) -> str:
    return text if is_sqlite() else text.replace("?", "%s")


def _mark() -> str:
    return "?" if is_sqlite() else "%s"


def stored_same(stored: Any, raw: Any) -> bool:
    """True if a value of a before-image says what the driver gave for the column (dates and truth values differ by engine)."""
    return bool(stored == raw) or (stored is not None and raw is not None and str(stored) == str(raw))


def has_rows(table: str, county_id: int) -> bool:
    """True if a county has rows in a table whose models may not be loaded."""
    with raw_allowed():
        found = database.execute_sql(f'SELECT 1 FROM "{table}" WHERE "county_id" = {"?" if is_sqlite() else "%s"} LIMIT 1', (county_id,)).fetchone()
    return found is not None
