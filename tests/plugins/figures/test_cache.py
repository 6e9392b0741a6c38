"""The kept figures follow every commit, of this process and of others."""

import os
import shutil
import sqlite3
import sys

from youthpilot.core.accounts.services import create_user, grant_role
from youthpilot.core.app import create_app
from youthpilot.core.cli import assemble, cli
from youthpilot.core.counties.models import County
from youthpilot.core.kernel.cache import cached
from youthpilot.core.kernel.clock import now
from youthpilot.core.kernel.database_version import _watch, database_version
from youthpilot.core.kernel.db import database
from youthpilot.plugins.figures.queries import is_complete


class Made:
    """Stands for a figure set: what `cached` looks at."""

    columns: dict = {}


def test_a_result_is_kept_until_somebody_commits(county):
    first = cached("a", Made, is_complete)
    assert cached("a", Made, is_complete) is first
    assert cached("b", Made, is_complete) is not first
    County.update(name="改名县").where(County.id == county.id).execute()
    second = cached("a", Made, is_complete)
    assert second is not first and cached("a", Made, is_complete) is second


def test_a_commit_of_another_process_is_seen_and_a_rollback_is_not(county, home):
    before = database_version()
    other = sqlite3.connect(home / "youthpilot.db")
    other.execute("UPDATE core_county SET name = 'x'")
    other.rollback()
    assert database_version() == before
    other.execute("UPDATE core_county SET name = 'y'")
    other.commit()
    assert database_version() != before


def test_hundred_quick_commits_are_hundred_states(county):
    seen = set()
    for n in range(100):
        County.update(name=f"县{n}", created_at=now()).where(County.id == county.id).execute()
        seen.add(database_version())
    assert len(seen) == 100


def test_nothing_is_kept_inside_a_transaction(county):
    with database.atomic():
        assert database_version() is None
        assert cached("t", Made, is_complete) is not cached("t", Made, is_complete)


def test_what_is_not_fine_is_made_again(county):
    made = []
    assert [cached("f", lambda: made.append(1) or len(made), lambda n: n > 1) for _ in range(3)] == [1, 2, 2]


def test_a_result_has_the_name_of_before_it_was_computed(county, home):
    """A commit while it is computed: the result may hold what was before, so it must not be given out for what is now."""

    def make():
        found = Made()
        other = sqlite3.connect(home / "youthpilot.db")
        other.execute("UPDATE core_county SET name = name || 'x'")
        other.commit()
        other.close()
        return found

    first = cached("slow", make, is_complete)
    assert cached("slow", Made, is_complete) is not first


def test_two_watching_connections_are_never_confused(county, home, tmp_path):
    """Another file, the same file again, a file that took the place of another: never the name of before."""
    path, seen = home / "youthpilot.db", {database_version()}
    for _round in range(2):
        sqlite3.connect(tmp_path / "other.db").execute("PRAGMA user_version = 1").connection.commit()
        seen.add(_watch.version(str(tmp_path / "other.db")))
        seen.add(database_version())
    shutil.copy(tmp_path / "other.db", tmp_path / "new.db")
    (tmp_path / "new.db").replace(tmp_path / "other.db")
    seen |= {_watch.version(str(tmp_path / "other.db")), _watch.version(str(tmp_path / "other.db"))}
    assert len(seen) == 6 and None not in seen
    assert _watch.version(str(path.with_name("none.db"))) is None


def test_a_forked_process_watches_with_its_own_connection(county):
    name = database_version()
    readable, writable = os.pipe()
    pid = os.fork()
    if pid == 0:
        database.obj._state.reset()  # the parent's connection is not ours
        os.write(writable, repr(database_version()).encode())
        os._exit(0)
    os.waitpid(pid, 0)
    told = os.read(readable, 100).decode()
    assert told not in ("None", repr(name)) and database_version() == name


def test_nothing_but_sqlite_opens_its_files(county, registry, home):
    """Closing any descriptor of them drops the process's locks: every page and command, with an ear at every open()."""
    path, opened, listening = str(home / "youthpilot.db"), [], [True]

    def hear(event, values):
        if listening and event == "open" and str(values[0]).startswith(path) and not str(values[0]).endswith(".migrate.lock"):
            opened.append(str(values[0]))

    sys.addaudithook(hear)
    grant_role(create_user("clerk", "办事员", "green-river-7-boats", must_change=False), "county_admin", county)
    database.close()
    client = create_app(registry, WTF_CSRF_ENABLED=False).test_client()
    assert client.post("/login", data={"username": "clerk", "password": "green-river-7-boats"}).status_code == 303
    rules = [r.rule for r in client.application.url_map.iter_rules() if "GET" in r.methods and not r.arguments]
    answers = [client.get(f"/c/test{rule}").status_code for rule in rules]
    assert answers.count(200) > 15
    assemble()
    for words in (["check"], ["audit", "verify"], ["backup", str(home / "copy")], ["db", "status"], ["figures", "--help"]):
        cli.main(words, standalone_mode=False, prog_name="youthpilot")
    listening.clear()
    assert opened == []
    database.connect(reuse_if_open=True)
