"""The board's counts, filters, bulk and export; opening, locking, publishing, reopening, totals and any stretch of days, by HTTP."""

import re
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from periods_pages_world import ACTS, chinese_only, text_of

from youthpilot.core.counties.services import county_registry
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.periods.lock import verify_chain
from youthpilot.core.periods.models import Obligation, Submission
from youthpilot.core.periods.queries import completeness, missing_count
from youthpilot.core.web.current import state
from youthpilot.plugins.figures.queries import figures_of


def figures(world, code):
    with world.app.app_context():
        registry = county_registry(state(world.app)["registry"], world.county)
    return figures_of(world.county, world.period(code), registry)


def fill_all(world):
    """Everybody submits, the county accepts what carries no remark."""
    zhou, he = world.enter("zhou"), world.enter("he")
    for place in ("柳河镇", "河湾村", "小街村", "双桥镇", "东王村", "第一小学"):
        assert zhou.submit(place, v_acts="2", b_classes="none", t_source="电话").status_code == 303, place
    he.post("/board/bulk", rowid=[world.submission(p).id for p in ("柳河镇", "河湾村", "小街村", "双桥镇", "东王村", "第一小学")], act="accept")
    return zhou


def test_the_shell_of_a_page_asks_little_and_follows_what_is_submitted(world, monkeypatch):
    han, zhou, sent = world.enter("han"), world.enter("zhou"), []
    real = database.obj.execute_sql
    monkeypatch.setattr(database.obj, "execute_sql", lambda sql, params=None: (sent.append(sql), real(sql, params))[1])

    def asked(person):
        sent.clear()
        person.get("/account/")
        return sum("core_obligation" in sql or "core_period" in sql for sql in sent)

    assert 1 <= asked(zhou) <= 5 and asked(zhou) == 0
    han.submit("柳河镇", v_acts="1", b_classes="unknown")
    assert 1 <= asked(zhou) <= 5 and asked(zhou) == 0
    with scoped(county_scope(world.county)):
        period = world.period("2023H1")
        done = completeness(period)
        assert missing_count(period) == done.missing == 5
        assert f">{done.missing}<" in "".join(zhou.get("/account/").text.split())
        Submission.update(state="returned").execute()
        assert missing_count(period) == completeness(period).missing == 6
        Obligation.update(waived=True).where(Obligation.organization == done.lines[0].organization_id).execute()
        assert missing_count(period) == completeness(period).missing == 5


def test_counts_filters_and_scope(world):
    han, zhou = world.enter("han"), world.enter("zhou")
    han.submit("柳河镇", v_acts="1", b_classes="unknown")
    page = zhou.get("/board/").text
    assert "应报 6" in text_of(page) and "未报 5" in text_of(page) and "小学（1所）" in text_of(page)
    chinese_only(page)
    page = text_of(zhou.get("/board/?state=missing&kind=town").text)
    assert "河湾村" in page and "东王村" in page
    assert "没有符合条件的单位" in zhou.get("/board/?state=accepted").text
    own = text_of(han.get("/board/").text)
    assert "应报 3" in own and "双桥镇" not in own and "小学" not in own and "锁定报告期" not in own
    assert "双桥镇" in zhou.get("/board/").text.split('id="reminders"')[1] and 'disabled aria-describedby="why"' in zhou.get("/board/").text


def test_export_is_what_is_shown(world):
    world.enter("han").submit("柳河镇", v_acts="1", b_classes="unknown")
    zhou = world.enter("zhou")
    rows = list(openpyxl.load_workbook(BytesIO(zhou.get("/board/export?state=missing&kind=town").data)).active.values)
    assert {r[1] for r in rows[3:]} == {
        "双桥镇",
        "东王村",
        "河湾村",
        "小街村",
    }
    assert "未报" in rows[1][0] and {r[2] for r in rows[3:]} == {"未开始"}
    rows = list(openpyxl.load_workbook(BytesIO(world.enter("han").get("/board/export").data)).active.values)
    assert {r[1] for r in rows[3:]} == {"柳河镇", "河湾村", "小街村"}


def test_bulk_return_asks_for_the_reason_first(world):
    world.enter("han").submit("柳河镇", v_acts="1", b_classes="unknown")
    zhou, sent = world.enter("zhou"), world.submission("柳河镇")
    page = zhou.post("/board/bulk", rowid=[sent.id], act="return")
    assert page.status_code == 200 and "要改什么" in page.text and world.submission("柳河镇").state == "submitted"
    assert zhou.post("/board/bulk", rowid=[sent.id], act="return", reason="  ").status_code == 200
    zhou.post("/board/bulk", rowid=[sent.id], act="return", reason="次数不对", url="https://evil.example/")
    assert world.submission("柳河镇").returned_reason == "次数不对"
    assert "还没有选" in (zhou.post("/board/bulk", act="accept") and zhou.told())
    assert world.enter("han").post("/board/bulk", rowid=[sent.id], act="accept").status_code == 403


