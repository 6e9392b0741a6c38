"""A backup is whole or it is not there; a restore leaves the old or the new; neither the running server nor a kill changes that."""

import hashlib
import io
import json
import os
import random
import resource
import signal
import sqlite3
import sys
import tarfile
import time
from contextlib import closing

import pytest
from keeping import rows, run, start

# Killed in the command itself, not while Python loads: the program says HERE when the work begins.
TIMED = """
import sys
from youthpilot.plugins.operations.backups import making, restoring
for module, name in ((making, "_only_one"), (restoring, "own_home")):
    def first(*a, inner=getattr(module, name), **k):
        print("HERE", flush=True)
        return inner(*a, **k)
    setattr(module, name, first)
from youthpilot.core.cli import main
main()
"""
TIMED_PROGRAM = [sys.executable, "-c", TIMED]
KILLS = [pytest.param(3, id="3"), pytest.param(50, id="50", marks=pytest.mark.programme)]


def members(path):
    with tarfile.open(path) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


OWN = ("backup.", "core_audit_end", "core_key_fingerprint", "core_stamp")  # what a backup and a restore write themselves


def digest(home):
    """What the database of a home holds, and its files."""
    with closing(sqlite3.connect(home / "youthpilot.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        dump = "\n".join(line for line in connection.iterdump() if not any(part in line for part in OWN))
    files = {path.name: path.read_bytes() for path in sorted((home / "files").rglob("*")) if path.is_file() and path.parent.name == "evidence"}
    return hashlib.sha256((dump + repr(files)).encode()).hexdigest()


@pytest.fixture(scope="session")
def saved(source, tmp_path_factory):
    """A backup of `source`, made of a copy."""
    import shutil

    folder = tmp_path_factory.mktemp("saved")
    home = shutil.copytree(source, folder / "home")
    said = run(home, "backup", folder / "a.tar")
    assert "核对无误" in said
    return folder / "a.tar"


def spoil(home):
    """Another state of the home: a county's name and one file more."""
    rows(home / "youthpilot.db", "UPDATE core_county SET name = '改过的县'")
    (home / "files" / "evidence" / "later").write_bytes(b"later")


def test_a_backup_holds_everything_but_the_keys_and_drafts(saved, source):
    inside = members(saved)
    assert saved.stat().st_mode & 0o777 == 0o600
    said = json.loads(inside["manifest.json"])
    assert set(inside) - {"manifest.json"} == set(said["members"]) and len([n for n in inside if n.startswith("files/evidence/")]) == 1
    keys = [(source / "keys" / name).read_text() for name in ("secret.key", "fields.key")]
    assert not any(key.encode() in data for key in keys for data in inside.values())
    assert said["counts"]["core_person"] == 1 and said["audit"][0] == said["counts"]["core_audit"]
    assert all(hashlib.sha256(inside[name]).hexdigest() == told for name, (_size, told) in said["members"].items())
    assert not any(part in name for name in inside for part in ("keys", "imports", "workers"))


def test_a_backup_beside_a_writer_is_one_moment_and_its_own_entry_comes_after(here, tmp_path):
    """Somebody adds pairs of rows; a copy with half a pair would be two moments."""
    rows(here / "youthpilot.db", "CREATE TABLE pair (n INTEGER)")
    writer = start(here, program=[sys.executable, "-c", WRITER.format(path=here / "youthpilot.db")])
    assert writer.stdout.readline().strip() == "HERE"
    run(here, "backup", tmp_path / "a.tar")
    writer.kill()
    writer.communicate()
    (tmp_path / "copy.db").write_bytes(members(tmp_path / "a.tar")["youthpilot.db"])
    (count,) = rows(tmp_path / "copy.db", "SELECT count(*) FROM pair")[0]
    assert count > 0 and count % 2 == 0
    assert rows(tmp_path / "copy.db", "SELECT count(*) FROM core_audit WHERE act = 'backup.create'") == [(0,)]
    assert rows(here / "youthpilot.db", "SELECT count(*) FROM core_audit WHERE act = 'backup.create'") == [(1,)]


WRITER = """
import sqlite3, time
connection = sqlite3.connect({path!r}, isolation_level=None, timeout=30)
print("HERE", flush=True)
while True:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO pair VALUES (1)")
    connection.execute("INSERT INTO pair VALUES (2)")
    connection.execute("COMMIT")
    time.sleep(0.002)
""".replace("{path!r}", "'{path}'")


def test_a_taken_name_is_refused_and_its_file_stays(here, tmp_path):
    (tmp_path / "a.tar").write_text("mine")
    assert "已经存在" in run(here, "backup", tmp_path / "a.tar", code=1) and (tmp_path / "a.tar").read_text() == "mine"
    assert "没有文件夹" in run(here, "backup", tmp_path / "nowhere" / "a.tar", code=1)


def test_what_does_not_prove_whole_is_not_saved(here, tmp_path):
    rows(here / "youthpilot.db", "DROP TRIGGER core_audit_no_update")
    rows(here / "youthpilot.db", "UPDATE core_audit SET reason = 'x' WHERE sequence = 2")
    said = run(here, "backup", tmp_path / "a.tar", code=1)
    assert "2" in said and "--with-findings" in said and list(tmp_path.glob("*.tar")) == list(tmp_path.glob(".*part")) == []
    run(here, "backup", tmp_path / "a.tar", "--with-findings")
    assert json.loads(members(tmp_path / "a.tar")["manifest.json"])["findings"]


def test_a_damaged_database_is_never_saved(here, tmp_path):
    with closing(sqlite3.connect(here / "youthpilot.db")) as connection:
        page, root = (
            connection.execute("PRAGMA page_size").fetchone()[0],
            connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'core_person'").fetchone()[0],
        )
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with (here / "youthpilot.db").open("r+b") as file:
        file.seek((root - 1) * page + 40)
        file.write(os.urandom(page - 40))
    assert "损坏" in run(here, "backup", tmp_path / "a.tar", "--with-findings", code=1)
    assert list(tmp_path.glob("*.tar")) == [] and list(here.glob("backup-*")) == []


def test_damage_that_only_the_integrity_check_sees_is_never_saved(here, tmp_path):
    with closing(sqlite3.connect(here / "youthpilot.db")) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        text = "REPLACE(sql, '\"organization_id\" INTEGER', '\"organization_id\" INTEGER NOT NULL')"  # acts of the platform have none
        assert connection.execute(f"UPDATE sqlite_master SET sql = {text} WHERE name = 'core_audit'").rowcount == 1
        connection.commit()
    assert "NULL value in core_audit" in run(here, "backup", tmp_path / "a.tar", "--with-findings", code=1)
    assert list(tmp_path.glob("*.tar")) == []


def test_on_a_full_disk_the_cause_is_said_and_nothing_stays(here, tmp_path):
    def little_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))

    said = run(here, "backup", tmp_path / "a.tar", code=1, before=little_room)
    assert "磁盘" in said and "cannot rollback" not in said
    assert list(tmp_path.glob("*.tar")) == list(tmp_path.glob(".*")) == list(here.glob("backup-*.tmp")) == []


