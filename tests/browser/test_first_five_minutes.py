"""The first five minutes of somebody who has never seen it, wide and on a phone."""

import re

import docx


def words_of(path) -> str:
    """All text of a Word file, content controls included."""
    return "".join(t.text or "" for t in docx.Document(path).element.body.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t"))


def test_the_county_committee(visitor, tmp_path):
    page = visitor.page
    page.goto(f"{visitor.site}/demo")
    assert page.locator("button[name=entry]").count() == 4  # county, township, partner, platform
    visitor.enter("county")
    visitor.fits()
    banner = page.inner_text(".yp-demo")
    assert "演示日期 2023年7月3日" in banner and "示范县 · 2023年上半年" in banner
    shown = visitor.text()
    for words in ("应报 315", "已报 298", "未报 17", "今天要做", "17 个单位未报", "报告里的六个数", "57.2万人次", "28.3岁", "1269", "300多"):
        assert words.replace(" ", "") in shown.replace(" ", ""), words
    assert "柳河镇" in page.input_value(".yp-copytext") and "未报17个" in page.input_value(".yp-copytext")
    figures = page.locator(".yp-fig")
    assert figures.count() == 6 and all("去年同期" in t for t in figures.all_inner_texts())
    assert page.locator(".yp-modrow [role=switch]").count() >= 2
    with page.expect_download() as started:
        page.click("text=生成上半年总结")
    target = tmp_path / "report.docx"
    started.value.save_as(target)
    assert started.value.suggested_filename.startswith("示范县2023年上半年工作总结")
    text = words_of(target)
    for words in ("57.2万人次", "28.3岁", "34.7岁", "双下降", "共青团示范县委员会"):
        assert words in text


def test_from_a_figure_to_its_issues_to_a_township_to_its_rows(visitor):
    page = visitor.page
    visitor.enter("county")
    page.click(".yp-fig a:has-text('青年大学习')")
    page.wait_for_selector("#trace")
    visitor.fits()
    trace = page.inner_text("#trace")
    assert "口径" in trace and "2023年第26期" in trace and "572,000" in trace and "团组织" in trace and "记录" in trace
    page.click("#trace >> text=2023年第26期")
    page.wait_for_load_state()
    visitor.fits()
    assert "2023年第26期" in page.inner_text("h1")
    page.click("main a:has-text('柳河镇') >> nth=0")
    page.wait_for_load_state()
    assert "柳河镇" in visitor.text()
    visitor.open("/report/?figure=study.participations&all=1#trace")
    page.click("#trace >> text=柳河镇 >> nth=0")
    page.wait_for_load_state()
    page.click("#trace >> text=打开")
    page.wait_for_load_state()
    visitor.fits()
    rows = page.locator("main table tbody tr")
    assert rows.count() > 10 and re.search(r".\*", rows.first.inner_text()), "names are masked"


def test_a_module_switched_off_is_gone_and_on_again_is_back(visitor):
    page = visitor.page
    visitor.enter("county")
    page.click(".yp-modrow:has-text('青年大学习') [role=switch]")
    page.wait_for_load_state()
    assert "数据" in visitor.text()  # what stays is said before
    page.click("main button:has-text('停用')")
    page.wait_for_load_state()
    assert page.locator(".yp-side a:has-text('青年大学习')").count() == 0
    visitor.open("/report/")
    assert "57.2万" not in visitor.text() and "28.3岁" in visitor.text()
    assert visitor.open("/study/issues/") == 404
    visitor.wrong.clear()  # Chromium notes the 404 that was asked for
    visitor.open("/")
    page.click(".yp-modrow:has-text('青年大学习') [role=switch]")
    page.wait_for_load_state()
    assert page.locator(".yp-side a:has-text('青年大学习')").count() == 1
    visitor.open("/report/")
    assert "57.2万" in visitor.text()


def test_the_township_sees_its_own_and_submits(visitor):
    page = visitor.page
    visitor.enter("township")
    visitor.fits()
    assert "柳河镇" in visitor.text() and "双桥镇" not in visitor.text()
    visitor.open("/organizations/")
    assert "柳河镇" in visitor.text() and "双桥镇" not in visitor.text()
    visitor.open("/board/")
    assert "双桥镇" not in visitor.text()
    visitor.open("/fill/")
    prefilled = [v for v in page.locator("form input[readonly]").evaluate_all("all => all.map(i => i.value)") if v]
    assert "5,043" in " ".join(prefilled) or "5043" in " ".join(prefilled)
    page.fill(
        "textarea >> nth=0",
        "上半年，柳河镇团委依托镇文化广场青年之家，组织团员青年集中学习八次，开展志愿招募，围绕防溺水、护考开展服务十二场，带动全镇青年参与乡村治理，"
        * 2,
    )
    page.click("text=检查并提交")
    page.wait_for_url("**/fill/check**")
    visitor.fits()
    page.click("form[action$='/fill/send'] button")
    page.wait_for_load_state()
    assert "已提交" in visitor.text() or "待审核" in visitor.text() or "迟报" in visitor.text(), visitor.text()[:800]
    visitor.enter("county")
    assert "已报299" in visitor.text().replace(" ", "")


def test_the_platform_sees_counties_and_no_rows(visitor):
    page = visitor.page
    visitor.enter("platform")
    visitor.fits()
    assert "示范县" in visitor.text() and "临水县" in visitor.text() and "柳河镇" not in visitor.text()
    assert visitor.open("/organizations/") in (403, 404)
    visitor.wrong.clear()
    assert "柳河镇" not in page.content()


def test_without_scripts_the_drawer_the_switch_and_the_filters_work(plain):
    page = plain.page
    plain.enter("county")
    page.click(".yp-burger")
    assert page.locator(".yp-side a:has-text('团组织')").first.is_visible()
    page.click(".yp-side a:has-text('填报进度')")
    page.click(".yp-chip:has-text('已退回')")
    assert "state=returned" in page.url
    plain.open("/")
    page.click(".yp-modrow:has-text('自设指标') [role=switch]")
    page.click("main button:has-text('停用')")
    page.wait_for_load_state()
    plain.open("/report/")
    assert "公众号" not in plain.text() and "57.2万" in plain.text()
