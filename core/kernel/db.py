"""The database, the base models and the wall around a county's rows.

The wall stands where SQL is rendered: a county-owned table that appears as a source (in a select, a join, an alias, a
sub-query, a CTE) is rendered as `(SELECT * FROM table WHERE county_id = ? …)`, narrowed by the scope in force at that
moment. Updates and deletes carry the predicate in their WHERE, inserts are checked row by row. Whatever else mentions a
county-owned table (raw SQL, a bare Table) is refused when it reaches the database (`core.kernel.wall` reads it); reviewed statements say
`raw_allowed`, which a test lists.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, ClassVar

import structlog
from peewee import (
    SCOPE_SOURCE,
    AutoField,
    Entity,
    Expression,
    Field,
    ForeignKeyField,
    Insert,
    Metadata,
    Model,
    ModelDelete,
    ModelUpdate,
    Table,
    _savepoint,
)

from .connection import database as database
from .connection import is_sqlite
from .connection import transaction as transaction
from .errors import RuleError, ScopeError
from .fields import JsonField
from .hidden import guard_references
from .i18n import _
from .scope import Scope, current_scope, scope_or_none
from .stamps import EVERYWHERE, KNOWN, UNSTAMPED, Stamping
from .text import forbidden_in
from .wall import CLOSURE, Narrowed, Reading, Unreadable, not_taken_back, reading
from .wall import UNDOING as UNDOING
from .workflow import Workflow

log = structlog.get_logger()
_raw_allowed: ContextVar[bool] = ContextVar("youthpilot_raw_allowed", default=False)
_insert_checked: ContextVar[bool] = ContextVar("youthpilot_insert_checked", default=False)
COUNTY_TABLES: dict[str, "type[CountyModel]"] = {}  # what the wall knows: core's, and those of accepted modules
_HOUSE = tuple(
    f"youthpilot.{room}." for room in ("core", "plugins.importing", "plugins.figures", "plugins.reports")
)  # their models are there whatever modules are


class Walled(Stamping):
    """What every engine of ours checks before a statement reaches the driver."""

    type_names: ClassVar[dict[str, str]] = {}  # types of columns that are called otherwise than the engine does (`core.kernel.schema.run`)

    def county_of(self, table: str) -> int | None:
        """The county whose rows of the table can be reached at this moment; EVERYWHERE: any county's, None: the table belongs to none."""
        scope = scope_or_none()
        if table not in COUNTY_TABLES:
            return None
        return EVERYWHERE if scope is None or scope.county_id is None or _raw_allowed.get() else scope.county_id

    def execute(self, query: Any, **context: Any) -> Any:
        checked = getattr(query, "_checked", False)
        if isinstance(query, Insert) and not checked and _county_owned(query.table) and current_scope().county_id is not None:
            raise ScopeError(f"insert into {query.table} past the scope: use Model.insert_many or Model.create")
        if isinstance(query, ModelUpdate | ModelDelete) and query.model.append_only and not _raw_allowed.get():
            raise ScopeError(f"{query.model._meta.table_name} is append-only: write a new row instead")
        guarded = getattr(query, "_guarded_rows", None)
        if guarded is not None:
            if _model_of(query.table).date_field and not database.in_transaction():  # asked and written in one step
                with transaction():
                    return self.execute(query, **context)
            check_dates(_model_of(query.table), guarded, None if isinstance(query, Insert) else query)
        token = _insert_checked.set(checked)
        try:
            return super().execute(query, **context)  # type: ignore[misc]
        finally:
            _insert_checked.reset(token)

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        refuse_unscoped(sql, params)
        return super().execute_sql(sql, params)

    def savepoint(self) -> "_Savepoint":
        """A nested block; what waits for the commit shares its fate."""
        return _Savepoint(self)

    def _run_commit_callbacks(self) -> None:
        """Do what waited for the commit. One that raises is logged: peewee would try to undo what is committed."""
        waiting = self._state.commit_callbacks  # type: ignore[attr-defined]
        todo, waiting[:] = list(waiting), []
        for act in todo:
            try:
                act()
            except Exception as error:
                log.error("after the commit", error=repr(error), exc_info=error)


