"""The database, the base models and the wall around a county's rows.

The wall stands where SQL is rendered: a county-owned table that appears as a source (in a select, a join, an alias, a
sub-query, a CTE) is rendered as `(SELECT * FROM table WHERE county_id = ? …)`, narrowed by the scope in force at that
moment. Updates and deletes carry the predicate in their WHERE, inserts are checked row by row. Whatever else mentions a
county-owned table (raw SQL, a bare Table) is refused when it reaches the database; reviewed raw SQL lives in `core.rawsql`.
"""

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlparse

from peewee import (
    SCOPE_SOURCE,
    AutoField,
    DatabaseProxy,
    Entity,
    Expression,
    Field,
    ForeignKeyField,
    Insert,
    Metadata,
    Model,
    ModelDelete,
    ModelUpdate,
    SqliteDatabase,
    Table,
)

from .errors import RuleError, ScopeError
from .i18n import _
from .scope import Scope, current_scope, scope_or_none
from .text import forbidden_in

database = DatabaseProxy()
_write_lock = threading.RLock()
_raw_allowed: ContextVar[bool] = ContextVar("youthpilot_raw_allowed", default=False)
_insert_checked: ContextVar[bool] = ContextVar("youthpilot_insert_checked", default=False)
COUNTY_TABLES: dict[str, "type[CountyModel]"] = {}
CLOSURE = "core_organization_closure"


class _Wall:
    """What every engine of ours checks before a statement reaches the driver."""

    def execute(self, query: Any, **context: Any) -> Any:
        checked = getattr(query, "_checked", False)
        if isinstance(query, Insert) and not checked and _county_owned(query.table) and current_scope().county_id is not None:
            raise ScopeError(f"insert into {query.table} past the scope: use Model.insert_many or Model.create")
        if isinstance(query, ModelUpdate | ModelDelete) and query.model.append_only and not _raw_allowed.get():
            raise ScopeError(f"{query.model._meta.table_name} is append-only: write a new row instead")
        guarded = getattr(query, "_guarded_rows", None)
        if guarded is not None:
            _guard_dates(_model_of(query.table), guarded, query)
        token = _insert_checked.set(checked)
        try:
            return super().execute(query, **context)  # type: ignore[misc]
        finally:
            _insert_checked.reset(token)

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        refuse_unscoped(sql)
        return super().execute_sql(sql, params)  # type: ignore[misc]


class Sqlite(_Wall, SqliteDatabase):
    """SQLite with WAL, synchronous=FULL and BEGIN IMMEDIATE (security.md DEC6)."""


def plain_rows(query: Any) -> list[tuple[Any, ...]]:
    """Rows of a select as the driver gives them, for sums over tens of thousands of them: several times faster than `.tuples()`.

    Numbers and text only: a date is ISO text on SQLite and a date on PostgreSQL, money is in 分. Narrowed to the scope like any query.
    """
    return list(database.execute(query).fetchall())


@contextmanager
def raw_allowed() -> Iterator[None]:
    """For `core.rawsql` only: its statements carry their own county predicate and were reviewed."""
    token = _raw_allowed.set(True)
    try:
        yield
    finally:
        _raw_allowed.reset(token)


def refuse_unscoped(sql: str) -> None:
    """Raise ScopeError if `sql` touches a county-owned table without its predicate under the scope in force."""
    scope = scope_or_none()
    if _raw_allowed.get() or (scope is not None and scope.county_id is None and scope.mode == "system"):
        return
    leaks = _leaks(sql, len(COUNTY_TABLES), _insert_checked.get())
    if leaks:
        why = "no scope is set" if scope is None else "it is not narrowed to the county"
        raise ScopeError(f"statement touches {', '.join(leaks)} but {why}: {sql[:160]}")
    if scope is None and _mentions(sql):
        raise ScopeError(f"no scope is set: {sql[:160]}")


_DDL = re.compile(r"\s*(CREATE|ALTER|DROP|PRAGMA|EXPLAIN|VACUUM|ANALYZE|BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET)\b", re.I)
_WORD = re.compile(r'"?\b([a-z][a-z0-9_]*)\b"?')


def _mentions(sql: str) -> list[str]:
    if _DDL.match(sql):
        return []
    return [m[1] for m in _WORD.finditer(sql) if m[1] in COUNTY_TABLES]


