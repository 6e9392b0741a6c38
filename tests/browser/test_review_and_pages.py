"""The reviewer's work, a form without scripts, and every page of the menu at both sizes."""

import re

import pytest


def waiting(visitor) -> int:
    """How many forms wait for review, as the board says."""
    visitor.open("/board/?state=submitted")
    return int(re.search(r"待审核 (\d+)", visitor.text())[1])


def test_the_county_accepts_one_form_and_returns_another_with_a_reason(visitor):
    page = visitor.page
    visitor.enter("county")
    before = waiting(visitor)
    page.click("main a:text-is('审核') >> nth=0")
    page.wait_for_load_state()
    visitor.fits()
    name = page.inner_text("h1")
    page.click("#decide button:has-text('通过')")
    page.wait_for_load_state()
    assert "已审核通过" in page.inner_text("main .alert-success")  # the banner of the demonstration is a status too
    assert waiting(visitor) == before - 1
    page.click("main a:text-is('审核') >> nth=0")
    page.wait_for_load_state()
    assert page.inner_text("h1") != name
    page.click("#decide button:has-text('退回')")  # without a reason the browser keeps the form
    assert page.evaluate("document.activeElement.id") == "back-reason"
    page.fill("#back-reason", "参学人次与花名册不符，请核对")
    page.click("#decide button:has-text('退回')")
    page.wait_for_load_state()
    visitor.fits()
    assert "参学人次与花名册不符，请核对" in visitor.text()
    assert waiting(visitor) == before - 2


def test_a_returned_form_says_why_at_its_top(visitor):
    visitor.enter("county")
    visitor.open("/board/?state=submitted")
    address = visitor.page.get_attribute("main a:text-is('审核') >> nth=0", "href")
    visitor.page.goto(visitor.site + address)
    visitor.page.fill("#back-reason", "缺少佐证材料")
    visitor.page.click("#decide button:has-text('退回')")
    visitor.page.wait_for_load_state()
    visitor.page.goto(visitor.site + address.replace("/fill/review", "/fill/"))
    assert "缺少佐证材料" in visitor.text()[:3000]


@pytest.mark.parametrize("entry", ("county", "township", "platform"))
def test_every_page_of_the_menu_fits_and_complains_of_nothing(visitor, entry):
    page = visitor.page
    visitor.enter(entry)
    links = page.locator(".yp-side a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert len(links) >= (3 if entry == "platform" else 5)
    for link in dict.fromkeys(link for link in links if not link.startswith("#")):  # “#” closes the menu of a phone
        answer = page.goto(visitor.site + link)
        assert answer.status == 200, link
        visitor.fits()
        page.wait_for_load_state("networkidle")


def test_deeper_pages_fit_too(visitor):
    page = visitor.page
    visitor.enter("county")
    paths = (
        "/board/?open=2&all=1",
        "/report/?figure=study.rate#trace",
        "/report/wording?period=2023H1",
        "/periods/show?period=2023H1",
        "/periods/show?period=2022H2",
        "/periods/span?first=2023-01-01&last=2023-07-03",
        "/periods/totals?period=2023H1",
        "/periods/owing?period=2023H1",
        "/organizations/?id=2",
        "/organizations/new?parent=2",
        "/organizations/2/act/close",
        "/organizations/2/act/move",
        "/cadres/composition/",
        "/cadres/appoint/",
        "/cadres/election/2/",
        "/modules/?module=study",
        "/modules/off/study",
        "/study/issues/ranking/",
        "/study/records/",
        "/study/issues/new/",
        "/ledger/figures/sentences/",
        "/ledger/figures/new/",
        "/imports/new/study_learners",
        "/imports/batches",
        "/users/new",
        "/fill/review?organization=2&period=2023H1",
        "/search/?q=柳河",
    )
    for path in paths:
        assert visitor.open(path) == 200, path
        page.wait_for_load_state("networkidle")


def test_without_scripts_a_township_submits(plain):
    page = plain.page
    plain.enter("township")
    plain.open("/fill/")
    page.fill("textarea[name*=practice]", "上半年，柳河镇团委依托镇文化广场青年之家，组织团员青年集中学习八次，开展志愿招募。" * 4)
    page.click("text=检查并提交")
    page.wait_for_url("**/fill/check**")
    page.click("form[action$='/fill/send'] button")
    page.wait_for_load_state()
    assert "还没有提交" not in plain.text()
    plain.enter("county")
    assert "已报299" in plain.text().replace(" ", "")
