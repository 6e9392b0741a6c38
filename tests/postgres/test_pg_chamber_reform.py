"""Chamber and pilot on PostgreSQL: the demonstration of both, their figures, their pages."""

import io
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

import youthpilot.plugins.chamber as chamber
import youthpilot.plugins.reform as reform
from youthpilot.core import DemoTarget, PeriodValue, RuleError
from youthpilot.core.counties.services import value_of
from youthpilot.core.kernel.db import database
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.services import lock, open_period
from youthpilot.plugins.chamber import queries as chamber_queries
from youthpilot.plugins.chamber import services as chamber_services
from youthpilot.plugins.chamber.models import ChamberReceipt
from youthpilot.plugins.chamber.services import Member
from youthpilot.plugins.figures.engine import compute_figures
from youthpilot.plugins.reform import queries, services
from youthpilot.plugins.reform.indicators import closed_on
from youthpilot.plugins.reform.models import ReformMeasure, ReformPaper
from youthpilot.plugins.reform.services import Measure

sys.path.insert(0, str(Path(__file__).parents[1] / "plugins"))
import pilot_site  # noqa: E402

HALVES = (
    ("2022H1", date(2022, 1, 1), date(2022, 6, 30)),
    ("2022H2", date(2022, 7, 1), date(2022, 12, 31)),
    ("2023H1", date(2023, 1, 1), date(2023, 6, 30)),
)
PAGES = {
    "chamber": ("home/", "home/terms/", "home/dues/", "units/", "receipts/", "meetings/", "waivers/"),
    "reform": ("board/", "board/lagging/", "board/print/", "measures/", "decisions/", "delegates/", "talks/", "links/"),
}


@pytest.mark.parametrize(
    ("module", "wanted"),
    [
        (chamber, {"chamber.member_units": 58, "chamber.full_cover": True, "chamber.mean_age": Decimal("35.8"), "chamber.dues_waived": 800}),
        (reform, {"reform.measures": 30}),
    ],
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


def test_a_measure_is_closed_with_its_papers_and_the_half_year_stays(home, empty_url, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", empty_url)
    for site in pilot_site.site(home, reform, empty_url):
        m = services.add_measure(
            Measure(queries.fronts()[0].id, "清理空心团支部", "柳河镇团委", date(2023, 6, 15), listed_on=date(2023, 3, 1)), site.places["柳河镇"]
        )
        town, admin, step = site.enter("town"), site.enter("admin"), f"/reform/board/step/?id={m.id}&action="
        town.post(f"/reform/board/progress/?id={m.id}", on="2023-06-05", text="摸底", files=(io.BytesIO(b"%PDF-1.4"), "台账.pdf"))
        town.post(step + "apply", on="2023-06-06")
        admin.post(step + "close", on="2023-06-07")
        assert town.fetch(f"/reform/board/paper/?id={ReformPaper.get().id}") == b"%PDF-1.4"
        site.enter("other").fetch(f"/reform/board/paper/?id={ReformPaper.get().id}", 404)
        period = open_period(site.county, "2023H1", None, site.narrowed(), Clerk("周敏"))
        lock(period, site.narrowed(), Clerk("周敏"), "演示")
        services.advance(ReformMeasure.get_by_id(m.id), "reopen", services.Who("周敏", 1), reason="反弹", on=date(2023, 7, 2))
        assert closed_on(date(2023, 6, 30)) == {m.id} and not closed_on(date(2023, 7, 2))
        with pytest.raises(RuleError, match="已锁定"):
            services.delete_measure(services.add_measure(Measure(queries.fronts()[0].id, "x", "y", date(2023, 12, 31), listed_on=date(2023, 6, 1))))
    database.obj.close_all()


def test_a_roll_of_persons_and_its_money(home, empty_url, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", empty_url)
    for site in pilot_site.site(home, chamber, empty_url):
        old = chamber_services.begin_term(2, date(2018, 5, 20), date(2023, 5, 19))
        unit = chamber_services.add_unit(Member("恒达食品有限公司", "13", date(2021, 5, 4), "王芳", date(1988, 3, 12), phone="17000001234"))
        who = chamber_queries.representative_of(unit, date(2023, 7, 3))
        chamber_services.appoint(old, who, "president", date(2022, 1, 1))
        term = chamber_services.begin_term(3, date(2023, 5, 16), date(2028, 5, 15))
        chamber_services.appoint(term, who, "vice", date(2023, 5, 16))
        chamber_services.waive(unit, 2023, Decimal("100.50"), date(2023, 6, 1), "困难", "会长会议")
        chamber_services.void_receipt(_receipt(site, unit), "写错")
        admin = site.enter("admin")
        for path in (f"compare/?id={term.id}", f"unit/?id={unit.id}", "dues/"):
            admin.get(f"/chamber/home/{path}")
        line = chamber_queries.unit_dues(unit, 2023, date(2023, 7, 3))
        assert (line.waived, line.paid) == (Decimal("100.50"), 0)
        period = open_period(site.county, "2023H1", None, site.narrowed(), Clerk("周敏"))
        lock(period, site.narrowed(), Clerk("周敏"), "演示")
        with pytest.raises(RuleError, match="已锁定"):
            chamber_services.leave(unit, date(2023, 6, 30), "外迁")
        chamber_services.leave(unit, date(2023, 7, 1), "外迁")
    database.obj.close_all()


def _receipt(site, unit):
    values = {"county": site.county, "organization": site.places[""], "unit": unit, "year": 2023, "amount": Decimal(300)}
    return ChamberReceipt.create(**values, paid_on=date(2023, 6, 1), receipt_no="Q2023-001")
