"""Reading SQL for the wall: which county-owned tables a statement touches, and how each mention is narrowed.

Names are compared whatever their case and however they are quoted, comments are skipped, `CREATE … AS SELECT` and EXPLAIN are looked
into. What cannot be read (an open quote, a second statement, a kind of statement that nobody needs here) is refused as a whole, and so is
what would put the engine on other terms (a pragma, SET, VACUUM INTO).
A module runs in our process: this guards against mistakes in a query, it is no prison (a cursor of the driver passes by it).
"""

import re
from collections.abc import Container
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

CLOSURE = "core_organization_closure"
BATCHES, UNDOING = "core_batch", "undoing"  # what a batch in this state added is gone for every reader
_TOKEN = re.compile(
    r"""(?P<blank>\s+|--[^\n]*(?:\n|\Z)|/\*(?:(?!/\*).)*?\*/)"""
    r"""|(?P<text>'(?:[^']|'')*')"""
    r"""|(?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[\w ]*\])"""
    r"""|(?P<twice>%%)"""
    r"""|(?P<mark>\?(?!\d)|%s)"""
    r"""|(?P<number>\d[\w.]*)"""
    r"""|(?P<word>[^\W\d]\w*)"""
    r"""|(?P<sign>(?!/\*)[-+*/<>=~!@#%^&|:.,;()])""",
    re.S,
)
_DATA = frozenset({"select", "insert", "update", "delete", "with", "values", "replace"})
_STRUCTURE = frozenset({"create", "alter", "drop"})
_HOUSEKEEPING = frozenset({"pragma", "analyze", "reindex", "begin", "commit", "end", "rollback", "savepoint", "release", "show"})
_HARMLESS = re.compile(
    r"(?:table_x?info|table_list|index_(?:list|x?info)|foreign_key_(?:list|check)|quick_check|integrity_check|wal_checkpoint)\Z"
)  # pragmas that set nothing
_RUNS_TEXT = re.compile(r"query_to_xml|cursor_to_xml|table_to_xml|schema_to_xml|database_to_xml|dblink|pg_read_|lo_(?:import|export|get)|load_extension|set_config"
                        r"|sqlite_dbpage|dbstat|ts_(?:stat|rewrite)\Z|pg_stats|pg_statistic|sqlite_stat[34]\Z")  # fmt: skip


class Token(NamedTuple):
    """A piece of a statement. kind: name (a word or a quoted name), text, mark, number, sign. text: names in small letters, without quotes."""

    kind: str
    text: str


class Unreadable(ValueError):
    """The statement is none that the wall can read; str() says why."""


@dataclass(frozen=True)
class Narrowed:
    """A mention in the shape in which the wall itself renders a source or a condition.

    county_marks: places of the parameters that must be the county's id. root_mark: place of the one that must be the id of the scope's
    topmost organization; None where the mention is narrowed to the county alone. writes: the rows are updated or deleted.
    """

    table: str
    county_marks: tuple[int, ...]
    root_mark: int | None
    writes: bool = False


@dataclass(frozen=True)
class Reading:
    """What a statement does to county-owned tables. mentions: every one; loose: those in no shape of the wall's; narrowed: the others."""

    mentions: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()
    narrowed: tuple[Narrowed, ...] = ()


def tokens(sql: str) -> tuple[Token, ...]:
    """The statement without blanks and comments. Raises Unreadable at what belongs to no kind of token."""
    found, at = [], 0
    while at < len(sql):
        match = _TOKEN.match(sql, at)
        if match is None:
            raise Unreadable(f"it cannot be read from {sql[at : at + 40]!r} on")
        kind, text = match.lastgroup or "", match[0]
        at = match.end()
        if kind == "quoted":
            if sql[max(0, match.start() - 2) : match.start()].casefold() == "u&":
                raise Unreadable("it writes a name with escapes of its own")
            found.append(Token("name", text[1:-1].replace(text[0] * 2, text[0]).casefold()))
        elif kind == "word":
            found.append(Token("name", text.casefold()))
        elif kind == "text":
            if found and found[-1].text in ("e", "u", "&") and sql[match.start() - 1] in "eEuU&":
                raise Unreadable("it writes text with escapes of its own")
            found.append(Token(kind, text[1:-1].casefold()))
        elif kind == "blank":
            if text.startswith("--") and "\r" in text.rstrip():  # PostgreSQL ends the comment there, SQLite does not
                raise Unreadable("it holds a comment whose end the engines read in two ways")
        else:
            found.append(Token("sign" if kind == "twice" else kind, text))
    return tuple(found)


