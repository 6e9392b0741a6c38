"""The real application with the pilot enabled and two measures: one of the county's, one of 柳河镇."""

import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import pilot_site  # noqa: E402

import youthpilot.plugins.reform as reform  # noqa: E402
from youthpilot.plugins.reform import queries, services  # noqa: E402
from youthpilot.plugins.reform.services import Measure  # noqa: E402


@pytest.fixture
def bare(home):
    """Nothing but the four fronts."""
    yield from pilot_site.site(home, reform)


@pytest.fixture
def site(bare):
    front = queries.fronts()[0].id
    numbers = {"unit": "名", "baseline": Decimal(10), "target": Decimal(50), "listed_on": date(2023, 3, 1)}
    bare.pool = services.add_measure(Measure(front, "建立后备人才库", "团县委", date(2023, 12, 31), **numbers))
    town = Measure(queries.fronts()[1].id, "清理空心团支部", "柳河镇团委", date(2023, 6, 15), listed_on=date(2023, 3, 1))
    bare.hollow = services.add_measure(town, bare.places["柳河镇"])
    return bare
