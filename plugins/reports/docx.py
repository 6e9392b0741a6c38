"""The report as a Word document in the layout of GB/T 9704: what a county office prints without touching it.

The same document and moment give the same bytes. Each figure is a content control tagged with the figure's id.
"""

import hashlib
import zipfile
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from typing import Any

from docx import Document as new_word_document
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.shared import Mm, Twips

from youthpilot.core.kernel.calendar import long_date
from youthpilot.core.kernel.text import xml_text

from . import wordxml as wx
from .document import Block, Chart, Document, Paragraph, Section, Table, to_json
from .runs import ANNEX_HEADER, ANNEX_TITLE, DRAFT_MARK, GAPS_TITLE, annex_rows, cell_run, gap_advice, header_texts, sentence_runs
from .wordchart import add_chart

CHINA = timezone(timedelta(hours=8))
TEXT_WIDTH = 8845  # twentieths of a point: 156 mm
ROWS_KEPT_TOGETHER = 12
ANNEX_WIDTHS = (520, 1700, 1380, 2425, 1080, 860, 880)
HEADING_FONTS = {1: (wx.HEITI, False), 2: (wx.KAITI, False), 3: (wx.FANGSONG, True)}
ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def render_docx(document: Document, printed_at: datetime, *, controls: bool = True) -> bytes:
    """The .docx of a document. printed_at: aware; it dates the file's properties and the mark on a draft.

    controls=False leaves the content controls out: for the way to PDF, where LibreOffice spaces digits unevenly round them.
    Raises ValueError when printed_at is naive.
    """
    if printed_at.tzinfo is None:
        raise ValueError("printed_at must be aware")
    word = new_word_document()
    _set_page(word)
    _set_styles(word)
    _set_edges(word, document, printed_at)
    _set_properties(word, document, printed_at)
    _fill(word, _Body(word, document, printed_at, controls).xml())
    return _pack(word)


class _Body:
    """The body of one document as XML, with the counters that run through it."""

    def __init__(self, word: Any, document: Document, printed_at: datetime, controls: bool):
        self.word, self.document, self.printed_at = word, document, printed_at
        self.controls, self.charts = wx.Controls(controls), 0

    def xml(self) -> str:
        parts = [*self.title(), *(part for section in self.document.sections for part in self.section(section)), *self.signature()]
        if self.document.is_draft and self.document.gaps:
            parts += self.gaps()
        return "".join(parts + self.annex())

    def title(self) -> list[str]:
        look = wx.look(wx.TITLE_SONG, wx.TITLE)
        lines = [wx.paragraph(wx.run(line, look), style="Title", align="center", line=wx.LINE * 1.2, grid=False) for line in self.document.title]
        return [*lines, wx.paragraph("")]

    def section(self, section: Section) -> list[str]:
        parts = [part for block in section.blocks for part in self.block(block)]
        if not section.title:
            return parts
        level = min(max(section.level, 1), 3)
        font, bold = HEADING_FONTS[level]
        heading = wx.run(section.title, wx.look(font, bold=bold))
        return [wx.paragraph(heading, style=f"Heading{level}", indent=2, keep_next=True), *parts]

    def block(self, block: Block) -> list[str]:
        if isinstance(block, Paragraph):
            runs = [run for sentence in block.sentences for run in sentence_runs(self.document, sentence)]
            return [wx.paragraph(self.controls.runs(runs), indent=2)] if runs else []
        return self.table(block) if isinstance(block, Table) else self.chart(block)

    def table(self, table: Table) -> list[str]:
        columns = len(table.header)
        first = TEXT_WIDTH * 3 // (2 * columns + 1) if columns > 1 else TEXT_WIDTH
        rest = (TEXT_WIDTH - first) // (columns - 1) if columns > 1 else 0
        head = wx.look(wx.HEITI, wx.TABLE)
        rows = [self.table_row(row, bold=table.total_row and row is table.rows[-1]) for row in table.rows]
        aligns = ("left", *(_column_align(table, column) for column in range(1, columns)))
        titles, widths = [wx.run(text, head) for text in header_texts(table)], (first, *(rest,) * (columns - 1))
        made = wx.table(titles, rows, widths, aligns, head, together=len(rows) <= ROWS_KEPT_TOGETHER)
        caption = wx.paragraph(wx.run(table.title, wx.look(wx.HEITI, wx.TABLE)), align="center", keep_next=True) if table.title else ""
        return [caption, made, wx.paragraph("", line=12)]

    def table_row(self, row: Any, *, bold: bool) -> list[str]:
        font = wx.HEITI if bold else wx.FANGSONG
        return [self.controls.runs([cell_run(self.document, cell)], font, wx.TABLE) for cell in row]

    def chart(self, chart: Chart) -> list[str]:
        self.charts += 1
        drawing = add_chart(self.word, chart, self.charts, self.printed_at.astimezone(UTC))
        caption = wx.run(f"图{self.charts}　{chart.title}", wx.look(wx.HEITI, wx.TABLE))
        return [wx.paragraph(drawing, align="center", line=0, keep_next=True), wx.paragraph(caption, align="center")]

    def signature(self) -> list[str]:
        body = wx.look()
        lines = [wx.paragraph(""), wx.paragraph(wx.run(f"附件：{ANNEX_TITLE}", body), indent=2, keep_next=True)]
        texts = [self.document.signature, long_date(self.document.dated_on) if self.document.dated_on else ""]
        lines += [wx.paragraph("", keep_next=True)] * 2
        return lines + [wx.paragraph(wx.run(text, body), align="right", right=4, keep_next=text == texts[0]) for text in texts if text]

    def gaps(self) -> list[str]:
        made = [wx.paragraph(wx.run(GAPS_TITLE, wx.look(wx.HEITI)), align="center", page_break=True), wx.paragraph("")]
        for gap in self.document.gaps:
            runs = wx.run(f"待核实{gap.number}：{gap.text}", wx.look(yellow=True)) + wx.run(gap_advice(gap), wx.look())
            made.append(wx.paragraph(runs, indent=2))
        return made

    def annex(self) -> list[str]:
        small = wx.look(wx.FANGSONG, wx.ANNEX)
        rows = [[wx.run(cell, small) for cell in row] for _, row in annex_rows(self.document)]
        head = [wx.run(text, wx.look(wx.HEITI, wx.ANNEX)) for text in ANNEX_HEADER]
        aligns = ("center", "left", "right", "left", "left", "center", "center")
        return [
            wx.paragraph(wx.run("附件", wx.look(wx.HEITI)), align="left", page_break=True),
            wx.paragraph(wx.run(ANNEX_TITLE, wx.look(wx.TITLE_SONG, wx.TITLE)), align="center", line=wx.LINE * 1.2),
            wx.paragraph("", line=12),
            wx.table(head, rows, ANNEX_WIDTHS, aligns, small),
            wx.paragraph("", line=1),
        ]


