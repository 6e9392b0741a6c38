"""Months, quarters, half-years and years side by side: opened, filled in, late, locked, compared; which one the work is about."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest

from youthpilot.core.kernel.clock import LOCAL
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.errors import ConflictError, RuleError
from youthpilot.core.periods.lock import lock
from youthpilot.core.periods.managing import change_due
from youthpilot.core.periods.models import Period
from youthpilot.core.periods.queries import (
    closed_inside,
    current_period,
    kinds_used,
    last_year_period,
    open_periods,
    periods,
    previous_period,
    suggested_code,
    totals_only,
)
from youthpilot.core.periods.reminders import reminder_text
from youthpilot.plugins.figures.forms import read_form
from youthpilot.plugins.figures.queries import base_values, bases, figures_of, history_of
from youthpilot.plugins.figures.typed import Given

ONE_DAY = timedelta(days=1)
KINDS = [
    ("2023M05", "2023年5月", "2023M04", "2022M05", date(2023, 5, 31)),
    ("2024M02", "2024年2月", "2024M01", "2023M02", date(2024, 2, 29)),
    ("2023Q1", "2023年第一季度", "2022Q4", "2022Q1", date(2023, 3, 31)),
    ("2023H1", "2023年上半年", "2022H2", "2022H1", date(2023, 6, 30)),
    ("2023Y", "2023年度", "2022Y", "2022Y", date(2023, 12, 31)),
]


@pytest.mark.parametrize(("code", "title", "before", "last_year", "end"), KINDS)
def test_opened_filled_locked_compared(world, code, title, before, last_year, end):
    for earlier, number in dict.fromkeys([(before, 20), (last_year, 20 if before == last_year else 16)]):
        world.put("toy.times", 甲村=number)
        lock(world.open(earlier, None), world.registry, world.boss, "截止")
    world.put("toy.times", 甲村=25)
    period = world.open(code, None)
    assert (period.title, period.due_on, period.end_on) == (title, end, end)
    given = {"toy.meetings": Given("3")}
    assert not world.submit(period, "甲村", given, on=end).late and world.submit(period, "乙村", given, on=end + ONE_DAY).late
    assert reminder_text(period, end).endswith("填报今天截止，请未报单位按时在系统提交，有困难请联系团县委办公室。")
    assert f"{title}填报应报6个，已报2个" in reminder_text(period, end) and "填报已于" in reminder_text(period, end + ONE_DAY)
    lock(period, world.registry, world.boss, "截止")
    figures = figures_of(world.county, period, world.registry)
    assert (figures.value("toy.times"), figures.value("toy.meetings")) == (25, 6)
    assert (previous_period(period).code, last_year_period(period).code) == (before, last_year)
    found = bases(world.county, period, world.registry)
    assert found.value("toy.times", which="previous") == 20 and found.change(figures.get("toy.times"), "previous").amount == Decimal("25.0")
    values = base_values(world.county, period, world.registry)
    assert (values.previous["toy.times"], values.last_year["toy.times"]) == (20, 20 if before == last_year else 16)
    assert history_of(world.county, period, "toy.times", Decimal(25))[-2:] == [20, 25]


def test_forms_compare_with_their_own_kind(world):
    world.put("toy.times", 甲村=500)
    lock(world.open("2022Y", None), world.registry, world.boss, "截止")
    world.put("toy.times", 甲村=20)
    lock(world.open("2022M12", None), world.registry, world.boss, "截止")
    fields = {f.key: f for f in read_form(world.open("2023M01", None), world.ids["甲村"], world.registry).fields}
    assert (fields["toy.times"].previous, fields["toy.times"].last_year) == (20, None)


def test_a_year_may_be_open_beside_its_halves_but_nothing_twice(world):
    for code in ("2023Y", "2023H1", "2023Q1", "2023M01", "2023H2"):
        world.open(code, None)
    for code, title in (("2023Y", "2023年度"), ("2023M01", "2023年1月")):
        with pytest.raises(ConflictError, match=f"{title}.*已经打开"):
            world.open(code, None)
    with pytest.raises(RuleError, match="不是报告期"):
        world.open("2023Q5", None)
    with pytest.raises(RuleError, match="截止日早于|早于"):
        world.open("2023M03", date(2023, 2, 28))
    assert world.open("2023M03", date(2023, 3, 1)).due_on == date(2023, 3, 1)  # its first day is not before it
    assert [p.code for p in periods()] == ["2023Y", "2023H2", "2023H1", "2023Q1", "2023M03", "2023M01"]


def test_work_is_about_what_is_due_first(world):
    assert current_period(date(2023, 5, 20)) is None
    year, half = world.open("2023Y", date(2024, 1, 10)), world.open("2023H1", date(2023, 7, 5))
    may = world.open("2023M05", date(2023, 6, 2))
    assert current_period(date(2023, 4, 30)) == half  # May has not begun
    assert current_period(date(2023, 5, 1)) == may and [p.code for p in open_periods(date(2023, 5, 1))] == ["2023M05", "2023H1", "2023Y"]
    lock(may, world.registry, world.boss, "截止")
    assert current_period(date(2023, 5, 20)) == half
    june, second = world.open("2023M06", date(2023, 7, 5)), world.open("2023Q2", date(2023, 7, 5))
    assert current_period(date(2023, 6, 1)) == half  # due on the same day: the longest one
    for period in (june, half, second):
        lock(Period.get_by_id(period.id), world.registry, world.boss, "截止")
    assert current_period(date(2023, 7, 3)) == year
    lock(year, world.registry, world.boss, "截止")
    assert current_period(date(2024, 1, 20)) == year and open_periods(date(2024, 1, 20)) == []


def test_another_due_day_from_the_first_day_on(world):
    may = world.open("2023M05", None)
    with pytest.raises(RuleError):
        change_due(may, date(2023, 4, 30), "提前", world.boss)
    assert change_due(may, date(2023, 5, 1), "提前", world.boss).due_on == date(2023, 5, 1)


@pytest.mark.parametrize(("opened", "totals"), [("2023-06-30", False), ("2023-07-01", True)])
def test_opened_on_its_last_day_is_work(world, monkeypatch, opened, totals):
    from youthpilot.core.periods.services import open_period

    monkeypatch.setenv("YOUTHPILOT_TODAY", opened)
    period = open_period(world.county, "2023H1", None, world.registry, world.boss, owing=False)
    day = date.fromisoformat(opened)
    Period.update(opened_at=datetime.combine(day, time(12), LOCAL)).where(Period.id == period.id).execute()
    assert totals_only(Period.get_by_id(period.id)) == totals


def test_closed_periods_that_share_one_day_only(world):
    half = world.open("2023H1", None)
    for code in ("2023M01", "2023M06", "2022M12", "2023M07"):
        lock(world.open(code, None), world.registry, world.boss, "截止")
    assert [p.code for p in closed_inside(half)] == ["2023M01", "2023M06"]


NEXT = [
    ([], date(2023, 6, 30), "2023H1"),  # 2022H2 ended more than three months ago
    ([], date(2023, 7, 1), "2023H1"),
    (["2023M05"], date(2023, 6, 1), "2023M06"),
    (["2023M05"], date(2023, 7, 1), "2023M06"),
    (["2023M05", "2023M06"], date(2023, 6, 20), "2023M07"),
    (["2023Q1"], date(2023, 6, 30), "2023Q2"),
    (["2023Q1"], date(2023, 7, 1), "2023Q2"),
    (["2022Y"], date(2023, 4, 2), "2023Y"),
    (["2021Y"], date(2023, 4, 2), "2022Y"),  # the 92nd day after its end
    (["2021Y"], date(2023, 4, 3), "2023Y"),
    (["2023H1", "2023Q2", "2023Y"], date(2023, 7, 3), "2023Q3"),  # 2024 has not begun: of the other kinds the one used last
    (["2023H1", "2023Q2", "2023Y"], date(2023, 6, 30), "2024Y"),  # nothing else has begun
    (["2023M05", "2022H2"], date(2023, 7, 1), "2023H1"),  # the kind of the last act, not of the newest days
]


def test_the_next_of_the_kinds_used(world):
    for opened, day, suggested in NEXT:
        with database.atomic() as trial:
            for code in opened:
                world.open(code, None)
            assert suggested_code(day) == suggested, (opened, day)
            trial.rollback()


def test_totals_of_an_earlier_year_change_no_habit(world):
    from youthpilot.core.periods.services import open_period

    world.open("2023M06", None)
    open_period(world.county, "2022Y", None, world.registry, world.boss, owing=False)
    assert kinds_used() == ["month"]
