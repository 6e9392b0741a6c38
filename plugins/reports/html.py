"""The report as HTML: the paper sheet on the screen, and a whole page to save. No script, no inline style, every text escaped."""

from collections.abc import Callable

from markupsafe import Markup, escape

from youthpilot.core.kernel.calendar import long_date
from youthpilot.core.kernel.text import xml_text

from .document import Block, Chart, Document, Paragraph, Section, Table
from .htmlchart import chart_svg
from .runs import ANNEX_HEADER, ANNEX_TITLE, DRAFT_MARK, GAPS_TITLE, Run, annex_rows, cell_run, gap_advice, header_texts, sentence_runs

HEADINGS = {1: "h2", 2: "h3", 3: "h4"}
PAGE_STYLE = """
body{margin:2em auto;max-width:42em;padding:0 1em;font:18px/1.8 FangSong_GB2312,FangSong,"Noto Serif CJK SC",serif;color:#111}
h1{font-weight:400;font-size:1.5em;text-align:center}h2,h3,h4{font-size:1em;text-indent:2em}h2,h3{font-weight:400}
h2{font-family:SimHei,"Noto Sans CJK SC",sans-serif}h3{font-family:KaiTi_GB2312,KaiTi,serif}p{text-indent:2em;margin:0}
a{color:inherit}.yp-gap,.yp-cover,.yp-gaps b{background:#ff0}.yp-doc-mark,.yp-doc-caption{text-indent:0;text-align:center}
.yp-doc-mark{font-weight:600}.yp-doc-sign{text-align:right;padding-right:4em}table{border-collapse:collapse;width:100%;font-size:.75em}
th,td{border:1px solid #333;padding:.2em .4em}.n{text-align:right}svg{width:100%;height:auto}
"""


def render_html(document: Document, url_for_figure: Callable[[str], str], *, annex: bool = True) -> Markup:
    """The paper sheet (div.yp-paper) of a document. url_for_figure: figure id → where its origin is shown. Gaps link to #g<number>,
    claims to #claims: the page around the sheet shows both lists. annex=False leaves the table of figures out."""
    return _clean(Markup('<div class="yp-paper">{}</div>').format(_Sheet(document, url_for_figure).article(annex=annex)))


def render_page(document: Document) -> str:
    """A whole HTML page to save or send: figures link to their row in the annex, gaps to their list at the end."""
    sheet = _Sheet(document, lambda identity: f"#f-{identity}")
    style = Markup(PAGE_STYLE)  # noqa: S704 - our own constant
    page = Markup(
        '<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8"><title>{}</title><style>{}</style></head><body>{}{}</body></html>\n'
    ).format("".join(document.title), style, sheet.article(annex=True), sheet.lists())
    return _clean(page)


def _clean(page: Markup) -> Markup:
    return Markup(xml_text(page))  # noqa: S704 - escaped already; only characters are taken away


