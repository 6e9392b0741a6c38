"""Figures as values: one figure with everything it must know, and the set of all figures of a county at a period."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from .rules import PAIRED, Number, Part, exact, minus, value_of

Source = Literal["computed", "entered", "corrected", "total", "mixed"]
State = Literal["provisional", "locked", "published"]
COMPUTED, ENTERED, CORRECTED, TOTAL = 1, 2, 4, 8  # where the contributions below a figure come from
SOURCES: dict[int, Source] = {0: "computed", COMPUTED: "computed", ENTERED: "entered", CORRECTED: "corrected", TOTAL: "total"}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an indicator means, free of any module: enough to print and to add its figures. `module` is "core" for core's own."""

    key: str
    module: str
    title: str
    unit: str
    kind: str
    decimals: int = 0
    definition: str = ""
    version: int = 1
    responsible: str = ""
    asked_of: tuple[str, ...] = ()
    across_time: str = "sum"
    format: str = ""
    percent: bool = False
    order: int = 100
    previous_key: str = ""
    jump_limit: Decimal = Decimal(3)


@dataclass(frozen=True, slots=True)
class FigureValue:
    """One figure of one organization, its descendants included.

    value: rounded half-up to the indicator's decimals; bool for a claim; None is blank ("—"). numerator, denominator: unrounded,
    None unless ratio or average. n of m: how many of the organizations asked below it gave a value (0 of 0: nobody is asked).
    revision: None while provisional. fault: the module raised while computing it. own: what the organization itself contributes.
    """

    key: str
    module: str
    title: str
    unit: str
    kind: str
    value: Decimal | bool | None
    numerator: Decimal | None
    denominator: Decimal | None
    organization_id: int
    n: int
    m: int
    source: Source
    state: State
    revision: int | None
    as_of: date
    fault: bool = False
    own: Decimal | None = None
    decimals: int = 0
    percent: bool = False
    definition: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """An organization at its place in the tree that the figures were rolled up on; rows of a set are in preorder."""

    id: int
    parent: int | None
    depth: int
    code: str
    name: str
    kind: str


@dataclass(slots=True)
class Column:
    """All figures of one indicator, by organization id; an id that is missing is blank."""

    meaning: Meaning
    parts: Mapping[int, Part] = field(default_factory=dict)
    own: Mapping[int, Part] = field(default_factory=dict)
    sources: Mapping[int, int] = field(default_factory=dict)  # bits of COMPUTED … TOTAL
    counts: Mapping[int, tuple[int, int]] = field(default_factory=dict)  # n, m
    records: Mapping[int, Part | None] = field(default_factory=dict)  # where corrected: what the records say
    printed: Mapping[int, Any] | None = None  # of a snapshot: values as they were printed, claims included
    fault: bool = False


