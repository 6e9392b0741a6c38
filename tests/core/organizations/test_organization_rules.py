"""Rules of places, terms and effective organizations (domain.md §2, §11.2)."""

from datetime import date, timedelta

import pytest

from youthpilot.core.cadres import services as cadres
from youthpilot.core.cadres.standing import problems, registered_and_effective
from youthpilot.core.counties.services import set_setting
from youthpilot.core.kernel.clock import today
from youthpilot.core.kernel.errors import RuleError
from youthpilot.core.organizations import rules, services
from youthpilot.core.organizations.loading import bulk_create
from youthpilot.core.organizations.models import KINDS, TYPES, Organization
from youthpilot.core.organizations.queries import search, terms_due
from youthpilot.core.organizations.rules import Place, Thresholds
from youthpilot.plugins.figures.indicator import FigureContext
from youthpilot.plugins.figures.organizations import CORE_INDICATORS

DAY = date(2023, 6, 30)
LIMITS = Thresholds()


@pytest.mark.parametrize(
    "parent, child, rule",
    [
        (("county", "leading_organ"), ("township", "committee"), ""),
        (("county", "leading_organ"), ("village", "branch"), ""),
        (("township", "committee"), ("village", "branch"), ""),
        (("township", "committee"), ("school", "committee"), ""),
        (("school", "committee"), ("class", "branch"), ""),
        (("school", "committee"), ("school", "branch"), ""),
        (("village", "general_branch"), ("village", "branch"), ""),
        (("village", "branch"), ("village", "branch"), "branch"),
        (("village", "branch"), ("class", "branch"), "branch"),
        (("village", "general_branch"), ("class", "committee"), "general_branch"),
        (("village", "committee"), ("township", "committee"), "kind"),
        (("school", "committee"), ("village", "branch"), "kind"),
        (("township", "committee"), ("class", "branch"), "class"),
        (("township", "committee"), ("township", "committee"), "type"),
        (("township", "committee"), ("county", "leading_organ"), "root"),
    ],
)
def test_who_may_stand_below_whom(parent, child, rule):
    assert rules.may_stand_below(Place(*parent), Place(*child)) == rule


def test_level_rule_never_allows_both_ways():
    places = [Place(kind, org_type) for kind in KINDS for org_type in TYPES]
    both = [(a, b) for a in places for b in places if not rules.may_stand_below(a, b) and not rules.may_stand_below(b, a)]
    assert both == []


@pytest.mark.parametrize(
    "place, elected, expected",
    [
        (("class", "branch"), date(2022, 9, 1), (1, 1, 6)),
        (("village", "branch"), date(2024, 12, 31), (2, 3, 6)),
        (("village", "branch"), date(2025, 1, 3), (3, 3, 6)),
        (("village", "general_branch"), date(2025, 1, 2), (2, 3, 12)),
        (("township", "committee"), date(2021, 3, 1), (3, 5, 12)),
        (("county", "leading_organ"), date(2021, 3, 1), (5, 5, 12)),
    ],
)
def test_terms(place, elected, expected):
    rule = rules.term_rule(Place(*place), elected, LIMITS)
    assert (rule.shortest, rule.longest, rule.extension_months) == expected


def test_an_appointed_work_committee_has_no_term():
    assert rules.term_rule(Place("park", "work_committee"), DAY, LIMITS) is None
    assert rules.term_ends_on(Place("park", "work_committee"), DAY, None, None, LIMITS) is None


def test_ends_of_terms():
    village = Place("village", "branch")
    assert rules.term_ends_on(village, date(2020, 2, 29), None, None, LIMITS) == date(2023, 2, 28)
    assert rules.term_ends_on(village, date(2020, 6, 15), 2, date(2022, 12, 15), LIMITS) == date(2022, 12, 15)
    assert rules.term_ends_on(village, None, 2, None, LIMITS) is None
    assert rules.latest_extension(village, date(2020, 6, 15), 3, LIMITS) == date(2023, 12, 15)


def test_effective_and_warnings():
    assert rules.is_effective(True, 1, 3, LIMITS, DAY)
    assert not any(rules.is_effective(*c, LIMITS, DAY) for c in ((False, 1, 3), (True, 0, 3), (True, 1, 2), (True, 1, None)))
    assert [rules.member_warning("branch", n, LIMITS, DAY) for n in (None, 0, 2, 3, 50, 51)] == ["", "hollow", "hollow", "", "", "large"]
    assert rules.member_warning("committee", 500, LIMITS, DAY) == ""


@pytest.fixture
def world(in_county):
    """T1 with V1 (5 members, a secretary), V2 (2 members, a secretary), V3 (members not known, nobody); T1 itself has a secretary."""
    rows = [{"code": "T1", "name": "柳河镇", "short_name": "柳河", "kind": "township", "org_type": "committee"}]
    members = {"V1": 5, "V2": 2, "V3": None}
    rows += [
        {"code": c, "name": f"{c}村", "kind": "village", "org_type": "branch", "member_count": n, "parent_code": "T1"} for c, n in members.items()
    ]
    ids = bulk_create(in_county.id, rows)
    for code in ("T1", "V1", "V2"):
        person = cadres.add_person(ids[code], {"name": f"王{code}", "birth_date": date(1995, 1, 1)}, audit=False)
        cadres.appoint(person, ids[code], "secretary", date(2022, 1, 1), audit=False)
    return ids


