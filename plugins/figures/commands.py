"""Figures from the command line."""

import csv
import json
import sys
from datetime import datetime
from typing import Any

import click

from youthpilot.core.commanding import Session, guarded
from youthpilot.core.counties.services import county_by_code, county_registry
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.organizations.models import Organization
from youthpilot.core.periods.queries import get_period

from .queries import figure_json, figures_of
from .words import _


@click.command()
@click.option("--county", "code", required=True)
@click.option(
    "--period", "period_code", required=True, help="A code (2023M05, 2023Q2, 2023H1, 2023Y), or a range 2023-01-01..2023-05-31 (both days included)."
)
@click.option("--organization", default="", help="Code of an organization; default the county's own.")
@click.option("--accepted", is_flag=True, help="Only what was reviewed and accepted.")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table")
@click.pass_obj
@guarded
def figures(session: Session, code: str, period_code: str, organization: str, accepted: bool, form: str) -> None:
    """The figures of a county (or of one organization) for a period."""
    registry = session.registry(whole=True)
    county = county_by_code(code)
    with scoped(county_scope(county)):
        when = _when(period_code)
        found = figures_of(county, when, county_registry(registry, county), accepted_only=accepted)
        at = None
        if organization:
            row = Organization.get_or_none(Organization.code == organization)
            if row is None:
                raise click.ClickException(_("There is no organization with the code %(code)s", code=organization))
            at = row.id
        _print(figure_json(found, at), form)


def _when(text: str) -> Any:
    if ".." not in text:
        return get_period(text)
    start, end = (datetime.strptime(part, "%Y-%m-%d").date() for part in text.split("..", 1))
    return (start, end)


def _print(rows: list[dict[str, Any]], form: str) -> None:
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    elif form == "csv":
        writer = csv.DictWriter(sys.stdout, list(rows[0]) if rows else ["key"])
        writer.writeheader()
        writer.writerows(rows)
    else:
        for row in rows:
            value = (
                {True: "成立", False: "不成立", None: "—"}.get(row["value"], row["value"])
                if not isinstance(row["value"], int | float) or isinstance(row["value"], bool)
                else row["value"]
            )
            click.echo(f"{row['key']:<44}{row['title']}\t{value} {row['unit']}")
