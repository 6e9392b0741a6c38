"""Who can be let in by whom: names of the site, links, visitors' sessions, other counties' accounts, lock-outs, the way back."""

import re

import pytest

from youthpilot.core.accounts.models import LoginAttempt, Session
from youthpilot.core.accounts.services import grant_role
from youthpilot.core.app import create_app
from youthpilot.core.audit.models import AuditEntry
from youthpilot.core.web.hosts import is_trusted, trusted_hosts

from .conftest import GOOD

HERE, ELSEWHERE = {"REMOTE_ADDR": "10.1.2.3"}, {"REMOTE_ADDR": "203.0.113.9"}


def link_on(page):
    return re.search(r"https?://[^\s\"<]+/welcome/[\w-]+", page)[0]


# names of the site ---------------------------------------------------------------------------------------------------


def test_an_unknown_host_is_refused_in_words_and_gets_no_link(world):
    admin = world.client("admin")
    fields = {"username": "newbie", "display_name": "新人", "role": "county_admin", "csrf_token": admin.token("/c/test/users/new")}
    answer = admin.client.post("/c/test/users/new", data=fields, headers={"Host": "evil.example"})
    assert answer.status_code == 400 and "不是本站的网址" in answer.text and "welcome" not in answer.text
    page = admin.client.post("/c/test/users/new", data=fields, headers={"Host": "localhost:8765"}).text
    assert link_on(page).startswith("http://localhost:8765/welcome/")


def test_links_are_built_from_the_public_address(world, monkeypatch):
    app = create_app(world.registry, PUBLIC_URL="https://youth.example.gov.cn/")
    admin = type(world.client())(app.test_client())
    assert admin.client.get("/login", headers={"Host": "127.0.0.1:8765"}).status_code == 200
    assert admin.client.get("/login", headers={"Host": "youth.example.gov.cn"}).status_code == 200
    assert admin.client.get("/login", headers={"Host": "youth.example.gov.cn.evil.example"}).status_code == 400
    assert admin.post("/login", username="admin", password=GOOD).status_code == 303
    page = admin.post("/c/test/users/new", username="newbie", display_name="新人", role="county_admin").text
    assert link_on(page).startswith("https://youth.example.gov.cn/welcome/")


@pytest.mark.parametrize(
    ("header", "listed", "bound", "good"),
    [
        ("localhost", "", "", True),
        ("LOCALHOST:80", "", "", True),
        ("[::1]:8765", "", "", True),
        ("192.168.1.5:8765", "", "192.168.1.5", True),
        ("192.168.1.5:8765", "tuan.example.cn", "192.168.1.5", False),
        ("tuan.example.cn", "tuan.example.cn, .qu.example.cn", "", True),
        ("a.qu.example.cn", "tuan.example.cn, .qu.example.cn", "", True),
        ("qu.example.cn.evil.cn", ".qu.example.cn", "", False),
        ("evilqu.example.cn", ".qu.example.cn", "", False),
        ("localhost@evil.cn", "", "", False),
        ("localhost/evil", "", "", False),
        ("", "", "", False),
    ],
)
def test_which_names_are_believed(monkeypatch, header, listed, bound, good):
    monkeypatch.setenv("YOUTHPILOT_TRUSTED_HOSTS", listed)
    assert is_trusted(header, trusted_hosts("", bound)) is good


# visitors ------------------------------------------------------------------------------------------------------------


def test_a_hundred_visitors_leave_no_session_and_a_form_still_works(world):
    for _n in range(100):
        assert world.app.test_client().get("/login").status_code == 200
    assert Session.select().count() == 0
    browser = world.client()
    assert browser.post("/login", username="admin", password="not-this-one-1").status_code == 401
    assert Session.select().count() == 0
    assert browser.post("/login", username="admin", password=GOOD).status_code == 303 and Session.select().count() == 1


def test_a_visitor_s_token_is_signed_and_another_s_is_refused(world):
    one, other = world.client(), world.client()
    token = one.token("/login")
    other.get("/login")
    send = lambda browser, token: browser.client.post("/login", data={"csrf_token": token, "username": "admin", "password": GOOD})  # noqa: E731
    assert send(other, token).status_code == 400
    other.client.set_cookie("yp_session", "eyJjc3JmX3Rva2VuIjoiYSJ9.Zm9yZ2Vk.forged")
    assert send(other, token).status_code == 400
    assert send(one, token).status_code == 303


def test_posts_of_nobody_are_told_as_one(world):
    before, client = AuditEntry.select().count(), world.app.test_client()
    codes = {client.post("/c/test/users/1/disable", environ_overrides=ELSEWHERE).status_code for _n in range(150)}
    rows = list(AuditEntry.select().where(AuditEntry.sequence > before).order_by(AuditEntry.sequence))
    assert codes == {400} and [(r.result, (r.after or {}).get("count", 1)) for r in rows] == [("refused", 1), ("refused", 10), ("refused", 100)]
    admin = world.client("admin")
    before = AuditEntry.select().count()
    for _n in range(3):
        admin.client.post("/c/test/users/1/disable")
    assert AuditEntry.select().count() == before + 3, "whoever is signed in leaves a row each"


