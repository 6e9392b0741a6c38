"""The audit chain under several writers at once, and that an edit past the trigger is found."""

import threading

import psycopg
import pytest

from youthpilot.core.audit.ends import in_file
from youthpilot.core.audit.models import AuditEntry
from youthpilot.core.audit.services import record, verify
from youthpilot.core.kernel.db import database, transaction
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.migrating import unlocked_tables
from youthpilot.plugins.operations.checking import areas, database_area

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
    assert verify() == [] and in_file().sequence == len(numbers)


def test_an_edit_past_the_trigger_is_found(county, migrated_url):
    assert verify() == []
    with psycopg.connect(migrated_url, autocommit=True) as intruder:
        intruder.execute('DROP TRIGGER "core_audit_no_update" ON core_audit')
        intruder.execute("UPDATE core_audit SET actor = '别人' WHERE sequence = 1")
    assert len(verify()) >= 1


def test_a_log_that_was_cut_or_begun_anew_is_found(county, migrated_url):
    for _ in range(3):
        record("setting.change")
    with psycopg.connect(migrated_url, autocommit=True) as intruder:
        intruder.execute('DROP TRIGGER "core_audit_no_delete" ON core_audit')
        intruder.execute("DELETE FROM core_audit WHERE sequence = (SELECT MAX(sequence) FROM core_audit)")
        assert "后面的被删除了" in verify()[0]
        intruder.execute("DELETE FROM core_audit")
        intruder.execute("UPDATE core_audit_end SET sequence = 0, digest = '', first_digest = '', signature = ''")
    for _ in range(6):
        record("setting.change")
    assert any("被重新开头或整个替换" in text for text in verify())


def test_an_act_taken_back_leaves_no_line(county, capsys):
    with pytest.raises(ZeroDivisionError), transaction():
        record("setting.change", object_id="taken back")
        raise ZeroDivisionError
    assert "sequence" not in capsys.readouterr().out and verify() == []


def test_check_reads_the_catalogue_and_the_triggers(county, migrated_url, registry):
    assert database_area().findings == () and unlocked_tables(registry) == []
    assert [area.findings for area in areas(registry)] == [()] * 10
    with psycopg.connect(migrated_url, autocommit=True) as intruder:
        intruder.execute("ALTER TABLE core_audit DISABLE TRIGGER core_audit_no_update")
        intruder.execute("CREATE OR REPLACE FUNCTION core_snapshot_no_delete_f() RETURNS trigger AS $$ BEGIN RETURN OLD; END $$ LANGUAGE plpgsql")
        intruder.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'core_audit_county_id'::regclass")
        intruder.execute("ALTER TABLE core_period ADD CONSTRAINT unproved CHECK (revision >= 0) NOT VALID")
    assert unlocked_tables(registry) == ["core_audit_no_update", "core_snapshot_no_delete"]
    assert [word in " ".join(database_area().findings) for word in ("core_audit_county_id", "unproved")] == [True, True]
