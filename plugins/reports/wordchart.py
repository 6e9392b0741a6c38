"""A native Word chart: the chart part and the workbook behind it, so that the county can change it in Word.

python-docx cannot make one and python-pptx would be a dependency for this alone, so the part is written here: bars or lines.
"""

from decimal import Decimal
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape as escape_xml
from xml.sax.saxutils import quoteattr

from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name

from youthpilot.core.kernel.text import xml_text

from .document import Chart

CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
PLACE = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
WIDTH, HEIGHT = 5_400_000, 2_700_000  # EMU: 150 x 75 mm
# dark to light, so that they stay apart on a black-and-white printer
COLOURS = ("1F5C70", "C9A15B", "7C9AA5", "8C3B2E", "5B6B4E", "B7B7B7")


def add_chart(word: Any, chart: Chart, number: int, created: Any) -> str:
    """Adds the parts of the n-th chart to a python-docx document; the run XML that shows it comes back."""
    package = word.part.package
    book = Part(PackURI(f"/word/embeddings/chart{number}.xlsx"), WORKBOOK_TYPE, workbook(chart, created), package)
    part = Part(PackURI(f"/word/charts/chart{number}.xml"), CHART_TYPE, b"", package)
    part._blob = chart_xml(chart, part.relate_to(book, RT.PACKAGE)).encode()
    relation = word.part.relate_to(part, RT.CHART)
    return (
        f'<w:r><w:drawing><wp:inline xmlns:wp="{PLACE}" distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{WIDTH}" cy="{HEIGHT}"/>'
        f'<wp:docPr id="{number}" name="图{number}" descr={quoteattr(xml_text(chart.title))}/><wp:cNvGraphicFramePr/>'
        f'<a:graphic xmlns:a="{DRAWING}"><a:graphicData uri="{CHART}"><c:chart xmlns:c="{CHART}" xmlns:r="{RELATION}" r:id="{relation}"/>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )


def escape(text: str) -> str:
    """Text for an element of the chart: what XML cannot hold dropped, the rest escaped."""
    return escape_xml(xml_text(text))


def workbook(chart: Chart, created: Any) -> bytes:
    """The workbook of a chart: categories down, one column per series. The same bytes for the same chart and moment."""
    stream = BytesIO()
    book = Workbook(stream, {"in_memory": True})
    book.set_properties({"created": created.replace(tzinfo=None)})
    sheet = book.add_worksheet("Sheet1")
    # write_string: a title that starts with "=" must stay a title
    for column, series in enumerate(chart.series, 1):
        sheet.write_string(0, column, xml_text(series.name))
        for row, value in enumerate(series.values, 1):
            if value is not None:
                sheet.write_number(row, column, value)
    for row, category in enumerate(chart.categories, 1):
        sheet.write_string(row, 0, xml_text(category))
    book.close()
    return stream.getvalue()


def chart_xml(chart: Chart, workbook_relation: str) -> str:
    """The chart part: clustered columns, or lines with markers; a legend only for several series, values at the points for one."""
    series = "".join(_series(chart, index) for index in range(len(chart.series)))
    alone = '<c:dLbls><c:showLegendKey val="0"/><c:showVal val="1"/><c:showCatName val="0"/><c:showSerName val="0"/>' \
        '<c:showPercent val="0"/><c:showBubbleSize val="0"/></c:dLbls>' if len(chart.series) == 1 else ""  # fmt: skip
    if chart.kind == "line":
        plot = f'<c:lineChart><c:grouping val="standard"/><c:varyColors val="0"/>{series}{alone}<c:marker val="1"/>{_AXES}</c:lineChart>'
    else:
        plot = f'<c:barChart><c:barDir val="col"/><c:grouping val="clustered"/><c:varyColors val="0"/>{series}{alone}' \
            f'<c:gapWidth val="80"/>{_AXES}</c:barChart>'  # fmt: skip
    legend = '<c:legend><c:legendPos val="b"/><c:overlay val="0"/></c:legend>' if len(chart.series) > 1 else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><c:chartSpace xmlns:c="{CHART}" xmlns:a="{DRAWING}" xmlns:r="{RELATION}">'
        f'<c:roundedCorners val="0"/><c:chart><c:autoTitleDeleted val="1"/><c:plotArea><c:layout/>{plot}{_category_axis()}'
        f'{_value_axis(chart)}</c:plotArea>{legend}<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart>'
        f"<c:spPr><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr>{_text()}"
        f'<c:externalData r:id="{workbook_relation}"><c:autoUpdate val="0"/></c:externalData></c:chartSpace>'
    )


