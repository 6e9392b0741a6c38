"""Why no records are listed behind a figure: entered, entered as a total, computed without a list; while open and when locked."""

from decimal import Decimal

import pytest

from youthpilot.core.kernel.errors import NotFound
from youthpilot.core.periods.services import lock
from youthpilot.plugins.figures.behind import records_behind
from youthpilot.plugins.figures.entries import enter_total


def test_entered_and_computed_are_told_apart_open_and_locked(world):
    world.put("toy.times", 甲村=1)
    period = world.open()
    enter_total(period, world.ids["县"], "toy.meetings", value=Decimal(12), source_file="会议台账.xlsx", actor="李四")
    for _state in ("open", "locked"):
        origins = {key: records_behind(period, key, world.ids["县"], world.registry).origin for key in ("toy.times", "toy.meetings", "toy.young")}
        assert origins == {"toy.times": "unlisted", "toy.meetings": "entered", "toy.young": "claim"}
        if period.state == "open":
            lock(period, world.registry, world.boss, "试点第一期")
    for nobody, key in ((10**9, "toy.times"), (world.ids["县"], "toy.unknown")):
        with pytest.raises(NotFound):
            records_behind(period, key, nobody, world.registry)
