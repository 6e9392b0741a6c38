"""A month, a quarter and a year through the pages: chosen, opened, filled in, locked, compared, their reports in Word."""

import re
from datetime import date
from io import BytesIO

import pytest
from docx import Document
from periods_pages_world import ACTS, chinese_only, sending, text_of

from youthpilot.core.periods.queries import completeness
from youthpilot.plugins.ledger.services import Wording, add_sentence


def chosen(page):
    return re.findall(r'<option value="([^"]+)"', page)


def test_the_page_of_opening_offers_every_kind(world):
    zhou = world.enter("zhou")
    page = zhou.get("/periods/open").text
    chinese_only(page)
    codes = chosen(page)
    assert re.findall(r'<optgroup label="([^"]+)"', page) == ["月", "季度", "半年", "全年"]
    assert codes[:3] == ["2023M08", "2023M07", "2023M06"] and {"2023Q2", "2023Q4", "2023H2", "2022H2", "2023Y", "2024Y"} <= set(codes)
    assert "2023H1" not in codes and "开启2023年下半年" in page and 'name="code" type="hidden" value="2023H2"' in page
    quarter = zhou.get("/periods/open?code=2023Q2").text  # without a script: the button beside the list
    assert 'value="2023Q2" selected' in quarter and 'name="code" type="hidden" value="2023Q2"' in quarter and 'value="2023-07-10"' in quarter
    assert "2023年第二季度在2023-06-30已经结束" in text_of(quarter) or "2023-06-30" in text_of(quarter)
    assert 'type="hidden" value="2023H2"' in zhou.get("/periods/open?code=2023H1").text  # open already: the suggestion instead


def test_a_wrong_code_is_said_in_words(world):
    zhou = world.enter("zhou")
    answer = zhou.post("/periods/open", code="2023Q9", due_on="2023-07-10")
    assert answer.status_code == 200 and "“2023Q9”不是报告期" in text_of(answer.text) and len(world.periods()) == 1
    assert "已经打开" in text_of(zhou.post("/periods/open", code="2023H1", due_on="2023-07-10").text)


def filled(world, code, acts):
    """柳河镇 sends its form of a period."""
    han = world.enter("han")
    page = han.get(f"/fill/?period={code}").text
    fields = {"organization": world.places["柳河镇"], "period": code, "version": "0", "k": re.findall(r'name="k" value="([^"]+)"', page)}
    answers = {f"v:{ACTS}": acts, "b:ledger.classes": "unknown", "t:practice": "柳河镇团委依托镇文化广场青年之家组织集中学习。" * 8}
    explained = {f"e:{ACTS}": "今年开展主题教育，各村都组织了活动，记录已存档。"}
    shown = han.client.get(han.post("/fill/submit", {**fields, **answers, **explained}).location).text
    assert han.post("/fill/send", sending(shown)).status_code == 303
    return page


@pytest.mark.parametrize(
    ("before", "code", "title", "heading", "plan", "said", "compared"),
    [
        ("2023M05", "2023M06", "2023年6月", "一、6月份工作情况", "二、7月份工作计划", "6月份，团县委按照", "比上月增长25%"),
        ("2023Q1", "2023Q2", "2023年第二季度", "一、第二季度工作情况", "二、第三季度工作计划", "第二季度，团县委按照", "比上季度增长25%"),
        ("2022Y", "2023Y", "2023年度", "一、全年工作情况", "二、2024年工作计划", "今年以来，团县委按照", "比去年增长25%"),
    ],
)
def test_opened_filled_locked_compared_printed(world, before, code, title, heading, plan, said, compared):
    zhou = world.enter("zhou")
    for each, acts in ((before, "20"), (code, "25")):
        assert zhou.post("/periods/open", code=each, due_on="2024-01-10").location.endswith(f"/periods/show?period={each}")
        page = filled(world, each, acts)
        if each == before:
            assert zhou.post("/periods/lock", period=each, sure="1", reason="只报一个镇").status_code == 302
    assert "20" in text_of(page)  # the one before, beside the field
    with world.inside():
        assert completeness(world.period(code)).reported == 1
    for address in (
        "/",
        f"/board/?period={code}",
        f"/periods/show?period={code}",
        f"/report/?period={code}",
        f"/report/?period={code}&figure={ACTS}",
    ):
        page = zhou.get(address).text
        chinese_only(page)
    assert "上一期" in text_of(page) or "20次" in text_of(page)
    with world.inside():
        add_sentence(Wording("plan", "抓实团日", "比去年多开展，{ledger.acts|change_previous}。"), date(2022, 1, 1), {ACTS}, "周敏")
    answer = zhou.post("/report/word", period=code)
    assert answer.status_code == 200
    words = "\n".join(p.text for p in Document(BytesIO(answer.data)).paragraphs)
    assert f"{title}工作总结" in words and heading in words and said in words and plan in words and compared in words
    assert zhou.post("/periods/lock", period=code, sure="1", reason="只报一个镇").status_code == 302
    assert world.period(code).state == "locked" and zhou.post("/report/word", period=code).status_code == 200


def test_what_else_is_open_stands_on_the_home(world):
    zhou, han = world.enter("zhou"), world.enter("han")
    zhou.post("/periods/open", code="2023Y", due_on="2024-01-10")
    page = zhou.get("/").text
    assert "试验县 · 2023年上半年" in text_of(page) and "同时在报：2023年度，2024年1月10日截止" in text_of(page) and "/board/?period=2023Y" in page
    page = han.get("/").text
    assert "同时在报：2023年度" in text_of(page) and "/fill/?period=2023Y" in page
    zhou.post("/periods/open", code="2023M06", due_on="2023-06-30")
    zhou.post("/periods/lock", period="2023M06", sure="1", reason="试行")
    page = zhou.get("/periods/show?period=2023H1").text
    assert "2023年6月已经锁定" in text_of(page)
    chinese_only(page)