_AXES = '<c:axId val="111"/><c:axId val="222"/>'


def _series(chart: Chart, index: int) -> str:
    series, colour, column = chart.series[index], COLOURS[index % len(COLOURS)], xl_col_to_name(index + 1)
    last = len(chart.categories) + 1
    fill = f'<a:solidFill><a:srgbClr val="{colour}"/></a:solidFill>'
    shape, tail = f'<c:spPr>{fill}</c:spPr><c:invertIfNegative val="0"/>', ""
    if chart.kind == "line":
        shape = f'<c:spPr><a:ln w="28575">{fill}</a:ln></c:spPr><c:marker><c:symbol val="circle"/><c:size val="6"/><c:spPr>{fill}</c:spPr></c:marker>'
        tail = '<c:smooth val="0"/>'
    names = "".join(f'<c:pt idx="{i}"><c:v>{escape(name)}</c:v></c:pt>' for i, name in enumerate(chart.categories))
    values = "".join(f'<c:pt idx="{i}"><c:v>{_digits(value)}</c:v></c:pt>' for i, value in enumerate(series.values) if value is not None)
    return (
        f'<c:ser><c:idx val="{index}"/><c:order val="{index}"/><c:tx><c:strRef><c:f>Sheet1!${column}$1</c:f><c:strCache><c:ptCount val="1"/>'
        f'<c:pt idx="0"><c:v>{escape(series.name)}</c:v></c:pt></c:strCache></c:strRef></c:tx>{shape}'
        f'<c:cat><c:strRef><c:f>Sheet1!$A$2:$A${last}</c:f><c:strCache><c:ptCount val="{last - 1}"/>{names}</c:strCache></c:strRef></c:cat>'
        f"<c:val><c:numRef><c:f>Sheet1!${column}$2:${column}${last}</c:f><c:numCache><c:formatCode>General</c:formatCode>"
        f'<c:ptCount val="{len(chart.categories)}"/>{values}</c:numCache></c:numRef></c:val>{tail}</c:ser>'
    )


def _digits(value: Decimal) -> str:
    return format(value, "f")


def _category_axis() -> str:
    return (
        '<c:catAx><c:axId val="111"/><c:scaling><c:orientation val="minMax"/></c:scaling><c:delete val="0"/><c:axPos val="b"/>'
        '<c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="none"/><c:minorTickMark val="none"/>'
        '<c:tickLblPos val="low"/><c:crossAx val="222"/><c:crosses val="autoZero"/></c:catAx>'
    )


def _value_axis(chart: Chart) -> str:
    # an axis cut at the bottom makes a small change look large, so it starts at zero
    negative = any(value is not None and value < 0 for series in chart.series for value in series.values)
    lowest, unit = "" if negative else '<c:min val="0"/>', chart.unit
    words = f'<a:bodyPr rot="0" vert="horz"/><a:p><a:r><a:rPr lang="zh-CN" sz="1050" b="0"/><a:t>{escape(unit)}</a:t></a:r></a:p>'
    title = f'<c:title><c:tx><c:rich>{words}</c:rich></c:tx><c:overlay val="0"/></c:title>' if unit else ""
    grid = '<c:majorGridlines><c:spPr><a:ln w="6350"><a:solidFill><a:srgbClr val="D9D9D9"/></a:solidFill></a:ln></c:spPr></c:majorGridlines>'
    return (
        f'<c:valAx><c:axId val="222"/><c:scaling><c:orientation val="minMax"/>{lowest}</c:scaling><c:delete val="0"/><c:axPos val="l"/>'
        f'{grid}{title}<c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="none"/><c:minorTickMark val="none"/>'
        '<c:tickLblPos val="nextTo"/><c:spPr><a:ln><a:noFill/></a:ln></c:spPr><c:crossAx val="111"/><c:crosses val="autoZero"/></c:valAx>'
    )


def _text() -> str:
    face = '<a:latin typeface="Times New Roman"/><a:ea typeface="宋体"/>'
    return f'<c:txPr><a:bodyPr/><a:p><a:pPr><a:defRPr sz="1050">{face}</a:defRPr></a:pPr><a:endParaRPr lang="zh-CN"/></a:p></c:txPr>'
