"""Hooks: what is taken, what is refused, and the four failure policies; each county sees the modules that it enabled."""

from datetime import date
from types import SimpleNamespace

import pytest

from youthpilot.core import Panel, Permission, Plugin, Problem, hookimpl
from youthpilot.core.audit.models import AuditEntry, PluginFault
from youthpilot.core.calling import ModuleFault
from youthpilot.core.counties.models import CountyPlugin
from youthpilot.core.counties.services import county_registry, disable, enable, enabled_plugins, suspend_after_faults, value_of
from youthpilot.core.hookspecs import Specs
from youthpilot.core.hookvalues import PeriodValue
from youthpilot.core.kernel.db import transaction
from youthpilot.core.kernel.errors import ConflictError, RuleError
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.organizations.founding import create_county
from youthpilot.core.registry import Registry, set_fault_keeper
from youthpilot.plugins.figures import Indicator
from youthpilot.plugins.figures.hookspecs import Specs as FigureSpecs
from youthpilot.plugins.figures.hookspecs import indicators

DAY = date(2023, 7, 3)
PERIOD = PeriodValue(1, "2023H1", date(2023, 1, 1), date(2023, 6, 30), 1)


@pytest.fixture(autouse=True)
def keeper():
    """Faults are written down, as in the application."""
    set_fault_keeper(suspend_after_faults)


def module(name, title="模块", plugin=None, **hooks):
    """A module object with the given hooks (name=function)."""
    marked = {key: hookimpl(function) for key, function in hooks.items()}
    return SimpleNamespace(__name__=name, PLUGIN=plugin or Plugin(name, title, requires="2"), **marked)


def loaded(*modules):
    registry = Registry()
    for one in modules:
        assert registry.add(one), registry.failures
    return registry


def boom(**kwargs):
    raise ValueError("broken on purpose")


def raising(county):
    boom()


# what is taken -------------------------------------------------------------------------------------------------------


def flow(key):
    return Indicator(key, "人次", "人次", "flow", "之和")


REFUSED = {
    "no card": (SimpleNamespace(__name__="x", PLUGIN=None), "no PLUGIN"),
    "bad name": (module("Bad_Name"), "small letters"),
    "core's name": (module("core"), "small letters"),
    "another api": (module("old", plugin=Plugin("old", "旧", requires="3")), "written for API 3"),
    "version 1": (module("old", plugin=Plugin("old", "旧", requires="1")), "docs/write-a-plugin.md says under “From version 1 to 2”"),
    "version 1, not said": (module("old", plugin=Plugin("old", "旧")), "written for API 1"),
    "indicator": (module("toy", register_indicators=lambda: [flow("study.participations")]), "must begin with 'toy.'"),
    "permission": (module("toy", register_permissions=lambda: [Permission("users.manage", "管理")]), "must begin with 'toy.'"),
    "hook that is none": (module("toy", county_enabeld=lambda county: None), "county_enabeld"),
    "argument that is none": (module("toy", county_enabled=lambda county, colour: None), "colour"),
    "raises": (module("toy", register_indicators=lambda: 1 / 0), "ZeroDivisionError"),
    "ends the process": (module("toy", register_indicators=lambda: exit(3)), "SystemExit"),
}


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_a_module_that_breaks_a_rule_is_refused_with_the_reason_and_the_rest_goes_on(case):
    wrong, reason = REFUSED[case]
    registry = Registry()
    assert not registry.add(wrong)
    assert reason in registry.failures[0].reason
    assert registry.implementations(FigureSpecs.register_indicators) == [] and registry.models() == Registry().models()
    assert registry.add(module("good", register_indicators=lambda: [flow("good.times")]))
    assert [i.plugin.name for i in registry.ordered()] == ["good"]


def test_two_distributions_with_one_name_the_first_stays():
    registry = loaded(module("toy", "先来的", register_indicators=lambda: [flow("toy.times")]))
    assert not registry.add(module("toy", "后到的"), "toy")
    assert "two distributions claim this name" in registry.failures[0].reason
    assert registry.loaded["toy"].plugin.title == "先来的" and len(registry.implementations(FigureSpecs.register_indicators)) == 1


def test_a_module_whose_ground_is_missing_goes_too_and_so_does_what_builds_on_it():
    registry = loaded(
        module("a", plugin=Plugin("aa", "甲", requires="2", depends_on=("zz",))),
        module("b", plugin=Plugin("bb", "乙", requires="2", depends_on=("aa",))),
        module("cc"),
    )
    registry.check_dependencies()
    assert list(registry.loaded) == ["cc"]
    assert [f.name for f in registry.failures] == ["aa", "bb"] and "install it first" in registry.failures[0].reason


# per county ----------------------------------------------------------------------------------------------------------


def test_each_county_sees_only_what_it_enabled(db):
    registry = loaded(
        module("toy", register_indicators=lambda: [flow("toy.times")], county_panels=lambda county, period, today: [Panel(county.code, ())]),
        module("own", county_indicators=lambda county: [flow(f"own.{county.code}")]),
    )
    aa, bb = create_county("aa", "甲县"), create_county("bb", "乙县")
    enable(registry, aa, "toy", "试")
    enable(registry, aa, "own", "试")
    enable(registry, bb, "own", "试")
    keys = {c.code: [i.key for _m, i in indicators(county_registry(registry, c))] for c in (aa, bb)}
    assert keys == {"aa": ["toy.times", "own.aa"], "bb": ["own.bb"]}
    assert [p.title for _m, p in county_registry(registry, aa).panels(None, DAY)] == ["aa"]
    assert county_registry(registry, bb).panels(None, DAY) == []
    disable(registry, aa, "toy", "试")
    assert [i.key for _m, i in indicators(county_registry(registry, aa))] == ["own.aa"]


