"""Somebody has the database, but neither the key nor the home: whatever he rewrites, `check` finds it and says which thing.

He knows the product: triggers are put back, and every digest that needs no key is computed again.
"""

import hashlib
import json
import sqlite3
from datetime import date, datetime
from functools import partial

import pytest
from click.testing import CliRunner

from youthpilot.core.app import create_app
from youthpilot.core.audit.rules import CHAINED, GENESIS, digest
from youthpilot.core.audit.services import record
from youthpilot.core.commanding import Session
from youthpilot.core.kernel.fields import digest_of
from youthpilot.core.periods.verify import chain_digest
from youthpilot.plugins.figures.locking import LockRows, contents
from youthpilot.plugins.figures.snapshots import row_digest

CUT, ANEW, UNSIGNED = "后面的被删除了", "操作记录被重新开头或整个替换", "数据库中的记录末尾没有本系统的签名"
LOCK, STATE = "锁定的内容不是操作记录中的那一份", "而按操作记录应是"
COLUMNS = ", ".join(f'"{name}"' for name in (*CHAINED, "digest"))


# what he does --------------------------------------------------------------------------------------------------------


def chained_again(connection, key=b"his own", first=1):
    """The whole log from `first` with new digests, by another key."""
    rows = connection.execute(f"SELECT {COLUMNS} FROM core_audit ORDER BY sequence").fetchall()
    previous = GENESIS
    for values in rows:
        row = dict(zip((*CHAINED, "digest"), values, strict=True))
        row |= {name: json.loads(row[name]) if row[name] else None for name in ("before", "after")}
        if row["sequence"] >= first:
            row["previous_digest"], row["digest"] = previous, ""
            row["digest"] = digest(row, key)
            connection.execute("UPDATE core_audit SET previous_digest = ?, digest = ? WHERE sequence = ?", (previous, row["digest"], row["sequence"]))
        previous = row["digest"]


def end_moved(connection):
    """The database's end names the last entry there is; its signature cannot be made."""
    connection.execute("UPDATE core_audit_end SET (sequence, digest) = (SELECT sequence, digest FROM core_audit ORDER BY sequence DESC LIMIT 1)")


def swapped(connection):
    for a, b in ((5, -1), (6, 5), (-1, 6)):
        connection.execute("UPDATE core_audit SET sequence = ? WHERE sequence = ?", (b, a))


def renumbered(connection):
    connection.execute("DELETE FROM core_audit WHERE sequence = 5")
    connection.execute("UPDATE core_audit SET sequence = -sequence WHERE sequence > 5")
    connection.execute("UPDATE core_audit SET sequence = -sequence - 1 WHERE sequence < 0")
    chained_again(connection)


def forged(connection):
    last = connection.execute("SELECT sequence, digest FROM core_audit ORDER BY sequence DESC LIMIT 1").fetchone()
    connection.execute(
        f"INSERT INTO core_audit ({COLUMNS}) SELECT {COLUMNS} FROM core_audit WHERE sequence = 4".replace(
            'SELECT "sequence"', f"SELECT {last[0] + 1}"
        )
    )
    chained_again(connection, first=last[0] + 1)


def replayed(early):
    """He kept the signed end of an earlier day, and makes the log fit it."""

    def act(connection):
        connection.execute("DELETE FROM core_audit WHERE sequence > ?", (early[0],))
        connection.execute("UPDATE core_audit_end SET sequence = ?, digest = ?, first_digest = ?, signature = ?", early)

    return act


def part_of(connection, head, table):
    return connection.execute(f"SELECT * FROM {table} WHERE period_id = ? AND revision = ?", (head["period_id"], head["revision"])).fetchall()


