"""The schema derived from the models: portable CREATE statements for migrations, lock triggers, and the drift check.

Migrations keep the text that `create_statements` gave on the day they were written (`youthpilot db draft`), never the models.
Tokens in braces stand for what differs between SQLite and PostgreSQL.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from peewee import AutoField, BigIntegerField, BooleanField, CharField, Context, DateField, Field, ForeignKeyField, IntegerField, Model, TextField

from .altering import alter, beyond_sqlite
from .connection import is_sqlite
from .db import CountyModel, database, raw_allowed

Columns = tuple[str, ...]
Reference = tuple[Columns, str, Columns]  # columns, the table that they refer to, its columns
LONGEST_NAME = 63  # signs; PostgreSQL cuts longer names

TOKENS = {
    True: {"id": "INTEGER NOT NULL PRIMARY KEY", "bool": "INTEGER", "big": "INTEGER"},
    False: {"id": "SERIAL PRIMARY KEY", "bool": "BOOLEAN", "big": "BIGINT"},
}


def create_statements(model: type[Model]) -> list[str]:
    """CREATE TABLE and CREATE INDEX of one model, with tokens for `run`. Foreign keys and batches are indexed without being asked."""
    meta = model._meta
    lines = [f'"{f.column_name}" {_type(f)}' for f in meta.sorted_fields]
    lines += _keys(model)
    table = f'CREATE TABLE "{meta.table_name}" (\n    ' + ",\n    ".join(lines) + "\n)"
    return [table, *_indexes(model)]


def _type(field: Field) -> str:
    return column_type(field) + ("" if field.null or isinstance(field, AutoField) else " NOT NULL")


def column_type(field: Field) -> str:
    """The type of a field's column, with tokens for `run`. Raises TypeError for a kind of field that has none."""
    if isinstance(field, AutoField):
        return "{id}"
    if isinstance(field, ForeignKeyField | IntegerField) and not isinstance(field, BigIntegerField):
        return "INTEGER"
    if isinstance(field, BigIntegerField):
        return "{big}"
    if isinstance(field, BooleanField):
        return "{bool}"
    if isinstance(field, DateField):
        return "DATE"
    if isinstance(field, CharField):
        return f"VARCHAR({field.max_length})"
    if isinstance(field, TextField):
        return "TEXT"
    raise TypeError(f"{field.model.__name__}.{field.name}: no column type for {type(field).__name__}")


def _keys(model: type[Model]) -> list[str]:
    return [*map(unique_clause, unique_keys(model)), *map(reference_clause, references(model)), *checks(model)]


def unique_keys(model: type[Model]) -> list[Columns]:
    """What a county-owned table needs so that others can refer to (county_id, id); [] for any other."""
    return [("county_id", "id")] if issubclass(model, CountyModel) else []


def references(model: type[Model]) -> list[Reference]:
    """The foreign keys of a model: between county-owned tables over (county_id, x_id)."""
    found: list[Reference] = []
    for field in model._meta.refs:
        target = field.rel_model._meta.table_name
        both = issubclass(model, CountyModel) and issubclass(field.rel_model, CountyModel)
        found.append((("county_id", field.column_name), target, ("county_id", "id")) if both else ((field.column_name,), target, ("id",)))
    return found


def checks(model: type[Model]) -> list[str]:
    """The conditions in the model's Meta.constraints: `CHECK (…)`."""
    return [Context().sql(constraint).query()[0] for constraint in model._meta.constraints or ()]


def unique_clause(columns: Columns) -> str:
    """`UNIQUE (…)`, for CREATE and ALTER TABLE."""
    return f"UNIQUE ({_quoted(columns)})"


def reference_clause(reference: Reference) -> str:
    """`FOREIGN KEY (…) REFERENCES …`, for CREATE and ALTER TABLE."""
    columns, target, others = reference
    return f'FOREIGN KEY ({_quoted(columns)}) REFERENCES "{target}" ({_quoted(others)})'


def _indexes(model: type[Model]) -> list[str]:
    return list(index_statements(model).values())


def index_statements(model: type[Model]) -> dict[str, str]:
    """CREATE INDEX of every index of the model, by the index's whole name."""
    table = model._meta.table_name
    named = [(_index_name(table, columns), kind, columns) for kind, columns in _indexed(model)]
    return {name: f'{kind} "{name}" ON "{table}" ({_quoted(columns)})' for name, kind, columns in named}


