"""The dated links are the truth: closure and parent are their image after any sequence of verbs, and earlier days keep their tree."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from youthpilot.core import CountyValue, Plugin, hookimpl
from youthpilot.core.cadres.standing import registered_and_effective
from youthpilot.core.calling import ModuleFault
from youthpilot.core.counties.services import county_registry, enable
from youthpilot.core.kernel.clock import today
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.errors import ConflictError, NotFound, RuleError
from youthpilot.core.kernel.scope import Scope, scoped
from youthpilot.core.organizations import services
from youthpilot.core.organizations.closure import differences
from youthpilot.core.organizations.loading import bulk_create
from youthpilot.core.organizations.models import Organization, OrganizationClosure, OrganizationEvent, OrganizationLink
from youthpilot.core.organizations.queries import tree_as_of
from youthpilot.core.registry import Registry

DAY = date(2023, 6, 30)
TELLING = Registry(platform=()).for_county(CountyValue(1, "test", "试验县"), ())  # nobody


def hearing(county, told):
    """The county's registry with one module that hears of what happens to organizations."""

    @hookimpl
    def county_organization_changed(organization_id, event, other_id):
        told((organization_id, event, other_id))

    registry = Registry()
    card = Plugin("hears", "听着", requires="2")
    assert registry.add(SimpleNamespace(__name__="hears", __file__="", PLUGIN=card, county_organization_changed=county_organization_changed))
    enable(registry, county, "hears", "试")
    return county_registry(registry, county)


def names(tree, code):
    node = next(n for n in tree if n.code == code)
    return [tree[i].code for i in tree.subtree(node.id)]


@pytest.fixture
def small(in_county):
    """T1 (V1, V2) and T2 (V3), by code."""
    rows = [{"code": t, "name": f"镇{t}", "kind": "township", "org_type": "committee"} for t in ("T1", "T2")]
    places = {"V1": "T1", "V2": "T1", "V3": "T2"}
    rows += [{"code": v, "name": f"村{v}", "kind": "village", "org_type": "branch", "member_count": 5, "parent_code": t} for v, t in places.items()]
    return bulk_create(in_county.id, list(reversed(rows)))


def test_two_thousand_at_once_equal_a_rebuild(in_county):
    rows = [{"code": f"T{i}", "name": f"镇{i}", "kind": "township", "org_type": "committee"} for i in range(20)]
    rows += [{"code": f"V{i}", "name": f"村{i}", "kind": "village", "org_type": "branch", "parent_code": f"T{i % 20}"} for i in range(1980)]
    bulk_create(in_county.id, rows)
    assert services.check_closure(in_county.id) == []
    assert OrganizationClosure.select().count() == 1 + 20 * 2 + 1980 * 3


def test_a_move_keeps_the_earlier_tree(small, in_county):
    services.move(small["V1"], small["T2"], date(2023, 5, 1), "区划调整", TELLING)
    assert names(tree_as_of(in_county.id, date(2023, 4, 30)), "T1") == ["T1", "V1", "V2"]
    assert names(tree_as_of(in_county.id, date(2023, 5, 1)), "T2") == ["T2", "V1", "V3"]
    assert Organization.get_by_id(small["V1"]).parent_id == small["T2"]
    assert services.check_closure(in_county.id) == []


def test_moved_twice_on_one_day_counts_the_last(small, in_county):
    services.move(small["V1"], small["T2"], DAY, "区划调整", TELLING)
    services.move(small["V1"], small["T1"], DAY, "更正", TELLING)
    assert OrganizationLink.select().where(OrganizationLink.organization == small["V1"]).count() == 2
    assert services.check_closure(in_county.id) == []


def test_moved_today_and_reopened_the_day_after(small, in_county):
    services.move(small["V1"], small["T2"], today(), "区划调整", TELLING)
    services.close(small["V2"], DAY, "撤并", TELLING)
    services.reopen(small["V2"], DAY + timedelta(days=1), "恢复", TELLING)
    assert all(tree_as_of(in_county.id, day)[small["V2"]].active for day in (DAY, DAY + timedelta(days=1)))
    assert services.check_closure(in_county.id) == []


