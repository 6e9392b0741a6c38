"""A form whose session ended or was renewed: what was typed stands on the answer and can be sent in the new session. Nobody else's words, no password."""

import html
import re

import pytest

from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.organizations.models import Organization

from .conftest import GOOD

NEW = "/c/test/organizations/new"
NOTE = "第一行\n“引号”<b>与标记</b>"
HERE = {"Origin": "http://localhost", "Accept": "text/html"}


def form_on(page):
    """What the page's form would send: hidden areas and the token."""
    areas = re.findall(r'<textarea name="([^"]+)" hidden>\n(.*?)</textarea>', page, re.S)
    return {name: html.unescape(text) for name, text in areas} | {"csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', page)[1]}


def typed(world, browser, code="late"):
    with scoped(county_scope(world.county)):
        root = Organization.get(Organization.parent.is_null())
    values = {
        "code": code,
        "name": f"{code}团支部",
        "short_name": code,
        "kind": "village",
        "org_type": "branch",
        "parent": str(root.id),
        "note": NOTE,
    }
    return {**values, "csrf_token": browser.token(NEW)}


def exists(world, code="late"):
    with scoped(county_scope(world.county)):
        return Organization.select().where(Organization.code == code).exists()


def test_a_form_outlives_its_session(world):
    browser = world.client("admin")
    form = typed(world, browser)
    browser.post("/logout")  # in another tab
    ended = browser.client.post(NEW, data=form, headers=HERE)
    assert ended.status_code == 401 and "请先登录" in ended.text and "没有丢失" in ended.text
    assert 'href="/login?next=/" target="_blank"' in ended.text and "<b>与标记" not in ended.text
    kept = form_on(ended.text)
    assert {name: kept[name] for name in form if name != "csrf_token"} == {name: form[name] for name in form if name != "csrf_token"}
    for _ in range(2):  # sent before signing in: the token is good, the person is nobody
        again = browser.client.post(NEW, data=kept, headers=HERE)
        assert again.status_code == 401 and form_on(again.text)["note"] == NOTE
    browser.post("/login", username="admin", password=GOOD)
    renewed = browser.client.post(NEW, data=kept, headers=HERE)
    assert renewed.status_code == 400 and world.users["admin"].display_name in renewed.text and not exists(world)
    assert browser.client.post(NEW, data=form_on(renewed.text), headers=HERE).status_code in (302, 303)
    assert exists(world)
    with scoped(county_scope(world.county)):
        assert Organization.get(Organization.code == "late").note.replace("\r\n", "\n") == NOTE


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:81"},
        {"Referer": "https://evil.example/c/test"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_words_of_another_site_get_no_form(world, headers):
    for browser in (world.client("admin"), world.client()):
        answer = browser.client.post(NEW, data=typed(world, world.client("admin")), headers={"Accept": "text/html", **headers})
        assert answer.status_code == 400 and "<textarea" not in answer.text
        assert not exists(world)


def test_a_password_never_comes_back(world):
    answer = world.client().client.post("/login", data={"username": "admin", "password": GOOD, "csrf_token": "old"}, headers=HERE)
    assert answer.status_code == 400 and GOOD not in answer.text and "重新提交" not in answer.text
    assert 'href="/login"' in answer.text
    browser = world.client("admin")
    fields = {"old": GOOD, "password": "another-good-1", "again": "another-good-1", "csrf_token": "old"}
    answer = browser.client.post("/password", data=fields, headers=HERE)
    assert answer.status_code == 400 and GOOD not in answer.text and "another-good-1" not in answer.text


def test_a_script_gets_its_status_and_no_page_to_send(world):
    answer = world.client().client.post(NEW, data={"code": "x"}, headers={**HERE, "Accept": "application/json"})
    assert answer.status_code == 400 and "<textarea" not in answer.text