def _column_align(table: Table, column: int) -> str:
    """Numbers stand right, words left: a column of words is one where a cell is text that does not end in a digit or a dash."""
    words = (row[column] for row in table.rows if isinstance(row[column], str))
    return "left" if any(word and not (word[-1].isdigit() or word[-1] in "—%") for word in words if isinstance(word, str)) else "right"


def _set_page(word: Any) -> None:
    page = word.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    # 22 lines of 29 pt are 0.2 mm more than 225 mm: the bottom gives way, or a page would hold 21 lines
    page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = Mm(37), Twips(1976), Mm(28), Mm(26)
    page.header_distance, page.footer_distance = Mm(18), Mm(23)
    for grid in page._sectPr.findall(qn("w:docGrid")):
        page._sectPr.remove(grid)
    # linesAndChars would double every cell in LibreOffice; the squeeze of the runs gives the 28 characters
    page._sectPr.append(parse_xml(f'<w:docGrid {wx.NAMESPACES} w:type="lines" w:linePitch="{round(wx.LINE * 20)}"/>'))
    word.settings.odd_and_even_pages_header_footer = True


def _set_styles(word: Any) -> None:
    looks = {"Normal": (wx.FANGSONG, wx.BODY, False), "Title": (wx.TITLE_SONG, wx.TITLE, False)}
    looks |= {f"Heading {level}": (font, wx.BODY, bold) for level, (font, bold) in HEADING_FONTS.items()}
    for name, (font, size, bold) in looks.items():
        element = word.styles[name].element
        for old in [*element.findall(qn("w:rPr")), *element.findall(qn("w:pPr"))]:
            element.remove(old)
        level = f'<w:outlineLvl w:val="{int(name[-1]) - 1}"/>' if name.startswith("Heading") else ""
        spacing = f'<w:spacing w:before="0" w:after="0" w:line="{round(wx.LINE * 20)}" w:lineRule="exact"/>'
        element.append(parse_xml(f"<w:pPr {wx.NAMESPACES}>{spacing}{level}</w:pPr>"))
        weight = "<w:b/>" if bold else '<w:b w:val="0"/>'
        sizes = f'<w:sz w:val="{round(size * 2)}"/><w:szCs w:val="{round(size * 2)}"/><w:lang w:val="en-US" w:eastAsia="zh-CN"/>'
        element.append(parse_xml(f'<w:rPr {wx.NAMESPACES}>{wx.fonts(font)}{weight}<w:color w:val="000000"/>{sizes}</w:rPr>'))


