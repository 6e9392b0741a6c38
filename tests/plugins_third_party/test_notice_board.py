"""The second example: a public page that follows the switch, and the hooks of enabling, disabling and locking."""

import importlib.util
import sys
from datetime import date
from pathlib import Path

import pytest

from youthpilot.core.app import create_app
from youthpilot.core.counties.services import county_registry, disable, enable
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.lock import lock
from youthpilot.core.periods.services import open_period
from youthpilot.core.registry import Registry
from youthpilot.core.testing import assert_plugin_contract, installation, make_county

PATH = Path(__file__).parents[1] / "examples" / "notice_board" / "youthpilot_notice.py"


@pytest.fixture(scope="module")
def notice():
    if "youthpilot_notice" not in sys.modules:
        spec = importlib.util.spec_from_file_location("youthpilot_notice", PATH)
        sys.modules["youthpilot_notice"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["youthpilot_notice"])
    return sys.modules["youthpilot_notice"]


@pytest.fixture
def registry(notice, tmp_path):
    made = Registry()
    assert made.add(notice), made.failures
    with installation(tmp_path, made):
        yield made


def titles(notice, county):
    with scoped(county_scope(county)):
        return [row.title for row in notice.Notice.select().order_by(notice.Notice.id)]


def test_it_keeps_the_contract(notice, home):
    assert_plugin_contract(notice)


def test_enabling_disabling_and_locking_tell_the_module(notice, registry):
    county = make_county(registry, enable=("notice",))
    other = make_county(registry, "other", "邻县")
    narrowed = county_registry(registry, county)
    with scoped(county_scope(county)):
        period = open_period(county, "2023H1", date(2023, 6, 30), narrowed, Clerk("试"))
        lock(period, narrowed, Clerk("试"), "截止")
    disable(registry, county, "notice", "试")
    assert titles(notice, county) == ["公告栏启用了", "2023H1已锁定", "公告栏停用了"]
    assert titles(notice, other) == []


def test_the_public_page_follows_the_switch(notice, registry):
    county = make_county(registry, enable=("notice",))
    make_county(registry, "other", "邻县")
    client = create_app(registry=registry).test_client()
    assert not registry.failures
    asked = {path: client.get(path) for path in ("/c/test/notice", "/c/other/notice", "/c/nowhere/notice", "/notice")}
    assert [reply.status_code for reply in asked.values()] == [200, 404, 404, 404]
    assert "公开电话" in asked["/c/test/notice"].get_data(as_text=True)
    database.connect(reuse_if_open=True)
    disable(registry, county, "notice", "试")
    assert client.get("/c/test/notice").status_code == 404
    database.connect(reuse_if_open=True)
    enable(registry, county, "notice", "试")
    assert client.get("/c/test/notice").status_code == 200