def test_what_a_move_refuses(small, in_county):
    with pytest.raises(RuleError):
        services.move(small["V1"], small["V2"], DAY, "错", TELLING)  # a branch has none below it
    with pytest.raises(RuleError):
        services.move(small["V1"], small["T2"], date(2023, 7, 4), "明天", TELLING)
    with pytest.raises(RuleError):
        services.move(small["V1"], small["T2"], DAY, " ", TELLING)
    services.move(small["V1"], small["T2"], DAY, "区划调整", TELLING)
    with pytest.raises(RuleError):
        services.move(small["V1"], small["T1"], DAY - timedelta(days=1), "早于上一次变动", TELLING)


def test_no_circle_on_any_day_between(in_county):
    """A committee of a school below another: taken out, and the other put below it from an earlier day, would be a circle in between."""
    made = bulk_create(
        in_county.id,
        [
            {"code": "A", "name": "甲校", "kind": "school", "org_type": "committee"},
            {"code": "B", "name": "乙总支", "kind": "school", "org_type": "general_branch", "parent_code": "A"},
        ],
    )
    root = Organization.get(Organization.parent.is_null())
    services.move(made["B"], root.id, date(2023, 3, 1), "独立", TELLING)
    services.update(made["B"], {"org_type": "committee"})
    services.update(made["A"], {"org_type": "general_branch"})
    with pytest.raises(RuleError):
        services.move(made["A"], made["B"], date(2023, 1, 1), "倒过来", TELLING)
    services.move(made["A"], made["B"], date(2023, 3, 1), "倒过来", TELLING)
    assert len(tree_as_of(in_county.id, date(2023, 2, 1))) == len(tree_as_of(in_county.id, DAY)) == 3


def test_closed_keeps_its_last_place_and_reopens(small, in_county):
    services.close(small["V1"], date(2023, 5, 31), "撤并", TELLING)
    tree = tree_as_of(in_county.id, DAY)
    assert names(tree, "T1") == ["T1", "V1", "V2"] and not tree[small["V1"]].active
    assert tree_as_of(in_county.id, date(2023, 5, 31))[small["V1"]].active
    assert registered_and_effective(in_county.id, DAY).registered == 4
    with pytest.raises(ConflictError):
        services.close(small["T1"], DAY, "还有下级", TELLING)
    with pytest.raises(RuleError):
        services.reopen(small["V1"], date(2023, 5, 31), "恢复", TELLING)  # it was open on that day
    services.reopen(small["V1"], date(2023, 6, 15), "恢复", TELLING)
    assert [tree_as_of(in_county.id, d)[small["V1"]].active for d in (date(2023, 6, 14), date(2023, 6, 15))] == [False, True]
    assert services.check_closure(in_county.id) == []


def test_merge_takes_children_and_members_along(small, in_county):
    told = []
    services.merge(small["T1"], small["T2"], date(2023, 5, 1), "撤镇并镇", hearing(in_county, told.append))
    tree = tree_as_of(in_county.id, DAY)
    assert names(tree, "T2") == ["T2", "V1", "V2", "V3"] and not tree[small["T1"]].active
    assert tree_as_of(in_county.id, date(2023, 4, 30))[small["T1"]].active
    assert told[-1] == (small["T1"], "merged", small["T2"]) and len(told) == 3  # two children, and itself
    services.merge(small["V1"], small["V2"], date(2023, 6, 1), "并村", TELLING)
    assert Organization.get_by_id(small["V2"]).member_count == 10
    assert services.check_closure(in_county.id) == []


def test_split_makes_siblings_that_take_children(small, in_county):
    values = {"code": "T3", "name": "新镇", "kind": "township", "org_type": "committee"}
    (part,) = services.split(small["T1"], [(values, [small["V2"]])], date(2023, 6, 1), "分设", TELLING)
    assert names(tree_as_of(in_county.id, DAY), "T3") == ["T3", "V2"]
    assert names(tree_as_of(in_county.id, date(2023, 5, 31)), "T1") == ["T1", "V1", "V2"]
    assert OrganizationEvent.select().where(OrganizationEvent.event == "split", OrganizationEvent.other == part).exists()


