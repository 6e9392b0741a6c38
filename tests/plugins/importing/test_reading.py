"""Files as counties send them, and files as attackers do: read_sheet through the real child process."""

import io
import random
import struct
import subprocess
import sys
import zipfile
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest
import xlsxwriter
import xlwt

from youthpilot.core.kernel.cells import CellError, Destroyed
from youthpilot.plugins.importing.limits import Limits
from youthpilot.plugins.importing.reading import ReadError, read_sheet

UGLY = '示范县“青年大学习”统计表,,\n姓名,所在团支部,学号\n张三,一支部,０１２３\n　李四\u3000,二支部,"=""0456"""\n制表人：王五,,\n,,\n'


def xlsx(fill) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    fill(book)
    book.close()
    return out.getvalue()


def grid(rows) -> bytes:
    def fill(book):
        sheet = book.add_worksheet("表")
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                sheet.write(r, c, value)

    return xlsx(fill)


def rezip(data: bytes, change) -> bytes:
    """The same archive with its parts (name → bytes) changed by `change`."""
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    change(parts)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            new.writestr(name, content)
    return out.getvalue()


def refused(data: bytes, name: str, **limits) -> ReadError:
    with pytest.raises(ReadError) as caught:
        read_sheet(data, name, Limits(**limits))
    assert str(caught.value) and not str(caught.value).isascii()  # a Chinese sentence
    return caught.value


@pytest.mark.parametrize(
    "encoding, named", [("gb18030", "gb18030"), ("gbk", "gb18030"), ("utf-8-sig", "utf-8-sig"), ("utf-8", "utf-8-sig"), ("utf-16", "utf-16")]
)
def test_csv_in_every_encoding(encoding, named):
    sheet = read_sheet(UGLY.encode(encoding), "名单.CSV")
    assert sheet.encoding == named
    assert sheet.rows[2:4] == [["张三", "一支部", "０１２３"], ["李四", "二支部", "0456"]]
    assert sheet.rows[-1][0] == "制表人：王五"  # blank rows at the end are gone, row numbers stay


def test_gb18030_beyond_gbk():
    assert read_sheet("姓名,编号\n㐂𠀀,1\n".encode("gb18030"), "a.csv").rows[1] == ["㐂𠀀", "1"]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators(separator):
    text = "统计表\n" + "\n".join(separator.join(row) for row in (["姓名", "说明"], ["张三", '"甲,乙;丙"'], ["李四", '"两\n行"']))
    assert read_sheet(text.encode(), "a.csv").rows == [["统计表", None], ["姓名", "说明"], ["张三", "甲,乙;丙"], ["李四", "两\n行"]]


def test_csv_traps():
    sheet = read_sheet(b"sep=;\n\xe5\x8f\xb7;x\n3.20924E+17;'0123\n", "a.csv")
    assert sheet.rows[1] == ["号", "x"] and sheet.rows[2] == [Destroyed("3.20924E+17"), "0123"]
    assert refused(b'a,b\n"open,1\n2,3\n', "a.csv").code == "quotes"
    assert refused(b"a\x00b,c\n", "a.csv").code == "encoding"
    assert refused(b"\xff\x00\x81\xff\xff", "a.csv").code == "encoding"


def test_cells_of_xlsx():
    def fill(book):
        sheet = book.add_worksheet("名单")
        sheet.write_string(1, 1, "　张 三\u200b\xa0")
        sheet.write_number(1, 2, 13800138000)
        sheet.write_number(1, 3, 3.25)
        sheet.write_number(1, 4, 320924199001011234)
        sheet.write_datetime(1, 5, datetime(2023, 6, 30), book.add_format({"num_format": "yyyy/m/d"}))
        sheet.write_datetime(1, 6, datetime(2023, 6, 30, 14, 5), book.add_format({"num_format": "yyyy/m/d hh:mm"}))
        sheet.write_boolean(1, 7, True)
        sheet.write_formula(1, 8, "=NA()", None, "#N/A")
        sheet.write_formula(1, 9, '=IF(1,"")', None, "")
        sheet.write_formula(1, 10, "=1+1", None, 2)
        sheet.write_string(1, 11, '="0123"')
        sheet.write_number(1, 12, 0.1 + 0.2)
        sheet.write_number(1, 13, 0.5, book.add_format({"num_format": "h:mm"}))

    row = read_sheet(xlsx(fill), "a.xlsx").rows[1]
    assert row[:4] == [None, "张 三", 13800138000, Decimal("3.25")]
    assert type(row[2]) is int and isinstance(row[4], Destroyed)
    assert row[5:9] == [date(2023, 6, 30), datetime(2023, 6, 30, 14, 5), "TRUE", CellError("#N/A")]
    assert row[10:] == [2, "0123", Decimal("0.3"), "12:00"]


