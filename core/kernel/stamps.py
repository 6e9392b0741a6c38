"""Stamps: a number per (county, table) in the database that grows with every transaction that wrote into the table.

Whoever has read the numbers before he read rows can tell later whether those rows may have changed (`core.kernel.kept`). So a stamp is
raised in the transaction that writes, as its last statement, and becomes visible with its rows; one that is raised for nothing only costs
a computation. On PostgreSQL its row is locked last: business rows, then the chain of the audit log, then stamps, these in one order.
"""

import re
import secrets
from collections.abc import Callable, Collection, Hashable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .collecting import Vector, collector, forget_vectors, refuse_uncounted
from .connection import database, is_sqlite, transaction
from .wall import Token, Unreadable, tokens

TABLE = "core_stamp"
EVERYWHERE = 0  # the county of a stamp: platform tables, and what is not written under one county's scope
EPOCH = ""  # instead of a table's name: a random number that is another one after a migration, a restore, and `youthpilot db touch`
KNOWN: set[str] = set()  # tables of models
UNSTAMPED: set[str] = set()  # tables whose model says so: their writes raise nothing, and no kept result may read them
_RAISE = 'ON CONFLICT ("county_id", "table_name") DO UPDATE SET "number" ='
_BOOKKEEPING = ("SAVEPOINT", "RELEASE", "ROLLBACK TO", "BEGIN")
_ROWS = re.compile(r'\s*INSERT\s+INTO\s+"(\w+)"\s*\([^()]*\)\s*VALUES\b', re.I)
_SKIPPED = frozenset({"only", "if", "exists", "not", "or", "ignore", "replace", "abort", "fail", "rollback", "table"})
_CHANGES = frozenset({"create", "alter", "drop", "truncate"})


@dataclass(frozen=True)
class Touched:
    """What a statement does to tables, by their names in small letters. names: every name in it; sources: what stands behind FROM or JOIN."""

    written: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    ends: bool = False  # it commits


_NOTHING = Touched()
_only_reading: ContextVar[bool] = ContextVar("youthpilot_only_reading", default=False)


class WritesNothing(RuntimeError):
    """A statement writes where only questions are answered."""


def only_reading() -> None:
    """From now on every statement that writes is refused with WritesNothing, in this context and those copied from it."""
    _only_reading.set(True)


def touched(sql: str) -> Touched:
    """The tables that a statement reads and writes; of one that cannot be read, every table whose name is a word in it."""
    if sql.startswith(_BOOKKEEPING):
        return _NOTHING
    rows = _ROWS.match(sql)
    return Touched(frozenset({rows[1].casefold()})) if rows else _read(sql)


@lru_cache(maxsize=8192)
def _read(sql: str) -> Touched:
    try:
        found = tokens(sql)
    except Unreadable:  # only where the wall does not look: reviewed text, and system work
        words = frozenset(re.findall(r"\w+", sql.casefold()))
        first = sql.split(None, 1)[0].casefold()
        return Touched(frozenset() if first == "select" or first in _CHANGES else words & KNOWN, words)
    verb = next((t.text for t in found if t.text not in ("explain", "query", "plan", "analyze", "verbose", "(")), "")
    names = frozenset(t.text for t in found if t.kind == "name")
    sources = frozenset(named for at, t in enumerate(found) if t.text in ("from", "join") and (named := _named(found, at)))
    written = frozenset() if verb in ("select", "pragma", "values") else frozenset(_written(found, verb))
    return Touched(written, names, sources, verb in ("commit", "end"))


def _written(found: tuple[Token, ...], verb: str) -> list[str]:
    """The tables behind INSERT INTO, UPDATE, DELETE FROM, wherever they stand, and in a change of the schema behind TABLE."""
    places = []
    for at, token in enumerate(found):
        before = found[at - 1].text if at else ""
        if token.kind == "name" and (
            token.text == "into"
            or (token.text == "from" and before == "delete")
            or (token.text == "update" and before not in ("for", "do", "key", "on"))
            or (token.text in ("table", "truncate") and verb in _CHANGES)
        ):
            places.append(at)
    return [name for at in places if (name := _named(found, at))]


def _named(found: tuple[Token, ...], at: int) -> str:
    """The table's name behind a word, '' if there is none."""
    for token in found[at + 1 :]:
        if token.text not in _SKIPPED:
            return token.text if token.kind == "name" else ""
    return ""


def _refuse_written(tables: Collection[str]) -> None:
    if tables and _only_reading.get():
        raise WritesNothing(f"{', '.join(sorted(tables))} cannot be written here: this only answers a question, which may be asked at any time")


