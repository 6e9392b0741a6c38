"""ALTER TABLE as PostgreSQL has it, on SQLite too: what SQLite cannot alter in place is made again with its rows.

SQLite adds columns and nothing else: no foreign key over (county_id, x_id), no unique key, no check, no NOT NULL. A table that gets one is
copied, dropped and made again under its name, inside the transaction of the script. Its indexes and triggers are dropped with it and are made
again from their own text; the tables that refer to it keep their references, which are deferred meanwhile.
"""

import re
from typing import Any

from .connection import database

PIECE = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|.""", re.S)
ALTER = re.compile(r'\s*ALTER\s+TABLE\s+"?(\w+)"?\s+(.*)', re.I | re.S)
ADDED = re.compile(r'ADD\s+((?:CONSTRAINT\s+"?\w+"?\s+)?(?:FOREIGN\s+KEY|UNIQUE|CHECK)\b.*)', re.I | re.S)
CHANGED = re.compile(r'ALTER\s+COLUMN\s+"?(\w+)"?\s+(?:(SET|DROP)\s+NOT\s+NULL|TYPE\s+(.+))', re.I | re.S)
DEFINITION = re.compile(r'("?)(\w+)\1\s+(\w+(?:\s*\([^)]*\))?)(.*)', re.S)


def items(text: str) -> list[str]:
    """The parts of a list at its commas, not at those in brackets and quotes; comments are left out."""
    found, depth = [""], 0
    for piece in PIECE.findall(text):
        depth += (piece == "(") - (piece == ")")
        if piece == "," and not depth:
            found.append("")
        else:
            found[-1] += " " if piece.startswith(("--", "/*")) else piece
    return [part.strip() for part in found]


def beyond_sqlite(statement: str) -> tuple[str, list[str]] | None:
    """(table, actions) of an ALTER TABLE of which SQLite cannot do every action; None for any other statement."""
    found = ALTER.fullmatch(statement.rstrip(" ;\n"))
    actions = items(found[2]) if found else []
    if found is None or not any(ADDED.fullmatch(a) or CHANGED.fullmatch(a) for a in actions):
        return None
    return found[1], actions


def alter(table: str, actions: list[str]) -> None:
    """Do the actions on SQLite: those that it knows in place, the others by making the table again.

    Raises RuntimeError for rows that refer to nothing, and what SQLite raises for rows that a new key refuses.
    """
    rest = [action for action in actions if ADDED.fullmatch(action) or CHANGED.fullmatch(action)]
    with database.atomic():
        for action in actions:
            if action not in rest:
                _run(f'ALTER TABLE "{table}" {action}')
        _make_again(table, rest)


def body_of(table: str) -> tuple[str, list[str], str]:
    """(what stands before, the columns and constraints, what stands behind) of the table's CREATE on SQLite. Raises RuntimeError if there is none."""
    found = catalogue("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", table)
    if not found:
        raise RuntimeError(f"there is no table {table}")
    head, _bracket, rest = found[0][0].partition("(")
    body, _bracket, tail = rest.rpartition(")")
    return head, items(body), tail


def _make_again(table: str, actions: list[str]) -> None:
    head, parts, tail = body_of(table)
    for action in actions:
        parts = _with_action(parts, action)
    beside = catalogue("SELECT sql FROM sqlite_master WHERE tbl_name = ? AND type IN ('index', 'trigger') AND sql IS NOT NULL", table)
    [(deferred,)] = catalogue("PRAGMA defer_foreign_keys")
    _run("PRAGMA defer_foreign_keys = 1")  # those who refer to it find its rows again before the commit
    _run(f'CREATE TABLE "{table}__rows" AS SELECT * FROM "{table}"')  # noqa: S608 - names of the catalogue, no input
    _run(f'DROP TABLE "{table}"')
    _run(f"{head}(\n    " + ",\n    ".join(parts) + f"\n){tail}")
    _run(f'INSERT INTO "{table}" SELECT * FROM "{table}__rows"')  # noqa: S608
    _run(f'DROP TABLE "{table}__rows"')
    for (statement,) in beside:
        _run(statement)
    _run(f"PRAGMA defer_foreign_keys = {deferred}")
    _refuse_loose(table)


def _with_action(parts: list[str], action: str) -> list[str]:
    """The columns and constraints of a table after an action."""
    added, changed = ADDED.fullmatch(action), CHANGED.fullmatch(action)
    if added:
        return [*parts, added[1]]
    assert changed is not None
    column, verb, kind = changed.groups()
    at = next((i for i, part in enumerate(parts) if (found := DEFINITION.fullmatch(part)) and found[2] == column), None)
    if at is None:
        raise RuntimeError(f"there is no column {column}: {action}")
    return [*parts[:at], _redefined(parts[at], verb, kind), *parts[at + 1 :]]


def _redefined(definition: str, verb: str | None, kind: str | None) -> str:
    """A column's definition with another type, with NOT NULL or without."""
    found = DEFINITION.fullmatch(definition)
    assert found is not None
    mark, name, was, rest = found.groups()
    if kind:
        return f"{mark}{name}{mark} {kind}{rest}"
    bare = re.sub(r"\s+NOT\s+NULL\b", "", rest, count=1, flags=re.I)
    return f"{mark}{name}{mark} {was}{' NOT NULL' if (verb or '').upper() == 'SET' else ''}{bare}"


def _refuse_loose(table: str) -> None:
    """What PostgreSQL refuses at once: a new foreign key over rows that refer to nothing."""
    loose = catalogue(f'PRAGMA foreign_key_check("{table}")')
    if loose:
        parents = ", ".join(sorted({parent for _table, _row, parent, _key in loose}))
        raise RuntimeError(f"{len(loose)} rows of {table} refer to rows of {parents} that do not exist")


def _run(statement: str) -> None:
    database.execute_sql(statement)


def catalogue(statement: str, *values: Any) -> list[Any]:
    """The rows of a question to SQLite's catalogue, a pragma for instance."""
    return list(database.execute_sql(statement, values).fetchall())
