"""The home: modules are asked once per page, a chart that cannot be drawn harms nothing else, a switch asks as the modules' page does."""

from decimal import Decimal
from types import ModuleType

import pytest

from youthpilot.core import Panel, PanelChart, hookimpl
from youthpilot.core.audit.models import PluginFault
from youthpilot.core.counties.services import county_registry, enable, plugin_states
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.services import open_period
from youthpilot.core.plugin import Plugin

from .conftest import chinese_only

HOME, PLAIN = "/c/test/", "这一块暂时显示不出来"


@pytest.fixture
def told(world):
    """What the module 看板 says; a test changes it. The period is open."""
    panels, module = [], ModuleType("panelist")
    module.PLUGIN = Plugin(name="panelist", title="看板", requires="2")

    def county_panels():
        if panels == ["raise"]:
            raise ValueError("no panel")
        return panels

    module.county_panels = hookimpl(county_panels)
    assert world.registry.add(module), world.registry.failures
    enable(world.registry, world.county, "panelist", "周敏")
    with scoped(county_scope(world.county)):
        open_period(world.county, "2023H1", None, county_registry(world.registry, world.county), Clerk("周敏"))
    failures = len(world.registry.failures)
    yield panels
    world.registry.refuse("panelist", ValueError("the test is over"))  # the registry is shared with the other tests
    del world.registry.failures[failures:]


def faults():
    return PluginFault.select().count()


def test_a_panel_shows_its_words_its_charts_and_its_to_do(world, told):
    chart = PanelChart("逐月", "bars", (("1月", Decimal(12)), ("2月", None)), "名")
    told += [Panel("看板", ("第一行",), charts=(chart,)), Panel("看板二", ("第二行",)), Panel("去办", ("一件事",), todo=True)]
    page = world.client("admin").get(HOME).text
    chinese_only(page)
    todo, news = page.split('id="t2"', 1)
    assert "去办" in todo and "一件事" in todo and "去办" not in news
    assert all(word in news for word in ("第一行", "看板二", "第二行", "逐月", "1月", "12")) and "没有数据" in news
    assert "第一行" in world.client("reporter").get(HOME).text


def test_a_broken_panel_counts_one_fault_per_page(world, told):
    told.append("raise")
    admin = world.client("admin")
    before = faults()
    assert PLAIN in admin.get(HOME).text and faults() == before + 1


def test_a_chart_that_cannot_be_drawn_is_a_plain_message(world, told):
    chart = PanelChart("坏", "bars", (("1月", 1),))
    object.__setattr__(chart, "points", (("1月", "many"),))  # what its own check would refuse
    told.append(Panel("看板", ("第一行",), charts=(chart,)))
    admin = world.client("admin")
    before, answer = faults(), admin.get(HOME)
    assert answer.status_code == 200 and PLAIN in answer.text and faults() == before + 1


def test_a_to_do_that_leads_nowhere_harms_nothing(world, told):
    told.append(Panel("去办", ("一件事",), "no_such_view.index", todo=True))
    answer = world.client("admin").get(HOME)
    assert answer.status_code == 200 and "一件事" not in answer.text


def test_a_switch_on_the_home_asks_first_and_comes_back(world, told):
    admin = world.client("admin")
    assert 'action="/c/test/modules/switch"' in admin.get(HOME).text
    asked = admin.post("/c/test/modules/switch", page=HOME, module="panelist", url=HOME)
    assert plugin_states(world.county.id)["panelist"].state == "enabled"
    question = admin.get(asked.location).text
    assert "停用“看板”" in question and f'name="url" value="{HOME}"' in question
    done = admin.post("/c/test/modules/switch", page=asked.location, module="panelist", sure="1", url=HOME)
    assert done.location == HOME and plugin_states(world.county.id)["panelist"].state == "disabled"
    on = admin.post("/c/test/modules/switch", page=HOME, module="panelist", url=HOME)
    assert on.location == HOME and plugin_states(world.county.id)["panelist"].state == "enabled"
    assert admin.post("/c/test/switch", page=HOME, module="panelist").status_code == 404


def test_the_way_back_stays_inside(world, told):
    asked = world.client("admin").post("/c/test/modules/switch", page=HOME, module="panelist", url="//elsewhere.example/")
    assert "elsewhere" not in asked.location
