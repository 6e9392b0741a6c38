"""Records in, figures and the report out: import, template."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from youthpilot.core.commanding import Session, guarded
from youthpilot.core.counties.services import county_by_code, county_registry
from youthpilot.core.kernel.scope import county_scope, scoped

from .marking import mark_errors
from .queries import importer_named
from .reading import read_sheet
from .services import ImportRefused, ReasonNeeded, counted, run_import, template_of
from .words import _

if TYPE_CHECKING:
    from .judging import JudgedFile

_MOST_PRINTED = 1000


@click.command("import")
@click.argument("importer")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--county", "code", required=True, help="The county's code.")
@click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="What the importer asks beside the file, e.g. issue=2023年第19期.")
@click.option("--sheet", default=None, help="The sheet of a workbook; default: the first with anything in it.")
@click.option("--dry-run", is_flag=True, help="Judge and count, store nothing.")
@click.option("--reason", default="", help="Why rows with warnings are right.")
@click.option("--marked", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Write the file with every problem marked, .xlsx.")
@click.pass_obj
@guarded
def import_file(
    session: Session,
    importer: str,
    file: Path,
    code: str,
    options: tuple[str, ...],
    sheet: str | None,
    dry_run: bool,
    reason: str,
    marked: Path | None,
) -> None:
    """Import FILE (.xlsx, .xls, .csv) with the importer called IMPORTER; all rows or none."""
    registry, county = session.registry(), county_by_code(code)
    declared = importer_named(county_registry(registry, county), importer)
    raw = read_sheet(file, sheet=sheet)
    for warning in raw.warnings:
        click.echo(warning, err=True)
    with scoped(county_scope(county)), _bar() as progress:
        try:
            outcome = run_import(declared, raw, _given(options), dry_run=dry_run, reason=reason, progress=progress)
        except ImportRefused as refused:
            progress.finish()
            _print_problems(refused.judged)
            if marked is not None:
                _write_marked(refused.judged, marked)
            if isinstance(refused, ReasonNeeded):
                raise click.ClickException(
                    _("There is something unusual in the file. If it is right, say why with --reason; nothing was stored.")
                ) from None
            raise click.ClickException(str(refused)) from None
        progress.finish()
    if outcome.judged.needs_reason:
        _print_problems(outcome.judged)
    text = counted(outcome.counts)
    click.echo(_("Dry run, nothing was stored: %(text)s", text=text) if outcome.dry else text)


def _given(options: tuple[str, ...]) -> dict[str, str]:
    for option in options:
        if "=" not in option:
            raise click.UsageError(_("Write options like issue=12, not %(text)s", text=option))
    return dict(option.split("=", 1) for option in options)


class _Progress:
    """The progress bar on stderr; its length is known with the first call."""

    def __init__(self) -> None:
        self.bar: Any = None
        self.at = 0

    def __call__(self, done: int, total: int) -> None:
        if self.bar is None:
            self.bar = click.progressbar(length=total, label=_("Checking rows"), file=sys.stderr)
            self.bar.__enter__()
        self.bar.update(done - self.at)
        self.at = done

    def finish(self) -> None:
        """Leave the line."""
        if self.bar is not None:
            self.bar.__exit__(None, None, None)
            self.bar = None


@contextmanager
def _bar() -> Iterator[_Progress]:
    progress = _Progress()
    try:
        yield progress
    finally:
        progress.finish()


def _print_problems(judged: "JudgedFile") -> None:
    found = list(judged.findings())
    for problem in found[:_MOST_PRINTED]:
        level = _("Correct") if problem.level == "E" else _("Look at")
        place = _("Row %(row)s", row=problem.row) if problem.row else _("File")
        click.echo("\t".join(part for part in (level, place, problem.cell, problem.title, problem.message) if part))
    if len(found) > _MOST_PRINTED:
        click.echo(_("… and %(count)s more; --marked writes a file with all of them", count=len(found) - _MOST_PRINTED))
    click.echo(_("%(bad)s rows to correct, %(doubtful)s to look at, %(good)s in order", bad=judged.bad, doubtful=judged.doubtful, good=judged.good))


def _write_marked(judged: "JudgedFile", target: Path) -> None:
    target.write_bytes(mark_errors(judged.sheet, judged.marks(), judged.match.row_index if judged.match.row_index >= 0 else None))
    click.echo(_("The marked file: %(name)s", name=target))


@click.command()
@click.argument("importer")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Where the .xlsx goes.")
@click.pass_obj
@guarded
def template(session: Session, importer: str, output: Path) -> None:
    """Write the empty file that IMPORTER expects, with an explanation of every column."""
    declared = importer_named(session.registry(), importer)
    output.write_bytes(template_of(declared))
    click.echo(_("“%(title)s” written to %(name)s", title=declared.title, name=output))