def reading(sql: str, tables: Container[str], inserting: bool = False, mark: str = "?") -> Reading:
    """What `sql` does to the county-owned `tables` (names in small letters). inserting: its rows were checked one by one before.

    mark: how the engine writes a parameter, `?` or `%s`. Raises Unreadable.
    """
    found = tokens(sql)
    while found and found[-1] == (("sign", ";")):
        found = found[:-1]
    if Token("sign", ";") in found:
        raise Unreadable("it holds more than one statement")
    verb = _verb(found)
    if verb in _HOUSEKEEPING and not _is(found, 0, "explain"):  # EXPLAIN ANALYZE does what it explains
        _refuse_terms(found)
        return Reading()
    if verb not in _DATA and verb not in _STRUCTURE:
        raise Unreadable(f"statements of the kind {verb.upper()!r} are not used here")
    suspicious = [t.text for t in found if t.kind == "name" and _RUNS_TEXT.match(t.text)]
    if suspicious:
        raise Unreadable(f"{suspicious[0]} reads past the statement")
    made = _mentions(found, tables, verb in _STRUCTURE, inserting)
    if made.narrowed:
        _refuse_other_marks(sql, found, mark)
    return made


def _refuse_terms(found: tuple[Token, ...]) -> None:
    """Raise Unreadable for a pragma that may set something: `name = value` and, for most names, `name(value)`."""
    name = found[1].text if len(found) > 1 else ""
    if _is(found, 0, "pragma") and len(found) > 2 and not (_HARMLESS.match(name) and _is(found, 2, "(")):
        raise Unreadable("it changes the terms on which the database is used")


def _refuse_other_marks(sql: str, found: tuple[Token, ...], mark: str) -> None:
    """Raise Unreadable if the engine would count parameters otherwise than the wall, which looks at their values by their places."""
    counted = sum(token.kind == "mark" for token in found)
    if mark == "?":
        strange = any(token.text in ("%s", ":", "@") and token.kind in ("mark", "sign") for token in found)
    else:
        after = re.findall(r"%(.?)", sql, re.S)  # the driver reads on in comments and texts
        strange = after.count("s") != counted or not set(after) <= {"s", "%"} or any(t == ("mark", "?") for t in found)
    if strange:
        raise Unreadable("it has parameters of another kind beside the plain ones")


def _verb(found: tuple[Token, ...]) -> str:
    """The first word, behind EXPLAIN, QUERY PLAN, and brackets."""
    for token in found:
        if token.text not in ("explain", "query", "plan", "verbose", "("):
            return token.text if token.kind == "name" else ""
    return "begin"  # nothing but blanks


def _mentions(found: tuple[Token, ...], tables: Container[str], structure: bool, inserting: bool) -> Reading:
    mentions, loose, narrowed, marks = [], [], [], 0
    inside: set[int] = set()  # places that belong to a shape already read
    for at, token in enumerate(found):
        marks += token.text in ("?", "%s") and token.kind == "mark"
        if token.text not in tables or token.kind not in ("name", "text") or at in inside:
            continue
        if _is(found, at + 1, ".") or (_is(found, at - 1, "as") and not structure):  # a column's table, a name given by AS
            continue
        mentions.append(token.text)
        shape = None if structure or token.kind == "text" else _shape(found, at, marks)
        if shape is not None:
            narrowed.append(shape[0])
            inside.update(range(at, shape[1]))  # its own sub-queries were read with it
        elif not (inserting and _is(found, at - 1, "into")):
            loose.append(token.text)
        elif _is(found, at - 2, "replace") or any(_is(found, place, "do", "update") for place in range(at, len(found))):
            raise Unreadable("an insert that changes rows which are there already: update them in a query of their own")
    return Reading(tuple(mentions), tuple(loose), tuple(narrowed))


def _is(found: tuple[Token, ...], at: int, *texts: str) -> bool:
    """True if exactly these tokens stand from `at` on; `?` stands for a parameter of either engine, `any` for any name, 'x' for a text."""
    for offset, text in enumerate(texts):
        token = found[at + offset] if 0 <= at + offset < len(found) else None
        if token is None:
            return False
        there = f"'{token.text}'" if token.kind == "text" else token.text
        if not (text == there or (text == "?" and there == "%s") or (text == "any" and token.kind == "name")):
            return False
    return True