class Stamping:
    """What every engine of ours does about stamps: it notes what statements read and write, and raises before COMMIT."""

    _stamps_there = False

    def county_of(self, table: str) -> int | None:
        """The county whose rows of the table can be reached at this moment; EVERYWHERE: any county's, None: the table belongs to none."""
        raise NotImplementedError

    def begin(self, *args: Any, **kwargs: Any) -> None:
        """Begin a transaction, which has written nothing yet: what an earlier one wrote was raised, or undone."""
        self._pending().clear()
        self.last_questions().clear()
        super().begin(*args, **kwargs)  # type: ignore[misc]

    def commit(self) -> None:
        """Raise the stamps of what was written, ask what is to be asked again, and commit."""
        raised = self._before_commit()
        super().commit()  # type: ignore[misc]
        if raised:
            forget_vectors()

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        """Send a statement. One that writes outside a transaction gets one, so that its rows and their stamps are one step."""
        found = touched(sql)
        _refuse_written(found.written)
        self._note_read(found)
        counted = [table for table in found.written if table not in UNSTAMPED]
        if counted and not database.in_transaction():
            with transaction():
                return self._write(counted, sql, params)
        if found.ends:
            self._before_commit()
        return self._write(counted, sql, params)

    def _write(self, tables: list[str], sql: str, params: Any) -> Any:
        for table in tables:
            self.wrote(table)
        return super().execute_sql(sql, params)  # type: ignore[misc]

    def wrote(self, table: str) -> None:
        """The transaction writes into a table past `execute_sql` (COPY, the driver's executemany): say so, inside the transaction."""
        _refuse_written((table,))
        if table not in UNSTAMPED:
            if not database.in_transaction():
                raise RuntimeError(f"{table} is written outside a transaction: its stamp would not be one step with its rows")
            self._pending().add((self.county_of(table) or EVERYWHERE, table))

    def _pending(self) -> set[tuple[int, str]]:
        """(county, table) of what the transaction of this thread has written so far."""
        found: set[tuple[int, str]] = self._state.__dict__.setdefault("stamps", set())  # type: ignore[attr-defined]
        return found

    def _note_read(self, found: Touched) -> None:
        """Tell who collects what is read. A write, or a read that its scope does not describe, leaves nothing to keep."""
        collected = collector()
        if collected is None:
            return
        read = found.sources | (found.names & KNOWN)
        uncounted = read & UNSTAMPED
        if uncounted:
            refuse_uncounted(uncounted)
        strange = any(self.county_of(table) not in (None, collected.county_id) for table in read)
        collected.tables |= read
        collected.told &= not (strange or uncounted or found.written)

    def last_questions(self) -> dict[Hashable, Callable[[], None]]:
        """By any name, what is asked before this transaction commits, after its stamps are raised. What one raises undoes the transaction."""
        found: dict[Hashable, Callable[[], None]] = self._state.__dict__.setdefault("last_questions", {})  # type: ignore[attr-defined]
        return found

    def _before_commit(self) -> bool:
        raised = self._raise_stamps()
        for ask in self.last_questions().values():
            ask()
        return raised

    def _raise_stamps(self) -> bool:
        """Raise what is pending, in one sorted statement (two writers never wait for each other crosswise); True if there was anything."""
        pending = self._pending()
        if not pending or not self.has_stamps():
            pending.clear()
            return False
        values = [value for county, table in sorted(pending) for value in (county, table, 1)]
        _put(self, len(pending), f'"{TABLE}"."number" + 1', values)
        pending.clear()
        return True

    def has_stamps(self) -> bool:
        """False in a database from before there were stamps, until it is upgraded."""
        if not self._stamps_there:
            self._stamps_there = TABLE in self.get_tables()  # type: ignore[attr-defined]
        return self._stamps_there

    def look_for_stamps(self) -> None:
        """The table of stamps may be gone: it is looked for again."""
        self._stamps_there = False

    def hold_stamps(self, county_id: int, tables: Collection[str]) -> Vector | None:
        """The numbers as they stay until the transaction ends: who raised one is waited for, who wants to raise one waits."""
        if not is_sqlite() and self.has_stamps():  # on SQLite there is no other writer
            held = sorted({(county, table) for county in (EVERYWHERE, county_id) for table in tables} | self._pending())
            if held:
                _put(self, len(held), f'"{TABLE}"."number"', [value for county, table in held for value in (county, table, 0)])
        return self.stamps(county_id)

    def stamps(self, county_id: int) -> Vector | None:
        """The numbers of a county's tables as of now, in one statement; None if nothing can be told. Read it before you read rows."""
        if not self.has_stamps():
            return None
        mark = "?" if is_sqlite() else "%s"
        text = f'SELECT "county_id", "table_name", "number" FROM "{TABLE}" WHERE "county_id" IN ({EVERYWHERE}, {mark})'  # noqa: S608
        rows = super().execute_sql(text, (county_id,)).fetchall()  # type: ignore[misc]
        numbers = {(county == EVERYWHERE, table): number for county, table, number in rows}
        epoch = numbers.get((True, EPOCH))
        return None if epoch is None else Vector(county_id, epoch, numbers)


def _put(engine: Any, rows: int, number: str, values: list[Any]) -> None:
    mark = "?" if is_sqlite() else "%s"
    lines = ", ".join([f"({mark}, {mark}, {mark})"] * rows)
    text = f'INSERT INTO "{TABLE}" ("county_id", "table_name", "number") VALUES {lines} {_RAISE} {number}'  # noqa: S608 - our own names
    super(Stamping, engine).execute_sql(text, values)


def renew_epoch() -> None:
    """Nothing that was computed from this database holds any more, in any process: its rows were changed past the stamps."""
    if database.obj.has_stamps():
        with transaction():
            _put(database.obj, 1, 'excluded."number"', [EVERYWHERE, EPOCH, secrets.randbits(62)])
            forget_vectors()
