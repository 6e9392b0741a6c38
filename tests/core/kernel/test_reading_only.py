"""What is not POST changes nothing, whatever a module's author wrote: views, bodies that are made while they are sent, blueprints, HEAD."""

from types import SimpleNamespace

import pytest
from argon2 import PasswordHasher
from flask import Blueprint, Response, request

from youthpilot.admin import ModuleView, expose
from youthpilot.core import Permission, Plugin, hookimpl, policy
from youthpilot.core.accounts import passwords
from youthpilot.core.accounts.models import Session
from youthpilot.core.accounts.services import create_user, grant_role
from youthpilot.core.app import create_app
from youthpilot.core.audit.models import AuditEntry, PluginFault
from youthpilot.core.counties.models import County
from youthpilot.core.kernel.db import database
from youthpilot.core.registry import Registry
from youthpilot.core.testing import installation, make_county

PASSWORD = "green-river-7-boats"
SEEN = []


def rename(name):
    County.update(name=name).execute()
    return name


def chunks(name):
    yield "一"
    yield rename(name)


class Eager(ModuleView):
    """Takes whatever is not GET for an act, and writes while it is looked at."""

    name, slug, icon = "急性", "eager", "file"
    permission_read = permission_write = "eager.see"

    @expose("/", methods=("GET", "POST"))
    def index(self):
        SEEN.append(request.method)
        return "页" if request.method == "GET" else rename("办了")

    @expose("/count")
    def count(self):
        return rename("看了")

    @expose("/raw")
    def raw(self):
        database.execute_sql("UPDATE core_county SET name = 'raw'")
        return "页"

    @expose("/header")
    def header(self):
        return Response("页", headers={"X-Name": "甲"})

    @expose("/stream")
    def stream(self):
        return Response(chunks("流"))


pages = Blueprint("eager_pages", __name__, url_prefix="/eager/open")


@pages.route("/", methods=["GET", "POST", "DELETE", "PURGE"])
@policy(kind="public", module="eager")
def open_to_all():
    return "页" if request.method == "GET" else rename(f"公开{request.method}")


def module():
    return SimpleNamespace(
        __name__="eager",
        __file__=None,
        PLUGIN=Plugin("eager", "急性模块", "1.0", requires="2"),
        register_permissions=hookimpl(lambda: [Permission("eager.see", "看", ("county_admin",))]),
        register_admin_views=hookimpl(lambda: [Eager]),
        register_blueprints=hookimpl(lambda: [pages]),
    )


@pytest.fixture
def address():
    """Where the database lies; the PostgreSQL tests give another one."""
    return ""


@pytest.fixture
def site(tmp_path, address):
    """The application with that module in 试验县; clerk is signed in."""
    before = passwords.set_hasher(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    registry = Registry()
    assert registry.add(module()), registry.failures
    with installation(tmp_path, registry, address):
        county = make_county(registry, enable=("eager",))
        grant_role(create_user("clerk", "办事员", PASSWORD, must_change=False), "county_admin", county)
        database.close()
        client = create_app(registry, WTF_CSRF_ENABLED=False).test_client()
        assert client.post("/login", data={"username": "clerk", "password": PASSWORD}).status_code == 303
        yield client
    passwords.set_hasher(before)


def name():
    return County.get().name


def test_head_is_get_without_a_body(site):
    SEEN.clear()
    answer = site.head("/c/test/eager/eager/")
    assert (answer.status_code, answer.data, SEEN, name()) == (200, b"", ["GET"], "试验县")
    assert site.head("/logout").status_code == 405 and Session.select().where(Session.user.is_null(False)).count() == 1
    assert site.post("/c/test/eager/eager/").status_code == 200 and name() == "办了"


@pytest.mark.parametrize("path", ("count", "raw"))
def test_a_page_that_writes_while_it_is_shown_is_refused_and_named(site, path):
    answer = site.get(f"/c/test/eager/eager/{path}")
    assert answer.status_code == 500 and f"eager_eager.{path}" in answer.text and name() == "试验县"
    [fault] = PluginFault.select()
    assert (fault.plugin, fault.hook, fault.county_id) == ("eager", f"GET eager_eager.{path}", None)
    assert site.get("/c/test/").status_code == 200  # all others as before
    assert site.get("/c/test/eager/eager/").status_code == 200


def test_a_header_that_http_cannot_carry_is_a_fault_of_its_page(site):
    answer = site.get("/c/test/eager/eager/header")
    assert answer.status_code == 500 and "系统出错" in answer.text or "程序出错" in answer.text
    assert "X-Name" not in answer.headers


def test_a_body_that_is_made_while_it_is_sent_changes_nothing(site):
    with pytest.raises(RuntimeError, match="changes nothing"):
        site.get("/c/test/eager/eager/stream", buffered=True)
    assert name() == "试验县"
    County.update(name="又").execute()  # what comes after may write


@pytest.mark.parametrize("method", ("HEAD", "OPTIONS", "DELETE", "PURGE"))
def test_no_other_method_is_an_act(site, method):
    site.open("/c/test/eager/open/", method=method)
    assert name() == "试验县"
    assert site.post("/c/test/eager/open/").status_code == 200 and name() == "公开POST"


def test_what_the_host_notes_of_a_page_is_written_after_it(site):
    assert site.get("/counties/").status_code in (403, 404)
    before = AuditEntry.select().count()
    answer = site.get("/c/test/audit/export")
    assert answer.status_code == 200
    assert [entry.act for entry in AuditEntry.select().where(AuditEntry.sequence > before)] == ["audit.export"]
