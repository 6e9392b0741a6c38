"""Mounting: core's screens and the modules' screens on one Flask-Admin, every route with its policy.

A module's views and blueprints are first mounted on a scratch application; one that raises or has a route without a policy
is refused and recorded before anything of it reaches the real application.
"""

from pathlib import Path
from typing import Any

from flask import Flask
from flask_admin import Admin
from flask_admin.theme import Bootstrap4Theme
from jinja2 import ChoiceLoader, FileSystemLoader

from youthpilot.core.policies import PUBLIC_STATIC, Policy, policy_of, register_policy
from youthpilot.core.registry import Loaded, PluginRefused, Registry
from youthpilot.core.web import state

from . import chrome, context
from .baseview import ModuleMixin, Screen
from .pages import CORE_VIEWS, HomeView, register_pages
from .pages.forms import SYSTEM


def mount(app: Flask, registry: Registry) -> Admin:
    """Build the one Admin of the application; returns it."""
    chrome.install(app)
    context.install(app)
    admin = _admin(app)
    state(app)["admin"] = admin
    last = [kind for kind in CORE_VIEWS if kind.category is SYSTEM]  # below the modules' menus
    for kind in CORE_VIEWS:
        if kind not in last:
            admin.add_view(kind())
    register_pages(app)
    for item in registry.ordered():
        try:
            _try_out(item)
            views = _views_of(item)
        except Exception as error:
            registry.refuse(item.plugin.name, error)
            continue
        _add_templates(app, item)
        for view in views:
            admin.add_view(view)
        for blueprint in _blueprints_of(item):
            app.register_blueprint(blueprint)
    for kind in last:
        admin.add_view(kind())
    for view in admin._views:
        _policies_of(app, view)
    return admin


def _add_templates(app: Flask, item: Loaded) -> None:
    """The module's `templates` folder, behind the host's pages, which win."""
    folder = Path(item.module.__file__ or "").parent / "templates"
    if item.module.__file__ and folder.is_dir():
        app.jinja_loader = ChoiceLoader([loader for loader in (app.jinja_loader, FileSystemLoader(folder)) if loader])


def _admin(app: Flask) -> Admin:
    theme = Bootstrap4Theme(swatch="default", base_template="yp/base.html", fluid=True)
    return Admin(app, name="youthpilot", theme=theme, index_view=HomeView(), url="/")


def _views_of(item: Loaded) -> list[Any]:
    kinds = _ask(item, "register_admin_views")
    for kind in kinds:
        if not (isinstance(kind, type) and issubclass(kind, ModuleMixin)):
            raise PluginRefused(f"{item.plugin.name}: {kind!r} must derive from youthpilot.admin.ModuleView or ModuleModelView")
        for name in (kind.permission_read, kind.permission_write):
            if name and name not in {p.name for p in item.permissions}:
                raise PluginRefused(f"{item.plugin.name}: {kind.__name__} asks for {name!r}, which the module does not declare")
    return [kind(plugin=item.plugin.name) for kind in kinds]


def _blueprints_of(item: Loaded) -> list[Any]:
    blueprints = _ask(item, "register_blueprints")
    for blueprint in blueprints:
        if not blueprint.name.startswith(item.plugin.name):
            raise PluginRefused(f"{item.plugin.name}: the blueprint {blueprint.name!r} must begin with the module's name")
    return blueprints


def _ask(item: Loaded, hook: str) -> list[Any]:
    function = getattr(item.module, hook, None)
    return list(function() or []) if function else []


def _try_out(item: Loaded) -> None:
    scratch = Flask("scratch")
    scratch.secret_key = "scratch"
    admin = _admin_for_trial(scratch)
    for view in _views_of(item):
        admin.add_view(view)
    for blueprint in _blueprints_of(item):
        scratch.register_blueprint(blueprint)
        for rule in scratch.url_map.iter_rules():
            if rule.endpoint.startswith(f"{blueprint.name}.") and policy_of(scratch, rule.endpoint, "GET") is None:
                raise PluginRefused(f"{item.plugin.name}: the route {rule.rule} declares no policy (youthpilot.core.policies.policy)")


def _admin_for_trial(scratch: Flask) -> Admin:
    return Admin(scratch, name="scratch", theme=Bootstrap4Theme())


def _policies_of(app: Flask, view: Any) -> None:
    """Every exposed method of a view gets the permission that the view names for it."""
    register_policy(app, f"{view.endpoint}.static", "GET", PUBLIC_STATIC)
    module = view.plugin if isinstance(view, ModuleMixin) else ""  # switched off it answers 404 to everybody, whatever he may do
    for _url, name, methods in view._urls:
        for method in methods:
            permission = view.permission_of(name, method) if isinstance(view, Screen) else ""
            kind: Any = "signed_in" if permission == "signed_in" else "permission"
            register_policy(app, f"{view.endpoint}.{name}", method, Policy(None if kind == "signed_in" else permission, kind, view.side, module))
