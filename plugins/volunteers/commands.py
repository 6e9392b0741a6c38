"""youthpilot volunteers due | verify --county C."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from youthpilot.core import County, CountyValue, NotFound, county_by_code, county_scope, scoped, today

from . import certifying, panels, queries
from .models import Campaign, Certificate, Record
from .words import _

COUNTY = click.option("--county", "code", required=True, help="The county's code.")


@click.group("volunteers")
def volunteers() -> None:
    """Young volunteers: what is due, whether hours and money add up."""


@contextmanager
def _inside(context: click.Context, code: str) -> Iterator[County]:
    context.obj.registry()  # opens the database, refuses to work on one that is not migrated
    try:
        county = county_by_code(code)
    except NotFound as error:
        raise click.ClickException(str(error)) from error
    with scoped(county_scope(county)):
        yield county


@volunteers.command("due")
@COUNTY
@click.pass_context
def due(context: click.Context, code: str) -> None:
    """What the county's home asks for: hours to approve, forgotten sign-outs, disclosures, certificates, the term. For a daily mail."""
    with _inside(context, code) as county:
        found = [p for p in panels.panels(CountyValue(county.id, county.code, county.name), today()) if p.todo]
        for panel in found:
            click.echo("\t".join((str(panel.title), *map(str, panel.lines))))
        if not found:
            click.echo(_("Nothing is due."))


@volunteers.command("verify")
@COUNTY
@click.pass_context
def verify(context: click.Context, code: str) -> None:
    """Whether stretches overlap, certificates hold what is approved, and no campaign spent what it had not. Exit code 1 if not."""
    with _inside(context, code):
        wrong = [*_overlaps(), *_certificates(), *_money()]
        for line in wrong:
            click.echo(line)
        if wrong:
            raise click.ClickException(_("%(count)s entries do not add up", count=len(wrong)))
        click.echo(_("Hours and money add up."))


def _overlaps() -> Iterator[str]:
    """Two stretches of one volunteer that share time."""
    r, last = Record, None
    for row in r.select().where(r.state.in_(queries.LIVE), r.left_at.is_null(False)).order_by(r.volunteer, r.came_at):
        if last is not None and last.volunteer_id == row.volunteer_id and row.came_at < last.left_at:
            yield _("%(number)s: two stretches overlap on %(day)s", number=row.volunteer.number, day=row.served_on)
        last = row


def _certificates() -> Iterator[str]:
    for row in Certificate.select().where(Certificate.state != "revoked"):
        if row.minutes != certifying.still_approved(row):
            yield _("%(number)s: the hours are no longer those of its records", number=row.number)


def _money() -> Iterator[str]:
    for row in Campaign.select():
        least, day = queries.lowest_balance(row.id)
        if least < 0:
            yield _("%(campaign)s: more spent than received on %(day)s", campaign=row.title, day=day)
