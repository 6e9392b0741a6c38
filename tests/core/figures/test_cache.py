"""The kept figures follow every commit, of this process and of others."""

import sqlite3

from youthpilot.core.clock import now
from youthpilot.core.counties.models import County
from youthpilot.core.database_version import database_version
from youthpilot.core.db import database
from youthpilot.core.figures.cache import cached, is_complete


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
