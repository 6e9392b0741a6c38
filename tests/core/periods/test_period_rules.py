"""The due day that is proposed, and the two transition tables cell by cell."""

import itertools
from datetime import date

import pytest

from youthpilot.core.kernel.calendar import CalendarPeriod
from youthpilot.core.kernel.errors import ConflictError
from youthpilot.core.periods import rules
from youthpilot.core.periods.rules import PERIOD, SUBMISSION


@pytest.mark.parametrize(
    ("code", "today", "proposed"),
    [
        ("2023Q2", date(2023, 6, 30), date(2023, 6, 30)),  # its last day is not over yet
        ("2023Q2", date(2023, 7, 1), date(2023, 7, 10)),  # a week later is a Saturday
        ("2023Q2", date(2023, 7, 2), date(2023, 7, 10)),  # a Sunday
        ("2023Q2", date(2023, 7, 7), date(2023, 7, 14)),  # a Friday stays
        ("2023M02", date(2023, 3, 1), date(2023, 3, 8)),
        ("2023Y", date(2023, 12, 31), date(2023, 12, 31)),
    ],
)
def test_the_due_day_proposed(code, today, proposed):
    assert rules.proposed_due(CalendarPeriod.parse(code), today) == proposed


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
