"""A module's blueprints and views act on their own: routes below /<name>/ with its policy, templates of its folder, nothing site-wide."""

from types import SimpleNamespace

import pytest
from flask import Blueprint, has_request_context, render_template, request_started
from flask_babel import LazyString
from jinja2 import DictLoader, TemplateNotFound

from youthpilot.admin import ModuleView, expose
from youthpilot.core import Permission, Plugin, hookimpl, policy
from youthpilot.core.accounts import issue_first_admin_token, redeem_token
from youthpilot.core.app import create_app
from youthpilot.core.counties.models import County
from youthpilot.core.counties.services import disable, enable
from youthpilot.core.registry import Registry
from youthpilot.core.testing import installation, make_county
from youthpilot.core.web.policies import Policy, register_policy

PUBLIC = policy(kind="public", module="reach")


def look(**_values):
    return "我的一页"


def reached(*_given, **_more):
    return None


def blueprint(*more, rule="/reach/page", name="reach", view=None, name_of_page="page", **options):
    """The module's blueprint: one good page, and whatever `more` does to it."""

    def made():
        pages = Blueprint(name, __name__, **options)
        pages.add_url_rule(rule, name_of_page, view or PUBLIC(lambda **values: look()))
        for do in more:
            do(pages)
        return [pages]

    return made


def at_setup(do):
    return lambda pages: pages.record(lambda state: do(state.app))


def module(made, file="", **hooks):
    hooks |= {"register_blueprints": made} if made else {}
    card = Plugin("reach", "伸手模块", requires="2")
    return SimpleNamespace(__name__="reach", __file__=file, PLUGIN=card, **{k: hookimpl(v) for k, v in hooks.items()})


def nested(pages):
    inner = Blueprint("inner", __name__, url_prefix="/users")
    inner.add_url_rule("/", "page", PUBLIC(lambda: look()))
    pages.register_blueprint(inner)


def only_on_the_real_one(pages):
    pages.record(lambda state: state.app.name == "scratch" or state.app.before_request(reached))


