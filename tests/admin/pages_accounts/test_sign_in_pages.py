"""Sign-in, sign-out, own password, one-time links, the demonstration's entries, errors as pages."""

import re

import pytest

from youthpilot.core.accounts.models import Session, User
from youthpilot.core.accounts.services import create_user, grant_role
from youthpilot.core.accounts.signing_in import create_demo_user
from youthpilot.core.accounts.tokens import invite, issue_first_admin_token, issue_password_token
from youthpilot.core.audit.models import AuditEntry
from youthpilot.core.counties.models import County

from .conftest import GOOD, chinese_only


def test_unknown_and_wrong_read_the_same(world):
    browser = world.client()
    wrong = browser.post("/login", username="admin", password="not-this-one-1")
    unknown = browser.post("/login", username="nobody", password="not-this-one-1")
    message = [re.search(r'role="alert">.*?<p>(.*?)</p>', r.text, re.S)[1] for r in (wrong, unknown)]
    assert wrong.status_code == unknown.status_code == 401
    assert message[0] == message[1] and "用户名或密码" in message[0]
    chinese_only(wrong.text)


def test_lock_out_says_how_long(world):
    browser = world.client()
    for _ in range(5):
        browser.post("/login", username="admin", password="not-this-one-1")
    answer = browser.post("/login", username="admin", password=GOOD)
    assert answer.status_code == 401 and "30" in answer.text


@pytest.mark.parametrize(
    ("name", "next_page", "goes"),
    [
        ("admin", "", "/c/test/"),
        ("admin", "/c/test/users/", "/c/test/users/"),
        ("admin", "/c/next/users/", "/c/test/"),
        ("admin", "https://evil.example/", "/c/test/"),
        ("admin", "//evil.example/", "/c/test/"),
        ("platform", "", "/"),
    ],
)
def test_where_one_lands(world, name, next_page, goes):
    browser = world.client()
    answer = browser.post(f"/login?next={next_page}" if next_page else "/login", username=name, password=GOOD)
    assert (answer.status_code, answer.location) == (303, goes)


def test_without_a_token_nothing_happens(world):
    answer = world.client().client.post("/login", data={"username": "admin", "password": GOOD})
    assert answer.status_code == 400 and "刷新" in answer.text and not Session.select().where(Session.user.is_null(False)).exists()


def test_a_visitor_is_sent_to_sign_in_and_back(world):
    browser = world.client()
    answer = browser.get("/c/test/users/")
    assert answer.status_code == 302 and answer.location == "/login?next=/c/test/users/"


def test_sign_out(world):
    browser = world.client("admin")
    assert browser.post("/logout").location == "/login"
    assert browser.get("/c/test/users/").status_code == 302


def test_first_password_is_asked_for(world):
    user = create_user("newbie", "新人", GOOD)
    grant_role(user, "viewer", world.county, world.township.id)
    browser = world.client("newbie")
    assert browser.get("/c/test/account/").location == "/password"
    page = browser.get("/password")
    assert page.status_code == 200
    chinese_only(page.text)
    short = browser.post("/password", page="/password", old=GOOD, password="short", again="short")
    assert short.status_code == 422 and "10" in short.text
    done = browser.post("/password", page="/password", old=GOOD, password="blue-hill-3-lamps", again="blue-hill-3-lamps")
    assert (done.status_code, done.location) == (303, "/c/test/")
    assert browser.get("/c/test/account/").status_code == 200


def test_first_administrator_by_link(world):
    county = County.get(County.code == "next")
    user = User.get(User.username == "stranger")
    token = issue_first_admin_token(county, recovery=True)
    browser = world.client()
    page = browser.get(f"/welcome/{token}")
    assert "第二县" in page.text
    chinese_only(page.text)
    fields = {"display_name": "何新", "username": "hexin", "password": "blue-hill-3-lamps", "again": "blue-hill-3-lamps"}
    taken = browser.post(f"/welcome/{token}", page=f"/welcome/{token}", **{**fields, "username": user.username})
    assert taken.status_code == 422 and "换一个" in taken.text
    done = browser.post(f"/welcome/{token}", page=f"/welcome/{token}", **fields)
    assert (done.status_code, done.location) == (303, "/c/next/")
    assert browser.get("/c/next/users/").status_code == 200
    assert world.client().get(f"/welcome/{token}").status_code == 404


def test_invited_user_sets_a_password(world):
    _user, token = invite("newbie", "新人", "viewer", world.county, world.township.id)
    browser = world.client()
    differ = browser.post(f"/welcome/{token}", page=f"/welcome/{token}", password="blue-hill-3-lamps", again="another-one-44")
    assert differ.status_code == 422 and "两次" in differ.text
    done = browser.post(f"/welcome/{token}", page=f"/welcome/{token}", password="blue-hill-3-lamps", again="blue-hill-3-lamps")
    assert done.location == "/c/test/"
    world.client("newbie", "blue-hill-3-lamps")


def test_demo_exists_only_in_a_demonstration(world):
    assert world.client().get("/demo").status_code == 404
    County.update(is_demo=True).execute()
    create_demo_user("county", "周敏", "county_admin", world.county)
    create_demo_user("township", "李华", "reporter", world.county, world.township.id)
    create_demo_user("platform", "平台", "platform_admin", None)
    browser = world.client()
    page = browser.get("/demo")
    assert "柳河镇团委" in page.text and "演示日期 2023年7月3日" in page.text
    chinese_only(page.text)
    for key, goes in (("county", "/c/test/"), ("township", "/c/test/"), ("platform", "/")):
        assert world.client().post("/demo", page="/demo", entry=key).location == goes
    assert world.client().post("/demo", page="/demo", entry="admin").status_code == 404


def test_health(world):
    assert world.client().get("/healthz").json == {"ok": True}


@pytest.mark.parametrize("path", ["/nowhere", "/c/none/", "/c/test/nowhere", "/c/next/users/"])
def test_errors_are_pages_signed_in_or_not(world, path):
    for name in ("", "admin"):
        answer = world.client(name).get(path)
        assert answer.status_code in (302, 404)
        if answer.status_code == 404:
            chinese_only(answer.text)
            assert "没有找到" in answer.text


def test_foreign_and_unknown_county_answer_alike(world):
    browser = world.client("admin")
    pages = [re.sub(r"next|none", "", browser.get(f"/c/{code}/users/").text) for code in ("next", "none")]
    assert pages[0] == pages[1]


def test_a_failure_of_ours_has_a_number_and_no_traceback(world, monkeypatch):
    def broken(*_args):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("youthpilot.admin.pages.accounts.users_of", broken)
    answer = world.client("admin").get("/c/test/users/")
    assert answer.status_code == 500 and "出错编号" in answer.text and "secret detail" not in answer.text
    chinese_only(answer.text)


def test_link_of_an_account_with_two_counties_is_refused(world):
    grant_role(world.users["stranger"], "county_admin", world.county)
    browser = world.client("admin")
    path = f"/c/test/users/{world.users['stranger'].id}"
    answer = browser.post(f"{path}/link", page=path)
    assert answer.status_code == 303
    assert "还属于别的县" in browser.get(path).text
    assert (
        not AuditEntry.select().where((AuditEntry.act == "token.issue") & (AuditEntry.object_name == world.users["stranger"].display_name)).exists()
    )
    with pytest.raises(Exception, match="县"):
        issue_password_token(world.users["stranger"], world.county)