def test_restored_over_another_state_it_is_the_old_one_and_the_other_is_kept(here, saved):
    wanted = digest(here)
    spoil(here)
    run(here, "keys", "renew-secret", "--yes")  # an entry more
    run(here, "audit", "verify")  # which is remembered as the end of the log
    other = digest(here)
    assert other != wanted
    said = run(here, "restore", saved)  # ends with check, which has nothing to say
    assert "没有问题" in said and digest(here) == wanted
    (aside,) = here.glob("replaced-*")
    assert digest(aside) == other and rows(here / "youthpilot.db", "SELECT act FROM core_audit ORDER BY sequence DESC LIMIT 1") == [
        ("backup.restore",)
    ]
    run(here, "audit", "verify")
    run(here, "backup", here / "again.tar")  # and life goes on


def test_a_restored_installation_has_an_epoch_of_its_own(here, saved):
    """Its numbers are those of before, its rows are others: nothing that was computed there holds here."""
    asked = (here / "youthpilot.db", "SELECT number FROM core_stamp WHERE table_name = ''")
    before = rows(*asked)
    run(here, "restore", saved)
    assert len(rows(*asked)) == len(before) == 1 and rows(*asked) != before


def test_restored_into_an_empty_home_with_the_keys_alone(source, saved, tmp_path):
    import shutil

    home = tmp_path / "new"
    assert "缺少密钥" in run(home, "restore", saved, code=1)
    shutil.copytree(source / "keys", home / "keys", dirs_exist_ok=True)
    assert "没有问题" in run(home, "restore", saved)
    assert digest(home) == digest(source) and list(home.glob("replaced-*")) == []


