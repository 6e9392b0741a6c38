"""The document model: stored and read back without loss, numbered and fixed by prepare."""

import dataclasses
import json
from decimal import Decimal

import pytest

from youthpilot.plugins.reports.document import FigureRef, Gap, figure_digest, figure_id, figure_text, from_json, prepare, to_json
from youthpilot.plugins.reports.html import render_page
from youthpilot.plugins.reports.jsondoc import render_json
from youthpilot.plugins.reports.markdown import render_markdown


def test_figure_id_fits_a_word_tag():
    first = figure_id("320924", "2023H1", "ROOT", "study.participations")
    assert len(first) == 16 and first == figure_id("320924", "2023H1", "ROOT", "study.participations")
    assert figure_id("320924", "2023H1", "ROOT", "study.participations", 2) == first + "-r2"
    assert first != figure_id("320924", "2023H2", "ROOT", "study.participations")


def test_stored_and_read_back(report, printed_at):
    report = dataclasses.replace(report, printed_at=printed_at, revision=1)
    stored = to_json(report)
    assert from_json(stored) == report
    assert to_json(from_json(stored)) == stored
    assert '"value":"572000"' in stored, "decimals are text"


def test_equal_documents_give_equal_bytes(report):
    age = next(figure for figure in report.figures.values() if figure.unit == "岁")
    figures = {**report.figures, age.id: dataclasses.replace(age, value=Decimal("28.30"))}
    again = dataclasses.replace(report, figures=dict(reversed(figures.items())))
    assert again == report and to_json(again) == to_json(report)


@pytest.mark.parametrize("text", ['{"schema":99,"document":{}}', "[]", "7"])
def test_other_json_is_refused(text):
    with pytest.raises(ValueError, match="schema"):
        from_json(text)


def test_prepare_numbers_gaps_collects_claims_and_keeps_loose_gaps(report):
    loose = dataclasses.replace(report, gaps=(*report.gaps, Gap(0, "缺上届基数")))
    ready = prepare(loose)
    assert [(gap.number, gap.text) for gap in ready.gaps] == [(1, "柳河镇<未报>"), (2, "缺上届基数")]
    assert [claim.text for claim in ready.claims] == ["双下降"]
    assert prepare(ready) == ready
    assert {report.figures[identity].key for identity in report.annex} == {figure.key for figure in report.figures.values()}
    assert report.figures[report.annex[0]].key == "study.participations", "in order of mention"


def test_a_fixed_wording_survives_another_value(report):
    study = report.figures[report.annex[0]]
    changed = dataclasses.replace(report, figures={**report.figures, study.id: dataclasses.replace(study, value=Decimal(1))})
    assert "57.2万人次" in render_page(changed)


def test_refused_wording_falls_back_to_the_plain_number(report):
    rooms = next(figure for figure in report.figures.values() if figure.unit == "间")
    five = dataclasses.replace(report, figures={rooms.id: dataclasses.replace(rooms, value=Decimal(5))})
    assert figure_text(five, FigureRef(rooms.id, "about_over")) == "5间"
    assert figure_text(five, FigureRef(rooms.id, "about_over", keep=True)) == "5余间"
    assert figure_text(five, FigureRef("unknown")) == "—"


def test_digest_covers_the_value_and_not_itself(report):
    study = report.figures[report.annex[0]]
    assert figure_digest(study) == figure_digest(dataclasses.replace(study, digest="other"))
    assert figure_digest(study) != figure_digest(dataclasses.replace(study, value=Decimal(572001)))


def test_json_and_markdown_say_what_the_page_says(report):
    told = json.loads(render_json(report))
    line = told["text"][2]["lines"][0]
    assert line.startswith(
        "一是抓实引领。参学57.2万人次（315个单位中313个有数），涌现出沈祥容、张其领等45名优秀农村青年。平均年龄28.3岁，实现“双下降”；建成60余间小屋"
    )
    assert "【待核实1：柳河镇<未报>】" in line
    assert told["annex"][0]["数值"] == "572000人次" and told["annex"][0]["统计范围"] == "示范县（313/315个单位）"
    assert {"28.3岁（425/15）", "—"} <= {row["数值"] for row in told["annex"]}
    text = render_markdown(report)
    assert "| 全县 | 572000 |" in text and "## 一、上半年工作情况" in text and "柳河镇\\<未报\\>" in text
    final = render_markdown(dataclasses.replace(report, state="final"))
    assert "待核实" not in final and "宣讲—场次" in final
