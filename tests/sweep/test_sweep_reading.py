"""security.md G1, T1–T3, T10: every GET route × role × (own, child, sibling, other county). A sample each time, all with --programme."""

from collections import defaultdict

import pytest

from youthpilot.core.web.policies import policy_of

from .explorer import Explorer
from .hostile import LEAKS
from .world import ROLES

SAMPLE = 0.008
CARELESS = {
    ("hostile_careless.raw", "broken"),
    ("hostile_careless.one", "number"),
}  # raw SQL ends at the wall, as a 500; a careless page, but no leak


@pytest.fixture(scope="module")
def explorer(world):
    found = Explorer(world, SAMPLE)
    found.discover()
    return found


def sorted_out(findings):
    """(faults of the house and of the careless module, what was found of the leaking one)."""
    house, leaky = [], defaultdict(set)
    for finding in findings:
        if finding.endpoint.startswith("leaky_"):
            leaky[finding.endpoint.partition(".")[2]].add(finding.kind)
        elif (finding.endpoint, finding.kind) not in CARELESS:
            house.append(str(finding))
    return house, leaky


def found_by(explorer, role):
    return sorted_out([*explorer.read(role), *explorer.oracles(role), *explorer.bad_numbers(role)] if ROLES[role][0] else explorer.read(role))


@pytest.mark.parametrize("role", ROLES)
def test_a_role_meets_only_what_is_its_own(explorer, role):
    house, _leaky = found_by(explorer, role)
    assert not house, "\n".join(house[:20])


def test_nobody_signed_in_meets_nothing(explorer):
    house, leaky = sorted_out(explorer.read("anonymous"))
    assert not house and not leaky, "\n".join(house[:20])
    assert not explorer.seen["anonymous"]


@pytest.mark.parametrize("role", ("admin", "reporter", "platform"))
def test_another_county_s_address_answers_as_one_that_does_not_exist(explorer, role):
    for rule, _method in explorer.rules():
        if not explorer.visited(role, rule):
            continue
        values = next(explorer.cases(rule, role))[1]
        there, nowhere = explorer.get(role, rule, values, "/c/bb"), explorer.get(role, rule, values, "/c/zz")
        if policy_of(explorer.world.app, rule.endpoint, "GET").kind == "public":  # open to everybody by its purpose, whoever asks
            known = explorer.world.canaries.known  # whose page it is may stand on it, nothing else
            assert {known[n].table for n in explorer.world.canaries.found(there.data)} <= {"core_county"}, rule.rule
            continue
        assert there.status_code == nowhere.status_code, rule.rule
        assert there.text.replace("/c/bb", "/c/zz").split("csrf")[0][-400:] == nowhere.text.split("csrf")[0][-400:] or there.status_code == 200, (
            rule.rule
        )
        assert not explorer.world.canaries.found(there.data) - explorer.allowed[role], rule.rule


def test_every_leak_of_the_control_module_is_reported(world):
    """Or the sweep is blind: a naive view, an alias, a join, a raw query, an id, a header, a workbook, an oracle, markup, inline code, a bad number."""
    explorer = Explorer(world)
    explorer.rules = lambda unsafe=False: [(r, m) for r, m in Explorer.rules(explorer, unsafe) if r.endpoint.startswith("leaky_")]
    explorer.discover()
    for role in ("admin", "reporter", "village"):
        _house, leaky = found_by(explorer, role)
        missed = {page: kind for page, kind in LEAKS.items() if kind not in leaky[page]}
        assert not missed, (role, missed)


def test_the_marks_are_really_met(explorer):
    """The administrator sees marks of so many tables: pages are shown with rows, not empty."""
    list(explorer.read("admin"))
    tables = {world_mark.table for n, world_mark in enumerate(explorer.world.canaries.known) if n in explorer.seen["admin"]}
    assert len(tables) >= 20, sorted(tables)


def test_every_text_column_carries_a_mark(world):
    """A new table, a new column: it is in the sweep without anybody thinking of it."""
    from .canaries import marked_fields
    from .world import BY_LOCK

    marked = {(c.table, c.column, c.county_id) for c in world.canaries.known}
    for model in world.models():
        if model._meta.table_name.startswith(BY_LOCK):
            continue
        missing = [(model._meta.table_name, f.name, c.code) for f in marked_fields(model) for c in world.counties.values()
                   if (model._meta.table_name, f.name, c.id) not in marked]  # fmt: skip
        assert not missing


def test_two_counties_in_turn_keep_their_own_links(explorer):
    """Flask-Admin remembers the first address of a menu entry: one county's links would stand on the other's pages."""
    for rule, _method in explorer.rules():
        if not explorer.visited("in turn", rule):
            continue
        for role, other in (("admin", b"/c/bb/"), ("stranger", b"/c/aa/"), ("admin", b"/c/bb/")):
            answer = explorer.get(role, rule, next(explorer.cases(rule, role))[1])
            assert other not in answer.data, (rule.rule, role)


@pytest.mark.programme
def test_all_of_it(world, record_property):
    """100 % of routes × roles × targets."""
    explorer = Explorer(world)
    explorer.discover()
    faults = []
    for role in ROLES:
        faults += found_by(explorer, role)[0]
    record_property("requests", explorer.requests)
    assert not faults, "\n".join(faults[:40])
