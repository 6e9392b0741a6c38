"""Rounding, ages, later months and Chinese numbers: each rule once, here."""

import ast
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import youthpilot.core
from youthpilot.core.kernel.calendar import add_months, age, long_date
from youthpilot.core.kernel.numbers import chinese_number, grouped_text, number_text, round_half_up

ROOT = Path(youthpilot.core.__file__).parents[1]
ONCE = {"age", "add_months", "half_up", "round_half_up", "mask_phone", "mask_name", "mask_id_no", "chinese_number", "long_date"}


@pytest.mark.parametrize(
    ("value", "decimals", "printed"), [("28.25", 1, "28.3"), ("2.5", 0, "3"), ("-2.5", 0, "-3"), ("0.05", 1, "0.1"), (425, 0, "425")]
)
def test_half_up(value, decimals, printed):
    assert str(round_half_up(Decimal(value), decimals)) == printed


def test_numbers_in_words():
    assert [number_text(Decimal(text)) for text in ("1269", "28.30", "-35", "1E+3", "-0")] == ["1269", "28.3", "-35", "1000", "0"]
    assert [grouped_text(value) for value in (572000, Decimal("1234.50"), -35)] == ["572,000", "1,234.5", "-35"]
    assert [chinese_number(n) for n in (1, 10, 12, 20, 21, 99)] == ["一", "十", "十二", "二十", "二十一", "九十九"]
    assert long_date(date(2023, 7, 3)) == "2023年7月3日"


@pytest.mark.parametrize(
    "birth, on, years",
    [
        (date(2000, 2, 29), date(2023, 2, 28), 22),
        (date(2000, 2, 29), date(2023, 3, 1), 23),
        (date(2000, 2, 29), date(2024, 2, 29), 24),
        (date(1995, 6, 30), date(2023, 6, 30), 28),
        (date(1995, 7, 1), date(2023, 6, 30), 27),
        (date(2023, 6, 30), date(2023, 6, 30), 0),
    ],
)
def test_full_years(birth, on, years):
    assert age(birth, on) == years


@given(st.dates(date(1940, 1, 1), date(2020, 1, 1)), st.integers(0, 80))
def test_age_is_the_number_of_birthdays(birth, years):
    same_day = min(birth.day, 28) if birth.month == 2 else birth.day
    day = date(birth.year + years, birth.month, same_day)
    assert age(birth, day) in (years, years - 1)
    assert age(birth, date(birth.year + years, 12, 31)) == years


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2023, 1, 31), 1, date(2023, 2, 28)),
        (date(2023, 11, 30), 3, date(2024, 2, 29)),
        (date(2023, 3, 31), -1, date(2023, 2, 28)),
    ],
)
def test_later_months(day, months, later):
    assert add_months(day, months) == later


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.integers(1, 60))
def test_added_months_never_run_into_the_next(day, months):
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day <= day.day


def test_no_rule_is_written_twice():
    """Nobody rounds half-up by hand or defines these again; they are imported from here."""
    found = []
    for path in (p for top in ("core", "admin", "plugins") for p in (ROOT / top).rglob("*.py")):
        tree, name = ast.parse(path.read_text(encoding="utf-8")), path.relative_to(ROOT).as_posix()
        if name.startswith("core/kernel/"):
            continue
        found += [f"{name}: def {n.name}" for n in tree.body if isinstance(n, ast.FunctionDef) and n.name in ONCE]
        found += [f"{name}:{n.lineno} ROUND_HALF_UP" for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == "ROUND_HALF_UP"]
    assert not found
