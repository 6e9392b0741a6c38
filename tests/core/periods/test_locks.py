"""What a lock stores, that it never changes, that tampering is seen, and that a module may go."""

import json
import threading
from datetime import date, datetime
from decimal import Decimal

import pytest
from peewee import DateField, IntegerField

from youthpilot.core.audit.models import AuditEntry
from youthpilot.core.calling import ModuleFault
from youthpilot.core.counties.models import CountyPlugin
from youthpilot.core.counties.services import value_of
from youthpilot.core.hookvalues import Problem
from youthpilot.core.kernel.clock import LOCAL
from youthpilot.core.kernel.connection import is_sqlite
from youthpilot.core.kernel.db import admit, database, raw_allowed, set_date_guard, withdraw
from youthpilot.core.kernel.errors import ConflictError, NotFound, RuleError, ScopeError
from youthpilot.core.kernel.fields import UtcDateTimeField, digest_of
from youthpilot.core.kernel.schema import create_statements, run
from youthpilot.core.kernel.scope import Scope, county_scope, scoped
from youthpilot.core.organizations.models import Organization, OrganizationRow
from youthpilot.core.periods import guard
from youthpilot.core.periods.guard import PeriodLocked
from youthpilot.core.periods.lock import closing_problems, correction, lock, publish, reopen
from youthpilot.core.periods.models import Obligation, Period, Snapshot
from youthpilot.core.periods.opening import waive
from youthpilot.core.periods.verify import verify_chain
from youthpilot.plugins.figures.engine import compute_figures
from youthpilot.plugins.figures.models import SnapshotDefinition, SnapshotFigures, SnapshotRecords, SnapshotTotal
from youthpilot.plugins.figures.queries import figure_json, figures_of
from youthpilot.plugins.figures.services import save_draft
from youthpilot.plugins.figures.snapshots import snapshot_figures
from youthpilot.plugins.figures.typed import Given
from youthpilot.plugins.reports.models import LockedDocument, PublishedDocument, ReportText
from youthpilot.plugins.reports.services import save_text

DAY = date(2023, 7, 3)


@pytest.fixture
def period(world):
    world.put("toy.times", 甲村=10, 乙村=20, 一班=Decimal("7"))
    world.put("toy.rate", 甲村=(1, 3), 乙村=(1, 4))
    world.put("toy.age", 甲村=(60, 2), 丙村=(25, 1))
    world.put("toy.people", 甲村=["a", "b"], 乙村=["b"])
    world.put("toy.stock", 丙村=0)
    return world.open()


def shown(figures):
    """Everything a figure says, except where it comes from in time."""
    found = [f for i in figures.places for f in figures.for_organization(i)]
    return {
        (f.key, f.organization_id): (f.value, f.numerator, f.denominator, f.own, f.n, f.m, f.source, f.title, f.unit, f.definition) for f in found
    }


def test_open_obligations_refuse_the_lock_unless_a_reason_is_given(world, period):
    world.submit(period, "甲村", on=DAY)
    with pytest.raises(RuleError, match="5个单位未报；1份待审核"):
        lock(period, world.registry, world.boss)
    assert Period.get_by_id(period.id).state == "open" and Snapshot.select().count() == 0
    with pytest.raises(ConflictError, match="县管理员"):
        lock(period, world.registry, world.reporter("东镇"), "急用")
    period = Period.get_by_id(period.id)
    assert lock(period, world.registry, world.boss, "已电话核实").revision == 1
    assert (period.state, period.revision) == ("locked", 1) and world.closed == [("test", "2023H1", 1)]
    with pytest.raises(ConflictError, match="已锁定"):
        lock(period, world.registry, world.boss, "再锁")
    with pytest.raises(ConflictError, match="已锁定"):
        save_draft(period, world.ids["乙村"], {"toy.meetings": Given("1")}, world.registry, world.reporter("乙村"))


