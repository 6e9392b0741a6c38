"""`check` beyond log and locks: stored files, a damaged file, migrations that failed or come from a newer version; what a terminal is told."""

import os
import pty
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from youthpilot.core import Plugin, hookimpl
from youthpilot.core.commanding import Session
from youthpilot.core.kernel.db import database, raw_allowed
from youthpilot.core.kernel.modes import tighten
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.migrating import MigrationHistory, refuse_pending, upgrade
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.registry import Registry
from youthpilot.core.testing import installation, make_county, make_organization
from youthpilot.plugins.figures.commands import figures
from youthpilot.plugins.figures.evidence import add_evidence
from youthpilot.plugins.figures.models import Evidence
from youthpilot.plugins.operations.commands.checks import check

CLI = "from youthpilot.core.cli import main; main()"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    registry = Registry()
    with installation(folder, registry):
        from youthpilot.core.counties.services import county_registry
        from youthpilot.core.periods.services import open_period

        county = make_county(registry)
        village = make_organization(county, "甲村", parent=make_organization(county, "东镇", "township"))
        with scoped(county_scope(county)):
            period = open_period(county, "2023H1", None, county_registry(registry, county), Clerk("周敏"))
            add_evidence(period, village.id, "名册.txt", "甲村名册".encode(), Clerk("李四", 7, village.id))
    return folder


@pytest.fixture
def place(made, home, monkeypatch):
    """A copy of a small installation with one stored file; run(command, *arguments) in a session of its own."""
    folder = home / "copy"
    before = os.umask(0o077)  # as the commands and the server work
    shutil.copytree(made, folder)
    monkeypatch.setenv("YOUTHPILOT_HOME", str(folder))

    def run(command, *arguments):
        if database.obj is not None and not database.is_closed():
            database.close()
        done = CliRunner().invoke(command, arguments, obj=Session("platform"))
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    tighten()
    yield SimpleNamespace(home=folder, file=folder / "youthpilot.db", run=run, check=lambda: run(check))
    os.umask(before)
    if database.obj is not None and not database.is_closed():
        database.close()


def stored(place):
    [path] = (place.home / "files" / "evidence").iterdir()
    return path


def test_a_stored_file_that_was_changed_or_lost_is_named_and_one_too_many_is_a_note(place):
    assert place.check()[0] == 0
    file = stored(place)
    (file.parent / "abandoned").write_bytes(b"x")
    code, output = place.check()
    assert code == 0 and "提示：files/evidence 中有1个文件没有任何记录提到" in output
    (file.parent / "abandoned").unlink()
    file.write_bytes(b"another roster")
    code, output = place.check()
    assert code == 1 and "“名册.txt”" in output and "内容被改动" in output and "从最近的备份中放回" in output
    file.unlink()
    assert "文件不见了" in place.check()[1]


def test_a_name_that_leads_out_of_the_folder_is_not_followed(place):
    Session("platform").registry()
    with scoped(county_scope(1)):
        Evidence.update(stored_name="../../keys/fields.key").execute()
    code, output = place.check()
    assert code == 1 and "文件不见了" in output


DAMAGE = {
    "not a database": lambda file: file.write_bytes(b"SQLite but no" * 900),
    "cut in half": lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 8192 * 4096]),
    "pages overwritten": lambda file: file.write_bytes(overwritten(file.read_bytes())),
}


def overwritten(content):
    """Every page from the sixth on, its head."""
    content = bytearray(content)
    for start in range(5 * 4096, len(content), 4096):
        content[start : start + 64] = b"\xff" * 64
    return bytes(content)


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_told_and_nothing_is_answered_from_it(place, damage):
    DAMAGE[damage](place.file)
    code, output = place.check()
    assert code == 1 and "Traceback" not in output and "发现" in output, output
    assert "损坏" in output or "不能在这个数据库上启动" in output
    code, output = place.run(figures, "--county", "test", "--period", "2023H1")
    assert code == 1 and "数据库已损坏，不能据此回答" in output


def test_what_a_module_says_of_its_own_records_stands_with_its_name(place):
    from youthpilot.core.counties.models import County
    from youthpilot.core.counties.services import enable
    from youthpilot.plugins.operations.checking import areas

    def saying(name, told):
        @hookimpl
        def county_differences(county):
            return told()

        return SimpleNamespace(__name__=name, PLUGIN=Plugin(name, f"模块{name}", requires="2"), county_differences=county_differences)

    Session("platform").registry()
    registry = Registry()
    for module in (saying("good", list), saying("wrong", lambda: ["有3个计数不符"]), saying("raising", lambda: [1 / 0])):
        assert registry.add(module), registry.failures
        enable(registry, County.get(), module.PLUGIN.name, "试")
    [found] = [area.findings for area in areas(registry) if area.title == "模块的记录"]
    assert found == ("试验县，模块raising：模块自己的检查没有完成", "试验县，模块wrong：有3个计数不符")