def not_taken_back(table: str) -> str:
    """The condition, with `?` for the county, by which rows of a batch that is being undone are gone for every reader.

    That nothing is being undone is decided once per statement; `id`, which every index holds, keeps an index enough where it was before.
    """
    batches = f'FROM (SELECT * FROM "{BATCHES}" WHERE "county_id" = ?) AS "b" WHERE "b"."state" = \'{UNDOING}\''  # noqa: S608 - names of ours, no input
    rows = f'SELECT "r"."id" FROM (SELECT * FROM "{table}" WHERE "county_id" = ?) AS "r" WHERE "r"."batch_id" IN (SELECT "b"."id" {batches})'  # noqa: S608
    return f' AND (NOT EXISTS (SELECT 1 {batches}) OR "id" NOT IN ({rows}))'


_ONWARDS = (Token("name", "and"), Token("name", "returning"))
_SOURCE = ("(", "select", "*", "from")
_BELOW = ("and", "any", "in", "(", "select", "descendant_id", "from", CLOSURE, "where", "county_id", "=", "?", "and", "ancestor_id", "=", "?", ")")


@lru_cache(maxsize=512)
def _taken_back(table: str) -> tuple[str, ...]:
    return tuple(f"'{t.text}'" if t.kind == "text" else t.text for t in tokens(not_taken_back(table)))


def _shape(found: tuple[Token, ...], at: int, marks: int) -> tuple[Narrowed, int] | None:
    """How the mention at `at` is narrowed and where that ends; None if it is in no shape of ours. marks: how many parameters stand before it."""
    table, end = found[at].text, at + 5
    if _is(found, at - 1, "update") or _is(found, at - 2, "delete", "from"):
        condition = _condition(found, at, marks)
        return None if condition is None else (condition, at + 1)
    if not (_is(found, at - 4, *_SOURCE) and _is(found, at + 1, "where", "county_id", "=", "?")):
        return None
    county, root = [marks], None
    if _is(found, end, *_BELOW):
        county, root, end = [marks, marks + 1], marks + 2, end + len(_BELOW)
    if _is(found, end, *_taken_back(table)):
        first = county[-1] + 1 if root is None else root + 1
        county, end = [*county, first, first + 1, first + 2], end + len(_taken_back(table))
    return (Narrowed(table, tuple(county), root), end) if _is(found, end, ")") else None


def _condition(found: tuple[Token, ...], at: int, marks: int) -> Narrowed | None:
    """The condition of an UPDATE or DELETE, if the county's predicate stands first in it and no OR beside it lets others in."""
    table, depth, place, county = found[at].text, 0, at, []
    for place in range(at, len(found)):
        if depth == 0 and _is(found, place, "county_id", "="):  # SET: to the scope's own county only
            if not _is(found, place + 2, "?") or not (_is(found, place + 3, ",") or _is(found, place + 3, "where")):
                return None
            county.append(marks)
        if depth == 0 and _is(found, place, "set", "("):  # several columns at once: nothing of ours writes that
            return None
        depth += (found[place].text == "(") - (found[place].text == ")") if found[place].kind == "sign" else 0
        marks += found[place].kind == "mark"
        if depth == 0 and _is(found, place, "where"):
            break
    else:
        return None
    place += 1
    while _is(found, place, "("):
        depth, place = depth + 1, place + 1
    if not _is(found, place, table, ".", "county_id", "=", "?") or _widened(found, place + 5, depth):
        return None
    below = _is(found, place + 5, ")", "and", "(", table, ".", "any", "in", "(", "select")
    return Narrowed(table, (*county, marks), marks + 2 if below else None, writes=True)


def _widened(found: tuple[Token, ...], place: int, depth: int) -> bool:
    """True if what follows the county's predicate may be true where the predicate is not: an OR, or anything but AND behind it or a bracket around it."""
    floor, closed = depth, True
    for token in found[place:]:
        depth += (token.text == "(") - (token.text == ")") if token.kind == "sign" else 0
        if closed and depth >= floor and token not in _ONWARDS:
            return True
        closed = depth < floor
        floor = min(floor, depth)
        if depth == floor and token.kind == "name" and token.text in ("or", "union"):
            return True
    return False
