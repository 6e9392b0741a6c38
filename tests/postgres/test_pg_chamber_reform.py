"""Chamber and pilot on PostgreSQL: the demonstration of both, their figures, their pages."""

import sys
from datetime import date
from pathlib import Path

import pytest

import youthpilot.plugins.chamber as chamber
import youthpilot.plugins.reform as reform
from youthpilot.core import DemoTarget, PeriodValue
from youthpilot.core.counties.services import value_of
from youthpilot.core.db import database
from youthpilot.core.figures.engine import compute_figures
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.services import open_period

sys.path.insert(0, str(Path(__file__).parents[1] / "plugins"))
import pilot_site  # noqa: E402

HALVES = (
    ("2022H1", date(2022, 1, 1), date(2022, 6, 30)),
    ("2022H2", date(2022, 7, 1), date(2022, 12, 31)),
    ("2023H1", date(2023, 1, 1), date(2023, 6, 30)),
)
PAGES = {
    "chamber": ("home/", "home/terms/", "home/dues/", "units/", "receipts/", "meetings/"),
    "reform": ("board/", "board/lagging/", "board/print/", "measures/", "decisions/", "delegates/"),
}


@pytest.mark.parametrize(
    ("module", "wanted"), [(chamber, {"chamber.member_units": 58, "chamber.full_cover": True}), (reform, {"reform.measures": 30})]
)
def test_the_demonstration(home, empty_url, monkeypatch, module, wanted):
    monkeypatch.setenv("DATABASE_URL", empty_url)
    for site in pilot_site.site(home, module, empty_url):
        fill = module.register_demo()
        for number, (code, start, end) in enumerate(HALVES):
            fill(DemoTarget(value_of(site.county), PeriodValue(number, code, start, end, 0), number == 0, 20230703, True, lambda *a: None, "周敏"))
        period = open_period(site.county, "2023H1", None, site.narrowed(), Clerk("周敏"))
        found = compute_figures(site.county, period, site.narrowed())
        assert {key: found.value(key) for key in wanted} == wanted
        assert not any(column.fault for column in found.columns.values())
        for page in PAGES[module.PLUGIN.name]:
            site.enter("admin").get(f"/{module.PLUGIN.name}/{page}")
    database.obj.close_all()
