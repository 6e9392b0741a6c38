"""The views on which every screen stands: permission, module switch, safe errors, menu entries that never cache an address."""

from collections.abc import Callable
from typing import Any, Literal, TypeVar

from flask import abort, request
from flask_admin import BaseView
from flask_admin import expose as _expose

from youthpilot.core import accounts
from youthpilot.core.kernel.actor import current_actor
from youthpilot.core.kernel.identity import mask_name
from youthpilot.core.web.current import current_county, current_registry

from .targets import back

SIGNED_IN = "signed_in"  # permission of screens that every signed-in person may open
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
F = TypeVar("F", bound=Callable[..., Any])
expose: Callable[..., Callable[[F], F]] = _expose  # Flask-Admin's, with types


def allowed(permission: str, at: int | None = None) -> bool:
    """True if the person of this request holds `permission`; SIGNED_IN: if anybody is signed in.

    at: the organization of the row that is asked about, for everything that a row shows or lets do; None: anywhere, for pages.
    """
    return current_actor() is not None if permission == SIGNED_IN else bool(accounts.allowed(permission, at))


def name_for(name: str, permission: str, at: int | None) -> str:
    """A person's name for those who hold `permission` at the row's organization `at`, masked for everybody else and at an unknown place."""
    return name if at is not None and allowed(permission, at) else mask_name(name)


def needs(permission: str) -> Callable[[Any], Any]:
    """Decorate an exposed method that needs another permission than its view (put it below @expose)."""

    def mark(method: Any) -> Any:
        method.permission = permission
        return method

    return mark


class Screen(BaseView):
    """What all our views share. Class attributes say what the view is; the host makes the instance without arguments."""

    name: Any = ""  # lazy_gettext: the menu's word and the page's title
    category: Any = None  # the menu group, None on top
    icon = "file"  # an icon of icons.svg without its i-
    slug = ""  # last part of endpoint and address; default: the class name in small letters
    permission_read = ""
    permission_write = ""  # for every request that is not GET; '': read is enough
    side: Literal["county", "platform"] = "county"
    in_menu = True
    menu_after = ""  # of a platform plugin's view: the slug of the host's view behind which it stands; '': behind all of them

    def __init__(self, plugin: str = "", **options: Any) -> None:
        kind = type(self)
        if not kind.permission_read:
            raise TypeError(f"{kind.__name__}: say permission_read")
        if not str(kind.name or ""):
            raise TypeError(f"{kind.__name__}: say name, the word in the menu")
        self.plugin = plugin
        slug = kind.slug or kind.__name__.lower()
        options.setdefault("endpoint", f"{plugin}_{slug}" if plugin else slug)
        options.setdefault("url", f"/{plugin}/{slug}" if plugin else f"/{slug}")
        super().__init__(name=kind.name, category=kind.category, **options)

    # who may -----------------------------------------------------------------------------------------------------------

    def is_enabled(self) -> bool:
        """False hides the view and answers 404."""
        return True

    def is_accessible(self) -> bool:
        """True if the module is enabled and the person may read here."""
        return self.is_enabled() and allowed(self.permission_read)

    def is_visible(self) -> bool:
        """False keeps the view out of the menu."""
        return self.in_menu

    def may_write(self, at: int | None = None) -> bool:
        """True if the person may change something here; at: the organization of the row in question."""
        return allowed(self.permission_write or self.permission_read, at)

    def permission_of(self, method_name: str, http_method: str) -> str:
        """The permission which a method of this view needs: the host's table of routes asks for it."""
        own = getattr(getattr(type(self), method_name, None), "permission", None)
        if own:
            return str(own)
        return (self.permission_read if http_method in SAFE_METHODS else self.permission_write) or self.permission_read

    def _handle_view(self, name: str, **kwargs: Any) -> None:
        if not self.is_enabled():
            abort(404)
        if not self.is_accessible() or not allowed(self.permission_of(name, request.method)):
            abort(403)

    def _run_view(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return fn(self, *args, **kwargs)  # upstream hides every TypeError of a view behind a second call

    # addresses -----------------------------------------------------------------------------------------------------------

    def back(self, default: str = "") -> str:
        """The page to return to: the safe `url` of the request, else `default`, else this view's first page."""
        return back(default or self.get_url(f".{self._default_view}"))

    def render(self, template: str, **values: Any) -> str:
        """The page; templates also get `view` (this)."""
        _uncached(self)
        return str(super().render(template, view=self, **values))


def _uncached(view: BaseView) -> None:
    """A MenuView keeps the first address it was asked for: one county's links would reach another."""
    for each in view.admin._views if view.admin else ():
        if each.menu is not None:
            each.menu._cache, each.menu._cached_url = False, None


class ScreenPart:
    """Routes that a platform plugin adds to a screen of the host: exposed methods, under that screen's address, permissions and menu entry."""

    part_of = ""  # the screen's slug
    render: Callable[..., str]  # the screen's own


class BaseAdminView(Screen):
    """A screen of its own: expose methods, call services, render templates that extend yp/base.html."""

    @expose("/")
    def index(self) -> Any:
        """The first page; override it."""
        abort(404)


class ModuleMixin:
    """A module's view: the host gives it `plugin`; not there (404) in counties that have not enabled the module."""

    plugin: str

    def is_enabled(self) -> bool:
        """True if the county of the request has enabled the module."""
        return current_county() is not None and self.plugin in current_registry().enabled


class ModuleView(ModuleMixin, BaseAdminView):
    """Base of a module's own screens: `register_admin_views()` returns classes, the host makes the instances."""
