"""Months, quarters, half-years and years: one type, and nobody else cuts codes or compares months."""

import ast
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import youthpilot.core
from youthpilot.core.kernel.calendar import KINDS, CalendarPeriod, age, days_late, is_late, short_date
from youthpilot.core.kernel.errors import RuleError

ROOT = Path(youthpilot.core.__file__).parents[1]
DAYS = st.dates(date(2001, 1, 1), date(2098, 12, 31))
SPANS = st.builds(CalendarPeriod.of, DAYS, st.sampled_from(KINDS))
ONE_DAY = timedelta(days=1)


# the type ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "first", "last", "title", "name", "short_name"),
    [
        ("2023M05", date(2023, 5, 1), date(2023, 5, 31), "2023年5月", "5月份", "5月"),
        ("2024M02", date(2024, 2, 1), date(2024, 2, 29), "2024年2月", "2月份", "2月"),
        ("2023M12", date(2023, 12, 1), date(2023, 12, 31), "2023年12月", "12月份", "12月"),
        ("2023Q1", date(2023, 1, 1), date(2023, 3, 31), "2023年第一季度", "第一季度", "一季度"),
        ("2023Q4", date(2023, 10, 1), date(2023, 12, 31), "2023年第四季度", "第四季度", "四季度"),
        ("2023H1", date(2023, 1, 1), date(2023, 6, 30), "2023年上半年", "上半年", "上半年"),
        ("2023H2", date(2023, 7, 1), date(2023, 12, 31), "2023年下半年", "下半年", "下半年"),
        ("2023Y", date(2023, 1, 1), date(2023, 12, 31), "2023年度", "全年", "2023年"),
    ],
)
def test_days_and_words(code, first, last, title, name, short_name):
    span = CalendarPeriod.parse(code)
    assert (span.code, span.start, span.end, span.title, span.name, span.short_name) == (code, first, last, title, name, short_name)
    assert span.report_title == f"{title}工作总结" and span.year_start == date(span.year, 1, 1)
    assert not any(span.contains(day) for day in (first - ONE_DAY, last + ONE_DAY)) and span.contains(first) and span.contains(last)


@pytest.mark.parametrize(
    ("code", "previous", "following", "last_year", "plan"),
    [
        ("2023M01", "2022M12", "2023M02", "2022M01", "2月份"),
        ("2023Q4", "2023Q3", "2024Q1", "2022Q4", "第一季度"),
        ("2023H1", "2022H2", "2023H2", "2022H1", "下半年"),
        ("2023H2", "2023H1", "2024H1", "2022H2", "上半年"),
        ("2023Y", "2022Y", "2024Y", "2022Y", "2024年"),
    ],
)
def test_neighbours(code, previous, following, last_year, plan):
    span = CalendarPeriod.parse(code)
    assert (span.previous.code, span.next.code, span.last_year.code, span.next.plan_name) == (previous, following, last_year, plan)


