"""From sentences to runs: the one place that decides what a sentence prints, so that no rendering says what another does not."""

from collections.abc import Iterator
from dataclasses import dataclass

from youthpilot.core.kernel.numbers import number_text
from youthpilot.plugins.figures.formats import BLANK, word_figure

from .document import (
    ClaimNote,
    Document,
    Figure,
    FigureRef,
    Gap,
    NameRef,
    Part,
    Sentence,
    Table,
    Text,
    annex_order,
    bare,
    coverage_text,
    figure_text,
    is_partial,
)

SHORT_DIGEST = 8
ANNEX_TITLE = "指标数据及口径表"
ANNEX_HEADER = ("序号", "指标", "数值", "口径", "统计范围", "时间", "校验码")
DRAFT_MARK = "征求意见稿"
GAPS_TITLE = "待核实事项"


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text of one look: plain, or a figure, a gap, the words of a claim. marked: yellow, as how many units gave a figure."""

    text: str
    bold: bool = False
    figure_id: str = ""
    title: str = ""
    gap: Gap | None = None
    claim: ClaimNote | None = None
    marked: bool = False


def gap_text(gap: Gap) -> str:
    """How a gap stands in a draft: 【待核实1：柳河镇未报】."""
    return f"【待核实{gap.number}：{gap.text}】"


def gap_advice(gap: Gap) -> str:
    """What to do about a gap, as it follows in the list; empty without advice."""
    return f"。{gap.advice.rstrip('。')}。" if gap.advice else "。"


def sentence_runs(document: Document, sentence: Sentence | Gap) -> tuple[Run, ...]:
    """The runs a sentence prints, empty ones left out. In a final paper a gap prints its `final` words, alone in a paragraph nothing."""
    if isinstance(sentence, Gap):
        return _gap_runs(document, sentence) if document.is_draft else ()
    runs = (run for part in sentence.parts for run in part_runs(document, part, sentence.claim))
    return tuple(run for run in runs if run.text)


def part_runs(document: Document, part: Part, claim: ClaimNote | None = None) -> tuple[Run, ...]:
    """The runs of one part of a sentence."""
    if isinstance(part, FigureRef):
        return (figure_run(document, part), *_coverage_runs(document, part))
    if isinstance(part, Gap):
        return _gap_runs(document, part)
    if isinstance(part, NameRef):
        return _name_runs(document, part)
    return tuple(_claim_runs(part, claim))


def figure_run(document: Document, ref: FigureRef) -> Run:
    """The run of a figure, in a sentence or in a cell."""
    figure = document.figures.get(ref.figure_id)
    return Run(figure_text(document, ref), figure_id=ref.figure_id, title=figure.title if figure else "")


def _coverage_runs(document: Document, ref: FigureRef | None) -> tuple[Run, ...]:
    """In a draft, how many units gave the figure, where not all did; a final paper has it in its text."""
    figure = document.figures.get(ref.figure_id) if ref is not None and document.is_draft else None
    return (Run(coverage_text(figure), marked=True),) if figure is not None and is_partial(figure) else ()


def _gap_runs(document: Document, gap: Gap) -> tuple[Run, ...]:
    return (Run(gap_text(gap), gap=gap),) if document.is_draft else (Run(gap.final),)


def _name_runs(document: Document, names: NameRef) -> tuple[Run, ...]:
    shown = names.names[: names.limit]
    count = figure_run(document, names.count) if names.count else Run(f"{len(names.names)}{names.unit}")
    listed = "、".join(shown)
    figure = document.figures.get(names.count.figure_id) if names.count else None
    total = figure.value if figure is not None else None
    if shown and len(shown) == len(names.names) and (names.count is None or total == len(shown)):
        return (Run(listed + names.noun),)
    return (Run(f"{listed}等" if shown else ""), count, *_coverage_runs(document, names.count), Run(names.noun))


def _claim_runs(part: Text, claim: ClaimNote | None) -> Iterator[Run]:
    if claim is None or not claim.text or claim.text not in part.text:
        yield Run(part.text, bold=part.bold)
        return
    before, words, after = part.text.partition(claim.text)
    yield Run(before, bold=part.bold)
    yield Run(words, bold=part.bold, claim=claim)
    yield Run(after, bold=part.bold)


def header_texts(table: Table) -> tuple[str, ...]:
    """Column titles with their unit: 参学率（%）."""
    units = table.units + ("",) * (len(table.header) - len(table.units))
    return tuple(f"{title}（{unit}）" if unit else title for title, unit in zip(table.header, units, strict=False))


def cell_run(document: Document, cell: str | FigureRef) -> Run:
    """The run of a cell; a figure without a format of its own prints bare, as the unit stands in the header. Blank is "—"."""
    cell = bare(cell)
    return Run(cell) if isinstance(cell, str) else figure_run(document, cell)


def annex_rows(document: Document) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """One row per figure for the annex: its id, and the texts under ANNEX_HEADER."""
    figures = (document.figures[identity] for identity in annex_order(document) if identity in document.figures)
    return tuple((figure.id, _annex_row(number, figure)) for number, figure in enumerate(figures, 1))


def _annex_row(number: int, figure: Figure) -> tuple[str, ...]:
    scope = figure.organization_name
    if figure.n_of_m is not None:
        scope += f"（{figure.n_of_m[0]}/{figure.n_of_m[1]}个单位）"
    return (str(number), figure.title, annex_value(figure), figure.definition or BLANK, scope or BLANK, figure.period or BLANK,
            figure.digest[:SHORT_DIGEST] or BLANK)  # fmt: skip


def annex_value(figure: Figure) -> str:
    """The full value with its unit, and for a ratio or an average what it was divided from: 89.1%（891/1000）."""
    kind = "claim" if isinstance(figure.value, bool) else "percent" if figure.unit == "%" else "age" if figure.unit == "岁" else "plain"
    text = word_figure(figure.value, figure.unit, kind).text
    if figure.value is None or figure.numerator is None or figure.denominator is None:
        return text
    return f"{text}（{number_text(figure.numerator)}/{number_text(figure.denominator)}）"
