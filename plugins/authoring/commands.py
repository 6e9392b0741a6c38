"""`youthpilot db draft`."""

import click

from youthpilot.core.commanding import Session, guarded

from . import migrationfiles
from .drafting import draft
from .words import _


@click.group()
def db() -> None:
    """Drafts of migrations; joins core's group of this name."""


@db.command("draft")
@click.argument("name")
@click.option("--write", is_flag=True, help="Put the script in its place, under the next number.")
@click.pass_obj
@guarded
def db_draft(session: Session, name: str, write: bool) -> None:
    """Print the next migration script of NAME (core or a module): what its models say and its scripts do not make yet."""
    registry = session.installed()
    found = draft(registry, name)
    for text in found.left:
        click.echo(_("Not written: %(text)s", text=text), err=True)
    if not found.statements:
        click.echo(_("Nothing to do: the scripts of %(name)s make what its models say", name=name))
    elif write:
        click.echo(_("Written: %(place)s", place=migrationfiles.put(registry, found)))
    else:
        click.echo(migrationfiles.text(found))
        click.echo(_("It belongs here: %(place)s", place=migrationfiles.place(registry, found)), err=True)
