"""Loans on PostgreSQL: migrations, the demonstration through the services, importers, figures, every page, and claims that wait for each other."""

import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import youthpilot.plugins.loans as loans
from youthpilot.core import DemoTarget, PeriodValue
from youthpilot.core.counties.services import value_of
from youthpilot.core.kernel.db import database
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.services import open_period
from youthpilot.plugins.figures.engine import compute_figures
from youthpilot.plugins.importing.reading import read_sheet
from youthpilot.plugins.importing.services import judge, run_import, undo
from youthpilot.plugins.loans import people, queries, subsidies
from youthpilot.plugins.loans.importers import IMPORTERS
from youthpilot.plugins.loans.models import LoanApplication, LoanDrawdown, LoanElite, LoanRepayment
from youthpilot.plugins.loans.subsidymodels import LoanClaim, LoanDifference

sys.path.insert(0, str(Path(__file__).parents[1] / "plugins"))
import pilot_site  # noqa: E402

HALVES = (
    ("2022H1", date(2022, 1, 1), date(2022, 6, 30)),
    ("2022H2", date(2022, 7, 1), date(2022, 12, 31)),
    ("2023H1", date(2023, 1, 1), date(2023, 6, 30)),
)
WANTED = {
    "loans.registered_entrepreneurs": 35,
    "loans.borrower_times": 57,
    "loans.borrowers": 49,
    "loans.drawn_amount": Decimal(6_320_000),
    "loans.role_models": 45,
}
PAGES = (
    "applications/", "applications/?group=running", "applications/arrears/", "applications/totals/", "elites/", "elites/doubles/", "matches/", "models/",
    "products/", "subsidies/", "subsidies/open/", "programmes/", "differences/",
)  # fmt: skip
BY_KEY = {i.key: i for i in IMPORTERS}


def test_the_demonstration(home, empty_url, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", empty_url)
    for site in pilot_site.site(home, loans, empty_url):
        fill = loans.register_demo()
        for number, (code, start, end) in enumerate(HALVES):
            fill(DemoTarget(value_of(site.county), PeriodValue(number, code, start, end, 0), number == 0, 20230703, True, lambda *a: None, "周敏"))
        period = open_period(site.county, "2023H1", None, site.narrowed(), Clerk("周敏"))
        found = compute_figures(site.county, period, site.narrowed())
        assert {key: found.value(key) for key in WANTED} == WANTED
        assert not any(column.fault for column in found.columns.values())
        _money_adds_up()
        _lists_come_in()
        _doubles_merge()
        for page in PAGES:
            site.enter("admin").get(f"/loans/{page}")
    database.obj.close_all()


def _money_adds_up():
    day = date(2023, 7, 3)
    debts = queries.debts()
    assert all(debt.left(day) >= 0 for debt in debts.values())
    assert queries.outstanding(day) == sum((d.left(day) for d in debts.values()), Decimal(0))
    seen = set()
    for claim in LoanClaim.select().where(LoanClaim.state != "returned").order_by(LoanClaim.drawdown, LoanClaim.from_on):
        before = max((to for note, to in seen if note == claim.drawdown_id), default=date.min)
        assert claim.from_on > before
        seen.add((claim.drawdown_id, claim.to_on))
    ready = subsidies.claimable(list(LoanDrawdown.select().order_by(LoanDrawdown.id)), day)
    row, programme, first, last = ready[0]
    assert subsidies.claim_subsidy(row, programme, first, last, day).amount > 0


def _lists_come_in():
    note = LoanDrawdown.select().where(LoanDrawdown.drawn_on >= date(2023, 1, 1)).order_by(LoanDrawdown.id.desc()).get()
    text = f"借据号,流水号,还款日期,归还本金\n{note.serial},PG1,2023-07-01,100\n没有的借据,1,2023-07-01,5\n"
    sheet = read_sheet(text.encode("utf-8-sig"), "还款.csv")
    importer, bank = BY_KEY["loans_repayments"], {"bank": str(note.bank_id)}
    done = run_import(importer, sheet, bank, reason="已看")
    assert done.counts.added == 1 and LoanRepayment.get(LoanRepayment.serial == "PG1").principal == 100
    assert LoanDifference.select().where(LoanDifference.source_file == "还款.csv").count() == 1
    LoanDifference.update(decision="other", reason="系统外").where(LoanDifference.source_file == "还款.csv").execute()
    assert not [p for r in judge(importer, sheet, bank).rows for p in r.problems]
    undo(done.batch, importer)
    assert not LoanRepayment.select().where(LoanRepayment.serial == "PG1").exists()


def _doubles_merge():
    borrower = LoanApplication.select().order_by(LoanApplication.id.desc()).get().elite
    other = LoanElite.select().where(LoanElite.id != borrower.id, LoanElite.merged_into.is_null()).order_by(LoanElite.id.desc()).get()
    people.merge(other, borrower, "同一人")
    assert not LoanApplication.select().where(LoanApplication.elite == borrower.id).exists()
    assert LoanElite.get_by_id(borrower.id).merged_into == other.id
