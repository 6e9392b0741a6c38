"""An undo in slices on PostgreSQL: the same tests once more, but for those that kill a process on SQLite's file."""

from same_on_postgres import same_tests

globals().update(same_tests("plugins/importing_db/conftest.py"))
globals().update(
    same_tests(
        "plugins/importing_db/test_taking_back.py",
        without=(
            "test_killed_at_any_moment_it_is_completed_and_never_half",
            "test_killed_a_hundred_times",
            "test_22000_rows_leave_no_slower_than_they_came_and_others_write_meanwhile",
        ),
    )
)
