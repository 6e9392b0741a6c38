"""Modules from the command line."""

import click

from ..commanding import Session, guarded
from ..counties.services import county_by_code, disable, enable, enabled_plugins
from ..kernel.i18n import _
from ..migrating import without_code


@click.group()
def plugin() -> None:
    """Modules: list, enable, disable."""


@plugin.command("list")
@click.option("--county", "code", default="", help="Show what this county has enabled.")
@click.pass_obj
@guarded
def plugin_list(session: Session, code: str) -> None:
    """List installed modules as `serve` would have them, those that could not be loaded with the reason, and data whose module is gone."""
    registry = session.as_served()
    enabled = enabled_plugins(county_by_code(code).id) if code else frozenset()
    for item in registry.ordered():
        mark = (_("enabled") if item.plugin.name in enabled else _("disabled")) if code else ""
        click.echo(f"{item.plugin.name}\t{item.plugin.title}\t{item.plugin.version}\t{mark}")
    for failure in registry.failures:
        click.echo(f"{failure.name}\t{_('not loaded')}\t{failure.reason}")
    for name in without_code(registry):
        click.echo(f"{name}\t{_('not installed')}\t{_('its tables and records stay as they are')}")


@plugin.command("enable")
@click.argument("name")
@click.option("--county", "code", required=True)
@click.pass_obj
@guarded
def plugin_enable(session: Session, name: str, code: str) -> None:
    """Enable a module for a county; running servers follow at the next request."""
    enable(session.registry(), county_by_code(code), name, "youthpilot")
    click.echo(_("Enabled"))


@plugin.command("disable")
@click.argument("name")
@click.option("--county", "code", required=True)
@click.pass_obj
@guarded
def plugin_disable(session: Session, name: str, code: str) -> None:
    """Disable a module for a county; its data stays."""
    disable(session.registry(), county_by_code(code), name, "youthpilot")
    click.echo(_("Disabled; its data stays"))
