"""All figures of a county against one hand-written statement, and against what is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from youthpilot.core.periods.queries import get_period
from youthpilot.plugins.figures.engine import compute_figures
from youthpilot.plugins.figures.queries import figures_of

from .homes import PERIOD, Home
from .measure import Line, agree, alternately

PARTICIPATIONS = """SELECT r.organization_id, count(*) FROM study_record r JOIN study_issue i ON i.id = r.issue_id
    WHERE r.county_id = %s AND i.kind = 'study' AND i.closes_on BETWEEN '2023-01-01' AND '2023-06-30' GROUP BY 1"""


def figures(home: Home, rounds: int) -> Iterator[Line]:
    """Counters must beat the facts."""
    with _basis(home) as (county, period, registry):

        def peer() -> int:
            return sum(n for _o, n in home.rows(PARTICIPATIONS, county.id))

        agree(compute_figures(county, period, registry).value("study.participations"), peer(), "study.participations")
        mine, theirs = alternately(rounds, lambda: compute_figures(county, period, registry), peer)
        yield Line(f"all figures, {home.engine}", mine, theirs, "one GROUP BY over the records")


def kept(home: Home, rounds: int) -> Iterator[Line]:
    """What a page pays while nothing was written."""
    with _basis(home) as (county, period, registry):
        agree(figures_of(county, period, registry).value("study.participations"),
              compute_figures(county, period, registry).value("study.participations"), "kept figures")  # fmt: skip
        mine, theirs = alternately(rounds, lambda: figures_of(county, period, registry), lambda: compute_figures(county, period, registry))
        yield Line(f"the same kept, {home.engine}", mine, theirs, "computing them", 0.2)


@contextmanager
def _basis(home: Home) -> Iterator[tuple[Any, Any, Any]]:
    with home.inside() as (county, registry):
        yield county, get_period(PERIOD), registry
