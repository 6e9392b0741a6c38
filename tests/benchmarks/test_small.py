"""Every benchmark runs, and measures two things that agree; times are not asserted."""

import pytest

from benchmarks.measure import Line, agree, table
from benchmarks.run import NAMES, lines

WORKLOADS = 5 * 5 + 2 + 1 + 2  # five pages in five ways, figures and kept, Word, import and undo
LOCKS = 3 * 2


@pytest.mark.parametrize("engine", ["SQLite", "PostgreSQL"])
def test_all_run_on_a_small_county(engine, request):
    on_sqlite = engine == "SQLite"
    found = list(lines(NAMES, small=True, urls=("" if on_sqlite else request.getfixturevalue("own_database"),)))
    assert len({line.workload for line in found}) == len(found) == WORKLOADS + (LOCKS if on_sqlite else 0), table(found)
    assert all(line.product > 0 and line.peer > 0 for line in found)
    assert all(engine in line.workload for line in found if not line.workload.startswith(("lock", "report as")))


@pytest.fixture
def own_database(postgres_url):
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute("CREATE DATABASE bench")
    yield postgres_url.replace("/postgres", "/bench")
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute("DROP DATABASE bench WITH (FORCE)")


def test_results_that_differ_are_not_timed():
    with pytest.raises(RuntimeError, match="participations: the product says 3, the peer 4"):
        agree(3, 4, "participations")


def test_what_misses_its_aim_is_marked():
    told = table([Line("home", 0.3, 0.1, "the limit", 1.5), Line("report", 0.1, 0.1, "the limit", 1.5)])
    assert "MISSED" in told.splitlines()[1] and "MISSED" not in told.splitlines()[2]