def locked_again(connection):
    """Every digest of every lock computed anew from the rows as they are now, each chained to the one before."""
    connection.row_factory = lambda cursor, row: {c[0]: v for c, v in zip(cursor.description, row, strict=True)}
    before = ""
    for head in connection.execute("SELECT s.*, p.code FROM core_snapshot s JOIN core_period p ON p.id = s.period_id ORDER BY s.id").fetchall():
        of = partial(part_of, connection, head)
        rows = [row | {"organization": row["organization_id"]} for row in of("core_snapshot_figures")]
        for row in rows:
            stored = [row[name] for name in ("organization", "parent_id_then", "code_then", "name_then", "kind_then")]
            row["digest"] = row_digest(head["code"], head["revision"], [*stored, json.loads(row["packed"])])
            connection.execute("UPDATE core_snapshot_figures SET digest = ? WHERE id = ?", (row["digest"], row["id"]))
        totals = [row | {"organization": row["organization_id"]} for row in of("core_snapshot_total")]
        definitions = [row | {"definition": json.loads(row["definition"])} for row in of("core_snapshot_definition")]
        figures = digest_of(contents(LockRows(definitions, rows, totals, of("core_snapshot_records"))))
        parts = {"figures": figures, "reports": min(of("core_locked_document"), key=lambda row: row["version"])["digest"]}
        values = head | {"organization": head["organization_id"], "modules": json.loads(head["modules"]), "previous_digest": before, "parts": parts,
                         "locked_at": datetime.fromisoformat(head["locked_at"]), "as_of": date.fromisoformat(head["as_of"])}  # fmt: skip
        now = chain_digest(head["code"], values)
        told = (now, before, json.dumps(parts), head["id"])
        connection.execute("UPDATE core_snapshot SET digest = ?, previous_digest = ?, parts = ? WHERE id = ?", told)
        before = now
    connection.row_factory = None


def document_rewritten(table):
    def act(connection):
        for number, text in connection.execute(f"SELECT id, document FROM {table}").fetchall():
            new = text.replace("团组织", "团的组织")
            assert new != text
            connection.execute(f"UPDATE {table} SET document = ?, digest = ? WHERE id = ?", (new, hashlib.sha256(new.encode()).hexdigest(), number))

    return act


def published_again(connection):
    """A publication of the period that is only locked."""
    connection.execute(
        "INSERT INTO core_published_document (county_id, organization_id, period_id, revision, document, digest, published_by, published_at) "
        "SELECT county_id, organization_id, period_id, revision, document, digest, stored_by, stored_at FROM core_locked_document "
        "WHERE period_id = (SELECT id FROM core_period WHERE code = '2022H2') LIMIT 1"
    )
    connection.execute("UPDATE core_period SET state = 'published' WHERE code = '2022H2'")


def whole_period_gone(connection):
    for (table,) in connection.execute(
        "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'period_id'"
    ).fetchall():
        connection.execute(f"DELETE FROM {table} WHERE period_id = (SELECT id FROM core_period WHERE code = '2022H2')")
    connection.execute("DELETE FROM core_period WHERE code = '2022H2'")
    locked_again(connection)


def period_made_up(connection):
    columns = ", ".join(f'"{row[1]}"' for row in connection.execute("PRAGMA table_info(core_period)") if row[1] not in ("id", "code"))
    connection.execute(f"INSERT INTO core_period (code, {columns}) SELECT '2021H2', {columns} FROM core_period WHERE code = '2023H1'")


def doubled(table, indexed):
    """Beside the genuine report a forged one that is read before it; an index of the same name stands where the unique one stood."""

    def act(connection):
        connection.execute(f'DROP INDEX "{indexed}"')
        connection.execute(f'CREATE INDEX "{indexed}" ON "{table}" ("county_id", "period_id", "revision")')
        cursor = connection.execute(f"SELECT * FROM {table} ORDER BY id LIMIT 1")
        row = dict(zip([c[0] for c in cursor.description], cursor.fetchone(), strict=True))
        text = row["document"].replace("团组织", "团的组织")
        row |= {"id": -1, "document": text, "digest": hashlib.sha256(text.encode()).hexdigest()}
        connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values()))

    return act


def before_the_first(connection):
    connection.execute(
        f"INSERT INTO core_audit ({COLUMNS}) SELECT {COLUMNS} FROM core_audit WHERE sequence = 4".replace('SELECT "sequence"', "SELECT -7")
    )