REACHES = {
    "before every request": (blueprint(lambda p: p.before_app_request(reached)), "before_app_request"),
    "after every request": (blueprint(lambda p: p.after_app_request(reached)), "after_app_request"),
    "at the end of every request": (blueprint(lambda p: p.teardown_app_request(reached)), "teardown_app_request"),
    "every error page": (blueprint(lambda p: p.app_errorhandler(404)(reached)), "app_errorhandler"),
    "what all templates see": (blueprint(lambda p: p.app_context_processor(dict)), "app_context_processor"),
    "a filter": (blueprint(lambda p: p.app_template_filter("lower")(reached)), "app_template_filter"),
    "a test": (blueprint(lambda p: p.app_template_test("odd")(reached)), "app_template_test"),
    "a global": (blueprint(lambda p: p.app_template_global("url_for")(reached)), "app_template_global"),
    "all addresses": (blueprint(lambda p: p.app_url_value_preprocessor(reached)), "app_url_value_preprocessor"),
    "all defaults": (blueprint(lambda p: p.app_url_defaults(reached)), "app_url_defaults"),
    "a signal": (blueprint(at_setup(lambda app: request_started.connect(reached))), "a signal"),
    "the configuration": (blueprint(at_setup(lambda app: app.config.update(DEBUG=True))), "the configuration"),
    "the server's door": (blueprint(at_setup(lambda app: setattr(app, "wsgi_app", reached))), "wsgi_app"),
    "what templates escape": (blueprint(at_setup(lambda app: setattr(app.jinja_env, "autoescape", False))), "an attribute of the templates"),
    "where templates come from": (blueprint(at_setup(lambda app: setattr(app, "jinja_loader", DictLoader({})))), "an attribute of the application"),
    "a method of the application": (
        blueprint(at_setup(lambda app: setattr(app, "handle_user_exception", reached))),
        "an attribute of the application",
    ),
    "addresses that nobody has": (blueprint(at_setup(lambda app: app.url_build_error_handlers.append(reached))), "url_build_error_handlers"),
    "the pages of another": (
        blueprint(at_setup(lambda app: app.before_request_funcs.setdefault("home", []).append(reached))),
        "before_request_funcs of 'home'",
    ),
    "the route of another": (
        blueprint(at_setup(lambda app: [setattr(rule, "methods", {"PUT"}) for rule in app.url_map.iter_rules() if "static" in rule.rule])),
        "it changed the route",
    ),
    "a page that calls itself static": (
        blueprint(name_of_page="static", view=policy(kind="public", side="both")(lambda: look())),
        "needs a policy with module='reach'",
    ),
    "on the real application only": (blueprint(only_on_the_real_one), "before_app_request"),
    "a page of the house": (blueprint(rule="/users/"), "the address '/users/' must begin with '/reach/'"),
    "a page of another module": (blueprint(rule="/study/"), "the address '/study/' must begin with '/reach/'"),
    "a name that begins alike": (blueprint(rule="/reaches/"), "must begin with '/reach/'"),
    "everything": (blueprint(rule="/<path:rest>"), "must begin with '/reach/'"),
    "a blueprint inside": (blueprint(nested), "the address '/users/' must begin with '/reach/'"),
    "another's prefix": (blueprint(url_prefix="/users"), "must begin with '/reach/'"),
    "an old address of another": (blueprint(rule="/p/loan/x/"), "must begin with '/reach/'"),
    "the function of a page": (blueprint(at_setup(lambda app: app.view_functions.update(static=reached))), "it replaced the page 'static'"),
    "the policy of a page": (
        blueprint(at_setup(lambda app: app.name == "scratch" or register_policy(app, "users.index", "GET", Policy(kind="public")))),
        "it changed the policy of 'users.index'",
    ),
    "no module in its policy": (blueprint(view=policy(kind="public")(lambda: look())), "needs a policy with module='reach'"),
    "another's module": (blueprint(view=policy(kind="public", module="study")(lambda: look())), "needs a policy with module='reach'"),
    "the platform's side": (blueprint(view=policy(kind="public", module="reach", side="both")(lambda: look())), "side='county'"),
    "a folder of templates": (blueprint(template_folder="."), "has a template_folder"),
    "a name of another": (blueprint(name="study"), "register_blueprints: the blueprint 'study' must be called 'reach'"),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A county of which the modules are enabled as the test says."""
    with installation(tmp_path_factory.mktemp("reach"), Registry()) as registry:
        make_county(registry)
        yield tmp_path_factory


def served(one, *before):
    registry = Registry()
    for each in (*before, one):
        assert registry.add(each), registry.failures
    return registry, create_app(registry=registry, TESTING=True)


@pytest.mark.parametrize("case", REACHES)
def test_what_reaches_beyond_its_own_is_refused_by_name_and_the_site_is_as_without_it(world, case):
    made, reason = REACHES[case]
    registry, app = served(module(made))
    assert [f.name for f in registry.failures] == ["reach"] and reason in registry.failures[0].reason, registry.failures
    assert not any(rule.endpoint.startswith("reach") for rule in app.url_map.iter_rules()) and not request_started.receivers
    assert app.test_client().get("/login").status_code == 200


def test_its_own_routes_are_taken(world):
    def own(pages):
        pages.before_request(reached)
        pages.errorhandler(404)(reached)
        pages.context_processor(dict)
        pages.add_url_rule("/reach/<path:rest>", "rest", PUBLIC(lambda rest: look()))

    registry, app = served(module(blueprint(own)))
    assert registry.failures == []
    assert app.test_client().get("/c/test/reach/page").status_code == 404  # not enabled here
    assert app.test_client().get("/reach/page").status_code == 404


# templates -----------------------------------------------------------------------------------------------------------


def folder(tmp_path, **files):
    for name, text in files.items():
        path = tmp_path / "templates" / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".html").write_text(text)
    return str(tmp_path / "__init__.py")


def test_templates_are_found_below_the_modules_name_and_only_there(world, tmp_path):
    registry, app = served(module(None, folder(tmp_path, reach__page="我的模板")))
    assert registry.failures == []
    with app.test_request_context():
        assert render_template("reach/page.html") == "我的模板"
    assert "reach/page.html" in app.jinja_env.list_templates()
    (tmp_path / "templates" / "yp").mkdir()  # put there later, while the server runs
    (tmp_path / "templates" / "yp" / "more.html").write_text("不是我的")
    assert "yp/more.html" not in app.jinja_env.list_templates()
    with app.test_request_context(), pytest.raises(TemplateNotFound):
        render_template("yp/more.html")


@pytest.mark.parametrize("strange", ["yp__base", "study__issues", "page"])
def test_a_template_under_another_name_refuses_the_module(world, tmp_path, strange):
    registry, app = served(module(None, folder(tmp_path, reach__page="我的模板", **{strange: "别人的"})))
    assert "its templates lie in templates/reach/" in registry.failures[0].reason
    with app.test_request_context(), pytest.raises(TemplateNotFound, match="reach/page.html"):
        render_template("reach/page.html")


def test_a_view_that_offers_templates_of_its_own_is_refused(world, tmp_path):
    class Page(ModuleView):
        name, slug, permission_read = "页", "page", "reach.see"

        @expose("/")
        def index(self):
            return "页"

        def create_blueprint(self, admin):
            made = super().create_blueprint(admin)
            made.template_folder = str(tmp_path)
            return made

    registry, _app = served(module(None, register_admin_views=lambda: [Page], register_permissions=lambda: [Permission("reach.see", "看")]))
    assert "has a template_folder" in registry.failures[0].reason


# words of the menu ---------------------------------------------------------------------------------------------------


def ends_in_a_request():
    if has_request_context():
        raise SystemExit(3)
    return "一页"


def view(**words):
    class Page(ModuleView):
        name, slug, permission_read = "页", "page", "reach.see"

        @expose("/")
        def index(self):
            return "页"

    for key, value in words.items():
        setattr(Page, key, value)
    return module(None, register_admin_views=lambda: [Page], register_permissions=lambda: [Permission("reach.see", "看", ("county_admin",))])


def test_late_words_of_a_menu_are_made_before_any_page_is(world):
    """Every page of the county shows the menu, the one where the module is turned off as well."""
    county = County.get()
    redeem_token(issue_first_admin_token(county), "zhoumin", "周敏", "green-river-7-boats")
    for word in ("name", "category"):
        registry, app = served(view(**{word: LazyString(ends_in_a_request)}))
        enable(registry, county, "reach", "试")
        app.config["WTF_CSRF_ENABLED"] = False
        client = app.test_client()
        client.post("/login", data={"username": "zhoumin", "password": "green-river-7-boats"})
        page = client.get("/c/test/modules/")
        assert page.status_code == 200 and "一页" in page.text, word
        disable(registry, county, "reach", "试")


@pytest.mark.parametrize("words", [{"name": 5}, {"name": "半\ud800"}, {"category": 7}, {"icon": None.__class__}])
def test_words_that_no_menu_can_show_refuse_the_module(world, words):
    registry, app = served(view(**words))
    assert "expected text" in registry.failures[0].reason and app.test_client().get("/login").status_code == 200