def test_enabling_follows_what_a_module_builds_on(county):
    registry = loaded(module("base", "地基"), module("top", plugin=Plugin("top", "上层", requires="2", depends_on=("base",))))
    with pytest.raises(RuleError, match="地基"):
        enable(registry, county, "top", "试")
    enable(registry, county, "base", "试")
    enable(registry, county, "top", "试")
    with pytest.raises(ConflictError, match="上层"):
        disable(registry, county, "base", "试")
    assert enabled_plugins(county.id) == {"base", "top"}
    with scoped(county_scope(county)):
        acts = [row.act for row in AuditEntry.select().where(AuditEntry.object_type == "plugin").order_by(AuditEntry.id)]
    assert acts == ["plugin.enabled", "plugin.enabled"]


# the four failure policies -------------------------------------------------------------------------------------------


def narrowed(county, *modules):
    registry = loaded(*modules)
    for item in registry.ordered():
        enable(registry, county, item.plugin.name, "试")
    return county_registry(registry, county)


def test_isolate_a_plain_message_in_its_place_and_the_others_go_on(county):
    here = narrowed(
        county,
        module("bad", county_panels=lambda county, period, today: boom(), county_indicators=raising),
        module("good", county_panels=lambda county, period, today: [Panel("好", ())], county_indicators=lambda county: [flow("good.own")]),
    )
    assert [(name, panel and panel.title) for name, panel in here.panels(None, DAY)] == [("bad", None), ("good", "好")]
    assert [i.key for _m, i in indicators(here)] == ["good.own"]
    assert [row.hook for row in PluginFault.select().order_by(PluginFault.id)] == ["county_panels", "county_indicators"]


def test_block_a_check_that_raises_blocks(county):
    here = narrowed(
        county,
        module("bad", "坏模块", county_period_problems=lambda county, period: boom()),
        module("good", county_period_problems=lambda county, period: [Problem("缺名册", "补上")]),
    )
    found = here.period_problems(PERIOD)
    assert [(name, p.blocking) for name, p in found] == [("bad", True), ("good", False)] and "坏模块" in found[0][1].text


def test_abort_a_raise_undoes_the_act(county):
    registry = loaded(module("bad", county_enabled=raising), module("good", county_enabled=lambda county: None))
    with pytest.raises(ModuleFault, match="模块“模块”") as fault:
        enable(registry, county, "bad", "试")
    assert isinstance(fault.value.cause, ValueError)
    assert enabled_plugins(county.id) == frozenset() and AuditEntry.select().where(AuditEntry.act == "plugin.enabled").count() == 0
    enable(registry, county, "good", "试")
    here = narrowed(county, module("mover", county_organization_changed=lambda county, organization_id, event, other_id: boom()))
    with pytest.raises(ModuleFault), transaction(), scoped(county_scope(county)):
        CountyPlugin.update(reason="半途").execute()
        here.abort(Specs.county_organization_changed, organization_id=1, event="moved", other_id=2)
    with scoped(county_scope(county)):
        assert {row.reason for row in CountyPlugin.select()} == {""}


def test_after_is_tried_again_recorded_and_undoes_nothing(county):
    calls = []

    def unsteady(county, period):
        calls.append(period.code)
        if len(calls) == 1:
            boom()

    here = narrowed(county, module("bad", county_period_closed=lambda county, period: boom()), module("shaky", county_period_closed=unsteady))
    here.after(Specs.county_period_closed, period=PERIOD)
    assert calls == ["2023H1", "2023H1"]
    assert [(row.plugin, row.hook) for row in PluginFault.select()] == [("bad", "county_period_closed")]


def test_disabling_survives_a_module_that_raises(county):
    registry = loaded(module("bad", county_disabled=raising))
    enable(registry, county, "bad", "试")
    disable(registry, county, "bad", "试")
    assert enabled_plugins(county.id) == frozenset()
    assert PluginFault.select().count() == 1


def test_after_three_faults_a_module_is_suspended_in_that_county_only(county):
    other = create_county("other", "邻县")
    registry = loaded(module("bad", "坏模块", county_panels=lambda county, period, today: boom() if county.code == "test" else []))
    for place in (county, other):
        enable(registry, place, "bad", "试")
    for n in range(3):
        assert enabled_plugins(county.id) == {"bad"}, n
        county_registry(registry, county).panels(None, DAY)
        county_registry(registry, other).panels(None, DAY)
    assert enabled_plugins(county.id) == frozenset() and enabled_plugins(other.id) == {"bad"}
    with scoped(county_scope(county)):
        row = CountyPlugin.get()
        assert row.state == "suspended" and "broken on purpose" in row.reason
    assert AuditEntry.select().where(AuditEntry.act == "plugin.suspended").count() == 1
    assert county_registry(registry, county).panels(None, DAY) == []
    enable(registry, county, "bad", "试")  # the administrator may try again
    assert value_of(county).code == "test" and enabled_plugins(county.id) == {"bad"}
    for _again in range(2):
        county_registry(registry, county).panels(None, DAY)
        assert enabled_plugins(county.id) == {"bad"}, "faults from before count still"
    county_registry(registry, county).panels(None, DAY)
    assert enabled_plugins(county.id) == frozenset()
