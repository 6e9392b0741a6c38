"""pluggy, used: ways to write an implementation, hooks that a module from outside brings, and whose names are whose."""

import functools
import sys
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from youthpilot.core import NOTHING, Panel, Permission, Plugin, Setting, hookimpl, list_of, spec
from youthpilot.core.audit.models import PluginFault
from youthpilot.core.counties.services import county_registry, enable, suspend_after_faults
from youthpilot.core.hookspecs import hookspec
from youthpilot.core.kernel.errors import RuleError
from youthpilot.core.registry import Registry, set_fault_keeper
from youthpilot.plugins.figures import Indicator
from youthpilot.plugins.importing import Column, Importer


def module(name, title="模块", depends_on=(), hookspecs=None, order=100, **hooks):
    """A module object; hooks that are not marked yet are marked here."""
    card = Plugin(name, title, requires="2", depends_on=depends_on, hookspecs=hookspecs, order=order)
    marked = {key: f if hasattr(f, "youthpilot_impl") else hookimpl(f) for key, f in hooks.items()}
    return SimpleNamespace(__name__=name, __file__="", PLUGIN=card, **marked)


def here(county, *modules):
    """The county's registry with these modules enabled."""
    registry = Registry()
    registry.add_all({m.PLUGIN.name: m for m in modules})
    for item in registry.ordered():
        enable(registry, county, item.plugin.name, "试")
    return county_registry(registry, county)


# ways to write an implementation -------------------------------------------------------------------------------------


def counted(function):
    @functools.wraps(function)
    def around(*args, **kwargs):
        return [*function(*args, **kwargs), Panel("包了一层", ())]

    return around


def bare(function):
    def around(**kwargs):  # says nothing of what it wraps
        return function(kwargs["county"])

    return around


@counted
def decorated(county, period, today):
    return [Panel(f"{county.code} {today}", ())]


def named(county):
    return [Panel(county.code, ())]


def keyword_only(*, county, today):
    return [Panel(f"{county.code} {today}", ())]


