"""Ages in the strict reading, minutes, stars, due days: pure rules."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from youthpilot.plugins.volunteers import rules
from youthpilot.plugins.volunteers.workflows import CARES, ROOM

MOMENT = datetime(2023, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("birth", "on", "years"),
    [
        (date(2005, 7, 3), date(2023, 7, 3), 17),  # the birthday itself still counts as before
        (date(2005, 7, 3), date(2023, 7, 4), 18),
        (date(2004, 2, 29), date(2022, 2, 28), 17),
        (date(2004, 2, 29), date(2022, 3, 1), 18),
        (date(2023, 1, 1), date(2023, 1, 1), -1),
    ],
)
def test_full_years_start_the_day_after_the_birthday(birth, on, years):
    assert rules.full_years(birth, on) == years


def test_a_guardian_is_needed_up_to_the_birthday():
    birth = date(2005, 7, 3)
    assert [rules.needs_guardian(birth, day, rules.Ages()) for day in (date(2023, 7, 3), date(2023, 7, 4))] == [True, False]


@given(st.integers(0, 20_000), st.integers(0, 20_000), st.integers(1, 20_000), st.integers(1, 20_000))
def test_overlap_is_symmetric_and_touching_is_none(a, b, x, y):
    first = (MOMENT + timedelta(minutes=a), MOMENT + timedelta(minutes=a + x))
    second = (MOMENT + timedelta(minutes=b), MOMENT + timedelta(minutes=b + y))
    assert rules.overlaps(*first, [second]) == rules.overlaps(*second, [first]) == (a < b + y and b < a + x)


@pytest.mark.parametrize(("starts", "ends", "shared"), [(-1, None, False), (0, None, True), (59, None, True), (60, None, False),
                                                         (-30, 0, False), (-30, 1, True), (59, 90, True), (60, 90, False)])  # fmt: skip
def test_a_stretch_of_an_hour_beside_another(starts, ends, shared):
    other = (MOMENT + timedelta(minutes=starts), None if ends is None else MOMENT + timedelta(minutes=ends))
    assert rules.overlaps(MOMENT, MOMENT + timedelta(minutes=60), [other]) == shared


@given(st.integers(0, 200_000))
def test_stars_rise_with_minutes_and_never_pass_the_ladder(minutes):
    ladder = rules.read_ladder("100,300，600、1000,1500")
    assert rules.stars(minutes, ladder) <= rules.stars(minutes + 60, ladder) <= 5
    assert rules.stars(100 * 60 - 1, ladder) == 0 and rules.stars(100 * 60, ladder) == 1


@pytest.mark.parametrize("text", ["", "100,100", "300,100", "0,5", "甲"])
def test_a_ladder_must_rise(text):
    with pytest.raises(ValueError):
        rules.read_ladder(text)


def test_disclosures_of_a_long_and_a_short_campaign():
    due = rules.disclosures_due(date(2022, 1, 10), date(2022, 12, 31))
    assert [(d.kind, d.on) for d in due] == [
        ("interim", date(2022, 4, 10)),
        ("interim", date(2022, 7, 10)),
        ("interim", date(2022, 10, 10)),
        ("final", date(2023, 3, 31)),
    ]
    assert [d.kind for d in rules.disclosures_due(date(2022, 1, 10), date(2022, 6, 30))] == ["final"]
    assert [d.kind for d in rules.disclosures_due(date(2022, 1, 10), date(2022, 7, 10))] == ["final"]  # six months are not longer than six
    assert [d.on for d in rules.disclosures_due(date(2022, 1, 10), date(2022, 7, 11))][:-1] == [date(2022, 4, 10), date(2022, 7, 10)]
    assert [d.on for d in rules.disclosures_due(date(2022, 1, 10), date(2022, 10, 10))][-2] == date(2022, 10, 10)  # due on the last day itself
    assert rules.open_disclosures(due, [date(2022, 4, 8), date(2022, 7, 8)])[0].on == date(2022, 10, 10)


@pytest.mark.parametrize(
    ("number", "id_no", "bad"),
    [
        ("V32090923000001", "", False),
        ("320999200005040010", "", True),
        ("V200005040", "320999200005040010", False),
        ("20000504", "320999200005040010", True),
    ],
)
def test_a_unified_number_is_never_an_id_number(number, id_no, bad):
    assert rules.looks_like_id(number, id_no) is bad


@pytest.mark.parametrize(("minutes", "text"), [(0, "0"), (90, "1.5"), (95, "1.6"), (93, "1.6"), (92, "1.5"), (60_000, "1,000")])
def test_hours_are_printed_half_up_with_one_decimal(minutes, text):
    assert rules.hours_text(minutes) == text


def test_a_room_goes_one_step_at_a_time():
    onward = {state: [t.act for t in ROOM.open_to(state, {CARES})] for state in ROOM.states}
    assert onward["survey"] == ["review", "dropped"] and onward["air_test"] == ["handed", "dropped", "test"]
    assert onward["handed"] == ["followed"] and onward["followed"] == [] == onward["dropped"]
