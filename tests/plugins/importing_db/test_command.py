"""The command line: Chinese output, exit codes, the template that its own importer reads."""

import pytest
import structlog
from click.testing import CliRunner

from youthpilot.core.commanding import Session
from youthpilot.plugins.importing.commands import import_file, template
from youthpilot.plugins.importing.matching import find_header
from youthpilot.plugins.importing.reading import read_sheet
from youthpilot.plugins.study.models import StudyRecord


@pytest.fixture
def run(land, home):
    """run(command, *arguments) → click's result."""
    return lambda command, *arguments: CliRunner().invoke(command, [str(a) for a in arguments], obj=Session("all"))


def test_counts_then_no_change(run, files, home):
    path = home / "名单.csv"
    path.write_bytes(files.gb18030(files.headings, files.learners(500)))
    arguments = ("study_learners", path, "--county", "test", "--option", "issue=2023年第19期")
    dry = run(import_file, *arguments, "--dry-run")
    assert dry.exit_code == 0 and "试运行" in dry.output and StudyRecord.select().count() == 0
    first, again = run(import_file, *arguments), run(import_file, *arguments)
    assert first.exit_code == again.exit_code == 0
    assert "新增 500 行" in first.stdout and "新增 0 行" in again.stdout and "500 行没有变化" in again.stdout


def test_each_bad_cell_is_a_line(run, files, home):
    rows = [list(row) for row in files.learners(20)]
    rows[2][3] = "五月"
    path = home / "a.xlsx"
    path.write_bytes(files.xlsx(files.headings, rows))
    result = run(import_file, "study_learners", path, "--county", "test", "--marked", home / "标.xlsx")
    assert result.exit_code == 1 and "要改\t第5行\tD5\t学习时间\t" in result.stdout
    assert read_sheet(home / "标.xlsx").rows[1][-1] == "问题" and StudyRecord.select().count() == 0


def test_wrong_names_and_options_say_what_there_is(run, files, home):
    path = home / "a.xlsx"
    path.write_bytes(files.xlsx(files.headings, files.learners(2)))
    unknown = run(import_file, "nothing", path, "--county", "test")
    assert unknown.exit_code == 1 and "study_learners" in unknown.output and "organizations.organizations" in unknown.output
    option = run(import_file, "study_learners", path, "--county", "test", "--option", "week=3")
    assert option.exit_code == 1 and "issue（期次）" in option.output


@pytest.mark.parametrize("key", ["organizations.organizations", "cadres.posts", "cadres.last_term_totals", "study_learners", "study_totals"])
def test_a_template_is_read_by_its_own_importer(run, land, home, key):
    from youthpilot.plugins.importing.queries import importer_named

    target = home / "t.xlsx"
    assert run(template, key, "-o", target).exit_code == 0
    importer = importer_named(land.here, key)
    match = find_header(read_sheet(target).rows, importer.columns)
    assert set(match.mapping) == {c.name for c in importer.columns} and not match.missing


def test_the_commands_are_there():
    from youthpilot.core.cli import assemble, cli

    assemble("platform")
    assert {"import", "template"} <= set(cli.commands)


def test_a_dry_run_leaves_no_line_in_the_log_and_the_import_leaves_one(run, files, home, capsys):
    path = home / "名单.csv"
    path.write_bytes(files.gb18030(files.headings, files.learners(3)))
    structlog.reset_defaults()  # whatever a command of another test set
    arguments = ("study_learners", path, "--county", "test", "--option", "issue=2023年第19期")
    dry, real = run(import_file, *arguments, "--dry-run"), run(import_file, *arguments)
    assert "试运行" in dry.output and "import.apply" not in dry.output
    assert real.exit_code == 0 and real.output.count("import.apply") == 1
