"""What is kept, on PostgreSQL: the same tests once more, one behaviour on two engines; and what only two writers at once can show."""

import threading

from same_on_postgres import same_tests

from youthpilot.core.counties.models import County, CountyPlugin
from youthpilot.core.kernel import kept
from youthpilot.core.kernel.clock import now
from youthpilot.core.kernel.db import database, transaction
from youthpilot.core.kernel.scope import county_scope, scoped

globals().update(
    same_tests(
        "core/kernel/test_kept.py",
        without=(
            "test_a_stamp_is_raised_last_in_the_transaction_of_its_rows",
            "test_the_numbers_are_read_once_in_a_request",
            "test_two_databases_of_one_process_are_never_confused",
            "test_settings_are_read_once_and_follow",
        ),
    )
)  # those listen to SQLite's connection, or copy its file


def test_two_writers_never_wait_for_each_other_crosswise(in_county):
    """Each writes two tables, one in this order, one in that; stamps are raised at the end, in one order for all."""
    both_wrote, failed = threading.Barrier(2), []

    def plugin(name):
        CountyPlugin.create(county=in_county, plugin=name, state="enabled", changed_at=now())

    def county(name):
        County.create(code=name, name=name, committee_name=name, created_at=now())

    def act(name, first, then):
        try:
            with scoped(county_scope(in_county)), transaction():
                first(name)
                both_wrote.wait(10)
                then(name)
        except Exception as error:
            failed.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=act, args=("one", plugin, county)), threading.Thread(target=act, args=("two", county, plugin))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert failed == [] and len(kept.kept(("counties",), lambda: list(County.select(County.code).tuples()))) == 3