class _Savepoint(_savepoint):
    """peewee's savepoint, which takes along what was to be done after the commit when it is rolled back."""

    def _begin(self) -> None:
        super()._begin()
        self.waiting = len(self.db._state.commit_callbacks)

    def rollback(self, begin: bool = True) -> None:
        del self.db._state.commit_callbacks[self.waiting :]
        if self.db.alive():
            super().rollback(begin)


def plain_rows(query: Any) -> list[tuple[Any, ...]]:
    """Rows of a select as the driver gives them, for sums over tens of thousands of them: several times faster than `.tuples()`.

    Numbers and text only: a date is ISO text on SQLite and a date on PostgreSQL, money is in 分. Narrowed to the scope like any query.
    """
    return list(database.execute(query).fetchall())


@contextmanager
def raw_allowed() -> Iterator[None]:
    """For migrations and for statements that carry their own county predicate and were reviewed: a test lists every place."""
    token = _raw_allowed.set(True)
    try:
        yield
    finally:
        _raw_allowed.reset(token)


def refuse_unscoped(sql: str, params: Any = None) -> None:
    """Raise ScopeError if `sql` touches a county-owned table without its predicate, or with another county's, under the scope in force."""
    scope = scope_or_none()
    if _raw_allowed.get() or (scope is not None and scope.county_id is None and scope.mode == "system"):
        return
    try:
        found = _leaks(sql, len(COUNTY_TABLES), _insert_checked.get(), "?" if is_sqlite() else "%s")
    except Unreadable as error:
        raise ScopeError(f"statement refused, {error}: {sql[:160]}") from None
    if found.loose:
        why = "no scope is set" if scope is None else "it is not narrowed to the county"
        raise ScopeError(f"statement touches {', '.join(found.loose)} but {why}: {sql[:160]}")
    if scope is None and found.mentions:
        raise ScopeError(f"no scope is set: {sql[:160]}")
    wider = [n.table for n in found.narrowed if scope is not None and not _within(n, params or (), scope)]
    if wider:
        raise ScopeError(f"statement reaches {', '.join(wider)} past the scope: {sql[:160]}")


def _within(mention: Narrowed, params: Any, scope: Scope) -> bool:
    """True if the parameters of a narrowed mention are the scope's own county and, where it must, its topmost organization."""
    if any(mark >= len(params) or params[mark] != scope.county_id for mark in mention.county_marks):
        return False
    if scope.whole or (not mention.writes and COUNTY_TABLES[mention.table].readable_from != "subtree"):
        return True
    return mention.root_mark is not None and mention.root_mark < len(params) and params[mention.root_mark] == scope.root_id


@lru_cache(maxsize=8192)
def _leaks(sql: str, _known: int, inserting: bool, mark: str) -> Reading:
    """What the statement does to county-owned tables. inserting: rows were checked before. Raises Unreadable."""
    return reading(sql, COUNTY_TABLES, inserting, mark)


def _county_owned(table: Any) -> bool:
    """True for a county-owned model, its table, and a bare Table of the same name."""
    return _model_of(table) in COUNTY_TABLES.values() or str(getattr(table, "__name__", "")).casefold() in COUNTY_TABLES


def _model_of(table: Any) -> Any:
    return table if isinstance(table, type) else getattr(table, "_model", None)