# migrations ----------------------------------------------------------------------------------------------------------


def test_a_database_of_a_newer_version_is_not_started_on(place):
    from youthpilot.core.app import create_app
    from youthpilot.core.kernel.clock import now

    Session("platform").registry()
    MigrationHistory.create(name="core:0999_future", applied_at=now())
    for attempt in (lambda: create_app(extent="platform"), lambda: upgrade(Registry())):
        with pytest.raises(RuntimeError, match="core:0999_future.*更新的版本|更新的版本.*core:0999_future"):
            attempt()
    code, output = place.check()
    assert code == 1 and "更新的版本" in output and "core:0999_future" in output


@pytest.fixture(scope="module")
def broken_module(tmp_path_factory):
    """A folder for PYTHONPATH with the module `bad`, whose second script fails."""
    target = tmp_path_factory.mktemp("site")
    (target / "youthpilot_bad.py").write_text(
        "from youthpilot.core import Plugin, hookimpl\n"
        "PLUGIN = Plugin(name='bad', title='坏模块', requires='2')\n"
        "@hookimpl\ndef register_migrations():\n"
        "    return {'0001_x': ['CREATE TABLE bad_row (id INTEGER)'], '0002_x': ['CREATE TABLE bad_more (id INTEGER)', 'CREATE NONSENSE']}\n",
        encoding="utf-8",
    )
    card = target / "youthpilot_bad-1.0.dist-info"
    card.mkdir()
    (card / "METADATA").write_text("Metadata-Version: 2.1\nName: youthpilot-bad\nVersion: 1.0\n")
    (card / "entry_points.txt").write_text("[youthpilot.plugins]\nbad = youthpilot_bad\n")
    return target


def test_a_failed_migration_ends_the_command_and_its_reason_is_kept(place, broken_module):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(broken_module), os.environ.get("PYTHONPATH", "")])}

    def run(*arguments):
        done = subprocess.run([sys.executable, "-c", CLI, *arguments], env=environment, capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout + done.stderr

    code, output = run("db", "up")
    assert code == 1 and "bad:0001_x" in output and "NONSENSE" in output and "Traceback" not in output
    for command in (("plugin", "list"), ("check",)):
        said = run(*command)[1]
        assert "bad:0002_x" in said and "NONSENSE" in said and "db up" in said, said


def test_once_the_module_is_mended_its_reason_is_gone(place):
    from ...core.kernel.test_migrating import module, registry_of

    Session("platform").registry()
    upgrade(registry_of(module("bad", {"0001_x": ["CREATE NONSENSE"]})))
    late = registry_of(module("bad", {"0001_x": ["CREATE NONSENSE"]}))
    refuse_pending(late)
    assert "NONSENSE" in late.failures[0].reason
    good = registry_of(module("bad", {"0001_x": ["CREATE TABLE bad_row (id INTEGER)"]}))
    assert upgrade(good) == ["bad:0001_x"] and good.failures == []
    assert database.execute_sql("SELECT count(*) FROM core_migration_failure").fetchone() == (0,)


def test_lock_triggers_are_there_as_soon_as_the_script_is_applied(home):
    """A process that is killed after the first script leaves no table without its locks."""
    code = (
        "import os\nfrom youthpilot.core import migrating\nplain = migrating._apply\n"
        "def stop(*args):\n    plain(*args)\n    os._exit(9)\n"
        "migrating._apply = stop\nfrom youthpilot.core.commanding import Session\n"
        "s = Session('platform')\ns.open(making=True)\nmigrating.upgrade(s.installed())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 9, done.stderr
    Session("platform").open()
    with raw_allowed():
        assert database.execute_sql("SELECT count(*) FROM sqlite_master WHERE name = 'core_snapshot_no_update'").fetchone() == (1,)
    database.close()


# what a terminal is told ---------------------------------------------------------------------------------------------


def on_terminal(*arguments):
    """(exit code, what a person sees) of the command at a terminal of its own."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([sys.executable, "-c", CLI, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True)
    os.close(theirs)
    seen = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the other side has hung up
            break
        if not part:
            break
        seen += part
    os.close(ours)
    return process.wait(60), seen.decode()


def test_at_a_terminal_no_json_stands_between_the_sentences_and_in_a_pipe_it_does(home):
    code, seen = on_terminal("--no-plugins", "init")
    assert code == 0 and "/welcome/" in seen and "{" not in seen, seen
    piped = subprocess.run([sys.executable, "-c", CLI, "--no-plugins", "county", "add", "yi", "乙县"], capture_output=True, text=True, timeout=60)
    assert piped.returncode == 0 and '"act": "county.create"' in piped.stderr and "{" not in piped.stdout
