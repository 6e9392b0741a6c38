"""An undo seen from another process: with the batch or without it, never half; killed at any moment it is completed; the keys are free again."""

import os
import random
import signal
import time

import pytest

from youthpilot.core.batches import taking_back
from youthpilot.core.batches.models import Batch, BeforeImage
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.engines import open_database
from youthpilot.core.kernel.rawsql import rows_of_batch
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.plugins.importing import jobs, queries, services
from youthpilot.plugins.study.models import StudyCounter, StudyMember, StudyRecord

SMALL, KILLS = 2500, 10
TOTALS = ("团组织", "团员参学人次", "团员数", "期次")


def seen():
    """What readers make of it, read in this order: names, records by an alias, and the figure that the counters say."""
    names, records = StudyMember.select().count(), StudyRecord.alias().select().count()
    return names, records, sum(n for (n,) in StudyCounter.select(StudyCounter.participations).tuples())


def in_another_process(county, act):
    """A process that runs `act` in the county's scope on a connection of its own; returns its id."""
    url = f"sqlite:///{database.database}"
    database.close()
    child = os.fork()
    if child == 0:
        try:
            open_database(url)
            with scoped(county_scope(county)):
                act()
        finally:
            os._exit(0)
    database.connect()
    return child


def watch(child, until, full, none):
    """Look again and again while the other process lives, at most `until`: each number is whole or gone, and after the first that is gone
    (they are read one after the other) no other is there any more."""
    gone = False
    while time.monotonic() < until and os.waitpid(child, os.WNOHANG) == (0, 0):
        for number, whole, nothing in zip(seen(), full, none, strict=True):
            assert number == nothing or (number == whole and not gone), (number, whole, nothing, gone)
            gone = number == nothing


@pytest.fixture
def learners(land, files):
    """learners(count) → a batch of so many, whose people the roster does not know."""
    return lambda count: land.run("study_learners", files.xlsx(files.headings, files.learners(count))).batch


@pytest.fixture
def importer(land):
    return queries.importer_named(land.here, "study_learners")


def kill_again_and_again(land, importer, learners, dump, count, kills):
    """Each time: import, undo in another process, kill it somewhere, look, complete. Returns how often the kill fell between."""
    before, states = dump(), []
    none = seen()
    longest = None
    for seed in range(kills + 1):
        batch = learners(count)
        full = seen()
        started = time.monotonic()
        child = in_another_process(land.county, lambda batch=batch: services.undo(batch, importer))
        moment = 60 if longest is None else random.Random(seed).uniform(0.1, 1.0) * longest  # the first one lives, to learn how long it takes
        watch(child, started + moment, full, none)
        try:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        longest = longest or time.monotonic() - started
        state = Batch.get_by_id(batch.id).state
        states.append(state)
        assert seen() == (full if state == "applied" else none)
        if state == "applied":
            services.undo(batch, importer)
        taking_back.take_out(batch.id, land.county.id)
        assert Batch.get_by_id(batch.id).state == "undone" and dump() == before
    return states


def test_killed_at_any_moment_it_is_completed_and_never_half(land, importer, learners, dump):
    states = kill_again_and_again(land, importer, learners, dump, SMALL, KILLS)
    assert states[0] == "undone" and set(states[1:]) - {"undone"}, states  # some kills fell into the act


@pytest.mark.programme
def test_killed_a_hundred_times(land, importer, learners, dump, record_property):
    states = kill_again_and_again(land, importer, learners, dump, SMALL, 100)
    record_property("states", {state: states.count(state) for state in set(states)})
    assert states.count("undoing") > 10


@pytest.mark.programme
def test_22000_rows_leave_no_slower_than_they_came_and_others_write_meanwhile(land, importer, learners, record_property):
    started = time.monotonic()
    batch = learners(22_000)
    came = time.monotonic() - started
    started, waits = time.monotonic(), []
    child = in_another_process(land.county, lambda: services.undo(batch, importer))
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        asked = time.monotonic()
        land.issue.theme = f"{asked}"
        land.issue.save()
        waits.append(time.monotonic() - asked)
        time.sleep(0.01)
    left = time.monotonic() - started
    record_property("import_s", round(came, 2))
    record_property("undo_s", round(left, 2))
    record_property("longest_wait_s", round(max(waits), 2))
    assert Batch.get_by_id(batch.id).state == "undone" and left <= came and max(waits) < 2