def test_refused_while_somebody_works_in_the_home(here, saved):
    server = start(here, "serve", "--port", "0")
    assert "http://127.0.0.1" in server.stdout.readline()
    before = digest(here)
    try:
        assert "先停止服务" in run(here, "restore", saved, code=1) and digest(here) == before
    finally:
        server.terminate()
        server.communicate(timeout=30)


def test_refused_with_other_keys(here, saved):
    key = here / "keys" / "fields.key"
    key.write_text(os.urandom(64).hex())
    before = digest(here)
    assert "fields.key" in run(here, "restore", saved, code=1) and digest(here) == before


def repacked(path, target, change):
    """The backup with its members changed by `change(name, data)`; None leaves one out."""
    with tarfile.open(target, "w") as tar:
        for name, data in members(path).items():
            data = change(name, data)
            if data is not None:
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
    return target


def forged(name, data):
    """A manifest that fits a changed file, by somebody without the key."""
    if name == "manifest.json":
        body = json.loads(data)
        for kept in body["members"]:
            if kept.startswith("files/"):
                body["members"][kept] = [5, hashlib.sha256(b"other").hexdigest()]
        return json.dumps(body).encode()
    return b"other" if name.startswith("files/") else data


DAMAGES = {
    "cut off": lambda path, target: target.write_bytes(path.read_bytes()[:-20_000]),
    "a byte": lambda path, target: target.write_bytes((b := path.read_bytes())[:300_000] + bytes([b[300_000] ^ 1]) + b[300_001:]),
    "a file missing": lambda path, target: repacked(path, target, lambda name, data: None if name.startswith("files/") else data),
    "forged": lambda path, target: repacked(path, target, forged),
    "way out": lambda path, target: (
        repacked(path, target, lambda name, data: data) and tarfile.open(target, "a").addfile(tarfile.TarInfo("../../evil"))
    ),
    "no backup": lambda path, target: target.write_text("hello"),
}


@pytest.mark.parametrize("kind", DAMAGES)
def test_a_damaged_backup_is_refused_and_nothing_changes(here, saved, tmp_path, kind):
    DAMAGES[kind](saved, tmp_path / "bad.tar")
    before = digest(here)
    assert "不是完整的" in run(here, "restore", tmp_path / "bad.tar", code=1)
    assert digest(here) == before and not (here / "restore.new").exists() and not (tmp_path / "evil").exists()


# killed --------------------------------------------------------------------------------------------------------------


def heavier(home):
    """More to copy, so that there is time in which to be killed."""
    for n in range(3):
        (home / "files" / "evidence" / f"{n:040d}").write_bytes(os.urandom(8_000_000))


def killed(process, dice, longest):
    """Kill it at a moment after its work began; True if it was faster."""
    assert process.stdout.readline().strip() == "HERE"
    time.sleep(dice.uniform(0, longest))
    process.kill()
    out, err = process.communicate()
    assert process.returncode in (0, -9), out + err
    return process.returncode == 0


def timed(home, *words):
    """How many seconds the work takes once it began."""
    process = start(home, *words, program=TIMED_PROGRAM)
    assert process.stdout.readline().strip() == "HERE"
    began = time.monotonic()
    process.communicate(timeout=120)
    assert process.returncode == 0
    return time.monotonic() - began


