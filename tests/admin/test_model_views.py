"""The hardened list-and-form view: every way in goes through the scope, numbers are bounded, errors are words."""

from io import BytesIO

import pytest
from openpyxl import load_workbook

from youthpilot.core.kernel.scope import county_scope, scoped

BASE = "/c/shifan/volunteerview"


def text(answer):
    return answer.get_data(as_text=True)


def rows(world):
    with scoped(county_scope(world.here)):
        return {v.name: v for v in world.model.select()}


def test_the_list_shows_words_and_only_the_county(world):
    page = text(world.client().get(f"{BASE}/"))
    assert "陈思雨" in page and "柳河镇团委" in page and "已注册" in page and "2023-06-28" in page
    assert "外人" not in page and "registered" not in page.replace('value="registered"', "") and "外镇" not in page


def test_search_and_conditions(world):
    client = world.client()
    assert "刘子豪" not in text(client.get(f"{BASE}/?search=思雨"))
    assert "王雅婷" in text(client.get(f"{BASE}/?search=城关"))
    assert "陈思雨" not in text(client.get(f"{BASE}/?search=%25"))
    added = client.get(f"{BASE}/?add=0&value=2023-06-28")
    assert added.status_code == 302 and "flt0_0=2023-06-28" in added.location
    page = text(client.get(added.location))
    assert "招募日期" in page and "yp-chip" in page and "刘子豪" not in page
    assert "没有符合条件的" in text(client.get(f"{BASE}/?search=没有这个人"))


@pytest.mark.parametrize("query", ["page=x", "page=-1", "page=99999999999", "sort=1e3", "page_size=9999999", "desc=7", "add=900"])
def test_numbers_out_of_bounds_answer_400(world, query):
    assert world.client().get(f"{BASE}/?{query}").status_code == 400


@pytest.mark.parametrize("route", ["details", "edit", "delete"])
def test_foreign_and_missing_ids_answer_alike(world, route):
    client = world.client()
    foreign, missing = client.get(f"{BASE}/{route}/?id={world.people['外人']}"), client.get(f"{BASE}/{route}/?id=987654")
    assert foreign.status_code == missing.status_code == 404 and foreign.data == missing.data
    assert (
        client.get(f"{BASE}/{route}/?id=abc").status_code
        == client.get(f"{BASE}/{route}/?id={2**64}").status_code
        == client.get(f"{BASE}/{route}/").status_code
        == 400
    )


def test_a_township_sees_and_changes_only_its_own(world):
    world.actor["roots"] = {"shifan": world.towns["柳河镇"].id}
    client, sibling = world.client(), world.people["王雅婷"]
    assert "王雅婷" not in text(client.get(f"{BASE}/"))
    assert client.get(f"{BASE}/details/?id={sibling}").status_code == 404
    assert client.post(f"{BASE}/edit/?id={sibling}", data={"name": "改"}).status_code == 404
    assert client.post(f"{BASE}/delete/", data={"id": sibling}).status_code == 404
    assert client.post(f"{BASE}/action/", data={"action": "leave", "rowid": [sibling]}).status_code == 404
    assert client.get(f"{BASE}/ajax/lookup/?name=organization&query=城关").json == []
    form = {
        "name": "新人",
        "organization": "城关镇团委",
        "organization-id": world.towns["城关镇"].id,
        "recruited_on": "2023-06-01",
        "state": "registered",
    }
    assert client.post(f"{BASE}/new/", data=form).status_code == 422
    assert rows(world)["王雅婷"].state == "registered" and "新人" not in rows(world)


def test_create_edit_delete(world):
    client = world.client()
    form = {"name": "赵明轩", "organization": "t0", "recruited_on": "2023-06-09", "state": "waiting", "minutes": "", "url": f"{BASE}/?search=赵"}
    answer = client.post(f"{BASE}/new/", data=form)
    assert answer.status_code == 302 and answer.location.endswith(f"{BASE}/?search=赵".encode().decode()) or "search" in answer.location
    made = rows(world)["赵明轩"]
    assert made.minutes is None and made.organization_id == world.towns["柳河镇"].id and made.county_id == world.here.id
    page = text(client.get(f"{BASE}/edit/?id={made.id}"))
    assert "柳河镇团委" in page and 'type="date"' in page and "batch" not in page
    assert client.post(f"{BASE}/edit/?id={made.id}", data={**form, "minutes": "0", "organization": "柳河镇团委"}).status_code == 302
    assert rows(world)["赵明轩"].minutes == 0
    assert "赵明轩" in text(client.get(f"{BASE}/delete/?id={made.id}")) and "赵明轩" in rows(world)
    assert client.post(f"{BASE}/delete/", data={"id": made.id}).status_code == 302 and "赵明轩" not in rows(world)


def test_refusals_are_words_at_their_place(world):
    client = world.client()
    form = {"name": "赵明轩", "organization": "柳河镇团委", "recruited_on": "2023-06-09", "state": "registered"}
    page = text(client.post(f"{BASE}/new/", data={**form, "minutes": "-1"}))
    assert "服务分钟不能是负数" in page and 'aria-invalid="true"' in page
    assert "南街" in (page := text(client.post(f"{BASE}/new/", data={**form, "organization": "南街"}))) and "没有" in page
    assert "柳河镇团委？" in text(client.post(f"{BASE}/new/", data={**form, "organization": "柳河团支部"}))
    page = text(client.post(f"{BASE}/new/", data={**form, "name": "陈思雨"}))
    assert "没有改动" in page and "UNIQUE" not in page
    assert client.post(f"{BASE}/new/", data={**form, "name": "事后出错"}).status_code == 422 and "事后出错" not in rows(world)
    assert client.post(f"{BASE}/new/", data={"name": "x"}).status_code == 422


