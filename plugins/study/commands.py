"""youthpilot study issues | add | rates | recount --county C."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import click

from youthpilot.core import County, NotFound, RuleError, county_by_code, county_scope, scoped, today

from .counting import audit_counters, recount_all
from .forms import choices
from .queries import Line, current_half, issues, lines, scope_root, totals_by_issue
from .rules import percent
from .services import add_issue
from .words import _

COUNTY = click.option("--county", "code", required=True, help="The county's code.")


@click.group("study")
def study() -> None:
    """Youth Study: issues, rates, counters."""


@contextmanager
def _inside(context: click.Context, code: str) -> Iterator[County]:
    context.obj.registry()  # opens the database, refuses to work on one that is not migrated
    try:
        county = county_by_code(code)
    except NotFound as error:
        raise click.ClickException(str(error)) from error
    with scoped(county_scope(county)):
        yield county


@study.command("issues")
@COUNTY
@click.option("--year", type=int, default=None)
@click.pass_context
def list_issues(context: click.Context, code: str, year: int | None) -> None:
    """The issues with what was recorded for each."""
    with _inside(context, code) as county:
        set_to = choices(county.id, today())
        found = [i for i in issues() if year in (None, i.year)]
        totals = totals_by_issue([i.id for i in found])
        for issue in found:
            line = totals.get(issue.id)
            click.echo(f"{issue.title}\t{issue.opens_on}～{issue.closes_on}\t{_said(line, set_to.rounding)}")


@study.command("add")
@COUNTY
@click.argument("year", type=click.IntRange(2018, 2100))
@click.argument("number", type=click.IntRange(1, 99))
@click.argument("opens", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--days", type=click.IntRange(0, 60), default=6, show_default=True, help="It closes so many days after it opens.")
@click.pass_context
def add(context: click.Context, code: str, year: int, number: int, opens: datetime, days: int) -> None:
    """Add an issue that opens on a day (YYYY-MM-DD), so that records can be imported for it."""
    with _inside(context, code):
        try:
            issue = add_issue(year, number, opens.date(), opens.date() + timedelta(days=days))
        except RuleError as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"{issue.title}\t{issue.opens_on}～{issue.closes_on}")


@study.command("rates")
@COUNTY
@click.option("--from", "start", type=click.DateTime(["%Y-%m-%d"]), default=None, help="First closing day, included.")
@click.option("--to", "end", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Last closing day, included; default: today.")
@click.pass_context
def rates(context: click.Context, code: str, start: datetime | None, end: datetime | None) -> None:
    """Rates per unit over the issues that closed in the range, best first."""
    with _inside(context, code) as county:
        set_to, root = choices(county.id, today()), scope_root()
        first = start.date() if start else current_half(today())
        last = end.date() if end else today()
        ids = [i.id for i in issues(first, last)]
        if root is None or not ids:
            raise click.ClickException(_("No issue closed between %(first)s and %(last)s", first=first, last=last))
        total, below = lines(ids, root, set_to.averaging)
        click.echo(_("%(count)s issues, %(words)s", count=len(ids), words=set_to.words))
        for line in [*below, total]:
            click.echo(f"{line.place or '—'}\t{line.name}\t{_said(line, set_to.rounding)}")


@study.command("recount")
@COUNTY
@click.option("--repair", is_flag=True, help="Write what the records say.")
@click.pass_context
def recount(context: click.Context, code: str, repair: bool) -> None:
    """Compare every counter with the records; exit code 1 if one differs and was not repaired."""
    with _inside(context, code):
        found = audit_counters()
        for d in found[:50]:
            click.echo(f"{d.issue}\t{d.organization_id}\t{d.counter}\t{d.rows}")
        if found and repair:
            recount_all()
        click.echo(_("%(count)s counters differ from the records", count=len(found)))
        if found and not repair:
            raise SystemExit(1)


def _said(line: Line | None, rounding: str) -> str:
    if line is None or not line.cells:
        return "—"
    rate = percent(line.rate, rounding)
    base = "—" if line.base is None else f"{line.members:,}÷{line.base:,}={'—' if rate is None else f'{rate}%'}"
    return f"{line.participations:,}人次\t{base}"
