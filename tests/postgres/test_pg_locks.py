"""Lock, publish, reopen, correct, on PostgreSQL: the same tests once more, one behaviour on two engines."""

from same_on_postgres import same_tests

SQLITE_ONLY = (
    "test_tampering_past_the_triggers_is_seen",  # speaks SQLite's words to take the triggers off
    "test_what_is_written_while_a_lock_prepares_is_in_it",  # PostgreSQL tells no version, so nothing is prepared before the transaction
)
globals().update(same_tests("core/periods/test_locks.py", without=SQLITE_ONLY))