def test_before_the_first_slice_all_is_as_before_for_every_reader(land, importer, learners):
    none = seen()
    batch = learners(50)
    services.undo(batch, importer, slices=0)
    assert seen() == none and rows_of_batch("study_record", land.county.id, batch.id) == 50
    member = StudyMember.select(StudyMember.id).join(StudyRecord, on=(StudyRecord.person == StudyMember.id))
    assert not member.exists() and StudyRecord.get_or_none(StudyRecord.batch_id == batch.id) is None
    with pytest.raises(services.ConflictError, match="撤销"):
        services.undo(batch, importer)


def test_the_same_file_comes_in_again_before_the_rows_have_left(land, importer, learners):
    both = (learners(60), seen())[1]
    services.undo(Batch.select().order_by(Batch.id.desc()).get(), importer, slices=0)
    assert learners(60) is not None and seen() == both
    assert not Batch.select().where(Batch.state == "undoing").exists()


def test_whoever_learned_by_another_file_too_stays_a_name(land, importer, files):
    from datetime import date

    from youthpilot.plugins.study import services as study

    study.add_issue(2023, 20, date(2023, 5, 8), date(2023, 5, 14))
    first = land.run("study_learners", files.xlsx(files.headings, files.learners(40))).batch
    land.run("study_learners", files.xlsx(files.headings, files.learners(10, issue="2023年第20期")), reason="试")
    services.undo(first, importer)
    assert seen() == (10, 10, 10)


def test_many_changed_rows_are_back_at_once_and_their_images_leave_later(land, files, dump):
    places = [row[1] for row in files.places()]
    land.run("study_totals", files.xlsx(TOTALS, [(p, 5, 20, "2023年第19期") for p in places[:150]]))
    before, figure = dump(), seen()[2]
    batch = land.run("study_totals", files.xlsx(TOTALS, [(p, 7, 21, "2023年第19期") for p in places])).batch
    assert (batch.added, batch.changed, seen()[2] > figure) == (100, 300, True)
    services.undo(batch, queries.importer_named(land.here, "study_totals"), slices=0)
    assert seen()[2] == figure and rows_of_batch("core_before_image", land.county.id, batch.id) == 300
    assert not BeforeImage.select().exists()
    assert taking_back.take_out(batch.id, land.county.id) and dump() == before


def test_a_record_entered_on_a_row_meanwhile_stops_the_slices_and_they_go_on_without_it(land, importer, learners):
    from youthpilot.core.kernel.db import bulk_load

    batch = learners(20)
    person = StudyMember.get(StudyMember.batch_id == batch.id)
    services.undo(batch, importer, slices=0)
    late = {"county": land.county.id, "organization": person.organization_id, "issue": land.issue.id, "person": person.id}
    from youthpilot.plugins.study.models_points import StudyMakeup

    bulk_load(StudyMakeup, [late | {"made_on": land.issue.closes_on, "reason": "来自一张旧页面", "evidence": ""}])
    with pytest.raises(services.ConflictError, match="以后的记录|后来|之后"):
        taking_back.take_out(batch.id, land.county.id)
    StudyMakeup.delete().execute()
    assert taking_back.take_out(batch.id, land.county.id)


def test_the_worker_goes_on_with_what_a_stopped_process_left(land, importer, learners):
    batch = learners(30)
    services.undo(batch, importer, slices=0)
    jobs.resume()
    for _n in range(500):
        if Batch.get_by_id(batch.id).state == "undone":
            break
        time.sleep(0.02)
    assert Batch.get_by_id(batch.id).state == "undone" and rows_of_batch("study_record", land.county.id, batch.id) == 0
