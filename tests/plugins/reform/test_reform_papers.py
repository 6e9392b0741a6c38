"""Uploaded files of measures, locked half-years, the register behind the links, talks corrected, files of decisions and delegates."""

import io
from datetime import date

import pytest
from pilot_site import errors, proves, text_of

from youthpilot.core import ConflictError, RuleError, filing
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.services import lock, open_period
from youthpilot.plugins.importing.judging import judge_file
from youthpilot.plugins.importing.reading import RawSheet
from youthpilot.plugins.importing.services import run_import, undo
from youthpilot.plugins.reform import linking, papers, queries, services
from youthpilot.plugins.reform.importers import IMPORTERS
from youthpilot.plugins.reform.indicators import closed_on
from youthpilot.plugins.reform.models import ReformDecision, ReformDelegate, ReformLink, ReformMeasure, ReformPaper, ReformTalk
from youthpilot.plugins.reform.services import Measure, Who

WHO = Who("周敏", 1)
BOARD = "/reform/board"


def sent(name, content=b"%PDF-1.4 one"):
    return (io.BytesIO(content), name)


def progress(site, who="town", status=302, **more):
    fields = {"on": "2023-06-05", "text": "摸底完成"} | more
    return site.enter(who).post(f"{BOARD}/progress/?id={site.hollow.id}", status, **fields)


# files -------------------------------------------------------------------------------------------------------------------


def test_a_file_of_the_log_is_seen_by_whom_the_measure_is_seen(site):
    page = progress(site, files=sent("台账.pdf"))
    paper = ReformPaper.get()
    assert "台账.pdf" in page and paper.step_id and paper.organization_id == site.places["柳河镇"]
    path = f"{BOARD}/paper/?id={paper.id}"
    assert site.enter("town").fetch(path) == site.enter("viewer").fetch(path) == b"%PDF-1.4 one"
    site.enter("other").fetch(path, 404)
    site.enter("other").post(f"{BOARD}/papers/?id={site.hollow.id}", 404, files=sent("x.pdf"))
    site.enter("viewer").post(f"{BOARD}/papers/?id={site.hollow.id}", 403, files=sent("x.pdf"))
    site.enter("other").post(f"{BOARD}/paper/remove/", 404, id=paper.id)


@proves("R13")
def test_what_a_file_may_be(site):
    for name, content, said in (
        ("台账.exe", b"MZ", "不能收"), ("台账.pdf", b"<html>", "对不上"), ("空.pdf", b"", "空"), ("大.txt", b"1" * (20 * 2**20 + 1), "20"),
    ):  # fmt: skip
        assert said in errors(progress(site, status=422, files=sent(name, content)))["files"], name
    assert ReformMeasure.get_by_id(site.hollow.id).status == "not_started" and not ReformPaper.select().exists()
    assert "先选择文件" in errors(site.enter("town").post(f"{BOARD}/papers/?id={site.hollow.id}", 422))["files"]


def test_several_files_at_once_and_the_same_again(site):
    both = [sent("甲.pdf"), sent("乙.txt", "说明".encode())]
    page = site.enter("town").post(f"{BOARD}/papers/?id={site.hollow.id}", files=both)
    assert "已上传2个材料" in page and {p.file_name for p in queries.papers_of(site.hollow)} == {"甲.pdf", "乙.txt"}
    assert papers.add_papers(site.hollow, [filing.sent_file("甲.pdf", b"%PDF-1.4 one")], WHO) == 0


def test_papers_stay_once_they_are_judged(site):
    progress(site, files=sent("台账.pdf"))
    paper = ReformPaper.get()
    site.enter("town").post(f"{BOARD}/step/?id={site.hollow.id}&action=apply", on="2023-06-10")
    assert ReformMeasure.get_by_id(site.hollow.id).status == "applied"  # a file of the log is enough
    assert "材料不再改动" in site.enter("town").post(f"{BOARD}/paper/remove/", id=paper.id)
    with pytest.raises(ConflictError):
        papers.add_papers(ReformMeasure.get_by_id(site.hollow.id), [filing.sent_file("b.txt", b"b")], WHO)
    site.enter("town").post(f"{BOARD}/step/?id={site.hollow.id}&action=withdraw", on="2023-06-11")
    assert "已移除" in site.enter("town").post(f"{BOARD}/paper/remove/", id=paper.id)
    site.enter("town").fetch(f"{BOARD}/paper/?id={paper.id}", 404)
    assert "没有材料不能销号" in errors(site.enter("town").post(f"{BOARD}/step/?id={site.hollow.id}&action=apply", 422, on="2023-06-12"))["files"]


def test_nothing_is_closed_without_a_file(site):
    """Measures from before files could be uploaded: the closing is refused, whoever asks."""
    ReformMeasure.update(status="applied", evidence="纸质材料").where(ReformMeasure.id == site.pool.id).execute()
    found = errors(site.enter("admin").post(f"{BOARD}/step/?id={site.pool.id}&action=close", 422, on="2023-07-01"))
    assert "没有佐证材料" in found["reason"]


