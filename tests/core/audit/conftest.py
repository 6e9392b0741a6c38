"""A small installation that was used: two half-years, one published with its document, evidence; copied for each test that damages it."""

import os
import re
import shutil
import sqlite3
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from youthpilot.core.commanding import Session
from youthpilot.core.counties.services import county_registry
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.modes import tighten
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.lock import lock, publish
from youthpilot.core.periods.queries import get_period
from youthpilot.core.periods.services import open_period
from youthpilot.core.registry import Registry
from youthpilot.core.testing import installation, make_county, make_organization
from youthpilot.plugins.figures.evidence import add_evidence
from youthpilot.plugins.operations.commands import period as period_commands
from youthpilot.plugins.operations.commands.checks import audit, check
from youthpilot.plugins.reports.services import save_text

BOSS = Clerk("周敏")


def _live(registry):
    """2022H1 published, 2022H2 locked with a changed wording, 2023H1 open with evidence."""
    county = make_county(registry)
    village = make_organization(county, "甲村", parent=make_organization(county, "东镇", "township"))
    here = county_registry(registry, county)
    with scoped(county_scope(county)):
        for code in ("2022H1", "2022H2", "2023H1"):
            open_period(county, code, None, here, BOSS)
        for code in ("2022H1", "2022H2"):
            lock(get_period(code), here, BOSS, "已电话核实")
        publish(get_period("2022H1"), here, BOSS, "已电话核实")
        save_text(get_period("2022H2"), county, here, "core.base", "全县共有基层团组织若干。", "", BOSS)
        add_evidence(get_period("2023H1"), village.id, "名册.txt", "甲村名册".encode(), Clerk("李四", 7, village.id))


@pytest.fixture(scope="module")
def used(tmp_path_factory):
    """(its home, the ends that its database held as it went): not to be changed."""
    folder = tmp_path_factory.mktemp("used")
    registry = Registry()
    with installation(folder, registry):
        make_county(registry, "early", "先建县")
        early = database.execute_sql("SELECT sequence, digest, first_digest, signature FROM core_audit_end").fetchone()
        _live(registry)
    return folder, early


@pytest.fixture
def damaged(used, home, monkeypatch):
    """A copy of it at the environment's home: `sql(…)` changes it as somebody with the database alone would, `check()` is the command."""
    folder, early = used
    place = home / "copy"
    before = os.umask(0o077)  # as the commands and the server work
    shutil.copytree(folder, place)
    monkeypatch.setenv("YOUTHPILOT_HOME", str(place))
    tighten()
    yield SimpleNamespace(home=place, early=early, sql=lambda *statements: _attack(place, statements), run=_run, check=lambda: _run(check),
                          verify=lambda: _run(audit, "verify"), periods=lambda: _run(period_commands, "verify"), rows=lambda sql: _rows(place, sql))  # fmt: skip
    os.umask(before)
    if database.obj is not None and not database.is_closed():
        database.close()


def _run(command, *arguments):
    """Exit code and what is said, in a session of its own on the database of the environment."""
    if database.obj is not None and not database.is_closed():
        database.close()
    done = CliRunner().invoke(command, [str(a) for a in arguments], obj=Session("platform"))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    said = [line for line in done.output.splitlines() if not line.startswith("20")]  # without the log's own lines
    assert "Traceback" not in done.output and all(re.search("[\u4e00-\u9fff]", line) for line in said), done.output
    return done.exit_code, done.output


def _rows(home: Path, sql):
    with connected(home) as connection:
        return connection.execute(sql).fetchall()


@contextmanager
def connected(home: Path):
    """The file itself, past every wall of ours."""
    if database.obj is not None and not database.is_closed():
        database.close()
    connection = sqlite3.connect(home / "youthpilot.db", isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


def _attack(home, statements):
    """The triggers are taken off and put back, so that only what was changed can tell."""
    with connected(home) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _text in triggers:
            connection.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            statement(connection) if callable(statement) else connection.execute(statement)
        for _name, text in triggers:
            connection.execute(text)
