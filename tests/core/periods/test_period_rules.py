"""Half-years, and the two transition tables cell by cell."""

import itertools
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from youthpilot.core.kernel.errors import ConflictError, RuleError
from youthpilot.core.periods import rules
from youthpilot.core.periods.rules import PERIOD, SUBMISSION, half_year


def test_half_years():
    first = half_year("2023H1")
    assert (first.title, first.start, first.end) == ("2023年上半年", date(2023, 1, 1), date(2023, 6, 30))
    assert (half_year("2023H2").title, half_year("2023H2").start, half_year("2023H2").end) == ("2023年下半年", date(2023, 7, 1), date(2023, 12, 31))
    assert (first.previous.code, first.next.code, first.last_year.code) == ("2022H2", "2023H2", "2022H1")
    for wrong in ("2023", "2023H3", "23H1", "2023h1", ""):
        with pytest.raises(RuleError, match="不是报告期"):
            half_year(wrong)


@given(st.integers(2001, 2098), st.sampled_from([1, 2]))
def test_halves_follow_each_other_without_a_gap(year, half):
    h = rules.HalfYear(year, half)
    assert h.next.previous == h and (h.next.start - h.end).days == 1
    assert rules.half_year_of(h.start) == rules.half_year_of(h.end) == h


ALLOWED = {
    ("none", "save"): ({"reporter", "superior"}, "draft"),
    ("draft", "save"): ({"reporter", "superior"}, "draft"),
    ("returned", "save"): ({"reporter", "superior"}, "returned"),
    ("none", "submit"): ({"reporter", "superior"}, "submitted"),
    ("draft", "submit"): ({"reporter", "superior"}, "submitted"),
    ("returned", "submit"): ({"reporter", "superior"}, "submitted"),
    ("submitted", "withdraw"): ({"reporter", "superior"}, "draft"),
    ("submitted", "accept"): ({"reviewer"}, "accepted"),
    ("submitted", "return"): ({"reviewer"}, "returned"),
    ("accepted", "return"): ({"reviewer"}, "returned"),
    ("none", "tick"): ({"reviewer"}, "accepted"),
    ("returned", "tick"): ({"reviewer"}, "accepted"),
}


ROLES = ("reporter", "superior", "reviewer", "manager", "viewer")


@pytest.mark.parametrize(("state", "event", "role"), list(itertools.product(SUBMISSION.states, SUBMISSION.acts, ROLES)))
def test_every_cell_of_the_submission_table(state, event, role):
    roles, after = ALLOWED.get((state, event), (set(), ""))
    if role in roles:
        assert SUBMISSION.check(state, event, {role}).after == after
    else:
        with pytest.raises(ConflictError) as refused:
            SUBMISSION.check(state, event, {role})
        assert not any(c.isascii() and c.isalpha() for c in str(refused.value))


OPENED = {("none", "open"): "open", ("open", "lock"): "locked", ("locked", "publish"): "published", ("locked", "reopen"): "open"}
OPENED |= {("published", "reopen"): "open", ("locked", "correct"): "locked", ("published", "correct"): "locked"}
OPENED |= {("open", "due"): "open", ("open", "owing"): "open"}


@pytest.mark.parametrize(("state", "event", "role"), list(itertools.product(PERIOD.states, PERIOD.acts, ROLES)))
def test_every_cell_of_the_period_table(state, event, role):
    if role == "manager" and (state, event) in OPENED:
        assert PERIOD.check(state, event, {role}).after == OPENED[state, event]
    else:
        with pytest.raises(ConflictError):
            PERIOD.check(state, event, {role})
