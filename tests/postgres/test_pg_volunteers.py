"""Volunteers on PostgreSQL: the demonstration, its figures, its pages, sums of money and minutes, a total without names."""

import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import youthpilot.plugins.volunteers as volunteers
from youthpilot.core import DemoTarget, PeriodValue
from youthpilot.core.counties.services import value_of
from youthpilot.core.kernel.db import database
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.services import open_period
from youthpilot.plugins.figures.engine import compute_figures
from youthpilot.plugins.volunteers import queries, services
from youthpilot.plugins.volunteers.models import Campaign, Volunteer

sys.path.insert(0, str(Path(__file__).parents[1] / "plugins"))
import pilot_site  # noqa: E402

HALVES = (
    ("2022H1", date(2022, 1, 1), date(2022, 6, 30)),
    ("2022H2", date(2022, 7, 1), date(2022, 12, 31)),
    ("2023H1", date(2023, 1, 1), date(2023, 6, 30)),
)
PAGES = ("roster/", "roster/totals/", "roster/volunteer/?id=1", "activities/", "activities/approving/", "projects/", "certificates/", "association/", "rooms/",
         "campaigns/", "campaigns/campaign/?id=1")  # fmt: skip
WANTED = {"volunteers.joined": 317, "volunteers.funds_raised": 830_000, "volunteers.rooms_built": 63, "volunteers.activities": 4}


def test_the_demonstration(home, empty_url, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", empty_url)
    for site in pilot_site.site(home, volunteers, empty_url):
        fill = volunteers.register_demo()
        for number, (code, start, end) in enumerate(HALVES):
            fill(DemoTarget(value_of(site.county), PeriodValue(number, code, start, end, 0), number == 0, 20230703, True, lambda *a: None, "周敏"))
        period = open_period(site.county, "2023H1", None, site.narrowed(), Clerk("周敏"))
        found = compute_figures(site.county, period, site.narrowed())
        assert {key: found.value(key) for key in WANTED} == WANTED
        assert not any(column.fault for column in found.columns.values())
        least, _day = queries.lowest_balance(Campaign.get().id)
        assert Decimal(0) <= least <= queries.money_of(Campaign.get().id).left
        services.correct_volunteer(Volunteer.get(), {"guardian_name": "诸葛长名字的监护人"})  # longer than the old plain column once encrypted
        assert Volunteer.get(Volunteer.guardian_name != "").guardian_name == "诸葛长名字的监护人"
        for page in PAGES:
            site.enter("admin").get(f"/volunteers/{page}")
    database.obj.close_all()
