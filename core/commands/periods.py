"""Reporting periods from the command line."""

from datetime import datetime

import click

from ..cli import Session, guarded
from ..kernel.clock import today
from ..kernel.i18n import _


@click.group()
def period() -> None:
    """Reporting periods: open, status, lock, publish, reopen, verify."""


def _county(session: Session, code: str) -> tuple[object, object, object]:
    from ..counties.services import county_by_code, county_registry
    from ..periods.acting import Clerk

    registry = session.registry()
    county = county_by_code(code)
    return county, county_registry(registry, county), Clerk(_("Command line"))


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
    """Open a half-year (2023H1) and freeze who owes what."""
    from ..kernel.clock import today
    from ..kernel.scope import county_scope, scoped
    from ..periods.queries import completeness
    from ..periods.rules import half_year, proposed_due
    from ..periods.services import open_period

    county, registry, actor = _county(session, code)
    with scoped(county_scope(county)):  # type: ignore[arg-type]
        opened = open_period(county, period_code, due.date() if due else proposed_due(half_year(period_code), today()), registry, actor)  # type: ignore[arg-type]
        click.echo(_("%(title)s is open: %(due)s organizations owe figures", title=opened.title, due=completeness(opened).due))
        click.echo(_("The last day to submit is %(day)s", day=f"{opened.due_on:%Y-%m-%d}"))


@period.command("status")
@click.option("--county", "code", required=True)
@click.argument("period_code")
@click.pass_obj
@guarded
def period_status(session: Session, code: str, period_code: str) -> None:
    """Who has reported and who has not; exit code 1 while anyone owes."""
    from ..kernel.scope import county_scope, scoped
    from ..periods.queries import completeness, get_period, reminder_text

    county, _registry, _actor = _county(session, code)
    with scoped(county_scope(county)):  # type: ignore[arg-type]
        found = get_period(period_code)
        state = completeness(found)
        click.echo(_("Due %(due)s, reported %(reported)s, missing %(missing)s", due=state.due, reported=state.reported, missing=state.missing))
        if state.missing:
            click.echo(reminder_text(found, today(), state))
            raise SystemExit(1)


@period.command("close")
@click.option("--county", "code", required=True)
@click.option("--reason", default="", help="Needed to close although somebody still owes.")
@click.argument("period_code")
@click.pass_obj
@guarded
def period_close(session: Session, code: str, reason: str, period_code: str) -> None:
    """Lock a period: figures, tree and document are stored."""
    from youthpilot.plugins.reports.services import points_of

    from ..kernel.scope import county_scope, scoped
    from ..periods.lock import lock
    from ..periods.queries import get_period

    county, registry, actor = _county(session, code)
    with scoped(county_scope(county)):  # type: ignore[arg-type]
        locked = get_period(period_code)
        lock(locked, registry, actor, reason)  # type: ignore[arg-type]
        click.echo(_("%(title)s is locked, revision %(revision)s", title=locked.title, revision=locked.revision))
        points = len(points_of(locked, county, registry))  # type: ignore[arg-type]
        if points:
            click.echo(_("%(count)s points of the report are open: publishing will list them", count=points))


@period.command("publish")
@click.option("--county", "code", required=True)
@click.option("--reason", default="", help="Needed to publish although points of the report are open; the audit keeps it.")
@click.argument("period_code")
@click.pass_obj
@guarded
def period_publish(session: Session, code: str, reason: str, period_code: str) -> None:
    """Publish a locked period: the whole document is stored and printed from that alone.

    What is open in the report is listed first. False claims and superlatives without proof are refused whatever the reason.
    """
    from youthpilot.plugins.reports.services import points_of

    from ..kernel.scope import county_scope, scoped
    from ..periods.lock import publish
    from ..periods.queries import get_period

    county, registry, actor = _county(session, code)
    with scoped(county_scope(county)):  # type: ignore[arg-type]
        found = get_period(period_code)
        for point in points_of(found, county, registry) if found.state == "locked" else ():  # type: ignore[arg-type]
            where = f"（{point.place}）" if point.place else ""
            click.echo(f"{point.text}{where}  {point.advice}")
        publish(found, registry, actor, reason)  # type: ignore[arg-type]
        click.echo(_("Published"))


@period.command("reopen")
@click.option("--county", "code", required=True)
@click.option("--reason", required=True)
@click.argument("period_code")
@click.pass_obj
@guarded
def period_reopen(session: Session, code: str, reason: str, period_code: str) -> None:
    """Reopen a locked period; the next lock writes a new revision, nothing is overwritten."""
    from ..kernel.scope import county_scope, scoped
    from ..periods.lock import reopen
    from ..periods.queries import get_period

    county, _registry, actor = _county(session, code)
    with scoped(county_scope(county)):  # type: ignore[arg-type]
        reopen(get_period(period_code), reason, actor)  # type: ignore[arg-type]
        click.echo(_("Reopened"))


@period.command("verify")
@click.option("--county", "code", default="", help="Only this county; default all.")
@click.pass_obj
@guarded
def period_verify(session: Session, code: str) -> None:
    """Compare locks and publications with their digests and with the audit log; exit code 1 if anything was changed."""
    from ..checking import locks_area
    from ..counties.services import county_by_code

    registry = session.registry()
    found = locks_area(registry, county_by_code(code) if code else None).findings
    for text in found:
        click.echo(text)
    if found:
        raise SystemExit(1)
    click.echo(_("Everything is as it was locked and published"))
