"""The log as a file: bounded, the newest first, read row by row."""

import io
import time

import openpyxl
import pytest

from youthpilot.admin.pages import audit
from youthpilot.core.audit.models import AuditEntry
from youthpilot.core.kernel.db import database

ROWS = "INSERT INTO core_audit (sequence, at, county_id, actor, role, ip, act, object_type, object_id, object_name, result, reason, previous_digest, digest) "
ONE = "SELECT {base} + value, '2023-07-01T08:00:00.000000+00:00', {county}, '李华', 'county_admin', '', 'request', 'page', 'x', '/c/test/users/' || (value % 50), 'ok', '', '', value "


def fill(world, count):
    """So many entries of the county, written past the services: what is asked is how long they take to read."""
    database.connect(reuse_if_open=True)
    base = AuditEntry.select().count()
    numbers = f"WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < {count}) "
    database.execute_sql(f"{ROWS} {numbers} {ONE.format(base=base, county=world.county.id)} FROM n")
    return base + count


def exported(world):
    answer = world.client("admin").get("/c/test/audit/export")
    return list(openpyxl.load_workbook(io.BytesIO(answer.data), read_only=True).active.iter_rows(values_only=True, max_col=1))


def test_only_the_newest_are_exported_and_the_file_says_how_many(world, monkeypatch):
    monkeypatch.setattr(audit, "MOST_ROWS", 30)
    last = fill(world, 100)
    rows = exported(world)
    assert "30 条" in rows[0][0] and "只含最新 30 条" in rows[1][0] and len(rows) == 33 and rows[3][0] >= last
    monkeypatch.setattr(audit, "MOST_ROWS", 20_000)
    assert len(exported(world)) > 100


@pytest.mark.programme
def test_ten_thousand_entries(world, record_property):
    fill(world, 25_000)
    admin = world.client("admin")
    began = time.process_time()
    answer = admin.get("/c/test/audit/export")
    record_property("cpu_seconds", round(time.process_time() - began, 2))
    assert answer.status_code == 200
