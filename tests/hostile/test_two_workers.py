"""Two servers on one home: faults of a module in one county add up whoever answers; suspended and turned on again, it is so on both."""

import re
import threading
import time

import pytest

from .conftest import PASSWORD, Browser, install

MOODY = """
import os, pathlib
from youthpilot.core import Panel, Plugin, hookimpl
PLUGIN = Plugin("moody", "看心情", requires="2")

@hookimpl
def county_panels(county):
    if county.code in pathlib.Path(os.environ["MOODY"]).read_text().split():
        raise SystemExit(3)
    return [Panel("好心情", ("好好的",))]
"""
NEIGHBOUR = f"""
from datetime import date
from youthpilot.core.accounts import issue_first_admin_token, redeem_token
from youthpilot.core.commanding import Session
from youthpilot.core.counties.models import County
from youthpilot.core.counties.services import county_registry, enable
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.organizations.founding import create_county
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.services import open_period
from youthpilot.core.testing import make_organization
registry = Session('all').registry()
bb = create_county("bb", "乙县")
redeem_token(issue_first_admin_token(bb), "libei", "李北", {PASSWORD!r})
make_organization(bb, "梅村", parent=make_organization(bb, "梅山镇", "township"))
for county in County.select():
    enable(registry, county, "moody", "试")
with scoped(county_scope(bb)):  # before it the home has the first steps in the place of panels
    open_period(bb, "2023H1", date(2023, 7, 20), county_registry(registry, bb), Clerk("试"), today=date(2023, 7, 3))
"""
GOOD, PLAIN, SUSPENDED = "好心情", "这一块暂时显示不出来", "自动暂停"


class Watcher(threading.Thread):
    """The neighbour's administrator, who looks at his home on one server until told to stop."""

    def __init__(self, root: str) -> None:
        super().__init__(daemon=True)
        self.browser, self.seen, self.stopping = Browser(root), [], threading.Event()
        self.browser.sign_in("libei")

    def run(self) -> None:
        while not self.stopping.is_set():
            status, text = self.browser.ask("/c/bb/")
            self.seen.append((status, GOOD in text, PLAIN in text))


@pytest.fixture
def workers(site):
    """(a browser on each of the two servers, moody(codes): where the module fails from now on)."""
    install(site.target, "moody", MOODY)
    told = site.target / "moody"
    told.write_text("aa")  # from the start: what was shown once is kept until something changes
    site.environment["MOODY"] = str(told)
    site.must(script=("-c", NEIGHBOUR))
    with site.serve() as first, site.serve() as second:
        yield (first, second), told.write_text


def page(browser, path="/c/aa/"):
    status, text = browser.ask(path)
    assert status == 200, text[-2000:]
    return text


def soon(what):
    """Faults are written down after the answer."""
    for _time in range(100):
        if what():
            return True
        time.sleep(0.1)
    return False


def test_the_third_fault_suspends_it_on_both_and_turned_on_again_both_show_it(workers):
    (first, second), moody = workers
    watchers = [Watcher(browser.root) for browser in (first, second)]
    for one in watchers:
        one.start()
    for browser in (first, second):  # who signs in stands on his home: the first fault on one, the second on the other
        browser.sign_in("zhoumin")
    assert not is_off(first) and not is_off(second)
    assert PLAIN in page(first)
    assert soon(lambda: PLAIN not in page(second)) and all(GOOD not in page(b) and PLAIN not in page(b) for b in (first, second))
    assert all(SUSPENDED in page(b, "/c/aa/modules/") for b in (first, second))
    moody("")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page(second, "/c/aa/account/"))[1]
    assert second.ask("/c/aa/modules/switch", {"csrf_token": token, "module": "moody"})[0] == 200
    assert all(GOOD in page(b) and PLAIN not in page(b) for b in (first, second))
    assert not any(SUSPENDED in page(b, "/c/aa/modules/") for b in (first, second))
    for one in watchers:
        one.stopping.set()
        one.join(30)
        assert len(one.seen) > 3 and set(one.seen) == {(200, True, False)}, set(one.seen)


def is_off(browser):
    """Is it suspended before the third fault?"""
    return SUSPENDED in page(browser, "/c/aa/modules/")