def test_comparisons_have_names():
    assert [(s.previous_name, s.last_year_name) for s in (CalendarPeriod(2023, kind) for kind in KINDS)] == [
        ("上月", "去年同期"), ("上季度", "去年同期"), ("上一期", "去年同期"), ("去年", "去年"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "wrong", ["", "2023", "2023H3", "2023H0", "23H1", "2023h1", "2023Q5", "2023M13", "2023M00", "2023M5", "2023Y1", "2023H1 ", "１２023Y", "1999Y"]
)
def test_any_other_code_is_refused_in_chinese(wrong):
    with pytest.raises(RuleError, match="不是报告期。月写2023M05，季度写2023Q2，半年写2023H1、2023H2，全年写2023Y") as refused:
        CalendarPeriod.parse(wrong)
    assert refused.value.field == "code"


def test_no_thirteenth_month():
    with pytest.raises(ValueError, match="no month 13"):
        CalendarPeriod(2023, "month", 13)


@given(SPANS)
def test_neighbours_leave_no_gap(span):
    assert span.next.start - span.end == span.start - span.previous.end == ONE_DAY
    assert span.next.previous == span.previous.next == span and span.start <= span.end


@given(SPANS)
def test_a_code_comes_back(span):
    assert CalendarPeriod.parse(span.code) == span and len(span.code) <= 12


@given(SPANS)
def test_the_same_of_last_year_is_a_year_of_steps_back(span):
    back = span
    for _step in range(span.per_year):
        back = back.previous
    assert span.last_year == back and (back.year, back.number) == (span.year - 1, span.number)
    assert back.start.replace(year=span.year) == span.start


@given(DAYS, st.sampled_from(KINDS))
def test_every_day_lies_in_one_of_a_kind(day, kind):
    span = CalendarPeriod.of(day, kind)
    assert span.contains(day) and not span.previous.contains(day) and not span.next.contains(day)
    assert CalendarPeriod.of(span.start, kind) == CalendarPeriod.of(span.end, kind) == span
    assert CalendarPeriod.of(span.end + ONE_DAY, kind) == span.next


@given(st.integers(2001, 2098), st.sampled_from(KINDS))
def test_those_of_a_year_make_the_year(year, kind):
    spans = [CalendarPeriod(year, kind, n + 1) for n in range(CalendarPeriod(year, kind).per_year)]
    assert sum((s.end - s.start).days + 1 for s in spans) == (date(year + 1, 1, 1) - date(year, 1, 1)).days
    assert spans[0].start == spans[0].year_start and spans[-1].end == date(year, 12, 31)


@pytest.mark.parametrize(("day", "late"), [(date(2024, 2, 28), 0), (date(2024, 2, 29), 0), (date(2024, 3, 1), 1), (date(2024, 3, 31), 31)])
def test_the_due_day_is_in_time(day, late):
    assert is_late(day, date(2024, 2, 29)) == (late > 0) and days_late(day, date(2024, 2, 29)) == late


def test_the_strict_age_begins_a_day_later():
    assert [age(date(2009, 6, 30), date(2023, 6, 30), strict=s) for s in (False, True)] == [14, 13]
    assert age(date(2009, 6, 30), date(2023, 7, 1), strict=True) == 14 and short_date(date(2023, 7, 1)) == "7月1日"


# nobody else ---------------------------------------------------------------------------------------------------------


def _months(node):
    return any(isinstance(part, ast.Attribute) and part.attr == "month" for part in ast.walk(node))


def _named(node):
    return getattr(node, "attr", getattr(node, "id", ""))


def faults(tree):
    """(line, what) of every place that does by hand what the calendar does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(_months(side) for side in (node.left, *node.comparators)):
            yield node.lineno, "compares .month"
        elif isinstance(node, ast.Constant) and node.value in ("H1", "H2", "上半年", "下半年"):
            yield node.lineno, f"writes {node.value}"
        elif isinstance(node, ast.JoinedStr):
            yield from ((node.lineno, f"writes {word}") for word in ("上", "下") if _has(node, word) and "半年" in ast.unparse(node))
            if re.search(r"\}[HQM]\{", ast.unparse(node)):
                yield node.lineno, "builds a code"
        elif isinstance(node, ast.Subscript) and _named(node.value) in SLICED and _cuts(node.slice):
            yield node.lineno, f"slices {_named(node.value)}"


SLICED = {"code", "period_code", "from_period", "next_title", "period_title"}


def _has(node, word):
    return any(isinstance(part, ast.Constant) and part.value == word for part in ast.walk(node))


def _cuts(place):
    """[:4], [4:], [-2:], [-1]: behind the year, or from the end; other codes lose their first letter or are shown in groups."""
    bounds = (place.lower, place.upper) if isinstance(place, ast.Slice) else (place,)
    return any(bound is not None and re.fullmatch(r"4|-\d", ast.unparse(bound)) for bound in bounds)


@pytest.mark.parametrize("folder", ["core", "admin", "plugins", "benchmarks"])
def test_only_the_calendar_knows_months_and_codes(folder):
    wrong = [
        f"{path.relative_to(ROOT)}:{line} {what}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path != ROOT / "core" / "kernel" / "calendar.py"
        for line, what in faults(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not wrong, "use kernel/calendar:\n" + "\n".join(wrong)


def test_templates_compare_no_months():
    pages = [p for folder in ("templates", "plugins") for p in (ROOT / folder).rglob("*.html")]
    assert len(pages) > 50
    assert not [str(p) for p in pages if re.search(r"\.month\s*[<>=!]|'H[12]'|\"H[12]\"|[^_]code\[\d*:", p.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("half = 1 if day.month < 7 else 2", "compares .month"),
        ("late = (day.month, day.day) > (6, 30)", "compares .month"),
        ("code.endswith('H1')", "writes H1"),
        ("f\"{year}年{'上' if half == 1 else '下'}半年\"", "writes 上"),
        ("f'{year}H{half}'", "builds a code"),
        ("year = period.code[:4]", "slices code"),
        ("is_first = period_code[-1] == '1'", "slices period_code"),
        ("half = frame.next_title[-3:]", "slices next_title"),
    ],
)
def test_what_the_search_finds(source, what):
    assert what in [found for _line, found in faults(ast.parse(source))]
