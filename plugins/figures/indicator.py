"""The indicator contract (shared/contracts.md): what a figure means, how it is computed, how it adds up, which rows stand behind it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

Kind = Literal["flow", "stock", "distinct", "ratio", "average", "claim"]


@dataclass(frozen=True)
class FigureContext:
    """What a computation may know. `start` and `end` are both included; `as_of` = min(end, today)."""

    county_id: int
    county_code: str
    period_code: str  # 2023H1, 2023Q2, or 'from–to' for a free range
    start: date
    end: date
    as_of: date
    settings: Callable[[str], Any] = lambda key: None  # the module's dated setting on `as_of`


@dataclass(frozen=True)
class Indicator:
    """A figure's declaration.

    compute(ctx) -> query of (organization_id, numerator[, denominator]): own components only, rows only where a source
    exists (blank is not zero). Any county-owned table in it is narrowed by the wall.
    items(ctx) -> query of (organization_id, item_key): kind distinct; core counts at every node.
    claim(figures) -> bool | None: kind claim; `figures` maps key → printed Decimal at the same organization.
    records(ctx, organization_ids) -> Records: the rows behind it. None of them: entered by hand.
    """

    key: str
    title: str
    unit: str
    kind: Kind
    definition: str  # numerator and denominator in words
    decimals: int = 0
    version: int = 1
    responsible: str = ""  # who answers for it
    asked_of: tuple[str, ...] = ()  # kinds of organizations that owe it in their form ('' none)
    across_time: Literal["sum", "last", "recount", "none"] = "sum"
    format: str = ""  # wording format in the report; '' the kind's default
    compute: Callable[[FigureContext], Any] | None = None
    items: Callable[[FigureContext], Any] | None = None
    claim: Callable[[dict[str, Decimal | None]], bool | None] | None = None
    claim_needs: tuple[str, ...] = ()
    records: Callable[[FigureContext, list[int]], "Records"] | None = None
    breakdown: Callable[[FigureContext, list[int]], "Breakdown"] | None = None  # what it is made of besides organizations (issues, banks)
    jump_limit: Decimal = Decimal("3")  # |x / previous| above it (or below 1/limit) asks for an explanation
    percent: bool = False  # ratio printed as per cent
    order: int = 100
    previous_key: str = ""  # the indicator that holds its previous term, if any
    successor: str = ""  # the indicator that continues this one's series: its values are that one's base where it has none
    counties: Callable[[int], bool] | None = None  # county id → declared in that county? None: in all


@dataclass(frozen=True)
class Breakdown:
    """A figure in the parts it is made of, in order. endpoint: the module's screen of one part, opened with each line's values."""

    title: str  # 各期
    lines: tuple[tuple[str, Any, dict[str, Any]], ...]  # words, value, what the screen's address needs
    endpoint: str = ""


@dataclass(frozen=True)
class Records:
    """The rows behind a figure: `query` yields tuples in the order of `columns`; names of persons already masked by `mask` positions."""

    columns: tuple[str, ...]  # Chinese headings
    query: Any  # peewee query with .tuples()
    mask: tuple[int, ...] = ()  # positions shown as 张**
    note: str = ""