def test_a_failed_indicator_and_a_modules_problem_always_refuse(world, period):
    world.problems = [Problem("有3条记录没有日期", "请补上", True)]
    with pytest.raises(RuleError, match="有3条记录没有日期"):
        lock(Period.get_by_id(period.id), world.registry, world.boss, "急用")
    world.problems = [lambda: 1 / 0]
    with pytest.raises(RuleError, match="检查没有完成"):
        lock(Period.get_by_id(period.id), world.registry, world.boss, "急用")
    world.problems, world.rows["toy.stock"] = [Problem("提醒", "")], ValueError("no")
    with pytest.raises(RuleError, match="会员单位.*没有算出来"):
        lock(Period.get_by_id(period.id), world.registry, world.boss, "急用")
    assert [p.text for _o, p in closing_problems(Period.get_by_id(period.id), world.registry)] == ["6个单位未报", "提醒"]


def test_the_snapshot_says_what_was_computed_module_or_no_module(world, period):
    given = {"toy.times": Given("12", reason="漏了两人", explanation="漏了两人，已核实名册")}
    world.submit(period, "甲村", given, on=DAY)
    world.submit(period, "乙村", {"toy.meetings": Given("0")}, on=DAY)
    before = compute_figures(world.county, period, world.registry, today=DAY)
    lock(period, world.registry, world.boss, "截止")
    world.rows.clear()
    bare = world.registry.registry.for_county(world.registry.county, [])
    after = figures_of(world.county, period, bare)
    assert shown(after) == shown(before) and after.keys == before.keys
    assert (after.state, after.revision, after.as_of) == ("locked", 1, before.as_of)
    assert after.from_records("toy.times", world.ids["甲村"]) == (10, None)
    assert [after.places[i].name for i in after.places] == [before.places[i].name for i in before.places]
    rows = {r["key"]: r for r in figure_json(after)}
    assert (rows["toy.rate"]["value"], rows["toy.rate"]["numerator"], rows["toy.young"]["value"]) == (28.6, 2, True)
    some = snapshot_figures(period, organization_ids=[world.ids["东镇"]])
    assert len(some.places) == 2 and some.value("toy.times", world.ids["东镇"]) == 32
    long_rows = {(r.organization_id, r.key): r.value for r in SnapshotTotal.select()}
    assert long_rows[world.ids["东镇"], "toy.times"] == 32 and (world.ids["甲村"], "toy.times") not in long_rows
    with scoped(Scope(world.county.id, world.ids["东镇"], 5)):
        assert figures_of(world.county, period, bare).value("toy.times") == 39
        assert SnapshotFigures.select().count() == 3


def test_reopening_writes_another_revision_and_keeps_the_first(world, period):
    lock(period, world.registry, world.boss, "截止")
    with pytest.raises(RuleError, match="理由"):
        reopen(period, " ", world.boss)
    reopen(period, "东镇少报一期", world.boss)
    assert period.state == "open" and Period.get_by_id(period.id).reopen_reason == "东镇少报一期"
    world.put("toy.times", 甲村=11, 乙村=20)
    lock(period, world.registry, world.boss, "补报后截止")
    assert [snapshot_figures(period, r).value("toy.times") for r in (1, 2, None)] == [37, 31, 31]
    first, second = Snapshot.select().order_by(Snapshot.id)
    assert second.previous_digest == first.digest and first.previous_digest == ""
    assert verify_chain(world.registry) == []
    with pytest.raises(NotFound):
        snapshot_figures(period, 3)
    acts = [e.act for e in AuditEntry.select().where(AuditEntry.act.startswith("period")).order_by(AuditEntry.id)]
    assert acts == ["period.open", "period.lock", "period.reopen", "period.lock"]


