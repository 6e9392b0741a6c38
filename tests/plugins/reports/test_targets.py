"""Which targets a report answers, to the day; a plan for one kind of period is not held against a piece of it."""

import importlib.util
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from youthpilot.plugins.figures.queries import figures_of
from youthpilot.plugins.reports.models import Target
from youthpilot.plugins.reports.services import fulfilment_table, targets_for

PATH = Path(__file__).parents[1] / "figures_world.py"


@pytest.fixture
def world(in_county):
    if "figures_world" not in sys.modules:
        spec = importlib.util.spec_from_file_location("figures_world", PATH)
        sys.modules["figures_world"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["figures_world"])
    return sys.modules["figures_world"].build(in_county)


def plan(world, period, due_on, value=40):
    root = world.ids["县"]
    text = {"text": "上半年参学不少于40人次", "value": Decimal(value), "due_on": due_on}
    Target.create(county=world.county.id, organization=root, period=period, key="toy.times", comparator=">=", **text)


def answers(world, period):
    """What the report says of each target: 完成, 未完成, 进行中，…"""
    table = fulfilment_table(period, world.county, world.registry, date(2023, 7, 3))
    return [row[-1] for row in table.rows] if table else []


@pytest.mark.parametrize(
    ("due_on", "said"),
    [
        (date(2022, 12, 31), []),  # over on the last day before the period
        (date(2023, 1, 1), ["未完成"]),
        (date(2023, 6, 30), ["未完成"]),  # due on the period's last day: it is over
        (date(2023, 7, 1), ["进行中，62.5%"]),
        (None, ["未完成"]),
    ],
)
def test_a_target_is_answered_from_its_first_to_its_last_day(world, due_on, said):
    plan(world, world.open("2022H2", None), due_on)
    world.put("toy.times", 甲村=25)
    assert answers(world, world.open("2023H1", None)) == said


def test_reached_is_reached_on_the_number(world):
    before = world.open("2022H2", None)
    for value in (26, 25, 24):
        plan(world, before, date(2023, 12, 31), value)
    world.put("toy.times", 甲村=25)
    assert answers(world, world.open("2023H1", None)) == ["进行中，96.2%", "完成", "完成"]


@pytest.mark.parametrize(
    ("code", "due_on", "count"),
    [
        ("2023Q1", date(2023, 6, 30), 1),  # begins with the target: the first quarter of it is done
        ("2023Q1", date(2023, 3, 31), 1),
        ("2023Q1", date(2023, 3, 30), 0),  # the quarter goes on after the target's last day
        ("2023Q1", None, 0),
        ("2023Q2", date(2023, 6, 30), 0),  # a part in the middle of it says nothing
        ("2023Y", date(2023, 6, 30), 0),  # a year's number against a half-year's target
        ("2023Y", date(2023, 12, 31), 1),
        ("2023H2", date(2023, 12, 31), 1),  # its own kind, as ever
    ],
)
def test_what_a_period_of_another_kind_answers(world, code, due_on, count):
    plan(world, world.open("2022H2", None), due_on)
    period = world.open(code, None)
    assert len(targets_for(period, figures_of(world.county, period, world.registry))) == count