LAST = "(SELECT MAX(sequence) FROM core_audit)"
ATTACKS = {
    "emptied": (["DELETE FROM core_audit"], [CUT, "只到第0条"]),
    "emptied, end too": (["DELETE FROM core_audit", "UPDATE core_audit_end SET sequence = 0, digest = '', first_digest = '', signature = ''"], [CUT]),
    "last entry cut": ([f"DELETE FROM core_audit WHERE sequence = {LAST}"], [CUT]),
    "tail cut, end moved": ([f"DELETE FROM core_audit WHERE sequence > {LAST} - 4", end_moved], [CUT, UNSIGNED]),
    "head cut": (["DELETE FROM core_audit WHERE sequence < 4"], ["缺少第1条", ANEW]),
    "one entry taken out": (["DELETE FROM core_audit WHERE sequence = 5"], ["缺少第5条"]),
    "taken out and renumbered": ([renumbered, end_moved], ["第1条", UNSIGNED]),
    "two entries swapped": ([swapped], ["第5条"]),
    "actor rewritten": (["UPDATE core_audit SET actor = '别人' WHERE sequence = 5"], ["第5条"]),
    "after rewritten, digest by another key": (["""UPDATE core_audit SET after = '{"x":1}' WHERE sequence = 5""", lambda c: chained_again(c, first=5)], ["第5条"]),
    "digest not a digest": (["UPDATE core_audit SET digest = '摘要' WHERE sequence = 5"], ["第5条"]),
    "not JSON": (["UPDATE core_audit SET after = '{' WHERE sequence = 5"], ["第5条"]),
    "not a number": (["UPDATE core_audit SET sequence = 'x' WHERE sequence = 5"], ["缺少第5条"]),
    "not a time": (["UPDATE core_audit SET at = '昨天' WHERE sequence = 5"], ["第5条"]),
    "entry forged": ([forged], ["被改动"]),
    "entry forged before the first": ([before_the_first], ["第-7条排在第1条之前"]),
    "signed end gone": (["DELETE FROM core_audit_end"], ["带签名的记录末尾不见了"]),
    "figure rewritten": (["UPDATE core_snapshot_figures SET packed = replace(packed, '1', '9')"], ["的数据"]),
    "figure rewritten, all digests again": (["UPDATE core_snapshot_figures SET packed = replace(packed, '1', '9')", locked_again], [LOCK]),
    "figures that cannot be read": (["UPDATE core_snapshot_figures SET packed = '{'"], ["锁定的数据读不出来"]),
    "total rewritten, all digests again": (["UPDATE core_snapshot_total SET value = '999'", locked_again], [LOCK]),
    "meaning rewritten, all digests again": (["UPDATE core_snapshot_definition SET definition = replace(definition, '团组织', '别的')", locked_again], [LOCK]),
    "lock moved to another day": (["UPDATE core_snapshot SET locked_by = '别人', reason = ''", locked_again], [LOCK]),
    "lock gone": (["DELETE FROM core_snapshot WHERE id = 2"], [LOCK, "缺少"]),
    "lock undone": (["DELETE FROM core_snapshot WHERE id = 2", "UPDATE core_period SET state = 'open', revision = 0 WHERE code = '2022H2'"], [LOCK, STATE]),
    "published report rewritten": ([document_rewritten("core_published_document")], ["发布的总结不是操作记录中的那一份"]),
    "published report twice": ([doubled("core_published_document", "core_published_document_county_id_period_id_revision")],
                               ["发布的总结不是操作记录中的那一份", "core_published_document_county_id_period_id_revision"]),
    "publication gone": (["DELETE FROM core_published_document"], ["发布的总结不是操作记录中的那一份"]),
    "publication made up": ([published_again], ["发布的总结不是操作记录中的那一份", STATE]),
    "locked report rewritten": ([document_rewritten("core_locked_document")], ["锁定时保存的总结不是操作记录中的那一份"]),
    "period opened again": (["UPDATE core_period SET state = 'open' WHERE code = '2022H1'"], ["这一期的状态是“填报中”，而按操作记录应是“已发布”"]),
    "due date": (["UPDATE core_period SET due_on = '2023-12-31' WHERE code = '2023H1'"], ["截止日期是2023-12-31，而按操作记录应是2023-06-30"]),
    "count of locks": (["UPDATE core_period SET revision = 0 WHERE code = '2023H1'", "UPDATE core_period SET revision = 2 WHERE code = '2022H1'"], ["锁定过2次"]),
    "a whole period gone": ([whole_period_gone], ["操作记录中有这一期，数据库里却没有了"]),
    "a period made up": ([period_made_up], ["操作记录中没有开放过这一期"]),
    "a place in the tree": (["DELETE FROM core_organization_closure WHERE depth = 2"], ["上下级表缺少"]),
    "a row that refers to nothing": (["UPDATE core_submission_event SET submission_id = 999", "UPDATE core_evidence SET period_id = 999"], ["指向 core_period"]),
    "a column gone": (["ALTER TABLE core_evidence DROP COLUMN removed"], ["core_evidence.removed"]),
    "a table gone": (["DROP TABLE core_evidence"], ["core_evidence", "这一项没有检查完"]),
    "an index gone": (['DROP INDEX "core_audit_sequence"'], ["core_audit_sequence"]),
}  # fmt: skip