class FigureSet:
    """Every figure of a county at one period, revision or range, for every organization. Reading it never asks the database."""

    def __init__(
        self,
        county_id: int,
        period_code: str,
        places: Iterable[Place],
        columns: Mapping[str, Column],
        *,
        start: date,
        end: date,
        as_of: date,
        state: State = "provisional",
        revision: int | None = None,
        claims: Mapping[str, Any] | None = None,
    ) -> None:
        self.county_id, self.period_code = county_id, period_code
        self.start, self.end, self.as_of = start, end, as_of
        self.state, self.revision = state, revision
        self.places = {p.id: p for p in places}
        self.columns = dict(columns)
        self._claims = dict(claims or {})  # key → function(figures, organization) computed on demand
        self._below: dict[int, list[int]] | None = None

    @property
    def root(self) -> int | None:
        """The topmost organization of the set; None for an empty one."""
        return next(iter(self.places), None)

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of all indicators, in the order of modules and indicators."""
        return tuple(self.columns)

    def __contains__(self, key: object) -> bool:
        return key in self.columns

    def meaning(self, key: str) -> Meaning:
        """What the indicator means. Raises KeyError for an unknown one."""
        return self.columns[key].meaning

    def value(self, key: str, organization_id: int | None = None) -> Decimal | bool | None:
        """The printed value (default: of the topmost organization); None if blank or unknown."""
        at = self.root if organization_id is None else organization_id
        column = self.columns.get(key)
        if column is None or at not in self.places:
            return None
        return self._printed(column, at, column.parts.get(at))

    def get(self, key: str, organization_id: int | None = None) -> FigureValue | None:
        """The figure of an organization (default: the topmost one); None for an unknown key or an organization outside the set."""
        column = self.columns.get(key)
        place = self.places.get(self.root if organization_id is None else organization_id)  # type: ignore[arg-type]
        if column is None or place is None:
            return None
        at, meaning = place.id, column.meaning
        part, own = column.parts.get(at), column.own.get(at)
        paired = meaning.kind in PAIRED
        value = self._printed(column, at, part)
        n, m = column.counts.get(at, (0, 0))
        return FigureValue(
            key=key,
            module=meaning.module,
            title=meaning.title,
            unit=meaning.unit,
            kind=meaning.kind,
            value=value,
            numerator=_decimal(part[0]) if part and paired else None,
            denominator=_decimal(part[1]) if part and paired else None,
            organization_id=at,
            n=n,
            m=m,
            source="corrected" if at in column.records else SOURCES.get(column.sources.get(at, 0), "mixed"),
            state=self.state,
            revision=self.revision,
            as_of=self.as_of,
            fault=column.fault,
            own=value_of(meaning.kind, own, meaning.decimals, meaning.percent),
            decimals=meaning.decimals,
            percent=meaning.percent,
            definition=meaning.definition,
        )

    def part(self, key: str, organization_id: int) -> Part | None:
        """Unrounded (numerator, denominator) of an organization with its descendants; None if blank."""
        column = self.columns.get(key)
        return column.parts.get(organization_id) if column else None

    def from_records(self, key: str, organization_id: int) -> Part | None:
        """The same without what the organization itself stated: what the records (and those below) say."""
        column = self.columns.get(key)
        if column is None:
            return None
        part, own = column.parts.get(organization_id), column.own.get(organization_id)
        if organization_id in column.records:
            return column.records[organization_id]
        if part is None or own is None or column.sources.get(organization_id, 0) & (COMPUTED | CORRECTED):
            return part
        return None if own == part else minus(part, own)  # it stated the figure itself: what stands below is left

    def for_organization(self, organization_id: int | None = None) -> list[FigureValue]:
        """All figures of an organization (default: the topmost one), in order."""
        found = (self.get(key, organization_id) for key in self.columns)
        return [figure for figure in found if figure is not None]

    def children(self, key: str, organization_id: int | None = None) -> list[FigureValue]:
        """The figure of every organization directly below, in tree order."""
        if self._below is None:
            self._below = {}
            for place in self.places.values():
                if place.parent is not None:
                    self._below.setdefault(place.parent, []).append(place.id)
        at = self.root if organization_id is None else organization_id
        found = (self.get(key, child) for child in self._below.get(at, ()))  # type: ignore[arg-type]
        return [figure for figure in found if figure is not None]

    def subtree(self, organization_id: int) -> list[int]:
        """Ids of the organization and all below it, in preorder; empty if it is not in the set."""
        return list(subtree(self.places, organization_id))

    def visible(self, root_id: int | None) -> "FigureSet":
        """The set cut to an organization and what lies below it (None: uncut). Pass `scope.root_id`.

        The county's totals that a user may see on top of it are asked from the uncut set.
        """
        if root_id is None or root_id == self.root:
            return self
        inside = set(subtree(self.places, root_id))
        cut = FigureSet.__new__(FigureSet)
        cut.__dict__.update(self.__dict__)
        cut.places = {i: p for i, p in self.places.items() if i in inside}
        cut._below = None
        return cut

    def _printed(self, column: Column, at: int, part: Part | None) -> Decimal | bool | None:
        meaning = column.meaning
        if column.printed is not None:
            return column.printed.get(at)
        if meaning.kind != "claim":
            return value_of(meaning.kind, part, meaning.decimals, meaning.percent)
        judge = self._claims.get(meaning.key)
        return None if judge is None or column.fault else judge(self, at)


def _decimal(value: Number | None) -> Decimal | None:
    return None if value is None else Decimal(exact(value))  # type: ignore[arg-type]


def subtree(places: Mapping[int, Place], root_id: int) -> Iterator[int]:
    """Ids of an organization and all below it, in preorder; `places` is in preorder too."""
    top = places.get(root_id)
    inside = False
    for place in places.values() if top else ():
        if place.id == root_id:
            inside = True
        elif inside and place.depth <= top.depth:  # type: ignore[union-attr]
            return
        if inside:
            yield place.id
