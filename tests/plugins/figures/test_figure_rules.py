"""Adding, rounding, change, jumps: what may be added and what must not."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from youthpilot.plugins.figures import rules
from youthpilot.plugins.figures.rules import FigureError

parts = st.lists(st.one_of(st.none(), st.tuples(st.integers(0, 10**6), st.none())))
pairs = st.lists(st.one_of(st.none(), st.tuples(st.integers(0, 500), st.integers(1, 500))))


@given(parts)
def test_sums_skip_blanks_and_all_blank_is_blank(found):
    total = rules.add_organizations("flow", found)
    known = [p[0] for p in found if p]
    assert total == ((sum(known), None) if known else None)


@given(pairs)
def test_a_ratio_is_the_sum_of_numerators_over_the_sum_of_denominators(found):
    total = rules.add_organizations("ratio", found)
    known = [p for p in found if p]
    if not known:
        assert rules.value_of("ratio", total, 1, True) is None
        return
    exact = Fraction(sum(n for n, _ in known), sum(d for _, d in known)) * 100
    assert abs(rules.value_of("ratio", total, 1, True) - Decimal(exact.numerator) / Decimal(exact.denominator)) <= Decimal("0.05")


def test_the_mean_of_rates_is_not_the_rate():
    assert rules.value_of("ratio", rules.add_organizations("ratio", [(1, 1), (1, 99)]), 1, True) == Decimal("2.0")


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda: rules.add_values("average", [1, 2], "平均年龄"), "合计与人数"),
        (lambda: rules.add_values("ratio", [1, 2], "参学率"), "分子、分母"),
        (lambda: rules.add_organizations("distinct", [(1, None)], "借款人数"), "重新去重"),
        (lambda: rules.add_organizations("claim", [(1, None)], "双下降"), "上级"),
        (lambda: rules.add_periods("stock", [(1, None)], "会员单位"), "期末"),
        (lambda: rules.add_periods("average", [(1, 1)], "平均年龄"), "期末"),
        (lambda: rules.add_periods("distinct", [(1, None)], "借款人数"), "起止"),
        (lambda: rules.add_periods("flow", [(1, None)], "x", across_time="none"), "起止"),
        (lambda: rules.same_unit(["人", "人次"]), "人、人次"),
    ],
)
def test_what_must_not_be_added_says_which_total_is_possible(act, says):
    with pytest.raises(FigureError, match=says):
        act()


def test_what_may_be_added_over_periods():
    assert rules.add_periods("flow", [(3, None), None, (4, None)]) == (7, None)
    assert rules.add_periods("ratio", [(1, 2), (1, 4)]) == (2, 6)
    assert rules.same_unit(["人", "人"]) == "人"


def test_values():
    assert rules.value_of("flow", None) is None and rules.value_of("flow", (0, None)) == 0
    assert rules.value_of("ratio", (5, 0), 1, True) is None
    assert rules.value_of("ratio", (104, 100), 1, True) == Decimal("104.0")
    assert rules.value_of("average", (425, 15), 1) == Decimal("28.3")
    assert rules.exact(0.1) == Decimal("0.1") and rules.exact(None) is None


def test_change():
    assert rules.change("flow", Decimal(572000), Decimal(529000)) == rules.Change(Decimal("8.1"), "percent")
    assert rules.change("average", Decimal("28.3"), Decimal("29.2")) == rules.Change(Decimal("-0.9"), "difference")
    assert rules.change("ratio", Decimal("81.4"), Decimal("80.2"), percent=True) == rules.Change(Decimal("1.2"), "points")
    for value, base in ((None, 1), (1, None), (Decimal(3), Decimal(0)), (True, True)):
        assert rules.change("flow", value, base) is None


def test_jumps():
    three = Decimal(3)
    assert rules.jumps(Decimal(301), Decimal(100), three) and rules.jumps(Decimal(33), Decimal(100), three)
    assert not rules.jumps(Decimal(300), Decimal(100), three) and not rules.jumps(Decimal(34), Decimal(100), three)
    assert rules.jumps(Decimal(0), Decimal(5), three)
    assert not rules.jumps(Decimal(0), Decimal(1), three, Decimal(10)) and not rules.jumps(Decimal(10), Decimal(1), three, Decimal(10))
    assert rules.jumps(Decimal(11), Decimal(1), three, Decimal(10)) and rules.jumps(Decimal(0), Decimal(10), three, Decimal(10))
    assert not rules.jumps(Decimal(5), Decimal(0), three) and not rules.jumps(Decimal(5), None, three) and not rules.jumps(None, Decimal(1), three)


def test_n_of_m_and_impossible():
    assert rules.n_of_m([1, 2, 3], {2, 9}) == (1, 3)
    assert rules.impossible("flow", -1, None) and rules.impossible("ratio", 1, 0)
    assert not rules.impossible("ratio", 0, 0) and not rules.impossible("ratio", 5, 4)
