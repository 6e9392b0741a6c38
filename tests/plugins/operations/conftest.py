"""A small real installation, made by real commands, and a way to run the command on a copy of it."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

PROGRAM = [sys.executable, "-c", "from youthpilot.core.cli import main; main()"]
FILL = """
from youthpilot.core.app import create_app
from youthpilot.core.cadres.models import Person
from youthpilot.core.counties.models import County
from youthpilot.core.counties.services import county_registry
from youthpilot.core.organizations.founding import create_county
from youthpilot.core.kernel.db import database
from youthpilot.core.periods.acting import Clerk
from youthpilot.plugins.figures.evidence import add_evidence
from youthpilot.core.periods.services import open_period
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.testing import make_organization
from youthpilot.core.web.current import state
app = create_app()
database.connect(reuse_if_open=True)
county = create_county("test", "试验县")
town = make_organization(county, "东镇", "township")
with scoped(county_scope(county)):
    Person.create(county=county, organization=town, name="甲", id_no="11010519491231002X")
    period = open_period(county, "2023H1", None, county_registry(state(app)["registry"], county), Clerk("试"))
    add_evidence(period, town.id, "说明.txt", "情况说明".encode(), Clerk("试"))
"""


def environment(home, **more):
    kept = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    return {**kept, "YOUTHPILOT_HOME": str(home), "YOUTHPILOT_TODAY": "2023-07-03", **more}


def start(home, *words, before=None, program=PROGRAM, **more):
    """The running command, under the mask that a shell has; `before()` runs in the new process."""

    def prepare():
        os.umask(0o022)
        if before is not None:
            before()

    return subprocess.Popen(
        [*program, *map(str, words)], env=environment(home, **more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=prepare
    )


def run(home, *words, code=0, timeout=120, **more):
    """What the command said, out and err together; it ends with `code`."""
    process = start(home, *words, **more)
    out, err = process.communicate(timeout=timeout)
    assert process.returncode == code, f"{words}\n{out}\n{err}"
    assert "Traceback" not in err, err
    return out + err


def rows(path, statement, *values):
    """An independent look at a database file."""
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement, values).fetchall()


@pytest.fixture(scope="session")
def source(tmp_path_factory) -> Path:
    """A home with a county, an identity number, an evidence file and an audit log. Do not write into it."""
    home = tmp_path_factory.mktemp("kept") / "home"
    run(home, "init")
    run(home, program=[sys.executable, "-c", FILL])
    return home


@pytest.fixture
def here(source, tmp_path) -> Path:
    """A copy of it that a test may change."""
    return Path(shutil.copytree(source, tmp_path / "home"))


sys.modules["keeping"] = sys.modules[__name__]  # how the files beside this one find run, start and rows
