"""The pilot in a real browser: a measure from 未启动 to 销号 between two persons, with its papers, and the page for the county committee on paper."""

import re
import shutil
import subprocess

import pytest

TITLE = "青年之家延时开放"


def press(visitor, label):
    """A button or link of the page's head or form, then the page it leads to."""
    visitor.page.click(f"main :is(a, button):text-is('{label}') >> nth=0")
    visitor.page.wait_for_load_state()
    visitor.fits()


def measure(visitor, who):
    """The measure's page, as somebody who comes in by the board."""
    visitor.enter(who)
    visitor.open("/reform/board/")
    visitor.page.click(f"main a:has-text('{TITLE}')")
    visitor.page.wait_for_load_state()
    visitor.fits()


def said_at(visitor, field):
    """What is said at a field of a form that was refused; the browser notes the refusal in its console."""
    visitor.page.wait_for_selector(f"#{field}-why")
    assert [w for w in visitor.wrong if "422" in w]
    visitor.wrong[:] = [w for w in visitor.wrong if "422" not in w]
    return visitor.page.inner_text(f"#{field}-why")


def status(visitor):
    """The measure's status as its page shows it."""
    return visitor.page.inner_text(".yp-head .badge >> nth=0").strip()


def enable(visitor):
    """The county switches the pilot on where every module is switched."""
    visitor.enter("county")
    visitor.open("/modules/?module=reform")
    press(visitor, "启用“改革试点”")
    assert visitor.open("/reform/board/") == 200


def new_measure(visitor):
    """A measure that 柳河镇 carries."""
    visitor.enter("county")
    visitor.open("/reform/board/")
    press(visitor, "登记措施")
    page = visitor.page
    page.fill("#title", TITLE)
    page.select_option("#organization", label="柳河镇")
    page.fill("#owner", "柳河镇团委")
    page.fill("#listed_on", "2023-06-20")
    page.fill("#due_on", "2023-07-31")
    press(visitor, "保存")
    assert TITLE in page.inner_text("h1") and status(visitor) == "未启动"


def test_a_measure_goes_all_the_way_between_two_persons(visitor, tmp_path):
    page = visitor.page
    report, photo = tmp_path / "开放记录.pdf", tmp_path / "现场照片.pdf"
    report.write_bytes(b"%PDF-1.4\nrecord")
    photo.write_bytes(b"%PDF-1.4\nphoto")
    enable(visitor)
    new_measure(visitor)
    # the township works on it
    measure(visitor, "township")
    press(visitor, "启动")
    press(visitor, "启动")
    assert status(visitor) == "推进中"
    press(visitor, "申请销号")
    press(visitor, "申请销号")
    assert "没有材料不能销号" in said_at(visitor, "files")
    page.set_input_files("#files", str(report))
    page.fill("#evidence", "每晚开放到九点，见记录。")
    press(visitor, "申请销号")
    assert status(visitor) == "申请销号" and "开放记录.pdf" in visitor.text()
    assert page.locator("main a:text-is('同意销号')").count() == 0  # who applies does not close
    # the county returns it, not without a reason
    measure(visitor, "county")
    with page.expect_download() as got:
        page.click("main a:text-is('开放记录.pdf') >> nth=0")
    assert got.value.suggested_filename == "开放记录.pdf" and open(got.value.path(), "rb").read() == report.read_bytes()
    press(visitor, "退回")
    press(visitor, "退回")
    assert "写明退回理由" in said_at(visitor, "reason")
    page.fill("#reason", "缺少现场照片，7月10日前补齐。")
    press(visitor, "退回")
    assert status(visitor) == "退回"
    # the township reads why, adds what is lacking, applies again
    measure(visitor, "township")
    assert "已退回：缺少现场照片，7月10日前补齐。" in visitor.text()
    press(visitor, "记录进展")
    page.fill("#text", "照片已补拍。")
    page.set_input_files("#files", str(photo))
    press(visitor, "保存")
    press(visitor, "再次申请销号")
    press(visitor, "再次申请销号")
    assert status(visitor) == "申请销号"
    # the county agrees
    measure(visitor, "county")
    press(visitor, "同意销号")
    assert "现场照片.pdf" in visitor.text()
    press(visitor, "同意销号")
    assert status(visitor) == "销号"
    steps = re.findall(r"2023-07-03 (启动|申请销号|退回|进展|再次申请销号|同意销号)", visitor.text())
    assert steps == ["同意销号", "申请销号", "进展", "退回", "申请销号", "启动"]


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs poppler-utils")
def test_the_page_for_the_county_committee_is_one_sheet(visitor, tmp_path):
    enable(visitor)
    visitor.open("/reform/board/print/")
    target = tmp_path / "page.pdf"
    visitor.page.pdf(path=str(target), format="A4", prefer_css_page_size=True)
    facts = subprocess.run(["pdfinfo", str(target)], capture_output=True, text=True, check=True).stdout
    assert "Pages:           1\n" in facts and "A4" in facts
    text = subprocess.run(["pdftotext", "-layout", str(target), "-"], capture_output=True, text=True, check=True).stdout
    flat = re.sub(r"\s", "", text)
    assert "示范县县域共青团基层组织改革试点进展情况" in flat and "2023年7月3日" in flat
    places = [flat.index(front) for front in ("团干部选用", "团组织设置和运营", "团员教育管理", "领导保障")]
    assert places == sorted(places) and "滞后措施" in flat
    for elsewhere in ("填报进度", "用户与权限", "退出", "演示日期", "打印"):
        assert elsewhere not in flat, elsewhere
