"""Titles, identities, rates and ranks: pure rules."""

from datetime import date
from decimal import Decimal

import pytest

from youthpilot.plugins.study import rules
from youthpilot.plugins.study.rules import IssueName


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023年第19期青年大学习参学情况", IssueName(2023, 19, kind="study")),
        ("2023年主题云团课第3期", IssueName(2023, 3, kind="class")),
        ("第19期.xlsx", IssueName(None, 19)),
        ("2022年特辑", IssueName(2022, 1, True)),
        ("2023年特辑2", IssueName(2023, 2, True)),
        ("青年大学习第十二季第3期", IssueName(None, 3, season=12, kind="study")),
        ("第二十一期", IssueName(None, 21)),
        ("季1期1", IssueName(None, 1)),
        ("学习名单.csv", None),
    ],
)
def test_issue_named_in_a_text(text, expected):
    assert rules.read_issue(text) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("20230101王芳", ("20230101", "王芳")),
        ("王芳 20230101", ("20230101", "王芳")),
        ("20230101", ("20230101", "")),
        ("王 芳。", ("", "王芳")),
        ("（王芳）", ("", "王芳")),
        ("阿依努尔·买买提", ("", "阿依努尔·买买提")),
        ("", ("", "")),
    ],
)
def test_identity_cell(cell, expected):
    assert rules.split_identity(cell) == expected


def test_the_provinces_printed_rates():
    """28 152 members: 195 087 over 11 issues is 62.998 %, which the province cut to 62.9; 167 848 over 9 is 66.247 %."""
    eleven = rules.rate(195_087, 28_152 * 11)
    nine = rules.rate(167_848, 28_152 * 9)
    assert (rules.percent(eleven), rules.percent(eleven, "truncate")) == (Decimal("63.0"), Decimal("62.9"))
    assert rules.percent(nine) == Decimal("66.2")
    assert rules.percent(eleven, decimals=3) == Decimal("62.998")


def test_means_differ_and_say_so():
    cells = [(10, 10), (10, 40)]
    assert rules.mean_rate(cells) == Decimal("0.4")
    assert rules.mean_rate(cells, "simple") == Decimal("0.625")
    assert rules.mean_rate([(3, 0)]) is None


def test_rates_above_the_whole_are_shown_and_flagged():
    low = Decimal(70)
    assert rules.percent(rules.rate(12, 10)) == Decimal("120.0")
    assert [rules.flag(rules.rate(n, 10), low) for n in (12, 10, 7, 6)] == ["over", "", "", "low"]
    assert rules.flag(rules.rate(5, 0), low) == "none"
    assert rules.rate(None, 10) is None


def test_ties_go_to_the_better_lowest_issue():
    d = Decimal
    even = rules.rank_key(d("0.8"), [d("0.8"), d("0.8")])
    uneven = rules.rank_key(d("0.8"), [d("0.6"), d("1")])
    nothing = rules.rank_key(None, [])
    assert sorted([nothing, uneven, even]) == [even, uneven, nothing]
    assert rules.ranks([even, even, uneven, nothing]) == [1, 1, 3, 4]


def test_weekly_schedule():
    found = rules.weekly(date(2022, 12, 26), date(2023, 6, 25))
    assert len(found) == 26
    assert found[0] == (1, date(2022, 12, 26), date(2023, 1, 1))
    assert rules.weekly(date(2023, 6, 20), date(2023, 6, 25)) == []
