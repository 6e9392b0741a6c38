"""The report from the command line, and publishing, which ends in it."""

from datetime import datetime
from pathlib import Path

import click

from youthpilot.core.commanding import Session, guarded
from youthpilot.core.commands.periods import of_county
from youthpilot.core.counties.services import county_by_code, county_registry
from youthpilot.core.kernel.clock import LOCAL, now
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.periods.lock import publish
from youthpilot.core.periods.queries import get_period

from .document import prepare
from .docx import render_docx
from .html import render_page
from .jsondoc import render_json
from .markdown import render_markdown
from .services import document_for, points_of
from .words import _


@click.command()
@click.option("--county", "code", required=True)
@click.option("--period", "period_code", required=True)
@click.option("--format", "form", type=click.Choice(["docx", "html", "md", "json"]), default="docx")
@click.option(
    "--printed-at", type=click.DateTime(["%Y-%m-%dT%H:%M:%S"]), default=None, help="Fixes the time inside the file: two runs are equal to the byte."
)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.pass_obj
@guarded
def report(session: Session, code: str, period_code: str, form: str, printed_at: datetime | None, output: Path) -> None:
    """Compile the report of a period (or print a locked or published one) to a file."""
    registry = session.registry(whole=True)
    county = county_by_code(code)
    with scoped(county_scope(county)):
        document = prepare(document_for(get_period(period_code), county, county_registry(registry, county)))
    moment = printed_at.replace(tzinfo=LOCAL) if printed_at else document.printed_at or now()
    if form == "docx":
        output.write_bytes(render_docx(document, moment))
    else:
        output.write_text({"html": render_page, "md": render_markdown, "json": render_json}[form](document), encoding="utf-8")
    click.echo(_("%(path)s: %(count)s figures, %(gaps)s points to settle", path=output, count=len(document.figures), gaps=len(document.gaps)))


@click.group()
def period() -> None:
    """Publishing ends in the report; joins core's group of this name."""


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
    with of_county(session, code) as (county, registry, actor):
        found = get_period(period_code)
        for point in points_of(found, county, registry) if found.state == "locked" else ():
            where = f"（{point.place}）" if point.place else ""
            click.echo(f"{point.text}{where}  {point.advice}")
        publish(found, registry, actor, reason)
        click.echo(_("Published"))
