"""Charts of panels: places and words from values; a gap is never 0; a chart that cannot be is refused."""

import re
from decimal import Decimal
from types import SimpleNamespace

import pytest
from flask import render_template_string

from youthpilot.admin.charts import drawn, number
from youthpilot.core import PanelChart
from youthpilot.core.app import create_app

D = Decimal


@pytest.fixture
def draw(db, registry):
    """Chart → its HTML."""
    app = create_app(registry)

    def to_html(chart: PanelChart) -> str:
        with app.test_request_context("/"):
            return render_template_string("{% import 'yp/charts.html' as c with context %}{{ c.chart(d) }}", d=drawn(chart))

    return to_html


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_bars_are_shares_of_the_largest_and_a_gap_has_none():
    found = drawn(PanelChart("逐月", "bars", (("1月", D(25)), ("2月", None), ("3月", D(0)), ("4月", D(100))), "名"))
    assert [(b.text, b.share) for b in found.bars] == [("25", D(25)), ("—", None), ("0", D(0)), ("100", D(100))]
    assert found.words == "逐月：1月 25名，2月 —，3月 0名，4月 100名"


def test_a_target_above_every_value_is_inside_the_drawing():
    found = drawn(PanelChart("率", "bars", (("1月", D(40)),), "%", target=D(80)))
    assert (found.bars[0].share, found.mark) == (D(50), D(100))


def test_progress_adds_up_what_is_known(draw):
    chart = PanelChart("发放", "progress", (("1月", D(132)), ("2月", None), ("3月", D(500))), "万元", D(1000))
    assert (drawn(chart).total, drawn(chart).done) == ("合计632万元，占目标1,000万元的63.2%", D("63.2"))
    assert "合计632万元，占目标1,000万元的63.2%" in text_of(draw(chart))
    unknown = drawn(PanelChart("发放", "progress", (("1月", None),), "万元", D(1000)))
    assert (unknown.total, unknown.done) == ("—", None)


def test_a_gap_leaves_a_hole_in_a_line():
    values = (D(10), D(20), None, D(20), D(5))
    found = drawn(PanelChart("参学", "line", tuple((f"第{i}期", v) for i, v in enumerate(values, 1)), "人次"))
    assert len(found.dots) == 4 and len(found.steps) == 2
    assert found.dots[0].x == D(1) and found.dots[-1].x == D(99)
    assert found.notes == ("最近 第5期 5人次", "最高 第2期 20人次")


def test_a_line_without_values_or_only_zeros_is_drawn(draw):
    assert drawn(PanelChart("参学", "line")).notes == ("还没有数据",)
    assert "0" in text_of(draw(PanelChart("参学", "line", (("第1期", D(0)),), "人次")))


def test_a_stack_has_its_numbers_inside_and_its_sums_in_the_key(draw):
    rows = (("干部", (D(4), D(0), D(4))), ("组织", (D(1), None, D(3))))
    chart = PanelChart("进展", "stack", unit="项", parts=("销号", "退回", "未启动"), rows=rows)
    found = drawn(chart)
    assert [[(p.part, p.left, p.width) for p in s.pieces] for s in found.stacks] == [
        [(0, D(0), D(50)), (2, D(50), D(50))],
        [(0, D(0), D("12.5")), (2, D("12.5"), D("37.5"))],
    ]
    assert [s.text for s in found.stacks] == ["8", "4"] and found.parts == (("销号", "5"), ("退回", "0"), ("未启动", "7"))
    assert "退回 0" in text_of(draw(chart)) and "退回 —" in draw(chart)


def test_drawings_carry_no_style_and_no_script(draw):
    points = tuple((f"{m}月", D(m)) for m in range(1, 9))
    for chart in (PanelChart("甲", k, points, "名", D(9)) for k in ("bars", "line", "progress")):
        html = draw(chart)
        assert "style" not in html and "<script" not in html and "8月" in text_of(html)


def test_names_are_text_not_markup(draw):
    html = draw(PanelChart("<b>甲", "bars", (("<i>乙", D(1)),), '"'))
    assert "<i>乙" not in html and "&lt;i&gt;乙" in html


@pytest.mark.parametrize("wrong", [{"parts": ("甲",)}, {"kind": "stack"}, {"kind": "stack", "parts": ("甲", "乙"), "rows": (("丙", (D(1),)),)}])
def test_what_does_not_fit_is_refused(wrong):
    with pytest.raises(ValueError):
        PanelChart("图", **wrong)


def test_numbers_have_at_most_two_decimals():
    assert [number(v) for v in (None, D("1164.500"), D("0.005"), D("-3"))] == ["—", "1,164.5", "0.01", "-3"]


def test_many_points_of_a_line_have_one_mark():
    marks = SimpleNamespace(few=drawn(PanelChart("a", "line", tuple((str(i), D(i)) for i in range(26)))))
    assert marks.few.numbers_fit and not drawn(PanelChart("a", "line", tuple((str(i), D(i)) for i in range(60)))).numbers_fit
