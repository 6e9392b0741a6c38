"""The demonstration: built once for all tests here; its figures come out of queries and are the acceptance values."""

import csv
import os
from decimal import Decimal
from pathlib import Path

import pytest

from youthpilot.core.counties.services import county_by_code, county_registry
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.engines import open_database
from youthpilot.core.kernel.keyfiles import make_keys
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.migrating import upgrade
from youthpilot.core.periods.queries import completeness, get_period, periods
from youthpilot.core.registry import Registry
from youthpilot.plugins.demo import DEFAULT_SEED, build
from youthpilot.plugins.figures.engine import compute_figures

ACCEPTANCE = next(Path(__file__).parents[2].rglob("half_year_figures.csv"), None)


def _built(folder: Path, seed: int) -> Registry:
    os.environ |= {"YOUTHPILOT_HOME": str(folder), "YOUTHPILOT_TODAY": "2023-07-03"}
    make_keys()
    registry = Registry().load_installed()
    open_database(f"sqlite:///{folder / 'demo.db'}")
    database.connect(reuse_if_open=True)
    upgrade(registry)
    build(registry, seed=seed, say=lambda *_: None)
    return registry


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    before = dict(os.environ)
    registry = _built(tmp_path_factory.mktemp("demo"), DEFAULT_SEED)
    county = county_by_code("demo")
    with scoped(county_scope(county)):
        yield county, county_registry(registry, county)
    database.close()
    os.environ.clear()
    os.environ.update(before)


def test_the_known_reports_values(demo):
    county, registry = demo
    figures = compute_figures(county, get_period("2023H1"), registry)
    assert ACCEPTANCE is not None
    with ACCEPTANCE.open(encoding="utf-8-sig") as lines:
        rows = [r for r in csv.DictReader(lines) if r["module"] in ("core", "study", "loans", "chamber", "volunteers")]
    assert len(rows) == 14
    for row in rows:
        found = figures.get(row["key"])
        if row["kind"] == "claim":
            assert found.value is True
            continue
        assert found.value == Decimal(row["value"])
        if row["numerator"]:
            assert (found.numerator, found.denominator) == (Decimal(row["numerator"]), Decimal(row["denominator"]))


def test_previous_terms_and_last_year(demo):
    county, registry = demo
    figures = compute_figures(county, get_period("2023H1"), registry)
    assert figures.value("cadres.township_secretary_mean_age_previous") == Decimal("29.6")
    assert figures.value("cadres.village_secretary_mean_age_previous") == Decimal("36.2")
    from youthpilot.plugins.figures.queries import bases

    before = bases(county, get_period("2023H1"), registry).last_year
    assert (before.value("study.participations"), before.value("cadres.township_secretary_mean_age")) == (529_000, Decimal("29.2"))


def test_an_independent_count_agrees(demo):
    county, _registry = demo
    count = "SELECT count(*) FROM study_record r JOIN study_issue i ON i.id = r.issue_id WHERE i.kind = 'study' AND i.closes_on BETWEEN '2023-01-01' AND '2023-06-30' AND r.county_id = ?"
    from youthpilot.core.kernel.db import raw_allowed

    with raw_allowed():
        assert database.execute_sql(count, (county.id,)).fetchone() == (572_000,)
        (issues,) = database.execute_sql(
            "SELECT count(*) FROM study_issue WHERE kind = 'study' AND closes_on LIKE '2023%' AND county_id = ?", (county.id,)
        ).fetchone()
        (members,) = database.execute_sql("SELECT sum(member_count) FROM core_organization WHERE county_id = ?", (county.id,)).fetchone()
    assert (issues, members) == (26, 60_000)


def test_counters_agree_with_the_rows(demo):
    from youthpilot.plugins.study.counting import audit_counters

    assert audit_counters() == []


def test_who_has_reported(demo):
    done = completeness(get_period("2023H1"))
    assert (done.due, done.reported, done.missing) == (315, 298, 17)
    assert done.counts == {"accepted": 241, "submitted": 45, "late": 12, "returned": 3, "draft": 6, "none": 8}
    missing = done.missing_lines
    assert [o.name for o in missing if o.kind == "township"] == ["柳河镇"]
    assert sum(o.kind == "school" for o in missing) == 2
    assert done.by_kind["township"] == 15 and done.by_kind["village"] + done.by_kind["community"] == 240 and done.by_kind["school"] == 60


def test_earlier_half_years_are_locked_and_published(demo):
    _county, registry = demo
    from youthpilot.core.periods.lock import verify_chain

    assert [(p.code, p.state) for p in periods()] == [("2023H1", "open"), ("2022H2", "published"), ("2022H1", "published")]
    assert list(verify_chain(registry)) == []


def test_the_forms_add_up_to_the_countys_totals(demo):
    county, registry = demo
    figures = compute_figures(county, get_period("2023H1"), registry)
    assert (figures.value("ledger.admitted"), figures.value("volunteers.joined"), figures.value("ledger.cadre_lectures")) == (1269, 317, 30)
    assert figures.get("ledger.admitted").n == 58


def test_the_second_county_is_another_one(demo):
    other = county_by_code("linshui")
    with scoped(county_scope(other)):
        assert completeness(get_period("2023H1")).due == 124
    _county, registry = demo
    assert county_registry(registry.registry, other).enabled == frozenset({"ledger", "volunteers", "reform"})


def test_another_seed_gives_other_rows(demo, tmp_path):
    from random import Random

    from youthpilot.plugins.demo import people, tree

    one, two = (tree.plan(tree.FLAGSHIP, Random(f"{seed} tree")) for seed in (DEFAULT_SEED, 7))
    assert [b.row["name"] for b in one.planned] != [b.row["name"] for b in two.planned]
    assert sum(b.row.get("member_count") or 0 for b in two.planned) == 60_000
    assert sum(people.draw_ages(Random(1), 15, 28.3, 24, 33, 425)) == 425
    assert len({sum(people.draw_ages(Random(n), 15, 28.3, 24, 33, None)) for n in range(9)}) > 3