def test_a_hook_that_raises_undoes_the_act(small, in_county):
    def refuse(what):
        raise RuntimeError("no")

    with pytest.raises(ModuleFault):
        services.move(small["V1"], small["T2"], DAY, "区划调整", hearing(in_county, refuse))
    assert Organization.get_by_id(small["V1"]).parent_id == small["T1"]
    assert services.check_closure(in_county.id) == []


def test_an_organization_founded_later_is_not_in_an_earlier_tree(small, in_county):
    values = {"code": "V9", "name": "新村", "kind": "village", "org_type": "branch", "parent": small["T1"], "established_on": date(2023, 5, 4)}
    new = services.create(in_county.id, values)
    assert new.id not in tree_as_of(in_county.id, date(2023, 5, 3))
    services.update(new, {"established_on": date(2023, 4, 1)})
    assert new.id in tree_as_of(in_county.id, date(2023, 5, 3))


def test_a_township_sees_and_changes_its_own_only(small, in_county):
    scope = Scope(in_county.id, small["T1"])
    with scoped(scope):
        tree = tree_as_of(in_county.id, DAY)
        assert [n.code for n in tree] == ["T1", "V1", "V2"] and tree.root == small["T1"]
        with pytest.raises(NotFound):
            services.move(small["V1"], small["T2"], DAY, "越界", TELLING)
        with pytest.raises(NotFound):
            services.update(small["V3"], {"name": "越界"})
        made = services.create(in_county.id, {"code": "V8", "name": "新村", "kind": "village", "org_type": "branch", "parent": small["T1"]})
        assert made.id in tree_as_of(in_county.id, DAY)
        with pytest.raises(RuleError):  # taken by one that the township cannot see
            services.create(in_county.id, {"code": "V3", "name": "重码", "kind": "village", "org_type": "branch", "parent": small["T1"]})
    assert services.check_closure(in_county.id) == []


def test_drift_is_found_and_rebuilt(small, in_county):
    OrganizationClosure.delete().where(OrganizationClosure.descendant == small["V1"], OrganizationClosure.depth == 2).execute()
    Organization.update(parent=small["T2"]).where(Organization.id == small["V2"]).execute()
    assert len(services.check_closure(in_county.id)) == 2
    services.rebuild_closure(in_county.id)
    assert services.check_closure(in_county.id) == []


ACT = st.tuples(st.sampled_from(["move", "move", "create", "close", "reopen", "merge"]), st.integers(0, 40), st.integers(0, 40))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACT, min_size=30, max_size=30))
def test_closure_is_the_image_of_the_links_after_anything(small, in_county, monkeypatch, acts):
    """30 verbs in a row on ever later days, 100 times; what the rules refuse leaves no trace."""
    monkeypatch.setattr(services, "record", lambda *args, **details: None)  # the audit chain is tested elsewhere
    with database.atomic() as undo:
        past = {}
        for step, (verb, first, second) in enumerate(acts):
            day = date(2023, 1, 1) + timedelta(days=step)
            monkeypatch.setenv("YOUTHPILOT_TODAY", day.isoformat())
            _try(verb, first, second, day, step, in_county.id)
            if step % 4 == 0:
                past[day] = [(n.id, n.parent) for n in tree_as_of(in_county.id, day)]
        assert differences(in_county.id) == []
        for day, tree in past.items():  # history does not change afterwards
            assert [(n.id, n.parent) for n in tree_as_of(in_county.id, day)] == tree
        undo.rollback()


def _try(verb, first, second, day, step, county_id):
    ids = [i for (i,) in Organization.select(Organization.id).order_by(Organization.id).tuples()]
    one, other = ids[first % len(ids)], ids[second % len(ids)]
    try:
        if verb == "create":
            kind, org_type = [("village", "branch"), ("school", "committee"), ("class", "branch"), ("township", "committee")][second % 4]
            values = {"code": f"N{step}", "name": f"新{step}", "kind": kind, "org_type": org_type, "parent": one}
            services.create(county_id, values, day)
        elif verb in ("move", "merge"):
            getattr(services, verb)(one, other, day, "试", TELLING)
        else:
            getattr(services, verb)(one, day, "试", TELLING)
    except (RuleError, ConflictError, NotFound):
        pass