class _Sheet:
    """One document on its way to HTML."""

    def __init__(self, document: Document, url_for_figure: Callable[[str], str]):
        self.document, self.url_for_figure = document, url_for_figure
        self.charts = 0

    def article(self, *, annex: bool) -> Markup:
        document = self.document
        mark = Markup('<p class="yp-doc-mark">{}</p>').format(DRAFT_MARK) if document.is_draft else Markup("")
        title = Markup("<h1>{}</h1>").format(Markup("<br>").join(document.title))
        sections = [self.section(section) for section in document.sections]
        parts = [mark, title, *sections, self.signature(), self.annex() if annex else Markup("")]
        return Markup('<article class="yp-doc" lang="zh-CN">{}</article>').format(Markup("\n").join(parts))

    def section(self, section: Section) -> Markup:
        heading = Markup("")
        if section.title:
            tag = Markup(HEADINGS[min(max(section.level, 1), 3)])  # noqa: S704 - one of three names of ours
            heading = Markup('<{0} id="s-{1}">{2}</{0}>\n').format(tag, section.key, section.title)
        return heading + Markup("\n").join(self.block(block) for block in section.blocks)

    def block(self, block: Block) -> Markup:
        if isinstance(block, Paragraph):
            runs = [self.run(run) for sentence in block.sentences for run in sentence_runs(self.document, sentence)]
            return Markup("<p>{}</p>").format(Markup("").join(runs)) if runs else Markup("")
        return self.table(block) if isinstance(block, Table) else self.chart(block)

    def run(self, run: Run) -> Markup:
        if run.gap is not None:
            made = Markup('<a class="yp-gap" href="#g{}">{}</a>').format(run.gap.number, run.text)
        elif run.figure_id:
            link = Markup('<a class="yp-f" href="{}" data-figure="{}" title="{}">{}</a>')
            made = link.format(self.url_for_figure(run.figure_id), run.figure_id, run.title, run.text)
        elif run.marked:
            made = Markup('<span class="yp-cover">{}</span>').format(run.text)
        elif run.claim is not None:
            made = Markup('<a class="yp-claim" href="#claims" title="{}">{}</a>').format(run.claim.condition, run.text)
        else:
            made = escape(run.text)
        return Markup("<b>{}</b>").format(made) if run.bold else made

    def table(self, table: Table) -> Markup:
        head = Markup("").join(Markup('<th scope="col">{}</th>').format(text) for text in header_texts(table))
        rows = [Markup("<tr>{}</tr>").format(self.cells(row)) for row in table.rows]
        foot = Markup("<tfoot>{}</tfoot>").format(rows.pop()) if table.total_row and rows else Markup("")
        return Markup('<table class="table yp-tight yp-doc-table"><caption>{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody>{}</table>').format(
            table.title, head, Markup("").join(rows), foot
        )

    def cells(self, row: tuple) -> Markup:
        made = [self.run(cell_run(self.document, cell)) for cell in row]
        first = Markup('<th scope="row">{}</th>').format(made[0]) if made else Markup("")
        return first + Markup("").join(Markup('<td class="n">{}</td>').format(cell) for cell in made[1:])

    def chart(self, chart: Chart) -> Markup:
        self.charts += 1
        caption = f"图{self.charts}　{chart.title}"
        return Markup('<figure class="yp-doc-chart">{}<figcaption class="yp-doc-caption">{}</figcaption></figure>').format(chart_svg(chart), caption)

    def signature(self) -> Markup:
        day = self.document.dated_on
        lines = [line for line in (self.document.signature, long_date(day) if day else "") if line]
        return Markup("\n").join(Markup('<p class="yp-doc-sign">{}</p>').format(line) for line in lines)

    def annex(self) -> Markup:
        head = Markup("").join(Markup('<th scope="col">{}</th>').format(text) for text in ANNEX_HEADER)
        rows = Markup("").join(
            Markup('<tr id="f-{}">{}</tr>').format(identity, Markup("").join(Markup("<td>{}</td>").format(cell) for cell in row))
            for identity, row in annex_rows(self.document)
        )
        table = '<table class="table yp-tight yp-doc-table"><caption>{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table>'
        return Markup('<section class="yp-doc-annex">' + table + "</section>").format(f"附件　{ANNEX_TITLE}", head, rows)

    def lists(self) -> Markup:
        """The lists a saved page needs at its end: what is missing (drafts only) and the conditions of the claims."""
        gaps = self.document.gaps if self.document.is_draft else ()
        missing = Markup("").join(Markup('<li id="g{0}"><b>待核实{0}：{1}</b>{2}</li>').format(gap.number, gap.text, gap_advice(gap)) for gap in gaps)
        listed = Markup('<section class="yp-gaps"><h2>{}</h2><ul>{}</ul></section>').format(GAPS_TITLE, missing) if gaps else Markup("")
        claims = Markup("").join(Markup("<li>{}：{}</li>").format(claim.text, claim.condition) for claim in self.document.claims)
        return listed + (Markup('<section id="claims"><h2>说法依据</h2><ul>{}</ul></section>').format(claims) if claims else Markup(""))
