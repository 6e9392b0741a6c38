"""The report as Markdown: the same words, for mail and for reading without Word."""

import re

from youthpilot.core.kernel.calendar import long_date
from youthpilot.core.kernel.numbers import number_text
from youthpilot.core.kernel.text import xml_text
from youthpilot.plugins.figures.formats import BLANK

from .document import Block, Chart, Document, Paragraph, Table
from .runs import ANNEX_HEADER, ANNEX_TITLE, DRAFT_MARK, GAPS_TITLE, annex_rows, cell_run, gap_advice, header_texts, sentence_runs

SPECIAL = re.compile(r"([\\`*_\[\]<>|#])")


def render_markdown(document: Document) -> str:
    """Markdown with the sections, tables (charts become tables too), the missing points of a draft and the annex."""
    parts = [f"**{DRAFT_MARK}**"] if document.is_draft else []
    parts.append("# " + " ".join(_safe(line) for line in document.title))
    for section in document.sections:
        parts += [f"{'#' * (min(max(section.level, 1), 3) + 1)} {_safe(section.title)}"] if section.title else []
        parts += [part for block in section.blocks for part in _block(document, block)]
    parts += [_safe(document.signature)] if document.signature else []
    parts += [long_date(document.dated_on)] if document.dated_on else []
    if document.is_draft and document.gaps:
        parts += [f"## {GAPS_TITLE}", "\n".join(f"- 待核实{gap.number}：{_safe(gap.text)}{_safe(gap_advice(gap))}" for gap in document.gaps)]
    parts += [f"## 附件　{ANNEX_TITLE}", _table(ANNEX_HEADER, [row for _, row in annex_rows(document)])]
    return xml_text("\n\n".join(parts) + "\n")


def _safe(text: str) -> str:
    return SPECIAL.sub(r"\\\1", text.replace("\n", " "))


def _block(document: Document, block: Block) -> list[str]:
    if isinstance(block, Paragraph):
        runs = [run for sentence in block.sentences for run in sentence_runs(document, sentence)]
        text = "".join(f"**{_safe(run.text)}**" if run.bold or run.gap or run.marked else _safe(run.text) for run in runs)
        return [text] if text else []
    if isinstance(block, Table):
        rows = [tuple(cell_run(document, cell).text for cell in row) for row in block.rows]
        return [f"**{_safe(block.title)}**", _table(header_texts(block), rows)]
    return [f"**{_safe(block.title)}**", _table(("", *(series.name for series in block.series)), _chart_rows(block))]


def _chart_rows(chart: Chart) -> list[tuple[str, ...]]:
    return [
        (name, *(BLANK if (value := series.values[place]) is None else number_text(value) for series in chart.series))
        for place, name in enumerate(chart.categories)
    ]


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join("| " + " | ".join(cell if cell == "---" else _safe(cell) for cell in line) + " |" for line in lines)
