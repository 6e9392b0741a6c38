"""The report as JSON for other programs: the stored document, plus the printed text of every section and the annex."""

import json

from .document import Block, Document, Paragraph, Table, to_json
from .runs import ANNEX_HEADER, annex_rows, cell_run, header_texts, sentence_runs


def render_json(document: Document) -> str:
    """JSON, indented, keys sorted: "document" reads back with from_json's rules, "text" says what is printed, "annex" the table."""
    stored = json.loads(to_json(document))
    stored["text"] = [
        {"key": section.key, "level": section.level, "title": section.title, "lines": [line for block in section.blocks for line in
         block_lines(document, block)]}
        for section in document.sections
    ]  # fmt: skip
    stored["annex"] = [dict(zip(("figure", *ANNEX_HEADER), (identity, *row), strict=True)) for identity, row in annex_rows(document)]
    return json.dumps(stored, ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def block_lines(document: Document, block: Block) -> list[str]:
    """The printed lines of a block: one for a paragraph, one per row of a table (cells parted by tabs), the title of a chart."""
    if isinstance(block, Paragraph):
        text = "".join(run.text for sentence in block.sentences for run in sentence_runs(document, sentence))
        return [text] if text else []
    if isinstance(block, Table):
        rows = ["\t".join(cell_run(document, cell).text for cell in row) for row in block.rows]
        return [block.title, "\t".join(header_texts(block)), *rows]
    return [block.title]
