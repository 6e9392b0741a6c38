"""Digests of lists: those that earlier locks hold, made once while nothing is written."""

import hashlib

import pytest

from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.fields import digest_of
from youthpilot.core.kernel.memo import remembering
from youthpilot.core.kernel.scope import figure_scope
from youthpilot.core.organizations.models import Organization
from youthpilot.core.periods.models import Obligation
from youthpilot.plugins.figures.digests import records_digest


@pytest.fixture
def county(world):
    world.open()
    with figure_scope(world.county.id):
        yield world


def listed(code="2023H1"):
    """Numbers, words, days, moments, and what is not known."""
    period = Obligation.period.rel_model
    columns = (Organization.id, Organization.name, Organization.member_count, period.due_on, period.opened_at, period.reopen_reason)
    return Organization.select(*columns).join(Obligation).join(period).where(period.code == code)


def written_out(query):
    """As locks of version 0.1 made it."""
    rows = list(query.tuples())
    total = sum(int.from_bytes(hashlib.sha256(repr(row).encode()).digest()) for row in rows) % (1 << 256)
    return len(rows), digest_of([len(rows), f"{total:064x}"])


def statements(monkeypatch):
    sent = []
    real = database.obj.execute
    monkeypatch.setattr(database.obj, "execute", lambda query, **kwargs: (sent.append(query), real(query, **kwargs))[1])
    return sent


def test_a_digest_is_that_of_the_converted_rows(county):
    found = records_digest(listed())
    assert found == written_out(listed()) and found[0] > 2
    assert records_digest(list(listed().tuples())) == found
    assert records_digest(listed("2022H1")) == written_out(listed("2022H1")) != found


def test_the_same_list_is_read_once_and_again_after_a_write(county, monkeypatch):
    sent = statements(monkeypatch)
    first = records_digest(listed())
    assert records_digest(listed()) == first and len(sent) == 1
    Organization.update(member_count=77).where(Organization.id == county.ids["甲村"]).execute()
    sent.clear()
    assert records_digest(listed()) == written_out(listed()) != first


def test_in_a_transaction_the_same_list_is_read_once_for_one_lock(county, monkeypatch):
    with database.atomic():
        sent = statements(monkeypatch)
        with remembering():
            assert records_digest(listed()) == records_digest(listed()) and len(sent) == 1
        Organization.update(member_count=78).where(Organization.id == county.ids["甲村"]).execute()
        assert records_digest(listed()) == written_out(listed())
