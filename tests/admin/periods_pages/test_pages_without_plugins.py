"""The board and the screen of periods where nothing but the core is loaded: who owes is ticked off, and the period locked."""

import re
from dataclasses import replace
from datetime import date

import pytest
from periods_pages_world import text_of

from youthpilot.core.app import create_app
from youthpilot.core.counties.models import CountyPlugin
from youthpilot.core.counties.services import county_registry
from youthpilot.core.organizations.models import Organization
from youthpilot.core.periods.models import Snapshot
from youthpilot.core.periods.verify import verify_chain
from youthpilot.core.registry import Registry


@pytest.fixture
def bare(world):
    with world.inside():
        CountyPlugin.update(state="disabled").execute()
    return replace(world, app=create_app(registry=Registry(platform=())))


def test_ticked_off_and_locked(bare):
    zhou = bare.enter("zhou")
    page = zhou.get("/board/?open=" + str(bare.places["柳河镇"])).text
    assert "记为已报" in text_of(page) and "/fill/" not in page
    ids = [bare.places[name] for name in ("柳河镇", "河湾村", "小街村", "双桥镇", "东王村", "第一小学")]
    zhou.post("/board/bulk", rowid=ids[:-1], act="tick", period="2023H1")
    assert "5个单位已记为已报" in zhou.told()
    zhou.post("/board/bulk", rowid=ids[:1], act="tick", period="2023H1")
    assert "没有记为已报：柳河镇" in zhou.told()
    page = zhou.get("/periods/show?period=2023H1").text
    assert "/periods/totals" not in page and "/report/" not in page and "/periods/span" not in zhou.get("/periods/").text
    assert zhou.post("/periods/lock", period="2023H1", sure="1").status_code == 422
    assert zhou.post("/periods/lock", period="2023H1", sure="1", reason="第一小学放假").status_code == 302
    with bare.inside():
        assert Snapshot.get().parts == {}
        assert verify_chain(county_registry(Registry(platform=()), bare.county)) == []
    assert zhou.get("/periods/show?period=2023H1").status_code == 200 and zhou.get("/board/").status_code == 200


def test_where_forms_are_filled_in_nothing_is_ticked_off(world):
    zhou = world.enter("zhou")
    assert 'value="tick"' not in zhou.get("/board/").text
    zhou.post("/board/bulk", rowid=[world.places["河湾村"]], act="tick", period="2023H1")
    assert "河湾村要填报数据" in zhou.told() and world.submission("河湾村") is None


ABSENT = ("导入", "工作总结", "指标", "在系统提交", "审核通过", "数字变化")
PAGES = "/ /board/ /organizations/ /organizations/new /cadres/ /periods/ /periods/open /periods/show?period=2023H1 /settings/ /search/"


def test_no_page_speaks_of_what_is_not_there(bare, world):
    zhou = bare.enter("zhou")
    zhou.post("/board/bulk", rowid=[bare.places["双桥镇"]], act="tick", period="2023H1")
    said = {path: zhou.get(path) for path in PAGES.split()}
    assert {path: [word for word in ABSENT if word in page.text] for path, page in said.items() if page.status_code == 200} == dict.fromkeys(said, [])
    assert "按时报送" in said["/board/"].text or "前报送" in said["/board/"].text
    assert "请先勾选“报送情况已核对”" in zhou.post("/periods/lock", period="2023H1", reason="放假").text
    zhou.post("/periods/lock", period="2023H1", sure="1", reason="放假")
    assert zhou.told().count("总结") == 0 and "已办结" in zhou.get("/periods/").text
    loaded = world.enter("he")  # with its plugins the same pages do
    assert (
        "总结" in loaded.get("/periods/").text
        and "查找单位、人员、指标" in loaded.get("/search/").text
        and "数字变化" in loaded.get("/settings/").text
    )


def test_where_they_are_ticked_off_the_rows_stand_open_until_the_lock(bare):
    zhou = bare.enter("zhou")
    assert zhou.get("/board/").text.count('name="rowid"') == len(bare.places) - 1  # the county itself owes nothing
    offered = re.findall(r'name="rowid" value="(\d+)"', bare.enter("shen").get("/board/").text)
    assert sorted(offered) == sorted(str(bare.places[name]) for name in ("河湾村", "小街村"))  # not his own township
    zhou.post("/periods/lock", period="2023H1", sure="1", reason="放假")
    assert "is-open" not in zhou.get("/board/").text


def test_a_new_organization_is_proposed_as_what_mostly_stands_below_its_superior(bare):
    zhou = bare.enter("zhou")
    for above, kind, of_type in (("", "township", "committee"), ("柳河镇", "village", "branch")):
        page = zhou.get(f"/organizations/new?parent={bare.places.get(above, '')}").text
        assert f'<option selected value="{kind}">' in page and f'<option selected value="{of_type}">' in page, above


def test_the_home_leads_to_the_terms_that_are_over(bare):
    with bare.inside():
        Organization.update(last_elected_on=date(2010, 5, 4)).where(Organization.id == bare.places["双桥镇"]).execute()
    zhou = bare.enter("zhou")
    target = re.search(r'href="/c/\w+(/organizations/\?problem=\w+)"', zhou.get("/").text)[1]
    assert "双桥镇团委" in text_of(zhou.get(target).text).split("要处理", 1)[1].split("历史")[0]


def test_a_county_reads_at_home_that_its_modules_do_not_run(world):
    assert "没有运行" not in world.enter("zhou").get("/").text
    without = replace(world, app=create_app(registry=Registry()))  # as `--no-modules` starts it
    zhou = without.enter("he")
    assert "本县有 1 个模块没有运行" in text_of(zhou.get("/").text) and "本站现在不带模块运行" in zhou.get("/modules/").text
    assert "没有运行" not in without.enter("han").get("/").text  # a township can do nothing about it


def test_what_the_core_alone_locked_has_no_report_and_says_what_to_do(bare, world):
    bare.enter("zhou").post("/periods/lock", period="2023H1", sure="1", reason="放假")
    he = world.enter("he")
    for path in ("/", "/report/?period=2023H1"):
        page = he.get(path).text
        assert "2023年上半年锁定时没有生成报告" in page and "/periods/show?period=2023H1" in page and "/report/publish" not in page, path
