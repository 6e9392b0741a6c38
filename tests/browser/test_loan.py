"""The whole life of a loan in a real browser: phone, township, county, bank officer, and the figures on the county's pages."""

import re
from contextlib import contextmanager

import pytest

from .conftest import SIZES, Visitor, serve

NAME, PASSWORD = "顾青禾", "green-river-7-boats"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
APPLICANT = {
    "#name": NAME, "#birth_date": "1992-05-04", "#phone": "13900001234", "#business_name": "青禾家庭农场", "#main_product": "泥鳅", "#jobs_driven": "3",
    "#amount": "100000", "#months": "12", "#purpose": "20亩鱼塘购买苗种",
}  # fmt: skip


def id_no() -> str:
    text = "32999919920504123"
    return text + "10X98765432"[sum(int(c) * w for c, w in zip(text, WEIGHTS, strict=True)) % 11]


@contextmanager
def on_day(home, day, visitors):
    """The server on a business day; every visitor goes on there."""
    process, address = serve(home, day)
    for each in visitors:
        each.site = address
    yield
    process.terminate()
    process.wait(10)


@pytest.fixture
def people(browser):
    """An applicant on his phone, the county's administrator, a bank's officer; nothing may go wrong in their consoles."""
    sizes = {"phone": SIZES["phone"], "county": SIZES["wide"], "bank": SIZES["wide"]}
    contexts = {k: browser.new_context(viewport=size, locale="zh-CN") for k, size in sizes.items()}
    found = {k: Visitor(context, "") for k, context in contexts.items()}
    yield found
    for context in contexts.values():
        context.close()
    wrong = [text for v in found.values() for text in v.wrong if "422" not in text]  # a form that comes back is no fault
    assert wrong == []


def saved(visitor, button="main button[type=submit].btn-primary"):
    """Press the form's main button; the next page fits the window."""
    visitor.page.click(button)
    visitor.page.wait_for_load_state()
    visitor.fits()


def go(visitor, link):
    """Follow a link of the page by its words."""
    visitor.page.locator(f"main a:has-text('{link}')").first.click()
    visitor.page.wait_for_load_state()
    visitor.fits()


def paid_this_year(visitor) -> float:
    """万元 paid out this year, as the county's board says."""
    visitor.open("/loans/applications/")
    return float(re.search(r"今年已发放 ([\d,.]+) 万元|今年已发放 ([\d,.]+)", visitor.text()).group(0).split()[1].replace(",", ""))


def test_a_loan_from_the_poster_to_the_subsidy(people, demo_home):
    phone, county, bank = people["phone"], people["county"], people["bank"]
    with on_day(demo_home, "2023-07-03", people.values()):
        county.enter("county")
        before = paid_this_year(county)
        poster = _poster(county)
        code, number = _apply(phone, poster)
        _recommend(county, phone, code, number)
        _account(county, bank)
        _answer(bank, phone, code, number)
        _draw(bank, county, before)
    with on_day(demo_home, "2023-12-20", people.values()):
        _repay(bank, number)
        _claim(county, phone, code, number, before)


def _poster(county) -> str:
    county.open("/loans/posters/")
    go(county, "扫码申请青年创业贷款")
    assert county.page.locator("main svg").count() >= 1
    return county.page.get_attribute("main a[href*='/p/loan/']", "href")


def _apply(phone, poster) -> tuple[str, str]:
    """By the public page: wrong at first, then right; (code, number)."""
    phone.page.goto(poster)
    phone.fits()
    assert "收集什么" in phone.text() and "谁能看到" in phone.text()
    for field, value in APPLICANT.items():
        phone.page.fill(field, value)
    for field, value in {"#sex": "M", "#kind": "returnee"}.items():
        phone.page.select_option(field, value)
    phone.page.select_option("#place", index=2)
    phone.page.select_option(
        "#product", label=next(t for t in phone.page.locator("#product option").all_inner_texts() if "新农菁英贷（农商行）" in t)
    )
    phone.page.fill("#id_no", id_no()[:17] + ("0" if id_no()[17] != "0" else "1"))
    phone.page.check("#agree")
    saved(phone)
    assert "身份证号" in phone.page.inner_text("#id_no-why") and phone.page.locator("#agree_bank-why").count() == 1
    assert phone.page.input_value("#purpose") == APPLICANT["#purpose"] and phone.page.is_checked("#agree")
    phone.page.fill("#id_no", id_no())
    phone.page.check("#agree_bank")
    saved(phone)
    text = phone.text()
    assert "申请已提交" in text and "等待镇、村团组织初审" in text and NAME not in text
    return re.search(r"[A-Z2-7]{4}(-[A-Z2-7]{4}){3}", text)[0], re.search(r"受理编号 (\d{4}-\d{4})", text)[1]