@lru_cache(maxsize=8192)
def _leaks(sql: str, _known: int, inserting: bool) -> tuple[str, ...]:
    """The county-owned tables that appear in `sql` outside the shapes the wall itself renders. inserting: rows were checked before."""
    if _DDL.match(sql):
        return ()
    found = []
    for match in _WORD.finditer(sql):
        name = match[1]
        if name not in COUNTY_TABLES or sql[match.end() : match.end() + 1] == ".":
            continue
        before = sql[: match.start()]
        narrowed = before.endswith("(SELECT * FROM ") and sql.startswith((' WHERE "county_id" = ?', ' WHERE "county_id" = %s'), match.end())
        if narrowed or (inserting and before in ("INSERT INTO ", "INSERT OR IGNORE INTO ")):
            continue
        if name == CLOSURE and before.endswith('IN (SELECT "descendant_id" FROM '):
            continue
        if before.endswith(("UPDATE ", "DELETE FROM ")) and f'"{name}"."county_id" = ' in sql[match.end() :]:
            continue
        if before.endswith(" AS "):  # an alias that happens to be called like the table
            continue
        found.append(name)
    return tuple(found)


def _county_owned(table: Any) -> bool:
    """True for a county-owned model, its table, and a bare Table of the same name."""
    return _model_of(table) in COUNTY_TABLES.values() or getattr(table, "__name__", "") in COUNTY_TABLES


def _model_of(table: Any) -> Any:
    return table if isinstance(table, type) else getattr(table, "_model", None)


def _narrowed(ctx: Any, path: tuple[str, ...], model: "type[CountyModel]") -> Any:
    """Render `path` as a source, narrowed by the scope in force."""
    scope = current_scope()
    if scope.county_id is None:
        return ctx.sql(Entity(*path))
    ctx.literal("(SELECT * FROM ").sql(Entity(*path)).literal(' WHERE "county_id" = ').value(scope.county_id)
    if not scope.whole and model.readable_from == "subtree":
        ctx.literal(f' AND "{model.scope_column}" IN (SELECT "descendant_id" FROM "{CLOSURE}" WHERE "county_id" = ')  # noqa: S608 - names of a class, no input
        ctx.value(scope.county_id).literal(' AND "ancestor_id" = ').value(scope.root_id).literal(")")
    return ctx.literal(")")


class _ScopedTable(Table):
    def __sql__(self, ctx: Any) -> Any:
        if ctx.scope != SCOPE_SOURCE:
            return super().__sql__(ctx)
        if self._alias:
            ctx.alias_manager[self] = self._alias
        return self.apply_alias(_narrowed(ctx, self._path, self._model))

    def clone(self) -> "_ScopedTable":
        return _ScopedTable(self.__name__, self._columns, self._primary_key, self._schema, self._alias, self._model, self._database)


class _ScopedEntity(Entity):
    """What an alias of a county-owned model renders as its source."""

    def __init__(self, model: "type[CountyModel]", *path: str) -> None:
        super().__init__(*path)
        self.__dict__["_scoped_model"] = model

    def __sql__(self, ctx: Any) -> Any:
        if ctx.scope == SCOPE_SOURCE:
            return _narrowed(ctx, self._path, self.__dict__["_scoped_model"])
        return super().__sql__(ctx)


class _ScopedMetadata(Metadata):
    @property
    def table(self) -> Table:
        if self._table is None:  # type: ignore[has-type]
            plain = Metadata.table.fget(self)
            self._table = _ScopedTable(plain.__name__, plain._columns, None, self.schema, None, self.model, self.database)
        return self._table

    @table.setter
    def table(self, value: Any) -> None:
        raise AttributeError("Cannot set the `table`.")

    @table.deleter
    def table(self) -> None:
        self._table = None  # type: ignore[assignment]

    @property
    def entity(self) -> Entity:
        if issubclass(self.model, CountyModel):
            return _ScopedEntity(self.model, self.table_name)
        return super().entity


class BaseModel(Model):
    """Base of all tables. Platform tables (users, counties, sessions) stand directly below it."""

    append_only: ClassVar[bool] = False  # triggers refuse UPDATE and DELETE
    personal_fields: ClassVar[tuple[str, ...]] = ()  # fields that tell something of a person
    typed_text: ClassVar[bool] = False  # its texts come from people and files: characters that no document can hold are refused

    class Meta:
        database = database
        legacy_table_names = False

    @classmethod
    def insert(cls, *args: Any, **kwargs: Any) -> Any:
        query = super().insert(*args, **kwargs)
        if isinstance(query._insert, dict):
            _refuse_characters(cls, [query._insert])
        return query

    @classmethod
    def insert_many(cls, rows: Iterable[Any], fields: Any = None) -> Any:
        rows = list(rows)
        _refuse_characters(cls, [dict(zip(fields, row, strict=True)) if fields else row for row in rows])
        return super().insert_many(rows, fields)

    @classmethod
    def update(cls, *args: Any, **kwargs: Any) -> ModelUpdate:
        query = super().update(*args, **kwargs)
        _refuse_characters(cls, [query._update])
        return query