def test_untouched_there_is_nothing_to_say(damaged):
    assert damaged.check() == (0, "检查完毕，没有问题\n")
    assert damaged.verify()[0] == damaged.periods()[0] == 0


@pytest.mark.parametrize("name", ATTACKS)
def test_what_is_rewritten_is_found_and_named(damaged, name):
    attack, says = ATTACKS[name]
    damaged.sql(*attack)
    code, output = damaged.check()
    assert code == 1 and all(words in output for words in says), output
    assert "怎么办" in output
    assert "all digests again" not in name or "整期数据" not in output, "he computes them right, so that the log alone tells"


def test_what_could_not_be_looked_at_is_not_called_untouched(damaged):
    """Without the plugins that stored their parts (`--no-plugins`) the lock's own digest fits; more is not said."""
    from youthpilot.plugins.operations.commands import period

    asked = CliRunner().invoke(period, ["verify"], obj=Session("core"))
    assert asked.exit_code == 0 and "“数据”的部分没有核对：它没有加载" in asked.output
    assert "其余内容没有核对" in asked.output and "没有问题" not in asked.output and "与锁定" not in asked.output


def test_his_digests_are_right(damaged):
    """Computed again over untouched rows they are the ones that stand there."""
    damaged.sql(locked_again)
    assert damaged.check()[0] == 0


def test_an_earlier_signed_end_put_back_is_found_by_the_file(damaged):
    damaged.sql(replayed(damaged.early))
    code, output = damaged.verify()
    assert code == 1 and output.count(CUT) == 1, output


@pytest.mark.parametrize("zeroed", [False, True])
def test_a_log_that_is_begun_anew_stays_found_while_it_grows(damaged, zeroed):
    count = damaged.rows("SELECT count(*) FROM core_audit")[0][0]
    damaged.sql(
        "DELETE FROM core_audit", *(["UPDATE core_audit_end SET sequence = 0, digest = '', first_digest = '', signature = ''"] if zeroed else [])
    )
    Session("platform").registry()
    for _ in range(count + 2):
        record("setting.change")
    code, output = damaged.verify()
    assert code == 1 and ANEW in output, output
    assert damaged.rows("SELECT max(sequence) FROM core_audit") == [(count + 2,)]


def test_a_cut_stays_found_while_the_log_grows(damaged):
    damaged.sql(f"DELETE FROM core_audit WHERE sequence > {LAST} - 2")
    Session("platform").registry()
    for _ in range(5):
        record("setting.change")
    assert damaged.verify()[0] == 1


def test_an_end_that_he_moved_is_not_signed_by_the_next_act(damaged):
    damaged.sql(f"DELETE FROM core_audit WHERE sequence > {LAST} - 2", end_moved)
    Session("platform").registry()
    record("setting.change")
    assert UNSIGNED in damaged.verify()[1]


@pytest.mark.parametrize("trigger", [None, "BEGIN SELECT 1; END"])
def test_without_its_lock_triggers_nothing_is_served(damaged, trigger):
    with_none = ['DROP TRIGGER "core_snapshot_no_update"']
    with sqlite3.connect(damaged.home / "youthpilot.db") as connection:
        for statement in with_none + ([f'CREATE TRIGGER "core_snapshot_no_update" BEFORE UPDATE ON "core_snapshot" {trigger}'] if trigger else []):
            connection.execute(statement)
    code, output = damaged.check()
    assert code == 1 and "core_snapshot_no_update" in output and "db up" in output
    with pytest.raises(RuntimeError, match="core_snapshot_no_update"):
        create_app(extent="platform")
