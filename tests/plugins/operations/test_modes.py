"""What lies in the home is its owner's alone, and drafts of imports are not there to be read."""

import io
import os
from datetime import timedelta

import pytest
from keeping import run

from youthpilot.core.accounts.actor import Actor
from youthpilot.core.accounts.services import create_user
from youthpilot.core.app import create_app
from youthpilot.core.kernel.errors import NotFound
from youthpilot.core.kernel.home import files_dir
from youthpilot.core.kernel.modes import findings
from youthpilot.plugins.importing import jobs
from youthpilot.plugins.importing.models import Job

LIST = "姓名,身份证号\n甲,11010519491231002X\n乙,110105194912310038\n".encode()


def modes(home):
    """path → mode of everything in a home."""
    return {path: path.lstat().st_mode & 0o777 for path in [home, *home.rglob("*")]}


def test_whatever_a_command_makes_is_its_owners_alone(here, tmp_path):
    run(here, "backup", tmp_path / "b.tar")
    run(here, "report", "--county", "test", "--period", "2023H1", "--format", "md", "-o", tmp_path / "r.md")
    loose = {path: oct(mode) for path, mode in {**modes(here), **{p: p.stat().st_mode & 0o777 for p in tmp_path.glob("?.*")}}.items() if mode & 0o077}
    assert loose == {} and (here / "youthpilot.db").stat().st_mode & 0o777 == 0o600 and here.stat().st_mode & 0o777 == 0o700


def test_check_names_what_is_too_open_and_a_start_closes_it(here, monkeypatch):
    for path in (here, here / "youthpilot.db", here / "files" / "evidence"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    said = run(here, "check", code=1)
    assert said.count("权限过宽") >= 3 and "youthpilot.db" in said and "files/evidence" in said
    monkeypatch.setenv("YOUTHPILOT_HOME", str(here))
    create_app()  # what `serve` starts
    assert findings() == [] and here.stat().st_mode & 0o777 == 0o700


@pytest.fixture
def clerk(in_county):
    user = create_user("clerk", "经办", "green-river-7-boats", must_change=False)
    return Actor(user.id, "clerk", "经办", in_county.id, None, "county_admin", frozenset())


def drafts():
    return list((files_dir() / "imports").iterdir())


@pytest.mark.parametrize("way", ["file", "paste"])
def test_a_draft_is_encrypted_on_the_disk_and_read_as_before(clerk, way):
    given = {"stream": io.BytesIO(LIST)} if way == "file" else {"text": LIST.decode().replace(",", "\t")}
    job = jobs.open_draft("cadres.posts", "名单.csv", {}, clerk, **given)
    (path,) = drafts()
    assert b"1101051949" not in path.read_bytes() and path.stat().st_mode & 0o777 == 0o600
    jobs._sheets.clear()  # another process
    assert [row[1] for row in jobs.sheet_of(job).rows] == ["身份证号", "11010519491231002X", "110105194912310038"]
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    jobs._sheets.clear()
    with pytest.raises(NotFound):
        jobs.sheet_of(job)


def test_the_hourly_sweep_takes_old_drafts_plain_ones_and_locks_of_the_dead(clerk):
    old, fresh = (jobs.open_draft("cadres.posts", "名单.csv", {}, clerk, stream=io.BytesIO(LIST)) for _ in range(2))
    path = files_dir() / "imports" / old.params["file"]
    day_before = old.created_at - timedelta(days=1, minutes=1)
    os.utime(path, (day_before.timestamp(),) * 2)
    Job.update(created_at=day_before).where(Job.id == old.id).execute()
    (files_dir() / "imports" / ("a" * 32)).write_bytes(LIST)  # as 0.1.0 kept them
    (files_dir() / "workers").mkdir()
    (files_dir() / "workers" / "0123456789abcdef.lock").touch()
    jobs.sweep()
    assert [p.name for p in drafts()] == [fresh.params["file"]] and list(Job.select(Job.id).tuples()) == [(fresh.id,)]
    assert list((files_dir() / "workers").iterdir()) == []
