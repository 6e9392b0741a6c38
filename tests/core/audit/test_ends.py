"""The signed ends of the log: kept current, never ahead, by two processes and through kills; a log from before there were any."""

import json
import random
import shutil
import subprocess
import sys
import time

import pytest

from youthpilot.core.audit.ends import LINE, ends_content, in_file, put_ends
from youthpilot.core.audit.models import AuditEntry
from youthpilot.core.audit.services import accept, adopt, record, verify
from youthpilot.core.kernel.db import database, raw_allowed, transaction
from youthpilot.core.kernel.errors import RuleError
from youthpilot.core.migrating import upgrade
from youthpilot.core.registry import Registry
from youthpilot.plugins.operations.commands.checks import audit

WRITE = """
import sys, time
from youthpilot.core.audit import services
from youthpilot.core.commanding import Session
{before}
Session('platform').registry()
for n in range({count}):
    services.record("setting.change", object_id=n)
    print(n, flush=True)
"""
STOP = "\ndef stop():\n    print('HERE', flush=True)\n    time.sleep(60)\n"
AFTER_THE_COMMIT = STOP + "services.keep_end = stop\n"
# what would be wrong: the file is written while the entry can still be taken back
BEFORE_THE_COMMIT = STOP + "from youthpilot.core.audit import ends\nplain = services.advance\n"
BEFORE_THE_COMMIT += "def early(*args):\n    plain(*args)\n    ends.keep_end()\n    stop()\nservices.advance = early\n"


@pytest.fixture
def writer(county):
    """writer(count, before) → a process on the same installation that writes so many entries."""
    started = []

    def start(count, before=""):
        code = WRITE.format(count=count, before=before)
        started.append(subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def newest():
    return AuditEntry.select().order_by(AuditEntry.sequence.desc()).get()


def test_the_file_is_current_after_every_act_and_private(county, home):
    for _ in range(3):
        entry = record("setting.change")
        assert (in_file().sequence, in_file().digest) == (entry.sequence, entry.digest)
    path = home / "audit-ends.json"
    assert path.stat().st_size == 2 * LINE and path.stat().st_mode & 0o077 == 0
    assert {json.loads(line)["sequence"] for line in path.read_text().splitlines()} == {entry.sequence, entry.sequence - 1}


@pytest.mark.parametrize("torn", [0, 1])
def test_a_torn_line_leaves_the_other_one(county, home, torn):
    record("setting.change")
    content = bytearray(ends_content())
    content[torn * LINE : torn * LINE + 40] = b"\0" * 40
    put_ends(bytes(content))
    assert verify() == []
    for _ in range(2):
        record("setting.change")
        assert verify() == [] and in_file().sequence == newest().sequence


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "不见了"),
        (b"", "没有本系统的签名"),
        (b"{}", "没有本系统的签名"),
        (b'{"sequence":1,"digest":"x","first_digest":"x","signature":"x"}', "没有本系统的签名"),
    ],
)
def test_a_file_that_is_gone_or_another_is_found_and_not_mended_by_the_next_act(county, home, content, says):
    path = home / "audit-ends.json"
    path.unlink() if content is None else path.write_bytes(content)
    record("setting.change")
    assert len(verify()) == 1 and says in verify()[0]
    with pytest.raises(RuleError, match="理由"):
        accept(" ")
    entry = accept("恢复时没有带上这个文件")
    assert verify() == [] and entry.after["count"] == 1 and says in entry.after["found"][0]
    assert record("setting.change").sequence == in_file().sequence


def test_a_folder_in_its_place_is_told_in_words(county, home):
    (home / "audit-ends.json").unlink()
    (home / "audit-ends.json").mkdir()
    record("setting.change")
    assert len(verify()) == 1 and "没有本系统的签名" in verify()[0]


def test_a_backup_taken_apart_goes_back_together(county, home):
    """Ends first, then the database: what restore puts back verifies, although the log had gone on."""
    record("setting.change")
    ends = ends_content()
    record("setting.change")
    with sqlite_copy(home / "youthpilot.db") as copy:
        record("setting.change")
        database.close()
        for ending in ("-wal", "-shm"):
            (home / f"youthpilot.db{ending}").unlink(missing_ok=True)
        shutil.copy(copy, home / "youthpilot.db")
    database.connect(reuse_if_open=True)
    assert "后面的被删除了" in verify()[0]
    put_ends(ends)
    assert verify() == []
    record("setting.change")
    assert verify() == [] and in_file().sequence == newest().sequence


class sqlite_copy:
    def __init__(self, path):
        self.path, self.copy = path, path.with_name("copy.db")

    def __enter__(self):
        import sqlite3

        target = sqlite3.connect(self.copy)
        database.connection().backup(target)
        target.close()
        return self.copy

    def __exit__(self, *_error):
        self.copy.unlink()


