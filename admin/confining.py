"""What a module puts on an application, held to its own: routes, policies, templates; nothing that acts on the whole site.

The application is looked at before and after a module is mounted. What is not the module's own must be as before: functions that run for
every request, error pages, what all templates see, other routes and their policies.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from flask_admin import Admin
from jinja2 import BaseLoader, FileSystemLoader, TemplateNotFound

from youthpilot.core.declaring import disconnect_since, signal_handlers
from youthpilot.core.kernel.errors import PluginRefused
from youthpilot.core.plugin import LEGACY_ADDRESSES
from youthpilot.core.registry import Loaded
from youthpilot.core.web.policies import PUBLIC_STATIC, known_permission, policies, policy_of, routes

_SITE = {  # what acts on every page of the site, as a module's author writes it → how it is read from the application
    "before_app_request": lambda app: app.before_request_funcs.get(None, []),
    "after_app_request": lambda app: app.after_request_funcs.get(None, []),
    "teardown_app_request": lambda app: app.teardown_request_funcs.get(None, []),
    "teardown_appcontext": lambda app: app.teardown_appcontext_funcs,
    "app_errorhandler": lambda app: app.error_handler_spec.get(None, {}),
    "app_context_processor": lambda app: app.template_context_processors.get(None, []),
    "app_template_filter": lambda app: app.jinja_env.filters,
    "app_template_test": lambda app: app.jinja_env.tests,
    "app_template_global": lambda app: app.jinja_env.globals,
    "app_url_value_preprocessor": lambda app: app.url_value_preprocessors.get(None, []),
    "app_url_defaults": lambda app: app.url_default_functions.get(None, []),
    "a signal": lambda _app: signal_handlers(),
    "a converter of addresses": lambda app: app.url_map.converters,
    "the configuration": lambda app: app.config,
    "an extension": lambda app: {name: id(found) for name, found in app.extensions.items()},
    "wsgi_app": lambda app: app.wsgi_app,
    "the session": lambda app: app.session_interface,
    "the request's class": lambda app: (app.request_class, app.response_class),
    "url_build_error_handlers": lambda app: app.url_build_error_handlers,
    "an attribute of the templates": lambda app: _held(app.jinja_env, app.jinja_env.lexer) | {"policies": app.jinja_env.policies},
    "an attribute of the application": lambda app: _held(app, app.jinja_env, app.jinja_loader, app.logger, app.name),
}
_OF_BLUEPRINTS = (
    "before_request_funcs",
    "after_request_funcs",
    "teardown_request_funcs",
    "error_handler_spec",
    "template_context_processors",
    "url_value_preprocessors",
    "url_default_functions",
)


def _held(thing: Any, *_made: Any) -> dict[str, int]:
    """What an object's attributes are; what it makes when first asked for is made by then."""
    return {name: id(value) for name, value in vars(thing).items()}


class OwnTemplates(BaseLoader):
    """A plugin's `templates` folder, for names below its own: `<name>/…`; neither the host's pages nor another module's are found here."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.inner = name, FileSystemLoader(folder)

    def get_source(self, environment: Any, template: str) -> Any:
        """Raises TemplateNotFound for what is not the module's."""
        if not template.startswith(f"{self.name}/"):
            raise TemplateNotFound(template)
        return self.inner.get_source(environment, template)

    def list_templates(self) -> list[str]:
        """The plugin's templates."""
        return [t for t in self.inner.list_templates() if t.startswith(f"{self.name}/")]


def templates_of(item: Loaded) -> OwnTemplates | None:
    """The loader of a plugin's templates, None without any. Raises PluginRefused for a folder that is not called like the plugin."""
    folder = Path(item.module.__file__ or "").parent / "templates"
    if not item.module.__file__ or not folder.is_dir():
        return None
    strange = sorted(path.name for path in folder.iterdir() if path.name != item.plugin.name)
    if strange:
        raise PluginRefused(f"{item.plugin.name}: its templates lie in templates/{item.plugin.name}/, not in templates/{strange[0]}")
    return OwnTemplates(item.plugin.name, folder)


@contextmanager
def confined(app: Flask, admin: Admin, item: Loaded) -> Iterator[None]:
    """The block mounts a module. Raises PluginRefused, which names the module and what it reached for, if anything is not its own."""
    before = _Before(app)
    try:
        yield
        _check_site(app, item.plugin.name, before)
        for rule in app.url_map.iter_rules():
            if id(rule) not in before.rules:
                _check_address(item, rule)
            elif before.rules[id(rule)] != _route(rule):
                raise PluginRefused(f"{item.plugin.name}: it changed the route {before.rules[id(rule)][0]!r}, which is not its own")
        _check_blueprints(app, admin, item.plugin.name, {n: b for n, b in app.blueprints.items() if n not in before.blueprints})
        _check_policies(app, item.plugin.name, set(before.views))
    except BaseException:
        disconnect_since(before.site["a signal"])  # they are the process's, not the application's that is thrown away
        raise


