"""Whatever happens to an organization or a person, every installed module's rows follow, also where the module is off."""

from datetime import date
from types import SimpleNamespace

import pytest
from peewee import CharField

from youthpilot.core import Organization, OrganizationRow, Person, Plugin, Post, hookimpl, reference
from youthpilot.core.audit.models import AuditEntry
from youthpilot.core.cadres.erasing import erase_person
from youthpilot.core.cadres.services import add_person, appoint, end_post
from youthpilot.core.counties.services import county_registry, disable, enable
from youthpilot.core.kernel.errors import ConflictError, NotFound, RuleError
from youthpilot.core.kernel.schema import create_statements
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.organizations.services import merge
from youthpilot.core.registry import Registry
from youthpilot.core.testing import installation, make_county, make_organization


def module(fields=("organization", "near"), unique=False):
    class Row(OrganizationRow):
        merged_fields = fields
        name = CharField(max_length=20)
        near = reference(Organization, null=True, backref="+")
        person = reference(Person, null=True, backref="+")

        class Meta:
            table_name = "along_row"
            indexes = ((("county", "organization", "name"), True),) if unique else ()

    @hookimpl
    def county_person_erased(county, person_id):
        if Row.select().where(Row.name == "不许").exists():
            raise RuleError("不许删")
        Row.update(name="谁").where(Row.person == person_id).execute()

    hooks = {"register_models": hookimpl(lambda: [Row]), "register_migrations": hookimpl(lambda: {"0001_initial": create_statements(Row)})}
    card = Plugin("along", "跟着走", requires="2")
    return Row, SimpleNamespace(__name__="along", __file__="", PLUGIN=card, county_person_erased=county_person_erased, **hooks)


@pytest.fixture
def world(tmp_path):
    """(county, its registry with the module enabled and disabled again, the model, places by name)."""
    row, one = module()
    registry = Registry()
    assert registry.add(one), registry.failures
    with installation(tmp_path, registry):
        county = make_county(registry, enable=("along",))
        places = {name: make_organization(county, name, "township") for name in ("东镇", "西镇")}
        disable(registry, county, "along", "试")
        with scoped(county_scope(county)):
            yield SimpleNamespace(county=county, registry=registry, here=county_registry(registry, county), row=row, **places)


def test_a_merge_takes_along_the_rows_of_a_module_that_is_off(world):
    made = world.row.create(county=world.county, organization=world.东镇, near=world.东镇, name="一")
    other = world.row.create(county=world.county, organization=world.西镇, near=None, name="二")
    person = add_person(world.东镇, {"name": "沈祥"})
    merge(world.东镇, world.西镇, date(2023, 6, 1), "撤镇并镇", world.here)
    rows = {r.id: (r.organization_id, r.near_id) for r in world.row.select()}
    assert rows == {made.id: (world.西镇.id, world.西镇.id), other.id: (world.西镇.id, None)}
    assert Person.get_by_id(person.id).organization_id == world.西镇.id


def test_a_field_of_a_unique_key_or_of_nothing_is_refused_at_start():
    for broken, reason in ((module(unique=True), "part of a unique key"), (module(fields=("nowhere",)), "which is no field")):
        registry = Registry()
        assert not registry.add(broken[1]) and reason in registry.failures[0].reason


def test_an_erased_person_is_erased_in_modules_that_are_off_too_and_posts_stay_counted(world):
    person = add_person(world.东镇, {"name": "沈祥", "phone": "13900000000", "birth_date": date(1990, 1, 1)})
    made = world.row.create(county=world.county, organization=world.东镇, person=person, name="沈祥")
    post = appoint(person, world.东镇, "member", date(2023, 1, 1))
    with pytest.raises(ConflictError, match="还在任职"):
        erase_person(person.id, "本人申请", world.here)
    end_post(post, date(2023, 5, 1), "调离")
    with pytest.raises(RuleError):
        erase_person(person.id, " ", world.here)
    with pytest.raises(NotFound):
        erase_person(9999, "本人申请", world.here)
    erase_person(person.id, "本人申请", world.here)
    row = Person.get_by_id(person.id)
    assert (row.name, row.phone, row.phone_index, row.birth_date) == ("已删除", "", "", None)
    assert world.row.get_by_id(made.id).name == "谁" and Post.select().where(Post.person == row).count() == 1
    entry = AuditEntry.select().where(AuditEntry.act == "person.erase").get()
    assert entry.reason == "本人申请" and "沈" not in entry.object_name


def test_a_module_that_refuses_keeps_everything(world):
    person = add_person(world.东镇, {"name": "沈祥"})
    world.row.create(county=world.county, organization=world.东镇, person=person, name="不许")
    enable(world.registry, world.county, "along", "试")
    with pytest.raises(RuleError, match="不许删"):
        erase_person(person.id, "本人申请", world.here)
    assert Person.get_by_id(person.id).name == "沈祥"
