"""The pilot: the full way of a measure through HTTP, the board, what lags, the page to print, figures, files, the demonstration."""

import io
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pilot_site import chinese_only, documented, errors, marked, proves, text_of

import youthpilot.plugins.reform as reform
from youthpilot.core import ConflictError, DemoTarget, PeriodValue, RuleError, filing, set_setting
from youthpilot.core.accounts.models import User
from youthpilot.core.counties.services import value_of
from youthpilot.core.organizations.services import merge
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.services import open_period
from youthpilot.core.testing import plugin_faults
from youthpilot.plugins.figures.engine import compute_figures
from youthpilot.plugins.importing.judging import judge_file
from youthpilot.plugins.importing.reading import RawSheet
from youthpilot.plugins.importing.services import run_import, undo
from youthpilot.plugins.reform import queries, rules, services
from youthpilot.plugins.reform.demo import fill
from youthpilot.plugins.reform.importers import IMPORTERS
from youthpilot.plugins.reform.models import ReformDecision, ReformDelegate, ReformLink, ReformMeasure, ReformPaper, ReformStep, ReformTalk
from youthpilot.plugins.reform.panels import panels, problems
from youthpilot.plugins.reform.services import Who
from youthpilot.plugins.reports.services import compose_now

TODAY = date(2023, 7, 3)
WHO = Who("周敏", 1)


def again(row):
    return ReformMeasure.get_by_id(row.id)


def pdf(name, content=b"%PDF-1.4 x"):
    """A file as a browser sends it."""
    return (io.BytesIO(content), name)


def step(row, action):
    return f"/reform/board/step/?id={row.id}&action={action}"


# rules -----------------------------------------------------------------------------------------------------------------


def test_the_table_leads_where_it_should():
    acts = [t for t in rules.MEASURE.transitions if t.act != rules.PROGRESS]
    assert {(t.before, t.after) for t in acts} == {
        ("not_started", "in_progress"), ("in_progress", "applied"), ("returned", "applied"), ("applied", "in_progress"),
        ("applied", "returned"), ("applied", "closed"), ("closed", "in_progress"),
    }  # fmt: skip
    assert ["other_person" in t.needs for t in acts if t.after == "closed"] == [True]


@given(st.lists(st.sampled_from(list(rules.MEASURE.acts)), max_size=12))
def test_nothing_is_closed_that_was_not_applied_for(actions):
    status, before = "not_started", ""
    for action in actions:
        found = rules.MEASURE.step(status, action)
        if found:
            before, status = status, found.after
            assert status != "closed" or before == "applied"


def test_progress_and_days():
    d = Decimal
    assert [rules.share_done(*v) for v in ((d(10), d(50), d(30)), (None, d(4), d(5)), (d(5), d(5), d(5)), (None, d(4), None))] == [
        50,
        125,
        None,
        None,
    ]
    assert rules.is_overdue(date(2023, 7, 2), None, TODAY) and not rules.is_overdue(TODAY, None, TODAY)
    assert not rules.is_overdue(date(2023, 6, 1), date(2023, 6, 5), TODAY) and rules.is_overdue(date(2023, 6, 1), date(2023, 6, 5), date(2023, 6, 4))
    assert not rules.is_overdue(date(2023, 6, 1), date(2023, 6, 5), date(2023, 6, 5))  # closed on that very day
    assert rules.rate(1, 3) == d("33.3") and rules.rate(0, 0) is None
    assert rules.names_in("甲、乙，丙\n甲") == ["甲", "乙", "丙"]


# the way of a measure through HTTP -----------------------------------------------------------------------------------