def test_killed_before_its_end_there_is_nothing_under_the_final_name(here, tmp_path):
    """At the last member, when all but the proof of the whole is written."""
    code = """
import os, signal
from youthpilot.plugins.operations.backups import making
making.add_bytes = lambda tar, name, data: os.kill(os.getpid(), signal.SIGKILL)
from youthpilot.core.cli import main
main()
"""
    run(here, "backup", tmp_path / "a.tar", program=[sys.executable, "-c", code], code=-9)
    (part,) = [path for path in tmp_path.iterdir() if path != here]
    assert part.name.startswith(".a.tar.") and part.stat().st_mode & 0o077 == 0
    run(here, "backup", tmp_path / "a.tar")
    assert not part.exists() and not list(here.glob("backup-*.tmp")) and "manifest.json" in members(tmp_path / "a.tar")


@pytest.mark.parametrize("kills", KILLS)
def test_a_killed_backup_leaves_no_bad_file_and_the_next_one_succeeds(here, tmp_path, kills, record_property):
    heavier(here)
    longest, dice, finished = timed(here, "backup", tmp_path / "first.tar"), random.Random(7), 0
    for n in range(kills):
        target = tmp_path / f"{n}.tar"
        finished += killed(start(here, "backup", target, program=TIMED_PROGRAM), dice, longest)
        if target.exists():
            inside = members(target)
            told = json.loads(inside["manifest.json"])["members"]
            assert all(hashlib.sha256(inside[name]).hexdigest() == sha for name, (_size, sha) in told.items())
            target.unlink()
    run(here, "backup", tmp_path / "0.tar")
    assert not list(here.glob("backup-*.tmp")) and not list(tmp_path.glob(".0.tar.*"))
    record_property("killed", kills - finished)


@pytest.mark.parametrize("kills", KILLS)
def test_a_killed_restore_leaves_the_old_or_the_new(here, tmp_path, kills, record_property):
    heavier(here)
    run(here, "backup", tmp_path / "a.tar")
    new = digest(here)
    spoil(here)
    old = digest(here)
    longest, dice, became = timed(here, "restore", tmp_path / "a.tar"), random.Random(11), {"old": 0, "new": 0}
    for _n in range(kills):
        if digest(here) != old:
            spoil(here)
        assert digest(here) == old
        killed(start(here, "restore", tmp_path / "a.tar", program=TIMED_PROGRAM), dice, longest)
        run(here, program=[sys.executable, "-c", "from youthpilot.core.entering import enter; enter()"])  # as every command and server begins
        found = digest(here)
        assert found in (old, new)
        became["old" if found == old else "new"] += 1
    run(here, "restore", tmp_path / "a.tar")
    assert digest(here) == new
    for name, count in became.items():
        record_property(name, count)


def test_killed_between_the_moves_the_next_start_completes_it(here, saved):
    """At each of the moves, by the program itself: a kill from outside rarely hits them."""
    wanted, place = digest(here), "import pathlib\n_rename = pathlib.Path.rename\n"
    for move in (0, 2, 3):  # before the first, between the old one's and the new one's, before the last
        spoil(here) if digest(here) == wanted else None
        other = digest(here)
        code = place + DIE.format(move=move) + TIMED
        process = start(here, "restore", saved, program=[sys.executable, "-c", code])
        process.communicate(timeout=60)
        assert process.returncode == -9
        run(here, "db", "status")
        assert digest(here) == wanted and not (here / "restore.new").exists() and not (here / "restore.json").exists()
        assert other in {digest(aside) for aside in here.glob("replaced-*")}
    run(here, "check")


DIE = """
count = 0
def dying(self, target):
    global count
    if self.parent.name == "restore.new" or str(target).count("replaced-"):
        if count == {move}:
            import os, signal
            os.kill(os.getpid(), signal.SIGKILL)
        count += 1
    return _rename(self, target)
pathlib.Path.rename = dying
"""
