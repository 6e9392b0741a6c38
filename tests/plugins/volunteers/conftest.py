"""Two townships with villages, the module enabled, volunteers on a roster; the business day is 2023-07-03."""

import os
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from argon2 import PasswordHasher

import youthpilot.plugins.volunteers as module
from youthpilot.core.accounts import passwords
from youthpilot.core.accounts.services import create_user, grant_role
from youthpilot.core.app import create_app
from youthpilot.core.counties.services import enable
from youthpilot.core.kernel.clock import LOCAL
from youthpilot.core.kernel.i18n import register_translations
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.organizations.models import Organization
from youthpilot.core.registry import Registry
from youthpilot.core.testing import make_organization
from youthpilot.plugins.volunteers import caring, funding, services, serving
from youthpilot.plugins.volunteers.models import Volunteer

sys.path.insert(0, str(Path(__file__).parents[1]))
from volunteer_site import CHILD, GOOD, GUARDIAN, Browser  # noqa: E402

CLERK, BOSS = ("user:1", "李晓慧"), ("user:2", "何颖")


@pytest.fixture
def registry():
    found = Registry().load_installed()
    if "volunteers" not in found.loaded:
        found.add(module)
    assert "volunteers" in found.loaded, found.failures
    register_translations("volunteers", str(module.HERE / "translations"))
    return found


def at(day, clock):
    """A moment of 2023: at("6-26", "08:30")."""
    month, number = day.split("-")
    hour, minute = clock.split(":")
    return datetime(2023, int(month), int(number), int(hour), int(minute), tzinfo=LOCAL)


@pytest.fixture
def world(county, registry):
    enable(registry, county, "volunteers", "测试")
    places = {"东镇": make_organization(county, "东镇", "township")}
    places["甲村"] = make_organization(county, "甲村", "village", places["东镇"])
    places["西镇"] = make_organization(county, "西镇", "township")
    with scoped(county_scope(county)):
        w = SimpleNamespace(county=county, registry=registry, org={k: v.id for k, v in places.items()}, at=at)
        w.join = lambda name="王芳", place="东镇", joined=date(2023, 3, 5), **more: services.add_volunteer(
            w.org[place], {"name": name, "birth_date": date(2000, 5, 4), "joined_on": joined, **more}
        )
        w.activity = lambda title="防溺水讲座", day="6-26", first="08:30", last="11:30", place="东镇", **more: serving.save_activity(
            None, w.org[place], {"title": title, "starts_at": at(day, first), "ends_at": at(day, last), "late_reason": "补登", **more}
        )
        w.fresh = lambda v: Volunteer.get_by_id(v.id)
        yield w


@pytest.fixture
def clock(monkeypatch):
    """Set the business moment: the day by the environment, the hour by shifting the clock that the services read."""

    def set_to(moment):
        monkeypatch.setenv("YOUTHPILOT_TODAY", moment.date().isoformat())
        monkeypatch.setattr(serving, "business_now", lambda: moment)

    yield set_to
    os.environ.setdefault("YOUTHPILOT_TODAY", "2023-07-03")


@pytest.fixture
def site(world):
    before = passwords.set_hasher(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    for name, role, place in (
        ("zhou", "county_admin", None),
        ("he", "county_admin", None),
        ("han", "reporter", world.org["东镇"]),
        ("kan", "viewer", Organization.get(Organization.parent.is_null()).id),
    ):
        grant_role(create_user(name, f"用户{name[0]}", GOOD, must_change=False), role, world.county, place)
    app = create_app(world.registry, TESTING=True)
    assert not [f for f in world.registry.failures if f.name == "volunteers"], world.registry.failures
    world.browser = lambda user="": Browser(app, user)
    yield world
    passwords.set_hasher(before)


@pytest.fixture
def filled(site):
    """Something on every page."""
    site.who = site.join("王小芳", phone="13800138000", id_no="320999200005040010")
    site.young = site.join("李明明", birth_date=date(2008, 1, 1), phone="13900139000", **GUARDIAN)
    site.held = site.activity("“心系学子”活动", is_theme=True)
    site.row = serving.record(site.held, site.who, site.at("6-26", "08:30"), site.at("6-26", "10:30"), ("user:99", "别人"))
    caring.add_child(site.org["甲村"], CHILD)
    given = {"title": "梦想改造+", "qualified_org": "省青基会", "filing_no": "B1", "starts_on": date(2023, 1, 1), "ends_on": date(2023, 12, 31)}
    funding.save_campaign(None, given)
    return site


__all__ = ["BOSS", "CLERK", "timedelta"]