def test_bulk_actions_and_closed_ways(world):
    client = world.client()
    ids = [world.people["陈思雨"], world.people["刘子豪"]]
    asked = client.post(f"{BASE}/action/", data={"action": "leave", "rowid": ids})
    assert "确定标为退出" in text(asked) and rows(world)["陈思雨"].state == "registered"
    assert client.post(f"{BASE}/action/", data={"action": "leave", "rowid": ids, "_confirmed": "1"}).status_code == 302
    assert {rows(world)[n].state for n in ("陈思雨", "刘子豪")} == {"left"}
    assert client.post(f"{BASE}/action/", data={"action": "leave", "rowid": [*ids, world.people["外人"]]}).status_code == 404
    assert client.post(f"{BASE}/action/", data={"action": "delete", "rowid": ids}).status_code == 404
    assert client.post(f"{BASE}/ajax/update/", data={}).status_code == 404
    assert client.get(f"{BASE}/export/csv/").status_code == 405


def test_lookup_is_bounded(world):
    client = world.client()
    assert client.get(f"{BASE}/ajax/lookup/?name=organization&query=镇&limit=50").json[0]["text"].endswith("镇团委")
    assert client.get(f"{BASE}/ajax/lookup/?name=organization").status_code == 400
    assert client.get(f"{BASE}/ajax/lookup/?name=organization&query=镇&limit=5000").status_code == 400
    assert client.get(f"{BASE}/ajax/lookup/?name=county&query=镇").status_code == 404
    world.actor["permissions"] = {"volunteer.read"}
    assert client.get(f"{BASE}/ajax/lookup/?name=organization&query=镇").status_code == 403


def test_readers_do_not_write(world):
    world.actor["permissions"] = {"volunteer.read"}
    client, own = world.client(), world.people["陈思雨"]
    page = text(client.get(f"{BASE}/"))
    assert "新增" not in page and "rowid" not in page and "修改" not in page
    for url, method in ((f"{BASE}/new/", "get"), (f"{BASE}/edit/?id={own}", "get"), (f"{BASE}/delete/?id={own}", "get"), (f"{BASE}/action/", "post")):
        assert getattr(client, method)(url).status_code == 403
    assert client.post(f"{BASE}/export/csv/").status_code == 200
    world.actor["permissions"] = set()
    assert client.get(f"{BASE}/").status_code == 403


def test_export_is_what_the_list_shows(world):
    client = world.client()
    answer = client.post(f"{BASE}/export/csv/?flt0_1=2023-06-27")
    content = answer.data.decode("utf-8-sig")
    assert "刘子豪" in content and "陈思雨" not in content and "招募日期" in content and "已注册" in content and "外人" not in content
    assert "UTF-8''%E5%BF%97" in answer.headers["Content-Disposition"]
    sheet = load_workbook(BytesIO(client.post(f"{BASE}/export/xlsx/?search=陈").data)).active
    values = [[c.value for c in row] for row in sheet.iter_rows()]
    assert any("陈思雨" in map(str, row) for row in values) and not any("刘子豪" in map(str, row) for row in values)
    assert client.post(f"{BASE}/export/json/").status_code == 404


def test_queries_do_not_grow_with_rows(world, monkeypatch):
    from youthpilot.core.kernel.db import database

    asked = []
    run_sql = database.obj.execute_sql
    monkeypatch.setattr(database.obj, "execute_sql", lambda sql, params=None: asked.append(sql) or run_sql(sql, params))

    def cost():
        asked.clear()
        world.client().get(f"{BASE}/")
        return len(asked)

    before = cost()
    with scoped(county_scope(world.here)):
        for number in range(15):
            world.model.create(county=world.here, organization=world.towns["柳河镇"], name=f"人{number}", recruited_on="2023-05-01")
    assert cost() == before


def test_one_countys_links_never_reach_another(world):
    client = world.client()
    client.get(f"{BASE}/")
    page = text(client.get("/c/other/volunteerview/"))
    assert "/c/other/volunteerview/" in page and "/c/shifan" not in page and "外人" in page
    assert 'href="/static/app.css' in page


@pytest.mark.parametrize("bad", ["inline_models", "column_editable_list", "can_export", "create_modal"])
def test_what_is_closed_does_not_start(world, bad):
    with pytest.raises(TypeError, match="closed"):
        type("Bad", (type(world.view),), {bad: (world.model,)})


def test_foreign_keys_need_a_scope_and_columns_a_title(world):
    with pytest.raises(TypeError, match="form_ajax_refs or form_queries"):
        type("NoScope", (type(world.view),), {"form_ajax_refs": None})()
    with pytest.raises(TypeError, match="title"):
        type("NoTitle", (type(world.view),), {"column_labels": {}})()


def test_a_modules_view_is_not_there_unless_enabled(world):
    view = world.module_view(plugin="scratch")
    assert view.endpoint == "scratch_list" and view.url == "/scratch/list"
    with world.app.test_request_context("/"):
        assert not view.is_enabled()
