"""A real server with two threads: whatever an enabled module does while a page is made, the page is answered, and the next one too."""

import html
import re
from pathlib import Path

import pytest

from .conftest import install

TOLD = """
import os, pathlib, time
class _Told(dict):
    def get(self, what, default=None):
        told = dict(line.split("=") for line in pathlib.Path(os.environ["ODD"]).read_text().split())
        return {"exit": raises(SystemExit(3)), "number": lambda good, *_a: 5, "sleep": lambda good, *_a: time.sleep(1.3) or good}.get(told.get(what))
BEHAVE = _Told()
"""
PLAIN = "这一块暂时显示不出来"
ASKED = {  # page → what of the module it asks
    "/c/aa/": "county_panels",
    "/c/aa/report/": "compose",
    "/c/aa/periods/span?first=2023-01-01&last=2023-06-30": "compute",
    "/c/aa/periods/show?period=2023H1": "county_period_problems",
    "/c/aa/settings/": "form",
    "/c/aa/modules/": "county_indicators",
    "/c/aa/imports/new/odd_rows": "choices",
    "/c/aa/account/": "menu",
    "/c/aa/report/records?figure=odd.times&period=2023H1": "records",
}


@pytest.fixture(scope="module")
def odd(site):
    """(browser, tell) of a server with the odd module installed and enabled, two threads for everything; tell(piece=how) says what fails."""
    install(site.target, "odd", (Path(__file__).parent / "odd.py").read_text(encoding="utf-8") + TOLD)
    told = site.target / "told"
    told.write_text("")
    site.environment["ODD"] = str(told)
    site.must("plugin", "enable", "odd", "--county", "aa")
    with site.serve() as browser:
        browser.sign_in("zhoumin")

        def switch(**more):
            token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.ask("/c/aa/account/")[1])[1]
            browser.ask("/c/aa/modules/switch", {"csrf_token": token, "module": "odd", **more})

        def tell(**pieces):
            """Off and on again: nothing that was computed before is kept, no suspension is left."""
            told.write_text("")
            if "自动暂停" not in browser.ask("/c/aa/modules/")[1]:
                switch(sure="1")
            told.write_text("\n".join(f"{piece}={how}" for piece, how in pieces.items()))
            switch()

        yield browser, tell


def test_pages_are_good_while_nothing_is_told(odd):
    browser, tell = odd
    tell()
    assert "怪看板" in browser.ask("/c/aa/")[1] and "怪页面好好的" in browser.ask("/c/aa/odd/page/")[1]
    assert [browser.ask(page)[0] for page in ASKED] == [200] * len(ASKED)


def test_a_plain_message_stands_in_its_place_and_after_the_third_it_is_off(odd):
    """The first to fail: later ones stand within the hour of its faults."""
    browser, tell = odd
    tell(county_panels="exit")
    for _time in range(3):
        home = browser.ask("/c/aa/")[1]
        assert PLAIN in home and "怪看板" not in home
    assert PLAIN not in browser.ask("/c/aa/")[1] and "自动暂停" in browser.ask("/c/aa/modules/")[1]


@pytest.mark.parametrize("how", ["exit", "number"])
@pytest.mark.parametrize("page", ASKED)
def test_the_page_is_answered_every_time_and_the_module_is_named(odd, page, how):
    browser, tell = odd
    tell(**{ASKED[page]: how})
    for _time in range(3):  # more often than there are threads
        status, text = browser.ask(page)
        gone = "odd" in page and status == 404  # its own pages, once it is suspended
        assert (status == 200 or gone) and "Traceback" not in text and "SystemExit" not in text, f"{status} {text[:500]}"
    tell()
    if how == "exit":  # a number is right where any value is
        modules = html.unescape(browser.ask("/c/aa/modules/")[1])
        assert "看出错记录" in modules[modules.index("怪模块") :]


def test_its_own_page_that_ends_the_process_is_an_error_page(odd):
    browser, tell = odd
    tell(view="exit", public="exit")
    for page in ("/c/aa/odd/page/", "/c/aa/odd/public") * 3:
        status, text = browser.ask(page)
        assert status == 500 and "Traceback" not in text
    assert browser.ask("/c/aa/")[0] == 200


def test_slow_is_told_on_the_modules_page(odd):
    browser, tell = odd
    tell(county_panels="sleep")
    assert "怪看板" in browser.ask("/c/aa/")[1]
    assert "反应慢：首页看板用了1." in browser.ask("/c/aa/modules/")[1]
