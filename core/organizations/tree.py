"""The tree of one day, as a frozen value in preorder. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Node:
    """One organization at its place on the day. `parent` None: a root of what may be seen. `active` False: closed, keeps its last place.

    `end` is the position in preorder just behind its subtree.
    """

    id: int
    parent: int | None
    depth: int
    code: str
    name: str
    short_name: str
    kind: str
    org_type: str
    active: bool
    end: int


@dataclass(frozen=True)
class Tree:
    """Organizations in preorder (children by code). `parent`, `depth`, `code`, `name`, `kind` are mappings by id."""

    day: date
    nodes: tuple[Node, ...]
    position: dict[int, int] = field(repr=False)

    @cached_property
    def ids(self) -> tuple[int, ...]:
        """Ids in preorder."""
        return tuple(node.id for node in self.nodes)

    @cached_property
    def parent(self) -> dict[int, int | None]:
        """id → id of the organization above it, None for a root."""
        return {node.id: node.parent for node in self.nodes}

    @cached_property
    def depth(self) -> dict[int, int]:
        """id → depth, 0 for a root."""
        return {node.id: node.depth for node in self.nodes}

    @cached_property
    def code(self) -> dict[int, str]:
        """id → code."""
        return {node.id: node.code for node in self.nodes}

    @cached_property
    def name(self) -> dict[int, str]:
        """id → full name."""
        return {node.id: node.name for node in self.nodes}

    @cached_property
    def kind(self) -> dict[int, str]:
        """id → kind (see models.KINDS)."""
        return {node.id: node.kind for node in self.nodes}

    @cached_property
    def root(self) -> int | None:
        """The first root; None for an empty tree."""
        return self.nodes[0].id if self.nodes else None

    def __len__(self) -> int:
        return len(self.nodes)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __contains__(self, organization_id: object) -> bool:
        return organization_id in self.position

    def __getitem__(self, organization_id: int) -> Node:
        return self.nodes[self.position[organization_id]]

    def children(self, organization_id: int) -> tuple[int, ...]:
        """Ids directly below, by code."""
        at, found = self.position[organization_id] + 1, []
        while at < self[organization_id].end:
            found.append(self.nodes[at].id)
            at = self.nodes[at].end
        return tuple(found)

    def subtree(self, organization_id: int) -> tuple[int, ...]:
        """Ids of the organization and of all below it, in preorder."""
        start = self.position[organization_id]
        return tuple(node.id for node in self.nodes[start : self.nodes[start].end])

    def ancestors(self, organization_id: int) -> tuple[int, ...]:
        """Ids above it, the nearest first, itself not included."""
        found, above = [], self[organization_id].parent
        while above is not None:
            found.append(above)
            above = self[above].parent
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Member:
    """What `build` needs of one organization; `parent` may name one that is not among the others."""

    id: int
    parent: int | None
    code: str
    name: str
    short_name: str
    kind: str
    org_type: str
    active: bool


def natural(code: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key: numbers inside a code by value, so that X-10 follows X-9."""
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.findall(r"\d+|\D+", code))


def build(day: date, members: Iterable[Member]) -> Tree:
    """The tree of the members. One whose parent is missing hangs below the county's root, or is a root itself where there is none."""
    by_id = {member.id: member for member in members}
    top = next((m.id for m in by_id.values() if m.parent is None), None)
    below: dict[int | None, list[Member]] = {}
    for member in sorted(by_id.values(), key=lambda m: natural(m.code)):
        below.setdefault(_above(member, by_id, top), []).append(member)
    nodes: list[Node] = []
    _walk(below, None, 0, nodes)
    return Tree(day, tuple(nodes), {node.id: i for i, node in enumerate(nodes)})


def _above(member: Member, by_id: dict[int, Member], top: int | None) -> int | None:
    if member.parent is None or member.parent in by_id:
        return member.parent
    return top


def _walk(below: dict[int | None, list[Member]], parent: int | None, depth: int, nodes: list[Node]) -> None:
    for m in below.get(parent, ()):
        at = len(nodes)
        nodes.append(None)  # type: ignore[arg-type]  # its end is known after its children
        _walk(below, m.id, depth + 1, nodes)
        nodes[at] = Node(m.id, parent, depth, m.code, m.name, m.short_name, m.kind, m.org_type, m.active, len(nodes))


def closure_pairs(parents: dict[int, int | None]) -> Iterator[tuple[int, int, int]]:
    """(ancestor, descendant, depth) for every pair, each with itself at depth 0. Raises ValueError on a cycle."""
    for descendant in parents:
        ancestor: int | None = descendant
        depth = 0
        while ancestor is not None:
            yield ancestor, descendant, depth
            ancestor, depth = parents[ancestor], depth + 1
            if depth > len(parents):
                raise ValueError(f"organization {descendant} stands below itself")
