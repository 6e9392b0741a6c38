"""Modules: one switch each, in force at the next request everywhere. Settings: dated, with history."""

import sys
from datetime import date
from types import ModuleType

import pytest

from youthpilot.core.app import create_app
from youthpilot.core.counties.services import plugin_states, set_setting, setting, suspend_after_faults
from youthpilot.core.kernel.db import database
from youthpilot.core.plugin import Plugin

from .conftest import Browser, chinese_only

MODULES, SETTINGS = "/c/test/modules/", "/c/test/settings/"


def turn(browser, name, **fields):
    return browser.post(f"{MODULES}switch", page="/c/test/account/", module=name, **fields)


def test_page_shows_state_and_effect(world):
    text = world.client("admin").get(f"{MODULES}?module=ledger").text
    chinese_only(text)
    assert "周敏 启用" in text and "启用“自设指标”会带来什么" in text and 'aria-checked="true"' in text


def test_off_asks_first_then_menu_and_route_are_gone_in_every_worker(world):
    browser, second = world.client("admin"), world.client("reporter")
    worker = create_app(world.registry)  # another process of the same installation
    elsewhere = Browser(worker.test_client())
    elsewhere.post("/login", username="second", password="green-river-7-boats")
    address = next(
        str(r) for r in world.app.url_map.iter_rules() if r.endpoint.startswith("study_") and r.endpoint.endswith(".index") and not r.arguments
    )
    assert second.get(f"/c/test{address}").status_code == 200
    asked = turn(browser, "study")
    assert asked.location == "/c/test/modules/off/study" and second.get(f"/c/test{address}").status_code == 200
    question = browser.get(asked.location).text
    chinese_only(question)
    assert "青年大学习参学率" in question and "一字不变" in question
    assert turn(browser, "study", sure="1", reason="学期结束").status_code == 303
    for each in (browser, second, elsewhere):
        assert each.get(f"/c/test{address}").status_code == 404
    assert address not in elsewhere.get(MODULES).text
    assert turn(browser, "study").status_code == 303
    assert second.get(f"/c/test{address}").status_code == 200 and address in elsewhere.get(MODULES).text
    log = browser.get("/c/test/audit/").text
    assert "停用模块" in log and "学期结束" in log and ">study<" not in log


@pytest.mark.parametrize("name", ["reporter", "viewer"])
def test_only_administrators_switch(world, name):
    assert turn(world.client(name), "study", sure="1").status_code == 403
    assert plugin_states(world.county.id)["study"].state == "enabled"


def test_unknown_module_is_not_found(world):
    assert turn(world.client("admin"), "nothing").status_code == 404


def test_switch_of_one_county_leaves_the_other_alone(world):
    turn(world.client("admin"), "study", sure="1")
    foreign = world.client("stranger")
    assert foreign.post(f"{MODULES}switch", page="/c/next/account/", module="study").status_code == 404
    assert plugin_states(world.county.id)["study"].state == "disabled"
    assert "study" not in plugin_states(world.other.id)


def test_suspended_module_says_when_and_can_be_turned_on(world):
    for _ in range(3):
        suspend_after_faults("study", world.county.id, "county_panels", TypeError("secret detail"))
    browser = world.client("admin")
    text = browser.get(MODULES).text
    chinese_only(text)
    assert "已暂停" in text and "首页看板" in text and "secret detail" not in text
    turn(browser, "study")
    assert plugin_states(world.county.id)["study"].state == "enabled"
    platform = world.client("platform").get("/installed/").text
    assert "首页看板" in platform and "secret detail" not in platform


def test_module_that_fails_to_load_is_plain_for_the_county_and_explained_on_the_platform(world):
    broken = ModuleType("broken")
    broken.PLUGIN = Plugin(name="palace", title="青少年宫", requires="0")
    sys.modules["broken"] = broken
    world.registry.add(broken)
    text = world.client("admin").get(MODULES).text
    chinese_only(text)
    assert "另有 1 个模块未能加载" in text and "API" not in text
    assert "青少年宫" in world.client("platform").get("/installed/").text and "API" in world.client("platform").get("/installed/").text
    assert "1 个模块未能加载" in world.client("platform").get("/").text


def change(browser, owner, key, value, day, **extra):
    return browser.post(SETTINGS, page="/c/test/account/", owner=owner, key=key, valid_from=day, **{key: value}, **extra)


def test_settings_are_dated_and_remembered(world):
    browser = world.client("admin")
    assert change(browser, "core", "organizations.min_members", "5", "2023-08-01").status_code == 303
    database.connect(reuse_if_open=True)
    on = {day: setting(world.county.id, "core", "organizations.min_members", day, 3) for day in (date(2023, 7, 31), date(2023, 8, 1))}
    assert list(on.values()) == [3, 5]
    text = browser.get(SETTINGS).text
    chinese_only(text)
    assert "2023年8月1日起有新值" in text and "用户0" in text
    assert "团支部最少团员数" in browser.get("/c/test/audit/").text


def test_settings_of_a_module(world):
    browser = world.client("admin")
    assert change(browser, "study", "averaging", "simple", "2023-07-01").status_code == 303
    database.connect(reuse_if_open=True)
    assert setting(world.county.id, "study", "averaging", date(2023, 7, 1)) == "simple"
    assert "各期参学率的平均" in browser.get(SETTINGS).text
    turn(browser, "study", sure="1")
    assert change(browser, "study", "averaging", "weighted", "2023-07-02").status_code == 404


@pytest.mark.parametrize(
    ("owner", "key", "value", "day", "status"),
    [
        ("core", "organizations.min_members", "0", "2023-07-01", 422),
        ("core", "organizations.min_members", "many", "2023-07-01", 422),
        ("core", "organizations.min_members", "4", "someday", 422),
        ("core", "periods.self_review", "always", "2023-07-01", 422),
        ("study", "low_rate", "101", "2023-07-01", 422),
        ("core", "organizations.unheard", "4", "2023-07-01", 404),
        ("nobody", "low_rate", "4", "2023-07-01", 404),
    ],
)
def test_settings_refuse_in_words(world, owner, key, value, day, status):
    answer = change(world.client("admin"), owner, key, value, day)
    assert answer.status_code == status
    chinese_only(answer.text)
    database.connect(reuse_if_open=True)
    assert setting(world.county.id, owner, key, date(2030, 1, 1)) is None


def test_reporter_changes_no_setting(world):
    assert change(world.client("reporter"), "core", "organizations.min_members", "5", "2023-08-01").status_code == 403


def test_history_shows_every_value(world):
    set_setting(world.county, "study", "low_rate", 60, date(2023, 1, 1), "周敏")
    set_setting(world.county, "study", "low_rate", 65, date(2023, 5, 1), "周敏")
    text = world.client("admin").get(SETTINGS).text
    assert "2023年5月1日" in text and "2023年1月1日" in text and "自2023年5月1日起" in text
