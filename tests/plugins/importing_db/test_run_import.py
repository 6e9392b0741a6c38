"""Whole files through the services: all or nothing, twice nothing, undone as if it had never been."""

from datetime import date
from decimal import Decimal

import pytest

from youthpilot.core.batches.models import Batch, BeforeImage
from youthpilot.core.batches.queries import batches
from youthpilot.core.cadres.models import Person, Post
from youthpilot.core.kernel.clock import now
from youthpilot.core.kernel.errors import ConflictError, RuleError
from youthpilot.core.kernel.scope import Scope, scoped
from youthpilot.core.organizations.models import Organization
from youthpilot.plugins.importing import queries, services
from youthpilot.plugins.importing.services import ImportRefused, ReasonNeeded

CADRES = ("姓名", "身份证号", "出生日期", "团组织", "职务", "任职日期", "手机号")


def test_the_tree_came_in_and_again_changes_nothing(land, files, dump):
    assert Organization.select().count() == 1 + 10 + 200
    before = dump()
    outcome = land.run("organizations.organizations", files.organizations())
    assert (outcome.counts.added, outcome.counts.changed, outcome.counts.unchanged) == (0, 0, 210)
    assert outcome.batch is None and dump() == before


@pytest.mark.parametrize(("kind", "count"), [("xlsx", 22_000), ("gb18030", 3000)])
def test_many_rows_twice_without_a_change_and_undone(land, files, dump, kind, count):
    data = getattr(files, kind)(files.headings, files.learners(count))
    name = "名单.xlsx" if kind == "xlsx" else "名单.csv"
    empty = dump()
    first = land.run("study_learners", data, name)
    assert first.counts.added == count and first.batch.digest == first.judged.sheet.digest
    full = dump()
    again = land.run("study_learners", data, name)
    assert (again.counts.added, again.counts.unchanged, again.batch) == (0, count, None)
    assert dump() == full
    services.undo(first.batch, queries.importer_named(land.here, "study_learners"))
    assert dump() == empty


def test_bad_cells_are_named_and_nothing_is_stored(land, files, dump):
    rows = [list(row) for row in files.learners(50)]
    rows[4][0], rows[7][3], rows[9][1], rows[9][2] = "第0镇99村团支部", "五月三日", None, None
    before = dump()
    with pytest.raises(ImportRefused) as refused:
        land.run("study_learners", files.xlsx(files.headings, rows))
    found = {(f.cell, f.title) for f in refused.value.judged.findings()}
    assert found == {("A7", "团组织"), ("D10", "学习时间"), ("B12", "姓名")}
    assert refused.value.judged.bad == 3 and refused.value.judged.good == 47
    assert dump() == before and Batch.select().where(Batch.importer == "study_learners").count() == 0


def test_a_dry_run_counts_and_stores_nothing(land, files, dump):
    before = dump()
    outcome = land.run("study_learners", files.xlsx(files.headings, files.learners(30)), dry_run=True)
    assert outcome.counts.added == 30 and outcome.dry and outcome.batch is None
    assert dump() == before


def test_warnings_need_a_reason_which_is_kept(land, files):
    rows = [list(row) for row in files.learners(3)]
    rows[1][3] = date(2023, 5, 20)
    data = files.xlsx(files.headings, rows)
    with pytest.raises(ReasonNeeded):
        land.run("study_learners", data)
    outcome = land.run("study_learners", data, reason="与镇里电话核实")
    assert Batch.get_by_id(outcome.batch.id).reason == "与镇里电话核实"
    assert Batch.get_by_id(outcome.batch.id).warnings == [[4, "学习时间", "S7"]]  # the place, never the value


def test_repeats_count_once_and_contradictions_are_refused(land, files):
    headings = ("组织编码", "组织全称", "组织类型", "单位类别", "上级组织")
    same = ("N1", "新村团支部", "团支部", "村", "第0镇团委")
    outcome = land.run("organizations.organizations", files.xlsx(headings, [same, same]), reason="重复")
    assert (outcome.counts.added, outcome.counts.unchanged) == (1, 1)
    with pytest.raises(ImportRefused) as refused:
        land.run("organizations.organizations", files.xlsx(headings, [same, ("N1", "别的村团支部", *same[2:])]))
    assert "第3行" in str(next(refused.value.judged.findings()).message)


def cadre_rows():
    return [
        ("王芳", "11010119900307803X", date(1990, 3, 7), "第0镇团委", "书记", date(2021, 3, 10), "13800001234"),
        ("李雷", None, date(1995, 1, 2), "第0镇0村团支部", "书记", date(2021, 3, 10), None),
    ]


def test_changed_rows_come_back_as_they_were(land, files, dump):
    land.run("cadres.posts", files.xlsx(CADRES, cadre_rows()), reason="首次")
    before = {p.id: (p.name, p.phone, p.id_no, p.batch_id, p.birth_date) for p in Person.select()}
    plain = dump("core_person")
    rows = [list(row) for row in cadre_rows()]
    rows[0][6], rows[1][6] = "13900009999", "13700007777"
    second = land.run("cadres.posts", files.xlsx(CADRES, rows), reason="换号")
    assert {p.phone for p in Person.select()} == {"13900009999", "13700007777"}
    assert BeforeImage.select().where(BeforeImage.batch == second.batch.id).count() >= 2
    stored = str(BeforeImage.get().before)
    assert "13800001234" not in stored and "11010119900307803" not in stored  # what is protected stays protected
    services.undo(second.batch, queries.importer_named(land.here, "cadres.posts"))
    assert {p.id: (p.name, p.phone, p.id_no, p.batch_id, p.birth_date) for p in Person.select()} == before
    assert dump("core_person") == plain
    assert BeforeImage.select().count() == 0


