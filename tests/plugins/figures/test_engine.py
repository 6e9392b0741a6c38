"""Computing a county's figures from a module's rows, entries and the tree."""

import json
from datetime import date
from decimal import Decimal

import pytest

from youthpilot.core.audit.models import PluginFault
from youthpilot.core.hookvalues import CountyValue
from youthpilot.core.kernel.scope import Scope, county_scope, scoped
from youthpilot.core.organizations.founding import create_county
from youthpilot.core.organizations.models import Organization
from youthpilot.core.organizations.services import create
from youthpilot.core.periods.services import accept, lock, return_
from youthpilot.plugins.figures.engine import compute_figures
from youthpilot.plugins.figures.hookspecs import declared_indicators
from youthpilot.plugins.figures.pages.totals import save_totals
from youthpilot.plugins.figures.queries import bases, figure_json, figures_of, history_of, missing_units
from youthpilot.plugins.figures.services import save_draft
from youthpilot.plugins.figures.typed import Given

HALF = (date(2023, 1, 1), date(2023, 6, 30))
DAY = date(2023, 7, 3)


def computed(world, when=HALF, **kwargs):
    return compute_figures(world.county, when, world.registry, today=DAY, **kwargs)


def value(figures, key, world, name="县"):
    return figures.value(key, world.ids[name])


def test_every_kind_at_every_node(world):
    world.put("toy.times", 甲村=10, 乙村=20, 丙村=0, 一班=5)
    world.put("toy.rate", 甲村=(1, 1), 乙村=(1, 99))
    world.put("toy.age", 甲村=(50, 2), 丙村=(29, 1))
    world.put("toy.people", 甲村=["a", "b"], 乙村=["b"], 一班=["a"])
    figures = computed(world)
    assert [value(figures, "toy.times", world, n) for n in ("县", "东镇", "西镇", "丙村", "实验小学")] == [35, 30, 0, 0, 5]
    rate = figures.get("toy.rate")
    assert (rate.value, rate.numerator, rate.denominator) == (Decimal("2.0"), 2, 100)
    assert value(figures, "toy.age", world) == Decimal("26.3")
    assert [value(figures, "toy.people", world, n) for n in ("县", "东镇", "实验小学", "西镇")] == [2, 2, 1, None]
    assert value(figures, "toy.young", world) is True and value(figures, "toy.young", world, "实验小学") is None


def test_blank_is_not_zero(world):
    world.put("toy.times", 丙村=0)
    figures = computed(world)
    assert value(figures, "toy.times", world, "西镇") == 0 and value(figures, "toy.times", world, "东镇") is None
    assert figures.get("toy.stock").value is None and figures.get("toy.rate").value is None


def test_a_failing_indicator_is_blank_with_a_mark_and_the_others_go_on(world):
    world.put("toy.times", 甲村=1)
    world.rows["toy.stock"] = RuntimeError("boom")
    figures = computed(world)
    assert figures.get("toy.stock").fault and figures.value("toy.stock") is None
    assert figures.value("toy.times") == 1 and not figures.get("toy.times").fault


def test_rows_of_an_organization_outside_the_tree_of_the_day_stay_in_the_total(world):
    late = create(
        world.county.id, {"code": "x9", "name": "新村", "kind": "village", "org_type": "branch", "parent": world.ids["东镇"]}, date(2023, 7, 3)
    )
    world.rows["toy.times"] = [(world.ids["甲村"], 4), (late.id, 3)]
    assert computed(world).value("toy.times") == 7


def test_rows_of_an_organization_that_the_county_never_had_are_the_modules_fault(world):
    foreign = create_county("zz", "邻县")
    with scoped(county_scope(foreign)):
        root = Organization.get(Organization.parent.is_null()).id
    for organization in (999_999, root, None, "甲村"):
        world.rows["toy.times"] = [(world.ids["甲村"], 4), (organization, 3)]
        figures = computed(world)
        assert figures.value("toy.times") is None and figures.columns["toy.times"].fault


def test_whoever_asks_gets_the_county_and_sees_his_part(world):
    world.put("toy.times", 甲村=10, 丙村=7)
    with scoped(Scope(world.county.id, world.ids["东镇"], 5)):
        figures = computed(world)
        assert figures.value("toy.times") == 17
        mine = figures.visible(world.ids["东镇"])
    assert mine.value("toy.times") == 10
    assert [mine.places[i].name for i in mine.places] == ["东镇", "甲村", "乙村"]
    assert mine.get("toy.times", world.ids["丙村"]) is None
    assert [f.value for f in mine.children("toy.times")] == [10, None]


def test_a_free_range_gives_its_days_to_the_query(world):
    seen = []
    world.rows["toy.times"] = type("Rows", (), {"__iter__": lambda self: iter(())})()
    ctx_of = declared_indicators(world.registry.registry.loaded["toy"])[0]
    object.__setattr__(ctx_of, "compute", lambda ctx: seen.append(ctx) or [])
    figures = computed(world, (date(2023, 2, 1), date(2023, 8, 1)), keys=["toy.times"])
    assert (seen[0].start, seen[0].end, seen[0].as_of) == (date(2023, 2, 1), date(2023, 8, 1), DAY)
    assert figures.keys == ("toy.times",) and figures.period_code == "2023-02-01–2023-08-01"


