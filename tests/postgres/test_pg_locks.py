"""Lock, publish, reopen, correct, on PostgreSQL: the same tests once more, one behaviour on two engines; and what only two writers at once can show."""

import threading
from contextlib import contextmanager
from datetime import date

import pytest
from same_on_postgres import same_tests

from youthpilot.core.kernel.db import database, transaction
from youthpilot.core.kernel.errors import ConflictError
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.periods.lock import lock, reopen
from youthpilot.core.periods.models import Period

SQLITE_ONLY = ("test_tampering_past_the_triggers_is_seen",)  # speaks SQLite's words to take the triggers off
globals().update(same_tests("core/periods/test_locks.py", without=SQLITE_ONLY))
SECONDS = 20


@pytest.fixture
def fact(facts, world):
    """The model of dated facts; the half-year is open again."""
    reopen(Period.get(Period.code == "2023H1"), "补报", world.boss)
    return type(facts[1])


@contextmanager
def beside(world, act):
    """`act(wait)` in a thread: it goes on behind `wait()` at the end of the block. The block gets what it raised."""
    there, go, raised = threading.Event(), threading.Event(), []

    def wait():
        there.set()
        assert go.wait(SECONDS)

    def run():
        try:
            with scoped(county_scope(world.county)):
                act(wait)
        except Exception as error:
            raised.append(error)
        finally:
            there.set()
            database.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert there.wait(SECONDS)
    try:
        yield raised
    finally:
        go.set()
        thread.join(SECONDS)


@pytest.mark.parametrize(("day", "refused"), [(date(2023, 6, 1), True), (date(2023, 8, 1), False)])
@pytest.mark.parametrize("how", ["new", "changed"])
def test_who_writes_a_fact_while_its_half_year_is_locked_is_refused(world, facts, fact, day, refused, how):
    base, inside, outside = facts

    def write(wait):
        with transaction():
            if how == "new":
                fact.create(**base, on=day, number=50)
            else:
                fact.update(number=50).where(fact.id == (inside if refused else outside).id).execute()
            wait()

    with beside(world, write) as raised:
        lock(Period.get(Period.code == "2023H1"), world.registry, world.boss, "截止")
    kept = fact.select().where(fact.number == 50).count()
    if refused:
        assert [type(error) for error in raised] == [ConflictError] and "请再试一次" in str(raised[0]) and kept == 0
    elif how == "new":
        assert raised == [] and kept == 1


def test_a_fact_whose_stamp_is_raised_is_in_the_lock(world, facts, fact):
    """Between its last question and its COMMIT: the lock waits for it, and is prepared again."""
    seen = []
    world.preparing = lambda: seen.append(fact.select().count())

    def write(wait):
        with transaction():
            fact.create(**facts[0], on=date(2023, 6, 1), number=3)
            database.last_questions()["pause"] = wait

    with beside(world, write) as raised:
        locking = threading.Thread(target=lock_beside, args=(world,))
        locking.start()
        locking.join(0.5)
        assert locking.is_alive() and seen == [2]
    locking.join(SECONDS)
    assert raised == [] and seen == [2, 3] and Period.get(Period.code == "2023H1").state == "locked"


def lock_beside(world):
    try:
        with scoped(county_scope(world.county)):
            lock(Period.get(Period.code == "2023H1"), world.registry, world.boss, "截止")
    finally:
        database.close()
