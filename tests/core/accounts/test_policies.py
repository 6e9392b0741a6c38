"""Every route has a policy; the guard: sides, sign-in, permission, county; safe return addresses."""

import pytest
from flask import Flask

from youthpilot.core.audit.models import AuditEntry
from youthpilot.core.kernel.scope import county_scope, current_scope, scoped
from youthpilot.core.web.policies import Policy, authz_table, check_routes, policy, register_policy, safe_next, streamed


def test_a_route_without_a_policy_stops_the_start():
    app = Flask("x")
    app.add_url_rule("/ok", "ok", policy(kind="public")(lambda: ""), methods=["GET"])
    app.add_url_rule("/half", "half", policy("home.see", methods=["GET"])(lambda: ""), methods=["GET", "POST"])
    app.add_url_rule("/none", "none", lambda: "", methods=["GET", "DELETE"])
    app.add_url_rule("/typo", "typo", policy("home.sea")(lambda: ""))
    with pytest.raises(RuntimeError) as refused:
        check_routes(app)
    text = str(refused.value)
    assert all(part in text for part in ("POST /half", "GET /none", "DELETE /none", "home.sea")) and "/ok" not in text and "GET /half" not in text
    for endpoint, method in (("half", "POST"), ("none", "GET"), ("none", "DELETE"), ("typo", "GET")):
        register_policy(app, endpoint, method, Policy("home.see"))
    check_routes(app)
    assert "| `/none` | DELETE | county | home.see |" in authz_table(app)


def test_a_policy_names_its_permission():
    with pytest.raises(ValueError):
        Policy()
    with pytest.raises(ValueError):
        Policy("home.see", kind="public")


@pytest.fixture
def admin(browser, person):
    person("county_admin")
    client = browser()
    client.enter("county-admin")
    return client


@pytest.mark.parametrize("path", ["/users", "/act", "/c/test/counties", "/c/test/login", "/c/other/", "/c/nowhere/", "/c/test/nothing", "/nothing"])
def test_wrong_side_foreign_county_and_missing_page_answer_alike(admin, path):
    from youthpilot.core.organizations.founding import create_county

    create_county("other", "另一县")
    assert admin.get(path).status_code == (405 if path == "/act" else 404)


def test_unknown_and_forbidden_county_have_the_same_body(admin, browser):
    from youthpilot.core.organizations.founding import create_county

    create_county("other", "另一县")
    assert admin.get("/c/other/").data == admin.get("/c/nowhere/").data
    visitor = browser()
    known, unknown = visitor.get("/c/other/"), visitor.get("/c/nowhere/")
    assert known.status_code == unknown.status_code == 302 and known.location.replace("other", "nowhere") == unknown.location


def test_a_visitor_is_sent_to_sign_in_and_comes_back_to_his_county(browser):
    answer = browser().get("/c/test/users?page=2")
    assert answer.location == "/login?next=/c/test/users%3Fpage%3D2"
    assert browser().get("/c/test/users", headers={"Accept": "application/json"}).status_code == 401


def test_a_lacking_permission_names_it_and_who_can_give_it(browser, person):
    person("county_admin")
    person("viewer")
    client = browser()
    client.enter("viewer")
    answer = client.get("/c/test/users")
    text = answer.get_data(as_text=True)
    assert answer.status_code == 403 and "管理用户" in text and "county_admin甲" in text
    entry = AuditEntry.select().order_by(AuditEntry.sequence.desc()).first()
    assert (entry.act, entry.result, entry.object_name) == ("access.refused", "refused", "管理用户")


def test_head_and_options_follow_get(admin, browser):
    assert admin.head("/c/test/users").status_code == 200 and browser().head("/c/test/users").status_code == 302
    assert browser().options("/c/test/users").status_code == 302


GOOD = [
    "/",
    "/c/demo/",
    "/c/demo/users?page=2&sort=a",
    "/c/demo/a-b_c~d/1",
    "/x#part",
    "/%E7%A4%BA",
    "/示范",
    "/a?b=http://x",
    "/logins",
    "/c/demo/./x",
]
BAD = [
    "", None, "http://evil.example", "https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "\\/evil",
    "/ evil", " /x", "/x y", "/\t/evil.example", "/\n/evil.example", "\t//evil", "/\r\nSet-Cookie: a=b", "/x\x00", "/x\x7f", "javascript:alert(1)",
    "JaVaScRiPt:alert(1)", "data:text/html,x", "evil.example", "evil.example/x", "./x", "../x", "/../x", "/a/../../x", "/a//b", "/%2f/evil.example",
    "/%2F%2Fevil.example", "/%5cevil.example", "/%5C%5Cevil", "/%252f%252fevil", "/%09/evil", "/%0d%0aX: y", "/a/%2e%2e/b", "/a/%252e%252e/b", "http:/x",
    "http:///x", "https:evil.example", "//[::1]/x", "http://[", "/\\/evil", "/x\\y", "ftp://x", "mailto:a@b", "?next=/x", "#x", "/login", "/login?next=/login", "/logout/",
    "/" + "x" * 2001, "\x00/x", "/a\u0000b",
]  # fmt: skip


@pytest.mark.parametrize("target", GOOD)
def test_addresses_inside_are_kept(target):
    assert safe_next(target, "/home") == target


@pytest.mark.parametrize("target", BAD)
def test_other_addresses_become_the_default(target):
    assert safe_next(target, "/home") == "/home"


def test_a_streamed_body_keeps_the_scope_of_its_request(county):
    def rows():
        for _ in "123":
            yield current_scope().county_id

    with scoped(county_scope(county)):
        body = streamed(rows())
        first = next(body)
    assert [first, *body] == [county.id] * 3
