"""On which terms a request uses PostgreSQL: what is no POST writes nothing, and nobody waits for ever for another's lock."""

import time
from contextlib import contextmanager

import psycopg
import pytest
from same_on_postgres import same_tests

from youthpilot.core.audit.ends import _CHAIN_LOCK
from youthpilot.core.web import requests

globals().update(same_tests("core/kernel/test_reading_only.py"))
globals().update(same_tests("core/kernel/test_one_moment.py"))
PAGE = "/c/test/eager/eager/"


@pytest.fixture
def address(migrated_url):
    return migrated_url


@contextmanager
def held(url, statement):
    """Another connection's open transaction."""
    with psycopg.connect(url) as other:
        other.execute(statement)
        yield
        other.rollback()


@pytest.mark.parametrize(
    ("statement", "reads"),
    [
        ("SELECT 1 FROM core_county FOR UPDATE", 200),  # a row
        ("LOCK TABLE core_county IN EXCLUSIVE MODE", 200),  # a table, for writers
        ("LOCK TABLE core_county IN ACCESS EXCLUSIVE MODE", 503),  # a table, for everybody: a migration by hand
        (f"SELECT pg_advisory_xact_lock({_CHAIN_LOCK})", 200),  # the log
    ],
)
def test_a_lock_of_somebody_else_is_a_calm_503(site, address, monkeypatch, statement, reads):
    monkeypatch.setattr(requests, "PATIENCE", 0.5)
    assert site.get(PAGE).status_code == 200
    began = time.monotonic()
    with held(address, statement):
        assert site.get(PAGE).status_code == reads
        # the module's page writes no entry of its own, so that its act needs no place in the log
        path, form = ("/c/test/modules/switch", {"module": "eager", "sure": "1"}) if "advisory" in statement else (PAGE, {})
        busy = site.post(path, data=form | {"note": "写了很久的一段话，不能丢"})
        assert (busy.status_code, busy.headers["Retry-After"]) == (503, "5"), busy.text
        assert "请稍后再试" in busy.text and (reads != 200 or "写了很久的一段话" in busy.text)
        assert time.monotonic() - began < 20
    assert site.get(PAGE).status_code == 200 and site.post(PAGE).status_code == 200