def test_a_refused_step_leaves_no_file_behind(site, home):
    folder = home / "files" / "reform"
    first, second = ReformMeasure.get_by_id(site.pool.id), ReformMeasure.get_by_id(site.pool.id)
    services.advance(first, "start", WHO)
    services.advance(first, "apply", WHO, files=[filing.sent_file("a.txt", b"a")])
    second.status = "in_progress"
    with pytest.raises(ConflictError):
        services.advance(second, "apply", WHO, files=[filing.sent_file("b.txt", b"b")])
    assert len(list(folder.iterdir())) == ReformPaper.select().count() == 1
    assert (folder.stat().st_mode & 0o777, next(folder.iterdir()).stat().st_mode & 0o777) == (0o700, 0o600)


# locked half-years ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def locked(site):
    """2023H1 is locked with one measure closed in it, and one delegate."""
    linking.save_delegate(None, site.places[""], name="老代表", post="", since_on=date(2022, 1, 1), ended_on=None)
    services.advance(site.hollow, "start", WHO, on=date(2023, 6, 1))
    services.advance(site.hollow, "apply", WHO, files=[filing.sent_file("a.txt", b"a")], on=date(2023, 6, 2))
    services.advance(site.hollow, "close", Who("何颖", 2), on=date(2023, 6, 3))
    site.period = open_period(site.county, "2023H1", None, site.narrowed(), Clerk("周敏"))
    lock(site.period, site.narrowed(), Clerk("周敏"), "演示")
    return site


@proves("R11")
def test_a_locked_half_year_keeps_its_measures(locked):
    admin, front = locked.enter("admin"), queries.fronts()[0].id
    new = {"title": "轮训", "owner": "团县委", "front_id": front, "organization": locked.places[""], "due_on": "2023-12-31"}
    assert "已锁定" in errors(admin.post(f"{BOARD}/new/", 422, **new | {"listed_on": "2023-05-01"}))["listed_on"]
    admin.post(f"{BOARD}/new/", **new | {"listed_on": "2023-07-01"})
    path, m = f"{BOARD}/progress/?id={locked.pool.id}", locked.pool
    assert "已锁定" in errors(admin.post(path, 422, on="2023-06-30", text="补记"))["on"]
    admin.post(path, on="2023-07-01", text="入库")
    moved = {"title": m.title, "owner": m.owner, "front_id": front, "organization": locked.places[""], "due_on": "2023-12-31", "number": 1}
    moved |= {"unit": "名", "baseline": 10, "target": 50}
    assert "已锁定" in errors(admin.post(f"{BOARD}/edit/?id={m.id}", 422, **moved | {"listed_on": "2023-04-01"}))["listed_on"]
    row = {"方面": "1", "序号": "9", "改革措施": "补列", "责任单位": "团县委", "完成时限": "2023-12-31", "列入日期": "2023-04-01"}
    assert [(p.code, p.column) for p in judged(0, locked, row).problems] == [("R11", "listed_on")]
    delegate = {"name": "沈祥", "post": "", "organization": locked.places[""]}
    assert "已锁定" in errors(admin.post("/reform/delegates/new/", 422, **delegate, since_on="2022-11-01"))["since_on"]
    admin.post("/reform/delegates/new/", **delegate, since_on="2023-07-01")
    link = {"kind": "youth", "names": "青甲", "linked_on": "2023-06-30"}
    assert (
        "已锁定" in errors(admin.post(f"/reform/delegates/link/?id={ReformDelegate.get(ReformDelegate.name == '沈祥').id}", 422, **link))["linked_on"]
    )


def test_a_measure_reopened_later_was_closed_then(locked):
    services.advance(locked.hollow, "reopen", WHO, reason="反弹", on=date(2023, 7, 2))
    assert (closed_on(date(2023, 6, 2)), closed_on(date(2023, 6, 30)), closed_on(date(2023, 7, 2))) == (set(), {locked.hollow.id}, set())


# links, talks ----------------------------------------------------------------------------------------------------------------


@proves("R12")
def test_a_branch_of_the_register(site):
    admin = site.enter("admin")
    admin.post("/reform/delegates/new/", name="沈祥", post="", organization=site.places[""], since_on="2022-11-01")
    row, path = ReformDelegate.get(), "/reform/delegates/link/?id={}"
    fields = {"kind": "branch", "linked_on": "2023-03-01"}
    assert "名册里没有清溪村" in errors(admin.post(path.format(row.id), 422, **fields, names="清溪村、河湾村"))["names"]
    admin.post(path.format(row.id), **fields, names="河湾村")
    made = ReformLink.get()
    assert (made.name, made.branch_id) == ("河湾村", site.places["河湾村"])
    assert "都已登记" in errors(admin.post(path.format(row.id), 422, **fields, names="河湾村团委"))["names"]
    assert ReformLink.merged_fields == ("organization", "branch")  # core takes them along
    assert "沈祥" in admin.get("/reform/links/") and "沈祥" not in text_of(site.enter("viewer").get("/reform/links/"))
    assert "先" not in errors(admin.post("/reform/delegates/delete/", 302, id=row.id)) and ReformDelegate.select().count() == 1
    admin.post("/reform/delegates/new/", name="误录", post="", organization=site.places[""], since_on="2023-06-01")
    admin.post("/reform/delegates/delete/", id=ReformDelegate.get(ReformDelegate.name == "误录").id)
    assert ReformDelegate.select().count() == 1


