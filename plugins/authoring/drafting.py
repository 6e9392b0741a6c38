"""Migrations that write themselves: what the models say and the scripts do not make yet, as the text of the next script.

The scripts of core and of the module are run on an empty database in memory, and what they make is compared with the models: so a script
that was drafted and not applied counts, and no installation is needed. What would destroy rows is told and never written.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from peewee import Field, ForeignKeyField, sort_models

from youthpilot.core.kernel import schema, stamps
from youthpilot.core.kernel.altering import body_of, catalogue
from youthpilot.core.kernel.db import database, transaction
from youthpilot.core.kernel.engines import scratch_database
from youthpilot.core.kernel.errors import RuleError
from youthpilot.core.kernel.scope import unscoped
from youthpilot.core.migrating import CORE_MIGRATIONS, MigrationHistory, Source, Step, in_order, own_models, steps
from youthpilot.core.registry import Registry

from .words import _

LONGEST_TITLE = 50  # signs
TEXTS = {("VARCHAR", "VARCHAR"), ("VARCHAR", "TEXT"), ("INTEGER", "BIGINT")}  # from, to: every value fits


@dataclass(frozen=True)
class Draft:
    """The next script of an owner. left: what it does not write, a line each with the reason and what to do."""

    owner: str
    source: Source
    statements: tuple[str, ...] = ()
    made: tuple[str, ...] = ()  # what it makes, in words: the first line of the script
    title: str = ""  # what the script is called behind its number
    left: tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        """Number and title: 0004_post_issued_by."""
        last = max((int(step.stem[:4]) for step in steps(self.owner, self.source) if step.stem[:4].isdigit()), default=0) if self.source else 0
        return f"{last + 1:04}_{self.title}"


@dataclass
class _Changes:
    """What becomes of one table."""

    table: str
    columns: list[str] = field(default_factory=list)  # statements, in this order
    values: list[str] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)  # of one ALTER TABLE
    indexes: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)  # for the title
    left: list[str] = field(default_factory=list)

    def statements(self) -> list[str]:
        """Columns first, then their values, then what needs both."""
        altered = [f'ALTER TABLE "{self.table}" ' + ",\n    ".join(self.actions)] if self.actions else []
        return [*self.columns, *self.values, *altered, *self.indexes]


def draft(registry: Registry, owner: str) -> Draft:
    """What 'core' or a module needs next; no statements if its scripts make what its models say.

    Raises RuleError for a module that is not there, a script that fails, and columns whose value in existing rows nobody gives.
    """
    models, source = _declared(registry, owner)
    with unscoped("draft a migration"), scratch_database():
        MigrationHistory.create_table(safe=True)
        for step in _scripts(registry, owner):
            _run(step)
        present = schema.table_names()
        new = sort_models([m for m in models if m._meta.table_name not in present])
        changes = [_changes(m, owner) for m in models if m._meta.table_name in present]
        known = {m._meta.table_name for m in models} | {stamps.TABLE}  # stamps are asked past all models
        gone = sorted(t for t in present - known if t.startswith(f"{owner}_"))
    created = [statement for model in new for statement in schema.create_statements(model)]
    made = [f"table {m._meta.table_name}" for m in new] + [text for change in changes for text in change.made]
    words = [m._meta.table_name.removeprefix(f"{owner}_") for m in new] + [word for change in changes for word in change.words]
    left = [text for change in changes for text in change.left] + [_table_left(t) for t in gone]
    statements = (*created, *(s for change in changes for s in change.statements()))
    return Draft(owner, source, statements, tuple(made), _title(words), tuple(left))


def _declared(registry: Registry, owner: str) -> tuple[list[Any], Source]:
    if owner == "core":
        return own_models(registry), CORE_MIGRATIONS
    if owner in registry.loaded:
        return registry.loaded[owner].models, registry.loaded[owner].migrations
    failed = next((f for f in registry.failures if f.name == owner), None)
    if failed:
        raise RuleError(_("The module %(name)s was not loaded: %(reason)s", name=owner, reason=failed.reason))
    raise RuleError(_("There is no module %(name)s here. There are: %(names)s", name=owner, names=", ".join(["core", *sorted(registry.loaded)])))


def _scripts(registry: Registry, owner: str) -> Iterator[Step]:
    """Core's scripts, then those of what the owner builds on, then its own."""
    yield from steps("core", CORE_MIGRATIONS)
    needed = [owner] if owner != "core" else []
    for name in needed:
        needed += [d for d in registry.loaded[name].plugin.depends_on if d not in needed]
    for name in in_order(registry):
        if name in needed and registry.loaded[name].migrations:
            yield from steps(name, registry.loaded[name].migrations)


