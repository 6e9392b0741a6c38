"""ALTER TABLE and drafted migrations on PostgreSQL: the tests of SQLite, on the other engine."""

from same_on_postgres import same_tests

globals().update(
    same_tests(
        "core/kernel/test_altering.py", without=("test_what_hangs_on_the_table_is_made_again", "test_only_what_sqlite_cannot_do_is_made_again")
    )
)
AS_ON_SQLITE = (  # the draft is made in a database in memory, whatever the engine is
    "test_a_column_without_a_value_for_existing_rows_is_refused_by_name",
    "test_what_would_destroy_rows_is_told_and_not_written",
    "test_for_a_folder_the_script_is_a_file_of_its_own_under_the_next_number",
    "test_where_nothing_can_be_written_the_script_is_printed_with_its_place",
    "test_nothing_is_to_be_done_for_core_and_our_modules",
    "test_the_example_of_the_guide_keeps_the_contract",
    "test_a_name_that_is_not_there_is_told_with_those_that_are",
)
globals().update(same_tests("plugins/authoring/test_drafts.py", without=AS_ON_SQLITE))