def _set_edges(word: Any, document: Document, printed_at: datetime) -> None:
    """Page numbers — 1 —, odd at the right, even at the left, one character in; on a draft its mark and moment above."""
    page = word.sections[0]
    for footer, align, side in ((page.footer, "right", "right"), (page.even_page_footer, "left", "left")):
        # a line of the body's 29 pt would reach into the text area and cost its last line
        ind = '<w:snapToGrid w:val="0"/><w:spacing w:line="320" w:lineRule="exact"/>'
        ind += f'<w:ind w:{side}Chars="100" w:{side}="{round(wx.PAGE_NUMBER * 20)}"/>'
        _replace(footer, f'<w:p {wx.NAMESPACES}><w:pPr>{ind}<w:jc w:val="{align}"/></w:pPr>{_page_number()}</w:p>')
    if document.is_draft:
        moment = printed_at.astimezone(CHINA)
        stamp = f"　{long_date(moment.date())} {moment:%H:%M} 打印"
        mark = wx.run(f" {DRAFT_MARK} ", wx.look(wx.HEITI, wx.PAGE_NUMBER, boxed=True)) + wx.run(stamp, wx.look(wx.SONGTI, wx.SMALL))
        for header in (page.header, page.even_page_header):
            _replace(header, f'<w:p {wx.NAMESPACES}><w:pPr><w:jc w:val="left"/></w:pPr>{mark}</w:p>')


def _page_number() -> str:
    look = wx.look(wx.SONGTI, wx.PAGE_NUMBER, latin=wx.SONGTI)
    field = "".join(
        f"<w:r>{look}{inner}</w:r>"
        for inner in (
            '<w:fldChar w:fldCharType="begin"/>',
            '<w:instrText xml:space="preserve"> PAGE </w:instrText>',
            '<w:fldChar w:fldCharType="separate"/>',
            "<w:t>1</w:t>",
            '<w:fldChar w:fldCharType="end"/>',
        )
    )
    return wx.run("— ", look) + field + wx.run(" —", look)


def _replace(edge: Any, xml: str) -> None:
    edge.is_linked_to_previous = False
    for old in list(edge._element):
        edge._element.remove(old)
    edge._element.append(parse_xml(xml))


def _set_properties(word: Any, document: Document, printed_at: datetime) -> None:
    moment = printed_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    core = word.core_properties
    core.title, core.author, core.last_modified_by = (xml_text(t) for t in ("".join(document.title), document.signature, document.signature))
    core.created = core.modified = moment
    core.revision, core.language, core.comments, core.keywords = (document.revision or 0) + 1, "zh-CN", "", ""
    core.subject = xml_text(document.period_title)
    core.identifier = hashlib.sha256(to_json(document).encode("utf-8", "surrogatepass")).hexdigest()
    # the thumbnail of python-docx's template shows somebody else's empty page
    for key, relation in list(word.part.package.rels.items()):
        if relation.reltype == RT.THUMBNAIL:
            del word.part.package.rels[key]


def _fill(word: Any, xml: str) -> None:
    body = word.element.body
    made = parse_xml(f"<w:body {wx.NAMESPACES}>{xml}</w:body>")
    last = body.find(qn("w:sectPr"))
    body.remove(last)
    body.extend([*made, last])


def _pack(word: Any) -> bytes:
    """The package with sorted parts and one fixed date, as Word wants it: the content types first."""
    loose, packed = BytesIO(), BytesIO()
    word.save(loose)
    with zipfile.ZipFile(loose) as source, zipfile.ZipFile(packed, "w") as target:
        for name in sorted(source.namelist(), key=lambda name: (name != "[Content_Types].xml", name != "_rels/.rels", name)):
            info = zipfile.ZipInfo(name, ZIP_DATE)
            info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o600 << 16
            target.writestr(info, source.read(name))
    return packed.getvalue()
