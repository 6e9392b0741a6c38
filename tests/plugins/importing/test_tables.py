"""Header, footer and profile in sheets of all shapes; templates, exports and marked files read back."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest

from youthpilot.core.kernel.tables import write_table
from youthpilot.plugins.importing.columns import Column
from youthpilot.plugins.importing.marking import Mark, mark_errors
from youthpilot.plugins.importing.matching import Profile, SkippedRow, data_rows, find_header, profile_of, remap, shape_of
from youthpilot.plugins.importing.reading import read_sheet
from youthpilot.plugins.importing.template import write_template

COLUMNS = (
    Column("name", "姓名", required=True, aliases=("学生姓名", "团员姓名"), max_length=20),
    Column("organization", "所在团支部", "organization", required=True, aliases=("团支部", "班级")),
    Column("phone", "联系电话", "phone", aliases=("手机", "手机号")),
    Column("amount", "发放金额(元)", "decimal", minimum=0),
    Column("on", "学习时间", "date"),
    Column("mode", "类型", "choice", choices={"专职": "full", "挂职": "second"}, help="按任职文件填写。"),
    Column("member", "是否团员", "bool"),
)


def data(rows, match, footer_rows=0):
    found = list(data_rows(rows, match, footer_rows))
    return [n for n, *_ in (x for x in found if isinstance(x, tuple))], [(x.number, x.reason) for x in found if isinstance(x, SkippedRow)]


def test_title_footer_totals_and_repeated_headers():
    head = ["序号", "姓 名\n（必填）", "所在团支部*", "QQ"]
    rows = [
        ["示范县青年大学习统计表", None, None, None], ["单位：示范县", None, None, "2023年"], head, [1, "张三", "一支部", None], ["小 计", None, None, 1],
        head, [2, "制长青", "二支部", None], [None, None, None, None], ["合计", 2, None, 5], ["制表人：王五", None, "审核：赵六", None], ["导出时间 2023-06-30", None, None, None],
    ]  # fmt: skip
    match = find_header(rows, COLUMNS)
    assert (match.row_index, match.depth, match.mapping) == (2, 1, {"name": 1, "organization": 2})
    assert match.unknown == ("QQ",) and match.missing == ()
    numbers, skipped = data(rows, match)
    assert numbers == [4, 7]
    assert skipped == [(1, "title"), (2, "title"), (3, "header"), (5, "total"), (6, "header"), (8, "blank"), (9, "total"), (10, "note"), (11, "note")]


def test_header_of_two_rows():
    rows = [["表", None, None, None], ["姓名", "班级", "联系方式", None], [None, None, "手机", "类型"], ["张三", "一班", "138", "专职"]]
    match = find_header(rows, COLUMNS)
    assert (match.row_index, match.depth) == (2, 2) and match.mapping == {"name": 0, "organization": 1, "phone": 2, "mode": 3}
    assert data(rows, match)[0] == [4]


def test_missing_and_no_header():
    match = find_header([["姓名", "类型"]], COLUMNS)
    assert [column.name for column in match.missing] == ["organization"]
    assert find_header([["甲", "乙"], ["姓名", "丙"]], COLUMNS) is None
    assert find_header([], COLUMNS) is None
    assert find_header([["x", "y"]] * 15 + [["姓名", "类型"]], COLUMNS) is None  # beyond the first fifteen rows


@pytest.mark.parametrize(
    "heading, fits",
    [
        ("发放金额（元）", 3),
        ("发放金额(万元)", 0),
        ("发放金额", 0),
        ("*所在团支部", 3),
        ("团 支 部", 2),
        ("姓名（与身份证一致）", 1),
        ("ＱＱ", 0),
        ("姓名2", 0),
        ("", 0),
        ("()", 0),
    ],
)
def test_headings(heading, fits):
    assert max(column.answers_to(heading) for column in COLUMNS) == fits


def test_the_title_wins_over_an_alias():
    match = find_header([["学生姓名", "姓名", "班级"]], COLUMNS)
    assert match.mapping == {"name": 1, "organization": 2} and match.unknown == ("学生姓名",)


def test_profile_reads_the_next_file_of_the_shape():
    first = [["第1期", None, None], ["谁", "哪里", "何时"], ["张三", "一支部", "2023-01-01"], ["以上数据截至周日", None, None]]
    headings = tuple(first[1])
    match = remap(find_header([["姓名", "班级", "学习时间"]], COLUMNS), {}, COLUMNS)
    match = remap(type(match)(1, 1, {}, headings, (), ()), {"name": 0, "organization": 1, "on": 2}, COLUMNS)
    profile = profile_of(match, footer_rows=1)
    assert Profile.from_json(profile.as_json()) == profile and profile.shape == shape_of(headings)
    second = [["第2期", None, None], ["通知", None, None], ["何时", "谁", "哪里"], ["2023-01-08", "李四", "二支部"], ["以上数据截至周日", None, None]]
    found = profile.apply(second, COLUMNS)
    assert (found.row_index, found.mapping) == (2, {"on": 0, "name": 1, "organization": 2})
    assert data(second, found, profile.footer_rows)[0] == [4]
    assert profile.apply([["谁", "哪里"]], COLUMNS) is None


def test_columns_parse_by_kind():
    today = date(2023, 7, 3)
    values = {"name": "张三", "phone": 13800138000, "amount": "1,000.5", "on": "2023年6月30日", "mode": "挂职", "member": "√"}
    parsed = {c.name: c.parse(values.get(c.name), today) for c in COLUMNS}
    assert all(problem is None for _value, problem in parsed.values())
    assert [value for value, _problem in parsed.values()] == ["张三", None, "13800138000", Decimal("1000.5"), date(2023, 6, 30), "second", True]
    assert COLUMNS[3].parse(-1, today)[1].code == "too_small" and COLUMNS[0].parse("长" * 21, today)[1].code == "too_long"


def test_template_is_read_back_empty_and_complete():
    long_list = Column("trade", "行业", "choice", choices={f"很长的行业名称，{i}": str(i) for i in range(90)})
    content = write_template((*COLUMNS, long_list), "团员导入模板", [["张三", "一支部", "138", 1.5, date(2023, 1, 1), "专职", "是"]])
    sheet = read_sheet(content, "模板.xlsx")
    match = find_header(sheet.rows, (*COLUMNS, long_list))
    assert sheet.warnings == () and match.missing == match.unknown == () and len(match.mapping) == 8
    assert data(sheet.rows, match)[0] == []  # the examples stand on the second sheet
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["数据", "填写说明", "选项"] or sorted(book.sheetnames) == sorted(["数据", "填写说明", "选项"])
    rules = {str(rule.sqref)[0]: rule for rule in book["数据"].data_validations.dataValidation}
    assert rules["F"].formula1 == '"专职,挂职"' and rules["G"].formula1 == '"是,否"' and "选项" in rules["H"].formula1
    assert book["数据"].column_dimensions["C"].number_format == "@"
    assert "张三" in [cell.value for row in book["填写说明"].iter_rows() for cell in row]


EVIL = ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u00a0=1", "　＝1", "x\n=1", '=HYPERLINK("http://x")']


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_no_cell_of_an_export_is_a_formula(kind):
    content = write_table(["正常", "=坏"], [[text, 1] for text in EVIL], kind, notes=["筛选：=1"])
    if kind == "xlsx":
        cells = [cell for row in openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows() for cell in row if cell.value is not None]
        assert {cell.data_type for cell in cells} == {"s", "n"}
        texts = [cell.value for cell in cells if cell.data_type == "s"]
    else:
        assert content.startswith(b"\xef\xbb\xbf") and b"\r\n" in content
        texts = content.decode("utf-8-sig").replace('"', "").replace(",1\r\n", "\r\n").split("\r\n")
    assert not any(line.lstrip(" \u00a0\u3000\t\r").startswith(tuple("=+-@＝")) for text in texts for line in text.split("\n"))
    back = [row[0] for row in read_sheet(content, f"a.{kind}").rows[2:]]
    assert back == [text.strip("\u00a0\u3000 \t\r") for text in EVIL]  # and it can be imported again


def test_types_of_an_export():
    moment = datetime(2023, 6, 30, 16, 30, tzinfo=UTC)
    rows = [[1, Decimal("2.5"), date(2023, 6, 30), moment, True, None, 320924199001011234, "007", "\ud800", "长" * 40_000]]
    row = read_sheet(write_table([str(i) for i in range(10)], rows), "a.xlsx").rows[1]
    assert row[:8] == [1, Decimal("2.5"), date(2023, 6, 30), datetime(2023, 7, 1, 0, 30), "是", None, "320924199001011234", "007"]
    assert len(row[9]) == 32_767 and row[9].endswith("…")
    text = read_sheet(write_table(["a", "b", "c"], [[Decimal("2.50"), None, moment]], "csv"), "a.csv").rows[1]
    assert text == ["2.50", None, "2023-07-01 00:30:00"]


def test_marked_file_goes_back_and_comes_in_again():
    original = write_table(["姓名", "=班级"], [["张三", "=一班"], ["李四", None], ["王五", 3]], notes=["表"])
    sheet = read_sheet(original, "a.xlsx")
    marks = [Mark(3, 1, "查无此班", "E", "班级"), Mark(3, 0, "重名", "W", "姓名"), Mark(4, None, "缺班级")]
    content = mark_errors(sheet, marks, header_row=1)
    page = openpyxl.load_workbook(io.BytesIO(content)).active
    assert page["B3"].fill.fgColor.rgb == "FFFFC7CE" and page["A3"].fill.fgColor.rgb == "FFFFEB9C" and page["A4"].fill.fill_type is None
    assert "查无此班" in page["B3"].comment.text and page["C2"].value == "问题"
    assert page["C3"].value == "班级：查无此班\n（请核对）姓名：重名" and page["C4"].value == "缺班级"
    again = read_sheet(content, "b.xlsx")
    assert [row[:2] for row in again.rows] == sheet.rows
    assert find_header(again.rows, (Column("a", "姓名"), Column("b", "班级"))).unknown == ()
    third = read_sheet(mark_errors(again, [], header_row=1), "c.xlsx")
    assert third.rows[2][2:] == [None] and third.rows[1][2] == "问题"
