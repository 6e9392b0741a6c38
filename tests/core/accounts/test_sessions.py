"""Server-side sessions: fixation, expiry, limits, tabs of two counties, CSRF."""

from datetime import timedelta

import pytest

from youthpilot.core.accounts.models import Session, User
from youthpilot.core.accounts.queries import sessions_of
from youthpilot.core.accounts.services import end_session, end_sessions, grant_role
from youthpilot.core.accounts.session import COOKIE, purge
from youthpilot.core.accounts.signing_in import change_password, create_demo_user, sign_in_demo
from youthpilot.core.counties.models import County
from youthpilot.core.kernel.clock import now
from youthpilot.core.kernel.db import transaction
from youthpilot.core.kernel.errors import NotFound
from youthpilot.core.organizations.founding import create_county

from .conftest import GOOD

INSIDE = "/c/test/"


def cookie(client, name=COOKIE):
    found = client.get_cookie(name)
    return found.value if found else None


@pytest.fixture
def admin(person):
    return person("county_admin")


@pytest.fixture
def client(browser, admin):
    client = browser()
    assert client.enter("county-admin").status_code == 200
    return client


def test_nothing_is_stored_for_a_visitor_who_puts_nothing_in(browser):
    client = browser()
    assert client.get("/").status_code == 302
    assert cookie(client) is None and Session.select().count() == 0


def test_sign_in_changes_the_id_and_drops_what_the_visitor_had(browser, admin):
    client = browser()
    old_csrf = client.get("/login").get_data(as_text=True)
    before = cookie(client)
    client.post("/login", data={"username": "county-admin", "password": GOOD, "csrf_token": old_csrf})
    after = cookie(client)
    assert before and after and before != after
    assert client.post("/c/test/act", data={"csrf_token": old_csrf}).status_code == 400, "the visitor's token is dead"
    thief = browser()
    thief.set_cookie(COOKIE, before)
    assert thief.get(INSIDE).status_code == 302


def test_a_planted_id_is_not_taken_over(browser, admin):
    client = browser()
    client.set_cookie(COOKIE, "planted-by-somebody")
    client.enter("county-admin")
    assert cookie(client) != "planted-by-somebody"
    thief = browser()
    thief.set_cookie(COOKIE, "planted-by-somebody")
    assert thief.get(INSIDE).status_code == 302


def test_the_table_holds_the_hash_only_and_the_cookie_is_locked_down(browser, admin):
    client = browser()
    answer = client.enter("county-admin")
    line = answer.headers["Set-Cookie"]
    assert "HttpOnly" in line and "SameSite=Lax" in line and "Path=/" in line and "Secure" not in line
    assert cookie(client) not in str(list(Session.select().dicts())) and len(cookie(client)) >= 43


def test_under_https_the_cookie_is_secure_and_bound_to_the_host(browser, admin):
    client = browser()
    token = client.get("/login", base_url="https://localhost").get_data(as_text=True)
    headers = {"Referer": "https://localhost/login"}
    answer = client.post(
        "/login", data={"username": "county-admin", "password": GOOD, "csrf_token": token}, base_url="https://localhost", headers=headers
    )
    assert answer.headers["Set-Cookie"].startswith("__Host-yp_session=") and "Secure" in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" in answer.headers


@pytest.mark.parametrize(
    ("field", "age", "enters"), [("seen_at", 29, True), ("seen_at", 31, False), ("created_at", 479, True), ("created_at", 481, False)]
)
def test_idle_and_absolute_end(client, field, age, enters):
    Session.update({field: now() - timedelta(minutes=age)}).execute()
    assert (client.get(INSIDE).status_code == 200) is enters


def test_a_platform_administrator_is_idle_after_fifteen_minutes(browser, person):
    person("platform_admin")
    client = browser()
    client.enter("platform-admin")
    assert client.get("/").status_code == 200
    Session.update(seen_at=now() - timedelta(minutes=16)).execute()
    assert client.get("/").status_code == 302


def test_seen_at_is_written_at_most_once_a_minute(client):
    first = Session.get().seen_at
    client.get(INSIDE)
    assert Session.get().seen_at == first
    Session.update(seen_at=now() - timedelta(seconds=61)).execute()
    client.get(INSIDE)
    assert now() - Session.get().seen_at < timedelta(seconds=5)


