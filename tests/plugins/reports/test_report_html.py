"""The paper sheet: links, gaps and claims in their classes, nothing unescaped, no script and no inline style."""

import dataclasses
import re
from decimal import Decimal

import pytest
from markupsafe import Markup

from youthpilot.plugins.reports.html import render_html, render_page
from youthpilot.plugins.reports.htmlchart import axis_top


def test_figures_gaps_and_claims(report):
    sheet = render_html(report, lambda identity: f"/c/320924/figures/{identity}?a=1&b=2")
    study = report.annex[0]
    assert isinstance(sheet, Markup)
    assert f'<a class="yp-f" href="/c/320924/figures/{study}?a=1&amp;b=2" data-figure="{study}" title="参学人次">57.2万人次</a>' in sheet
    assert '<a class="yp-gap" href="#g1">【待核实1：柳河镇&lt;未报&gt;】</a>' in sheet
    assert '<a class="yp-claim" href="#claims" title="28.3 &lt; 上届 29.6">双下降</a>' in sheet
    assert '<p class="yp-doc-mark">征求意见稿</p>' in sheet and "<b>一是抓实引领。</b>" in sheet
    assert "沈祥容、张其领等<a" in sheet and "<h2" in sheet and "<h3" in sheet
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", sheet)


def test_final_shows_no_gap(report):
    sheet = render_html(dataclasses.replace(report, state="final"), lambda identity: "#")
    assert "待核实" not in sheet and "yp-doc-mark" not in sheet and "宣讲—场次" in sheet


def test_every_inner_link_of_a_saved_page_leads_somewhere(report):
    page = render_page(report)
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets and targets <= set(re.findall(r'id="([^"]+)"', page))
    assert page.startswith("<!DOCTYPE html>") and "<script" not in page


@pytest.mark.parametrize(("largest", "top"), [("0", "1"), ("18", "20"), ("97000", "100000"), ("100", "100"), ("41", "50"), ("0.3", "0.4")])
def test_axis(largest, top):
    assert axis_top(Decimal(largest)) == Decimal(top)
