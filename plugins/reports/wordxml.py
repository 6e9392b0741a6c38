"""WordprocessingML as strings: runs, paragraphs and tables of an official document (GB/T 9704).

Strings, because python-docx's table API is twenty times slower, and because the same input must give the same bytes.
Sizes: 3号 is 16 pt, 2号 22 pt, 4号 14 pt, 小四 12 pt, 五号 10.5 pt, 小五 9 pt. Fonts are named, not embedded.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from xml.sax.saxutils import escape, quoteattr

from docx.oxml.ns import nsdecls

from youthpilot.core.kernel.text import xml_text

from .runs import Run

FANGSONG, HEITI, KAITI, TITLE_SONG, SONGTI, LATIN = "仿宋_GB2312", "黑体", "楷体_GB2312", "方正小标宋简体", "宋体", "Times New Roman"
BODY, TITLE, PAGE_NUMBER, TABLE, SMALL, ANNEX = 16.0, 22.0, 14.0, 12.0, 10.5, 9.0
LINE = 29.0  # exact: 22 lines of 29 pt fill the 225 mm
SQUEEZE = -5  # twentieths of a point per character, so that 28 characters of 16 pt fit into 156 mm
NAMESPACES = nsdecls("w")
ALIAS_LIMIT = 64


def fonts(east_asia: str, latin: str = LATIN) -> str:
    """The rFonts element; the hint makes Word print “” ‘’ … with the Chinese font."""
    return f'<w:rFonts w:ascii="{latin}" w:hAnsi="{latin}" w:eastAsia="{east_asia}" w:cs="{latin}" w:hint="eastAsia"/>'


def look(east_asia: str = FANGSONG, size: float = BODY, *, bold: bool = False, yellow: bool = False, latin: str = LATIN,
         boxed: bool = False) -> str:  # fmt: skip
    """Run properties; a body-size run is squeezed to 28 characters a line."""
    parts = [fonts(east_asia, latin), "<w:b/>" if bold else ""]
    parts.append(f'<w:spacing w:val="{SQUEEZE}"/>' if size == BODY else "")
    parts.append(f'<w:sz w:val="{round(size * 2)}"/><w:szCs w:val="{round(size * 2)}"/>')
    parts.append('<w:highlight w:val="yellow"/>' if yellow else "")
    parts.append('<w:bdr w:val="single" w:sz="6" w:space="0" w:color="auto"/>' if boxed else "")
    return f"<w:rPr>{''.join(parts)}</w:rPr>"


def run(text: str, properties: str) -> str:
    """One run. Characters that XML cannot hold are dropped; a line end is no part of a run."""
    clean = xml_text(text).replace("\n", "").replace("\r", "")
    return f'<w:r>{properties}<w:t xml:space="preserve">{escape(clean)}</w:t></w:r>'


def paragraph(content: str, *, style: str = "", align: str = "both", indent: int = 0, right: int = 0, line: float = LINE,
              keep_next: bool = False, page_break: bool = False, grid: bool = True) -> str:  # fmt: skip
    """One paragraph; indent (first line) and right are in characters of body size."""
    style_xml = f'<w:pStyle w:val="{style}"/>' if style else ""
    flags = ("<w:keepNext/>" if keep_next else "") + ("<w:pageBreakBefore/>" if page_break else "")
    spacing = f'<w:spacing w:before="0" w:after="0" w:line="{round(line * 20)}" w:lineRule="exact"/>' if line else ""
    sides = f' w:firstLineChars="{indent * 100}" w:firstLine="{indent * 320}"' if indent else ""
    sides += f' w:rightChars="{right * 100}" w:right="{right * 320}"' if right else ""
    indents = f"<w:ind{sides}/>" if sides else ""
    # Word's automatic gap between Chinese and digits would break the 28-character line
    spaces = '<w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/>' + ("" if grid else '<w:snapToGrid w:val="0"/>')
    return f'<w:p><w:pPr>{style_xml}{flags}{spaces}{spacing}{indents}<w:jc w:val="{align}"/></w:pPr>{content}</w:p>'


class Controls:
    """Makes content controls, numbering them within one document; switched off it makes plain runs."""

    def __init__(self, enabled: bool = True) -> None:
        self._ids: Iterator[int] = count(1)
        self._enabled = enabled

    def control(self, figure_run: Run, properties: str) -> str:
        """A run-level content control round a figure: tag is the figure's id, alias its title."""
        if not self._enabled:
            return run(figure_run.text, properties)
        # no <w:text/>: LibreOffice prints a plain-text control that is alone in its cell in the size of the page
        alias = quoteattr(xml_text(figure_run.title)[:ALIAS_LIMIT])
        head = f'<w:alias w:val={alias}/><w:tag w:val="{figure_run.figure_id}"/><w:id w:val="{next(self._ids)}"/>'
        return f"<w:sdt><w:sdtPr>{properties}{head}</w:sdtPr><w:sdtContent>{run(figure_run.text, properties)}</w:sdtContent></w:sdt>"

    def runs(self, runs: Iterable[Run], east_asia: str = FANGSONG, size: float = BODY, *, bold: bool = False) -> str:
        """Runs as XML: figures in content controls, gaps highlighted yellow."""
        made = []
        for item in runs:
            properties = look(east_asia, size, bold=bold or item.bold, yellow=item.gap is not None or item.marked)
            made.append(self.control(item, properties) if item.figure_id else run(item.text, properties))
        return "".join(made)


def table(header: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int], aligns: Sequence[str], mark: str, *,
          together: bool = False) -> str:  # fmt: skip
    """A ruled table; cells are run XML, widths in twentieths of a point, mark the look of the cells' paragraph marks, together keeps
    it on one page. The header row repeats on every page, no row breaks."""
    borders = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="auto"/>' for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    margins = '<w:tblCellMar><w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/></w:tblCellMar>'
    head = (
        f'<w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/><w:tblBorders>{borders}</w:tblBorders>'
        f'<w:tblLayout w:type="fixed"/>{margins}</w:tblPr>'
    )
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    body = [_row(header, widths, ("center",) * len(widths), mark, header=True, keep=together)]
    body += [_row(row, widths, aligns, mark, keep=together and row is not rows[-1]) for row in rows]
    return f"<w:tbl>{head}<w:tblGrid>{grid}</w:tblGrid>{''.join(body)}</w:tbl>"


def _row(cells: Sequence[str], widths: Sequence[int], aligns: Sequence[str], mark: str, *, header: bool = False,
         keep: bool = False) -> str:  # fmt: skip
    next_row = "<w:keepNext/>" if keep else ""
    spacing = '<w:snapToGrid w:val="0"/><w:spacing w:before="30" w:after="30" w:line="240" w:lineRule="auto"/>'
    made = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
        f'<w:p><w:pPr>{next_row}{spacing}<w:jc w:val="{align}"/>{mark}</w:pPr>{cell}</w:p></w:tc>'
        for cell, width, align in zip(cells, widths, aligns, strict=True)
    )
    repeat = "<w:tblHeader/>" if header else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{repeat}</w:trPr>{made}</w:tr>"