@proves("R4", "R5", "R6")
def test_a_measure_from_not_started_to_closed(site):
    """未启动 → 推进中 → 申请销号 → 退回 → 申请销号 → 销号, each pressed by who may."""
    town, admin, m = site.enter("town"), site.enter("admin"), site.hollow
    here = f"/reform/board/measure/?id={m.id}"
    assert "启动" in town.get(here) and "未启动" in text_of(town.get(here))
    town.post(step(m, "start"), on="2023-06-01")
    assert again(m).status == "in_progress"
    town.post(f"/reform/board/progress/?id={m.id}", on="2023-06-05", text="摸底完成，空心支部12个。")
    assert "没有材料不能销号" in errors(town.post(step(m, "apply"), 422, on="2023-06-10", evidence="都已完成"))["files"]
    town.post(step(m, "apply"), on="2023-06-10", evidence="见验收表", files=pdf("验收表.pdf"))
    assert again(m).status == "applied"
    town.get(step(m, "close"), 403)
    town.post(step(m, "close"), 403, on="2023-06-11")
    assert "已提交材料：验收表.pdf；见验收表" in admin.get(step(m, "return"))
    assert "写明退回理由" in errors(admin.post(step(m, "return"), 422, on="2023-06-11", reason=""))["reason"]
    admin.post(step(m, "return"), on="2023-06-11", reason="缺少照片")
    assert again(m).status == "returned"
    assert "已退回：缺少照片" in town.get(here)
    town.post(step(m, "apply"), on="2023-06-12", files=pdf("照片.pdf"))
    page = admin.post(step(m, "close"), on="2023-06-13")
    assert "销号" in page and (again(m).status, again(m).closed_on) == ("closed", date(2023, 6, 13))
    assert [s.action for s in queries.log(m)][::-1] == ["start", "progress", "apply", "return", "apply", "close"]
    page = town.get(here)
    assert "何颖" not in page and "韩雪" in page and "周敏" in page and "申请销号 → 退回" in text_of(page)
    assert "现在是“销号”" in admin.post(step(m, "close"), 302)
    assert errors(admin.post(step(m, "reopen"), 422, on="2023-06-20", reason=""))
    admin.post(step(m, "reopen"), on="2023-06-20", reason="回头看发现反弹")
    assert (again(m).status, again(m).closed_on) == ("in_progress", None)


@proves("R6")
def test_who_applied_does_not_close(site):
    admin, m = site.enter("admin"), site.pool
    admin.post(step(m, "start"), on="2023-06-01")
    admin.post(step(m, "apply"), on="2023-06-10", files=pdf("名册.pdf"))
    assert "由别人复核" in admin.get(f"/reform/board/measure/?id={m.id}")
    assert "须由别人复核" in errors(admin.post(step(m, "close"), 422, on="2023-06-11", reason="急"))["reason"]
    set_setting(site.county, "reform", "self_check", True, date(2023, 1, 1), "周敏")
    assert "须由别人复核" in errors(admin.post(step(m, "close"), 422, on="2023-06-11", reason="只有我一人"))["reason"]  # another one is there
    User.update(disabled=True).where(User.username == "second").execute()
    assert "没有别人可以复核" in errors(admin.post(step(m, "close"), 422, on="2023-06-11", reason=""))["reason"]
    admin.post(step(m, "close"), on="2023-06-11", reason="团县委目前只有一人在岗")
    assert again(m).self_checked and "本人复核" in admin.get(f"/reform/board/measure/?id={m.id}")


def test_another_administrator_closes(site):
    site.enter("admin").post(step(site.pool, "start"), on="2023-06-01")
    site.enter("admin").post(step(site.pool, "apply"), on="2023-06-10", files=pdf("名册.pdf"))
    site.enter("second").post(step(site.pool, "close"), on="2023-06-11")
    assert again(site.pool).status == "closed" and not again(site.pool).self_checked


@proves("R7")
def test_days_of_the_log(site):
    admin, m = site.enter("admin"), site.pool
    assert "晚于今天" in errors(admin.post(step(m, "start"), 422, on="2023-07-04"))["on"]
    admin.post(step(m, "start"), on="2023-06-10")
    assert "最近一条记录是2023-06-10" in errors(admin.post(f"/reform/board/progress/?id={m.id}", 422, on="2023-06-09", text="补记"))["on"]


