"""Rolling an indicator up the tree in one pass: what each organization contributes, what its area amounts to. Pure.

An organization's statement comes in three shapes (`Statement.origin`):
- by hand (no records tell the figure): what it gives is its own part and adds to what stands below it;
- "override" of a figure that records tell: it states the whole area, so its own part becomes what is missing to it;
- "total" (汇总录入) or a number given where records are silent: it states the whole area, but gives way to records.
In every case: total = own + sum of the children. See docs/decisions on entries.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .rules import Part, minus, plus
from .values import COMPUTED, CORRECTED, ENTERED, TOTAL

Line = Sequence[tuple[int, int | None]]  # (id, parent) in preorder


@dataclass(frozen=True, slots=True)
class Statement:
    """What an organization entered and what counts now. origin: override, entered or total."""

    origin: str
    part: Part


@dataclass(slots=True)
class Rolled:
    """The result of one pass, by organization id."""

    parts: dict[int, Part]
    own: dict[int, Part]
    sources: dict[int, int]
    records: dict[int, Part | None]  # where a statement replaced them: what the records and those below say


def roll(line: Line, own: Mapping[int, Part], said: Mapping[int, Statement], by_hand: bool) -> Rolled:
    """Totals of flow, stock, ratio or average: a blank adds nothing, all blank is blank."""
    own = dict(own)
    sources = dict.fromkeys(own, COMPUTED)
    area = dict(said)
    for i, s in said.items() if by_hand else ():
        if s.origin != "total":
            own[i], sources[i] = s.part, ENTERED
            del area[i]
    done = Rolled(dict(own), own, sources, {})
    parts = done.parts
    for i, parent in reversed(line):
        if i in area:
            _state(done, i, area[i], by_hand)
        part = parts.get(i)
        if part is not None and parent is not None:
            above = parts.get(parent)
            if above is None:
                parts[parent] = part
            elif part[1] is None:
                parts[parent] = (above[0] + part[0], above[1])
            else:
                parts[parent] = plus(above, part)  # type: ignore[assignment]
            sources[parent] = sources.get(parent, 0) | sources[i]
    return done


def _state(done: Rolled, i: int, said: Statement, by_hand: bool) -> None:
    """Let an area amount to what was stated; its own part takes the difference."""
    mask, below = done.sources.get(i, 0), done.parts.get(i)
    if gives_way(said.origin, mask):
        return
    if said.origin == "override" and not by_hand:
        done.records[i] = below
    done.own[i] = plus(done.own.get(i), minus(said.part, below)) or said.part
    done.parts[i] = said.part
    done.sources[i] = mask | {"override": CORRECTED, "entered": ENTERED}.get(said.origin, TOTAL)


def gives_way(origin: str, below: int) -> bool:
    """True if a statement about an area does not count because of what stands in it (bits of sources)."""
    if origin == "override":
        return False
    return bool(below & (COMPUTED | CORRECTED) if origin == "entered" else below & ~TOTAL)


def roll_distinct(line: Line, items: Iterable[Sequence[Any]], said: Mapping[int, Statement]) -> Rolled:
    """Distinct items counted anew at every node, never summed. `items`: (organization, key); key None: the source exists, nothing in it.

    A correction replaces the count of its area; above it the difference travels along.
    """
    known = {i for i, _ in line}
    root = line[0][0] if line else None
    sets: dict[int, set[Any]] = {}
    for organization, item, *_rest in items:
        held = sets.setdefault(organization if organization in known else root, set())  # type: ignore[arg-type]
        if item is not None:
            held.add(item)
    done = Rolled({}, {i: (len(s), None) for i, s in sets.items()}, dict.fromkeys(sets, COMPUTED), {})
    extra: dict[int, Any] = {}
    for i, parent in reversed(line):
        held = sets.pop(i, None)  # type: ignore[arg-type]
        if held is not None:
            done.parts[i] = (len(held) + extra.get(i, 0), None)
        elif i in extra:
            done.parts[i] = (extra[i], None)
        if i in said:
            before = done.parts.get(i)
            _state(done, i, said[i], by_hand=False)
            if done.parts[i] is not before:
                extra[i] = extra.get(i, 0) + done.parts[i][0] - (before[0] if before else 0)
        if parent is None or i not in done.parts:
            continue
        done.sources[parent] = done.sources.get(parent, 0) | done.sources[i]
        if i in extra:
            extra[parent] = extra.get(parent, 0) + extra[i]
        if held is not None:
            other = sets.get(parent)
            sets[parent] = held if other is None else _merged(held, other)
    return done


def _merged(a: set[Any], b: set[Any]) -> set[Any]:
    small, large = (a, b) if len(a) < len(b) else (b, a)
    large |= small
    return large


def entered_distinct(said: Mapping[int, Statement]) -> Rolled:
    """Distinct figures entered by hand hold where they were entered: without the items, no superior total is possible."""
    parts = {i: s.part for i, s in said.items()}
    return Rolled(parts, dict(parts), {i: TOTAL if s.origin == "total" else ENTERED for i, s in said.items()}, {})


def count_up(line: Line, asked: Iterable[int], given: Iterable[int]) -> dict[int, tuple[int, int]]:
    """(n, m) at every organization: how many of those asked below it gave a value."""
    n: dict[int, int] = {}
    m: dict[int, int] = {}
    given = set(given)
    known = {i for i, _ in line}
    for i in asked:
        at = i if i in known else line[0][0]
        m[at] = m.get(at, 0) + 1
        n[at] = n.get(at, 0) + (i in given)
    for i, parent in reversed(line):
        if i in m and parent is not None:
            m[parent] = m.get(parent, 0) + m[i]
            n[parent] = n.get(parent, 0) + n[i]
    return {i: (n[i], total) for i, total in m.items()}
