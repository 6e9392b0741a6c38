"""The kept figures follow every commit, of this process and of others."""

import sqlite3

from youthpilot.core.clock import now
from youthpilot.core.counties.models import County
from youthpilot.core.db import database
from youthpilot.core.figures.cache import data_state, kept, sound


class Made:
    """Stands for a figure set: what `kept` looks at."""

    columns: dict = {}


def test_a_result_is_kept_until_somebody_commits(county):
    first = kept("a", Made, sound)
    assert kept("a", Made, sound) is first
    assert kept("b", Made, sound) is not first
    County.update(name="改名县").where(County.id == county.id).execute()
    second = kept("a", Made, sound)
    assert second is not first and kept("a", Made, sound) is second


def test_a_commit_of_another_process_is_seen_and_a_rollback_is_not(county, home):
    before = data_state()
    other = sqlite3.connect(home / "youthpilot.db")
    other.execute("UPDATE core_county SET name = 'x'")
    other.rollback()
    assert data_state() == before
    other.execute("UPDATE core_county SET name = 'y'")
    other.commit()
    assert data_state() != before


def test_hundred_quick_commits_are_hundred_states(county):
    seen = set()
    for n in range(100):
        County.update(name=f"县{n}", created_at=now()).where(County.id == county.id).execute()
        seen.add(data_state())
    assert len(seen) == 100


def test_nothing_is_kept_inside_a_transaction(county):
    with database.atomic():
        assert data_state() is None
        assert kept("t", Made, sound) is not kept("t", Made, sound)


def test_what_is_not_fine_is_made_again(county):
    made = []
    assert [kept("f", lambda: made.append(1) or len(made), lambda n: n > 1) for _ in range(3)] == [1, 2, 2]
