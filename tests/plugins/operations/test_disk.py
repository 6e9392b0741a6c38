"""What the disk refuses is said in words, not by a traceback and not by what came after it."""

import os
import sys

import pytest
from keeping import PROGRAM, run
from peewee import OperationalError

from youthpilot.core.accounts.actor import Actor
from youthpilot.core.accounts.services import create_user
from youthpilot.core.app import create_app
from youthpilot.core.kernel.causes import cause_of
from youthpilot.core.kernel.db import database, transaction
from youthpilot.core.organizations.models import Organization
from youthpilot.core.web.policies import policy
from youthpilot.plugins.importing import jobs
from youthpilot.plugins.importing.models import Job


@pytest.fixture
def full(db):
    """From now on the database file cannot grow: SQLite says what it says on a full disk."""

    def fill():
        (pages,) = database.execute_sql("PRAGMA page_count").fetchone()
        database.connection().execute(f"PRAGMA max_page_count = {pages}")

    yield fill


def test_on_a_full_disk_the_cause_is_not_hidden_by_the_undoing(in_county, full):
    full()
    root = Organization.get()
    with pytest.raises(OperationalError, match="full") as raised, transaction(), transaction():
        for n in range(5000):
            Job.create(county=in_county, organization=root, kind="import", params={"text": "x" * 500, "n": n}, created_by="x", created_at=jobs.now())
    assert "磁盘已满" in cause_of(raised.value)
    assert Job.select().count() == 0 and not database.in_transaction()


def test_whoever_imports_reads_that_the_disk_is_full_and_nothing_is_stored(in_county, full, registry, monkeypatch):
    user = create_user("clerk", "经办", "green-river-7-boats", must_change=False)
    actor = Actor(user.id, "clerk", "经办", in_county.id, None, "county_admin", frozenset())
    lines = ["组织编码\t组织全称\t组织类型\t单位类别\t上级组织"] + [f"{n:05d}\t第{n}镇团委{'长' * 40}\t团委\t镇\t" for n in range(3000)]
    job = jobs.open_draft("organizations.organizations", "", {}, actor, text="\n".join(lines))
    before = Organization.select().count()
    full()
    Job.update(state="waiting").where(Job.id == job.id).execute()
    monkeypatch.setattr(jobs, "_still_allowed", lambda *a: None)  # the account of this test has no grants
    jobs._run(job.id, actor, registry, jobs.current_scope())
    assert "磁盘已满" in Job.get_by_id(job.id).message and Organization.select().count() == before


def test_a_read_only_home_is_said_so(here):
    """Of root is taken that he may write what nobody may."""
    (here / "youthpilot.lock").unlink()
    for path in (here, *here.rglob("*")):
        path.chmod(0o500 if path.is_dir() else 0o400)
    weak = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    for words in (("check",), ("backup", here.parent / "never.tar")):
        said = run(here, *words, code=1, program=[*weak, *PROGRAM])
        assert "只读" in said and str(here) in said


def test_postgres_without_its_driver_names_what_to_install(tmp_path):
    code = """
import importlib.util, sys
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *a: None if name.startswith("psycopg") else find(name, *a)
from youthpilot.core.cli import main
main()
"""
    said = run(tmp_path, "init", program=[sys.executable, "-c", code], code=1, DATABASE_URL="postgresql://nobody@127.0.0.1/none")
    assert "pip install 'youthpilot[postgres]'" in said


def test_the_page_of_a_full_disk_says_so(in_county, full):
    app = create_app(WTF_CSRF_ENABLED=False)

    @app.post("/_full")
    @policy(kind="public", side="both")
    def fill_up():
        full()
        with transaction():
            for n in range(5000):
                Job.create(county=in_county, organization=1, kind="import", params={"text": "x" * 500, "n": n}, created_by="x", created_at=jobs.now())

    answer = app.test_client().post("/_full")
    assert answer.status_code == 500 and "磁盘已满" in answer.get_data(as_text=True)
