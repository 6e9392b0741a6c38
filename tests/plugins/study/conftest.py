"""A small county in a fresh database: a township with two villages, a school with two class branches, a second township."""

from datetime import date
from types import SimpleNamespace

import pytest
from flask import Flask, g, request
from flask_admin import Admin
from flask_admin.theme import Bootstrap4Theme
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader

import youthpilot.plugins.study as study
from youthpilot.admin import BaseAdminView, chrome, expose
from youthpilot.core import Organization, OrganizationClosure, Scope, run, scoped
from youthpilot.core.accounts import Actor
from youthpilot.core.counties.models import County, CountyPlugin
from youthpilot.core.kernel import i18n
from youthpilot.core.kernel.address import ENVIRON_KEY, CountyAddress
from youthpilot.core.kernel.clock import now
from youthpilot.core.kernel.db import admit, database
from youthpilot.core.kernel.engines import open_database
from youthpilot.core.kernel.keyfiles import make_keys
from youthpilot.core.kernel.schema import create_statements
from youthpilot.core.kernel.scope import _current, county_scope, unscoped
from youthpilot.core.migrating import own_models
from youthpilot.core.registry import Registry
from youthpilot.core.web import templatewords
from youthpilot.core.web.current import state
from youthpilot.plugins.study import services
from youthpilot.plugins.study.services import Learner
from youthpilot.plugins.study.tables import MODELS

TREE = {
    "R": ("", "county", "leading_organ"),
    "T1": ("R", "township", "committee"),
    "V1": ("T1", "village", "branch"),
    "V2": ("T1", "village", "branch"),
    "S1": ("R", "school", "committee"),
    "C1": ("S1", "class", "branch"),
    "C2": ("S1", "class", "branch"),
    "T2": ("R", "township", "committee"),
    "V3": ("T2", "village", "branch"),
}


def grow(county, prefix="", extra=0):
    """Organizations by code, with their closure."""
    org, above = {}, {}
    tree = dict(TREE) | {f"X{i}": ("S1", "class", "branch") for i in range(extra)}
    for code, (parent, kind, org_type) in tree.items():
        org[code] = Organization.create(
            county=county,
            code=prefix + code,
            name=f"{code}团组织",
            short_name=code,
            kind=kind,
            org_type=org_type,
            parent=org[parent].id if parent else None,
        )
        above[code] = [*above.get(parent, []), code]
        for depth, a in enumerate(reversed(above[code])):
            OrganizationClosure.create(county=county, ancestor=org[a], descendant=org[code], depth=depth)
    return {c: o.id for c, o in org.items()}


@pytest.fixture
def world(tmp_path, monkeypatch):
    monkeypatch.setenv("YOUTHPILOT_HOME", str(tmp_path))
    monkeypatch.setenv("YOUTHPILOT_TODAY", "2023-07-03")
    make_keys()
    admit(MODELS)  # as the registry does when it accepts the module
    open_database(f"sqlite:///{tmp_path / 'study.db'}")
    database.connect()
    with unscoped("test"):
        for model in [*own_models(Registry()), *MODELS]:
            run(create_statements(model))
        counties = [County.create(code=c, name=c, committee_name=c, created_at=now()) for c in ("demo", "other")]
        org = grow(counties[0])
        grow(counties[1])
    with scoped(county_scope(counties[0])):
        yield SimpleNamespace(county=counties[0], other=counties[1], org=org)
    database.close()


@pytest.fixture
def issue(world):
    return services.add_issue(2023, 19, date(2023, 5, 1), date(2023, 5, 7))


@pytest.fixture
def people(world):
    """Seven names in V1, two in V2, three in C1: (code, index) → member id."""
    rows = [(c, i) for c, n in (("V1", 7), ("V2", 2), ("C1", 3)) for i in range(n)]
    keys = services.add_members([{"organization_id": world.org[c], "person_key": f"{c}-{i}", "name": "王" + "甲乙丙丁戊己庚"[i]} for c, i in rows])
    return {(c, i): keys[world.org[c], f"{c}-{i}"] for c, i in rows}


# screens ---------------------------------------------------------------------------------------------------------------

ALL = frozenset({"study.read", "study.record", "study.manage"})


class Home(BaseAdminView):
    name, slug, permission_read = "首页", "home", "signed_in"

    @expose("/")
    def index(self):
        return "home"


@pytest.fixture
def site(world, people):
    """(client factory by root organization and permissions); one issue with records."""
    issue = services.add_issue(2023, 26, date(2023, 6, 19), date(2023, 6, 25))
    services.set_roster(issue, {world.org["V1"]: 7, world.org["V2"]: 2, world.org["C1"]: 2}, issue.closes_on)
    learned = [("V1", i) for i in range(4)] + [("V2", 0), ("V2", 1)] + [("C1", i) for i in range(3)]
    services.record_learners(issue, [Learner(world.org[c], people[c, i], date(2023, 6, 20)) for c, i in learned])
    CountyPlugin.create(county=world.county, plugin="study", state="enabled", changed_at=now())
    registry = Registry()
    assert registry.add(study, "study"), registry.failures
    i18n.register_translations("study", str(study.HERE / "translations"))
    actor = {"root": None, "permissions": ALL}
    app = _app(actor, registry)

    def client(root=None, permissions=ALL):
        actor.update(root=world.org[root] if root else None, permissions=permissions)
        return app.test_client()

    world.issue, world.client, world.registry, world.people = issue, client, registry, people
    return world


def _app(actor, registry):
    app = Flask("scratch", root_path=str(chrome.STATIC.parent), template_folder="../templates", static_folder="static", static_url_path="/static")
    app.config.update(SECRET_KEY="scratch", TESTING=True, WTF_CSRF_ENABLED=False, BABEL_DEFAULT_LOCALE="zh_Hans_CN")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_loader = ChoiceLoader([app.jinja_loader, FileSystemLoader(study.HERE / "templates")])
    Babel(app, locale_selector=lambda: "zh_Hans_CN")
    templatewords.install(app)
    CSRFProtect(app)
    chrome.install(app)
    state(app)["registry"] = registry

    @app.before_request
    def identify():
        g.county = County.get(County.code == request.environ[ENVIRON_KEY])
        g.actor = Actor(7, "zhou", "周敏", g.county.id, actor["root"], "county_admin", frozenset(actor["permissions"]))
        g.token = _current.set(Scope(g.county.id, actor["root"], 7, "user"))

    @app.teardown_request
    def leave(error):
        if "token" in g:
            _current.reset(g.pop("token"))

    @app.context_processor
    def words():
        return {"county": g.county, "user_name": "周敏", "counters": {}, "home_url": "/"}

    admin = Admin(app, theme=Bootstrap4Theme(base_template="yp/base.html"), index_view=Home(endpoint="admin", url="/"), url="/")
    for kind in study.register_admin_views():
        admin.add_view(kind(plugin="study"))
    app.wsgi_app = CountyAddress(app.wsgi_app)
    return app