@pytest.mark.parametrize("act", ["", "agree", ["accept", "return"]])
def test_an_unknown_act_neither_accepts_nor_lets_off(world, act):
    world.enter("han").submit("柳河镇", v_acts="1", b_classes="unknown")
    zhou, sent = world.enter("zhou"), world.submission("柳河镇")
    assert zhou.post("/board/bulk", rowid=[sent.id], act=act).status_code == 422 and world.submission("柳河镇").state == "submitted"
    village = world.places["河湾村"]
    asked = {"period": "2023H1", "organization": village, "reason": "撤并", "act": act}
    assert zhou.post("/periods/owing?period=2023H1", **asked).status_code == 422


def test_lock_is_refused_without_a_reason_then_published_and_reopened(world):
    zhou, han = world.enter("zhou"), world.enter("han")
    assert zhou.post("/periods/lock", period="2023H1").status_code == 422
    answer = zhou.post("/periods/lock", period="2023H1", sure="1")
    assert answer.status_code == 422 and "6个单位未报" in text_of(answer.text) and world.period().state == "open"
    assert re.search(r'name="sure" value="1" required checked', answer.text)  # what was ticked stays so
    assert "required checked" not in zhou.post("/periods/lock", period="2023H1", reason="团市委7月5日要总结").text
    assert han.post("/periods/lock", period="2023H1", sure="1", reason="x").status_code == 403
    assert zhou.post("/periods/lock", period="2023H1", sure="1", reason="团市委7月5日要总结").status_code == 302
    assert (world.period().state, world.period().revision) == ("locked", 1)
    assert han.post("/fill/save", {"organization": world.places["柳河镇"], "period": "2023H1", "k": ACTS, f"v:{ACTS}": "5"}).status_code == 302
    assert world.entry("柳河镇", ACTS) is None
    assert zhou.post("/report/publish", period="2023H1").status_code == 422 and world.period().state == "locked"
    zhou.post("/report/publish", period="2023H1", reason="团市委7月5日要总结")
    assert world.period().state == "published"
    assert zhou.post("/report/publish", period="2023H1", reason="再发一次").status_code == 200
    zhou.post("/periods/reopen", period="2023H1", reason="")
    assert world.period().state == "published"
    zhou.post("/periods/reopen", period="2023H1", reason="柳河镇补报")
    assert world.period().state == "open" and "柳河镇补报" in zhou.get("/periods/show?period=2023H1").text
    zhou.post("/periods/lock", period="2023H1", sure="1", reason="补报后再锁定")
    assert world.period().revision == 2 and verify_chain(county_registry(state(world.app)["registry"], world.county)) == []
    page = zhou.post("/periods/verify").text
    assert "全部对得上" in page and "第 1 版" in zhou.get("/periods/show?period=2023H1").text
    chinese_only(page)


def test_organizations_below_leave_the_unit_itself_out(world):
    for place, count in (("柳河镇", 2), ("河湾村", 0), ("", 6)):
        page = text_of(world.enter("zhou").get(f"/organizations/?id={world.places[place]}").text)
        assert re.search(rf"下级组织\s*在册 {count} 个", page), page


def test_lock_without_a_reason_once_everybody_is_in(world):
    zhou = fill_all(world)
    assert "锁定报告期" in zhou.get("/board/").text and "disabled aria-describedby" not in zhou.get("/board/").text
    zhou.post("/periods/lock", period="2023H1", sure="1")
    assert world.period().state == "locked"
    assert figures(world, "2023H1").value(ACTS) == Decimal(12)


def test_open_shows_who_will_owe(world):
    zhou = world.enter("zhou")
    page = zhou.get("/periods/open").text
    assert "2023年下半年" in page and "哪些单位应报" in page
    chinese_only(page)
    assert "早于" in zhou.post("/periods/open", code="2023H2", due_on="2023-06-01").text
    assert zhou.post("/periods/open", code="2023H2", due_on="2023-12-31").status_code == 302
    with world.inside():
        assert completeness(world.period("2023H2")).due == 6
    assert (
        zhou.post("/periods/open", code="2023H2", due_on="2023-12-31").status_code == 200
        and len([p for p in world.periods() if p.code == "2023H2"]) == 1
    )
    assert world.enter("han").get("/periods/open").status_code == 403


@pytest.mark.parametrize(
    ("today", "due", "why"),
    [
        ("2023-12-30", "2023-12-31", "2023年下半年的最后一天"),
        ("2024-01-03", "2024-01-10", "已于2023-12-31结束"),
        ("2024-01-06", "2024-01-15", "已于2023-12-31结束"),
    ],
)
def test_the_due_day_proposed_is_never_over(world, monkeypatch, today, due, why):
    monkeypatch.setenv("YOUTHPILOT_TODAY", today)
    page = world.enter("zhou").get("/periods/open").text
    assert 'value="2023H2"' in page and f'value="{due}"' in page and why in text_of(page) and "迟报" in text_of(page)


