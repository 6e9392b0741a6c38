"""Mounting: core's screens and the modules' screens on one Flask-Admin, every route with its policy.

A module's views and blueprints are first mounted on a scratch application; one that fails or reaches beyond its own (`confining`) is refused
and recorded before anything of it reaches the real application. If it fails only there, the application is built again without it.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask
from flask_admin import Admin
from flask_admin.theme import Bootstrap4Theme
from jinja2 import ChoiceLoader

from youthpilot.core.contracts import ANYTHING, Contract, made_by, text
from youthpilot.core.hookspecs import Specs
from youthpilot.core.kernel.errors import MountFailed, PluginRefused
from youthpilot.core.registry import Loaded, Registry
from youthpilot.core.web.current import current_county, current_registry, state
from youthpilot.core.web.policies import PUBLIC_STATIC, Policy, register_policy

from . import chrome, context
from .baseview import ModuleMixin, Screen, ScreenPart
from .confining import confined, templates_of
from .pages import CORE_VIEWS, HomeView, register_pages
from .pages.forms import SYSTEM

MOUNT = Contract("mount", "refuse", ANYTHING, slow=None)
MENU = Contract("menu", "isolate", made_by(bool, "bool"))


def mount(app: Flask, registry: Registry) -> Admin:
    """Build the one Admin of the application; returns it. Raises MountFailed if a module spoiled the application."""
    chrome.install(app)
    context.install(app)
    admin = _admin(app)
    state(app)["admin"] = admin
    for item in registry.platform.values():
        _add_templates(app, item)
    kinds = _host_views(registry)
    last = [kind for kind in kinds if kind.category is SYSTEM]  # below the modules' menus
    for kind in kinds:
        if kind not in last:
            admin.add_view(kind())
    register_pages(app)
    for item in registry.ordered():
        try:
            registry.caller.call(item.plugin.name, None, MOUNT, _try_out, registry, item)
        except Exception as error:
            registry.refuse(item.plugin.name, error)
            continue
        try:
            registry.caller.call(item.plugin.name, None, MOUNT, _mount_one, app, admin, registry, item)
        except Exception as error:
            raise MountFailed(item.plugin.name, error) from error
    for kind in last:
        admin.add_view(kind())
    for view in admin._views:
        if not isinstance(view, ModuleMixin):
            _policies_of(app, view)
    return admin


def _host_views(registry: Registry) -> list[Any]:
    """Core's screens and those of the platform's plugins, in the order of the menu. Raises PluginRefused."""
    kinds: list[Any] = list(CORE_VIEWS)
    for item in registry.platform.values():
        for kind in registry.declared(item, Specs.register_admin_views, []):
            if issubclass(kind, ScreenPart):
                _add_part(kinds, kind, item.plugin.name)
                continue
            if not issubclass(kind, Screen) or issubclass(kind, ModuleMixin):
                raise PluginRefused(f"{item.plugin.name}: {kind!r} must be a screen of the host, not of a module")
            slugs = [each.slug or each.__name__.lower() for each in kinds]
            kinds.insert(slugs.index(kind.menu_after) + 1 if kind.menu_after in slugs else len(kinds), kind)
    return kinds


def _add_part(kinds: list[Any], part: type[ScreenPart], owner: str) -> None:
    """Make the screen anew with the routes of a part. Raises PluginRefused if there is no such screen or it has the route."""
    at = next((n for n, kind in enumerate(kinds) if (kind.slug or kind.__name__.lower()) == part.part_of), None)
    if at is None:
        raise PluginRefused(f"{owner}: {part!r} is a part of a screen that is not there ({part.part_of})")
    twice = [name for name, value in vars(part).items() if hasattr(value, "_urls") and hasattr(kinds[at], name)]
    if twice:
        raise PluginRefused(f"{owner}: the screen {part.part_of} has the route {twice[0]} already")
    kinds[at] = type(kinds[at])(kinds[at].__name__, (part, kinds[at]), {"__module__": kinds[at].__module__, "__doc__": kinds[at].__doc__})


def _mount_one(app: Flask, admin: Admin, registry: Registry, item: Loaded) -> None:
    _add_templates(app, item)
    with confined(app, admin, item):
        _put(app, admin, registry, item)


def _say_now(view: Any) -> None:
    """The words of the menu stand on every page: late ones are made text here, once. Raises WrongValue for what is none."""
    for name in ("name", "category", "icon"):
        said = getattr(view, name)
        if said is not None:
            setattr(view, name, text(said))


def _contain_menu(view: Any) -> None:
    """Every page asks every view whether it stands in the menu: one that fails is not in it."""
    for name in ("is_visible", "is_accessible"):
        setattr(view, name, partial(_in_menu, view.plugin, f"{view.endpoint} {name}", getattr(view, name)))


def _in_menu(plugin: str, detail: str, ask: Callable[[], bool]) -> bool:
    if current_county() is None or plugin not in current_registry().enabled:
        return False
    return bool(current_registry().isolated(plugin, MENU, ask, detail=detail, otherwise=False))


def _add_templates(app: Flask, item: Loaded) -> None:
    """The plugin's `templates` folder, for its own names."""
    loader = templates_of(item)
    if loader is not None:
        app.jinja_loader = ChoiceLoader([one for one in (app.jinja_loader, loader) if one])


def _admin(app: Flask) -> Admin:
    theme = Bootstrap4Theme(swatch="default", base_template="yp/base.html", fluid=True)
    return Admin(app, name="youthpilot", theme=theme, index_view=HomeView(), url="/")


def _views_of(registry: Registry, item: Loaded) -> list[Any]:
    kinds = registry.declared(item, Specs.register_admin_views, [])
    for kind in kinds:
        if not issubclass(kind, ModuleMixin):
            raise PluginRefused(f"{item.plugin.name}: register_admin_views: {kind!r} must derive from youthpilot.admin.ModuleView or ModuleModelView")
        for name in (kind.permission_read, kind.permission_write):
            if name and name not in {p.name for p in item.permissions}:
                raise PluginRefused(f"{item.plugin.name}: register_admin_views: {kind.__name__} asks for {name!r}, which the module does not declare")
    return [kind(plugin=item.plugin.name) for kind in kinds]


def _blueprints_of(registry: Registry, item: Loaded) -> list[Any]:
    blueprints: list[Any] = registry.declared(item, Specs.register_blueprints, [])
    for blueprint in blueprints:
        if blueprint.name != item.plugin.name and not blueprint.name.startswith(f"{item.plugin.name}_"):
            raise PluginRefused(
                f"{item.plugin.name}: register_blueprints: the blueprint {blueprint.name!r} must be called {item.plugin.name!r} or '{item.plugin.name}_…'"
            )
    return blueprints


def _try_out(registry: Registry, item: Loaded) -> None:
    """Everything on an application that is thrown away, where it must keep to its own (`admin.confining`)."""
    scratch = Flask("scratch")
    scratch.secret_key = "scratch"
    admin = _admin_for_trial(scratch)
    state(scratch)["registry"] = registry
    with confined(scratch, admin, item):
        _put(scratch, admin, registry, item)


def _put(app: Flask, admin: Admin, registry: Registry, item: Loaded) -> None:
    for view in _views_of(registry, item):
        _say_now(view)
        admin.add_view(view)
        _policies_of(app, view)
        _contain_menu(view)
    for blueprint in _blueprints_of(registry, item):
        app.register_blueprint(blueprint)


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