def test_two_at_once(site):
    first, second = again(site.pool), again(site.pool)
    services.advance(first, "start", WHO)
    with pytest.raises(ConflictError):
        services.advance(second, "start", WHO)
    with pytest.raises(ConflictError):
        services.advance(first, "close", WHO)
    assert ReformStep.select().count() == 1
    with pytest.raises(Exception, match="append-only"):
        ReformStep.update(text="x").where(ReformStep.id == 1).execute()


def test_progress_starts_a_measure_and_moves_its_number(site):
    admin = site.enter("admin")
    admin.post(f"/reform/board/progress/?id={site.pool.id}", on="2023-07-01", text="入库30名", value="30")
    row = again(site.pool)
    assert (row.status, row.current) == ("in_progress", 30)
    assert "30 / 50名（50%）" in text_of(admin.get(f"/reform/board/measure/?id={row.id}"))
    with pytest.raises(RuleError):
        services.report_progress(site.hollow, "x", WHO, value=Decimal(3))
    site.enter("viewer").post(f"/reform/board/progress/?id={row.id}", 403, on="2023-07-01", text="x")


# the list ----------------------------------------------------------------------------------------------------------------

NEW = {"title": "团干部轮训", "owner": "团县委", "listed_on": "2023-03-01", "due_on": "2023-12-31"}


@proves("R1", "R2", "R3")
def test_a_new_measure(site):
    admin, front = site.enter("admin"), queries.fronts()[0].id
    fields = NEW | {"front_id": front, "organization": site.places[""]}
    assert "已有这个序号" in errors(admin.post("/reform/board/new/", 422, **fields | {"number": "1"}))["number"]
    assert "早于列入日期" in errors(admin.post("/reform/board/new/", 422, **fields | {"due_on": "2023-02-01"}))["due_on"]
    found = errors(admin.post("/reform/board/new/", 422, **fields | {"target": "5", "baseline": "5", "unit": "期"}))
    assert "目标与基数相同" in found["target"]
    assert "计量单位" in errors(admin.post("/reform/board/new/", 422, **fields | {"target": "5"}))["unit"]
    assert "已列入清单" in admin.post("/reform/board/new/", **fields | {"target": "5", "unit": "期"})
    row = ReformMeasure.get(ReformMeasure.title == "团干部轮训")
    assert (row.number, row.target, row.status) == (2, 5, "not_started")
    admin.post(f"/reform/board/edit/?id={row.id}", **fields | {"number": "2", "title": "团干部分级轮训", "target": "6", "unit": "期"})
    assert (again(row).title, again(row).target) == ("团干部分级轮训", 6)
    admin.post("/reform/board/delete/", id=row.id)
    assert not ReformMeasure.select().where(ReformMeasure.id == row.id).exists()
    assert "序号" in errors(admin.post("/reform/fronts/new/", 422, number="1", title="另一方面"))["number"]


def test_a_measure_with_a_log_stays(site):
    services.advance(site.pool, "start", WHO)
    assert "不能删除" in site.enter("admin").post("/reform/board/delete/", id=site.pool.id)


def test_who_sees_what(site):
    town, other, viewer = site.enter("town"), site.enter("other"), site.enter("viewer")
    assert "清理空心团支部" in town.get("/reform/board/") and "后备人才库" not in town.get("/reform/board/")
    assert "清理空心团支部" not in other.get("/reform/board/")
    other.get(f"/reform/board/measure/?id={site.hollow.id}", 404)
    other.post(step(site.hollow, "start"), 404, on="2023-06-01")
    town.get("/reform/board/new/", 403)
    viewer.get(step(site.pool, "start"), 403)
    viewer.post("/reform/delegates/new/", 403, name="x")
    town.get(f"/reform/board/talk/?id={site.hollow.id}", 403)


# board, lagging, print -------------------------------------------------------------------------------------------------