def _narrowed(ctx: Any, path: tuple[str, ...], model: "type[CountyModel]") -> Any:
    """Render `path` as a source, narrowed by the scope in force."""
    _refuse_unaccepted(model)
    scope = current_scope()
    if scope.county_id is None:
        return ctx.sql(Entity(*path))
    ctx.literal("(SELECT * FROM ").sql(Entity(*path)).literal(' WHERE "county_id" = ').value(scope.county_id)
    if not scope.whole and model.readable_from == "subtree":
        ctx.literal(f' AND "{model.scope_column}" IN (SELECT "descendant_id" FROM "{CLOSURE}" WHERE "county_id" = ')  # noqa: S608 - names of a class, no input
        ctx.value(scope.county_id).literal(' AND "ancestor_id" = ').value(scope.root_id).literal(")")
    if "batch_id" in model._meta.columns:
        first, *others = not_taken_back(path[-1]).split("?")
        ctx.literal(first)
        for piece in others:
            ctx.value(scope.county_id).literal(piece)
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


def admit(models: Iterable[Any]) -> None:
    """Enter models into the wall and link them with what they refer to: the module that brings them is accepted."""
    for model in models:
        KNOWN.add(model._meta.table_name)
        if not model.stamped:
            UNSTAMPED.add(model._meta.table_name)
        if "county" in model._meta.fields and issubclass(model, CountyModel):
            COUNTY_TABLES[model._meta.table_name] = model
            guard_references(model, CountyModel)
        _link(model)
    _leaks.cache_clear()


def withdraw(models: Iterable[Any]) -> None:
    """Take models out of the wall again, and out of what they refer to: their module is refused. Using them raises ScopeError.

    Those of the house stay, whoever names them as his own.
    """
    for model in (m for m in models if not m.__module__.startswith(_HOUSE)):
        table = model._meta.table_name
        if COUNTY_TABLES.get(table) is model:
            del COUNTY_TABLES[table]
        UNSTAMPED.discard(table)
        _unlink(model)
    _leaks.cache_clear()


def _link(model: type[Model]) -> None:
    for field in model._meta.sorted_fields:
        if isinstance(field, ForeignKeyField) and field not in model._meta.refs:
            model._meta.add_ref(field)
            if field.backref not in ("+", "!") and not hasattr(field.rel_model, field.backref):
                setattr(field.rel_model, field.backref, field.backref_accessor_class(field))


def _unlink(model: Any) -> None:
    """A class alone leaves nothing on the models of core: no back-reference, no part in a recursive delete."""
    refs: list[Any] = list(model._meta.refs)
    for field in refs:
        model._meta.remove_ref(field)
        referred, name = field.rel_model, field.backref
        if getattr(vars(referred).get(name), "field", None) is field:
            delattr(referred, name)


