"""Two townships with villages, the module enabled, volunteers on a roster; the business day is 2023-07-03."""

import os
from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest

import youthpilot.plugins.volunteers as module
from youthpilot.core.clock import LOCAL
from youthpilot.core.counties.services import enable
from youthpilot.core.i18n import register_translations
from youthpilot.core.registry import Registry
from youthpilot.core.scope import county_scope, scoped
from youthpilot.core.testing import make_organization
from youthpilot.plugins.volunteers import services, serving
from youthpilot.plugins.volunteers.models import Volunteer

CLERK, BOSS = ("user:1", "李晓慧"), ("user:2", "何颖")


@pytest.fixture
def registry():
    found = Registry().load_installed()
    if "volunteers" not in found.loaded:
        found.add(module)
    assert "volunteers" in found.loaded, found.failures
    register_translations(str(module.HERE / "translations"))
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


__all__ = ["BOSS", "CLERK", "timedelta"]