def _indexed(model: type[Model]) -> list[tuple[str, Columns]]:
    """(CREATE …, columns) of every index: those declared, then those that no author may forget (`key_columns`)."""
    meta = model._meta
    declared = [(tuple(meta.combined[name].column_name for name in names), unique) for names, unique in meta.indexes]
    declared += [
        ((f.column_name,), f.unique) for f in meta.sorted_fields if (f.unique or f.index) and not f.primary_key and not isinstance(f, ForeignKeyField)
    ]
    have = [columns for columns, _unique in declared]
    for wanted in key_columns(model):
        if not any(columns[: len(wanted)] == wanted for columns in have):
            have.append(wanted)
            declared.append((wanted, False))
    return [("CREATE UNIQUE INDEX" if unique else "CREATE INDEX", columns) for columns, unique in declared]


def key_columns(model: type[Model]) -> list[Columns]:
    """What an index of the model must begin with: every foreign key, and the batch that wrote a row.

    Without one, the database reads the whole table for each row of the other side that is deleted or whose key is written, and an
    undo reads it for each slice. A key to the county itself is served by UNIQUE (county_id, id), which every county-owned table has.
    """
    owned = issubclass(model, CountyModel)
    wanted = [("county_id", f.column_name) if owned and issubclass(f.rel_model, CountyModel) else (f.column_name,) for f in model._meta.refs]
    if owned and "batch_id" in model._meta.columns:
        wanted.append(("county_id", "batch_id"))
    return [columns for columns in wanted if not (owned and columns == ("county_id",))]


def index_names(model: type[Model]) -> list[str]:
    """Names of the model's indexes in whole length."""
    return [_index_name(model._meta.table_name, columns) for _kind, columns in _indexed(model)]


def same_when_cut(models: Iterable[type[Model]]) -> list[str]:
    """Index names that PostgreSQL, which cuts them, would take for one; must be empty, or a migration fails there."""
    every = [name for model in models for name in index_names(model)]
    cut = Counter(name[:LONGEST_NAME] for name in every)
    return [name for name in every if cut[name[:LONGEST_NAME]] > 1]


def _index_name(table: str, columns: Columns) -> str:
    return f"{table}_{'_'.join(columns)}"


def _quoted(columns: Columns) -> str:
    return ", ".join(f'"{c}"' for c in columns)


def run(statements: Iterable[str]) -> None:
    """Execute portable statements of a migration on the open database: ALTER TABLE as PostgreSQL has it, on SQLite too."""
    with raw_allowed():
        for statement in map(spelled, statements):
            beyond = beyond_sqlite(statement) if is_sqlite() else None
            if beyond:
                alter(*beyond)
            else:
                database.execute_sql(statement if is_sqlite() else statement.replace("%", "%%"))  # psycopg looks for parameters


def spelled(statement: str) -> str:
    """A portable statement in the words of the engine that is open."""
    for name, text in (TOKENS[is_sqlite()] | database.obj.type_names).items():
        statement = statement.replace("{" + name + "}", text)
    return statement


def refresh_statistics() -> None:
    """Tell the database's planner what the tables hold (1.3 s at 570,000 rows, written meanwhile by nobody): an index of which it knows
    nothing is taken for the best one. In full: of a part it learns that every county has as many rows as an issue of it."""
    with raw_allowed():
        database.execute_sql("ANALYZE")


def lock_triggers(models: Iterable[type[Model]]) -> list[str]:
    """Make again the triggers that refuse UPDATE and DELETE on append-only tables; returns their names.

    They are dropped and made after every migration, because SQLite's table rebuilds lose them without a word.
    """
    names = []
    for model in models:
        if model.append_only:
            for verb in ("UPDATE", "DELETE"):
                names.append(_lock(model._meta.table_name, verb))
    return names


def _lock(table: str, verb: str) -> str:
    name = f"{table}_no_{verb.lower()}"
    with raw_allowed():
        if is_sqlite():
            database.execute_sql(f'DROP TRIGGER IF EXISTS "{name}"')
            database.execute_sql(_trigger(table, verb))
        else:
            database.execute_sql(f"CREATE OR REPLACE FUNCTION {name}_f() RETURNS trigger AS $${_body(table)}$$ LANGUAGE plpgsql")
            database.execute_sql(f'DROP TRIGGER IF EXISTS "{name}" ON "{table}"')
            database.execute_sql(_trigger(table, verb))
    return name


def _trigger(table: str, verb: str) -> str:
    name = f"{table}_no_{verb.lower()}"
    if is_sqlite():
        return f'CREATE TRIGGER "{name}" BEFORE {verb} ON "{table}" BEGIN SELECT RAISE(ABORT, \'{table} is append-only\'); END'
    return f'CREATE TRIGGER "{name}" BEFORE {verb} ON "{table}" FOR EACH ROW EXECUTE FUNCTION {name}_f()'