class BaseModel(Model):
    """Base of all tables. Platform tables (users, counties, sessions) stand directly below it."""

    stamped: ClassVar[bool] = True  # False: its writes outdate no kept result, so none may read it (`core.kernel.stamps`)
    append_only: ClassVar[bool] = False  # triggers refuse UPDATE and DELETE
    stored_in: ClassVar[str] = ""  # rows name files (stored_name, digest, file_name) in this folder of core.kernel.filing: `check` reads them
    personal_fields: ClassVar[tuple[str, ...]] = ()  # fields that tell something of a person
    workflow: ClassVar[Workflow | None] = None  # the table of its states, whose column only core.audit.acting writes
    typed_text: ClassVar[bool] = False  # its texts come from people and files: characters that no document can hold are refused

    class Meta:
        database = database
        legacy_table_names = False
        only_save_dirty = True

    def save(self, *args: Any, **kwargs: Any) -> Any:
        """Write the fields that were set since the row was read, and no others: what another writer changed meanwhile stays, and no
        key is written again that did not move. Returns the rows written; False if nothing was set."""
        for field in self._meta.sorted_fields:
            if isinstance(field, JsonField) and field.changed_inside(self):
                self._dirty.add(field.name)
        return super().save(*args, **kwargs)

    @classmethod
    def validate_model(cls) -> None:
        """Called by peewee when the class is complete. Core's own enter the wall now, a module's when the module is accepted."""
        super().validate_model()
        if cls.__module__.startswith(_HOUSE):
            admit([cls])
        else:
            _unlink(cls)

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
    (`core.kernel.schema`), so that the database itself refuses a reference into another county.
    """

    typed_text = True
    readable_from: ClassVar[str] = "subtree"  # or "county": every user of the county may read the rows
    merged_fields: ClassVar[tuple[str, ...]] = ()  # foreign keys to an organization that go along when it is merged into another
    scope_column: ClassVar[str] = "organization_id"
    is_hidden: bool = False  # True: stands for a row that the reader may not see (`core.kernel.hidden`)
    date_field: ClassVar[str] = ""  # facts: the date that decides which period they belong to; locked periods refuse writes

    id = AutoField()

    class Meta:
        model_metadata_class = _ScopedMetadata

    @classmethod
    def in_scope(cls) -> Expression | None:
        """The predicate of the scope for UPDATE and DELETE (always down to the subtree); None for unscoped system work."""
        _refuse_unaccepted(cls)
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
            query._checked, query._guarded_rows = True, [row]
        return query

    @classmethod
    def insert_many(cls, rows: Iterable[Any], fields: Any = None) -> Any:
        rows = [dict(zip(fields, r, strict=True)) if fields else r for r in rows]
        named = [{_name(cls, k): v for k, v in row.items()} for row in rows]
        _check_rows(cls, named)
        query = super().insert_many(rows)
        query._checked, query._guarded_rows = True, named
        return query

    def save(self, *args: Any, **kwargs: Any) -> Any:
        """As BaseModel.save. Raises ScopeError if the row lies outside the scope (or is gone)."""
        if self.is_hidden:
            raise ScopeError(f"{type(self).__name__} {self._pk} lies outside the scope")
        saved = super().save(*args, **kwargs)
        if saved == 0 and saved is not False:
            raise ScopeError(f"{type(self).__name__} {self._pk} lies outside the scope")
        return saved


def _refuse_unaccepted(model: type[Model]) -> None:
    if COUNTY_TABLES.get(model._meta.table_name) is not model:
        raise ScopeError(f"{model.__module__}.{model.__name__}: its module is not accepted, so the table {model._meta.table_name!r} is closed to it")


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
    _refuse_unaccepted(model)
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


def check_dates(model: type[CountyModel], rows: Iterable[dict[str, Any]], query: Any = None) -> None:
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
    if not database.in_transaction():  # its rows and their stamp are one step
        with transaction():
            return bulk_load(model, rows)
    _refuse_characters(model, rows)
    _check_rows(model, rows)
    check_dates(model, rows)
    fields = [model._meta.combined[name] for name in rows[0]]
    values = [[field.db_value(_key(value)) for field, value in zip(fields, row.values(), strict=True)] for row in rows]
    columns = ", ".join(f'"{field.column_name}"' for field in fields)
    connection = database.connection()
    database.wrote(model._meta.table_name)
    if is_sqlite():
        marks = ", ".join("?" * len(fields))
        connection.executemany(f'INSERT INTO "{model._meta.table_name}" ({columns}) VALUES ({marks})', values)  # noqa: S608
    else:
        with connection.cursor().copy(f'COPY "{model._meta.table_name}" ({columns}) FROM STDIN') as copy:
            for value in values:
                copy.write_row(value)
    return len(rows)


def after_commit(act: Callable[[], None]) -> None:
    """Do `act` when the transaction around has been committed, never if it (or the savepoint around) is rolled back; at once outside one.

    The same function given again while it waits is done once. What it raises inside a transaction is logged: the rows stand already.
    """
    if act not in database._state.commit_callbacks:
        database.after_commit(act)


def reference(model: Any, **kwargs: Any) -> ForeignKeyField:
    """A foreign key without a backref (two modules may reference one core table), never loaded by surprise."""
    kwargs.setdefault("backref", "+")
    return ForeignKeyField(model, **kwargs)
