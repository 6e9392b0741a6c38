"""The composition root: reads as a table of contents. The only place of core that reaches admin, inside create_app()."""

import os
from pathlib import Path
from typing import Any

from flask import Flask
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from youthpilot.admin.errors import busy_page, ended_page, error_page
from youthpilot.admin.host import mount

from . import migrating
from .accounts.session import DatabaseSessions
from .counties.services import suspend_after_faults
from .entering import enter, refuse_empty
from .kernel import modes
from .kernel.address import CountyAddress
from .kernel.connection import database_terms
from .kernel.engines import open_database
from .kernel.errors import MountFailed
from .kernel.home import database_url
from .kernel.keyfiles import SECRET, read_key
from .keys.services import accept_keys
from .periods import guard
from .registry import Extent, Registry, plugins_of, set_fault_keeper
from .web import policies, requests, templatewords
from .web.current import state
from .web.hosts import TrustedHosts, trusted_hosts
from .web.methods import HeadAsGet
from .web.serving import Application

HERE = Path(__file__).parent


def create_app(registry: Registry | None = None, extent: Extent = "all", **config: Any) -> Flask:
    """The application on the database of `DATABASE_URL` or `YOUTHPILOT_HOME`, with every installed module.

    `registry` replaces the installed modules (tests); extent: without modules ("platform") or as the core alone ("core"). Raises RuntimeError if there is no
    database, it is not migrated or a route has no policy, KeysRefused if the keys are missing or not those of the database.
    """
    app = _bare(config)
    refuse_empty(app.config["DATABASE_URL"])
    enter()
    open_database(app.config["DATABASE_URL"])
    registry = registry if registry is not None else plugins_of(extent)
    migrating.refuse_pending(registry)
    accept_keys()
    migrating.refuse_unlocked(registry)
    modes.tighten()
    set_fault_keeper(suspend_after_faults)
    guard.install()
    return _built(app, registry, config)


def rehearse(registry: Registry) -> None:
    """Build what `serve` would build, on the open database and without writing to it; modules that it would refuse are refused here too."""
    with database_terms(read_only=True):
        _built(_bare({}), registry, {})


def _built(app: Flask, registry: Registry, config: dict[str, Any]) -> Flask:
    while True:
        try:
            return _assembled(app, registry)
        except MountFailed as failed:  # the half-built application is thrown away with what the module left in it
            registry.refuse(failed.name, failed.cause)
            registry.check_dependencies()
            app = _bare(config)


def _bare(config: dict[str, Any]) -> Flask:
    app = Application("youthpilot", root_path=str(HERE), template_folder="../templates", static_folder="../admin/static", static_url_path="/static")
    _configure(app, config)
    return app


def _assembled(app: Flask, registry: Registry) -> Flask:
    app.secret_key = app.secret_key or read_key(SECRET)
    state(app)["registry"] = registry
    _translate(app)
    app.session_interface = DatabaseSessions()
    requests.install(app, requests.ErrorPages(error_page, busy_page, ended_page))  # before the CSRF check, which reads the session
    CSRFProtect(app)
    policies.install(app)
    _mount_admin(app, registry)
    policies.check_routes(app)
    app.wsgi_app = HeadAsGet(CountyAddress(app.wsgi_app))  # type: ignore[method-assign]
    app.wsgi_app = TrustedHosts(app.wsgi_app, trusted_hosts(app.config["PUBLIC_URL"], app.config["BOUND_HOST"]))  # type: ignore[method-assign]
    if os.environ.get("YOUTHPILOT_BEHIND_PROXY"):
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1, x_prefix=1)  # type: ignore[method-assign]
    return app


def _configure(app: Flask, config: dict[str, Any]) -> None:
    app.config.update(
        DATABASE_URL=database_url(),
        BABEL_DEFAULT_LOCALE="zh_Hans_CN",
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=64 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        PUBLIC_URL=os.environ.get("PUBLIC_URL", ""),
        BOUND_HOST="",  # what `serve` listens on
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.config.update(config)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _translate(app: Flask) -> None:
    Babel(app, locale_selector=lambda: "zh_Hans_CN")
    templatewords.install(app)


def _mount_admin(app: Flask, registry: Registry) -> None:
    mount(app, registry)