def test_formula_that_was_never_calculated():
    book = openpyxl.Workbook()
    book.active.append(["数", "=1+1", 5])
    out = io.BytesIO()
    book.save(out)
    assert read_sheet(out.getvalue(), "a.xlsx").rows == [["数", CellError(""), 5]]


def test_dates_since_1904():
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.append([date(2023, 6, 30)])
    out = io.BytesIO()
    book.save(out)
    assert read_sheet(out.getvalue(), "a.xlsx").rows[0][0] in (date(2023, 6, 30), datetime(2023, 6, 30))


def test_xls():
    book = xlwt.Workbook()
    sheet = book.add_sheet("一季度")
    for column, value in enumerate(["姓名", 13800138000, 2.5, 511623199001011234, True]):
        sheet.write(1, column, value)
    sheet.write(1, 5, date(2023, 6, 30), xlwt.easyxf(num_format_str="yyyy-mm-dd"))
    out = io.BytesIO()
    book.save(out)
    read = read_sheet(out.getvalue(), "a.XLS")
    assert read.sheet_name == "一季度" and read.rows[0] == [None] * 6
    assert read.rows[1][:3] == ["姓名", 13800138000, Decimal("2.5")] and isinstance(read.rows[1][3], Destroyed)
    assert read.rows[1][4:] == ["TRUE", date(2023, 6, 30)]


def test_merged_hidden_and_further_sheets_are_said():
    def fill(book):
        book.add_worksheet("空")
        sheet = book.add_worksheet("数据")
        sheet.write_row(0, 0, ["村", "姓名"])
        sheet.merge_range(1, 0, 2, 0, "一村")
        sheet.write(1, 1, "张三")
        sheet.write(2, 1, "李四")
        sheet.set_row(2, None, None, {"hidden": True})
        book.add_worksheet("旧").write(0, 0, "x")
        book.add_worksheet("填写说明").write(0, 0, "x")
        secret = book.add_worksheet("藏")
        secret.hide()

    data = xlsx(fill)
    sheet = read_sheet(data, "a.xlsx")
    assert sheet.rows == [["村", "姓名"], ["一村", "张三"], [None, "李四"]]
    assert sheet.sheet_name == "数据" and sheet.sheet_names == ("空", "数据", "旧", "填写说明")
    assert len(sheet.warnings) == 3 and "隐藏" in sheet.warnings[0] and "合并" in sheet.warnings[1] and "旧" in sheet.warnings[2]
    assert read_sheet(data, "a.xlsx", sheet="旧").rows == [["x"]]
    with pytest.raises(ReadError, match="藏"):
        read_sheet(data, "a.xlsx", sheet="藏")


def test_path_digest_and_name(tmp_path):
    path = tmp_path / "名单.csv"
    path.write_bytes(b"a,b\n")
    sheet = read_sheet(path)
    assert sheet.filename == "名单.csv" and sheet.digest == read_sheet(b"a,b\n", "x.csv").digest and len(sheet.digest) == 64


def test_names_and_contents_that_disagree():
    workbook = grid([["a"]])
    assert refused(workbook, "a.xls").code == "disagree"
    assert refused(workbook, "a.csv").code == "disagree"
    assert refused(b"a,b\n", "a.xlsx").code == "disagree"
    assert refused(b"<html><table><tr><td>1</td></tr></table></html>", "a.xls").code == "web_page"
    assert refused(b"%PDF-1.7", "a.xlsx").code == "foreign"
    assert refused(b"", "a.csv").code == refused(b" \n\n", "a.csv").code == refused(b",,\n,,\n", "a.csv").code == "empty"
    assert refused(workbook, "a.xlsm").code == refused(workbook, "a").code == "extension"


def test_empty_workbook():
    assert refused(xlsx(lambda book: book.add_worksheet()), "a.xlsx").code == "empty"


def test_archives_that_are_no_workbook():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert refused(out.getvalue(), "a.xlsx").code == "other_archive"
    nested = rezip(grid([["a"]]), lambda parts: parts.update({"xl/embeddings/x.zip": out.getvalue()}))
    assert refused(nested, "a.xlsx").code == "nested"


