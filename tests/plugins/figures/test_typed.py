"""What a reporter may type."""

from decimal import Decimal

import pytest

from youthpilot.plugins.figures.typed import Given, read_given
from youthpilot.plugins.figures.values import Meaning

COUNT = Meaning("k", "m", "次数", "次", "flow")
MONEY = Meaning("k", "m", "金额", "万元", "flow", decimals=1)
RATE = Meaning("k", "m", "率", "%", "ratio", decimals=1, percent=True)


@pytest.mark.parametrize(("text", "number"), [("12", 12), (" 1,737 ", 1737), ("１２", 12), ("0", 0), ("12.0", 12)])
def test_numbers_as_people_type_them(text, number):
    assert read_given(COUNT, Given(text)).value == number


@pytest.mark.parametrize(
    ("meaning", "given", "says"),
    [
        (COUNT, Given("十二"), "不是数字"),
        (COUNT, Given("12人"), "不是数字"),
        (COUNT, Given("1,2"), "不是数字"),
        (COUNT, Given("NaN"), "不是数字"),
        (COUNT, Given("1e9"), "不是数字"),
        (COUNT, Given("-3"), "负数"),
        (COUNT, Given("2.5"), "整数"),
        (COUNT, Given("9" * 20), "太大"),
        (MONEY, Given("86.25"), "1位小数"),
        (RATE, Given(numerator="5"), "都填"),
        (RATE, Given(numerator="5", denominator="0"), "分母"),
        (RATE, Given("84.6"), "分子和分母"),
    ],
)
def test_only_the_impossible_is_refused(meaning, given, says):
    read = read_given(meaning, given)
    assert says in read.error and read.part is None


def test_blank_unknown_and_none_are_three_things():
    assert read_given(COUNT, Given()).part is None
    assert read_given(COUNT, Given("7", blank="unknown")).part is None
    assert read_given(COUNT, Given(blank="none")).part == (0, None)
    assert read_given(RATE, Given(numerator="104", denominator="100")).part == (Decimal(104), Decimal(100))