class CountyModel(BaseModel):
    """Base of every county-owned table: NOT NULL county and organization, keys that start with the county, the wall.

    The schema derives UNIQUE(county_id, id) and composite foreign keys (county_id, x_id) between county-owned tables
    (`core.schema`), so that the database itself refuses a reference into another county.
    """

    typed_text = True
    readable_from: ClassVar[str] = "subtree"  # or "county": every user of the county may read the rows
    scope_column: ClassVar[str] = "organization_id"
    date_field: ClassVar[str] = ""  # facts: the date that decides which period they belong to; locked periods refuse writes

    id = AutoField()

    class Meta:
        model_metadata_class = _ScopedMetadata

    @classmethod
    def validate_model(cls) -> None:
        """Called by peewee when the class is complete: enter it in the list of county-owned tables."""
        super().validate_model()
        if "county" in cls._meta.fields:
            COUNTY_TABLES[cls._meta.table_name] = cls
            _leaks.cache_clear()

    @classmethod
    def in_scope(cls) -> Expression | None:
        """The predicate of the scope for UPDATE and DELETE (always down to the subtree); None for unscoped system work."""
        scope = current_scope()
        if scope.county_id is None:
            return None
        predicate = cls._meta.fields["county"] == scope.county_id
        if not scope.whole:
            predicate &= cls._meta.columns[cls.scope_column].in_(_subtree(scope))
        return predicate

    @classmethod
    def update(cls, *args: Any, **kwargs: Any) -> ModelUpdate:
        query = super().update(*args, **kwargs)
        row = {_name(cls, k): v for k, v in query._update.items()}
        _check_row(cls, row, partial=True)
        query._guarded_rows = [row]
        predicate = cls.in_scope()
        return query if predicate is None else query.where(predicate)

    @classmethod
    def delete(cls) -> ModelDelete:
        query = super().delete()
        query._guarded_rows = []
        predicate = cls.in_scope()
        return query if predicate is None else query.where(predicate)

    @classmethod
    def insert(cls, *args: Any, **kwargs: Any) -> Any:
        query = super().insert(*args, **kwargs)
        if isinstance(query._insert, dict):
            row = {_name(cls, k): v for k, v in query._insert.items()}
            _check_row(cls, row)
            _guard_dates(cls, [row])
            query._checked = True
        return query

    @classmethod
    def insert_many(cls, rows: Iterable[Any], fields: Any = None) -> Any:
        rows = [dict(zip(fields, r, strict=True)) if fields else r for r in rows]
        named = [{_name(cls, k): v for k, v in row.items()} for row in rows]
        _check_rows(cls, named)
        _guard_dates(cls, named)
        query = super().insert_many(rows)
        query._checked = True
        return query

    def save(self, *args: Any, **kwargs: Any) -> Any:
        saved = super().save(*args, **kwargs)
        if saved == 0 and saved is not False:
            raise ScopeError(f"{type(self).__name__} {self._pk} lies outside the scope")
        return saved


def _refuse_characters(model: type[Model], rows: Iterable[dict[Any, Any]]) -> None:
    """Raise RuleError at the field if a written text holds a character that no document can hold."""
    if not model.typed_text:
        return
    for row in rows:
        for key, value in row.items():
            found = forbidden_in(value) if isinstance(value, str) and not value.isprintable() else None
            if found is not None:
                place, name = found
                message = _("Character %(place)s (%(name)s) cannot be stored. Delete it and type the text again.", place=place, name=name)
                raise RuleError(message, _name(model, key))


def _name(model: type[Model], key: Any) -> str:
    if isinstance(key, Field):
        return str(key.name)
    field = model._meta.combined.get(key)
    return str(field.name) if field is not None else str(key)


def _key(value: Any) -> Any:
    return value._pk if isinstance(value, Model) else value


def _subtree(scope: Scope) -> Any:
    closure = COUNTY_TABLES[CLOSURE]
    return closure.select(closure.descendant).where(closure.ancestor == scope.root_id)