def test_encrypted_workbook():
    assert refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "a.xlsx").code == "password"


def test_damaged_files():
    data = grid([["a", i] for i in range(500)])
    assert refused(data[: len(data) // 2], "a.xlsx").code == "damaged"
    assert refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\7" * 3000, "a.xls").code == "damaged"
    assert refused(rezip(data, lambda parts: parts.update({"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row"})), "a.xlsx").code in (
        "damaged",
        "empty",
    )


def test_corner_cell_bomb():
    def fill(book):
        sheet = book.add_worksheet()
        sheet.write(0, 0, "a")
        sheet.write(1048575, 16383, "z")

    data = xlsx(fill)
    assert len(data) < 10_000
    assert refused(data, "a.xlsx").code in ("memory", "columns", "rows")


def test_string_bomb_is_stopped_by_the_directory():
    data = rezip(grid([["a"]]), lambda parts: parts.update({"xl/sharedStrings.xml": b"<sst><si><t>" + b"A" * 150_000_000 + b"</t></si></sst>"}))
    assert len(data) < 300_000
    assert refused(data, "a.xlsx").code == "bomb"
    assert refused(data, "a.xlsx", ratio=10**6, unpacked_bytes=10**8).code == "bomb"


def test_an_entry_that_lies_about_its_size():
    data = bytearray(rezip(grid([["a"]]), lambda parts: parts.update({"xl/sharedStrings.xml": b"A" * 20_000_000})))
    size = struct.pack("<I", 20_000_000)
    assert data.count(size) >= 1
    assert refused(bytes(data.replace(size, struct.pack("<I", 999))), "a.xlsx").code == "damaged"


def test_too_many_parts():
    data = rezip(grid([["a"]]), lambda parts: parts.update({f"x/{i}.xml": b"" for i in range(1001)}))
    assert refused(data, "a.xlsx").code == "bomb"


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_limits_are_exact(kind):
    def make(rows, columns):
        cells = [[1] * columns] * rows
        return grid(cells) if kind == "xlsx" else "\n".join(",".join(map(str, row)) for row in cells).encode()

    name, limits = f"a.{kind}", {"rows": 20, "columns": 5}
    assert len(read_sheet(make(20, 5), name, Limits(**limits)).rows) == 20  # the positive control: the limit itself is allowed
    assert refused(make(21, 5), name, **limits).code == "rows"
    assert refused(make(20, 6), name, **limits).code == "columns"
    assert refused(make(20, 5), name, file_bytes=50).code == "file_bytes"


def test_child_that_dies_is_a_clear_answer():
    data = grid([[f"文字{r}-{c}" for c in range(30)] for r in range(3000)])
    assert len(read_sheet(data, "a.xlsx").rows) == 3000  # the positive control
    assert refused(data, "a.xlsx", memory_bytes=32 * 1024 * 1024).code == "memory"
    assert refused(data, "a.xlsx", output_bytes=10_000).code == "memory"
    assert refused(data, "a.xlsx", wall_seconds=0.01).code == "time"
    assert refused(b"1,2,3,4,5,6,7,8\n" * 200_000, "a.csv", cpu_seconds=0).code == "time"  # 0: the kernel gives one second


def test_confined_child_can_open_nothing():
    program = """
import socket
from youthpilot.plugins.importing.child import confine
from youthpilot.plugins.importing.limits import Limits
open("/dev/null").close(), socket.socket().close()  # the positive control
confine(Limits())
for attempt in (lambda: open("/dev/null"), socket.socket, lambda: open("/tmp/x", "w")):
    try:
        attempt()
    except OSError:
        print("refused")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["refused"] * 3


def test_mutated_files_never_escape():
    """A few dozen broken variants of each format: rows or a ReadError, nothing else (the hundred thousand run nightly)."""
    chance = random.Random(20230630)
    sources = {"a.xlsx": grid([["姓名", "数"], ["张三", 1.5]]), "a.csv": UGLY.encode("gb18030")}
    for name, data in sources.items():
        for _ in range(12):
            broken = bytearray(data)
            for _ in range(chance.randint(1, 8)):
                broken[chance.randrange(len(broken))] = chance.randrange(256)
            try:
                assert read_sheet(bytes(broken), name).rows
            except ReadError as error:
                assert error.code
