"""Users and rights, one's own account."""

import re

import pytest

from youthpilot.core.accounts.models import Grant, User
from youthpilot.core.accounts.queries import users_of

from .conftest import GOOD, chinese_only

USERS = "/c/test/users/"


@pytest.mark.parametrize(("name", "status"), [("admin", 200), ("reporter", 403), ("viewer", 403), ("stranger", 404), ("platform", 404)])
@pytest.mark.parametrize("page", ["users/", "users/new", "modules/", "settings/", "audit/", "audit/export"])
def test_pages_of_the_administrator(world, name, status, page):
    answer = world.client(name).get(f"/c/test/{page}")
    assert answer.status_code == status
    if page != "audit/export" or status != 200:
        chinese_only(answer.text)


def test_list_names_role_place_and_state(world):
    text = world.client("admin").get(USERS).text
    assert "柳河镇" in text and "全县" in text and "填报人" in text
    assert "stranger" not in text and "platform" not in text


def test_add_gives_a_link_and_no_password(world):
    browser = world.client("admin")
    fields = {"display_name": "王芳", "username": "newbie", "role": "reporter", "organization": "柳河镇"}
    page = browser.post(f"{USERS}new", page=f"{USERS}new", **fields)
    chinese_only(re.sub(r"<textarea.*?</textarea>", "", page.text, flags=re.S))
    link = re.search(r">(http://localhost/welcome/[^<]+)<", page.text)[1]
    visitor = world.client()
    path = link.removeprefix("http://localhost")
    assert visitor.post(path, page=path, password=GOOD, again=GOOD).location == "/c/test/"
    grants = {g.organization_id for g in Grant.select().join(User, on=(Grant.user == User.id)).where(User.username == "newbie")}
    assert grants == {world.township.id}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"username": "reporter"}, "换一个"),
        ({"display_name": ""}, "必填"),
        ({"role": "platform_admin"}, "列表"),
        ({"organization": "不存在镇"}, "没有“不存在镇”"),
    ],
)
def test_add_refuses_in_words(world, changed, said):
    fields = {"display_name": "王芳", "username": "newbie", "role": "viewer", "organization": ""} | changed
    answer = world.client("admin").post(f"{USERS}new", page=f"{USERS}new", **fields)
    assert answer.status_code == 422 and said in answer.text
    assert not User.select().where(User.username == "newbie").exists()


def test_look_up_stays_in_the_county(world):
    browser = world.client("admin")
    assert [o["text"] for o in browser.get(f"{USERS}ajax/lookup/?name=organization&query=柳河").json] == ["共青团柳河镇委员会"]
    assert browser.get(f"{USERS}ajax/lookup/?query=第二县").json == []


def test_role_change_and_withdrawal_hold_at_the_next_request(world):
    browser, viewer = world.client("admin"), world.client("viewer")
    path = f"{USERS}{world.users['viewer'].id}"
    assert viewer.get(USERS).status_code == 403
    assert browser.post(path, page=path, role="county_admin", organization="").status_code == 303
    assert viewer.get(USERS).status_code == 200
    assert browser.post(f"{path}/withdraw", page=f"{path}/withdraw", reason="已调离").status_code == 303
    assert viewer.get(USERS).status_code == 404
    log = browser.get("/c/test/audit/").text
    assert "收回角色" in log and "已调离" in log


def test_disable_and_enable(world):
    browser, viewer = world.client("admin"), world.client("viewer")
    path = f"{USERS}{world.users['viewer'].id}"
    browser.post(f"{path}/disable", page=path)
    assert viewer.get("/c/test/account/").status_code == 302
    assert world.client().post("/login", username="viewer", password=GOOD).status_code == 401
    browser.post(f"{path}/enable", page=path)
    world.client("viewer")


def test_end_sessions(world):
    browser, viewer = world.client("admin"), world.client("viewer")
    path = f"{USERS}{world.users['viewer'].id}"
    browser.post(f"{path}/sessions", page=path)
    assert viewer.get("/c/test/account/").status_code == 302


def test_new_link_replaces_the_password(world):
    browser = world.client("admin")
    path = f"{USERS}{world.users['viewer'].id}"
    link = re.search(r">http://localhost(/welcome/[^<]+)<", browser.post(f"{path}/link", page=path).text)[1]
    visitor = world.client()
    visitor.post(link, page=link, password="blue-hill-3-lamps", again="blue-hill-3-lamps")
    world.client("viewer", "blue-hill-3-lamps")
    assert world.client().post("/login", username="viewer", password=GOOD).status_code == 401


def test_nobody_changes_himself_or_the_last_administrator(world):
    browser = world.client("admin")
    own = f"{USERS}{world.users['admin'].id}"
    browser.post(own, page="/c/test/account/", role="viewer")
    browser.post(f"{own}/withdraw", page="/c/test/account/")
    assert {line.role for line in users_of(world.county.id) if line.username == "admin"} == {"county_admin"}


@pytest.mark.parametrize("who", ["stranger", "platform"])
def test_foreign_accounts_do_not_exist(world, who):
    browser = world.client("admin")
    path = f"{USERS}{world.users[who].id}"
    for answer in (browser.get(path), browser.get(f"{path}/disable"), browser.post(f"{path}/link", page="/c/test/account/")):
        assert answer.status_code == 404


def test_only_administrators_act(world):
    browser = world.client("reporter")
    path = f"{USERS}{world.users['viewer'].id}/disable"
    assert browser.post(path, page="/c/test/account/").status_code == 403
    assert not User.get(User.username == "viewer").disabled


def test_own_account_ends_other_sessions_and_changes_the_password(world):
    here, there = world.client("viewer"), world.client("viewer")
    page = here.get("/c/test/account/")
    chinese_only(page.text)
    assert "本机" in page.text and "其他设备" in page.text
    here.post("/c/test/account/end", page="/c/test/account/")
    assert here.get("/c/test/account/").status_code == 200 and there.get("/c/test/account/").status_code == 302
    bad = here.post("/c/test/account/", page="/c/test/account/", old="wrong-wrong-1", password="blue-hill-3-lamps", again="blue-hill-3-lamps")
    assert bad.status_code == 422 and "原密码" in bad.text
    good = here.post("/c/test/account/", page="/c/test/account/", old=GOOD, password="blue-hill-3-lamps", again="blue-hill-3-lamps")
    assert good.status_code == 303 and "密码已修改" in here.get("/c/test/account/").text


def test_somebody_elses_session_cannot_be_ended(world):
    from youthpilot.core.accounts.models import Session

    there = world.client("admin")
    number = Session.get(Session.user == world.users["admin"]).id
    here = world.client("viewer")
    here.post("/c/test/account/end", page="/c/test/account/", session=number)
    assert there.get("/c/test/account/").status_code == 200
