"""The Word document: layout of GB/T 9704, tags, yellow gaps, the annex, equal bytes; and, where LibreOffice is at hand, its pages."""

import dataclasses
import shutil
import subprocess
import zipfile
from datetime import datetime, timedelta
from io import BytesIO

import docx
import pytest
from docx.enum.text import WD_COLOR_INDEX
from docx.oxml.ns import qn
from docx.shared import Pt
from openpyxl import load_workbook

from youthpilot.plugins.reports.document import Paragraph, Section, Sentence, Text
from youthpilot.plugins.reports.docx import render_docx


@pytest.fixture
def word(report, printed_at):
    return docx.Document(BytesIO(render_docx(report, printed_at)))


def yellow(word) -> list[str]:
    return [run.text for p in word.paragraphs for run in p.runs if run.font.highlight_color == WD_COLOR_INDEX.YELLOW]


def test_page(word):
    page = word.sections[0]
    assert (round(page.page_width.mm), round(page.page_height.mm)) == (210, 297)
    for margin, millimetres in ((page.top_margin, 37), (page.bottom_margin, 35), (page.left_margin, 28), (page.right_margin, 26)):
        assert abs(margin.mm - millimetres) < 0.2
    assert (page.page_height - page.top_margin - page.bottom_margin) / Pt(29) >= 22, "22 lines must fit"
    assert word.settings.odd_and_even_pages_header_footer
    assert [edge.paragraphs[0].alignment for edge in (page.footer, page.even_page_footer)] == [2, 0], "odd right, even left"
    assert "PAGE" in page.footer._element.xml and page.footer.paragraphs[0].text.startswith("— ")


def test_fonts_and_lines(word):
    def font(text):
        run = next(run for p in word.paragraphs for run in p.runs if text in run.text)
        return run._element.rPr.rFonts.get(qn("w:eastAsia")), run.font.size

    assert font("2023年上半年工作总结") == ("方正小标宋简体", Pt(22))
    assert font("一、上半年工作情况") == ("黑体", Pt(16))
    assert font("（一）引领") == ("楷体_GB2312", Pt(16))
    assert font("今年以来") == ("仿宋_GB2312", Pt(16))
    body = next(p for p in word.paragraphs if "今年以来" in p.text)
    assert body.paragraph_format.line_spacing == Pt(29)
    assert body._p.pPr.ind.get(qn("w:firstLineChars")) == "200"
    assert next(p for p in word.paragraphs if "一、上半年" in p.text).style.name == "Heading 1"


def test_each_figure_is_a_tagged_control(word, report):
    controls = {}
    for control in word.element.body.iter(qn("w:sdt")):
        tag = control.find(f".//{qn('w:tag')}").get(qn("w:val"))
        controls.setdefault(tag, []).append("".join(t.text for t in control.iter(qn("w:t"))))
    assert controls[report.annex[0]] == ["57.2万人次", "572000"], "in the text and in the table"
    assert {report.figures[tag].title for tag in controls} == {"参学人次", "平均年龄", "建成小屋", "典型"}
    ids = [item.get(qn("w:val")) for item in word.element.body.iter(qn("w:id"))]
    assert len(ids) == len(set(ids))


def test_controls_can_be_left_out(report, printed_at):
    plain = docx.Document(BytesIO(render_docx(report, printed_at, controls=False)))
    assert not list(plain.element.body.iter(qn("w:sdt")))
    assert any("参学57.2万人次" in p.text for p in plain.paragraphs)


def test_draft_is_yellow_and_final_is_not(word, report, printed_at):
    assert yellow(word) == ["（315个单位中313个有数）", "【待核实1：柳河镇<未报>】", "待核实1：柳河镇<未报>"]
    assert "征求意见稿" in word.sections[0].header.paragraphs[0].text
    assert any(p.text == "待核实事项" for p in word.paragraphs)
    final = docx.Document(BytesIO(render_docx(dataclasses.replace(report, state="final"), printed_at)))
    assert yellow(final) == [] and "征求意见稿" not in final.sections[0].header._element.xml
    assert not any("待核实" in p.text for p in final.paragraphs)


def test_annex_holds_every_figure(word, report):
    annex = word.tables[-1]
    assert [cell.text for cell in annex.rows[0].cells] == ["序号", "指标", "数值", "口径", "统计范围", "时间", "校验码"]
    assert len(annex.rows) == 1 + len(report.figures)
    row = [cell.text for cell in annex.rows[1].cells]
    assert row == ["1", "参学人次", "572000人次", "参学人次之和", "示范县（313/315个单位）", "2023年上半年", "ab12ab12"]
    assert annex.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None


def test_signature(word):
    day = next(p for p in word.paragraphs if p.text == "2023年7月3日")
    assert day.alignment == 2 and day._p.pPr.ind.get(qn("w:rightChars")) == "400"


def test_charts_are_native_with_their_workbook(report, printed_at):
    with zipfile.ZipFile(BytesIO(render_docx(report, printed_at))) as package:
        assert "barChart" in package.read("word/charts/chart1.xml").decode()
        assert "lineChart" in package.read("word/charts/chart2.xml").decode()
        sheet = load_workbook(BytesIO(package.read("word/embeddings/chart1.xlsx"))).active
    assert [[cell.value for cell in row] for row in sheet.rows] == [[None, "笔数"], ["城关镇", 18], ["青石镇", None]]


def test_equal_bytes(report, printed_at):
    first = render_docx(report, printed_at)
    assert first == render_docx(report, printed_at)
    assert first != render_docx(report, printed_at + timedelta(minutes=1))
    with zipfile.ZipFile(BytesIO(first)) as package:
        assert {info.date_time for info in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert package.namelist()[0] == "[Content_Types].xml"


def test_properties_and_naive_moment(word, report, printed_at):
    assert word.core_properties.title == "共青团示范县委员会2023年上半年工作总结"
    assert word.core_properties.created.replace(tzinfo=None) == printed_at.replace(tzinfo=None)
    with pytest.raises(ValueError, match="aware"):
        render_docx(report, datetime(2023, 7, 3))


def test_control_characters_do_not_break_the_file(report, printed_at):
    bad = Section("bad", "", 1, (Paragraph((Sentence((Text("坏\x0b字\x00符\x1f"),)),)),))
    word = docx.Document(BytesIO(render_docx(dataclasses.replace(report, sections=(bad,)), printed_at)))
    assert any(p.text == "坏字符" for p in word.paragraphs)


@pytest.mark.skipif(not (shutil.which("soffice") and shutil.which("pdftotext")), reason="LibreOffice is not installed")
def test_libreoffice_lays_out_22_lines_of_28_characters(report, printed_at, tmp_path):
    long = Section("long", "", 1, (Paragraph((Sentence((Text("团" * 28 * 60),)),)),))
    bare = dataclasses.replace(report, title=("题",), sections=(long,), figures={}, gaps=(), annex=(), state="final")
    (tmp_path / "r.docx").write_bytes(render_docx(bare, printed_at, controls=False))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / "r.docx")], check=True, timeout=120
    )
    text = subprocess.run(["pdftotext", "-layout", "-f", "2", "-l", "2", tmp_path / "r.pdf", "-"], check=True, capture_output=True).stdout
    lines = [line.strip() for line in text.decode().splitlines() if "团" in line]
    assert len(lines) == 22 and {len(line) for line in lines} == {28}
