"""An application with one throw-away table on the real database layer: two counties, a township each, volunteers in them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from flask import Flask, g, request
from flask_admin import Admin
from flask_admin.actions import action
from flask_admin.theme import Bootstrap4Theme
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect
from peewee import BooleanField, CharField, DateField, IntegerField

from youthpilot.admin import BaseAdminView, ModelAdminView, ModuleModelView, chrome, expose
from youthpilot.admin.context import mounted
from youthpilot.core.accounts import Actor
from youthpilot.core.counties.models import County
from youthpilot.core.kernel.address import ENVIRON_KEY, CountyAddress
from youthpilot.core.kernel.db import admit, withdraw
from youthpilot.core.kernel.errors import RuleError
from youthpilot.core.kernel.schema import create_statements, run
from youthpilot.core.kernel.scope import Scope, _current, county_scope, scoped, unscoped
from youthpilot.core.organizations import services
from youthpilot.core.organizations.founding import create_county
from youthpilot.core.organizations.models import Organization, OrganizationRow
from youthpilot.core.web import templatewords

TABLE = "scratch_volunteer"
STATES = [("registered", "已注册"), ("waiting", "待监护人同意"), ("left", "已退出")]


class Volunteer(OrganizationRow):
    """A throw-away table."""

    name = CharField(max_length=20, verbose_name="姓名")
    recruited_on = DateField(verbose_name="招募日期")
    minutes = IntegerField(null=True, verbose_name="服务分钟")
    state = CharField(max_length=12, choices=STATES, default="registered", verbose_name="状态")
    minor = BooleanField(default=False, verbose_name="未成年")

    class Meta:
        table_name = TABLE
        indexes = ((("county", "name"), True),)

    def __str__(self) -> str:
        return self.name


class VolunteerView(ModelAdminView):
    """The view under test."""

    model = Volunteer
    name, category, icon = "志愿者", "业务", "heart"
    permission_read, permission_write = "volunteer.read", "volunteer.write"
    can_create = can_edit = can_delete = True
    column_list = ("name", "organization", "recruited_on", "minutes", "minor", "state")
    column_labels = {"organization": "所属团组织"}
    column_searchable_list = ("name", Organization.name)
    column_filters = ("recruited_on", "state", "organization", "minutes", "name")
    column_wide, column_corner = ("organization",), "state"
    form_ajax_refs = {"organization": {"fields": ("name", "code")}}
    page_size_options = (20, 50)
    column_badges = {"state": {"registered": ("ok", "check"), "waiting": ("warn", "clock")}}
    empty_title, empty_text = "先把志愿者名册放进来", "有了名册，“新招募青年志愿者”会自己算出来。"

    def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
        if model.minutes is not None and model.minutes < 0:
            raise RuleError("服务分钟不能是负数", "minutes")

    def after_model_change(self, form: Any, model: Any, is_created: bool) -> None:
        if model.name == "事后出错":
            raise RuleError("后续处理没有完成")

    @action("leave", "标为退出", "确定标为退出？")
    def action_leave(self, ids: list[int]) -> None:
        Volunteer.update(state="left").where(Volunteer.id.in_(ids)).execute()


class HelloView(BaseAdminView):
    """A screen of its own that raises TypeError on demand."""

    name, icon, slug, permission_read, permission_write = "填报进度", "board", "board", "volunteer.read", "volunteer.write"

    @expose("/")
    def index(self) -> Any:
        if request.args.get("boom"):
            raise TypeError("my own mistake")
        return self.render("yp/base.html")

    @expose("/act", methods=("POST",))
    def act(self) -> Any:
        return "done"


class ModuleVolunteers(ModuleModelView):
    """The same table as a module's view."""

    model, slug, name, permission_read = Volunteer, "list", "模块名册", "volunteer.read"
    column_list, column_labels, form_excluded_columns = ("name",), {"organization": "所属团组织"}, ("organization",)


@dataclass
class World:
    """What the tests act upon."""

    app: Flask
    view: Any
    here: Any
    there: Any
    towns: dict[str, Any]
    people: dict[str, int]
    actor: dict[str, Any]
    model: Any = Volunteer
    module_view: Any = ModuleVolunteers

    def client(self) -> Any:
        return self.app.test_client()


def build_app(actor: dict[str, Any], csrf: bool = False) -> tuple[Flask, Any]:
    """The application; `actor` says who acts: permissions, root_id, county_id."""
    app = Flask("scratch", root_path=str(chrome.STATIC.parent), template_folder="../templates", static_folder="static", static_url_path="/static")
    app.config.update(SECRET_KEY="scratch", TESTING=not csrf, WTF_CSRF_ENABLED=csrf, BABEL_DEFAULT_LOCALE="zh_Hans_CN")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Babel(app, locale_selector=lambda: "zh_Hans_CN")
    templatewords.install(app)
    CSRFProtect(app)
    chrome.install(app)

    @app.before_request
    def identify() -> None:
        g.county = County.get_or_none(County.code == request.environ.get(ENVIRON_KEY, ""))
        g.actor = None
        if g.county is not None and actor["permissions"] is not None:
            root = actor["roots"].get(g.county.code)
            g.actor = Actor(7, "zhou", "周敏", g.county.id, root, "county_admin", frozenset(actor["permissions"]))
            g.token = _current.set(Scope(g.county.id, root, 7, "user"))

    @app.teardown_request
    def leave(error: Any) -> None:
        token = g.pop("token", None)
        if token is not None:
            _current.reset(token)

    @app.context_processor
    def words() -> dict[str, Any]:
        known = {
            "county": g.get("county"),
            "period_label": "2023年上半年",
            "demo_date": date(2023, 7, 3),
            "user_name": "周敏",
            "role_title": "县管理员",
        }
        return {**known, "mounted": mounted, "counters": {"board": 17}, "home_url": "/", "search_url": "/search", "sign_out_url": "/logout"}

    admin = Admin(
        app, name="youthpilot", theme=Bootstrap4Theme(base_template="yp/base.html"), index_view=HelloView(endpoint="admin", url="/"), url="/"
    )
    view = VolunteerView()
    admin.add_view(HelloView())
    admin.add_view(view)
    app.wsgi_app = CountyAddress(app.wsgi_app)
    return app, view


@pytest.fixture
def world(db: Any) -> Any:
    """Two counties; in the first two townships."""
    admit([Volunteer])
    here, there = create_county("shifan", "示范县"), create_county("other", "邻县")
    towns: dict[str, Any] = {}
    people: dict[str, int] = {}
    with unscoped("scratch table"):
        run(create_statements(Volunteer))
    rows = {here: (("柳河镇", ("陈思雨", "刘子豪")), ("城关镇", ("王雅婷",))), there: (("外镇", ("外人",)),)}
    for county, places in rows.items():
        with scoped(county_scope(county)):
            root = Organization.get(Organization.parent.is_null())
            for town, names in places:
                values = {"code": f"t{len(towns)}", "name": f"{town}团委", "kind": "township", "org_type": "committee", "parent": root}
                towns[town] = services.create(county.id, values)
                for number, name in enumerate(names):
                    row = Volunteer.create(
                        county=county, organization=towns[town], name=name, recruited_on=date(2023, 6, 28 - number), minutes=2190 * number or None
                    )
                    people[name] = row.id
    actor: dict[str, Any] = {"permissions": {"volunteer.read", "volunteer.write"}, "roots": {}}
    app, view = build_app(actor)
    yield World(app, view, here, there, towns, people, actor)
    withdraw([Volunteer])
