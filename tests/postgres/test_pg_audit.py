"""The audit chain under several writers at once, and that an edit past the trigger is found."""

import threading

import psycopg

from youthpilot.core.audit.models import AuditEntry
from youthpilot.core.audit.services import record, verify
from youthpilot.core.db import database, transaction
from youthpilot.core.scope import county_scope, scoped

WRITERS, EACH = 4, 15


def test_many_writers_make_one_chain_without_a_gap(county):
    failures = []
    gate = threading.Barrier(WRITERS)

    def write(n):
        database.connect(reuse_if_open=True)
        try:
            gate.wait(20)
            for number in range(EACH):
                with scoped(county_scope(county)), transaction():
                    record("setting.change", object_type="setting", object_id=f"{n}-{number}", object_name="并发")
        except Exception as error:
            failures.append(error)
        finally:
            database.close()

    writers = [threading.Thread(target=write, args=(n,)) for n in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert failures == []
    numbers = [row.sequence for row in AuditEntry.select().order_by(AuditEntry.sequence)]
    assert len(numbers) >= WRITERS * EACH and numbers == list(range(1, len(numbers) + 1))
    assert verify() == []


def test_an_edit_past_the_trigger_is_found(county, migrated_url):
    assert verify() == []
    with psycopg.connect(migrated_url, autocommit=True) as intruder:
        intruder.execute('DROP TRIGGER "core_audit_no_update" ON core_audit')
        intruder.execute("UPDATE core_audit SET actor = '别人' WHERE sequence = 1")
    assert len(verify()) >= 1
