"""What a page says of the records behind a locked figure: listed, changed since, module off, module broken, entered. Never one for another."""

from datetime import date
from types import SimpleNamespace

import pytest
from pilot_site import text_of

from youthpilot.core.counties.services import disable
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.scope import unscoped
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.lock import lock
from youthpilot.core.periods.services import open_period
from youthpilot.core.registry import Registry
from youthpilot.plugins.chamber import indicators
from youthpilot.plugins.figures.behind import records_behind
from youthpilot.plugins.figures.hookspecs import declared_indicators
from youthpilot.plugins.figures.models import SnapshotRecords

UNITS, ROOT = "chamber.member_units", "/report/?period=2023H1&figure=chamber.member_units"
BOSS = Clerk("周敏", 1)


@pytest.fixture
def locked(site):
    """恒达 and 绿源 are members; 2023H1 is locked with the chamber in it."""
    period = open_period(site.county, "2023H1", None, site.narrowed(), BOSS, today=date(2023, 7, 3))
    lock(period, site.narrowed(), BOSS, "第一次使用")
    site.period = period
    return site


def told(site, key=UNITS):
    return records_behind(site.period, key, site.places[""], site.narrowed())


def page(site, address=ROOT):
    return text_of(site.enter("admin").get(address))


def test_rows_are_listed_and_compared_with_the_lock(locked):
    found = told(locked)
    assert (found.origin, found.count, found.locked_count, found.same) == ("records", 2, 2, True) and len(found.locked_digest) == 64
    assert "全县 2 条记录与锁定时一致" in page(locked) and found.locked_digest[:12] in page(locked)
    with unscoped("somebody at the database itself"):
        database.execute_sql("UPDATE chamber_unit SET name = '恒大' WHERE id = ?", (locked.hengda.id,))
    assert told(locked).same is False and "锁定时共 2 条" in page(locked)


def test_a_module_switched_off_is_said_to_be_off_with_what_the_lock_stored(locked):
    digest = told(locked).locked_digest
    disable(locked.registry, locked.county, "chamber", "周敏")
    found = told(locked)
    assert (found.origin, found.locked_count, found.locked_digest) == ("off", 2, digest) and not found.rows
    for shown in (page(locked), page(locked, "/report/records?period=2023H1&figure=chamber.member_units")):
        assert "模块现在没有启用" in shown and "锁定时全县共 2 条记录" in shown and digest[:12] in shown and "填报" not in shown.split("记录")[-1]


def test_an_uninstalled_module_likewise(locked):
    without = Registry()
    narrowed = without.for_county(locked.narrowed().county, [])
    found = records_behind(locked.period, UNITS, locked.places[""], narrowed)
    assert (found.origin, found.module, found.locked_count) == ("off", "chamber", 2)


def test_a_listing_that_raises_is_said_to_have_failed(locked, monkeypatch):
    (declared,) = [i for i in declared_indicators(locked.registry.loaded["chamber"]) if i.key == UNITS]
    monkeypatch.setitem(vars(declared), "records", lambda *_: 1 / 0)  # a frozen value of the module, broken for this test
    found = told(locked)
    assert (found.origin, found.locked_count) == ("failed", 2)
    assert "没能列出记录" in page(locked) and "填报的" not in page(locked)


def test_a_claim_is_a_claim(locked):
    (claim,) = [i.key for i in indicators.INDICATORS if i.kind == "claim"]
    assert told(locked, claim).origin == "claim" and SnapshotRecords.select().where(SnapshotRecords.key == claim).count() == 0
    assert "由其他指标比较得出" in page(locked, f"/report/?period=2023H1&figure={claim}")


def test_no_rows_is_not_entered(bare):
    period = open_period(bare.county, "2023H1", None, bare.narrowed(), BOSS, today=date(2023, 7, 3))
    site = SimpleNamespace(**vars(bare), period=period)
    found = told(site, "chamber.joined")
    assert (found.origin, found.count, found.locked_count, found.same) == ("records", 0, None, None)
    assert "没有计入这个数的记录" in page(site, "/report/records?period=2023H1&figure=chamber.joined")
