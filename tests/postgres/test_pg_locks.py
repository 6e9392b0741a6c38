"""Lock, publish, reopen, correct, on PostgreSQL: the same tests once more, one behaviour on two engines."""

from same_on_postgres import same_tests

globals().update(
    same_tests("core/periods/test_locks.py", without=("test_tampering_past_the_triggers_is_seen",))
)  # that one speaks SQLite's words to take the triggers off
