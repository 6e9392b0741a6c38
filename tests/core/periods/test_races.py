"""Two at once: exactly one wins and the other hears who and when. The naive variant beside it shows that the race is real."""

import multiprocessing
from datetime import date

import pytest

from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.errors import ConflictError
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.periods.lock import lock
from youthpilot.core.periods.models import Period, Snapshot, Submission, SubmissionEvent
from youthpilot.core.periods.services import accept, return_

DAY = date(2023, 6, 29)


def race(county, acts):
    """Run each act in a process of its own, all released at once; what each answered ('ok' or the refusal), in order."""
    context = multiprocessing.get_context("fork")
    gate, answers = context.Barrier(len(acts)), context.Queue()
    database.close()

    def run(n, act):
        database.connect(reuse_if_open=True)
        with scoped(county_scope(county)):
            try:
                act(lambda: gate.wait(20))
                answers.put((n, "ok"))
            except ConflictError as error:
                answers.put((n, str(error)))
            except Exception as error:
                answers.put((n, f"{type(error).__name__}: {error}"))

    started = [context.Process(target=run, args=(n, act)) for n, act in enumerate(acts)]
    for process in started:
        process.start()
    found = dict(answers.get(timeout=60) for _process in started)
    for process in started:
        process.join(20)
    database.connect(reuse_if_open=True)
    return [found[n] for n in sorted(found)]


@pytest.fixture
def period(world):
    world.put("toy.times", 甲村=10)
    return world.open()


def test_the_race_is_real_for_read_then_write(world, period):
    def naive(wait):
        row = Period.get_by_id(period.id)
        wait()
        if row.state == "open":
            Period.update(state="locked", revision=row.revision + 1).where(Period.id == row.id).execute()

    assert race(world.county, [naive, naive]) == ["ok", "ok"]  # both believe that they locked it


def test_only_one_locks(world, period):
    def locking(wait):
        row = Period.get_by_id(period.id)
        wait()
        lock(row, world.registry, world.boss, "截止", today=DAY)

    answers = race(world.county, [locking, locking, locking])
    assert answers.count("ok") == 1 and sum("周敏" in a and "锁定" in a for a in answers) == 2, answers
    assert Snapshot.select().count() == 1 and Period.get_by_id(period.id).revision == 1


def test_only_one_reviews(world, period):
    sent = world.submit(period, "甲村", on=DAY)

    def accepting(actor):
        def act(wait):
            row = Submission.get_by_id(sent.id)
            assert row.state == "submitted"
            wait()
            accept(row.id, actor)

        return act

    def returning(wait):
        wait()
        return_(sent.id, "请核对", world.boss, version=1)

    answers = race(world.county, [accepting(world.boss), accepting(world.second)])
    assert answers.count("ok") == 1, answers
    assert SubmissionEvent.select().where(SubmissionEvent.event == "accept").count() == 1
    assert race(world.county, [returning, returning]).count("ok") == 1
    assert SubmissionEvent.select().where(SubmissionEvent.event == "return").count() == 1


def test_one_form_is_submitted_once_by_many_clicks(world, period):
    def sending(wait):
        wait()
        world.submit(period, "甲村", on=DAY)

    answers = race(world.county, [sending] * 3)
    assert answers == ["ok"] * 3, answers  # the halves of a double click all hear that it is sent
    assert Submission.get().version == 1 and SubmissionEvent.select().count() == 1
