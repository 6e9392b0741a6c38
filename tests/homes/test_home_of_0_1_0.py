"""A home as 0.1.0 left it (3 townships, 6 villages, two modules, a published half-year) upgrades: figures, lock, log and document are unchanged.

It was made with the commands of that version alone: init, county add, plugin enable, import, study add, period open, close, publish.
"""

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PERIOD = ("--county", "qingchuan", "--period", "2023H1")


def run(home, *words):
    env = {**{k: v for k, v in os.environ.items() if k != "DATABASE_URL"}, "YOUTHPILOT_HOME": str(home), "YOUTHPILOT_TODAY": "2023-07-03"}
    line = [sys.executable, "-c", "from youthpilot.core.cli import main; main()", *map(str, words)]
    done = subprocess.run(line, env=env, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    found = tmp_path_factory.mktemp("old")
    with tarfile.open(HERE / "0_1_0.tar.xz") as kept:
        kept.extractall(found, filter="data")
    run(found, "db", "up")
    return found


def test_its_figures_are_the_same(home):
    assert json.loads(run(home, "figures", *PERIOD, "--format", "json")) == json.loads((HERE / "0_1_0.figures.json").read_text("utf-8"))


def test_its_published_report_is_the_same_to_the_letter(home, tmp_path):
    run(home, "report", *PERIOD, "--format", "md", "-o", tmp_path / "report.md")
    assert (tmp_path / "report.md").read_text("utf-8") == (HERE / "0_1_0.report.md").read_text("utf-8")


def test_lock_log_and_installation_verify(home):
    run(home, "period", "verify", "--county", "qingchuan")
    run(home, "audit", "verify")
    run(home, "check")