def test_the_board_marks_what_is_overdue(site):
    page = site.enter("admin").get("/reform/board/")
    assert page.count("rf-card is-late") == 1 and "逾期" in page
    assert all(front in page for front in rules.FRONTS)
    late = site.enter("admin").get("/reform/board/?status=overdue")
    assert "清理空心团支部" in late and "后备人才库" not in late
    css = re.search(r'href="([^"]+reform\.css[^"]*)"', page)[1]
    assert "rf-board" in site.enter("admin").get(css.removeprefix("/c/test"))


def test_the_page_for_the_county_committee(site):
    services.advance(site.pool, "start", WHO)
    admin = site.enter("admin")
    page = admin.get("/reform/board/print/")
    text = text_of(page)
    assert "试验县县域共青团基层组织改革试点进展情况" in text and "共列改革措施 2 项" in re.sub(r"\s+", " ", text)
    assert "清理空心团支部" in text and "柳河镇团委" in text and "逾期" in text and "data-print" in page
    chinese_only(page)


@proves("R8")
def test_a_talk_and_how_it_is_put_right(site):
    admin, m = site.enter("admin"), site.hollow
    assert "清理空心团支部" in admin.get("/reform/board/lagging/")
    fields = {"owner": "柳河镇团委", "talked_on": "2023-06-20", "talked_by": "县委副书记", "problem": "没有提交材料", "rectify_by": "2023-06-30"}
    assert "早于约谈" in errors(admin.post(f"/reform/board/talk/?id={m.id}", 422, **fields | {"rectify_by": "2023-06-01"}))["rectify_by"]
    admin.post(f"/reform/board/talk/?id={m.id}", **fields)
    talk = ReformTalk.get()
    assert "已约谈" in admin.get("/reform/board/lagging/") and "逾期未整改" in admin.get("/reform/board/lagging/")
    town = site.enter("town")
    path = f"/reform/board/talk/step/?id={talk.id}"
    assert "2023-06-20" in errors(town.post(path, 422, on="2023-06-19", text="每周调度"))["on"]
    town.post(path, on="2023-06-22", text="每周调度")
    assert ReformTalk.get().status == "rectifying"
    town.post(path, on="2023-06-29", text="材料已补齐")
    assert ReformTalk.get().status == "rectified" and "已整改" in admin.get("/reform/board/lagging/")
    site.enter("other").post(path, 404, on="2023-06-29", text="x")


@proves("R8", "R10")
def test_decisions(site):
    admin, path = site.enter("admin"), "/reform/decisions/new/"
    fields = {
        "kind": "joint",
        "source": "联席会议",
        "decided_on": "2023-03-24",
        "content": "经费列入预算",
        "owner": "县财政局",
        "due_on": "2023-06-15",
    }
    assert "早于议定" in errors(admin.post(path, 422, **fields | {"due_on": "2023-03-01"}))["due_on"]
    assert "落实结果" in errors(admin.post(path, 422, **fields | {"done_on": "2023-05-01"}))["result"]
    admin.post(path, **fields | {"measure": "建立后备人才库"})
    assert ReformDecision.get().measure_id == site.pool.id
    assert "逾期未落实" in admin.get("/reform/decisions/")
    assert "经费列入预算" in admin.get("/reform/board/print/")


def test_delegates_and_their_two_links(site):
    admin = site.enter("admin")
    admin.post("/reform/delegates/new/", name="沈祥", post="教师", organization=site.places[""], since_on="2022-11-01")
    row = ReformDelegate.get()
    assert "两联未到位" in admin.get("/reform/delegates/")
    admin.post(f"/reform/delegates/link/?id={row.id}", kind="branch", names="河湾村团委", linked_on="2023-03-01")
    admin.post(
        f"/reform/delegates/link/?id={row.id}", kind="youth", names="、".join(f"青{n}" for n in "甲乙丙丁戊己庚辛壬癸"), linked_on="2023-03-01"
    )
    assert "两联到位1／1名" in text_of(admin.get("/reform/delegates/"))
    assert "都已登记" in errors(admin.post(f"/reform/delegates/link/?id={row.id}", 422, kind="youth", names="青甲", linked_on="2023-03-01"))["names"]
    assert "沈祥" not in text_of(site.enter("viewer").get("/reform/delegates/"))
    admin.post("/reform/delegates/unlink/", id=ReformLink.get(ReformLink.name == "青甲").id)
    assert [d.ok for d in queries.delegates(TODAY)] == [False] and [d.ok for d in queries.delegates(date(2023, 6, 30))] == [True]


