"""A month, a quarter and a year of a tiny county: opened, filled in, locked, and compared with the one before; all three in one browser each."""

from datetime import date
from decimal import Decimal

import pytest

from youthpilot.core.accounts.services import create_user, grant_role
from youthpilot.core.counties.services import county_registry, enable
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.engines import open_database
from youthpilot.core.kernel.keyfiles import make_keys
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.migrating import upgrade
from youthpilot.core.organizations import services
from youthpilot.core.organizations.founding import create_county
from youthpilot.core.organizations.models import Organization
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.lock import lock
from youthpilot.core.periods.opening import open_period
from youthpilot.core.registry import Registry
from youthpilot.plugins.figures.entries import enter_total
from youthpilot.plugins.ledger.services import Definition, define_figure

GOOD, ACTS, BOSS = "green-river-7-boats", "ledger.acts", Clerk("周敏")
TEXT = "柳河镇团委依托镇文化广场青年之家，组织团员青年集中学习，开展志愿招募和主题团日活动。" * 4


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """A home with one county of one township; 2023M05, 2023Q1 and 2022Y are locked with 20 as their total."""
    home = tmp_path_factory.mktemp("tiny")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YOUTHPILOT_HOME", str(home))
        patch.setenv("YOUTHPILOT_TODAY", "2023-07-03")
        patch.delenv("DATABASE_URL", raising=False)
        make_keys()
        registry = Registry().load_installed()
        open_database(f"sqlite:///{home / 'youthpilot.db'}")
        database.connect(reuse_if_open=True)
        upgrade(registry)
        fill(create_county("demo", "试验县"), registry)
        database.execute_sql("pragma wal_checkpoint(truncate)")
        database.close()
    return home


def fill(county, registry):
    with scoped(county_scope(county)):
        root = Organization.get(Organization.parent.is_null()).id
        values = {"code": "002", "name": "柳河镇团委", "short_name": "柳河镇", "kind": "township", "org_type": "committee", "parent": root}
        town = services.create(county.id, values).id
        enable(registry, county, "ledger", "周敏")
        define_figure("flow", Definition("主题团日", "次", "开展主题团日的次数", 0, ("township",)), date(2022, 1, 1), "周敏", slug="acts")
        narrowed = county_registry(registry, county)
        for code in ("2022Y", "2023Q1", "2023M05"):
            period = open_period(county, code, None, narrowed, BOSS, owing=False)
            enter_total(period, root, ACTS, value=Decimal(20), source_file="去年总结.docx", actor="周敏")
            lock(period, narrowed, BOSS)
    grant_role(create_user("zhou", "周敏", GOOD, must_change=False), "county_admin", county, root)
    grant_role(create_user("han", "韩雪", GOOD, must_change=False), "reporter", county, town)


@pytest.fixture(scope="session")
def address(tiny, served):
    """One server for all kinds: they stand side by side and do not disturb each other."""
    return served(tiny)


def sign_in(visitor, name):
    visitor.page.goto(f"{visitor.site}/login")
    visitor.page.fill("[name=username]", name)
    visitor.page.fill("[name=password]", GOOD)
    visitor.page.click("main button[type=submit], form button[type=submit]")
    visitor.page.wait_for_load_state()


@pytest.mark.parametrize(
    ("code", "title", "proposed", "size", "report"),
    [
        ("2023M06", "2023年6月", "2023-07-10", "wide", "6月份工作情况"),
        ("2023Q2", "2023年第二季度", "2023-07-10", "phone", "第二季度工作情况"),
        ("2023Y", "2023年度", "2023-12-31", "wide", "全年工作情况"),
    ],
    ids=["month", "quarter", "year"],
)
def test_opened_filled_locked_compared(guest, address, code, title, proposed, size, report):
    boss, han = guest(address, size), guest(address, "phone")
    sign_in(boss, "zhou")
    boss.open("/periods/open")
    with boss.page.expect_navigation():
        boss.page.select_option("#code", code)
    boss.fits()
    assert boss.page.input_value("[name=due_on]") == proposed
    boss.page.click(f"button:has-text('开启{title}')")
    boss.page.wait_for_url(f"**/periods/show?period={code}")
    boss.fits()
    sign_in(han, "han")
    han.open(f"/fill/?period={code}")
    assert title in han.page.inner_text("h1")
    for key, number in ((ACTS, "25"), ("organizations.members", "40")):
        han.page.fill(f"[name='v:{key}']", number)
    han.page.fill("#t-practice", TEXT)
    han.page.click("text=检查并提交")
    han.page.wait_for_url("**/fill/check**")
    han.fits()
    han.page.click("form[action$='/fill/send'] button")
    han.page.wait_for_url("**/fill/review**")
    boss.open(f"/board/?period={code}")
    assert "已报 1" in boss.text() and "未报 0" in boss.text()
    boss.open(f"/periods/show?period={code}")
    boss.page.fill("#lock-reason", "当天审核来不及")
    boss.page.check("[name=sure]")
    boss.page.click(f"button:has-text('锁定{title}')")
    boss.page.wait_for_selector("text=已锁定")
    boss.open(f"/report/?period={code}&figure={ACTS}#trace")
    assert f"{title}工作总结" in boss.text() and report in boss.text()
    trace = boss.page.inner_text("#trace")
    assert "25次" in trace and "20次" in trace
