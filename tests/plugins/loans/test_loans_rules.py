"""Arithmetic of loans as properties: balances, arrears, interest, subsidised days; the statuses as data."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from youthpilot.core import round_half_up
from youthpilot.plugins.loans import rules
from youthpilot.plugins.loans.rules import Debt

START = date(2023, 1, 1)
DAYS = st.integers(0, 700).map(lambda n: START + timedelta(days=n))
MONEY = st.integers(1, 50_000_000).map(lambda n: Decimal(n) / 100)


@st.composite
def debts(draw):
    """A drawdown whose repayments never exceed it."""
    drawn, amount = draw(DAYS), draw(MONEY)
    left, repaid = amount, []
    for _n in range(draw(st.integers(0, 4))):
        part = round_half_up(left * draw(st.integers(0, 100)) / 100, 2)
        part = min(part, left)
        if part > 0:
            repaid.append((drawn + timedelta(days=draw(st.integers(0, 500))), part))
            left -= part
    due = drawn + timedelta(days=draw(st.integers(1, 730)))
    extended = [(due - timedelta(days=1), due + timedelta(days=90))] if draw(st.booleans()) else []
    return Debt(drawn, amount, due, tuple(sorted(repaid)), tuple(extended))


@given(debts(), DAYS)
def test_outstanding_is_drawn_less_repaid_and_never_negative(debt, day):
    drawn = [(debt.drawn_on, debt.amount)]
    assert debt.left(day) == rules.balance(drawn, debt.repaid, day) >= 0
    assert 0 <= rules.peak(drawn, debt.repaid) <= debt.amount


@given(debts(), DAYS, DAYS)
def test_interest_of_parts_adds_up_to_the_whole(debt, a, b):
    first, last = min(a, b), max(a, b)
    whole = rules.segments(debt, first, last)
    by_day = [debt.left(first + timedelta(days=n)) for n in range((last - first).days + 1)]
    assert rules.day_sum(whole) == sum(by_day, Decimal(0))
    assert all(x[1] < y[0] for x, y in zip(whole, whole[1:], strict=False))


def test_interest_by_day_count():
    debt = Debt(date(2023, 3, 1), Decimal(100_000), date(2024, 3, 1), ((date(2023, 3, 31), Decimal(100_000)),))
    parts = rules.segments(debt, date(2023, 3, 1), date(2023, 12, 31))
    assert rules.day_sum(parts) == Decimal(3_000_000)  # 30 nights
    assert rules.interest(parts, Decimal("4.35"), 360) == Decimal("362.50")
    assert rules.interest(parts, Decimal("4.35"), 365) == Decimal("357.53")


def test_the_day_of_repayment_bears_no_interest():
    debt = Debt(date(2023, 3, 1), Decimal(100), date(2024, 3, 1), ((date(2023, 3, 31), Decimal(60)),))
    first, last = date(2023, 3, 30), date(2023, 3, 31)
    assert rules.segments(debt, first, last) == [(first, first, Decimal(100)), (last, last, Decimal(40))]
    drawn = [(debt.drawn_on, debt.amount)]
    assert [rules.balance(drawn, debt.repaid, day) for day in (date(2023, 2, 28), debt.drawn_on, first, last)] == [0, 100, 100, 40]
    assert rules.segments(debt, first, first) == [(first, first, Decimal(100))]
    assert rules.segments(debt, last, last) == [(last, last, Decimal(40))]
    assert rules.segments(debt, date(2023, 2, 27), date(2023, 3, 1)) == [
        (date(2023, 3, 1), date(2023, 3, 1), Decimal(100))
    ]  # the day of drawing does


@pytest.mark.parametrize(
    ("days", "word"),
    [(0, ""), (1, "1—30天"), (30, "1—30天"), (31, "31—90天"), (90, "31—90天"), (91, "91—180天"), (180, "91—180天"), (181, "180天以上")],
)
def test_the_last_day_of_each_age(days, word):
    due = date(2023, 5, 1)
    assert Debt(date(2023, 1, 1), Decimal(100), due).ageing(due + timedelta(days=days)) == word


def test_repaid_or_extended_on_a_day():
    due, day = date(2023, 5, 1), date(2023, 6, 1)
    repaid = Debt(date(2023, 1, 1), Decimal(100), due, ((day, Decimal(100)),))
    assert [repaid.overdue_days(day - timedelta(days=1)), repaid.overdue_days(day)] == [30, 0]
    extended = Debt(date(2023, 1, 1), Decimal(100), due, (), ((date(2023, 4, 20), date(2023, 8, 1)),))
    assert [extended.due(date(2023, 4, 19)), extended.due(date(2023, 4, 20))] == [due, date(2023, 8, 1)]


@pytest.mark.parametrize(("first", "last", "shared"), [(1, 9, False), (1, 10, True), (20, 25, True), (21, 25, False)])
def test_stretches_share_their_last_day(first, last, shared):
    here, there = (date(2023, 5, 10), date(2023, 5, 20)), (date(2023, 5, first), date(2023, 5, last))
    assert rules.overlaps(*here, *there) == rules.overlaps(*there, *here) == shared


def test_arrears_with_their_age():
    debt = Debt(date(2023, 1, 1), Decimal(100), date(2023, 5, 1))
    assert debt.overdue_days(date(2023, 5, 1)) == 0 and debt.ageing(date(2023, 5, 1)) == ""
    assert (debt.overdue_days(date(2023, 5, 2)), debt.ageing(date(2023, 5, 2))) == (1, "1—30天")
    assert debt.ageing(date(2023, 6, 1)) == "31—90天" and debt.ageing(date(2024, 1, 1)) == "180天以上"
    extended = Debt(date(2023, 1, 1), Decimal(100), date(2023, 5, 1), (), ((date(2023, 4, 20), date(2023, 8, 1)),))
    assert extended.overdue_days(date(2023, 6, 1)) == 0 and extended.overdue_days(date(2023, 8, 2)) == 1


def test_the_statuses_of_the_field_and_who_may_move_them():
    table = rules.APPLICATION.transitions
    assert {t.before for t in table} | {t.after for t in table} == set(rules.STATES)
    assert {rules.side_of(t.after) for t in table} == set(rules.SIDES)
    assert {rules.side_of(s) for s in rules.ANSWERS} == {"bank"} and rules.side_of("recommended") == "league"
    assert {name for t in table if t.act in rules.ANSWERS for name in t.by} == {"loans.answer", "loans.bank"}  # the bank decides
    assert not any(t.before in rules.ENDED and t.after not in rules.ANSWERS for t in table)
    assert rules.APPLICATION.step("applied", "recommended") is None  # nobody skips the first check


def test_credit_codes():
    assert rules.credit_code_is_right("91110000600037341L") and rules.credit_code_is_right("91110108551385082Q")
    assert not rules.credit_code_is_right("91110000600037342L") and not rules.credit_code_is_right("9111000060003734")