def test_pages_are_chinese(site):
    admin = site.enter("admin")
    services.advance(site.pool, "start", WHO)
    paths = [
        "talks/",
        "links/",
        f"board/papers/?id={site.pool.id}",
        "board/",
        "board/lagging/",
        "measures/",
        "decisions/",
        "decisions/new/",
        "delegates/",
        "delegates/new/",
        "designations/",
        "designations/new/",
    ]
    paths += ["fronts/", "fronts/new/", "board/new/", f"board/measure/?id={site.pool.id}", f"board/edit/?id={site.pool.id}"]
    paths += [f"board/progress/?id={site.pool.id}", f"board/talk/?id={site.hollow.id}", f"board/step/?id={site.pool.id}&action=apply"]
    for path in paths:
        chinese_only(admin.get(f"/reform/{path}"))
    chinese_only(admin.get("/"))
    chinese_only(admin.get("/settings/"))


# figures, report, problems -----------------------------------------------------------------------------------------------


def opened(site, code="2023H1"):
    return open_period(site.county, code, None, site.narrowed(), Clerk("周敏"))


def close(row, on):
    services.advance(row, "start", WHO, on=on)
    services.advance(row, "apply", WHO, files=[filing.sent_file("表.txt", b"1")], on=on)
    services.advance(row, "close", Who("何颖", 2), on=on)


def test_figures_as_of_the_day(site):
    period = opened(site)
    close(site.pool, date(2023, 6, 30))
    found = compute_figures(site.county, period, site.narrowed())
    printed = {k.removeprefix("reform."): found.value(k) for k in found.keys if k.startswith("reform.")}
    assert printed == {
        "measures": 2,
        "fronts": 2,
        "closed": 1,
        "closed_rate": Decimal("50.0"),
        "overdue": 1,
        "delegates": None,
        "delegates_linked": None,
    }
    assert found.value("reform.measures", site.places["柳河镇"]) == 1
    assert found.value("reform.measures", site.places["双桥镇"]) is None
    close(site.hollow, date(2023, 7, 1))  # after the period: its last day still counts it as open
    found = compute_figures(site.county, period, site.narrowed())
    assert (found.value("reform.closed"), found.value("reform.overdue")) == (1, 1)


def test_a_measure_counts_from_its_day_and_is_overdue_the_day_after(site):
    period, front = opened(site), queries.fronts()[0].id
    for n, day in enumerate((date(2023, 6, 30), date(2023, 7, 1))):
        services.add_measure(services.Measure(front, f"当日列入{n}", "团县委", date(2023, 12, 31), listed_on=day))
    for n, due in enumerate((date(2023, 6, 29), date(2023, 6, 30))):
        services.add_measure(services.Measure(front, f"当日到期{n}", "团县委", due, listed_on=date(2023, 3, 1)))
    found = compute_figures(site.county, period, site.narrowed())
    assert (found.value("reform.measures"), found.value("reform.overdue")) == (2 + 1 + 2, 1 + 1)
    texts = [p.text for p in problems(value_of(site.county), PeriodValue(1, "2023H1", date(2023, 1, 1), date(2023, 6, 30), 0))]
    assert texts[0].startswith("改革措施逾期2项")


def test_sections(site):
    period = opened(site)
    site.enter("admin").post(
        "/reform/designations/new/", notice="关于确定试点地区的通知", issued_by="共青团中央办公厅", designated_on="2023-02-20", starts_on="2023-03-01", round="3",
    )  # fmt: skip
    _frame, composed = compose_now(period, site.county, site.narrowed())
    said = {c.section.key: "".join(getattr(p, "text", None) or "#" for s in c.builder.sentences for p in getattr(s, "parts", ())) for c in composed}
    assert said["reform.work"].startswith("对照#方面#改革措施清单") and "已销号#，销号率#。" in said["reform.work"]
    assert (
        said["reform.plan"].startswith("共青团中央办公厅下发《关于确定试点地区的通知》，确定试验县为改革试点地区。")
        and "对逾期的#措施" in said["reform.plan"]
    )