def test_registered_and_effective(world, in_county):
    found = registered_and_effective(in_county.id, DAY)
    assert (found.registered, found.effective) == (4, 2)  # T1 (7 members below it) and V1
    assert found.by_id[world["T1"]].members == 7 and found.by_id[world["T1"]].members_own is None
    assert found.totals(world["T1"]) == (4, 2) and found.totals(world["V3"]) == (1, 0)
    before = registered_and_effective(in_county.id, date(2021, 12, 31))
    assert (before.registered, before.effective) == (4, 0)  # nobody held a post then


def test_indicators_give_own_components_and_blanks(world, in_county):
    ctx = FigureContext(in_county.id, "test", "2023H1", date(2023, 1, 1), DAY, DAY)
    by_key = {i.key: i for i in CORE_INDICATORS}
    rate = list(by_key["organizations.effective_rate"].compute(ctx))
    assert (sum(n for _o, n, _d in rate), sum(d for _o, _n, d in rate)) == (2, 4)
    assert dict(by_key["organizations.members"].compute(ctx)) == {world["V1"]: 5, world["V2"]: 2}  # V3: blank, not 0
    rows = by_key["organizations.registered"].records(ctx, list(world.values()))
    assert len(list(rows.query)) == 4 and ("V1", "V1村", "村", "团支部", 5, 1) in list(rows.query)
    assert len(rows.columns) == 6
    members = by_key["organizations.members"].records(ctx, list(world.values()))
    assert [r[0] for r in members.query] == ["V1", "V2"]


def test_thresholds_are_dated_settings_of_the_county(world, in_county):
    set_setting(in_county, "core", "organizations.min_members", 2, date(2023, 6, 1), "测试")
    assert registered_and_effective(in_county.id, DAY).effective == 3
    assert registered_and_effective(in_county.id, date(2023, 5, 31)).effective == 2


def test_problems_name_what_to_do(world, in_county):
    Organization.update(last_elected_on=date(2020, 1, 1)).where(Organization.id == world["V1"]).execute()
    found = {(p.name, p.code) for p in problems(in_county.id, DAY)}
    assert found == {("V1村", "term_over"), ("V2村", "hollow"), ("V3村", "no_cadre"), ("V3村", "unknown_members")}
    assert all(any("一" <= sign <= "鿿" for sign in p.text) for p in problems(in_county.id, DAY))


def test_terms_due_soon_and_over(world, in_county):
    for code, elected in (("V1", date(2020, 1, 1)), ("V2", date(2020, 8, 1)), ("V3", date(2022, 1, 1))):
        Organization.update(last_elected_on=elected).where(Organization.id == world[code]).execute()
    assert [(t.name, t.overdue, t.days) for t in terms_due(in_county.id, DAY)] == [("V1村", True, -180), ("V2村", False, 32)]


@pytest.mark.parametrize(("within", "names"), [(31, []), (32, ["V2村"]), (0, [])])
def test_notice_of_a_term_on_its_first_day(world, in_county, within, names):
    Organization.update(last_elected_on=date(2020, 8, 1)).where(Organization.id == world["V2"]).execute()
    assert [t.name for t in terms_due(in_county.id, DAY, within)] == names
    last = terms_due(in_county.id, date(2023, 8, 1), 0)
    assert [(t.overdue, t.days) for t in last] == [(False, 0)]  # the last day itself
    assert [(t.overdue, t.days) for t in terms_due(in_county.id, date(2023, 8, 2), 0)] == [(True, -1)]


def test_founded_elected_and_extended_to_the_day(world):
    services.update(world["V2"], {"established_on": today()})
    with pytest.raises(RuleError):
        services.update(world["V3"], {"established_on": today() + timedelta(days=1)})
    services.update(world["V1"], {"established_on": date(2020, 1, 1), "last_elected_on": date(2020, 1, 1), "term_extended_to": date(2023, 7, 1)})
    with pytest.raises(RuleError):
        services.update(world["V1"], {"established_on": date(2020, 1, 2)})


def test_impossible_values_are_refused(world, in_county):
    for values, field in (
        ({"region_code": "12a"}, "region_code"),
        ({"member_count": -1}, "member_count"),
        ({"established_on": date(2024, 1, 1)}, "established_on"),
        ({"last_elected_on": date(2022, 1, 1), "term_years": 5}, "term_years"),
        ({"last_elected_on": date(2020, 1, 1), "term_extended_to": date(2023, 7, 2)}, "term_extended_to"),
        ({"code": "V2"}, "code"),
        ({"name": " "}, "name"),
        ({"kind": "township", "org_type": "committee"}, "parent"),
    ):
        with pytest.raises(RuleError) as caught:
            services.update(world["V1"], values)
        assert caught.value.field == field


def test_search_by_any_name(world, in_county):
    assert [o.code for o in search("柳河")] == ["T1"]
    assert [o.code for o in search("V")] == ["V1", "V2", "V3"]