def test_publishing_stores_the_document(world, period):
    with pytest.raises(ConflictError, match="填报中"):
        publish(period, world.registry, world.boss, "急用")
    lock(period, world.registry, world.boss, "截止")
    with pytest.raises(RuleError, match="为什么可以发布"):
        publish(period, world.registry, world.boss)
    publish(period, world.registry, world.boss, "急用")
    assert period.state == "published" and figures_of(world.county, period, world.registry).state == "published"
    assert period.title in PublishedDocument.get().document and "37" in PublishedDocument.get().document
    assert snapshot_figures(period, 1).get("toy.times").state == "published"
    with pytest.raises(ConflictError):
        publish(period, world.registry, world.boss, "急用")
    reopen(period, "更正", world.boss)
    assert Period.get_by_id(period.id).state == "open" and PublishedDocument.select().count() == 1


def test_nothing_is_kept_of_a_lock_that_fails_at_its_end(world, period):
    world.parts.append(RuntimeError("its part could not be stored"))
    with pytest.raises(ModuleFault, match="玩具"):
        lock(period, world.registry, world.boss, "截止")
    assert Period.get_by_id(period.id).state == "open" and world.closed == []
    assert not any(model.select().count() for model in (Snapshot, SnapshotFigures, LockedDocument))


def test_the_lock_chains_what_each_plugin_stored(world, period):
    world.parts += ["a" * 64, "b" * 64]
    lock(period, world.registry, world.boss, "截止")
    parts = Snapshot.get().parts
    assert parts["toy"] == "a" * 64 and parts["reports"] == LockedDocument.get().digest and len(parts["figures"]) == 64
    assert [p for _prepared, p in world.seen] == [("2023H1", 1)] and world.seen[0][0] == "prepared"
    assert verify_chain(world.registry) == []
    world.parts[0] = "c" * 64
    assert [d.text for d in verify_chain(world.registry)] == ["整期数据与锁定时的校验码不符。"]


def locked_by_the_first_version(snapshot):
    """The lock as version 0.1 chained it: all rows of the figures in one digest, no parts. A frozen copy of how it computed that."""
    of = [[r.__data__ for r in model.select()] for model in (SnapshotDefinition, SnapshotFigures, SnapshotTotal, SnapshotRecords)]
    definitions, rows, totals, records = of
    text = lambda number: None if number is None else format(number, "f")  # noqa: E731
    head = [getattr(snapshot, n) for n in ("organization_id", "revision", "reason", "modules", "previous_digest", "locked_by")]
    told = [
        "2023H1",
        head,
        snapshot.locked_at.isoformat(timespec="microseconds"),
        snapshot.as_of.isoformat(),
        sorted([d["key"], digest_of(d["definition"])] for d in definitions),
        sorted([r["organization"], r["digest"]] for r in rows),
        sorted([t["organization"], t["key"], text(t["value"]), text(t["numerator"]), text(t["denominator"])] for t in totals),
        sorted([r["key"], r["row_count"], r["digest"]] for r in records),
    ]
    mark = "?" if is_sqlite() else "%s"
    unguarded("core_snapshot")
    with raw_allowed():
        database.execute_sql(f"UPDATE core_snapshot SET parts = NULL, digest = {mark}", (digest_of(told),))
        database.execute_sql(f"UPDATE core_audit SET after = replace(after, {mark}, {mark})", (snapshot.digest, digest_of(told)))


def unguarded(table):
    """Take off the trigger against changes, in the words of the engine."""
    with raw_allowed():
        database.execute_sql(f'DROP TRIGGER "{table}_no_update"' + ("" if is_sqlite() else f' ON "{table}"'))


def test_a_lock_of_the_first_version_still_verifies_and_is_chained_to(world, period):
    lock(period, world.registry, world.boss, "截止")
    unguarded("core_audit")
    locked_by_the_first_version(Snapshot.get())
    assert verify_chain(world.registry) == []
    reopen(period, "补报", world.boss)
    lock(period, world.registry, world.boss, "截止")
    old, new = Snapshot.select().order_by(Snapshot.id)
    assert old.parts is None and new.previous_digest == old.digest and verify_chain(world.registry) == []
    unguarded("core_snapshot_total")
    with raw_allowed():
        database.execute_sql("UPDATE core_snapshot_total SET value = '999' WHERE key = 'toy.times' AND revision = 1")
    assert [(d.revision, d.text) for d in verify_chain(world.registry)] == [(1, "整期数据与锁定时的校验码不符。")]


