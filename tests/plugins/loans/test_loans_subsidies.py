"""Subsidy programmes and claims: each formula by hand, properties of the days, caps, statuses."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from youthpilot.core import ConflictError, RuleError, add_months, set_setting
from youthpilot.plugins.loans import lending, queries, subsidies
from youthpilot.plugins.loans import subsidyrules as rules
from youthpilot.plugins.loans.rules import Debt
from youthpilot.plugins.loans.subsidymodels import LoanClaim, LoanClaimStep

from .conftest import enter, granted, programme
from .test_loans_rules import DAYS, debts

D = Decimal
FULL = (Fraction(1), Fraction(1))
POINTS = rules.Terms("points", FULL, points=D("1.5"))
LPR = D("3.65")
JULY = date(2023, 7, 3)


def refused(field, act, *args):
    with pytest.raises(RuleError) as error:
        act(*args)
    assert error.value.field == field, (error.value.field, str(error.value))


# rules ---------------------------------------------------------------------------------------------------------------


@given(debts(), DAYS, DAYS, st.sampled_from(sorted(rules.FORMULAS)), st.booleans())
def test_only_days_neither_overdue_nor_extended(debt, a, b, formula, whole):
    first, last = min(a, b), max(a, b)
    terms = rules.Terms(formula, FULL, D("1.5"), D("4"), 150, whole)
    found = rules.parts(debt, terms, D("4.35"), LPR, first, last, date(2030, 1, 1))
    for p in found:
        assert first <= p.first <= p.last <= last and p.balance > 0
        assert p.last < debt.due_on and debt.overdue_days(p.last) == 0
        assert p.last < add_months(debt.drawn_on, 24)
        assert 0 < p.rate <= Fraction("4.35")
    assert all(x.last < y.first for x, y in zip(found, found[1:], strict=False))
    if whole and (debt.extensions or debt.left(debt.due_on) > 0):
        assert not found


@given(debts(), DAYS, st.integers(0, 200))
def test_a_day_more_never_pays_less_and_parts_add_up(debt, first, days):
    def paid(a, b):
        found = rules.parts(debt, POINTS, D("4.35"), LPR, a, b, JULY)
        return sum((Fraction(p.balance) * p.days * p.rate for p in found), Fraction(0))

    last = first + timedelta(days=days)
    middle = first + timedelta(days=days // 2)
    assert paid(first, last) == paid(first, middle) + paid(middle + timedelta(days=1), last)
    assert paid(first, last + timedelta(days=1)) >= paid(first, last)


def test_rates_of_each_formula():
    def rate(formula, year=1, note="4.35", shares=FULL, **more):
        return rules.rate_of(rules.Terms(formula, shares, **more), year, D(note), LPR)

    assert rate("points", points=D("1.5")) == Fraction("1.5")
    assert rate("points", points=D(6)) == Fraction("4.35")  # never above the note's own rate
    falling = tuple(rules.share_of(s) for s in ("100%", "2/3", "1/3"))
    assert [rate("interest", y, "6", falling) for y in (1, 2, 3, 4)] == [6, 4, 2, 0]
    assert rate("base", base_rate=D(4), shares=(Fraction(1, 2),)) == 2
    assert rate("above_lpr", spread=150) == Fraction("4.35") - Fraction("2.15")
    assert rate("above_lpr", spread=0, note="3") == 0  # he pays less than LPR already


def test_shares_as_people_write_them():
    assert [rules.share_of(s) for s in ("100%", "50", "2/3", "0.5", "66.67％", "1")] == [
        1, Fraction(1, 2), Fraction(2, 3), Fraction(1, 2), Fraction("0.6667"), 1,
    ]  # fmt: skip
    for wrong in ("120%", "-1", "半", ""):
        with pytest.raises(ValueError):
            rules.share_of(wrong)


def test_half_up_once_at_the_end():
    debt = Debt(date(2023, 3, 1), D(100), date(2024, 3, 1))
    found = rules.parts(debt, POINTS, D("4.35"), LPR, date(2023, 3, 1), date(2023, 3, 6), JULY)  # 6 days: 0.025 元
    assert rules.amount(found, 360) == D("0.03")
    years = rules.parts(Debt(date(2021, 1, 1), D(36_000), date(2024, 1, 1)), rules.Terms("interest", (Fraction(1), Fraction(2, 3), Fraction(1, 3))), D(6), LPR,
                        date(2021, 12, 31), date(2022, 1, 1), JULY)  # fmt: skip
    assert [(p.days, p.rate) for p in years] == [(1, 6), (1, 4)] and rules.amount(years, 360) == D("10.00")


# claims --------------------------------------------------------------------------------------------------------------


def repaid(world, elite, amount=100_000, serial="D1", due=date(2023, 6, 1)):
    note = lending.draw(granted(world, elite, amount), date(2023, 3, 1), D(amount), due, serial)
    lending.repay(note, date(2023, 6, 10), D(amount), proof="还款回单.pdf")
    return note


def test_a_subsidy_needs_repayment_and_no_day_counts_twice(world, elite):
    plan = programme()
    note = lending.draw(granted(world, elite, 100_000), date(2023, 3, 1), D(100_000), date(2023, 6, 1), "D1")

    def claim(a, b, under=plan):
        return subsidies.claim_subsidy(note, under, a, b, JULY)

    refused("to_on", claim, date(2023, 3, 1), date(2023, 3, 30))  # nothing repaid
    lending.repay(note, date(2023, 6, 10), D(100_000))
    refused("to_on", claim, date(2023, 3, 1), date(2023, 3, 30))  # no proof
    lending.delete_repayment(queries.repayments_of([note.id])[note.id][0], "缺凭证")
    lending.repay(note, date(2023, 6, 10), D(100_000), proof="还款回单.pdf")
    assert [x[1:] for x in subsidies.claimable([note], JULY)] == [(plan, date(2023, 3, 1), date(2023, 5, 31))]
    refused("from_on", claim, date(2023, 6, 1), date(2023, 6, 9))  # overdue days
    first = claim(date(2023, 3, 1), date(2023, 3, 30))
    assert (first.days, first.amount, first.computed) == (30, D("125.00"), D("125.00"))  # 1.5 % a year over 360 days
    assert first.working == "2023-03-01至2023-03-30 30天 × 余额100,000元 × 1.5% ÷ 360"
    other = programme("就业资金贴息", formula="interest", points=None)
    refused("from_on", claim, date(2023, 3, 30), date(2023, 4, 5))
    refused("from_on", claim, date(2023, 3, 30), date(2023, 4, 5), other)  # across programmes too
    assert subsidies.claimable([note], JULY)[0][2:] == (date(2023, 3, 31), date(2023, 5, 31))
    subsidies.decide_claim(first, "returned", JULY, "材料不全")
    assert claim(date(2023, 3, 1), date(2023, 3, 5), other).amount == D("60.42")


def test_caps_of_person_and_household(world, elite):
    plan = programme(cap_person=D(200), cap_household=D(250))
    note = repaid(world, elite)
    subsidies.claim_subsidy(note, plan, date(2023, 3, 1), date(2023, 3, 30), JULY)
    second = subsidies.claim_subsidy(note, plan, date(2023, 3, 31), date(2023, 5, 1), JULY)
    assert (second.amount, second.computed) == (D(75), D("133.33"))
    refused("from_on", subsidies.claim_subsidy, note, plan, date(2023, 5, 2), date(2023, 5, 9), JULY)  # used up
    brother = enter(world, "沈祥荣", birth=date(1995, 1, 1))
    for row in (elite, brother):
        type(row).update(household="沈家").where(type(row).id == row.id).execute()
    theirs = repaid(world, type(brother).get_by_id(brother.id), serial="D2")
    third = subsidies.claim_subsidy(theirs, plan, date(2023, 3, 1), date(2023, 3, 30), JULY)
    assert (third.computed, third.amount) == (D(125), D(50))  # the household has 250


def test_which_notes_a_programme_is_for(world, elite):
    note = repaid(world, elite)
    late = programme("今年下半年", valid_from=date(2023, 7, 1))
    refused("programme", subsidies.claim_subsidy, note, late, date(2023, 3, 1), date(2023, 3, 2), JULY)
    strict = programme("整笔", whole_note=True)
    refused("from_on", subsidies.claim_subsidy, note, strict, date(2023, 3, 1), date(2023, 3, 2), JULY)  # it was overdue for nine days
    set_setting(world.county, "loans", "lpr", "3.55", date(2023, 1, 1), "周敏")
    lpr = programme("担保贷款贴息", formula="above_lpr", points=None, spread=150)
    made = subsidies.claim_subsidy(note, lpr, date(2023, 3, 1), date(2023, 3, 30), JULY)
    assert made.amount == D("191.67")  # 4.35 − (3.55 − 1.5) = 2.3 %
    with pytest.raises(ConflictError):
        subsidies.delete_programme(lpr)
    subsidies.delete_programme(late)


@pytest.mark.parametrize(
    ("first", "last", "fits"),
    [
        (date(2023, 3, 1), None, True),
        (date(2023, 3, 2), None, False),
        (date(2020, 1, 1), date(2023, 3, 1), True),
        (date(2020, 1, 1), date(2023, 2, 28), False),
    ],
)
def test_drawn_on_a_boundary_day_of_the_programme(world, elite, first, last, fits):
    note = lending.draw(granted(world, elite, 1000), date(2023, 3, 1), D(1000), date(2023, 6, 1), "D1")
    plan = programme(valid_from=first, valid_to=last)
    assert subsidies.programmes_for(note) == ([plan] if fits else [])


@pytest.mark.parametrize(("last", "claimed", "proved"), [(14, 15, True), (15, 15, False), (14, 14, False)])
def test_the_day_of_repayment_proves_the_days_before_it(world, elite, last, claimed, proved):
    note = lending.draw(granted(world, elite), date(2023, 3, 1), D(100_000), date(2023, 6, 1), "D1")
    lending.repay(note, date(2023, 5, 15), D(1), proof="还款回单.pdf")
    days = date(2023, 3, 1), date(2023, 5, last), date(2023, 5, claimed)
    if proved:
        assert subsidies.claim_subsidy(note, programme(), *days).days == 75
    else:
        refused("to_on", subsidies.claim_subsidy, note, programme(), *days)


def test_the_cap_of_a_year_ends_with_its_last_day(world, elite):
    plan = programme(cap_person=D(200))
    note = lending.draw(granted(world, elite, on=date(2022, 3, 1)), date(2022, 3, 1), D(100_000), date(2023, 3, 1), "D1")
    lending.repay(note, date(2022, 12, 30), D(100_000), proof="还款回单.pdf")
    made = [
        subsidies.claim_subsidy(note, plan, first, last, on).amount
        for first, last, on in (
            (date(2022, 3, 1), date(2022, 3, 30), date(2022, 12, 31)),
            (date(2022, 4, 1), date(2022, 4, 30), date(2022, 12, 31)),
            (date(2022, 5, 1), date(2022, 5, 30), date(2023, 1, 1)),
            (date(2022, 6, 1), date(2022, 6, 30), date(2023, 1, 1)),
        )
    ]
    assert made == [D(125), D(75), D(125), D(75)]


def test_a_claim_is_decided_on_its_own_day_and_a_programme_lasts_one(world, elite):
    made = subsidies.claim_subsidy(repaid(world, elite), programme(), date(2023, 3, 1), date(2023, 3, 30), date(2023, 6, 20))
    refused("on", subsidies.decide_claim, made, "league", date(2023, 6, 19))
    subsidies.decide_claim(made, "league", date(2023, 6, 20))
    assert LoanClaim.get_by_id(made.id).state == "league"
    assert programme("一天", valid_from=JULY, valid_to=JULY).valid_to == JULY
    refused("valid_to", lambda: programme("倒着", valid_from=JULY, valid_to=JULY - timedelta(days=1)))


def test_a_note_overdue_for_one_day_is_spoiled():
    due = date(2023, 6, 1)
    whole = rules.Terms("points", FULL, points=D("1.5"), whole_note=True)
    for paid, spoiled in ((due, False), (due + timedelta(days=1), True)):
        debt = Debt(date(2023, 3, 1), D(100), due, ((paid, D(100)),))
        assert rules.spoiled(debt, date(2023, 7, 1)) == spoiled
        assert (rules.parts(debt, whole, D("4.35"), LPR, debt.drawn_on, due, JULY) == []) == spoiled
    running = Debt(date(2023, 3, 1), D(100), due)
    assert [rules.spoiled(running, day) for day in (due, due + timedelta(days=1))] == [False, True]
    assert [p.days for p in rules.parts(running, POINTS, D("4.35"), LPR, due - timedelta(days=1), due, JULY)] == [1]  # the due day itself is not paid


def test_a_claim_goes_its_way_and_no_other(world, elite):
    made = subsidies.claim_subsidy(repaid(world, elite), programme(), date(2023, 3, 1), date(2023, 3, 30), date(2023, 6, 20))
    with pytest.raises(ConflictError):
        subsidies.decide_claim(made, "paid", JULY)
    refused("on", subsidies.decide_claim, made, "league", date(2023, 6, 1))
    refused("note", subsidies.decide_claim, made, "returned", JULY)
    for state in ("league", "bank", "paid"):
        subsidies.decide_claim(LoanClaim.get_by_id(made.id), state, JULY, "凭证12号" if state == "paid" else "")
    steps = [(s.after, s.note) for s in LoanClaimStep.select().order_by(LoanClaimStep.id)]
    assert steps == [("claimed", ""), ("league", ""), ("bank", ""), ("paid", "凭证12号")]
    with pytest.raises(ConflictError):
        subsidies.decide_claim(LoanClaim.get_by_id(made.id), "returned", JULY, "x")
