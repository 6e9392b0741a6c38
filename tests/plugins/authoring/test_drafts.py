"""`youthpilot db draft`, as docs/write-a-plugin.md tells it: its example is taken from there and applied to the notice board, with rows in it.

tests/postgres/test_pg_drafts.py runs the same there.
"""

import importlib.util
import itertools
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click import Context
from click.testing import CliRunner

from youthpilot.core.cadres.models import Person
from youthpilot.core.cli import assemble, cli
from youthpilot.core.commanding import Session
from youthpilot.core.kernel import schema
from youthpilot.core.kernel.db import database, raw_allowed, transaction
from youthpilot.core.kernel.scope import county_scope, scoped, unscoped
from youthpilot.core.migrating import upgrade
from youthpilot.core.organizations.models import Organization
from youthpilot.core.registry import Registry
from youthpilot.core.testing import make_county, plugin_faults

ROOT = Path(__file__).parents[3]
FILE = "youthpilot_notice.py"
GUIDE = (ROOT / "docs" / "write-a-plugin.md").read_text("utf-8").split("## Change a table later\n")[1].split("\n## ")[0]
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", GUIDE, re.M | re.S)
[CHANGE], [PRINTED] = ([text for kind, text in BLOCKS if kind == wanted] for wanted in ("diff", "python"))
COMMANDS = [line.partition("#") for kind, text in BLOCKS if not kind for line in text.splitlines()]
_numbers = itertools.count(1)


@pytest.fixture
def folder(tmp_path):
    """A copy of the example, as somebody's package lies somewhere."""
    shutil.copytree(ROOT / "tests" / "examples" / "notice_board", tmp_path / "package")
    return tmp_path / "package"


def module(file):
    """The package as a process that starts now sees it."""
    spec = importlib.util.spec_from_file_location(f"notice_{next(_numbers)}", file)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def registry_of(folder):
    registry = Registry()
    assert registry.add(module(folder / FILE)), registry.failures
    return registry


def command():
    """The group `db`, with what it loads when it is asked for."""
    assemble("platform")
    return cli.get_command(Context(cli), "db")


def said(folder, *words):
    """What a `youthpilot db …` command says in a process that starts now, on its output and beside it; its exit code."""
    registry = registry_of(folder)
    bound = database.obj
    runner = CliRunner(mix_stderr=False) if "mix_stderr" in CliRunner.__init__.__code__.co_varnames else CliRunner()
    try:
        done = runner.invoke(command(), words, obj=Session("all", registry))
    finally:
        if database.obj is not bound:
            database.close()
        database.initialize(bound)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.stdout, done.stderr, done.exit_code


def change(folder, old, new):
    file = folder / FILE
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def as_told(folder):
    subprocess.run(["git", "apply", "-"], input=CHANGE, text=True, cwd=folder, check=True)


def rows(sql):
    with raw_allowed(), unscoped("test"):
        return database.execute_sql(sql).fetchall()


def indexes():
    """The notice board's indexes by name: True if unique."""
    with unscoped("test"):
        return {i.name: bool(i.unique) for i in database.get_indexes("notice_post")}


def applied(out):
    """The lines of `db up`; what is logged beside them is left out."""
    return [line for line in out.splitlines() if line.startswith("notice:")]


def written(sql):
    with raw_allowed(), unscoped("test"), transaction():
        database.execute_sql(sql)


@pytest.fixture
def board(db, folder):
    """The example of yesterday in an installation, with its rows in two counties."""
    registry = registry_of(folder)
    upgrade(registry)
    assert not registry.failures
    for code in ("aa", "bb"):
        county = make_county(registry, code, f"{code}县", enable=("notice",))
        with scoped(county_scope(county)):
            root = Organization.get(Organization.parent.is_null())
            Person.create(county=county, organization=root, name="王芳")
    return folder


def test_the_example_of_the_guide_is_what_is_printed_written_and_applied(board):
    before = rows("SELECT id, county_id, organization_id, title, text FROM notice_post ORDER BY id")
    assert len(before) == 2
    as_told(board)
    source = (board / FILE).read_text("utf-8")
    assert said(board, "draft", "notice")[0].rstrip() == PRINTED.rstrip()
    assert (board / FILE).read_text("utf-8") == source  # printing changes nothing
    told = [said(board, *words.split()[2:]) for words, _mark, _comment in COMMANDS]
    assert [code for _out, _err, code in told] == [0, 0, 0], told
    assert FILE in told[0][0] and applied(told[1][0]) == ["notice:0002_post_author_pinned"] and "没有要做的" in told[2][0]
    assert rows("SELECT id, county_id, organization_id, title, text FROM notice_post ORDER BY id") == before
    assert {(author, bool(pinned)) for author, pinned in rows("SELECT author_id, pinned FROM notice_post")} == {(None, False)}
    assert {"notice_post_county_id_author_id", "notice_post_county_id_pinned"} <= indexes().keys()
    with unscoped("test"):
        assert schema.drift(registry_of(board).models()) == []


def test_the_reference_of_the_guide_ends_at_the_county(board):
    as_told(board)
    said(board, "draft", "notice", "--write")
    said(board, "up")
    (first, county), *_others = rows("SELECT id, county_id FROM notice_post ORDER BY id")
    own, other = (rows(f"SELECT id FROM core_person WHERE county_id {sign} {county}")[0][0] for sign in ("=", "<>"))
    written(f"UPDATE notice_post SET author_id = {own} WHERE id = {first}")
    with pytest.raises(Exception, match="(?i)foreign key"):
        written(f"UPDATE notice_post SET author_id = {other} WHERE id = {first}")