def test_undo_waits_for_the_later_import_and_happens_once(land, files):
    importer = queries.importer_named(land.here, "cadres.posts")
    first = land.run("cadres.posts", files.xlsx(CADRES, cadre_rows()), reason="首次")
    rows = [list(row) for row in cadre_rows()]
    rows[0][6] = "13900009999"
    second = land.run("cadres.posts", files.xlsx(CADRES, rows), reason="换号")
    with pytest.raises(ConflictError):
        services.undo(first.batch, importer)
    assert Post.select().count() == 2
    services.undo(second.batch, importer)
    services.undo(first.batch, importer)
    assert Post.select().count() == Person.select().count() == 0
    with pytest.raises(ConflictError):
        services.undo(first.batch, importer)


def test_undo_of_the_tree_is_refused_once_records_stand_on_it(land, files):
    land.run("study_learners", files.xlsx(files.headings, files.learners(5)))
    tree = Batch.get(Batch.importer == "organizations.organizations")
    with pytest.raises(ConflictError):
        services.undo(tree, queries.importer_named(land.here, "organizations.organizations"))
    assert Organization.select().count() == 211 and Batch.get_by_id(tree.id).state == "applied"


def test_undo_of_the_tree_leaves_the_county_as_it_was(land, files, dump):
    from youthpilot.plugins.study.models import StudyIssue

    StudyIssue.delete().execute()
    tree = Batch.get(Batch.importer == "organizations.organizations")
    services.undo(tree, queries.importer_named(land.here, "organizations.organizations"))
    left = dump()
    assert len(left["core_organization"]) == len(left["core_organization_closure"]) == len(left["core_organization_link"]) == 1


def lock(land):
    from youthpilot.core.periods.models import Period

    root = Organization.get(Organization.parent.is_null())
    days = {"start_on": date(2023, 1, 1), "end_on": date(2023, 6, 30), "due_on": date(2023, 7, 5), "opened_at": now()}
    Period.create(county=land.county, organization=root, code="2023H1", title="2023年上半年", state="locked", **days)


def test_a_locked_period_refuses_import_and_undo(land, files, dump):
    from youthpilot.core.periods import guard

    guard.install()
    data = files.xlsx(files.headings, files.learners(20))
    outcome = land.run("study_learners", data)
    lock(land)
    before = dump()
    with pytest.raises(RuleError, match="2023年上半年"):
        services.undo(outcome.batch, queries.importer_named(land.here, "study_learners"))
    with pytest.raises(RuleError, match="2023年上半年"):
        land.run(
            "study_learners",
            files.xlsx(files.headings, files.learners(20, seed=2) + [("第1镇1村团支部", "新人", "9", date(2023, 5, 2), "是", "2023年第19期", None)]),
        )
    assert dump() == before and Batch.get_by_id(outcome.batch.id).state == "applied"


def test_a_township_cannot_import_for_its_sibling(land, files, dump):
    town = Organization.get(Organization.code == "T0")
    before = dump()
    with scoped(Scope(land.county.id, town.id, 7)):
        with pytest.raises(ImportRefused) as refused:
            land.run("study_learners", files.xlsx(files.headings, files.learners(20)))
        assert refused.value.judged.bad == 18  # 20 rows over ten townships, two of them its own
        names = " ".join(f.message for f in refused.value.judged.findings())
        assert "是“第1镇" not in names  # nothing of the sibling is suggested
        assert dump() == before
        own = [row for row in files.learners(400) if row[0].startswith("第0镇")]
        outcome = land.run("study_learners", files.xlsx(files.headings, own))
        assert outcome.counts.added == 40 and outcome.batch.organization_id == town.id
    sibling = Organization.get(Organization.code == "T1")
    with scoped(Scope(land.county.id, sibling.id, 8)):
        assert list(batches()) == []


def test_near_names_are_suggested(land, files):
    with pytest.raises(ImportRefused) as refused:
        land.run("cadres.posts", files.xlsx(CADRES, [("甲", None, date(1995, 1, 2), "没有的地方", "书记", date(2021, 1, 1), None)]))
    assert any(f.cell for f in refused.value.judged.findings())
    from youthpilot.plugins.importing.lookups import Finder

    finder = Finder(land.county.id)
    assert finder.organization("第3镇7村团支部")[0] == finder.organization("T3-V7")[0] == finder.organization("3镇7村")[0]
    assert "第3镇团委" in finder.organization("第3镇委员会")[1].message
    assert finder.nearest("水产养殖场") == ""


def test_more_rows_than_allowed_are_refused_with_the_advice_to_split(land, files, monkeypatch):
    from youthpilot.plugins.importing import judging

    monkeypatch.setattr(judging, "MOST_ROWS", 100)
    with pytest.raises(ImportRefused) as refused:
        land.run("study_learners", files.xlsx(files.headings, files.learners(101)))
    assert "拆分" in refused.value.judged.problems[0].message


def test_a_check_that_breaks_refuses_its_row_and_nothing_else(land, files):
    from dataclasses import replace

    from youthpilot.plugins.importing.reading import read_sheet

    def broken(row, lookups):
        raise ZeroDivisionError

    importer = replace(queries.importer_named(land.here, "cadres.last_term_totals"), judge=broken)
    data = files.xlsx(("类型", "换届日期", "上届年龄合计", "上届人数"), [("镇街团委书记", date(2021, 3, 10), Decimal(444), 15)])
    with pytest.raises(ImportRefused) as refused:
        services.run_import(importer, read_sheet(data, "a.xlsx"), {})
    assert refused.value.judged.rows[0].problems[0].code == "fault"
