"""Every unsafe request leaves a row, by itself or by the fallback."""

import pytest

from youthpilot.core.audit.models import AuditEntry
from youthpilot.core.audit.services import verify


@pytest.fixture
def client(browser, person):
    person("county_admin")
    client = browser()
    client.enter("county-admin")
    return client


def last() -> AuditEntry:
    return AuditEntry.select().order_by(AuditEntry.sequence.desc()).first()


def test_an_act_that_records_leaves_its_own_row_only(client, county):
    client.get("/login")
    before = AuditEntry.select().count()
    assert client.csrf("/c/test/act").status_code == 200
    assert AuditEntry.select().count() == before + 1
    entry = last()
    assert (entry.act, entry.county_id, entry.actor, entry.role, entry.ip) == (
        "submission.save",
        county.id,
        "county_admin甲",
        "county_admin",
        "127.0.0.1",
    )
    assert entry.after == {"phone": "***", "value": 5}


def test_a_silent_one_gets_the_fallback(client, county):
    client.csrf("/c/test/silent")
    assert (last().act, last().object_name, last().result, last().county_id) == ("request", "/c/test/silent", "ok", county.id)


def test_an_act_that_was_undone_gets_the_fallback(client):
    client.csrf("/c/test/undone")
    assert (last().act, last().result) == ("request", "refused")


def test_refused_ones_leave_a_row_too(client, browser):
    client.post("/c/test/act")
    assert (last().act, last().object_name, last().result) == ("request", "/c/test/act", "refused")
    browser().csrf("/c/test/act")
    assert last().act == "request" and last().actor_id is None
    assert verify() == []


def test_reading_leaves_none(client):
    before = AuditEntry.select().count()
    client.get("/c/test/")
    assert AuditEntry.select().count() == before