def test_due_date_and_decisions_need_a_reason(world):
    zhou = world.enter("zhou")
    assert zhou.post("/periods/due", period="2023H1", due_on="2023-07-05", reason="").status_code == 422
    zhou.post("/periods/due", period="2023H1", due_on="2023-07-05", reason="暴雨停工两天")
    assert str(world.period().due_on) == "2023-07-05"
    world.enter("han").submit("柳河镇", v_acts="1", b_classes="unknown")
    assert world.submission("柳河镇").late is False
    zhou.post("/periods/owing", period="2023H1", organization=world.places["小街村"], act="waive", reason="")
    with world.inside():
        assert completeness(world.period()).due == 6
    zhou.post("/periods/owing", period="2023H1", organization=world.places["小街村"], act="waive", reason="并入河湾村")
    with world.inside():
        assert completeness(world.period()).due == 5
    page = zhou.get("/periods/owing?period=2023H1").text
    assert "并入河湾村" in page
    chinese_only(page)
    assert zhou.post("/periods/owing", period="2023H1", organization=999999, act="add", reason="没有的单位").status_code == 404


def test_earlier_half_years_as_totals(world):
    zhou = world.enter("zhou")
    page = zhou.get("/periods/").text
    assert "2022年上半年" in page and "2022年下半年" in page
    chinese_only(page)
    assert zhou.post("/periods/earlier", code="2022H1").status_code == 302
    page = zhou.get("/periods/totals?period=2022H1").text
    chinese_only(page)
    rate = "cadres.township_secretary_mean_age"
    fields = {"period": "2022H1", "k": [ACTS, rate], f"v:{ACTS}": "1,234", f"n:{rate}": "312", f"d:{rate}": "11"}
    assert zhou.post("/periods/totals", fields).status_code == 422 and world.entry("", ACTS, "2022H1") is None
    wrong = zhou.post("/periods/totals", {**fields, f"d:{rate}": "", "source": "总结.docx"})
    assert wrong.status_code == 422 and world.entry("", ACTS, "2022H1") is None and "1,234" in wrong.text
    assert zhou.post("/periods/totals", {**fields, "source": "总结.docx", "then": "lock"}).status_code == 302
    assert world.period("2022H1").state == "locked"
    found = figures(world, "2022H1")
    assert found.value(ACTS) == Decimal(1234) and found.value(rate) == Decimal("28.4")
    assert world.entry("", ACTS, "2022H1").source_file == "总结.docx"
    assert zhou.post("/periods/totals", {**fields, f"v:{ACTS}": "9", "source": "另一份"}).status_code == 409
    assert zhou.post("/periods/earlier", code="2024H1").status_code == 302 and "已经结束" in zhou.told()


def test_an_untouched_total_keeps_its_source(world):
    zhou = world.enter("zhou")
    zhou.post("/periods/totals", {"period": "2023H1", "k": [ACTS], f"v:{ACTS}": "5", "source": "甲.docx"})
    classes = "ledger.classes"
    zhou.post("/periods/totals", {"period": "2023H1", "k": [ACTS, classes], f"v:{ACTS}": "5", f"v:{classes}": "2", "source": "乙.docx"})
    assert world.entry("", ACTS).source_file == "甲.docx" and world.entry("", classes).source_file == "乙.docx"
    zhou.post("/periods/totals", {"period": "2023H1", "k": [ACTS], f"v:{ACTS}": "", "source": "乙.docx"})
    assert world.entry("", ACTS) is None


def test_any_stretch_of_days(world):
    han, zhou = world.enter("han"), world.enter("zhou")
    page = zhou.get("/periods/span").text
    assert "截至" in page and "45名" in text_of(page)
    chinese_only(page)
    assert "20名" in text_of(han.get("/periods/span").text) and "45名" not in han.get("/periods/span").text
    assert "要在" in zhou.get("/periods/span?first=2023-05-01&last=2023-04-01").text
    page = zhou.get("/periods/span?first=2023-05-01&last=nonsense").text
    assert "yp-msg-bad" in page
    chinese_only(page.replace("nonsense", ""))


@pytest.mark.parametrize(
    "path", ["/board/bulk", "/periods/lock", "/report/publish", "/periods/reopen", "/periods/due", "/periods/verify", "/fill/accept", "/fill/return"]
)
def test_every_post_needs_its_token(world, path):
    zhou = world.enter("zhou")
    assert zhou.client.post("/c/test" + path, data={"period": "2023H1", "reason": "x", "sure": "1"}).status_code == 400
    assert world.period().state == "open"


def test_unknown_periods_answer_404(world):
    zhou = world.enter("zhou")
    for path in ("/board/?period=1999H1", "/periods/show?period=nonsense", "/fill/?period=1999H1&organization=2", "/periods/totals?period="):
        assert zhou.get(path).status_code == 404, path
