"""Figures are kept by what they read: the records' part of each indicator, and the whole with the statements laid over it."""

import sys
from datetime import date

import pytest
from figures_world import TODAY

from youthpilot.core.accounts.services import create_user, grant_role
from youthpilot.core.app import create_app
from youthpilot.core.cli import assemble, cli
from youthpilot.core.kernel.db import database
from youthpilot.core.organizations.models import Organization
from youthpilot.plugins.figures.queries import figures_of, is_complete
from youthpilot.plugins.figures.typed import Given

KEYS = ["organizations.registered", "organizations.members"]


@pytest.fixture
def period(world):
    return world.open()


def asked_of(registry, key, monkeypatch):
    """How often the records of an indicator are asked: a list that grows."""
    call, found = registry.registry.caller.call, []

    def listening(*args, **kwargs):
        found.extend([key] * (kwargs.get("detail") == key))
        return call(*args, **kwargs)

    monkeypatch.setattr(registry.registry.caller, "call", listening)
    return found


def members_of(name, number):
    Organization.update(member_count=number).where(Organization.short_name == name).execute()


def test_a_statement_asks_no_records_again(world, period, monkeypatch):
    """What organizations send lies over what the records tell, which is asked again when the records change."""
    members_of("甲村", 10)
    members_of("乙村", 20)
    key, asked = "organizations.members", asked_of(world.registry, "organizations.members", monkeypatch)

    def figures():
        return figures_of(world.county, period, world.registry, keys=[key], today=TODAY)

    first = figures()
    assert figures() is first and first.value(key) == 30 and len(asked) == 1
    assert figures_of(world.county, period, world.registry, keys=KEYS, today=TODAY).value(key) == 30 and len(asked) == 1  # shared by all sets
    world.submit(period, "甲村", {key: Given("15", reason="漏登", explanation="补登五名")})
    asked.clear()  # the form looked at the figure inside its transaction
    assert figures().value(key) == 35 and asked == []
    members_of("乙村", 21)
    assert figures().value(key) == 36 and len(asked) == 1


def test_what_no_table_tells_is_asked_each_time(world, period):
    """The toy's rows lie in memory: nothing says when they change."""
    world.put("toy.times", 甲村=1)
    assert figures_of(world.county, period, world.registry, keys=["toy.times"], today=TODAY).value("toy.times") == 1
    world.put("toy.times", 甲村=2)
    assert figures_of(world.county, period, world.registry, keys=["toy.times"], today=TODAY).value("toy.times") == 2


def test_another_day_another_period_another_name(world, period):
    """What is no row is in the name."""
    first = figures_of(world.county, period, world.registry, keys=KEYS, today=TODAY)
    assert figures_of(world.county, period, world.registry, keys=KEYS, today=date(2023, 6, 1)) is not first
    assert figures_of(world.county, (date(2023, 1, 1), TODAY), world.registry, keys=KEYS, today=TODAY) is not first
    assert is_complete(first)


def test_nothing_but_sqlite_opens_its_files(county, registry, home):
    """Closing any descriptor of them drops the process's locks: every page and command, with an ear at every open()."""
    path, opened, listening = str(home / "youthpilot.db"), [], [True]

    def hear(event, values):
        if listening and event == "open" and str(values[0]).startswith(path) and not str(values[0]).endswith(".migrate.lock"):
            opened.append(str(values[0]))

    sys.addaudithook(hear)
    grant_role(create_user("clerk", "办事员", "green-river-7-boats", must_change=False), "county_admin", county)
    database.close()
    client = create_app(registry, WTF_CSRF_ENABLED=False).test_client()
    assert client.post("/login", data={"username": "clerk", "password": "green-river-7-boats"}).status_code == 303
    rules = [r.rule for r in client.application.url_map.iter_rules() if "GET" in r.methods and not r.arguments]
    answers = [client.get(f"/c/test{rule}").status_code for rule in rules]
    assert answers.count(200) > 15
    assemble()
    for words in (["check"], ["audit", "verify"], ["backup", str(home / "copy")], ["db", "status"], ["db", "touch"], ["figures", "--help"]):
        cli.main(words, standalone_mode=False, prog_name="youthpilot")
    listening.clear()
    assert opened == []
    database.connect(reuse_if_open=True)
