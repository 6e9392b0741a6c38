"""kill -9 of the command in the middle: nothing half-written, and the same command again completes. The control commits in steps and is caught."""

import random
import re
import subprocess
import sys
import time

import pytest

from youthpilot.core.batches.models import Batch
from youthpilot.plugins.study.models import StudyCounter, StudyMember, StudyRecord

COUNT = 3000
# The command as it is, but it stops and says so at one point; the control also has no transaction around the import.
COMMAND = """
import contextlib, sys, time
from youthpilot.plugins.importing import services
from youthpilot.plugins.study import importers
point = sys.argv.pop(1)
def stop(here):
    if here == point.removeprefix("control-"):
        print("HERE", flush=True)
        time.sleep(60)
def before(function, here):
    return lambda *a, **k: (stop(here), function(*a, **k))[1]
def after(function, here):
    def wrapped(*a, **k):
        out = function(*a, **k)
        stop(here)
        return out
    return wrapped
importers.record_learners = before(importers.record_learners, "middle")
services._apply = after(before(services._apply, "judged"), "written")
if point.startswith("control-"):
    services.transaction = contextlib.nullcontext
from youthpilot.core.cli import main
main()
"""


@pytest.fixture
def command(land, files, home):
    """command(point) → the running process; its file has 3,000 learners."""
    path = home / "名单.csv"
    path.write_bytes(files.gb18030(files.headings, files.learners(COUNT)))
    arguments = ["import", "study_learners", str(path), "--county", "test"]

    def start(point):
        program = [sys.executable, "-c", COMMAND, point] if point else [sys.executable, "-c", "from youthpilot.core.cli import main; main()"]
        return subprocess.Popen([*program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    return start


def numbers():
    """How much is there of everything the import writes."""
    batches = Batch.select().where(Batch.importer == "study_learners").count()
    return StudyMember.select().count(), StudyRecord.select().count(), StudyCounter.select().count() > 0, batches


NOTHING, ALL = (0, 0, False, 0), (COUNT, COUNT, True, 1)


def kill_at(process):
    assert "HERE" in process.stdout.readline()
    process.kill()
    process.wait()


@pytest.mark.parametrize("point", ["judged", "middle", "written"])
def test_killed_in_the_middle_nothing_stays_and_again_it_completes(command, point):
    kill_at(command(point))
    assert numbers() == NOTHING
    out, _err = (process := command("")).communicate(timeout=60)
    assert process.returncode == 0 and "新增 3000 行" in out
    assert numbers() == ALL


def test_the_control_without_a_transaction_is_caught(command):
    kill_at(command("control-middle"))
    assert numbers() not in (NOTHING, ALL)


def test_killed_at_any_moment(command):
    for seed in range(3):
        process = command("")
        time.sleep(random.Random(seed).uniform(0.5, 2.0))
        process.kill()
        process.communicate()
        assert numbers() in (NOTHING, ALL)
    out, _err = command("").communicate(timeout=60)
    assert re.search(r"新增 3000 行|3000 行没有变化", out) and numbers() == ALL
