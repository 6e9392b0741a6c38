"""From opening to acceptance, on PostgreSQL: the same tests once more, one behaviour on two engines."""

from same_on_postgres import same_tests

globals().update(same_tests("core/periods/test_submissions.py"))
