"""The wall around a county's rows: every way past it that we know of, each with the naive variant that must be caught."""

from datetime import date

import pytest
from peewee import Table, fn

from youthpilot.core.cadres.models import Person, Post
from youthpilot.core.kernel.db import bulk_load, database
from youthpilot.core.kernel.errors import ScopeError
from youthpilot.core.kernel.scope import Scope, county_scope, scoped, unscoped
from youthpilot.core.organizations.founding import create_county
from youthpilot.core.organizations.models import Organization, OrganizationClosure


@pytest.fixture
def two(db):
    """Two counties, each with its root and two villages with a secretary; ids by county code."""
    ids = {}
    for code in ("aa", "bb"):
        county = create_county(code, code)
        with scoped(county_scope(county)):
            root = Organization.get(Organization.kind == "county")
            ids[code] = [county, root]
            for n in "12":
                village = Organization.create(county=county, code=f"{code}{n}", name=f"{code}村{n}", kind="village", org_type="branch", parent=root)
                OrganizationClosure.create(county=county, ancestor=village, descendant=village, depth=0)
                OrganizationClosure.create(county=county, ancestor=root, descendant=village, depth=1)
                person = Person.create(county=county, organization=village, name=f"{code}人{n}")
                Post.create(county=county, organization=village, person=person, title="secretary", start_on=date(2022, 1, 1))
                ids[code].append(village)
    return ids


def names(query) -> set[str]:
    return {row[0] for row in query.tuples()}


def test_without_a_scope_nothing_is_read(two):
    with pytest.raises(ScopeError, match="no scope is set"):
        list(Organization.select())


def test_select_alias_join_subquery_cte_and_union_stay_in_the_county(two):
    with scoped(county_scope(two["aa"][0])):
        other = Organization.alias()
        inner = Person.select(Person.organization)
        cte = Person.select(Person.name.alias("name")).cte("people")
        queries = [
            Person.select(Person.name),
            Person.select(Person.name).join(Organization),
            Person.alias().select(Person.alias().name) if False else Person.select(Person.name).where(Person.organization.in_(inner)),
            Person.select(Person.name).join(Post, on=(Post.title == "secretary")),
            Person.select(Person.name) | Person.select(Person.name),
            Organization.select(cte.c.name).join(cte, on=True).with_cte(cte),
        ]
        for query in queries:
            assert names(query) == {"aa人1", "aa人2"}, query.sql()
        assert names(Organization.select(other.name).join(other, on=True)) == {"共青团aa委员会", "aa村1", "aa村2"}
        assert Person.select(fn.COUNT(Person.id)).scalar() == 2


def test_raw_and_bare_statements_are_refused(two):
    bare = Table("core_person", ["id", "name"]).bind(database)
    attempts = [
        lambda: database.execute_sql("SELECT name FROM core_person").fetchall(),
        lambda: database.execute_sql("SELECT name FROM (SELECT * FROM core_person) AS p").fetchall(),
        lambda: list(bare.select()),
        lambda: list(Person.raw("SELECT name FROM core_person")),
        lambda: bare.delete().execute(),
        lambda: bare.insert(name="x").execute(),
        lambda: database.execute_sql("UPDATE core_person SET name = 'x'"),
    ]
    with scoped(county_scope(two["aa"][0])):
        for attempt in attempts:
            with pytest.raises(ScopeError):
                attempt()
    with unscoped("positive control: the same statements do reach the other county"):
        assert {n for (n,) in database.execute_sql("SELECT name FROM core_person").fetchall()} == {"aa人1", "aa人2", "bb人1", "bb人2"}


def test_writes_stay_in_the_county_and_in_the_subtree(two):
    aa, _root, first, second = two["aa"]
    foreign = two["bb"][2]
    with scoped(Scope(aa.id, first.id)):
        assert names(Organization.select(Organization.name)) == {"aa村1"}
        assert names(Person.select(Person.name)) == {"aa人1"}
        assert Person.update(name="新").execute() == 1
        for target in (second, foreign):
            with pytest.raises(ScopeError):
                Person.create(county=aa, organization=target, name="x")
            with pytest.raises(ScopeError):
                Person.insert_many([{"county": aa, "organization": target, "name": "x"}]).execute()
            with pytest.raises(ScopeError):
                bulk_load(Person, [{"county": aa.id, "organization": target.id, "name": "x"}])
            with pytest.raises(ScopeError):
                Person.update(organization=target).execute()
        with pytest.raises(ScopeError):
            Person.create(county=two["bb"][0], organization=foreign, name="x")
        assert Post.delete().execute() == 1
    with unscoped("count what is left"):
        assert Post.select().count() == 3
        assert names(Person.select(Person.name)) == {"新", "aa人2", "bb人1", "bb人2"}


def test_the_database_itself_refuses_a_reference_into_another_county(two):
    with unscoped("positive control: no wall, only the composite foreign key"), pytest.raises(Exception, match="(?i)foreign key"):
        Person.create(county=two["aa"][0], organization=two["bb"][2], name="x")


def test_saving_a_foreign_row_by_its_id_fails(two):
    with scoped(Scope(two["aa"][0].id, two["aa"][2].id)):
        row = Organization.get()
        row.id = two["bb"][2].id
        row.name = "x"
        with pytest.raises(ScopeError):
            row.save()


def test_an_insert_past_the_model_is_refused_whatever_its_form(two):
    here, there = two["aa"][0], two["bb"]
    bare = Table("core_person", ["id", "county_id", "organization_id", "name"]).bind(database)
    row = {"county_id": there[0].id, "organization_id": there[2].id, "name": "闯入"}
    sql = f"INSERT INTO core_person (county_id, organization_id, name) VALUES ({there[0].id}, {there[2].id}, '闯入')"
    with scoped(county_scope(here)):
        for attempt in (lambda: bare.insert(row).execute(), lambda: database.execute_sql(sql), lambda: database.execute_sql(sql.lower())):
            with pytest.raises(ScopeError):
                attempt()
        assert Person.insert(county=here, organization=two["aa"][2], name="自己人").on_conflict_ignore().execute()
    with unscoped("nothing came in"):
        assert "闯入" not in names(Person.select(Person.name))
