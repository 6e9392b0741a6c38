"""Whatever modules do at import, when they register and when they are mounted: everything else starts, and each is named with its reason."""

import html
import re

import pytest

from .at_load import AT_LOAD
from .conftest import install

PAGES = ("/c/aa/", "/c/aa/users/", "/c/aa/organizations/", "/c/aa/report/", "/c/aa/periods/", "/c/aa/settings/", "/c/aa/imports/", "/c/aa/modules/")


@pytest.fixture(scope="module")
def hostile(site):
    """All of them installed beside each other."""
    for name, (code, _says) in AT_LOAD.items():
        install(site.target, name, code)
    return site


def test_the_list_names_each_with_its_reason_and_the_good_ones_are_there(hostile):
    assert hostile.run("db", "up").returncode == 1  # a module's migration failed
    listed = {line.split("\t")[0]: line for line in hostile.must("plugin", "list").splitlines()}
    found = hostile.run("check").stdout
    for name, (_code, says) in AT_LOAD.items():  # those too that only fail when they are mounted
        assert says in listed.get(name, ""), f"{name}: {listed.get(name)}"
        assert says in found, f"{name}: {found}"
    assert {"study", "loans", "chamber", "volunteers", "reform", "ledger"} <= set(listed)


def test_modules_can_be_switched_whatever_the_others_do(hostile):
    hostile.must("plugin", "disable", "study", "--county", "aa")
    hostile.must("plugin", "enable", "study", "--county", "aa")
    assert "甲县" in hostile.must("county", "list") and "report" in hostile.must("--help")
    assert hostile.run("check").returncode == 1  # they are findings
    assert "--period" in hostile.must("report", "--help")
    unknown = hostile.run("plugin", "disable", "nonsense", "--county", "aa")
    assert unknown.returncode == 1 and "nonsense" in unknown.stderr and "Traceback" not in unknown.stderr


def test_data_whose_module_is_gone_is_named(hostile):
    script = """
from youthpilot.core.commanding import Session
from youthpilot.core.kernel.clock import now
from youthpilot.core.migrating import MigrationHistory
Session('platform').registry()
MigrationHistory.create(name="goneaway:0001_initial", applied_at=now())
"""
    hostile.must(script=("-c", script))
    assert "goneaway\t没有安装\t它的数据表和记录原样保留" in hostile.must("plugin", "list").splitlines()
    assert "goneaway" in hostile.run("check").stdout


def test_one_that_was_enabled_and_is_refused_or_gone_now_can_be_disabled(hostile):
    script = """
from youthpilot.core.commanding import Session
from youthpilot.core.counties.models import County, CountyPlugin
from youthpilot.core.counties.services import enabled_plugins
from youthpilot.core.kernel.clock import now
from youthpilot.core.kernel.scope import county_scope, scoped
import sys
Session('platform').registry()
county = County.get()
with scoped(county_scope(county)):
    for name in sys.argv[2:] if sys.argv[1] == "enable" else ():
        CountyPlugin.create(county=county, plugin=name, state="enabled", changed_at=now())
print(sorted(enabled_plugins(county.id)))
"""
    before = hostile.must("enable", "taker", "gone", script=("-c", script))
    assert "'taker'" in before and "'gone'" in before
    for name in ("taker", "gone"):
        hostile.must("plugin", "disable", name, "--county", "aa")
    left = hostile.must("look", script=("-c", script))
    assert "taker" not in left and "gone" not in left


def seen(text):
    """What a reader sees of the main part; what changes with time taken out."""
    main = (re.search(r"<main.*?</main>", text, re.S) or [text])[0]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>|\d\d\d\d-\d\d-\d\d \d\d:\d\d", " ", main)))


def test_the_server_starts_everybody_signs_in_and_every_page_is_as_without_them(hostile):
    pages = {}
    for with_them in (True, False):
        with hostile.serve(with_them) as browser:
            browser.sign_in("zhoumin")
            pages[with_them] = {page: browser.ask(page) for page in PAGES}
    for page in PAGES:
        assert pages[True][page][0] == pages[False][page][0] == 200
        if page != "/c/aa/modules/":  # it tells how many could not be loaded
            assert seen(pages[True][page][1]) == seen(pages[False][page][1]), page


def test_the_platforms_administrator_reads_which_and_why(hostile):
    with hostile.serve() as browser:
        browser.sign_in("platform")
        status, text = browser.ask("/installed/")
    assert status == 200
    for name, (_code, says) in AT_LOAD.items():
        assert name in text and says in html.unescape(text), name