def _check_rows(model: type[CountyModel], rows: list[dict[str, Any]]) -> None:
    """The same for many rows; what may be seen is read once."""
    scope = current_scope()
    visible = None if scope.whole or scope.county_id is None or not rows else _visible(scope)
    for row in rows:
        _check_row(model, row, visible=visible)


def _check_row(model: type[CountyModel], row: dict[str, Any], partial: bool = False, visible: set[int] | None = None) -> None:
    """Refuse a written row whose county or organization lies outside the scope."""
    scope = current_scope()
    if scope.county_id is None:
        return
    if ("county" in row or not partial) and _key(row.get("county")) != scope.county_id:
        raise ScopeError(f"{model.__name__}: row of county {_key(row.get('county'))} written under the scope of county {scope.county_id}")
    name = model._meta.columns[model.scope_column].name
    if scope.whole or name == "id" or name not in row:
        return
    if not isinstance(_key(row[name]), int) or _key(row[name]) not in (_visible(scope) if visible is None else visible):
        raise ScopeError(f"{model.__name__}: organization {_key(row[name])} lies outside the scope")


def _visible(scope: Scope) -> set[int]:
    closure = COUNTY_TABLES[CLOSURE]
    return {d for (d,) in closure.select(closure.descendant).where(closure.ancestor == scope.root_id).tuples()}


def _guard_dates(model: type[CountyModel], rows: Iterable[dict[str, Any]], query: Any = None) -> None:
    """Facts of a locked period do not change: give the guard the dates written and the query that finds the rows touched."""
    if model.date_field and _date_guard is not None:
        dates = {d for row in rows if (d := row.get(model.date_field)) is not None}
        _date_guard(model, dates, query)


_date_guard: Callable[[type[CountyModel], set[Any], Any], None] | None = None


def set_date_guard(guard: Callable[[type[CountyModel], set[Any], Any], None]) -> None:
    """core.periods sets it: guard(model, dates about to be written, update/delete query or None), raises if a period is locked."""
    global _date_guard
    _date_guard = guard


def bulk_load(model: type[CountyModel], rows: list[dict[str, Any]]) -> int:
    """Insert many rows fast (executemany on SQLite, COPY on PostgreSQL) inside the caller's transaction.

    Every row has the same keys (field names). Scope and locked periods are checked as for insert_many. Returns the count.
    """
    if not rows:
        return 0
    _refuse_characters(model, rows)
    _check_rows(model, rows)
    _guard_dates(model, rows)
    fields = [model._meta.combined[name] for name in rows[0]]
    values = [[field.db_value(_key(value)) for field, value in zip(fields, row.values(), strict=True)] for row in rows]
    columns = ", ".join(f'"{field.column_name}"' for field in fields)
    connection = database.connection()
    if is_sqlite():
        marks = ", ".join("?" * len(fields))
        connection.executemany(f'INSERT INTO "{model._meta.table_name}" ({columns}) VALUES ({marks})', values)  # noqa: S608
    else:
        with connection.cursor().copy(f'COPY "{model._meta.table_name}" ({columns}) FROM STDIN') as copy:
            for value in values:
                copy.write_row(value)
    return len(rows)


def open_database(url: str) -> Any:
    """Bind `database` to sqlite:///path or postgresql://… and return it. Nothing is connected yet."""
    parsed = urlparse(url)
    if parsed.scheme == "sqlite":
        path = url.removeprefix("sqlite:///")
        if path not in ("", ":memory:"):
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        pragmas = {"journal_mode": "wal", "synchronous": "full", "foreign_keys": 1, "cache_size": -64_000, "temp_store": "memory"}
        engine = Sqlite(path or ":memory:", timeout=30, lock_type="IMMEDIATE", pragmas=pragmas)
    else:
        from .postgres import open_postgres

        engine = open_postgres(url)
    database.initialize(engine)
    return engine


def is_sqlite() -> bool:
    """True on SQLite, False on PostgreSQL."""
    return isinstance(database.obj, SqliteDatabase)


@contextmanager
def transaction() -> Iterator[None]:
    """One write transaction (BEGIN IMMEDIATE on SQLite, one writer per process in line). Nested blocks are savepoints."""
    if not is_sqlite():
        with database.atomic():
            yield
        return
    with _write_lock, database.atomic():
        yield


def reference(model: Any, **kwargs: Any) -> ForeignKeyField:
    """A foreign key without a backref (two modules may reference one core table), never loaded by surprise."""
    kwargs.setdefault("backref", "+")
    return ForeignKeyField(model, **kwargs)