def test_panels_and_problems(site):
    county, period = value_of(site.county), PeriodValue(1, "2023H1", date(2023, 1, 1), date(2023, 6, 30), 0)
    (panel,) = panels(county, TODAY)
    assert panel.lines == ("2项措施已销号0项，销号率0.0%", "逾期1项，如“清理空心团支部”（柳河镇团委）") and panel.tone == "bad"
    assert [p.text for p in problems(county, period)] == ["改革措施逾期1项，如“清理空心团支部”", "还没有登记试点批复"]
    services.advance(site.pool, "start", WHO)
    services.advance(site.pool, "apply", WHO, files=[filing.sent_file("表.txt", b"1")])
    assert panels(county, TODAY)[1].todo


# files, demonstration, contract ------------------------------------------------------------------------------------------


def sheet(*records):
    titles = list(dict.fromkeys(t for r in records for t in r))
    return RawSheet([titles, *([r.get(t) for t in titles] for r in records)], None, "Sheet1", ("Sheet1",), "", (), "清单.xlsx")


@proves("R9")
def test_a_list_of_measures(site):
    row = {
        "方面": "领导保障",
        "序号": "1",
        "改革措施": "经费纳入预算",
        "责任单位": "县财政局",
        "完成时限": "2023-12-31",
        "目标": "30",
        "单位": "万元",
    }
    importer = IMPORTERS[0]
    done = run_import(importer, sheet(row, row | {"方面": "1", "改革措施": "建立人才库"}), {}, reason="已核对")
    assert (done.counts.added, done.counts.changed) == (1, 1)
    assert again(site.pool).title == "建立人才库"
    assert run_import(importer, sheet(row), {}, reason="已核对").counts.unchanged == 1
    undo(done.batch, importer, reason="导错了")
    assert again(site.pool).title == "建立后备人才库" and ReformMeasure.select().count() == 2
    found = judge_file(importer, sheet(row | {"方面": "第九"}, row | {"完成时限": "2023-13-01"}), {}, site.county.id)
    assert [(p.code, p.column) for p in found.rows[0].problems] == [("R9", "front")]


def test_the_readme_and_the_tests_name_the_same_checks():
    assert marked(Path(__file__).parent, "R") == documented(reform.HERE / "README.md", "R")


def test_the_demonstration(bare):
    span = PeriodValue(1, "2023H1", date(2023, 1, 1), date(2023, 6, 30), 0)
    fill(DemoTarget(value_of(bare.county), PeriodValue(0, "2022H2", date(2022, 7, 1), date(2022, 12, 31), 0), True, 1, True, lambda *a: None, "周敏"))
    assert not ReformMeasure.select().exists()
    fill(DemoTarget(value_of(bare.county), span, False, 20230703, True, lambda *a: None, "周敏"))
    sums = queries.tally(queries.cards(TODAY))
    assert sums.total == 30 and 5 <= sums.closed < 15 and sums.overdue and sums.by_status["not_started"]
    assert ReformPaper.select().count() >= sums.closed and all(queries.papers_of(c.measure) for c in queries.cards(TODAY, "closed"))
    for path in ("board/", "board/lagging/", "board/print/", "delegates/", "decisions/", "measures/", "talks/", "links/"):
        bare.enter("admin").get(f"/reform/{path}")


def test_it_keeps_the_contract(home):
    assert plugin_faults(reform) == []


def test_a_merged_township_hands_its_measures_over(site):
    services.advance(site.hollow, "start", WHO)
    merge(site.places["柳河镇"], site.places["双桥镇"], date(2023, 7, 3), "乡镇合并", site.narrowed())
    assert again(site.hollow).organization_id == site.places["双桥镇"]