def test_a_script_that_is_written_and_not_applied_is_not_written_again(board):
    as_told(board)
    said(board, "draft", "notice", "--write")
    change(board, "max_length=80", "max_length=120")
    out, _err, code = said(board, "draft", "notice", "--write")
    assert code == 0
    source = (board / FILE).read_text("utf-8")
    assert source.count("ADD COLUMN") == 2 and source.count("TYPE VARCHAR(120)") == 1
    assert applied(said(board, "up")[0]) == ["notice:0002_post_author_pinned", "notice:0003_post_title"]
    assert "没有要做的" in said(board, "draft", "notice")[0]


@pytest.mark.parametrize(
    "line, why",
    [
        ("rank = CharField(max_length=4)", "default="),
        ("rank = CharField(max_length=4, default=lambda: 'x')", "default="),
        ("writer = reference(Organization)", "null=True"),
    ],
)
def test_a_column_without_a_value_for_existing_rows_is_refused_by_name(folder, home, line, why):
    change(folder, '    text = TextField(default="")', f'    text = TextField(default="")\n    {line}')
    change(folder, "import OrganizationRow,", "import Organization, OrganizationRow, reference,")
    before = (folder / FILE).read_text("utf-8")
    out, err, code = said(folder, "draft", "notice", "--write")
    assert code == 1 and f"notice_post.{line.split()[0]}" in err and why in err and "Traceback" not in err
    assert (folder / FILE).read_text("utf-8") == before


def test_what_would_destroy_rows_is_told_and_not_written(folder, home):
    change(folder, '    text = TextField(default="")\n', "    words = TextField(null=True)\n")
    change(folder, "max_length=80", "max_length=40")
    out, err, code = said(folder, "draft", "notice")
    assert code == 0 and "DROP" not in out and 'ADD COLUMN "words"' in out and "VARCHAR" not in out
    assert 'RENAME COLUMN "text"' in err and "notice_post.text" in err and "VARCHAR(80)" in err


def test_a_column_may_be_required_later_and_an_index_become_unique(board):
    change(board, "TextField(default=", "TextField(null=True, default=")
    change(board, '"title"), True)', '"title"), False)')
    said(board, "draft", "notice", "--write")
    assert said(board, "up")[2] == 0
    written("UPDATE notice_post SET text = NULL")
    change(board, "TextField(null=True, default=", "TextField(default=")
    change(board, '"title"), False)', '"title"), True)')
    said(board, "draft", "notice", "--write")
    assert said(board, "up")[2] == 0
    assert {text for (text,) in rows("SELECT text FROM notice_post")} == {""}
    with pytest.raises(Exception, match="(?i)null"):
        written("UPDATE notice_post SET text = NULL")
    assert indexes()["notice_post_county_id_title"] is True


def test_a_condition_of_the_model_is_written_and_holds(board):
    change(board, "import CharField,", "import CharField, Check,")
    change(board, '        table_name = "notice_post"', '        table_name = "notice_post"\n        constraints = (Check("title <> \'\'"),)')
    said(board, "draft", "notice", "--write")
    assert applied(said(board, "up")[0]) == ["notice:0002_post_keys"] and "没有要做的" in said(board, "draft", "notice")[0]
    with pytest.raises(Exception, match="(?i)check"):
        written("UPDATE notice_post SET title = ''")


# a folder of scripts -------------------------------------------------------------------------------------------------


@pytest.fixture
def scripts(folder):
    """The example with a folder of scripts in place of the dict."""
    first = registry_of(folder).loaded["notice"].migrations["0001_initial"]
    (folder / "migrations").mkdir()
    (folder / "migrations" / "0001_initial.py").write_text(f"from youthpilot.core import run\n\n\ndef up():\n    run({first!r})\n", encoding="utf-8")
    source = (folder / FILE).read_text("utf-8")
    body = re.search(r"(?s)def register_migrations\(\):\n(.*?)\n\n\n", source)[1]
    (folder / FILE).write_text(source.replace(body, f"    return {str(folder / 'migrations')!r}"), "utf-8")
    return folder


def test_for_a_folder_the_script_is_a_file_of_its_own_under_the_next_number(scripts, home):
    as_told(scripts)
    printed = said(scripts, "draft", "notice")
    file = scripts / "migrations" / "0002_post_author_pinned.py"
    assert str(file) in printed[1] and not file.exists()
    out, _err, code = said(scripts, "draft", "notice", "--write")
    assert code == 0 and str(file) in out and file.read_text("utf-8").rstrip() == printed[0].rstrip()
    assert "没有要做的" in said(scripts, "draft", "notice")[0]


def test_where_nothing_can_be_written_the_script_is_printed_with_its_place(scripts, home, monkeypatch):
    as_told(scripts)
    shutil.rmtree(scripts / "migrations")
    (scripts / "migrations").symlink_to("/proc/self/task")  # nobody can make a file there, not even root
    out, err, code = said(scripts, "draft", "notice", "--write")
    assert code == 1 and "0001_notice_post" not in out
    assert "/migrations/0001_post.py" in err and "ADD COLUMN" not in err and 'CREATE TABLE "notice_post"' in err


# our own -------------------------------------------------------------------------------------------------------------


def test_nothing_is_to_be_done_for_core_and_our_modules(registry, home):
    from youthpilot.plugins.authoring.drafting import draft

    assert len(registry.loaded) >= 6
    found = {name: draft(registry, name) for name in ("core", *registry.loaded)}
    assert {name: (d.statements, d.left) for name, d in found.items() if d.statements or d.left} == {}


def test_the_example_of_the_guide_keeps_the_contract(folder, home):
    as_told(folder)
    said(folder, "draft", "notice", "--write")
    assert plugin_faults(module(folder / FILE)) == []


def test_a_name_that_is_not_there_is_told_with_those_that_are(folder, home):
    out, err, code = said(folder, "draft", "notices")
    assert code == 1 and "core, notice" in err
