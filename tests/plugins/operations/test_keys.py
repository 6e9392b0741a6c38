"""Keys are made by `init` and `demo` alone; a start without them, or with others, is refused and says what to do."""

import shutil
import subprocess
import sys

import pytest
from keeping import environment, rows, run, start

from youthpilot.core.kernel.keyfiles import make_keys

SERVE = ("serve", "--port", "0")


def log_of(home):
    return rows(home / "youthpilot.db", "SELECT count(*) FROM core_audit")


@pytest.mark.parametrize("words", [SERVE, ("db", "up"), ("county", "add", "bb", "乙县"), ("backup", "x.tar"), ("init",)], ids=lambda w: w[0])
def test_without_the_keys_nothing_starts_and_none_is_made(here, words):
    before = log_of(here)
    shutil.move(here / "keys", here / "elsewhere")
    said = run(here, *words, code=1)
    assert "缺少密钥" in said and "keys 文件夹放回原处" in said and "再也无法读取" in said
    assert not (here / "keys").exists() and log_of(here) == before


@pytest.mark.parametrize("name", ["secret.key", "fields.key"])
def test_with_another_key_nothing_starts_and_with_the_copy_put_back_it_does(here, name, monkeypatch):
    kept = (here / "keys" / name).read_text()
    (here / "keys" / name).unlink()
    monkeypatch.setenv("YOUTHPILOT_HOME", str(here))
    assert make_keys() == [name]
    for words in (SERVE, ("db", "up")):
        assert f"{name} 不是这个数据库的密钥" in run(here, *words, code=1)
    (here / "keys" / name).write_text(kept)
    assert run(here, "keys", "status").count("与数据库相符") == 2
    run(here, "check")


def test_a_lost_secret_is_made_anew_on_request_only_a_lost_key_of_fields_never(here):
    (here / "keys" / "secret.key").unlink()
    assert "keys renew-secret" in run(here, "check", code=1)
    run(here, "keys", "renew-secret", "--yes")
    run(here, "check")
    assert rows(here / "youthpilot.db", "SELECT act FROM core_audit ORDER BY sequence DESC LIMIT 1") == [("key.renew",)]
    (here / "keys" / "fields.key").unlink()
    assert "fields.key" in run(here, "keys", "renew-secret", "--yes", code=1) and not (here / "keys" / "fields.key").exists()


def test_a_key_that_others_may_read_or_that_was_cut_off_is_refused(here):
    key = here / "keys" / "fields.key"
    key.chmod(0o640)
    assert "chmod go=" in run(here, "check", code=1)
    key.chmod(0o600)
    key.write_text(key.read_text()[:60])
    assert "已损坏" in run(here, *SERVE, code=1)


def made_by_0_1_0(home):
    """Take from a home what 0.2.0 gave it."""
    for statement in ("DROP TABLE core_key_fingerprint", "DELETE FROM core_migration WHERE name = 'core:0002_keys'"):
        rows(home / "youthpilot.db", statement)


def test_the_keys_of_an_old_home_are_taken_if_its_log_was_signed_with_them(here, monkeypatch):
    made_by_0_1_0(here)
    assert "db up" in run(here, "check", code=1)
    assert "core:0002_keys" in run(here, "db", "up")
    assert {name for (name,) in rows(here / "youthpilot.db", "SELECT name FROM core_key_fingerprint")} == {"secret.key", "fields.key"}
    run(here, "check")


def test_the_keys_of_another_home_are_not_taken(here, monkeypatch):
    made_by_0_1_0(here)
    (here / "keys" / "fields.key").unlink()
    monkeypatch.setenv("YOUTHPILOT_HOME", str(here))
    make_keys()
    assert "不是这个数据库的密钥" in run(here, "db", "up", code=1)
    assert rows(here / "youthpilot.db", "SELECT name FROM core_migration WHERE name = 'core:0002_keys'") == []


def test_a_new_installation_is_told_to_use_init(tmp_path):
    home = tmp_path / "new"
    run(home, "db", "up")
    assert "youthpilot init" in run(home, "county", "add", "aa", "甲县", code=1)
    run(home, "init")
    run(home, "county", "add", "aa", "甲县")
    assert rows(home / "youthpilot.db", "SELECT count(*) FROM core_key_fingerprint") == [(2,)]


def test_two_inits_at_once_make_one_pair_of_keys(tmp_path):
    home = tmp_path / "new"
    both = [start(home, "init") for _ in range(2)]
    said = [process.communicate(timeout=120) for process in both]
    assert all("Traceback" not in err for _out, err in said), said
    run(home, "check")


def test_no_code_of_ours_makes_a_key_on_the_way(tmp_path):
    """The application on a home without keys, whatever is asked of it."""
    code = "from youthpilot.core.kernel.secrets import protect; protect('x')"
    done = subprocess.run([sys.executable, "-c", code], env=environment(tmp_path), capture_output=True, text=True)
    assert done.returncode == 1 and "KeysRefused" in done.stderr and not (tmp_path / "keys").exists()


def test_a_key_of_any_bytes_and_a_folder_in_its_place_are_refused_in_words(here):
    key = here / "keys" / "secret.key"
    key.write_bytes(b"\xff\xfe" * 40)
    assert f"{key} 已损坏" in run(here, "check", code=1)
    key.unlink()
    key.mkdir()
    assert f"{key} 无法读取" in run(here, "user", "list", code=1)