def _body(table: str) -> str:
    return f" BEGIN RAISE EXCEPTION '{table} is append-only'; END "


def missing_triggers(models: Iterable[type[Model]]) -> list[str]:
    """Lock triggers that the catalogue does not have, or has with another text or switched off: must be empty."""
    present = _triggers()
    wanted = [(m._meta.table_name, verb) for m in models if m.append_only for verb in ("UPDATE", "DELETE")]
    expected = {f"{table}_no_{verb.lower()}": _trigger(table, verb) if is_sqlite() else _body(table) for table, verb in wanted}
    return sorted(name for name, text in expected.items() if present.get(name) != text)


def _triggers() -> dict[str, str]:
    """Name → what it does (PostgreSQL: the body of its function, if it is on), of every trigger."""
    if is_sqlite():
        return dict(database.execute_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall())
    catalogue = "SELECT t.tgname, p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE t.tgenabled = 'O' AND NOT t.tgisinternal"
    return dict(database.execute_sql(catalogue).fetchall())


def table_names() -> set[str]:
    """Tables in the open database."""
    return set(database.get_tables())


def drop_tables(names: Iterable[str]) -> None:
    """Drop these tables, all or none, with their triggers and indexes; what refers to them goes unchecked."""
    with raw_allowed():
        if is_sqlite():
            database.execute_sql("PRAGMA foreign_keys = OFF")  # outside the transaction, or it says nothing
        with database.atomic():
            for name in names:
                database.execute_sql(f'DROP TABLE "{name}"' + ("" if is_sqlite() else " CASCADE"))
            database.obj.look_for_stamps()
        if is_sqlite():
            database.execute_sql("PRAGMA foreign_keys = ON")


def drift(models: Iterable[type[Model]]) -> list[str]:
    """Columns and tables in which the database differs from the models: must be empty after `db up`."""
    differences: list[str] = []
    present: Any = table_names()
    for model in models:
        meta = model._meta
        if meta.table_name not in present:
            differences.append(f"missing table {meta.table_name}")
            continue
        columns = {c.name for c in database.get_columns(meta.table_name)}
        declared = {f.column_name for f in meta.sorted_fields}
        differences += [f"{meta.table_name}.{c}: not in the database" for c in sorted(declared - columns)]
        differences += [f"{meta.table_name}.{c}: not in the model" for c in sorted(columns - declared)]
        differences += _index_drift(model)
    return differences


def _index_drift(model: type[Model]) -> Iterator[str]:
    """Indexes that are missing, or that have the right name and let through what the declared one does not."""
    table = model._meta.table_name
    present = {i.name: i for i in database.get_indexes(table)}
    for kind, columns in _indexed(model):
        name = _index_name(table, columns)[: None if is_sqlite() else LONGEST_NAME]
        found = present.get(name)
        if found is None:
            yield f"missing index {name}"
        elif (bool(found.unique), tuple(found.columns)) != ("UNIQUE" in kind, columns) or " WHERE " in f"{found.sql or ''}".upper():
            yield f"index {name} is not the one that was made"


# is the database whole? ------------------------------------------------------------------------------------------------


def is_whole() -> bool:
    """True if the pages of the SQLite file hang together. PostgreSQL answers no query from a page that does not: True."""
    return not is_sqlite() or database.execute_sql("PRAGMA quick_check(1)").fetchall() == [("ok",)]


def damages(most: int) -> list[str]:
    """At most so many damages of the file in the engine's words. On PostgreSQL: pages whose checksum was wrong, if it keeps any."""
    if is_sqlite():
        return [text for (text,) in database.execute_sql(f"PRAGMA integrity_check({int(most)})").fetchall() if text != "ok"]
    counted = "SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database() AND checksum_failures > 0"
    return [f"{count} checksum failures" for (count,) in database.execute_sql(counted).fetchall()]


def broken_references() -> list[tuple[str, str, int]]:
    """(table, table referred to, rows) of references to rows that do not exist; PostgreSQL allows none."""
    if not is_sqlite():
        return []
    found = Counter((table, parent) for table, _row, parent, _key in database.execute_sql("PRAGMA foreign_key_check").fetchall())
    return [(table, parent, count) for (table, parent), count in found.items()]


def not_in_force() -> list[str]:
    """Indexes and constraints that PostgreSQL's catalogue has and does not apply."""
    if is_sqlite():
        return []
    indexes = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
    constraints = "SELECT conrelid::regclass::text || '.' || conname FROM pg_constraint WHERE NOT convalidated AND contype IN ('c', 'f')"
    return [name for catalogue in (indexes, constraints) for (name,) in database.execute_sql(catalogue).fetchall()]
