"""The number wordings, by the vectors of the half-year report, and their promise not to say more than the value holds."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from youthpilot.plugins.figures.formats import (
    FORMATS,
    WordingError,
    change_words,
    default_format,
    display_true,
    format_figure,
    word_figure,
)
from youthpilot.plugins.reports.parsing import find_bad_wordings, parse_wording
from youthpilot.plugins.reports.wording import heading_number, list_word

# value, unit, kind, chosen format ("" is the default one), printed in the report
ACCEPTANCE = [
    ("572000", "人次", "flow", "", "57.2万人次"),
    ("5", "次", "flow", "", "5次"),
    ("1", "次", "flow", "", "1次"),
    ("82300", "人次", "flow", "", "8.23万人次"),
    ("1", "次", "flow", "chinese", "一次"),
    ("5", "所", "distinct", "", "5所"),
    ("15", "堂", "flow", "", "15堂"),
    ("20", "名", "flow", "", "20名"),
    ("1", "个", "flow", "", "1个"),
    ("4", "个", "flow", "chinese", "四个"),
    ("161", "篇", "flow", "", "161篇"),
    ("142500", "人次", "flow", "", "14.25万人次"),
    ("846", "人", "flow", "", "846人"),
    ("82500", "人次", "flow", "", "8.25万人次"),
    ("5", "期", "flow", "", "5期"),
    ("1983", "个", "flow", "", "1983个"),
    ("258", "个", "flow", "", "258个"),
    ("35", "人", "distinct", "", "35人"),
    ("57", "人次", "flow", "", "57人次"),
    ("45", "名", "distinct", "", "45名"),
    ("42", "对", "flow", "", "42对"),
    ("39", "名", "flow", "", "39名"),
    ("830000", "元", "flow", "", "83万元"),
    ("63", "间", "flow", "about_over", "60余间"),
    ("28.3", "岁", "average", "", "28.3岁"),
    ("34.7", "岁", "average", "", "34.7岁"),
    ("58", "家", "stock", "", "58家"),
    ("35.8", "岁", "average", "age_below", "不到36岁"),
    ("317", "名", "flow", "about_many", "300多名"),
    ("1269", "名", "flow", "", "1269名"),
    ("30", "场次", "flow", "", "30场次"),
    ("2", "次", "flow", "", "2次"),
    ("4", "项", "flow", "", "4项"),
]


@pytest.mark.parametrize(("value", "unit", "kind", "chosen", "printed"), ACCEPTANCE)
def test_half_year_report(value, unit, kind, chosen, printed):
    number = Decimal(value)
    assert format_figure(number, unit, chosen or default_format(kind, unit, number)) == printed


@pytest.mark.parametrize(
    ("value", "unit", "name", "printed"),
    [
        (9999, "人次", "wan", "9999人次"),
        (10000, "人次", "wan", "1万人次"),
        (572345, "人次", "wan", "约57.23万人次"),
        (572350, "人次", "wan", "约57.24万人次"),
        (99_999_999, "人次", "wan", "约1亿人次"),
        (300, "名", "about_many", "300名"),
        (301, "名", "about_many", "300多名"),
        (399, "名", "about_many", "300多名"),
        (61, "间", "about_over", "60余间"),
        (69, "间", "about_over", "60余间"),
        (60, "间", "about_over", "60间"),
        (Decimal("35.0"), "岁", "age_below", "35岁"),
        (Decimal("35.1"), "岁", "age_below", "不到36岁"),
        (28, "岁", "age", "28.0岁"),
        (Decimal("89.10"), "%", "percent", "89.1%"),
        (Decimal("1.2"), "", "points", "1.2个百分点"),
        (2, "次", "chinese", "两次"),
        (12, "次", "chinese", "十二次"),
        (True, "", "plain", "成立"),
        (None, "名", "plain", "—"),
        (0, "名", "plain", "0名"),
        (1269, "名", "number", "1269"),
    ],
)
def test_edges(value, unit, name, printed):
    assert format_figure(value, unit, name) == printed


def test_refused_over_says_why_and_what_instead():
    with pytest.raises(WordingError, match="整十") as caught:
        format_figure(5, "期", "about_over")
    assert caught.value.instead == "5期"
    assert format_figure(5, "期", "about_over", keep=True) == "5余期"


def test_unknown_format_and_float_are_refused():
    with pytest.raises(ValueError, match="unknown"):
        format_figure(5, "期", "{value}")
    with pytest.raises(TypeError):
        format_figure(0.5, "期", "plain")


def test_bad_wordings_typed_by_hand_are_found():
    found = find_bad_wordings("发布5余期、15多家、60余间、300多名、5万余人次，贷款5余额")
    assert [problem.instead for problem in found] == ["5期", "15家"]


@pytest.mark.parametrize(
    ("now", "before", "kind", "unit", "words"),
    [
        (572000, 529000, "flow", "人次", "比去年同期增长8.1%"),
        (90, 100, "flow", "名", "比去年同期下降10%"),
        (Decimal("28.3"), Decimal("29.2"), "average", "岁", "比去年同期减少0.9岁"),
        (Decimal("89.1"), Decimal("87.9"), "ratio", "%", "比去年同期提高1.2个百分点"),
        (5, 5, "flow", "名", "与去年同期持平"),
        (100_001, 100_000, "flow", "名", "与去年同期基本持平"),
        (5, 0, "flow", "名", None),
        (5, None, "flow", "名", None),
        (None, 5, "flow", "名", None),
        (Decimal("5"), Decimal(0), "ratio", "%", "比去年同期提高5个百分点"),
    ],
)
def test_change(now, before, kind, unit, words):
    assert change_words(now, before, kind, unit) == words


def test_display_and_list_words():
    assert [display_true(value) for value in (572000, Decimal("1234.50"), -35, None)] == ["572,000", "1,234.5", "-35", "—"]
    assert (list_word(1), list_word(12)) == ("一是", "十二是")
    assert [heading_number(2, level) for level in (1, 2, 3, 4)] == ["二、", "（二）", "2.", "（2）"]


INTEGERS = st.integers(min_value=0, max_value=10**10)
AGES = st.decimals(min_value=10, max_value=90, places=1)


@given(INTEGERS, st.sampled_from(["plain", "wan", "wanyuan", "about_many", "about_over"]))
def test_reading_back_contains_the_value(value, name):
    try:
        text = format_figure(value, "名", name)
    except WordingError:
        assert value < 10
        return
    interval = parse_wording(text)
    assert interval is not None and value in interval and interval.unit == "名"


@given(AGES, st.sampled_from(["age", "age_below", "percent", "points", "plain"]))
def test_reading_back_contains_the_decimal(value, name):
    assert value in parse_wording(format_figure(value, "岁", name))


@given(st.integers(min_value=1, max_value=99))
def test_reading_back_chinese(value):
    assert parse_wording(format_figure(value, "次", "chinese")).printed == value


@given(INTEGERS)
def test_wan_is_marked_when_it_loses_and_never_loses_more_than_half_a_step(value):
    wording = word_figure(value, "名", "wan")
    printed = parse_wording(wording.text).printed
    assert wording.exact == (printed == value) == (not wording.text.startswith("约"))
    assert abs(printed - value) <= (500_000 if "亿" in wording.text else 50)


@given(st.one_of(INTEGERS, AGES), st.sampled_from(sorted(FORMATS)))
def test_a_wording_that_is_not_exact_says_what_it_gave_up(value, name):
    try:
        wording = word_figure(value, "名", name)
    except WordingError:
        return
    assert wording.text and wording.exact == (not wording.note)


def test_parse_what_leaders_type():
    assert 615000 in parse_wording("60余万人次") and 700000 not in parse_wording("60余万人次")
    assert 572000 in parse_wording("超过57万") and 572000 in parse_wording("近60万")
    assert parse_wording("若干") is None