class _Before:
    """The application as it was."""

    def __init__(self, app: Flask) -> None:
        self.site, self.others = _site(app), _of_blueprints(app)
        self.kept = (dict(vars(app)), dict(vars(app.jinja_env)))  # while they live, nothing new has their ids
        self.rules = {id(rule): _route(rule) for rule in app.url_map.iter_rules()}
        self.views, self.blueprints, self.policies = dict(app.view_functions), set(app.blueprints), dict(policies(app))


def _check_site(app: Flask, name: str, before: _Before) -> None:
    after = _site(app)
    reached = [what for what in _SITE if after[what] != before.site[what]]
    if reached:
        raise PluginRefused(f"{name}: {', '.join(reached)}: a module acts on its own routes only (Blueprint.before_request, errorhandler …)")
    for endpoint, view in before.views.items():
        if app.view_functions.get(endpoint) is not view:
            raise PluginRefused(f"{name}: it replaced the page {endpoint!r}, which is not its own")
    own = (f"{name}.", f"{name}_")
    others = _of_blueprints(app)
    for kind, whose in sorted(others.keys() | before.others.keys()):
        if whose != name and not whose.startswith(own) and others.get((kind, whose)) != before.others.get((kind, whose)):
            raise PluginRefused(f"{name}: it changed {kind} of {whose!r}, whose pages are not its own")
    if changed := [
        k for k in policies(app).keys() | before.policies.keys() if not k[0].startswith(own) and policies(app).get(k) != before.policies.get(k)
    ]:
        raise PluginRefused(f"{name}: it changed the policy of {changed[0][0]!r}, which is not its own")


def _site(app: Flask) -> dict[str, Any]:
    return {what: _copied(read(app)) for what, read in _SITE.items()}  # type: ignore[no-untyped-call]


def _of_blueprints(app: Flask) -> dict[tuple[str, str], Any]:
    """What acts on the pages of one blueprint: (kind, blueprint) → functions."""
    return {(kind, whose): _copied(found) for kind in _OF_BLUEPRINTS for whose, found in getattr(app, kind).items() if whose is not None and found}


def _route(rule: Any) -> tuple[str, str, frozenset[str]]:
    return rule.rule, rule.endpoint, frozenset(rule.methods or ())


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    return list(value) if isinstance(value, list) else value


def _check_address(item: Loaded, rule: Any) -> None:
    name = item.plugin.name
    places = (f"/{name}/", *LEGACY_ADDRESSES.get(name, ()))
    if rule.rule != f"/{name}" and not rule.rule.startswith(places):
        raise PluginRefused(f"{name}: the address {rule.rule!r} must begin with '/{name}/'")
    if not rule.endpoint.startswith((f"{name}.", f"{name}_")):
        raise PluginRefused(f"{name}: the endpoint {rule.endpoint!r} must begin with '{name}.' or '{name}_'")


def _check_blueprints(app: Flask, admin: Admin, name: str, made: dict[str, Any]) -> None:
    """Its templates come from its folder alone: a blueprint with a folder of its own would offer any name."""
    upstream = admin.index_view.blueprint.jinja_loader
    for blueprint in made.values():
        loader = blueprint.jinja_loader
        if loader is not None and getattr(loader, "searchpath", None) != upstream.searchpath:
            raise PluginRefused(f"{name}: the blueprint {blueprint.name!r} has a template_folder: templates lie in templates/{name}/ beside its code")


def _check_policies(app: Flask, name: str, before: set[str]) -> None:
    """Each route of a module has a policy of that module: it is served only where the county has enabled it."""
    for rule, method, endpoint in routes(app):
        if endpoint in before:
            continue
        found = policy_of(app, endpoint, method)
        if found is None:
            raise PluginRefused(f"{name}: the route {method} {rule} declares no policy (youthpilot.core.policy)")
        if found.permission and not known_permission(found.permission, app):
            raise PluginRefused(f"{name}: the route {method} {rule} asks for {found.permission!r}, which nobody declares")
        if found is not PUBLIC_STATIC and (found.module != name or found.side != "county"):
            raise PluginRefused(
                f"{name}: the route {method} {rule} needs a policy with module={name!r} and side='county', to be served only where it is enabled"
            )
