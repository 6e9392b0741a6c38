"""What the database holds beside a module's own tables: its migrations change nothing of that."""

from typing import NamedTuple

from .connection import is_sqlite
from .db import database

_SQLITE = """
SELECT type, name, tbl_name, COALESCE(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
UNION ALL SELECT 'temporary ' || type, name, tbl_name, COALESCE(sql, '') FROM sqlite_temp_master
"""
_POSTGRES = """
SELECT 'table', table_name, table_name,
       string_agg(column_name || ' ' || data_type || ' ' || is_nullable || ' ' || COALESCE(column_default, ''), ',' ORDER BY column_name)
  FROM information_schema.columns WHERE table_schema = current_schema() GROUP BY table_name
UNION ALL SELECT 'index', indexname, tablename, indexdef FROM pg_indexes WHERE schemaname = current_schema()
UNION ALL SELECT 'constraint', c.conname, r.relname, pg_get_constraintdef(c.oid)
  FROM pg_constraint AS c JOIN pg_class AS r ON r.oid = c.conrelid WHERE c.connamespace = current_schema()::regnamespace
UNION ALL SELECT 'trigger', t.tgname, r.relname, pg_get_triggerdef(t.oid)
  FROM pg_trigger AS t JOIN pg_class AS r ON r.oid = t.tgrelid WHERE NOT t.tgisinternal AND r.relnamespace = current_schema()::regnamespace
UNION ALL SELECT 'view', relname, relname, relkind::text FROM pg_class
  WHERE relkind IN ('v', 'm', 'f') AND relnamespace = current_schema()::regnamespace
"""
_OF_A_TABLE = ("table", "index", "constraint")


class Thing(NamedTuple):
    """A table, an index, a trigger, a view: whose table it belongs to, and how it is defined."""

    kind: str
    name: str
    table: str
    definition: str


def catalogue() -> frozenset[Thing]:
    """All that the open database holds."""
    return frozenset(Thing(*row) for row in database.execute_sql(_SQLITE if is_sqlite() else _POSTGRES).fetchall())


def not_its_own(owner: str, before: frozenset[Thing], after: frozenset[Thing]) -> list[Thing]:
    """What a module's script made, changed or dropped that it may not, sorted; [] if it kept to its own.

    Its own are tables whose names begin with its own, with their indexes and constraints. Views and triggers it makes none: the wall
    reads statements, and does not see what those reach.
    """
    strange = [t for t in after - before if t.kind not in _OF_A_TABLE or not _owns(owner, t)]
    return sorted([*strange, *(t for t in before - after if not _owns(owner, t))])


def _owns(owner: str, thing: Thing) -> bool:
    return thing.table.casefold().startswith(f"{owner}_")