@pytest.mark.parametrize("times", [1, 9])
def test_what_is_written_while_a_lock_prepares_is_in_it(world, period, times):
    """Others commit between preparation and transaction: it is prepared again, at last inside, where nobody can."""

    asked = []  # True: inside the transaction

    def written():
        inside = database.in_transaction()
        asked.append(inside)
        if len(asked) <= times and not inside:
            thread = threading.Thread(target=write, args=(len(asked),))
            thread.start()
            thread.join()

    def write(count):
        with scoped(county_scope(world.county)):
            Organization.update(member_count=count).where(Organization.id == world.ids["甲村"]).execute()
        database.close()

    world.preparing = written
    lock(period, world.registry, world.boss, "截止")
    assert asked == ([False, False] if times == 1 else [False, False, False, True])
    assert snapshot_figures(period).value("organizations.members") == (1 if times == 1 else 3)
    assert Period.get_by_id(period.id).revision == 1 and Snapshot.select().count() == 1


def test_a_module_of_the_period_that_is_suspended_blocks_the_lock(world, period):
    with pytest.raises(RuleError, match="没有运行.*玩具"):
        for state in ("enabled", "disabled", "suspended"):
            CountyPlugin.delete().execute()
            CountyPlugin.create(county=world.county, plugin="toy", state=state, changed_at=period.opened_at)
            found = [owner for owner, _p in closing_problems(Period.get_by_id(period.id), world.registry)]
            assert ("modules" in found) == (state == "suspended")
        lock(Period.get_by_id(period.id), world.registry, world.boss, "急用")
    CountyPlugin.update(plugin="gone", state="enabled").execute()  # turned on after the period was opened
    with pytest.raises(RuleError, match="没有运行.*gone"):
        lock(Period.get_by_id(period.id), world.registry, world.boss, "急用")


def test_locked_rows_refuse_update_and_delete_by_model_and_by_trigger(world, period):
    lock(period, world.registry, world.boss, "截止")
    row = SnapshotFigures.select().first()
    row.packed = {}
    for attempt in (
        lambda: SnapshotFigures.update(name_then="x").execute(),
        lambda: SnapshotFigures.delete().execute(),
        lambda: row.save(),
        lambda: row.delete_instance(),
    ):
        with pytest.raises(ScopeError, match="append-only"):
            attempt()
    for table in ("core_snapshot", "core_snapshot_figures", "core_snapshot_definition", "core_snapshot_total"):
        for sql in (f"UPDATE {table} SET revision = 9", f"DELETE FROM {table}"):  # noqa: S608
            with raw_allowed(), pytest.raises(Exception, match="append-only"):
                database.execute_sql(sql)
    assert verify_chain(world.registry) == []


PARTS = {
    "another digest": lambda parts: json.dumps(parts | {"toy": "c" * 64}),
    "a part more": lambda parts: json.dumps(parts | {"ghost": "c" * 64}),
    "a part less": lambda parts: json.dumps({name: digest for name, digest in parts.items() if name != "toy"}),
    "no text": lambda parts: json.dumps(parts | {"toy": 5}),
    "no object": lambda parts: "[1, 2]",
    "no JSON": lambda parts: "{",
}


@pytest.mark.parametrize("written", PARTS.values(), ids=PARTS)
def test_parts_that_are_not_those_of_the_lock_are_told_and_nothing_raises(world, period, written):
    world.parts = ["a" * 64, "b" * 64]
    for _times in (1, 2):
        lock(period, world.registry, world.boss, "截止")
        reopen(period, "补报", world.boss)
    assert verify_chain(world.registry) == []
    unguarded("core_snapshot")
    text = written(Snapshot.get(Snapshot.revision == 2).parts)
    with raw_allowed():
        database.execute_sql(f"UPDATE core_snapshot SET parts = '{text}' WHERE revision = 2")  # noqa: S608
    found = verify_chain(world.registry)
    assert found and not any(d.unchecked for d in found if d.revision != 2), found
    assert any(not d.unchecked for d in found), "not only something that could not be looked at"


