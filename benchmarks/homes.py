"""The homes that are measured: the demonstration (572,000 records), or a county of a few villages for the small run; on either engine."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import structlog

from youthpilot.core.accounts.services import create_user, grant_role
from youthpilot.core.counties.models import County
from youthpilot.core.counties.services import county_registry
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.schema import refresh_statistics
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.services import open_period
from youthpilot.core.registry import Registry
from youthpilot.core.testing import installation, make_county, make_organization
from youthpilot.plugins.demo import build
from youthpilot.plugins.importing.queries import importer_named
from youthpilot.plugins.importing.reading import read_sheet
from youthpilot.plugins.importing.services import run_import
from youthpilot.plugins.study.services import add_issue

PASSWORD = "bench-river-7-boats"
PERIOD = "2023H1"
CONNECTIONS = 8


@dataclass(frozen=True)
class Home:
    """An installation that is open: county `demo` is measured, county `linshui` is the neighbour."""

    folder: Path
    url: str
    registry: Registry

    @property
    def engine(self) -> str:
        """How the table calls it."""
        return "PostgreSQL" if self.url else "SQLite"

    def county(self, code: str = "demo") -> Any:
        """The row of a county."""
        return County.get(County.code == code)

    def raw(self) -> Any:
        """A driver's own connection in autocommit, for the peers; statements mark their values by %s (see `rows`)."""
        if self.url:
            return psycopg.connect(self.url, autocommit=True)
        return sqlite3.connect(self.folder / "youthpilot.db", isolation_level=None, timeout=60)

    def rows(self, statement: str, *values: Any) -> list[Any]:
        """What a statement finds, read by the driver alone."""
        with closing(self.raw()) as connection:
            return list(connection.execute(statement if self.url else statement.replace("%s", "?"), values).fetchall())

    @contextmanager
    def inside(self, code: str = "demo") -> Iterator[tuple[Any, Any]]:
        """In a county's scope: (county, its modules)."""
        county = self.county(code)
        with scoped(county_scope(county)):
            yield county, county_registry(self.registry, county)


@contextmanager
def home(folder: Path, small: bool = False, url: str = "") -> Iterator[Home]:
    """A freshly built home in an empty folder (or the empty database at `url`), with an account for each connection of a visitor."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    folder.mkdir(parents=True, exist_ok=True)
    with installation(folder, Registry().load_installed(), url) as registry:
        if small:
            _small(registry)
        else:
            build(registry, say=lambda *words: None)
        for number in range(CONNECTIONS):  # one person has three sessions at most
            visitor = create_user(f"bench{number}", f"访客{number}", PASSWORD, must_change=False)
            grant_role(visitor, "county_admin", County.get(County.code == "demo"))
        yield Home(folder, url, registry)
        if url:
            database.obj.close_all()


def _small(registry: Registry) -> None:
    for code, name in (("demo", "示范县"), ("linshui", "临水县")):
        county = make_county(registry, code, name, enable=("study", "ledger"))
        villages = [
            make_organization(county, f"{town}{number}村", "village", above)
            for town in ("甲镇", "乙镇")
            for above in [make_organization(county, town, "township")]
            for number in "12"
        ]
        with scoped(county_scope(county)):
            narrowed = county_registry(registry, county)
            learned(narrowed, villages, people=5, numbers=range(1, 3))
            open_period(county, PERIOD, date(2023, 7, 20), narrowed, Clerk("测量"))
    refresh_statistics()


def learned(registry: Any, places: list[Any], people: int, numbers: range) -> int:
    """`people` members of each place learned each of the issues of 2023 with these numbers, by the importer; how many records that are."""
    importer = importer_named(registry, "study_learners")
    for number in numbers:
        starts = date(2023, 1, 1) + timedelta(days=number)
        issue = add_issue(2023, number, starts, starts + timedelta(days=6))
        rows = [f"{place.name},{_name(at)},{starts}" for place in places for at in range(people)]
        sheet = read_sheet("\n".join(["团组织,姓名,学习时间", *rows]).encode("utf-8-sig"), f"{number}.csv")
        run_import(importer, sheet, {"issue": str(issue.id)}, actor=None, reason="测量")
    return len(places) * people * len(numbers)


def _name(number: int) -> str:
    """Another name for each number below 160,000."""
    return f"王{chr(0x4E00 + number // 400)}{chr(0x5000 + number % 400)}"