def _seen(phone, code) -> str:
    phone.open(f"/p/loan/s/{code}/")
    return phone.text()


def _recommend(county, phone, code, number):
    county.open("/loans/applications/?group=league")
    county.page.locator(f"tr:has-text('{number}') th a").click()
    assert "申请人填写的内容" in county.text() and id_no() not in county.page.content()
    go(county, "初审通过")
    saved(county)
    assert "初审已通过" in _seen(phone, code)
    go(county, "推荐给银行")
    county.page.fill("#reason", "情况属实，同意推荐。")
    saved(county)
    assert "已推荐给农商行" in _seen(phone, code)


def _account(county, bank):
    """The administrator makes an officer's account; he opens the link and chooses a password."""
    county.open("/loans/officers/")
    county.page.locator("section:has-text('农村商业银行') a:has-text('开通账号')").click()
    county.page.fill("#name", "钱经理")
    county.page.fill("#username", "qian")
    saved(county)
    bank.page.goto(county.page.input_value("#link"))
    bank.page.fill("#password", PASSWORD)
    bank.page.fill("#again", PASSWORD)
    saved(bank)


def _answer(bank, phone, code, number):
    """He lands on his list, and grants a part of what was asked."""
    bank.open("/")
    assert bank.page.url.endswith("/c/demo/loans/bank/") and number in bank.text() and "农行" not in bank.text()
    bank.page.locator(f"tr:has-text('{number}') th a").click()
    assert "13900001234" in bank.text()
    for word in ("开始调查", "完成评级"):
        go(bank, word)
        saved(bank)
    go(bank, "部分授信")
    bank.page.fill("#amount", "60000")
    bank.page.fill("#reason", "按经营规模核定")
    saved(bank)
    assert "部分授信" in bank.text() and "60,000" in bank.text()
    assert "已部分授信 60,000 元" in _seen(phone, code)


def _draw(bank, county, before):
    for n in range(3):
        go(bank, "用信")
        bank.page.fill("#serial", f"QH{n}")
        bank.page.fill("#amount", "20000")
        bank.page.fill("#due_on", "2024-06-30")
        saved(bank)
    assert bank.page.locator("h2:has-text('QH')").count() == 3
    go(bank, "用信")
    bank.page.fill("#serial", "QH9")
    bank.page.fill("#amount", "1")
    saved(bank)
    assert "60,001" in bank.page.inner_text("#amount-why")  # more than the line
    assert paid_this_year(county) == pytest.approx(before + 6)


def _repay(bank, number):
    bank.open("/loans/bank/?group=running")
    bank.page.locator(f"tr:has-text('{number}') th a").click()
    for n in range(3):
        bank.page.locator(f"section:has(h2:has-text('QH{n}')) a:has-text('还款')").click()
        bank.page.fill("#repaid_on", "2023-12-01")
        bank.page.fill("#principal", "20000")
        bank.page.fill("#interest", "365.40")
        bank.page.fill("#proof", f"还款回单{n}")
        saved(bank)
    go(bank, "结清")
    saved(bank)
    assert "不再显示" in bank.text() and "13900001234" not in bank.text()


def _claim(county, phone, code, number, before):
    """The subsidy of one note; what the county's pages say at the end, and the applicant's."""
    county.open("/loans/applications/?group=ended")
    county.page.locator(f"tr:has-text('{number}') th a").click()
    county.page.locator("section:has(h2:has-text('QH0')) a:has-text('贴息')").click()
    county.page.wait_for_load_state()
    saved(county)
    text = county.text()  # 20,000 元 × 1.5 % × 151 days (3 July to 30 November) / 360
    assert "125.83" in text and "151" in text, text[-600:]
    assert paid_this_year(county) == pytest.approx(before + 6)
    county.open("/loans/applications/?group=ended")
    county.page.locator(f"tr:has-text('{number}') th a").click()
    facts = county.text()
    for word in ("结清", "60,000", "还款回单2", "125.83", "钱经理"):
        assert word in facts, word
    assert "已还清结清" in _seen(phone, code)