def test_a_module_that_was_turned_off_still_answers_for_its_part(world, period):
    world.parts = ["a" * 64]
    lock(period, world.registry, world.boss, "截止")
    off = world.registry.registry.for_county(value_of(world.county), [])
    assert verify_chain(off) == []
    world.parts = ["c" * 64]
    assert [(d.revision, d.unchecked) for d in verify_chain(off)] == [(1, False)]


def test_two_who_publish_at_once_publish_once(world, period, monkeypatch):
    """The second one read the period before the first one was done: the report is not compiled for him at all."""
    lock(period, world.registry, world.boss, "截止")
    late = Period.get_by_id(period.id)
    publish(period, world.registry, world.boss, "急用")
    with pytest.raises(ConflictError):
        publish(late, world.registry, world.boss, "急用")
    assert PublishedDocument.select().count() == 1 and verify_chain(world.registry) == []


def test_a_wording_does_not_get_into_a_report_that_was_published_meanwhile(world, period):
    lock(period, world.registry, world.boss, "截止")
    read_before = Period.get_by_id(period.id)
    publish(period, world.registry, world.boss, "急用")
    documents = LockedDocument.select().count()
    with pytest.raises(ConflictError):
        save_text(read_before, world.county, world.registry, "core.base", "全县青年工作有新进展。", "", world.boss)
    assert LockedDocument.select().count() == documents and not ReportText.select().exists()
    assert verify_chain(world.registry) == []


def test_who_owes_is_not_decided_once_the_period_was_locked(world, period):
    read_before = Period.get_by_id(period.id)
    lock(period, world.registry, world.boss, "截止")
    with pytest.raises(ConflictError):
        waive(read_before, world.ids["甲村"], "撤并", world.boss)
    assert not Obligation.select().where(Obligation.waived).exists()


TAMPERING = [
    ("core_snapshot_figures", "UPDATE core_snapshot_figures SET packed = replace(packed, '10', '11') WHERE name_then = '甲村'", "甲村的数据"),
    ("core_snapshot_figures", "DELETE FROM core_snapshot_figures WHERE name_then = '甲村'", "整期数据"),
    ("core_snapshot_total", "UPDATE core_snapshot_total SET value = '999' WHERE key = 'toy.times'", "整期数据"),
    ("core_snapshot_definition", "UPDATE core_snapshot_definition SET definition = replace(definition, '各期之和', '别的')", "整期数据"),
    ("core_snapshot", "UPDATE core_snapshot SET reason = '没有理由' WHERE revision = 1", "整期数据"),
    ("core_snapshot", "DELETE FROM core_snapshot WHERE revision = 1", "校验链|缺少"),
    ("core_snapshot", "DELETE FROM core_snapshot WHERE revision = 2", "缺少"),
    ("core_published_document", "UPDATE core_published_document SET document = 'x'", "报告"),
]


@pytest.mark.parametrize(("table", "sql", "says"), TAMPERING)
def test_tampering_past_the_triggers_is_seen(world, period, table, sql, says):
    lock(period, world.registry, world.boss, "截止")
    reopen(period, "补报", world.boss)
    lock(period, world.registry, world.boss, "截止")
    publish(period, world.registry, world.boss, "急用")
    assert verify_chain(world.registry) == []
    with raw_allowed():
        for verb in ("update", "delete"):
            database.execute_sql(f'DROP TRIGGER "{table}_no_{verb}"')
        database.execute_sql("PRAGMA foreign_keys = 0")
        database.execute_sql(sql)
    found = verify_chain(world.registry)
    assert found and all(d.period_code == "2023H1" for d in found)
    assert any(word in d.text for d in found for word in says.split("|"))


class ToyFact(OrganizationRow):
    date_field = "on"

    on = DateField(null=True)
    number = IntegerField()

    class Meta:
        table_name = "toyfact_rows"


