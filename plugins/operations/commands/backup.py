"""Backups: backup, restore."""

from datetime import datetime
from pathlib import Path

import click

from youthpilot.core.commanding import Session, guarded
from youthpilot.core.kernel.clock import local

from ..backups.making import make_backup
from ..backups.restoring import restore_backup
from ..backups.snapshot import pending_schema
from ..words import _
from .checks import check

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("target", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--with-findings", is_flag=True, help="Save it although the audit log or references are wrong; the backup holds what was found.")
@click.pass_obj
@guarded
def backup(session: Session, target: Path, with_findings: bool) -> None:
    """Write database, stored files and ends of the audit log to FILE while the server runs: proved whole, or no file at all."""
    session.open()
    made = make_backup(target, with_findings)
    for finding in made.findings:
        click.echo(finding, err=True)
    rows = sum(made.counts.values())
    click.echo(_("Saved and verified: %(path)s, %(files)s files, %(rows)s rows", path=target, files=len(made.members), rows=f"{rows:,}"))
    click.echo(_("The keys are not in it. Keep a copy of the folder keys elsewhere: without it the backup cannot be used."))


@click.command()
@click.argument("file", type=_FILE)
@click.pass_context
@guarded
def restore(context: click.Context, file: Path) -> None:
    """Put a backup in the place of what the home holds. Stop the server before; what was there is kept in a dated folder."""
    manifest, aside = restore_backup(file)
    moment = f"{local(datetime.fromisoformat(manifest.created_at)):%Y-%m-%d %H:%M:%S}"
    click.echo(_("Restored: the installation as it was at %(moment)s (youthpilot %(version)s)", moment=moment, version=manifest.youthpilot))
    if aside is not None:
        click.echo(_("What was there before is kept in %(path)s; delete it when you no longer need it", path=aside))
    context.obj.open()
    if pending_schema():
        click.echo(_("It was made by an older version. Now run: youthpilot db up, then youthpilot check"))
    else:
        context.invoke(check)