def test_sign_out_ends_it_on_the_server_and_clears_the_browser(client, browser):
    token = cookie(client)
    answer = client.csrf("/logout")
    assert "Clear-Site-Data" in answer.headers and cookie(client) is None
    thief = browser()
    thief.set_cookie(COOKIE, token)
    assert thief.get(INSIDE).status_code == 302


def test_a_new_password_ends_the_sessions(client, admin):
    change_password(User.get_by_id(admin.id), GOOD, "blue-lake-8-ships")
    assert client.get(INSIDE).status_code == 302


def test_ending_one_and_all_sessions(client, browser, admin, person):
    second = browser()
    second.enter("county-admin")
    user = User.get_by_id(admin.id)
    lines = sessions_of(user)
    assert len(lines) == 2 and lines[0].ip == "127.0.0.1"
    with pytest.raises(NotFound):
        end_session(person("viewer"), lines[0].session_id)
    end_session(user, max(line.session_id for line in lines))
    assert (client.get(INSIDE).status_code, second.get(INSIDE).status_code) == (200, 302)
    end_sessions(user)
    assert client.get(INSIDE).status_code == 302 and sessions_of(User.get_by_id(admin.id)) == []


def test_the_fourth_session_ends_the_oldest(browser, admin):
    clients = [browser() for _ in range(4)]
    for one in clients:
        one.enter("county-admin")
    assert [one.get(INSIDE).status_code for one in clients] == [302, 200, 200, 200]


def test_flashes_stay_in_the_county_of_their_tab(client, admin):
    other = create_county("other", "另一县")
    grant_role(admin, "county_admin", other)
    client.csrf("/c/test/act")
    assert "done" not in client.get("/c/other/").get_data(as_text=True)
    assert "done" in client.get(INSIDE).get_data(as_text=True)
    assert "done" not in client.get(INSIDE).get_data(as_text=True)


def test_two_requests_at_once_keep_both_changes(app, client, admin):
    token = cookie(client)
    opened = []
    for _ in "12":
        with app.test_request_context("/", headers={"Cookie": f"{COOKIE}={token}"}) as context:
            opened.append(context.session)
            len(opened[-1])
    for n, one in enumerate(opened):
        one[f"key{n}"] = n
        one.store()
    data = Session.get().data
    assert data["key0"] == 0 and data["key1"] == 1


@pytest.mark.parametrize("path", ["/login", "/logout", "/c/test/act", "/c/test/silent", "/demo/county"])
def test_every_unsafe_request_needs_the_token(client, path):
    assert client.post(path, data={"username": "county-admin", "password": GOOD}).status_code == 400
    assert client.post(path, data={"csrf_token": "wrong"}).status_code == 400


def test_purge_deletes_what_cannot_be_used_again(client):
    Session.create(token_hash="a", created_at=now() - timedelta(hours=9), seen_at=now())
    Session.create(token_hash="b", created_at=now() - timedelta(hours=1), seen_at=now() - timedelta(hours=1))
    assert purge() == 2 and client.get(INSIDE).status_code == 200


def test_strict_headers(client):
    answer = client.get(INSIDE)
    assert answer.headers["Cache-Control"] == "no-store" and "Cookie" in answer.headers["Vary"]
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy and "unsafe" not in policy and "nonce" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_demonstration_entries_work_in_a_demonstration_only(browser, county, villages):
    with pytest.raises(NotFound):
        create_demo_user("county", "演示", "county_admin", county)
    County.update(is_demo=True).execute()
    with transaction():
        create_demo_user("county", "王秘书", "county_admin", County.get())
        create_demo_user("township", "李委员", "reporter", County.get(), villages[1].id)
        create_demo_user("platform", "平台管理员", "platform_admin", None)
    client = browser()
    assert client.csrf("/demo/county").status_code == 200 and "王秘书" in client.get(INSIDE).get_data(as_text=True)
    Session.update(seen_at=now() - timedelta(hours=7)).execute()
    assert client.get(INSIDE).status_code == 200, "idle time is long in the demonstration"
    assert browser().csrf("/demo/nobody").status_code == 404
    create_county("real", "真县")
    assert browser().csrf("/demo/county").status_code == 404
    with pytest.raises(NotFound):
        sign_in_demo("platform")
