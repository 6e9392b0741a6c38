"""The audit log: what an entry holds, and that every tampering is found."""

import random
from contextlib import contextmanager, suppress

import pytest

from youthpilot.core.audit.models import AuditEntry
from youthpilot.core.audit.queries import Filters, acts_of, list_entries
from youthpilot.core.audit.rules import act_title, masked, one_line
from youthpilot.core.audit.services import record, verify
from youthpilot.core.kernel.clock import now
from youthpilot.core.kernel.db import database, raw_allowed, transaction
from youthpilot.core.kernel.scope import Scope, scoped


class Undo(Exception):
    """Ends a transaction without a trace."""


@contextmanager
def undone():
    with suppress(Undo), transaction():
        yield
        raise Undo


@pytest.fixture
def log(in_county):
    """Twelve entries more, and the locks of the table taken off as an intruder would."""
    for n in range(12):
        record(
            "setting.change", object_type="setting", object_id=n, object_name=f"第{n}项", before={"value": n}, after={"value": n + 1, "nothing": None}
        )
    for verb in ("update", "delete"):
        database.execute_sql(f'DROP TRIGGER "core_audit_no_{verb}"')
    with raw_allowed():
        yield AuditEntry.select().count()


def test_untouched_has_no_difference(log):
    assert verify() == [] and verify(limit=3) == []
    assert [row.sequence for row in AuditEntry.select().order_by(AuditEntry.sequence)] == list(range(1, log + 1))


@pytest.mark.parametrize(
    "field", ["act", "actor", "object_name", "reason", "ip", "role", "result", "county_id", "actor_id", "organization_id", "before", "after", "at"]
)
def test_an_edit_is_found(log, field):
    value = {"before": {"value": 99}, "after": None, "at": now()}.get(field, 77 if field.endswith("_id") else "x")
    AuditEntry.update({field: value}).where(AuditEntry.sequence == 5).execute()
    assert len(verify()) == 1 and "5" in verify()[0]


def test_a_deletion_an_insertion_and_a_new_order_are_found(log):
    with undone():
        AuditEntry.delete().where(AuditEntry.sequence == 5).execute()
        assert verify()
    rows = list(AuditEntry.select().order_by(AuditEntry.sequence).dicts())
    with undone():
        AuditEntry.create(**{**rows[-1], "id": None, "sequence": log + 1, "previous_digest": rows[-1]["digest"]})
        assert verify()
    with undone():
        AuditEntry.update(sequence=1000).where(AuditEntry.sequence == 5).execute()
        AuditEntry.update(sequence=5).where(AuditEntry.sequence == 6).execute()
        AuditEntry.update(sequence=6).where(AuditEntry.sequence == 1000).execute()
        assert verify()
    assert verify() == []


def test_a_cut_end_is_found_after_a_clean_check(log):
    assert verify() == []
    record("setting.change")
    assert verify() == []
    AuditEntry.delete().where(AuditEntry.sequence > log - 3).execute()
    assert verify()
    record("setting.change")
    assert verify(), "also when the log has grown again"


def test_random_tampering_is_always_found(log):
    chance = random.Random(7)
    for _ in range(60):
        with undone():
            row = chance.choice(list(AuditEntry.select()))
            field = chance.choice(["act", "actor", "reason", "digest", "previous_digest", "object_id", "sequence"])
            new = chance.randrange(2000, 9000) if field == "sequence" else f"{chance.random()}"
            AuditEntry.update({field: new}).where(AuditEntry.id == row.id).execute()
            assert verify(), field
    assert verify() == []


def test_the_table_refuses_update_and_delete(in_county):
    record("setting.change")
    for act in (AuditEntry.delete(), AuditEntry.update(act="x")):
        with pytest.raises(Exception, match="append-only"):
            act.execute()


def test_the_entry_shares_the_fate_of_the_act(in_county):
    before = AuditEntry.select().count()
    with pytest.raises(ZeroDivisionError), transaction():
        record("setting.change")
        raise ZeroDivisionError
    assert AuditEntry.select().count() == before and verify() == []


def test_secrets_are_masked_and_lines_cannot_be_forged(in_county):
    entry = record(
        "person.edit",
        object_name="张三\r\n2023 伪造\x1b[31m",
        before={"phone": "13800001234", "name": "张三", "bank_account": "6222", "empty_phone": "", "list": [{"id_no": "110101"}]},
        after={"Password": "x", "phones": ["1", "2"]},
    )
    stored = AuditEntry.get_by_id(entry.id)
    assert stored.before == {"phone": "***", "name": "张三", "bank_account": "***", "empty_phone": "", "list": [{"id_no": "***"}]}
    assert stored.after == {"Password": "***", "phones": "***"}
    assert stored.object_name == "张三  2023 伪造 [31m" and verify() == []
    assert masked({"value": 0}) == {"value": 0} and one_line("a\u202eb\u2028c", 9) == "a b c"


def test_county_and_actor_come_from_the_scope(county):
    with scoped(Scope(county.id, None, 42)):
        assert record("setting.change").county_id == county.id
        assert record("setting.change").actor_id == 42
        assert record("setting.change", county_id=None).county_id is None
    entry = record("setting.change")
    assert entry.county_id is None and entry.actor == "命令行"


def test_a_county_reads_its_own_entries(county, in_county):
    record("setting.change", object_name="甲项", reason="因为")
    record("study.issue.create", object_name="一期")
    record("setting.change", object_name="平台", county_id=None)
    lines, total = list_entries(county.id)
    assert "平台" not in {line.name for line in lines} and total == len(lines) and lines[0].name == "一期"
    assert [line.name for line in list_entries(county.id, Filters(text="甲"))[0]] == ["甲项"]
    assert [line.name for line in list_entries(county.id, Filters(act="setting.change"))[0]] == ["甲项"]
    today = now().date()
    assert list_entries(county.id, Filters(end=today.replace(year=today.year - 1)))[1] == 0
    assert ("setting.change", "修改设置") in acts_of(county.id)
    assert "平台" in {line.name for line in list_entries(None)[0]}


def test_no_key_of_an_act_reaches_a_screen():
    for act in ("setting.change", "study.issue.create", "something.odd", "request", "plugin.enabled"):
        assert not act_title(act).isascii()
