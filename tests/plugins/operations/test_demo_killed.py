"""A demonstration that was killed is built again; one that is complete is served; a home of real people is never touched."""

import random
import subprocess
import sys
import time

import pytest
from keeping import PROGRAM, environment, rows, run, start

# The demonstration as it is, but it stops dead after its first county: what a kill in the middle leaves.
STOPPED = """
import os, signal
from youthpilot.plugins.demo import build
def die(*a, **k):
    os.kill(os.getpid(), signal.SIGKILL)
build.__globals__["people"].fill = die
from youthpilot.core.cli import main
main()
"""
# What the build would do, in a moment: the county and the account that is made last.
SHORT = """
from youthpilot.plugins.demo import building
from youthpilot.core.accounts.signing_in import create_demo_user
from youthpilot.core.organizations.founding import create_county
def build(registry, seed, say):
    create_county("demo", "示范县", is_demo=True)
    create_demo_user("platform", "平台管理员", "platform_admin", None)
building.build = build
from youthpilot.core.cli import main
main()
"""


# The same, but it waits in the middle until the file `go` lies in the home.
WAITING = SHORT.replace(
    '    create_demo_user("platform"',
    """    import pathlib, os, time
    print("HERE", flush=True)
    while not pathlib.Path(os.environ["YOUTHPILOT_HOME"], "go").exists():
        time.sleep(0.1)
    create_demo_user("platform\"""",
)


def counties(home):
    return rows(home / "youthpilot.db", "SELECT code FROM core_county ORDER BY code")


def built(home):
    return rows(home / "youthpilot.db", "SELECT count(*) FROM core_user WHERE username = '平台演示'") == [(1,)]


def test_killed_it_is_taken_away_and_built_again_and_then_left_alone(tmp_path):
    home = tmp_path / "demo"
    run(home, "demo", "--no-serve", program=[sys.executable, "-c", STOPPED], code=-9)
    assert counties(home) == [("demo",)] and rows(home / "youthpilot.db", "SELECT count(*) FROM core_user") == [(0,)]
    (home / "files").mkdir(exist_ok=True)
    (home / "files" / "orphan").touch()
    said = run(home, "demo", "--no-serve", program=[sys.executable, "-c", SHORT])
    assert "已清除" in said and "秒" in said and counties(home) == [("demo",)] and not (home / "files" / "orphan").exists()
    assert rows(home / "youthpilot.db", "SELECT sequence FROM core_audit ORDER BY sequence LIMIT 1") == [(1,)]
    again = run(home, "demo", "--no-serve")
    assert "已清除" not in again and counties(home) == [("demo",)]
    run(home, "check")


def test_a_home_with_a_real_county_or_account_is_never_taken_away(here):
    assert "真实的县" in run(here, "demo", "--no-serve", code=1) and counties(here) == [("test",)]
    rows(here / "youthpilot.db", "UPDATE core_county SET is_demo = 1")
    rows(
        here / "youthpilot.db",
        """INSERT INTO core_user (username, display_name, password_hash, session_key, must_change_password, disabled, created_at)
           VALUES ('zhou', '周', 'x', 'x', 0, 0, '2023-01-01T00:00:00+00:00')""",
    )
    assert "真实的县" in run(here, "demo", "--no-serve", code=1) and counties(here) == [("test",)]


def test_two_at_once_one_builds_and_the_other_waits_for_nothing(tmp_path):
    """The second neither takes the first one's work away nor builds into it."""
    home = tmp_path / "demo"
    first = start(home, "demo", "--no-serve", program=[sys.executable, "-c", WAITING])
    assert "HERE" in first.stdout.readline()
    said = run(home, "demo", "--no-serve", code=1)
    assert "示范数据" in said and "等它结束" in said
    (home / "go").touch()
    out, err = first.communicate(timeout=60)
    assert first.returncode == 0, out + err
    assert built(home)


@pytest.mark.programme
def test_killed_ten_times_at_any_moment_it_is_complete_in_the_end(tmp_path, record_property):
    home, dice, killed = tmp_path / "demo", random.Random(3), 0
    for _n in range(10):
        process = subprocess.Popen([*PROGRAM, "demo", "--no-serve"], env=environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(dice.uniform(1, 40))
        process.kill()
        killed += process.wait() == -9
    run(home, "demo", "--no-serve", timeout=400)
    assert built(home)
    run(home, "check")
    record_property("killed", killed)
