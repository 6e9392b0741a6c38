"""A day is locked as long as a closed period of any kind has it; a correction signs every closed period that it writes into."""

from datetime import date, timedelta

import pytest
from peewee import DateField, IntegerField

from youthpilot.core.kernel.calendar import CalendarPeriod
from youthpilot.core.kernel.db import admit, set_date_guard, withdraw
from youthpilot.core.kernel.schema import create_statements, run
from youthpilot.core.organizations.models import OrganizationRow
from youthpilot.core.periods import guard
from youthpilot.core.periods.guard import PeriodLocked
from youthpilot.core.periods.lock import correction, lock, publish, reopen, verify_chain
from youthpilot.core.periods.models import Period, Snapshot
from youthpilot.core.periods.queries import closed_inside
from youthpilot.plugins.figures.snapshots import snapshot_figures

ONE_DAY = timedelta(days=1)


class ToyDay(OrganizationRow):
    date_field = "on"

    on = DateField()
    number = IntegerField(default=0)

    class Meta:
        table_name = "toyday_rows"


@pytest.fixture
def place(world):
    """The county and village of every row; the guard is in force."""
    admit([ToyDay])
    run(create_statements(ToyDay))
    guard.install()
    yield {"county": world.county.id, "organization": world.ids["甲村"]}
    set_date_guard(lambda model, dates, query: None)
    withdraw([ToyDay])


def closed(world, code):
    period = world.open(code, CalendarPeriod.parse(code).end)
    lock(period, world.registry, world.boss, "截止")
    return period


def is_locked(place, day):
    try:
        ToyDay.create(**place, on=day)
    except PeriodLocked:
        return True
    return False


@pytest.mark.parametrize(("code", "published"), [("2024M02", False), ("2023Q2", True), ("2023Y", False)])
def test_both_boundary_days_are_locked(world, place, code, published):
    period, span = closed(world, code), CalendarPeriod.parse(code)
    if published:
        publish(period, world.registry, world.boss, "急用")
    assert [is_locked(place, day) for day in (span.start - ONE_DAY, span.start, span.end, span.end + ONE_DAY)] == [False, True, True, False]
    assert guard.locked_days([span.start - ONE_DAY, span.start, span.end, span.end + ONE_DAY]) == [span.start, span.end]
    assert [guard.closed_period_of(d) == period for d in (span.start - ONE_DAY, span.start, span.end, span.end + ONE_DAY)] == [
        False,
        True,
        True,
        False,
    ]
    with pytest.raises(PeriodLocked, match=period.title):
        guard.refuse_locked_span(span.end, None)
    with pytest.raises(PeriodLocked):
        guard.refuse_locked_span(date(2000, 1, 1), span.start)
    guard.refuse_locked_span(span.end + ONE_DAY, None)
    guard.refuse_locked_span(date(2000, 1, 1), span.start - ONE_DAY)


def test_rows_of_both_boundary_days_are_kept(world, place):
    span = CalendarPeriod.parse("2023M05")
    rows = [ToyDay.create(**place, on=day) for day in (span.start - ONE_DAY, span.start, span.end, span.end + ONE_DAY)]
    closed(world, "2023M05")
    kept = []
    for row in rows:
        try:
            ToyDay.update(number=1).where(ToyDay.id == row.id).execute()
        except PeriodLocked:
            kept.append(row.on)
    assert kept == [span.start, span.end]


def test_a_locked_month_inside_an_open_half_year_stays_locked(world, place):
    half, may = world.open(), closed(world, "2023M05")
    row = ToyDay.create(**place, on=date(2023, 6, 1))
    with pytest.raises(PeriodLocked, match="2023年5月已锁定"):
        ToyDay.update(on=date(2023, 5, 31)).where(ToyDay.id == row.id).execute()
    assert [p.code for p in closed_inside(half)] == ["2023M05"] and closed_inside(may) == []
    lock(half, world.registry, world.boss, "截止")
    with pytest.raises(PeriodLocked, match="2023年上半年、2023年5月已锁定"):  # both are named, so that nobody opens one in vain
        ToyDay.create(**place, on=date(2023, 5, 31))
    assert guard.closed_period_of(date(2023, 5, 31)) == may and guard.closed_period_of(date(2023, 6, 1)) == half
    reopen(half, "核对", world.boss)
    assert is_locked(place, date(2023, 5, 1)) and not is_locked(place, date(2023, 6, 30))
    reopen(may, "核对", world.boss)
    assert not is_locked(place, date(2023, 5, 1))


def test_a_locked_half_year_keeps_the_month_that_is_open(world, place):
    may, half = world.open("2023M05", date(2023, 6, 5)), closed(world, "2023H1")
    assert is_locked(place, date(2023, 5, 1)) and [p.id for p in closed_inside(may)] == [half.id]


def test_a_correction_signs_every_closed_period_it_writes_into(world, place):
    row = ToyDay.create(**place, on=date(2023, 5, 31))
    world.put("toy.times", 甲村=10)
    april, may, half, year = (closed(world, code) for code in ("2023M04", "2023M05", "2023H1", "2022Y"))
    publish(half, world.registry, world.boss, "急用")
    with correction(may, "甲村日期录错", world.registry, world.boss):
        ToyDay.update(number=9).where(ToyDay.id == row.id).execute()
        world.put("toy.times", 甲村=9)
    found = {p.code: (p.state, p.revision) for p in Period.select()}
    assert found == {"2023M04": ("locked", 1), "2023M05": ("locked", 2), "2023H1": ("locked", 2), "2022Y": ("locked", 1)}
    assert [snapshot_figures(Period.get_by_id(p.id)).value("toy.times") for p in (april, may, half, year)] == [10, 9, 9, 10]
    assert {s.reason for s in Snapshot.select().where(Snapshot.revision == 2)} == {"甲村日期录错"} and verify_chain(world.registry) == []
    with correction(Period.get_by_id(half.id), "会员在册时间", world.registry, world.boss):
        guard.refuse_locked_span(date(2023, 4, 30), date(2023, 4, 30))  # a fact that lasts: nothing is refused, April counted it
    assert [Period.get_by_id(p.id).revision for p in (april, may, half, year)] == [2, 2, 3, 1]
    with pytest.raises(PeriodLocked):
        guard.refuse_locked_span(date(2023, 4, 30), date(2023, 4, 30))
