"""What plugins give to the host's own screens: values, never markup. The host draws them, each in its place by `order`, small first."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from .kernel.address import plain_path


def inside(kind: str, url: str) -> None:
    """Raise ValueError for an address that is not one of this site."""
    if not url.startswith("#") and not plain_path(url):
        raise ValueError(f"{kind}.url: expected an address of this site (url_for)")


@dataclass(frozen=True)
class HomeTodo:
    """A line under 今天要做: what, why, and the button that leads there. bad: it is late."""

    title: str
    hint: str
    url: str
    label: str
    icon: str
    bad: bool = False
    order: int = 100

    def __post_init__(self) -> None:
        inside("HomeTodo", self.url)


@dataclass(frozen=True)
class HomeAction:
    """A button on top of the home. posts: hidden fields of the form that it sends; None: it is a link."""

    label: str
    url: str
    icon: str
    primary: bool = False
    posts: tuple[tuple[str, str], ...] | None = None

    def __post_init__(self) -> None:
        inside("HomeAction", self.url)


@dataclass(frozen=True)
class HomeFigure:
    """A card of one figure: its words in two parts, how it moved against `before`, its course (oldest first; None is a gap).

    base: the place in `series` of the value that `change` compares with, None without one.
    """

    key: str
    title: str
    value: str
    unit: str
    note: str
    direction: Literal["", "up", "down"]
    change: str
    before: str
    series: tuple[Decimal | None, ...]
    base: int | None
    url: str

    def __post_init__(self) -> None:
        inside("HomeFigure", self.url)


@dataclass(frozen=True)
class HomeTarget:
    """What was promised, what is there, and how far that is: done in % from 0 to 100."""

    title: str
    hint: str
    value: str
    text: str
    done: Decimal
    state: Literal["", "ok", "warn"] = ""


@dataclass(frozen=True)
class HomeRow:
    """A figure of an organization beside the county's, both in words."""

    title: str
    here: str
    county: str


@dataclass(frozen=True)
class HomeStep:
    """One of the first steps of a new county; complete once `done` (a count) reaches `enough`."""

    title: str
    text: str
    url: str
    done: int = 0
    enough: int = 1
    order: int = 100

    def __post_init__(self) -> None:
        inside("HomeStep", self.url)


@dataclass(frozen=True)
class HomeParts:
    """What a plugin adds to a home. figures and rows: None if it has no such section, () if the section is there and still empty."""

    actions: tuple[HomeAction, ...] = ()
    todos: tuple[HomeTodo, ...] = ()
    figures: tuple[HomeFigure, ...] | None = None
    targets: tuple[HomeTarget, ...] = ()
    rows: tuple[HomeRow, ...] | None = None
    steps: tuple[HomeStep, ...] = ()


@dataclass(frozen=True)
class ClosingNote:
    """What should be looked at before a period is locked, and where ("": nowhere, or asked outside a request)."""

    text: str
    url: str = ""

    def __post_init__(self) -> None:
        if self.url:
            inside("ClosingNote", self.url)


@dataclass(frozen=True)
class SearchHit:
    """One thing that was found: its name, a line about it, where a click leads."""

    title: str
    hint: str
    url: str

    def __post_init__(self) -> None:
        inside("SearchHit", self.url)


@dataclass(frozen=True)
class SearchHits:
    """What was found of one sort. title: the sort, in plural; icon: an id of admin/static/icons.svg."""

    title: str
    icon: str
    hits: tuple[SearchHit, ...]
    order: int = 100


@dataclass(frozen=True)
class ModuleEffect:
    """What a module brings to a county in one respect.

    text: a sentence; more: the names behind it, in small letters; gone: what disappears when it is turned off, '' for nothing; count: a
    few words for its card, '' for none; asks: kinds of organizations that are asked for something more.
    """

    title: str
    icon: str
    text: str
    more: str = ""
    gone: str = ""
    count: str = ""
    asks: tuple[str, ...] = ()
    order: int = 100