def test_a_talk_is_corrected_and_exported(site):
    admin = site.enter("admin")
    fields = {"owner": "柳河镇团委", "talked_on": "2023-06-20", "talked_by": "县委副书记", "problem": "没有提交材料", "rectify_by": "2023-06-30"}
    admin.post(f"{BOARD}/talk/?id={site.hollow.id}", **fields)
    path = f"/reform/talks/edit/?id={ReformTalk.get().id}"
    assert "早于约谈" in errors(admin.post(path, 422, **fields | {"rectify_by": "2023-06-01"}))["rectify_by"]
    assert "一起填" in errors(admin.post(path, 422, **fields | {"started_on": "2023-06-21"}))["plan"]
    admin.post(path, **fields | {"problem": "材料不全"})
    assert "材料不全" in admin.post("/reform/talks/export/csv/", 200)
    site.enter("viewer").post(path, 403, **fields)


# files of decisions and delegates ------------------------------------------------------------------------------------------


def sheet(*records):
    titles = list(dict.fromkeys(t for r in records for t in r))
    return RawSheet([titles, *([r.get(t) for t in titles] for r in records)], None, "Sheet1", ("Sheet1",), "", (), "清单.xlsx")


def judged(number, site, *records):
    return judge_file(IMPORTERS[number], sheet(*records), {}, site.county.id).rows[0]


DECISION = {"会议或文件": "第二次联席会议", "议定日期": "2023-03-24", "议定事项": "经费列入预算", "责任单位": "县财政局", "完成时限": "2023-06-15"}


@proves("R8", "R10")
def test_a_list_of_decisions(site):
    wrong = judged(1, site, DECISION | {"完成时限": "2023-03-01", "落实日期": "2023-05-01", "对应措施": "没有这项"})
    assert {(p.code, p.column) for p in wrong.problems} == {("R8", "due_on"), ("R10", "result"), ("R9", "measure")}
    done = run_import(IMPORTERS[1], sheet(DECISION | {"对应措施": "建立后备人才库"}), {}, reason="已核对")
    assert done.counts.added == 1 and ReformDecision.get().measure_id == site.pool.id
    more = DECISION | {"对应措施": "建立后备人才库", "落实日期": "2023-06-01", "落实结果": "已列入"}
    later = run_import(IMPORTERS[1], sheet(more), {}, reason="已核对")
    assert later.counts.changed == 1 and ReformDecision.get().result == "已列入"
    undo(later.batch, IMPORTERS[1], reason="导错了")
    undo(done.batch, IMPORTERS[1], reason="导错了")
    assert not ReformDecision.select().exists()


@proves("R7", "R12")
def test_a_list_of_delegates(site):
    row = {"姓名": "沈祥", "任代表日期": "2022-11-01", "联系团支部": "河湾村", "联系青年": "青甲、青乙", "联系日期": "2023-03-01"}
    wrong = judged(2, site, row | {"联系团支部": "清溪村", "联系日期": "2023-07-04"})
    assert {(p.code, p.column) for p in wrong.problems} == {("R12", "branches"), ("R7", "linked_on")}
    done = run_import(IMPORTERS[2], sheet(row), {}, reason="已核对")
    assert done.counts.added == 1 and ReformLink.select().count() == 3
    again = run_import(IMPORTERS[2], sheet(row | {"联系青年": "青甲、青丙"}), {}, reason="已核对")
    assert again.counts.changed == 1 and ReformLink.select().count() == 4
    undo(again.batch, IMPORTERS[2], reason="导错了")
    undo(done.batch, IMPORTERS[2], reason="导错了")
    assert not ReformDelegate.select().exists() and not ReformLink.select().exists()


def test_a_locked_day_through_a_service(locked):
    with pytest.raises(RuleError, match="已锁定"):
        services.add_measure(Measure(queries.fronts()[0].id, "x", "团县委", date(2023, 12, 31), listed_on=date(2023, 5, 1)))


def test_a_pilot_entered_after_the_lock_is_not_held_up(bare):
    """What the locked half-year did not count may lie in it: the module is enabled later, and filled from its beginning."""
    period = open_period(bare.county, "2023H1", None, bare.narrowed(), Clerk("周敏"))
    lock(period, bare.narrowed(), Clerk("周敏"), "演示")
    services.add_measure(Measure(queries.fronts()[0].id, "x", "团县委", date(2023, 12, 31), listed_on=date(2023, 5, 1)))
    linking.save_delegate(None, bare.places[""], name="沈祥", post="", since_on=date(2022, 11, 1), ended_on=None)
    assert [row.name for row in ReformDelegate.select()] == ["沈祥"]
