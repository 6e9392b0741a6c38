"""A save writes what was set and nothing else; the log of SQLite does not stay at its longest."""

from decimal import Decimal

import pytest

from youthpilot.core.kernel.clock import now
from youthpilot.core.kernel.db import database, raw_allowed, transaction
from youthpilot.core.kernel.engines import WAL_LIMIT
from youthpilot.core.kernel.errors import ScopeError
from youthpilot.core.kernel.fields import DecimalTextField
from youthpilot.core.kernel.scope import Scope, county_scope, scoped
from youthpilot.core.organizations.models import Organization
from youthpilot.core.periods.models import Period
from youthpilot.core.testing import make_organization


@pytest.fixture
def town(county):
    place = make_organization(county, "东镇", "township")
    with scoped(county_scope(county)):
        yield place


@pytest.fixture
def updates(db):
    """The UPDATE statements that reached SQLite since."""
    seen = []
    connection = database.connection()
    connection.set_trace_callback(lambda sql: seen.append(sql) if sql.startswith("UPDATE") else None)
    yield seen
    connection.set_trace_callback(None)


def test_only_what_was_set_is_written(town, updates):
    row = Organization.get_by_id(town.id)
    row.phone = "0515-1"
    assert row.save() == 1
    written = updates[0].split(" WHERE ")[0]
    assert "phone" in written and written.count(" = ") == 1 and "county_id" not in written


def test_two_who_change_different_fields_of_one_row_both_keep_their_change(town):
    first, second = Organization.get_by_id(town.id), Organization.get_by_id(town.id)
    first.phone, second.note = "0515-1", "已核对"
    first.save()
    second.save()
    now = Organization.get_by_id(town.id)
    assert (now.phone, now.note) == ("0515-1", "已核对")


def test_nothing_set_nothing_written_and_no_complaint(town, updates):
    assert Organization.get_by_id(town.id).save() is False and updates == []


def test_a_save_outside_the_scope_still_raises(county, town):
    other = make_organization(county, "西镇", "township")
    row = Organization.get_by_id(town.id)
    row.phone = "0515-1"
    with scoped(Scope(county.id, other.id, None)), pytest.raises(ScopeError):
        row.save()


def test_a_list_that_was_changed_in_place_is_written(county, town):
    from datetime import date

    Period.create(
        county=county.id, organization=town.id, code="2023H1", title="上半年", start_on=date(2023, 1, 1), end_on=date(2023, 6, 30),
        due_on=date(2023, 7, 5), opened_at=now(), modules=["study"],
    )  # fmt: skip
    row = Period.get()
    row.modules.append("loans")
    assert row.save() == 1 and Period.get().modules == ["study", "loans"]
    again = Period.get()
    held = again.modules
    assert held and again.save() is False  # looked at is not changed
    for name in ("chamber", "reform"):  # and who holds it may go on changing it
        held.append(name)
        assert again.save() == 1 and Period.get().modules == held


@pytest.mark.parametrize("value", ["NaN", "Infinity"])
def test_what_is_no_number_is_not_stored(value):
    amount = DecimalTextField()
    amount.name = "amount"
    with pytest.raises(ValueError, match="amount: .* is no number"):
        amount.db_value(Decimal(value))


def test_the_log_is_cut_after_a_long_write(home, db):
    log = home / "youthpilot.db-wal"
    with raw_allowed():
        database.execute_sql("CREATE TABLE toy (text)")
        with transaction():
            for _n in range(20):
                database.execute_sql("INSERT INTO toy VALUES (?)", ("x" * 1_000_000,))
        assert log.stat().st_size > WAL_LIMIT
        for _n in range(3):
            with transaction():
                database.execute_sql("INSERT INTO toy VALUES ('y')")
    assert log.stat().st_size <= WAL_LIMIT