def _run(step: Step) -> None:
    try:
        with transaction():
            step.up()
    except Exception as error:
        raise RuleError(_("The script %(name)s fails: %(reason)s", name=step.name, reason=f"{type(error).__name__}: {error}")) from error


# one table -----------------------------------------------------------------------------------------------------------


def _changes(model: Any, owner: str) -> _Changes:
    """What the model says and the table does not have. Raises RuleError for columns without a value for existing rows."""
    table = model._meta.table_name
    found = _Changes(table)
    short = table.removeprefix(f"{owner}_")
    present = {name: (kind.upper(), bool(required)) for _n, name, kind, required, _d, _k in catalogue(f'PRAGMA table_info("{table}")')}
    valueless = []
    for one in model._meta.sorted_fields:
        try:
            _column(found, one, present.get(one.column_name), short)
        except ValueError as error:
            valueless.append(f"{table}.{one.column_name}: {error}")
    if valueless:
        raise RuleError("\n".join(valueless))
    declared = {f.column_name for f in model._meta.sorted_fields}
    found.left += [_column_left(table, name) for name in present if name not in declared]
    _keys(found, model, short)
    _indexes(found, model, short)
    return found


def _column(found: _Changes, one: Field, present: tuple[str, bool] | None, short: str) -> None:
    """A column that is new or changed. Raises ValueError, in words, if existing rows have no value for it."""
    kind = schema.spelled(schema.column_type(one))
    if present is None:
        value = "" if one.null else f" NOT NULL DEFAULT {_literal(one)}"
        found.columns.append(f'ALTER TABLE "{found.table}" ADD COLUMN "{one.column_name}" {schema.column_type(one)}{value}')
        found.made.append(f"column {found.table}.{one.column_name}")
        found.words.append(one.name if found.words else f"{short}_{one.name}")
        return
    if one.primary_key:
        return
    was, required = present
    actions = list(_retyped(found, one, was, kind))
    if one.null and required:
        actions.append(f'ALTER COLUMN "{one.column_name}" DROP NOT NULL')
    if not one.null and not required:
        actions += _required(found, one)
    if actions:
        found.actions += actions
        found.made.append(f"{found.table}.{one.column_name} changed")
        found.words.append(one.name if found.words else f"{short}_{one.name}")


def _retyped(found: _Changes, one: Field, was: str, kind: str) -> Iterator[str]:
    if was == kind:
        return
    if _fits(was, kind):
        yield f'ALTER COLUMN "{one.column_name}" TYPE {schema.column_type(one)}'
    else:
        text = _("%(column)s is %(was)s and the model says %(kind)s: not every value fits, so write by hand what becomes of those that do not",
                 column=f"{found.table}.{one.column_name}", was=was, kind=kind)  # fmt: skip
        found.left.append(text)


def _fits(was: str, kind: str) -> bool:
    """True if every value of the first type is one of the second."""
    (before, _b, size), (after, _a, room) = was.partition("("), kind.partition("(")
    return (before, after) in TEXTS and (not room or not size or int(size.rstrip(")")) < int(room.rstrip(")")))


def _required(found: _Changes, one: Field) -> list[str]:
    value = _literal(one)
    if one.model.append_only:
        raise ValueError(_("rows of an append-only table cannot be given a value any more: leave it null=True"))
    found.values.append(f'UPDATE "{found.table}" SET "{one.column_name}" = {value} WHERE "{one.column_name}" IS NULL')  # noqa: S608 - the text of a script, from a class
    return [f'ALTER COLUMN "{one.column_name}" SET NOT NULL']


def _literal(one: Field) -> str:
    """The field's default as SQL, for rows that exist. Raises ValueError, in words, if there is none that suits all rows."""
    if isinstance(one, ForeignKeyField):
        raise ValueError(_("no row could be right for all rows that exist: declare the reference with null=True"))
    value = one.default
    if value is None:
        raise ValueError(_("rows that exist need a value: give the field a default=, or null=True"))
    if callable(value):
        if not isinstance(value, type):
            raise ValueError(_("its default is computed, and rows that exist need one plain value: give a plain default=, or null=True"))
        value = value()
    stored = one.db_value(value)
    if stored != one.db_value(value):
        raise ValueError(_("a value that is encrypted cannot stand in a script: give it default='' or null=True"))
    return _spelled(stored)


