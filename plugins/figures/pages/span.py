"""Figures of any stretch of days, and the sentence to copy from them. The sentence is content: Chinese in the code."""

from dataclasses import dataclass
from datetime import date

from youthpilot.core.kernel.calendar import long_date, short_date
from youthpilot.core.organizations.models import Organization

from .. import formats
from ..values import FigureSet, FigureValue

MOST_DAYS = 366 * 3
SAID = 8  # figures of the sentence


@dataclass(frozen=True)
class SpanRow:
    """A figure of the stretch. `flow`: it happened in those days; `held`: it holds for the last of them; neither: persons counted once."""

    figure: FigureValue
    words: str
    flow: bool
    held: bool
    sentence: str


def span_rows(figures: FigureSet, place: Organization, last: date) -> list[SpanRow]:
    """Every figure that has a value there, flows first."""
    found = [f for f in figures.for_organization(place.id) if f.kind != "claim" and f.value is not None]
    rows = [_row(f, figures) for f in found]
    return sorted(rows, key=lambda row: not row.flow)


def _row(figure: FigureValue, figures: FigureSet) -> SpanRow:
    words = formats.format_figure(figure.value, figure.unit, formats.default_format(figure.kind, figure.unit, figure.value))
    flow = figure.kind == "flow" or (figure.kind == "ratio" and figures.meaning(figure.key).across_time in ("sum", "recount"))
    return SpanRow(figure, words, flow, not flow and figure.kind != "distinct", f"{figure.title}{words}")


def sentence_of(rows: list[SpanRow], first: date, last: date, today: date, name: str) -> str:
    """2023年1月1日至7月3日，示范县青年大学习参学57.2万人次。截至7月3日，在册团组织…… '' without figures."""
    flows = [row.sentence for row in rows if row.flow][:SAID]
    held = [row.sentence for row in rows if row.held][: max(0, SAID - len(flows))]
    parts = []
    if flows:
        parts.append(f"{_span(first, last)}，{name}{'，'.join(flows)}。")
    if held:
        on = "截至目前" if last == today and not flows else f"截至{short_date(last)}"
        parts.append(f"{on}，{name if not flows else '全县' if name.endswith(('县', '市', '区', '旗')) else name}{'，'.join(held)}。")
    return "".join(parts)


def _span(first: date, last: date) -> str:
    """2023年1月1日至7月3日; the year again where it differs."""
    return f"{long_date(first)}至{short_date(last) if first.year == last.year else long_date(last)}"