def test_keys_bring_what_their_claims_need(world):
    world.put("toy.age", 甲村=(60, 2))
    figures = computed(world, keys=["toy.young"])
    assert figures.keys == ("toy.age", "toy.young") and figures.value("toy.young") is False


def test_an_override_counts_once_submitted_and_wins_over_records(world):
    world.put("toy.times", 甲村=10, 乙村=20)
    period = world.open()
    given = {"toy.times": Given("40", reason="甲村名册漏了一期", explanation="五月补学了一期")}
    save_draft(period, world.ids["东镇"], given, world.registry, world.reporter("东镇"))
    assert computed(world, period).value("toy.times") == 30
    first = world.submit(period, "东镇", on=DAY)
    figures = computed(world, period)
    mine = figures.get("toy.times", world.ids["东镇"])
    assert (mine.value, mine.source, figures.value("toy.times")) == (40, "corrected", 40)
    assert figures.from_records("toy.times", world.ids["东镇"]) == (30, None)
    assert computed(world, period, accepted_only=True).value("toy.times") == 30
    accept(first.id, world.boss)
    assert computed(world, period, accepted_only=True).value("toy.times") == 40
    return_(first.id, "请核对", world.boss)
    assert computed(world, period).value("toy.times") == 30


def test_by_hand_adds_up_with_n_of_m(world):
    period = world.open()
    for name, number in (("甲村", "3"), ("乙村", "0"), ("东镇", "2")):
        world.submit(period, name, {"toy.meetings": Given(number)}, on=DAY)
    figures = computed(world, period)
    county, town = figures.get("toy.meetings"), figures.get("toy.meetings", world.ids["东镇"])
    assert (town.value, town.own, town.n, town.m, town.source) == (5, 2, 3, 3, "entered")
    assert (county.value, county.n, county.m) == (5, 3, 6)
    assert figures.value("toy.meetings", world.ids["西镇"]) is None
    assert missing_units(period, figures)["toy.meetings"] == ("西镇", "丙村", "实验小学")


def test_totals_fill_silence_and_give_way_to_records(world):
    period = world.open("2022H1")
    typed = {"toy.times": Given("529000"), "toy.age": Given("", "876", "30")}
    assert save_totals(period, typed, "2022上半年通报.pdf", world.registry, world.boss) == (2, {})
    figures = computed(world, period)
    assert (figures.value("toy.times"), figures.get("toy.times").source) == (529000, "total")
    assert figures.value("toy.age") == Decimal("29.2")
    world.put("toy.times", 甲村=10)
    assert computed(world, period).value("toy.times") == 10


def test_json_as_the_contract_says(world):
    world.put("toy.times", 甲村=572_000)
    world.put("toy.age", 甲村=(425, 15))
    rows = {r["key"]: r for r in json.loads(json.dumps(figure_json(computed(world))))}
    assert list(rows["toy.age"]) == [
        "key", "module", "title", "unit", "kind", "value", "numerator", "denominator", "organization", "period", "state", "revision", "as_of",
    ]  # fmt: skip
    age = rows["toy.age"]
    assert (age["value"], age["numerator"], age["denominator"], age["organization"]) == (28.3, 425, 15, "test")
    assert rows["toy.times"]["value"] == 572000 and rows["toy.times"]["numerator"] is None
    assert rows["toy.young"]["value"] is True and rows["toy.stock"]["value"] is None
    assert (age["state"], age["revision"], age["as_of"], age["module"]) == ("provisional", None, "2023-06-30", "toy")
    assert figure_json(computed(world), world.ids["东镇"])[0]["organization"] == "x0"


def test_bases_come_from_locks_else_are_computed(world):
    assert bases(world.county, world.open(), world.registry).last_year is None
    world.put("toy.times", 甲村=100)
    last_year = world.open("2022H1")
    lock(last_year, world.registry, world.boss, "历史数据")
    world.put("toy.times", 甲村=108)
    period, before = figures_of(world.county, HALF, world.registry), bases(world.county, _period(world), world.registry)
    assert before.change(period.get("toy.times")).amount == Decimal("8.0")
    assert before.value("toy.times", world.ids["东镇"]) == 100 and before.previous is None
    assert history_of(world.county, _period(world), "toy.times", Decimal(108)) == [100, None, 108]


def _period(world):
    from youthpilot.core.periods.queries import get_period

    return get_period("2023H1")


def test_a_registry_of_another_county_is_refused(world):
    other = world.registry.registry.for_county(CountyValue(999, "zz", "别县"), [])
    with pytest.raises(ValueError, match="another county"):
        compute_figures(world.county, HALF, other)
    assert PluginFault.select().count() == 0


def test_who_said_that_it_does_not_know_is_not_among_those_who_said_nothing(world):
    period = world.open()
    world.submit(period, "东镇", {"toy.meetings": Given(blank="unknown")}, on=DAY)
    missing = missing_units(period, computed(world, period))["toy.meetings"]
    assert "东镇（还不掌握）" in missing and "西镇" in missing and "东镇" not in missing