def _spelled(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


def _keys(found: _Changes, model: Any, short: str) -> None:
    """Unique keys, references and conditions that stand in the table itself."""
    table = found.table
    unique = {tuple(index.columns) for index in database.get_indexes(table) if index.unique}
    refer = _references(table)
    parts = [_plain(part) for part in body_of(table)[1]]
    wanted = {schema.unique_clause(columns): f"unique key of {table}" for columns in schema.unique_keys(model) if columns not in unique}
    wanted |= {schema.reference_clause(one): f"reference {table}.{one[0][-1]} → {one[1]}" for one in schema.references(model) if one not in refer}
    wanted |= {check: f"condition of {table}" for check in schema.checks(model) if _plain(check) not in parts}
    found.actions += [f"ADD {clause}" for clause in wanted]
    found.made += wanted.values()
    if wanted and not found.words:
        found.words.append(f"{short}_keys")
    found.left += [_reference_left(table, one) for one in sorted(refer) if not _implied(one, schema.references(model))]


def _implied(one: schema.Reference, declared: list[schema.Reference]) -> bool:
    """True if a declared reference says the same, perhaps with the county beside it."""
    return any(target == one[1] and set(one[0]) <= set(columns) for columns, target, _others in declared)


def _references(table: str) -> set[schema.Reference]:
    grouped: dict[int, list[Any]] = {}
    for number, place, parent, column, other, *_rest in sorted(catalogue(f'PRAGMA foreign_key_list("{table}")')):
        grouped.setdefault(number, []).append((place, parent, column, other or "id"))
    return {(tuple(c for _p, _t, c, _o in key), key[0][1], tuple(o for _p, _t, _c, o in key)) for key in grouped.values()}


def _indexes(found: _Changes, model: Any, short: str) -> None:
    wanted = schema.index_statements(model)
    present = {index.name: index for index in database.get_indexes(found.table) if index.sql}
    for name, statement in wanted.items():
        old = present.get(name)
        if old is not None and _plain(old.sql) == _plain(statement):
            continue
        if old is not None:
            found.indexes.append(f'DROP INDEX "{name}"')
        found.indexes.append(statement)
        found.made.append(f"index {name}")
    if found.indexes and not found.words:
        found.words.append(f"{short}_indexes")
    keys = {columns for columns, _target, _others in _references(found.table)}  # an index that serves one may be of use
    found.left += [_index_left(name) for name in sorted(present.keys() - wanted.keys()) if tuple(present[name].columns) not in keys]


def _plain(sql: str) -> str:
    """Without quotes and differences of case and space, to compare."""
    return "".join(sql.replace('"', "").split()).casefold()


# what is not written -------------------------------------------------------------------------------------------------


def _table_left(table: str) -> str:
    return _(
        "The table %(table)s has no model. Its rows would be lost, so write by hand if you mean it: %(sql)s", table=table, sql=f'DROP TABLE "{table}"'
    )


def _column_left(table: str, column: str) -> str:
    text = _("The column %(column)s is in no model. Was it renamed? Write that by hand in place of the new one: %(rename)s. Is it to go? "
             "What was typed into it would be lost, so write by hand if you mean it: %(drop)s",
             column=f"{table}.{column}",
             rename=f'ALTER TABLE "{table}" RENAME COLUMN "{column}" TO …', drop=f'ALTER TABLE "{table}" DROP COLUMN "{column}"')  # fmt: skip
    return str(text)


def _reference_left(table: str, one: schema.Reference) -> str:
    return _("%(table)s has a reference that no model declares, and keeps it: %(sql)s", table=table, sql=schema.reference_clause(one))


def _index_left(name: str) -> str:
    return _("No model declares the index %(name)s. A script may have made it for a purpose; write by hand if it is to go: %(sql)s",
             name=name, sql=f'DROP INDEX "{name}"')  # fmt: skip


def _title(words: list[str]) -> str:
    """What the script is about, in a name of a file."""
    whole = "_".join(dict.fromkeys(words))
    return whole if len(whole) <= LONGEST_TITLE or len(words) == 1 else f"{words[0]}_and_more"
