"""Ages, posts, elections and what they become as figures (domain.md §1.4, §2.3, §11.2 (5))."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from youthpilot.core.cadres import queries, rules, services
from youthpilot.core.cadres.models import Election, Person, Post
from youthpilot.core.counties.services import value_of
from youthpilot.core.kernel.clock import today
from youthpilot.core.kernel.errors import ConflictError, NotFound, RuleError
from youthpilot.core.kernel.scope import Scope, figure_scope, scoped
from youthpilot.core.kernel.secrets import blind_index
from youthpilot.core.organizations import services as organizations
from youthpilot.core.organizations.loading import bulk_create
from youthpilot.core.organizations.models import Organization
from youthpilot.core.registry import Registry
from youthpilot.plugins.figures.cadres import CORE_INDICATORS, both_down
from youthpilot.plugins.figures.indicator import FigureContext

DAY = date(2023, 6, 30)
BY_KEY = {i.key: i for i in CORE_INDICATORS}


def test_mean_age_rounds_half_up_and_counts_the_unknown():
    births = [date(1995, 1, 1)] * 13 + [date(1994, 1, 1)] * 7 + [None, date(2023, 7, 1)]
    mean = rules.mean_age(births, DAY)
    assert (mean.total, mean.count, mean.unknown, mean.value) == (28 * 13 + 29 * 7, 20, 2, D("28.4"))  # 28.35
    assert rules.mean_age([None], DAY).value is None


@pytest.mark.parametrize(("first", "last", "shared"), [(1, 9, False), (1, 10, True), (20, None, True), (21, None, False), (20, 20, True)])
def test_two_spans_share_their_boundary_day(first, last, shared):
    here = (date(2023, 5, 10), date(2023, 5, 20))
    there = (date(2023, 5, first), last and date(2023, 5, last))
    assert rules.overlap(*here, *there) == rules.overlap(*there, *here) == shared


def test_born_on_the_day_has_an_age():
    assert rules.mean_age([DAY], DAY) == rules.MeanAge(0, 1, 0)


TOWN, VILLAGE = "cadres.township_secretary_mean_age", "cadres.village_secretary_mean_age"


@pytest.mark.parametrize(
    "town, town_before, village, village_before, expected",
    [
        ("28.3", "29.6", "34.7", "36.2", True),
        ("29.6", "29.6", "34.7", "36.2", False),  # equal is not down
        ("28.3", "29.6", "36.3", "36.2", False),
        ("29.64", "29.6", "34.7", "36.2", False),  # both print 29.6
        ("29.55", "29.6", "34.7", "36.2", False),  # prints 29.6
        ("29.54", "29.6", "34.7", "36.2", True),
        (None, "29.6", "34.7", "36.2", None),
        ("28.3", None, "34.7", "36.2", None),
        ("28.3", "29.6", "36.3", None, None),
    ],
)
def test_both_down(town, town_before, village, village_before, expected):
    values = dict(zip((TOWN, f"{TOWN}_previous", VILLAGE, f"{VILLAGE}_previous"), (town, town_before, village, village_before), strict=True))
    assert set(BY_KEY["cadres.mean_age_both_down"].claim_needs) == set(values)
    assert both_down({key: D(v) if v else None for key, v in values.items()}) is expected


@pytest.fixture
def world(in_county):
    """Townships T1, T2 (a street), village V1 in T1, community V2 in T2."""
    kinds = {
        "T1": ("township", "committee", ""),
        "T2": ("street", "committee", ""),
        "V1": ("village", "branch", "T1"),
        "V2": ("community", "branch", "T2"),
    }
    rows = [{"code": c, "name": f"组织{c}", "kind": k, "org_type": t, "parent_code": p} for c, (k, t, p) in kinds.items()]
    return bulk_create(in_county.id, rows)


def secretary(organization_id, year, since=date(2021, 3, 10), **more):
    person = services.add_person(organization_id, {"name": f"王{year}", "birth_date": date(year, 1, 1) if year else None}, audit=False)
    return person, services.appoint(person, organization_id, "secretary", since, audit=False, **more)


def components(county, key, day=DAY):
    ctx = FigureContext(county.id, "test", "2023H1", date(2023, 1, 1), day, day)
    with figure_scope(county.id):
        return sorted(tuple(row) for row in BY_KEY[key].compute(ctx))


def test_mean_age_of_secretaries_per_organization(world, in_county):
    secretary(world["T1"], 1995)
    secretary(world["T2"], 1990)
    secretary(world["V1"], 1988)
    secretary(world["V2"], None)
    assert components(in_county, TOWN) == [(world["T1"], 28, 1), (world["T2"], 33, 1)]
    assert components(in_county, VILLAGE) == [(world["V1"], 35, 1)]  # without a birth date: left out, blank and not 0
    assert components(in_county, TOWN, date(2021, 3, 9)) == []
    mean = queries.secretary_mean_age(in_county.id, "village", DAY)
    assert (mean.total, mean.count, mean.unknown) == (35, 1, 1)


def test_figures_are_the_same_whoever_asks_but_lists_are_not(world, in_county):
    secretary(world["T1"], 1995)
    secretary(world["T2"], 1990)
    with scoped(Scope(in_county.id, world["T1"])):
        assert len(components(in_county, TOWN)) == 2
        assert queries.breakdown(in_county.id, DAY).posts == 1
        assert queries.secretary_births(in_county.id, ("township", "street"), DAY) == [(world["T1"], date(1995, 1, 1))]
        with pytest.raises(NotFound):
            secretary(world["T2"], 1999)


def test_persons_and_posts_are_counted_apart(world, in_county):
    person, _post = secretary(world["T1"], 1995, mode="full_time", source="civil_servant")
    services.update_person(person, {"sex": "F"})
    services.appoint(person, world["V1"], "secretary", date(2022, 1, 1), two_committees=True, audit=False)
    services.appoint(person, world["T1"], "instructor", date(2022, 1, 1), audit=False)
    found = queries.breakdown(in_county.id, DAY)
    assert (found.persons, found.posts) == (1, 3)
    assert [(s.title, s.persons, s.posts) for s in found.axes["sex"]] == [("女", 1, 3)]
    assert [(s.title, s.persons, s.posts) for s in found.axes["mode"]] == [("专职", 1, 1), ("兼职", 1, 2)]
    assert [(s.title, s.persons, s.posts) for s in found.axes["two_committees"]] == [("是", 1, 1), ("否", 1, 2)]
    assert queries.breakdown(in_county.id, DAY, "secretary").posts == 2
    ctx = FigureContext(in_county.id, "test", "2023H1", date(2023, 1, 1), DAY, DAY)
    assert sorted(BY_KEY["cadres.persons"].items(ctx)) == [(world["T1"], person.id), (world["V1"], person.id)]
    assert dict(components(in_county, "cadres.posts_filled"))[world["T1"]] == 1  # the instructor has no seat


def test_seats_due_filled_vacant(world, in_county):
    secretary(world["T1"], 1995)
    organizations.update(world["T1"], {"posts_due": 2})
    organizations.update(world["V1"], {"posts_due": 0})
    secretary(world["V1"], 1990)
    organizations.update(world["V2"], {"member_count": 7})
    seats = {s.organization_id: (s.due, s.filled, s.vacant) for s in queries.seats(in_county.id, DAY)}
    assert seats[world["T1"]] == (2, 1, 1) and seats[world["V1"]] == (0, 1, 0)  # too many in one are not set against another
    assert seats[world["V2"]] == (3, 0, 3) and seats[world["T2"]] == (9, 0, 9)
    village = next(row for row in queries.seats_by_level(in_county.id, DAY) if row.kind == "village")
    assert (village.organizations, village.due, village.filled, village.vacant) == (1, 0, 1, 0)


def test_one_secretary_at_a_time(world):
    _first, post = secretary(world["T1"], 1995)
    with pytest.raises(ConflictError):
        secretary(world["T1"], 1996)
    second = services.add_person(world["T1"], {"name": "李四"}, audit=False)
    new = services.replace_secretary(world["T1"], second, date(2023, 5, 1), "调整")
    assert Post.get_by_id(post.id).end_on == date(2023, 4, 30)
    assert queries.secretary_of(world["T1"], date(2023, 4, 30)).id == post.id
    assert queries.secretary_of(world["T1"], date(2023, 5, 1)).id == new.id
    with pytest.raises(ConflictError):
        services.end_post(post, DAY, "再来一次")
    with pytest.raises(RuleError):
        services.end_post(new, date(2023, 4, 1), "太早")
    with pytest.raises(ConflictError):
        services.appoint(second, world["T1"], "secretary", date(2023, 6, 1))


def test_closing_an_organization_ends_its_posts(world, in_county):
    secretary(world["V1"], 1990)
    organizations.close(world["V1"], date(2023, 5, 31), "撤并", Registry().for_county(value_of(in_county), ()))
    assert components(in_county, VILLAGE) == []
    assert len(components(in_county, VILLAGE, date(2023, 5, 31))) == 1
    with pytest.raises(ConflictError):
        secretary(world["V1"], 1991, date(2023, 6, 1))
    secretary(world["V2"], 1991, end_on=date(2023, 5, 31))
    organizations.close(world["V2"], date(2023, 5, 31), "撤并", Registry().for_county(value_of(in_county), ()))
    services.appoint(
        services.add_person(world["V2"], {"name": "末日"}, audit=False), world["V2"], "member", date(2023, 5, 31), end_on=date(2023, 5, 31)
    )


def test_a_post_of_one_day(world):
    _person, post = secretary(world["T1"], 1995, date(2023, 5, 1))
    with pytest.raises(RuleError):
        services.end_post(post, date(2023, 4, 30), "太早")
    assert services.end_post(post, date(2023, 5, 1), "调整").end_on == date(2023, 5, 1)
    with pytest.raises(ConflictError):
        services.end_post(post, date(2023, 5, 1), "再来一次")
    with pytest.raises(ConflictError):
        secretary(world["T1"], 1996, date(2023, 5, 1))  # that day has one
    assert secretary(world["T1"], 1997, date(2023, 5, 2))


def test_an_election_measures_the_term_before(world, in_county):
    person, old = secretary(world["T1"], 1993, date(2018, 3, 1))
    young = services.add_person(world["T1"], {"name": "新人", "birth_date": date(1998, 3, 10)}, audit=False)
    election = services.hold_election(
        world["T1"], date(2023, 3, 10), [{"person": young, "title": "secretary"}, {"person": person, "title": "member"}]
    )
    assert (election.before_on, election.before_age_sum, election.before_count) == (date(2023, 3, 9), 30, 1)
    assert (election.after_age_sum, election.after_count, election.due_on) == (25, 1, date(2028, 3, 10))
    assert Post.get_by_id(old.id).end_on == date(2023, 3, 9)
    assert Organization.get_by_id(world["T1"]).last_elected_on == date(2023, 3, 10)
    assert components(in_county, f"{TOWN}_previous") == [(world["T1"], 30, 1)]
    assert components(in_county, f"{TOWN}_previous", date(2023, 3, 9)) == []
    with pytest.raises(ConflictError):
        services.hold_election(world["T1"], date(2023, 3, 10))


def test_an_election_today_and_on_the_day_a_post_began(world):
    tomorrow = today() + timedelta(days=1)
    with pytest.raises(RuleError):
        services.hold_election(world["T1"], tomorrow)
    person, post = secretary(world["T1"], 1993, today())
    with pytest.raises(ConflictError):
        services.hold_election(world["T1"], today(), [{"person": person, "title": "member"}])  # what began today cannot have ended yesterday
    assert Post.get_by_id(post.id).end_on is None
    assert services.hold_election(world["V1"], today()).held_on == today()
    secretary(world["T2"], 1993, today() - timedelta(days=1))
    assert services.hold_election(world["T2"], today()).before_count == 1
    services.enter_last_term_totals(Organization.get_by_id(world["V1"]).county_id, "village", 72, 2, today(), "名册.xlsx")
    with pytest.raises(RuleError):
        services.enter_last_term_totals(Organization.get_by_id(world["V1"]).county_id, "village", 72, 2, tomorrow, "名册.xlsx")


@pytest.mark.parametrize(
    ("birth", "fits"), [(date(1899, 12, 31), False), (date(1900, 1, 1), True), (date(2023, 7, 3), True), (date(2023, 7, 4), False)]
)
def test_possible_days_of_birth(world, monkeypatch, birth, fits):
    monkeypatch.setenv("YOUTHPILOT_TODAY", "2023-07-03")
    if fits:
        assert services.add_person(world["T1"], {"name": "张三", "birth_date": birth}).birth_date == birth
    else:
        with pytest.raises(RuleError):
            services.add_person(world["T1"], {"name": "张三", "birth_date": birth})


def test_totals_of_the_last_term_stand_in_where_nothing_else_is_known(world, in_county):
    root = Organization.get(Organization.parent.is_null()).id
    services.enter_last_term_totals(in_county.id, "village", 72, 2, date(2021, 1, 5), "上届名册.xlsx")
    assert components(in_county, f"{VILLAGE}_previous") == [(root, 72, 2)]
    assert components(in_county, f"{TOWN}_previous") == []
    secretary(world["V1"], 1983, date(2018, 1, 1))
    services.hold_election(world["V1"], date(2023, 4, 1))
    assert components(in_county, f"{VILLAGE}_previous") == [(root, D(36), 1), (world["V1"], 40, 1)]  # its mean for the one without election
    services.enter_last_term_totals(in_county.id, "village", 74, 2, date(2021, 1, 5), "更正.xlsx")
    assert Election.select().where(Election.covers_kind == "village").count() == 1
    for wrong in (("village", 10, 2, DAY), ("village", 72, 0, DAY), ("school", 72, 2, DAY), ("village", 72, 2, date(2023, 7, 4))):
        with pytest.raises(RuleError):
            services.enter_last_term_totals(in_county.id, *wrong, "x")
    with scoped(Scope(in_county.id, world["T1"])), pytest.raises(NotFound):
        services.enter_last_term_totals(in_county.id, "village", 72, 2, DAY, "x")


def test_records_behind_the_means(world, in_county):
    secretary(world["T1"], 1995)
    services.enter_last_term_totals(in_county.id, "township", 60, 2, date(2021, 1, 5), "上届名册.xlsx")
    ctx = FigureContext(in_county.id, "test", "2023H1", date(2023, 1, 1), DAY, DAY)
    ids = [i for (i,) in Organization.select(Organization.id).tuples()]
    records = BY_KEY[TOWN].records(ctx, ids)
    assert list(records.query) == [("组织T1", "王1995", 28, date(2021, 3, 10))] and records.mask == (1,)
    before = BY_KEY[f"{TOWN}_previous"].records(ctx, ids)
    assert [row[3:] for row in before.query] == [(60, 2, "上届名册.xlsx")]
    for indicator in CORE_INDICATORS:
        if indicator.records:
            assert all(len(row) == len(indicator.records(ctx, ids).columns) for row in indicator.records(ctx, ids).query), indicator.key
    assert list(BY_KEY["cadres.persons"].records(ctx, ids).query)[0][2:4] == ("书记", "兼职")


def test_identity_numbers_are_found_but_not_stored_in_clear(world, in_county, db):
    person = services.add_person(world["T1"], {"name": "张三", "id_no": "11010519491231002X", "phone": "13800138000"})
    assert Person.get(Person.id_no_index == blind_index("11010519491231002x")).id == person.id
    with pytest.raises(ConflictError):
        services.add_person(world["T2"], {"name": "李四", "id_no": "11010519491231002X"})
    services.update_person(person, {"id_no": "110101199003074291"})
    assert Person.get_or_none(Person.id_no_index == blind_index("11010519491231002X")) is None
    assert Person.get_by_id(person.id).id_no == "110101199003074291"
    with pytest.raises(RuleError):
        services.add_person(world["T1"], {"name": "张三", "birth_date": date(2024, 1, 1)})
