"""Is it still what was written? check, period verify, audit verify, audit accept."""

from collections.abc import Iterator

import click
from peewee import DatabaseError

from youthpilot.core.audit.services import accept, verify
from youthpilot.core.commanding import Session, guarded
from youthpilot.core.counties.services import county_by_code
from youthpilot.core.kernel.causes import cause_of
from youthpilot.core.kernel.errors import YouthpilotError

from ..checking import Area, areas, database_area, locks_area
from ..words import _


@click.command()
@click.pass_obj
@guarded
def check(session: Session) -> None:
    """Check the installation: database, schema, triggers, modules, audit log, locks, files, trees. Exit code 1 on any finding."""
    count, notes = 0, 0
    for area in _areas(session):
        _print(area)
        count, notes = count + len(area.findings), notes + len(area.notes)
    good = _("Nothing to complain about; read the notes above") if notes else _("Nothing to complain about")
    click.echo(_("%(count)s findings", count=count) if count else good)
    if count:
        raise SystemExit(1)


def _areas(session: Session) -> Iterator[Area]:
    """Until the database cannot even be opened, or this version cannot start on it."""
    try:
        session.open()
        yield database_area()
        registry = session.as_served()
    except (YouthpilotError, RuntimeError, OSError, DatabaseError) as error:
        yield Area(_("Start"), (_("This version cannot start on this database: %(why)s", why=cause_of(error) or error),))
        return
    yield from areas(registry)


def _print(area: Area) -> None:
    if area.findings or area.notes:
        click.echo(_("[%(title)s]", title=area.title))
    for text in area.findings:
        click.echo(f"  {text}")
    if area.advice:
        click.echo("  " + _("What to do: %(advice)s", advice=area.advice))
    for text in area.notes:
        click.echo("  " + _("Note: %(text)s", text=text))


@click.group()
def period() -> None:
    """Locks and publications; joins core's group of this name."""


@period.command("verify")
@click.option("--county", "code", default="", help="Only this county; default all.")
@click.pass_obj
@guarded
def period_verify(session: Session, code: str) -> None:
    """Compare locks and publications with their digests and with the audit log; exit code 1 if anything was changed."""
    registry = session.registry()
    found = locks_area(registry, county_by_code(code) if code else None)
    for text in (*found.findings, *found.notes):
        click.echo(text)
    if found.findings:
        raise SystemExit(1)
    done = _("Nothing that was looked at has been changed; the rest could not be looked at") if found.notes else ""
    click.echo(done or _("Everything is as it was locked and published"))


@click.group()
def audit() -> None:
    """The audit log."""


@audit.command("verify")
@click.pass_obj
@guarded
def audit_verify(session: Session) -> None:
    """Check the hash chain of the audit log and its signed ends; exit code 1 if anything was changed, removed or added."""
    session.registry()
    differences = verify()
    for difference in differences:
        click.echo(difference)
    if differences:
        raise SystemExit(1)
    click.echo(_("The audit log is complete and unchanged"))


@audit.command("accept")
@click.option("--reason", required=True, help="Why the log is right as it stands; it is recorded.")
@click.pass_obj
@guarded
def audit_accept(session: Session, reason: str) -> None:
    """Take the log as it stands for the true one from now on, e.g. after a restore without its file of ends."""
    session.registry()
    entry = accept(reason)
    click.echo(_("Recorded as entry %(number)s; from here on the end of the log is kept again", number=entry.sequence))
