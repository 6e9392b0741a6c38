"""Locking a half-year with 1×, 3× and 10× the facts: how long it takes, and how long nobody else can write meanwhile."""

import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from youthpilot.core.counties.services import county_registry
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.models import Period
from youthpilot.core.periods.queries import get_period
from youthpilot.core.periods.services import lock, open_period, reopen
from youthpilot.core.registry import Registry
from youthpilot.core.testing import installation, make_county, make_organization
from youthpilot.plugins.figures.snapshots import snapshot_figures

from .homes import PERIOD, learned
from .measure import Line, agree, seconds

HELD = 1.0  # seconds: the most that others wait
STEPS = (1, 3, 10)
VILLAGES = 40


def locking(rounds: int, facts: int) -> Iterator[Line]:
    """Nine files in ten come after the first lock; `facts`: records of the first step."""
    with tempfile.TemporaryDirectory(prefix="youthpilot-bench-") as folder, installation(Path(folder), Registry().load_installed()) as registry:
        county = make_county(registry, enable=("study",))
        places = [make_organization(county, f"{number}号村", "village") for number in range(VILLAGES)]
        narrowed, done, first = county_registry(registry, county), 0, (0.0, 0.0)
        people = -(-facts // VILLAGES)
        with scoped(county_scope(county)):
            open_period(county, PERIOD, date(2023, 7, 20), narrowed, Clerk("测量"))
            for step in STEPS:
                learned(narrowed, places, people, range(done + 1, step + 1))
                done = step
                whole, held = _locked(Path(folder), narrowed, rounds, people * VILLAGES * step)
                first = first if step > 1 else (whole, held)
                count = f"{people * VILLAGES * step:,} records"
                yield Line(f"lock, {count}", whole, first[0], "1×")
                yield Line(f"lock, {count}: others wait", held, HELD, "the limit", 1, f"{held / first[1]:.2f} of 1×")


def _locked(folder: Path, registry: Any, rounds: int, records: int) -> tuple[float, float]:
    """(seconds of the fastest lock, the longest that another connection waited to write in it)."""
    found = []
    for _round in range(rounds):
        period = get_period(PERIOD)
        with waiting(folder / "youthpilot.db") as waits:
            whole = seconds(partial(lock, period, registry, Clerk("测量"), "测量"))
        agree(_participations(), records, "participations in the lock")
        reopen(get_period(PERIOD), "测量", Clerk("测量"))
        found.append((whole, max(waits)))
    return min(found)


def _participations() -> int:
    figures = snapshot_figures(Period.get(Period.code == PERIOD))
    return int(figures.value("study.participations"))


@contextmanager
def waiting(path: Path) -> Iterator[list[float]]:
    """Meanwhile another connection asks again and again for the right to write; how long it waited each time."""
    over, waits = threading.Event(), [0.0]

    def ask() -> None:
        with closing(sqlite3.connect(path, isolation_level=None, timeout=600)) as connection:
            while not over.is_set():
                asked = time.perf_counter()
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("ROLLBACK")
                waits.append(time.perf_counter() - asked)
                over.wait(0.002)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield waits
    finally:
        over.set()
        asking.join()