class ToyMoment(OrganizationRow):
    date_field = "at"

    at = UtcDateTimeField()

    class Meta:
        table_name = "toyfact_moments"


@pytest.fixture
def facts(world, period):
    admit([ToyFact, ToyMoment])
    run([*create_statements(ToyFact), *create_statements(ToyMoment)])
    guard.install()
    base = {"county": world.county.id, "organization": world.ids["甲村"]}
    inside = ToyFact.create(**base, on=date(2023, 6, 30), number=1)
    outside = ToyFact.create(**base, on=date(2023, 7, 1), number=2)
    lock(period, world.registry, world.boss, "截止")
    yield base, inside, outside
    set_date_guard(lambda model, dates, query: None)
    withdraw([ToyFact, ToyMoment])


def test_facts_of_a_locked_period_do_not_change(facts):
    base, inside, outside = facts
    for attempt in (
        lambda: ToyFact.create(**base, on=date(2023, 1, 1), number=3),
        lambda: ToyFact.insert_many([{**base, "on": date(2023, 8, 1), "number": 3}, {**base, "on": date(2023, 6, 1), "number": 3}]).execute(),
        lambda: ToyFact.update(number=5).where(ToyFact.id == inside.id).execute(),
        lambda: ToyFact.update(number=5).execute(),
        lambda: ToyFact.update(on=date(2023, 6, 1)).where(ToyFact.id == outside.id).execute(),
        lambda: ToyFact.update(on=date(2023, 9, 1)).where(ToyFact.id == inside.id).execute(),
        lambda: ToyFact.delete().where(ToyFact.id == inside.id).execute(),
        lambda: inside.delete_instance(),
        lambda: ToyMoment.create(**base, at=datetime(2023, 6, 30, 23, 59, tzinfo=LOCAL)),
    ):
        with pytest.raises(PeriodLocked, match="2023年上半年已锁定"):
            attempt()
    assert ToyFact.update(number=7).where(ToyFact.id == outside.id).execute() == 1
    ToyMoment.create(**base, at=datetime(2023, 7, 1, 0, 1, tzinfo=LOCAL))
    assert guard.locked_days([date(2023, 6, 30), date(2023, 7, 1)]) == [date(2023, 6, 30)]
    assert guard.closed_period_of(date(2023, 7, 1)) is None


def test_another_countys_lock_does_not_bind(facts, world):
    from youthpilot.core.organizations.founding import create_county
    from youthpilot.core.organizations.models import Organization

    other = create_county("other", "邻县")
    with scoped(county_scope(other)):
        root = Organization.get(Organization.parent.is_null())
        assert ToyFact.create(county=other.id, organization=root.id, on=date(2023, 6, 1), number=1)


def test_a_correction_is_a_new_signed_revision(facts, world):
    _base, inside, _outside = facts
    period = Period.get(Period.code == "2023H1")
    publish(period, world.registry, world.boss, "急用")
    with pytest.raises(RuleError, match="理由"), correction(period, "", world.registry, world.boss):
        pass
    with correction(period, "甲村日期录错", world.registry, world.boss):
        ToyFact.update(number=9).where(ToyFact.id == inside.id).execute()
        world.put("toy.times", 甲村=9)
    assert (period.state, period.revision) == ("locked", 2)
    assert [snapshot_figures(period, r).value("toy.times") for r in (1, 2)] == [37, 9]
    assert Snapshot.get(Snapshot.revision == 2).reason == "甲村日期录错" and verify_chain(world.registry) == []
    with pytest.raises(ZeroDivisionError), correction(period, "又错", world.registry, world.boss):
        ToyFact.update(number=10).where(ToyFact.id == inside.id).execute()
        raise ZeroDivisionError
    assert ToyFact.get_by_id(inside.id).number == 9 and Period.get_by_id(period.id).revision == 2
    with pytest.raises(PeriodLocked):
        ToyFact.update(number=11).where(ToyFact.id == inside.id).execute()