WAYS = {
    "decorated": ({"county_panels": hookimpl(decorated)}, ["test 2023-07-03", "包了一层"]),
    "decorated outside": ({"county_panels": counted(hookimpl(named))}, ["test", "包了一层"]),
    "decorated without wraps": ({"county_panels": hookimpl(bare(named))}, ["test"]),
    "specname": ({"any_name": hookimpl(specname="county_panels")(named)}, ["test"]),
    "keyword-only": ({"county_panels": hookimpl(keyword_only)}, ["test 2023-07-03"]),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_way_to_write_an_implementation_works(way, county):
    hooks, titles = WAYS[way]
    assert [panel.title for _name, panel in here(county, module("toy", **hooks)).panels(None, "2023-07-03")] == titles


def test_one_without_the_mark_is_not_called(county):
    plain = module("toy")
    plain.county_panels = lambda county, period, today: 1 / 0
    plain.register_permissions = lambda: 1 / 0
    narrowed = here(county, plain)
    assert narrowed.items() and narrowed.panels(None, "2023-07-03") == [] and PluginFault.select().count() == 0


@pytest.mark.parametrize("how", [{"wrapper": True}, {"hookwrapper": True}, {"tryfirst": True}, {"trylast": True}], ids=str)
def test_pluggys_own_ways_round_the_order_are_refused_by_name(how):
    def panels(county):
        yield

    registry = Registry()
    assert not registry.add(module("toy", county_panels=hookimpl(**how)(panels)))
    assert "county_panels: wrapper, tryfirst and trylast are not for modules" in registry.failures[0].reason


def test_what_pluggy_would_pass_over_without_a_word_is_refused():
    registry = Registry()
    assert not registry.add(module("toy", county_panels=hookimpl(functools.partial(named))))
    assert "county_panels: marked @hookimpl, but no function" in registry.failures[0].reason


# hooks that a module brings ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stop:
    """A stop on a route."""

    key: str
    minutes: int


class BusSpecs:
    """What `bus` asks of others."""

    @spec(policy="refuse", returns=list_of(Stop), claims="stop")
    def bus_stops(self) -> list[Stop]:
        """Asked once, at start."""
        raise NotImplementedError

    @spec(policy="isolate", returns=list_of(Stop))
    def bus_delays(self, county, line: str) -> list[Stop]:
        """Asked in a county."""
        raise NotImplementedError

    @spec(policy="abort", returns=NOTHING)
    def bus_leaving(self, county, line: str) -> None:
        """Inside the act."""

    @spec(policy="after", returns=NOTHING)
    def bus_left(self, county, line: str) -> None:
        """After it."""


def delays(registry, line):
    """The typed function beside the specs."""
    return {name: [stop.minutes for stop in stops] for name, stops in registry.each(BusSpecs.bus_delays, line=line) if stops is not None}


def bus(**hooks):
    return module("bus", "班车", hookspecs=BusSpecs, **hooks)


@pytest.mark.parametrize("turned", [False, True], ids=["owner first", "owner last"])
def test_a_hook_that_one_module_brings_and_another_implements(turned, county):
    heard = []

    def leaving(county, line):
        if line == "坏":
            raise RuleError("车坏了")

    def left(line):
        heard.append(line)
        raise ValueError("after the act")

    set_fault_keeper(suspend_after_faults)
    stops = module("stops", bus_stops=lambda: [Stop("stops.柳村", 5)], bus_delays=lambda line: [Stop(line, 3)], bus_leaving=leaving, bus_left=left)
    wrong = module("wrong", bus_delays=lambda line: [5])
    narrowed = here(county, *([stops, wrong, bus()] if turned else [bus(), stops, wrong]))
    assert narrowed.registry.failures == []
    assert narrowed.registry.loaded["stops"].declared == {"bus_stops": [Stop("stops.柳村", 5)]}
    assert delays(narrowed, "一路") == {"stops": [3]}
    with pytest.raises(RuleError, match="车坏了"):
        narrowed.abort(BusSpecs.bus_leaving, line="坏")
    narrowed.abort(BusSpecs.bus_leaving, line="一路")
    narrowed.after(BusSpecs.bus_left, line="一路")
    assert heard == ["一路", "一路"]  # tried once more
    assert [(f.plugin, f.hook) for f in PluginFault.select().order_by(PluginFault.id)] == [("wrong", "bus_delays"), ("stops", "bus_left")]


STRANGER = {
    "of core": ("register_panels", "must begin with 'bus_'"),
    "of a county": ("county_bus", "must begin with 'bus_'"),
    "of another": ("study_bus", "must begin with 'bus_'"),
}


@pytest.mark.parametrize("case", STRANGER)
def test_a_module_brings_hooks_of_its_own_name_only(case):
    name, reason = STRANGER[case]

    def hook(self, county):
        """A hook."""

    hook.__name__ = name
    registry = Registry()
    assert not registry.add(module("bus", hookspecs=type("Specs", (), {name: spec(policy="isolate", returns=NOTHING)(hook)})))
    assert reason in registry.failures[0].reason and name not in registry.contracts
    assert not registry.add(module("register"))  # whose name would open register_…


def test_a_hook_without_a_contract_is_refused():
    class Plain:
        @hookspec
        def bus_delays(self, county):
            """pluggy's own mark says nothing of what comes back."""

    registry = Registry()
    assert not registry.add(module("bus", hookspecs=Plain)) and "declare it with youthpilot.core.spec" in registry.failures[0].reason
    assert not registry.add(module("bus", hookspecs=Plain())) and "must be a class" in registry.failures[1].reason


def refused_bus():
    return bus(register_permissions=lambda: [Permission("users.manage", "管理")])


@pytest.mark.parametrize("turned", [False, True], ids=["owner first", "owner last"])
def test_a_refused_module_takes_its_hooks_along_and_who_needs_them_is_refused_with_that_reason(turned, county):
    needs = module("stops", bus_delays=lambda line: [])
    may = module("may", bus_delays=hookimpl(optionalhook=True)(lambda line: []), county_panels=lambda county: [Panel("还在", ())])
    builds = module("top", depends_on=("stops",))
    narrowed = here(county, *([needs, may, builds, refused_bus()] if turned else [refused_bus(), needs, may, builds]))
    registry = narrowed.registry
    assert set(registry.loaded) == {"may"} and not {"bus_delays", "bus_stops"} & set(registry.contracts)
    reasons = {f.name: f.reason for f in registry.failures}
    assert "unknown hook bus_delays: nobody brings it; bus was refused" in reasons["stops"] and "'users.manage'" in reasons["stops"]
    assert "top needs stops" in reasons["top"]
    assert [panel.title for _name, panel in narrowed.panels(None, None)] == ["还在"] and delays(narrowed, "一路") == {}
    assert registry.add(bus()) is True  # mended: its hooks are there again, and the one that waited for them is asked
    enable(registry, county, "bus", "试")
    assert delays(county_registry(registry, county), "一路") == {"may": []}


def test_a_refused_owner_of_hooks_takes_none_of_the_others_hooks_along(county):
    """The manager is built again without it while the others still wait to be read."""

    class FirstSpecs:
        @spec(policy="isolate", returns=NOTHING)
        def first_thing(self, county):
            """A hook."""

    first = module("first", hookspecs=FirstSpecs, register_permissions=lambda: [Permission("users.manage", "管理")])
    narrowed = here(county, first, bus(), module("stops", bus_delays=lambda line: [Stop(line, 3)]))
    assert [f.name for f in narrowed.registry.failures] == ["first"] and delays(narrowed, "一路") == {"stops": [3]}


def test_inherited_and_renamed_specifications_are_looked_at_too():
    class Base:
        @spec(policy="isolate", returns=NOTHING)
        def county_bus(self, county):
            """pluggy reads inherited ones."""

    registry = Registry()
    assert not registry.add(module("bus", hookspecs=type("Specs", (Base,), {}))) and "must begin with 'bus_'" in registry.failures[0].reason
    assert (
        not registry.add(module("bus", hookspecs=type("Specs", (), {"bus_stops": BusSpecs.bus_delays})))
        and "'bus_stops'" in registry.failures[1].reason
    )


def test_two_implementations_of_one_hook_are_refused_and_none_vanishes():
    registry = Registry()
    assert not registry.add(module("toy", county_panels=named, more=hookimpl(specname="county_panels")(named)))
    assert "county_panels: 2 functions of the module implement it" in registry.failures[0].reason


def test_an_unknown_hook_names_itself_and_is_fine_if_optional():
    registry = Registry()
    assert not registry.add(module("toy", county_enabeld=lambda county: None))
    assert "unknown hook county_enabeld: nobody brings it" in registry.failures[0].reason
    assert registry.add(module("toy", county_enabeld=hookimpl(optionalhook=True)(lambda county: None)))


def test_who_builds_on_another_is_asked_after_it(county):
    def says(name):
        return lambda county: [Panel(name, ())]

    top = module("aa", depends_on=("zz",), order=1, county_panels=says("aa"))
    narrowed = here(county, module("mm", order=5, county_panels=says("mm")), module("zz", order=9, county_panels=says("zz")))
    assert narrowed.registry.add(top)
    assert [i.plugin.name for i in narrowed.registry.ordered()] == ["zz", "aa", "mm"]


# names ---------------------------------------------------------------------------------------------------------------


def importer(key):
    return Importer(key, "导入", (Column("name", "名称"),), row_key=len, judge=len, apply=len, permission="stud.bring")


def flow(key):
    return Indicator(key, "人次", "人次", "flow", "之和")


OTHERS = {
    "a permission": (
        {"register_permissions": lambda: [Permission("study.see", "看")]},
        "'study.see' must begin with 'stud.'; this one is a name of study",
    ),
    "an indicator": ({"register_indicators": lambda: [flow("Study.times")]}, "'Study.times' must begin with 'stud.'; this one is a name of study"),
    "an importer, without the separator": ({"register_importers": lambda: [importer("study_learners")]}, "this one is a name of study"),
    "twice but for the case": ({"register_permissions": lambda: [Permission("stud.see", "看"), Permission("stud.SEE", "看")]}, "declared twice"),
}


@pytest.mark.parametrize("case", OTHERS)
def test_a_name_of_another_module_is_refused_and_both_are_named(case):
    hooks, reason = OTHERS[case]
    registry = Registry()
    assert registry.add(module("study"))
    assert not registry.add(module("stud", **hooks))
    assert registry.failures[0].reason.startswith("PluginRefused: stud: ") and reason in registry.failures[0].reason


def distribution(folder, name, module_name, entry):
    """As pip leaves it."""
    (folder / f"{module_name}.py").write_text(
        f"from youthpilot.core import Plugin, hookimpl\nLOADED = True\nPLUGIN = Plugin(name={entry!r}, title='别人的', requires='2')\n"
    )
    card = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    card.mkdir()
    (card / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (card / "entry_points.txt").write_text(f"[youthpilot.plugins]\n{entry} = {module_name}\n")


def test_our_own_distribution_loads_first_and_its_names_stay_ours(tmp_path, monkeypatch):
    distribution(tmp_path, "aaa-first", "aaa_claims_study", "study")  # before ours by any name, and first on the path
    distribution(tmp_path, "other-one", "aaa_other_one", "other")
    distribution(tmp_path, "other-two", "aaa_other_two", "other")
    monkeypatch.syspath_prepend(tmp_path)
    registry = Registry().load_installed()
    assert registry.loaded["study"].module.__name__ == "youthpilot.plugins.study" and "aaa_claims_study" not in sys.modules
    reasons = sorted(f.reason for f in registry.failures)
    assert "other: two distributions claim this name, other-" in reasons[0] and "which stays, and other-" in reasons[0]
    assert "study: two distributions claim this name, youthpilot, which stays, and aaa-first" in reasons[1] and len(reasons) == 2
    assert list(registry.loaded)[-1] == "other"
    for name in ("aaa_other_one", "aaa_other_two"):
        sys.modules.pop(name, None)


def test_a_setting_twice_is_refused():
    from wtforms import Form, IntegerField

    form = type("F", (Form,), {"limit": IntegerField("上限"), "LIMIT": IntegerField("上限")})
    registry = Registry()
    assert not registry.add(module("toy", register_settings=lambda: (form, [Setting("limit", "上限", 1), Setting("LIMIT", "上限", 2)])))
    assert "declared twice: setting 'limit'" in registry.failures[0].reason
