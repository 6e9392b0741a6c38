"""The board and the screen of periods where nothing but the core is loaded: who owes is ticked off, and the period locked."""

from dataclasses import replace

import pytest
from periods_pages_world import text_of

from youthpilot.core.app import create_app
from youthpilot.core.counties.models import CountyPlugin
from youthpilot.core.counties.services import county_registry
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