def test_two_processes_write_one_chain_and_one_file_while_it_is_verified(writer):
    both = [writer(40), writer(40)]
    looks = 0
    while any(process.poll() is None for process in both):
        assert verify() == []
        looks += 1
    assert [process.returncode for process in both] == [0, 0] and looks > 1
    assert verify() == [] and in_file().sequence == newest().sequence >= 80


def killed_at_the_stop(process):
    assert any("HERE" in line for line in process.stdout)
    process.kill()
    process.wait()


def test_killed_between_the_commit_and_the_file_the_log_is_whole(writer):
    killed_at_the_stop(writer(1, AFTER_THE_COMMIT))
    assert in_file().sequence == newest().sequence - 1
    assert verify() == []
    record("setting.change")
    assert verify() == [] and in_file().sequence == newest().sequence


def test_the_control_that_writes_the_file_before_the_commit_is_caught(writer):
    killed_at_the_stop(writer(1, BEFORE_THE_COMMIT))
    record("setting.change")
    assert in_file().sequence <= newest().sequence - 1 or verify()


@pytest.mark.parametrize("kills", [3, pytest.param(60, marks=pytest.mark.programme)])
def test_killed_at_any_moment_the_log_is_whole(writer, kills, record_property):
    chance = random.Random(kills)
    for _ in range(kills):
        process = writer(100_000)
        process.stdout.readline()
        time.sleep(chance.uniform(0, 0.3))
        process.kill()
        process.communicate()
        assert verify() == []
    record_property("kills", kills)
    record_property("entries", newest().sequence)


# a log from before there were ends -----------------------------------------------------------------------------------


@pytest.fixture
def old(county, home):
    """As version 0.1.0 leaves it: entries, no signed end, no file."""
    for _ in range(5):
        record("setting.change")
    with raw_allowed():
        database.execute_sql("UPDATE core_audit_end SET sequence = 0, digest = '', first_digest = '', signature = ''")
        database.execute_sql('DROP TRIGGER "core_audit_no_delete"')
    (home / "audit-ends.json").unlink()
    return home


def test_an_old_log_is_adopted_once_at_the_upgrade(old):
    assert "还没有保存" in verify()[0]
    upgrade(Registry())
    assert verify() == [] and in_file().sequence == newest().sequence
    (old / "audit-ends.json").unlink()
    upgrade(Registry())
    assert "不见了" in verify()[0], "the database knows that ends were kept"


def test_an_old_log_that_was_changed_is_not_adopted(old):
    with raw_allowed():
        database.execute_sql("DELETE FROM core_audit WHERE sequence = 3")
    assert any("缺少第3条" in text for text in adopt())
    upgrade(Registry())
    assert any("还没有保存" in text for text in verify())
    record("setting.change")
    assert any("还没有保存" in text for text in verify())


def test_what_an_old_version_remembered_of_its_last_check_still_counts(old):
    first, last = AuditEntry.get(AuditEntry.sequence == 1), newest()
    (old / "audit-ends.json").write_text(json.dumps({first.digest: [last.sequence, last.digest], "another": [99, "x"]}))
    with raw_allowed():
        database.execute_sql(f"DELETE FROM core_audit WHERE sequence = {last.sequence}")
    assert any("后面的被删除了" in text for text in adopt())
    with raw_allowed():
        database.execute_sql("UPDATE core_audit_end SET sequence = 0")
    (old / "audit-ends.json").write_text(json.dumps({first.digest: [last.sequence - 1, last.previous_digest]}))
    assert adopt() == [] and verify() == []


def test_stopped_between_file_and_row_the_adoption_is_completed(old):
    upgrade(Registry())
    with raw_allowed():
        database.execute_sql("UPDATE core_audit_end SET sequence = 0, digest = '', first_digest = '', signature = ''")
    assert adopt() == [] and verify() == []


def test_accept_needs_a_reason_on_the_command_line_too(damaged):
    (damaged.home / "audit-ends.json").unlink()
    assert damaged.run(audit, "accept", "--reason", " ")[0] == 1
    code, output = damaged.run(audit, "accept", "--reason", "换了服务器，文件没有带过来")
    assert code == 0 and "已记为第" in output
    assert damaged.check()[0] == 0


def test_an_act_taken_back_leaves_no_line_no_gap_and_no_end(county, capsys):
    before, end = newest().sequence, in_file()
    with transaction():
        record("setting.change", object_name="留下")
        with pytest.raises(ZeroDivisionError), transaction():
            record("setting.change", object_name="内层撤回")
            raise ZeroDivisionError
        record("setting.change", object_name="也留下")
        assert "sequence" not in capsys.readouterr().out and in_file() == end, "nothing is said before the commit"
    lines = capsys.readouterr().out
    assert lines.count("sequence") == 2 and f"sequence={before + 1}" in lines and f"sequence={before + 2}" in lines
    with pytest.raises(ZeroDivisionError), transaction():
        record("setting.change")
        raise ZeroDivisionError
    assert "sequence" not in capsys.readouterr().out and in_file().sequence == before + 2
    assert record("setting.change").sequence == before + 3 and verify() == []
