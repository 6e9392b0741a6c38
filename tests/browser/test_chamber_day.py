"""A day of the chamber's secretary in a real browser: a unit in, money, a leaving that would alter a locked half-year, the re-election compared."""

import re

NAME = "青禾智能装备有限公司"


def press(visitor, label):
    """A button or link, then the page it leads to."""
    visitor.page.click(f"main :is(a, button):text-is('{label}') >> nth=0")
    visitor.page.wait_for_load_state()
    visitor.fits()


def said_at(visitor, field):
    """What is said at a field of a form that was refused; the browser notes the refusal in its console."""
    visitor.page.wait_for_selector(f"#{field}-why")
    assert [w for w in visitor.wrong if "422" in w]
    visitor.wrong[:] = [w for w in visitor.wrong if "422" not in w]
    return visitor.page.inner_text(f"#{field}-why")


def fill(visitor, **fields):
    """Type into a form."""
    for name, value in fields.items():
        visitor.page.fill(f"#{name}", value)


def test_the_secretarys_day(visitor):
    page = visitor.page
    visitor.enter("county")
    visitor.open("/chamber/home/")
    press(visitor, "登记会员单位")
    fill(visitor, name=NAME, joined_on="2023-06-30", representative="钱学东", birth_date="1979-01-01", position="总经理")
    page.select_option("#category", "34")
    press(visitor, "保存")
    assert "入会时44周岁，超过上限43周岁" in said_at(visitor, "birth_date")
    fill(visitor, reason="会长会议讨论通过")
    press(visitor, "保存")
    assert NAME in page.inner_text("h1") and "44岁" in visitor.text() and "第二产业" in visitor.text()
    unit = page.url
    # a receipt with the number that follows, one void, the rest waived
    press(visitor, "登记收据")
    number = page.input_value("#receipt_no")
    assert re.fullmatch(r"QSH2023-\d{3}", number)
    fill(visitor, amount="100", paid_on="2023-07-01")
    press(visitor, "保存")
    assert number in visitor.text()
    press(visitor, "作废")
    fill(visitor, reason="金额写错")
    page.click(".yp-form-foot button")
    page.wait_for_load_state()
    assert "已作废" in visitor.text() and "金额写错" in visitor.text()
    press(visitor, "减免会费")
    fill(visitor, amount="1000", reason="新办企业", approval="2023年7月1日会长会议")
    press(visitor, "保存")
    assert "减免不能超过它" in said_at(visitor, "amount")
    fill(visitor, amount="400")
    press(visitor, "保存")
    assert "减免400元" in visitor.text().replace(" ", "")
    # it cannot leave in the half-year that is locked, nor before it joined
    page.goto(unit)
    press(visitor, "登记退会")
    fill(visitor, left_on="2022-12-01", why="外迁")
    press(visitor, "保存")
    assert "退会早于入会" in said_at(visitor, "left_on")
    visitor.open("/chamber/home/dues/")
    page.click("main tbody a >> nth=0")
    page.wait_for_load_state()
    press(visitor, "登记退会")
    fill(visitor, left_on="2022-12-01", why="外迁")
    press(visitor, "保存")
    assert "2022年下半年已锁定" in said_at(visitor, "left_on")
    # the re-election, before and after
    visitor.open("/chamber/home/terms/")
    press(visitor, "换届前后对比")
    assert "第三届换届前后对比" in visitor.text() and "连任" in visitor.text() and "代表人平均年龄" in visitor.text()
