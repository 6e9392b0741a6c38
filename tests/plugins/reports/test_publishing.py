"""Publishing says what is open: a reason covers it and stays in the audit, but nothing false and nothing unproven passes."""

import json
import re
from io import BytesIO

import docx
import pytest
from docx.oxml.ns import qn
from editing_world import BOSS

from youthpilot.core.audit.models import AuditEntry
from youthpilot.core.periods import lock as periods
from youthpilot.plugins.reports.document import from_json
from youthpilot.plugins.reports.judging import SUPERLATIVES
from youthpilot.plugins.reports.models import PublishedDocument

TRUE_REASON = "志愿服务本期没有开展，已核对"
BLANK = re.compile(r"—，|共—|贷款—|(?<!\d)0[名人次家间]|未填|待核实")


def lock(desk):
    with desk.inside():
        periods.lock(desk.period(), desk.registry(), BOSS, "测")


def page(desk):
    return re.sub(r"<[^>]+>", " ", desk.get("/report/publish?period=2023H1").text.partition("<main")[2])


def publish(desk, reason=""):
    return desk.post("/report/publish", period="2023H1", reason=reason)


def state(desk):
    with desk.inside():
        return desk.period().state


def word_text(desk):
    data = desk.post("/report/word", period="2023H1").data
    paragraphs = docx.Document(BytesIO(data)).paragraphs  # figures stand in content controls, which `text` leaves out
    return "\n".join("".join(t.text or "" for t in p._p.iter(qn("w:t"))) for p in paragraphs)


def test_what_is_open_is_listed_with_its_place_and_needs_a_reason(desk):
    assert "处没有了结" in desk.get("/periods/show?period=2023H1").text  # before the lock
    lock(desk)
    shown = page(desk)
    for words in ("新录入新农菁英未填", "位置：（二）一是助力乡村振兴", "2个单位中0个已报", "志愿服务活动未录入", "为什么可以发布"):
        assert words in shown, words
    answer = publish(desk)
    assert answer.status_code == 422 and "请写明为什么可以发布" in answer.text and state(desk) == "locked"
    assert publish(desk, TRUE_REASON).status_code == 302 and state(desk) == "published"
    entry = AuditEntry.select().where(AuditEntry.act == "period.publish").get()
    after = entry.after if isinstance(entry.after, dict) else json.loads(entry.after)
    assert entry.reason == TRUE_REASON and after["open_points"] >= 5 and len(after["digest"]) == 64


def test_the_final_paper_leaves_out_what_is_open(desk):
    draft = desk.said()
    assert "二是持续开展志愿服务。" in draft and "合计发放贷款" in draft
    lock(desk)
    publish(desk, TRUE_REASON)
    final, word = desk.said(), word_text(desk)
    for text in (final, word):
        assert not BLANK.search(text), BLANK.search(text)
        assert "持续开展志愿服务" not in text and "合计发放贷款" not in text  # nothing stands behind them
        assert "助力乡村振兴。" in text and "一是助力" not in text  # the numbers follow
        assert "深挖培塑创业典型，涌现出沈祥容、张其领等5名优秀农村青年。" in text and "，，" not in text and "。。" not in text
    with desk.inside():
        stored = from_json(PublishedDocument.get().document)
    assert any("新录入新农菁英未填" in gap.text for gap in stored.gaps)  # still listed in what is kept


def test_a_superlative_passes_with_a_proof_only(desk):
    desk.edit("study", desk.given("study") + "此项工作全省率先完成{study.participations}。")
    lock(desk)
    assert "1处不放行" in page(desk)
    assert publish(desk, TRUE_REASON).status_code == 422 and state(desk) == "locked"
    desk.run("period", "publish", "--county", "test", "--reason", TRUE_REASON, "2023H1", code=1)
    desk.edit("study", desk.given("study"), proof="团省委通报2023年第6期")
    assert "不放行" not in page(desk)
    assert publish(desk, TRUE_REASON).status_code == 302 and "率先" in desk.said()


def test_a_false_claim_does_not_pass_whatever_the_reason(desk):
    desk.edit("core.base", "平均年龄实现“{cadres.mean_age_both_down|words}”。")
    with desk.inside():
        from youthpilot.core.cadres.models import Election

        Election.update(before_age_sum=20).execute()
    lock(desk)
    assert "不放行" in page(desk) and publish(desk, TRUE_REASON).status_code == 422
    desk.edit("core.base", "")
    assert publish(desk, TRUE_REASON).status_code == 302 and "双下降" not in desk.said()


def test_the_command_line_says_and_asks_the_same(desk):
    assert "处没有了结" in desk.run("period", "close", "--county", "test", "--reason", "测", "2023H1")
    said = desk.run("period", "publish", "--county", "test", "2023H1", code=1)
    assert "新录入新农菁英未填（（二）" in said and state(desk) == "locked"
    desk.run("period", "publish", "--county", "test", "--reason", TRUE_REASON, "2023H1")
    assert state(desk) == "published"


@pytest.mark.parametrize("words", ["居全市第一", "位居全县学习榜第一", "首家", "全省首例"])
def test_a_superlative_is_one_whatever_its_words(words):
    assert SUPERLATIVES.search(f"此项工作{words}。") and not SUPERLATIVES.search("选派全县第一书记与第一团支部结对，第一时间办结。")