# accounts within reach -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", ["sessions", "unlock", "disable", "enable", "link"])
def test_an_account_of_two_counties_is_no_single_one_s(world, act):
    user = world.users["viewer"]
    viewer = world.client("viewer")
    LoginAttempt.create(username="viewer", network="x", good=False, at=user.created_at)
    path = f"/c/test/users/{user.id}/{act}"
    grant_role(user, "county_admin", world.other)
    admin = world.client("admin")
    answer = admin.post(path, page=path)
    assert answer.status_code == 303 and "这个账号还属于别的县" in admin.get(answer.location).text
    assert viewer.get("/c/test/").status_code == 200 and LoginAttempt.select().where(~LoginAttempt.good).count() == 1
    assert world.client("stranger").post(f"/c/next/users/{world.users['reporter'].id}/{act}").status_code == 404


@pytest.mark.parametrize(("act", "left"), [("sessions", (302, 1)), ("unlock", (200, 0))])
def test_an_account_of_the_county_alone_is(world, act, left):
    user, viewer = world.users["viewer"], world.client("viewer")
    LoginAttempt.create(username="viewer", network="x", good=False, at=user.created_at)
    path = f"/c/test/users/{user.id}/{act}"
    world.client("admin").post(path, page=path)
    assert (viewer.get("/c/test/").status_code, LoginAttempt.select().where(~LoginAttempt.good).count()) == left


def sign_in(client, password, where=HERE):
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login", environ_overrides=where).text)[1]
    return client.post("/login", data={"csrf_token": token, "username": "admin", "password": password}, environ_overrides=where).status_code


def test_wrong_passwords_of_others_in_the_same_network_do_not_lock_a_known_browser_out(world):
    own, attacker = world.app.test_client(), world.app.test_client()
    assert sign_in(own, GOOD) == 303
    token = re.search(r'name="csrf_token" value="([^"]+)"', own.get("/c/test/account/", environ_overrides=HERE).text)[1]
    assert own.post("/logout", data={"csrf_token": token}, environ_overrides=HERE).status_code == 303
    for n in range(30):  # five lock the pair of account and network, twenty the account
        assert sign_in(attacker, f"wrong-password-{n}", HERE if n < 6 else {"REMOTE_ADDR": f"198.51.{n}.1"}) == 401
    assert sign_in(attacker, GOOD) == 401 and sign_in(world.app.test_client(), GOOD, ELSEWHERE) == 401, "the lock holds"
    assert sign_in(own, GOOD) == 303


def test_a_known_browser_has_five_tries_of_its_own_and_serves_its_own_account(world):
    own = world.app.test_client()
    assert sign_in(own, GOOD) == 303
    own.delete_cookie("yp_session")
    for n in range(5):
        assert sign_in(own, f"wrong-password-{n}") == 401
    assert sign_in(own, GOOD) == 401
    stolen = own.get_cookie("yp_device").value
    thief = world.app.test_client()
    thief.set_cookie("yp_device", stolen)
    assert sign_in(thief, GOOD) == 401, "the lock lies on the browser's mark, wherever it is taken"
    assert sign_in(world.app.test_client(), GOOD) == 303, "and on nobody else"


def test_one_network_cannot_try_names_for_ever(world):
    client, before = world.app.test_client(), AuditEntry.select().count()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login").text)[1]
    for n in range(140):
        client.post("/login", data={"csrf_token": token, "username": f"name{n}", "password": "x"}, environ_overrides=ELSEWHERE)
    assert LoginAttempt.select().where(~LoginAttempt.good).count() == 100
    assert AuditEntry.select().where(AuditEntry.sequence > before).count() <= 100 + 2
    assert sign_in(world.app.test_client(), GOOD) == 303, "another network"


# the way back --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["/c/test/%2e%2e/next/", "/c/test/%252e%252e/next/", "/c/test/.%2e/next/", "/c/test/%2e%2e%2fnext/", "/c%2fnext/", "/%63/next/",
                                 "/c/test/%255c..%255cnext", "/c/test%2f..%2fnext/", "/c/./next/", "//evil.example", "/%2f%2fevil.example"])  # fmt: skip
def test_the_way_back_stays_in_the_county_however_it_is_written(world, way):
    browser = world.client()
    answer = browser.client.post(
        "/login", query_string={"next": way}, data={"csrf_token": browser.token("/login"), "username": "admin", "password": GOOD}
    )
    assert (answer.status_code, answer.location) == (303, "/c/test/")
    page = browser.client.get("/c/test/modules/", query_string={"url": way}).text
    assert way not in page


def test_a_way_back_with_chinese_and_a_query_is_kept(world):
    browser, way = world.client(), "/c/test/organizations/?search=%E5%BC%A0"
    answer = browser.client.post(
        "/login", query_string={"next": way}, data={"csrf_token": browser.token("/login"), "username": "admin", "password": GOOD}
    )
    assert answer.location == way
