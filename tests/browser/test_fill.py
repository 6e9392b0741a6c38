"""A township on a phone: an emptied figure is not sent, 还不掌握 is one touch away and is kept by itself, what will be sent is shown first."""

TEXT = "上半年，柳河镇团委依托镇文化广场青年之家，组织团员青年集中学习八次，开展志愿招募。" * 4


def test_a_phone_answers_every_figure_and_sees_what_it_sends(guest, site):
    visitor = guest(site, "phone")
    page = visitor.page
    visitor.enter("township")
    visitor.open("/fill/")
    page.fill("#t-practice", TEXT)
    box = page.locator("[data-figure]:has(.yp-blank)").first
    with page.expect_response("**/fill/save"):  # nobody pressed a button: the draft is kept by itself
        box.locator("[data-number]").fill("")
    page.wait_for_selector("[data-autosave-counts]:has-text('还差 1 项')")
    page.click("text=检查并提交")
    page.wait_for_selector(".is-bad:has-text('还没有回答')")
    visitor.fits()
    touched = page.locator(".is-bad label:has-text('还不掌握')")
    assert touched.bounding_box()["height"] >= 44
    with page.expect_response("**/fill/save"):
        touched.click()
    page.goto(page.url)  # F5 on the refused page is the form again, and the answer is still there
    assert page.locator("input[value=unknown]:checked").count() == 1
    page.click("text=检查并提交")
    page.wait_for_url("**/fill/check**")
    visitor.fits()
    assert "1 项按“还不掌握”提交" in visitor.text() and "来自记录" in visitor.text()
    page.click("form[action$='/fill/send'] button")
    page.wait_for_url("**/fill/review**")
    assert "迟报待审" in visitor.text() and "还不掌握" in visitor.text()
