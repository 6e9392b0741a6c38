"""Charts of panels: shares and words computed here, drawn by templates/yp/charts.html.

Places are percentages of the width, so that words inside a chart keep their size on a phone and nothing needs an inline style.
"""

from dataclasses import dataclass
from decimal import Decimal

from youthpilot.core.hookvalues import PanelChart
from youthpilot.core.kernel.i18n import _
from youthpilot.core.kernel.numbers import grouped_text, round_half_up

HEIGHT, TOP, BOTTOM = 72, 8, 66  # of a line's drawing, in px: the highest value and 0
DOTS_UNTIL = 31
ZERO, WHOLE = Decimal(0), Decimal(100)


@dataclass(frozen=True)
class Bar:
    """A row with one bar. share: % of the width; None: no value, so no bar."""

    label: str
    text: str
    share: Decimal | None


@dataclass(frozen=True)
class Piece:
    """A part of a stacked bar: from `left`, `width` wide, both % of the bar; `text` is printed where it fits."""

    part: int
    left: Decimal
    width: Decimal
    text: str

    @property
    def middle(self) -> Decimal:
        """Where its number stands."""
        return round_half_up(self.left + self.width / 2, 2)


@dataclass(frozen=True)
class Stack:
    """A row with a stacked bar; `text` is its sum, "—" if nothing is known."""

    label: str
    text: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Dot:
    """A point of a line: x in %, y in px."""

    x: Decimal
    y: Decimal


@dataclass(frozen=True)
class Drawn:
    """A chart ready for the template. words: everything it shows, as one sentence for who cannot see it."""

    kind: str
    title: str
    unit: str
    words: str
    bars: tuple[Bar, ...] = ()
    stacks: tuple[Stack, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()  # (name, its sum)
    dots: tuple[Dot, ...] = ()
    steps: tuple[tuple[Dot, Dot], ...] = ()
    notes: tuple[str, ...] = ()
    target: str = ""
    mark: Decimal | None = None  # where the target stands: % of the width of bars, px of a line
    done: Decimal | None = None  # % of the target
    total: str = ""

    @property
    def numbers_fit(self) -> bool:
        """A line with few points has marks at each of them."""
        return len(self.dots) <= DOTS_UNTIL


def drawn(chart: PanelChart) -> Drawn:
    """The chart with every place and word computed."""
    if chart.kind == "stack":
        return _stacked(chart)
    if chart.kind == "line":
        return _line(chart)
    return _progress(chart) if chart.kind == "progress" else _bars(chart)


def number(value: Decimal | None, unit: str = "") -> str:
    """1,164.5 with at most two decimals, and its unit; "—" for None."""
    return "—" if value is None else grouped_text(round_half_up(value, 2)) + unit


def share(value: Decimal | None, top: Decimal) -> Decimal | None:
    """value ÷ top in %, from 0 to 100; None for None."""
    return None if value is None else min(max(round_half_up(value * WHOLE / top, 2) if top else ZERO, ZERO), WHOLE)


def _top(values: list[Decimal | None], target: Decimal | None = None) -> Decimal:
    return max([v for v in (*values, target) if v is not None], default=ZERO)


def _said(chart: PanelChart, *more: str) -> str:
    pairs = "，".join(f"{label} {number(value, chart.unit)}" for label, value in chart.points)
    return "；".join([f"{chart.title}：{pairs or '—'}", *more])


def _target(chart: PanelChart) -> str:
    return "" if chart.target is None else _("chart: target %(value)s", value=number(chart.target, chart.unit))


def _rows(chart: PanelChart, top: Decimal) -> tuple[Bar, ...]:
    return tuple(Bar(label, number(value), share(value, top)) for label, value in chart.points)


def _bars(chart: PanelChart) -> Drawn:
    top, target = _top([v for _l, v in chart.points], chart.target), _target(chart)
    said = _said(chart, *([target] if target else []))
    return Drawn(chart.kind, chart.title, chart.unit, said, _rows(chart, top), target=target, mark=share(chart.target, top))


def _progress(chart: PanelChart) -> Drawn:
    known = [v for _l, v in chart.points if v is not None]
    total = sum(known, ZERO) if known else None
    done = share(total, chart.target) if chart.target else None
    words = number(total, chart.unit)
    if chart.target and total is not None:
        percent = round_half_up(total * WHOLE / chart.target, 1)
        words = _("chart: %(value)s, %(percent)s%% of %(target)s", value=words, percent=percent, target=number(chart.target, chart.unit))
    return Drawn(chart.kind, chart.title, chart.unit, _said(chart, words), _rows(chart, _top([*known])), done=done, total=words)


def _line(chart: PanelChart) -> Drawn:
    values, target = [v for _l, v in chart.points], _target(chart)
    top, step = _top(values, chart.target), Decimal(98) / max(len(values) - 1, 1)
    dots = [None if v is None else Dot(round_half_up(1 + step * i, 2), _height(v, top)) for i, v in enumerate(values)]
    steps = tuple((a, b) for a, b in zip(dots, dots[1:], strict=False) if a and b)  # a gap leaves a hole
    mark = None if chart.target is None else _height(chart.target, top)
    bars, notes = _rows(chart, top), _notes(chart)
    known = tuple(d for d in dots if d)
    return Drawn(chart.kind, chart.title, chart.unit, _said(chart, *([target] if target else [])), bars, (), (), known, steps, notes, target, mark)


def _height(value: Decimal, top: Decimal) -> Decimal:
    return round_half_up(BOTTOM - (BOTTOM - TOP) * max(value, ZERO) / top, 1) if top > 0 else Decimal(BOTTOM)


def _notes(chart: PanelChart) -> tuple[str, ...]:
    """The last, the highest and the lowest value in words; fewer if they are the same."""
    known = [(label, value) for label, value in chart.points if value is not None]
    if not known:
        return (_("chart: no value yet"),)
    words = (
        (known[-1], _("chart: newest")),
        (max(known, key=lambda k: k[1]), _("chart: highest")),
        (min(known, key=lambda k: k[1]), _("chart: lowest")),
    )
    found: dict[tuple[str, Decimal], str] = {}
    for point, word in words:
        found.setdefault(point, word)
    return tuple(f"{word} {label} {number(value, chart.unit)}" for (label, value), word in found.items())


def _stacked(chart: PanelChart) -> Drawn:
    top = _top([sum((v for v in values if v is not None), ZERO) for _l, values in chart.rows])
    stacks = tuple(_stack(label, values, top) for label, values in chart.rows)
    sums = [_sum([values[i] for _l, values in chart.rows]) for i in range(len(chart.parts))]
    said = "；".join(f"{label} " + "，".join(f"{p} {number(v)}" for p, v in zip(chart.parts, values, strict=True)) for label, values in chart.rows)
    parts = tuple((part, number(value)) for part, value in zip(chart.parts, sums, strict=True))
    return Drawn(chart.kind, chart.title, chart.unit, f"{chart.title}：{said or '—'}", stacks=stacks, parts=parts)


def _sum(values: list[Decimal | None]) -> Decimal | None:
    known = [v for v in values if v is not None]
    return sum(known, ZERO) if known else None


def _stack(label: str, values: tuple[Decimal | None, ...], top: Decimal) -> Stack:
    pieces, left = [], ZERO
    for part, value in enumerate(values):
        width = share(value, top) or ZERO
        if width:
            pieces.append(Piece(part, left, width, number(value)))
        left += width
    return Stack(label, number(_sum(list(values))), tuple(pieces))
