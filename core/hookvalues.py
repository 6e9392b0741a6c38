"""What hooks are given and what they give back: frozen values, checked field by field when they come from a module."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from .contracts import number
from .kernel.calendar import CalendarPeriod

DIGEST = re.compile(r"[0-9a-f]{64}")


def said(kind: str, **texts: Any) -> None:
    """Raise ValueError if a text that people or the platform look for is empty."""
    for name, value in texts.items():
        if not str(value).strip():
            raise ValueError(f"{kind}.{name} is empty")


@dataclass(frozen=True)
class CountyValue:
    """The county as hooks see it."""

    id: int
    code: str
    name: str


@dataclass(frozen=True)
class Permission:
    """One thing that may be allowed. `roles`: which of the house's roles hold it by default."""

    name: str
    title: str
    roles: tuple[str, ...] = ("county_admin",)

    def __post_init__(self) -> None:
        said("Permission", name=self.name, title=self.title)


@dataclass(frozen=True)
class PanelChart:
    """A small chart on a panel, drawn by the host with its numbers beside it: the module gives values, never markup.

    kind: "bars" – one bar per point; "line" – a course, oldest first, 3 points or many; "progress" – bars that add up to `target`;
    "stack" – a bar per row, cut into `parts` (at most 5, the finished part first). points: (label, value), for bars, line and
    progress. rows: (label, one value per part), for stack. A value is a Decimal in `unit`; None is a gap, never 0; below 0 the number
    is printed and no bar drawn. target: a mark across bars and line, the whole of progress; None for none.
    """

    title: str
    kind: Literal["bars", "line", "progress", "stack"] = "bars"
    points: tuple[tuple[str, Decimal | None], ...] = ()
    unit: str = ""
    target: Decimal | None = None
    parts: tuple[str, ...] = ()
    rows: tuple[tuple[str, tuple[Decimal | None, ...]], ...] = ()

    def __post_init__(self) -> None:
        if self.kind == "stack" and (self.points or not 0 < len(self.parts) <= 5 or any(len(v) != len(self.parts) for _l, v in self.rows)):
            raise ValueError(f"{self.title}: a stack has 1 to 5 parts and rows with one value for each, no points")
        if self.kind != "stack" and (self.parts or self.rows):
            raise ValueError(f"{self.title}: parts and rows belong to a stack")
        for value in (v for _l, row in (*self.rows, ("", tuple(v for _p, v in self.points))) for v in row if v is not None):
            number(value)


@dataclass(frozen=True)
class Panel:
    """A panel of the county's home: a title, lines of text, charts and where a click leads (endpoint without address)."""

    title: str
    lines: tuple[str, ...]
    endpoint: str = ""
    icon: str = "module"
    tone: Literal["", "warn", "bad"] = ""
    todo: bool = False  # shown under 今天要做, without its charts
    charts: tuple[PanelChart, ...] = ()

    def __post_init__(self) -> None:
        said("Panel", title=self.title)


@dataclass(frozen=True)
class Problem:
    """Something that should be settled before a period closes. blocking: closing is refused."""

    text: str
    advice: str
    blocking: bool = False
    organization_id: int | None = None
    endpoint: str = ""

    def __post_init__(self) -> None:
        said("Problem", text=self.text)


@dataclass(frozen=True)
class Setting:
    """A dated setting of a module; its form field has the same name."""

    key: str
    title: str
    default: Any
    help: str = ""

    def __post_init__(self) -> None:
        said("Setting", key=self.key, title=self.title)


@dataclass(frozen=True)
class PeriodValue:
    """The period as hooks see it; start and end are included."""

    id: int
    code: str
    start: date
    end: date
    revision: int

    @property
    def calendar(self) -> CalendarPeriod:
        """Its kind, its neighbours and its words."""
        return CalendarPeriod.parse(self.code)


@dataclass(frozen=True)
class Preparation:
    """What a plugin will store with a lock. content: its own, handed back to it unread; problems: what stands against locking."""

    content: Any = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class PeriodPart:
    """What a plugin has stored of a period. digest: of all of it, 64 hex digits, which the lock is chained to.

    told: what the audit entry of the act says of it; reason: why it was stored although something stood against it, for the same entry.
    """

    digest: str
    told: dict[str, Any] = field(default_factory=dict)
    reason: str = ""

    def __post_init__(self) -> None:
        if not DIGEST.fullmatch(self.digest):
            raise ValueError("PeriodPart.digest: expected 64 hex digits")


@dataclass(frozen=True)
class PartCheck:
    """A plugin's part of a lock as it stands now. digest: computed again, '' if nothing of it is there; differences: what was changed, a sentence each.

    first_format: what version 0.1 put into the digest of the whole lock, None of a plugin that had no part in it.
    """

    digest: str
    differences: tuple[str, ...] = ()
    first_format: tuple[Any, ...] | None = None


@dataclass(frozen=True)
class PeriodDifference:
    """Something of a period that is not as it was stored. revision 0: of the period itself. unchecked: it only could not be looked at."""

    period_code: str
    revision: int
    text: str
    unchecked: bool = False


@dataclass(frozen=True)
class DemoTarget:
    """What a module fills when the demonstration is built: one county, one open period at a time, oldest first.

    flagship: the default seed, whose figures are tuned to a known report; any other seed draws freely. first: the first period of
    this county, so set-up belongs here. say(text, done, total) tells how far it is. wanted: the module puts (key → total) of
    figures entered by hand that the organizations' forms shall add up to; targets: what its plan promised (key, comparator, value,
    words, due day); proofs: section key → the proof of its superlatives, so that an old period can be published.
    """

    county: CountyValue
    period: PeriodValue
    first: bool
    seed: int
    flagship: bool
    say: Callable[[str, int, int], None]
    actor: str
    wanted: dict[str, Decimal] = field(default_factory=dict, metadata={"shared": True})
    targets: list[tuple[str, str, Decimal, str, date | None]] = field(default_factory=list, metadata={"shared": True})
    proofs: dict[str, str] = field(default_factory=dict, metadata={"shared": True})
