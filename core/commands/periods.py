"""Reporting periods from the command line."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import click

from ..commanding import Session, guarded
from ..counties.services import county_by_code, county_registry
from ..kernel.calendar import CalendarPeriod
from ..kernel.clock import today
from ..kernel.i18n import _
from ..kernel.scope import county_scope, scoped
from ..periods.acting import Clerk
from ..periods.lock import closing_notes, lock, reopen
from ..periods.queries import completeness, get_period
from ..periods.reminders import reminder_text
from ..periods.rules import proposed_due
from ..periods.services import open_period


@click.group()
def period() -> None:
    """Reporting periods: open, who owes, close, reopen (with the platform's plugins: verify, publish)."""


@contextmanager
def of_county(session: Session, code: str) -> Iterator[tuple[Any, Any, Any]]:
    """In the scope of the county of a code: (county, its modules, whoever acts from the command line)."""
    registry = session.registry()
    county = county_by_code(code)
    with scoped(county_scope(county)):
        yield county, county_registry(registry, county), Clerk(_("Command line"))


@period.command("open")
@click.option("--county", "code", required=True)
@click.option(
    "--due",
    type=click.DateTime(["%Y-%m-%d"]),
    default=None,
    help="Last day to submit, included; default the period's last day, if that is over a week from today.",
)
@click.argument("period_code")
@click.pass_obj
@guarded
def period_open(session: Session, code: str, due: datetime | None, period_code: str) -> None:
    """Open a month (2023M05), quarter (2023Q2), half-year (2023H1) or year (2023Y) and freeze who owes what."""
    with of_county(session, code) as (county, registry, actor):
        due_on = due.date() if due else proposed_due(CalendarPeriod.parse(period_code), today())
        opened = open_period(county, period_code, due_on, registry, actor)
        click.echo(_("%(title)s is open: %(due)s organizations owe figures", title=opened.title, due=completeness(opened).due))
        click.echo(_("The last day to submit is %(day)s", day=f"{opened.due_on:%Y-%m-%d}"))


@period.command("status")
@click.option("--county", "code", required=True)
@click.argument("period_code")
@click.pass_obj
@guarded
def period_status(session: Session, code: str, period_code: str) -> None:
    """Who has reported and who has not; exit code 1 while anyone owes."""
    with of_county(session, code) as (_county, registry, _actor):
        found = get_period(period_code)
        state = completeness(found)
        click.echo(_("Due %(due)s, reported %(reported)s, missing %(missing)s", due=state.due, reported=state.reported, missing=state.missing))
        if state.missing:
            click.echo(reminder_text(found, today(), state, forms="figures" in registry.registry.platform))
            raise SystemExit(1)


@period.command("close")
@click.option("--county", "code", required=True)
@click.option("--reason", default="", help="Needed to close although somebody still owes.")
@click.argument("period_code")
@click.pass_obj
@guarded
def period_close(session: Session, code: str, reason: str, period_code: str) -> None:
    """Lock a period; where figures and reports are loaded, theirs are stored."""
    with of_county(session, code) as (_county, registry, actor):
        locked = get_period(period_code)
        lock(locked, registry, actor, reason)
        click.echo(_("%(title)s is locked, revision %(revision)s", title=locked.title, revision=locked.revision))
        for note in closing_notes(locked, registry):
            click.echo(note.text)


@period.command("reopen")
@click.option("--county", "code", required=True)
@click.option("--reason", required=True)
@click.argument("period_code")
@click.pass_obj
@guarded
def period_reopen(session: Session, code: str, reason: str, period_code: str) -> None:
    """Reopen a locked period; the next lock writes a new revision, nothing is overwritten."""
    with of_county(session, code) as (_county, _registry, actor):
        reopen(get_period(period_code), reason, actor)
        click.echo(_("Reopened"))
