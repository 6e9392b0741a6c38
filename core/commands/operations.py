"""Installing and running: init, db, county, serve."""

import errno
import signal
from typing import Any
from urllib.parse import urlsplit

import click

from .. import housekeeping, migrating
from ..accounts import issue_first_admin_token
from ..app import create_app
from ..commanding import Session, guarded, log_lines
from ..counties.models import County
from ..counties.services import enable
from ..kernel import modes
from ..kernel.errors import YouthpilotError
from ..kernel.i18n import _
from ..kernel.modes import tighten
from ..kernel.stamps import renew_epoch
from ..keys.services import make_first_keys
from ..listening import PORT, remember_address, site_address
from ..organizations.founding import create_county
from ..web.current import state
from ..web.hosts import LOCAL, host_of


@click.command()
@click.pass_obj
@guarded
def init(session: Session) -> None:
    """Make the database and its keys, and print the one-time link for the first platform administrator."""
    session.open(making=True)
    make_first_keys()
    tighten()
    migrating.upgrade(session.installed())
    token = issue_first_admin_token(None)
    click.echo(_("Open this address within 24 hours to create the platform administrator (it works once):"))
    print_link(token)


def print_link(token: str) -> None:
    """Print the whole address of a one-time link; on standard error what to do where it works on this computer only."""
    address = site_address()
    click.echo(f"  {address}/welcome/{token}")
    if host_of(urlsplit(address).netloc) in LOCAL:
        click.echo(_("The address works on this computer, once serve runs at %(address)s. Whoever opens it elsewhere needs the address of the site in its "
                     "place; set PUBLIC_URL to it and links are printed with it.", address=address), err=True)  # fmt: skip


@click.group()
def db() -> None:
    """The database's schema."""


@db.command("up")
@click.pass_obj
@guarded
def db_up(session: Session) -> None:
    """Apply all pending migrations of core and of every installed module; exit code 1 if a module's failed."""
    session.open(making=True)
    modes.tighten()
    registry = session.installed()
    not_loaded = len(registry.failures)
    for name in migrating.upgrade(registry):
        click.echo(name)
    for failure in registry.failures:
        click.echo(_("Not loaded: %(name)s – %(reason)s", name=failure.name, reason=failure.reason), err=True)
    missing = migrating.unlocked_tables(registry)
    if missing:
        raise click.ClickException(_("Lock triggers are missing: %(names)s", names=", ".join(missing)))
    if len(registry.failures) > not_loaded:  # a migration failed; the rest is upgraded
        raise SystemExit(1)


@db.command("status")
@click.pass_obj
@guarded
def db_status(session: Session) -> None:
    """List what is pending; exit code 1 if anything is, so that a deployment script stops."""
    session.open()
    registry = session.installed()
    folders = [("core", migrating.CORE_MIGRATIONS)] + [(i.plugin.name, i.migrations) for i in registry.ordered() if i.migrations]
    waiting = [step.name for owner, folder in folders for step in migrating.pending(owner, folder)]
    for name in waiting:
        click.echo(name)
    if waiting:
        raise SystemExit(1)
    click.echo(_("Nothing is pending"))


@db.command("touch")
@click.pass_obj
@guarded
def db_touch(session: Session) -> None:
    """Let every process compute again what it keeps: needed after rows were changed by hand, past youthpilot."""
    session.registry()
    renew_epoch()
    click.echo(_("What was computed before is not used any more"))


@click.group()
def county() -> None:
    """Pilot counties."""


@county.command("add")
@click.argument("code")
@click.argument("name")
@click.option("--committee", default="", help="Full name that signs the report.")
@click.pass_obj
@guarded
def county_add(session: Session, code: str, name: str, committee: str) -> None:
    """Add a county and print the one-time link for its first administrator."""
    registry = session.registry()
    made = create_county(code, name, committee)
    for item in registry.ordered():
        if item.plugin.enabled_by_default:
            try:
                enable(registry, made, item.plugin.name, _("the platform"))
            except YouthpilotError as error:  # the county is there; the module can be enabled when it is mended
                click.echo(str(error), err=True)
    click.echo(_("Open this address within 24 hours to create the county's administrator (it works once):"))
    print_link(issue_first_admin_token(made))


@county.command("list")
@click.pass_obj
@guarded
def county_list(session: Session) -> None:
    """List the counties."""
    session.registry()
    for row in County.select().order_by(County.code):
        click.echo(f"{row.code}\t{row.name}")


@click.command()
@click.option("--host", default="127.0.0.1")
@click.option("--port", default=PORT, type=click.IntRange(0, 65535))
@click.option("--threads", default=8, type=click.IntRange(1, 64))
@click.pass_obj
@guarded
def serve(session: Session, host: str, port: int, threads: int) -> None:
    """Serve the application with waitress. Its log is JSON lines on standard error, also in a terminal."""
    log_lines()
    try:
        run_server(session.extent, host, port, threads)
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL):
            raise
        raise click.ClickException(
            _("Port %(port)s at %(host)s cannot be used (%(why)s): choose another one with --port", port=port, host=host, why=error.strerror)
        ) from error


def run_server(extent: Any, host: str, port: int, threads: int = 8, ready: Any = None) -> None:
    """Serve until SIGTERM or Ctrl+C; requests under way are answered first. `ready(port)` is called once listening."""
    from waitress import create_server

    app = create_app(extent=extent, BOUND_HOST=host)
    server = create_server(app, host=host, port=port, threads=threads, ident="youthpilot", clear_untrusted_proxy_headers=False)

    def stop(*_args: Any) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    housekeeping.start(state(app)["registry"].housekeeping())
    actual = getattr(server, "effective_port", port)
    remember_address(app.config["PUBLIC_URL"], host, actual)
    if ready:
        ready(actual)
    else:
        click.echo(_("Serving on http://%(host)s:%(port)s/", host=host, port=actual))
    server.run()
