"""Figures from rows: three half-years of the demonstration, the acceptance values, the sentence, panels and problems."""

import csv
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from youthpilot.core import DemoTarget, RuleError
from youthpilot.core.counties.services import county_registry, value_of
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.lock import lock
from youthpilot.core.periods.models import Period
from youthpilot.core.periods.queries import period_value
from youthpilot.core.periods.services import open_period
from youthpilot.core.testing import make_organization
from youthpilot.plugins.figures.engine import compute_figures
from youthpilot.plugins.figures.hookspecs import indicators
from youthpilot.plugins.loans import lending, panels, queries, services
from youthpilot.plugins.loans.demo import fill
from youthpilot.plugins.reports.services import compose_now

from .conftest import enter, granted

D = Decimal
ACCEPTANCE = Path(__file__).parents[2] / "acceptance" / "half_year_figures.csv"


def figures(world, when=(date(2023, 1, 1), date(2023, 6, 30))):
    """key → value at the county's root."""
    found = compute_figures(world.county, when, county_registry(world.registry, world.county))
    return {k: found.value(k, world.at.root) for k in found.keys if k.startswith("loans.")}, found


@pytest.fixture
def demo(world, monkeypatch):
    """The flagship's loans of three half-years, the first two locked."""
    for n in range(12):
        town = make_organization(world.county, f"第{n}镇", "township", None)
        for m in range(5):
            make_organization(world.county, f"第{n}镇{m}村", "village", town)
    narrowed, clerk, targets = county_registry(world.registry, world.county), Clerk("周敏"), []
    services.LoanProduct.delete().execute()
    services.LoanBank.delete().execute()
    for code, day in (("2022H1", "2022-07-18"), ("2022H2", "2023-01-16"), ("2023H1", "2023-07-03")):
        monkeypatch.setenv("YOUTHPILOT_TODAY", day)
        period = open_period(world.county, code, None, narrowed, clerk)
        target = DemoTarget(value_of(world.county), period_value(period), code == "2022H1", 20230703, True, lambda *a: None, "周敏")
        fill(target)
        targets += target.targets
        if code != "2023H1":
            lock(period, narrowed, clerk, "演示")
    world.narrowed, world.targets = narrowed, targets
    return world


def test_the_demonstration_gives_the_report_that_people_know(demo):
    values, found = figures(demo, Period.get(Period.code == "2023H1"))
    with ACCEPTANCE.open(encoding="utf-8") as file:
        wanted = {row["key"]: D(row["value"]) for row in csv.DictReader(file) if row["module"] == "loans"}
    assert {k: values[k] for k in wanted} == wanted
    assert values["loans.drawn_amount"] == 6_320_000
    assert values["loans.borrowers"] == 49 and 49 <= values["loans.contracts"] <= 57  # persons, contracts, person-times
    assert values["loans.overdue_count"] == 2 and 0 < values["loans.overdue_rate"] < 10
    earlier, _found = figures(demo, (date(2022, 1, 1), date(2022, 6, 30)))
    assert (earlier["loans.borrower_times"], earlier["loans.drawn_amount"], earlier["loans.role_models"]) == (46, 4_980_000, 38)
    drawn = queries.drawn(date(2000, 1, 1), date(2023, 6, 30))
    paid = sum(r.principal for r in lending.LoanRepayment.select())
    assert values["loans.outstanding"] == drawn - paid > 0
    assert all(k.startswith("loans.") for k, *_rest in demo.targets)


def test_its_sentence_names_the_first_two(demo):
    period = Period.get(Period.code == "2023H1")
    _frame, composed = compose_now(period, demo.county, demo.narrowed)
    from youthpilot.plugins.reports.compile import compile_report
    from youthpilot.plugins.reports.markdown import render_markdown

    text = render_markdown(compile_report(_frame, composed, {})).replace("\\", "")
    text = re.sub(r"\*\*（\d+个单位中\d+个有数）\*\*", "", text)  # only some towns report here
    assert "发掘录入“新农菁英”35人，合计发放贷款57人次，共632万元，深挖培塑创业典型，涌现出沈祥容、张其领等45名优秀农村青年。" in text
    assert "发放贷款金额不低于1000万元" in text and "助力乡村振兴" in text


def test_home_and_closing(demo):
    period = Period.get(Period.code == "2023H1")
    shown = panels.panels(value_of(demo.county), date(2023, 7, 3))
    assert [p.title for p in shown] == ["2 笔贷款逾期未还", "4 笔贷款申请等待办理", "创业贷款"]
    assert shown[0].todo and shown[1].todo and shown[2].lines[0] == "今年已发放 632 万元，目标 1,000 万元，完成 63.2%"
    texts = [p.text for p in panels.problems(value_of(demo.county), period_value(period))]
    assert texts and "2 笔贷款逾期" in texts[0]


def test_every_figure_lists_its_rows(demo):
    from youthpilot.plugins.figures.engine import Frame

    period = Period.get(Period.code == "2023H1")
    context = Frame(None, period, demo.narrowed, date(2023, 7, 3)).context("loans")
    ids = [o for (o,) in services.Person.select(services.Person.organization_id).distinct().tuples()]
    own = {i.key: i for owner, i in indicators(demo.narrowed) if owner == "loans"}
    count = {k: len(list(i.records(context, ids).query.tuples())) for k, i in own.items()}
    assert count["loans.borrower_times"] == 57 and count["loans.registered_entrepreneurs"] == 35 and count["loans.overdue_amount"] == 2
    assert count["loans.role_models"] == 45 and count["loans.lines"] == count["loans.contracts"] - 57 + 49
    per_bank = own["loans.drawn_amount"].breakdown(context, ids)
    assert sum(v for _w, v, _a in per_bank.lines) == 6_320_000


def test_persons_contracts_and_times_are_three(world):
    elite = enter(world, birth=date(1990, 1, 1))
    line = granted(world, elite, 100_000)
    for n in range(3):
        lending.draw(line, date(2023, 3, 2 + n), D(10_000), date(2024, 1, 1), f"F{n}")
    second = services.save_bank("邮储银行")
    product = services.save_product(
        second, {"name": "邮青贷", "limit": D(50_000), "max_months": 12, "annual_rate": D(4), "revolving": True, "valid_from": date(2020, 1, 1)}
    )
    lending.draw(granted(world, elite, 20_000, product=product), date(2023, 4, 1), D(20_000), date(2024, 1, 1), "F0")
    values, found = figures(world)
    assert (values["loans.borrowers"], values["loans.contracts"], values["loans.borrower_times"]) == (1, 2, 4)
    assert (values["loans.drawn_amount"], values["loans.lines"], values["loans.outstanding"]) == (50_000, 120_000, 50_000)
    assert found.value("loans.borrower_times", world.at.other) is None  # blank is not zero


def test_a_total_counts_where_there_are_no_rows(world):
    bank = services.save_bank("邮储银行")
    given = {"borrower_times": 5, "borrowers": 4, "amount": D(300_000), "outstanding": D(200_000), "overdue": D(10_000)}
    lending.record_total(bank, date(2023, 1, 1), date(2023, 6, 30), given, "通报.pdf")
    lending.draw(granted(world, enter(world)), date(2023, 3, 1), D(10_000), date(2024, 1, 1), "G1")
    values, _found = figures(world)
    assert (values["loans.borrower_times"], values["loans.borrowers"], values["loans.drawn_amount"]) == (6, 5, 310_000)
    assert (values["loans.outstanding"], values["loans.overdue_amount"], values["loans.overdue_rate"]) == (210_000, 10_000, D("4.76"))


def test_both_boundary_days_of_the_half_year_count(world):
    for n, day in enumerate((date(2022, 12, 31), date(2023, 1, 1), date(2023, 6, 30), date(2023, 7, 1))):
        elite = enter(world, f"人{n}", on=day, birth=date(1990, 1, 1 + n))
        lending.draw(granted(world, elite, 50_000, on=day), day, D(10_000), date(2024, 1, 1), f"B{n}")
        services.name_role_model(
            elite.person, world.at.village, {"named_on": day, "level": "county", "honour": "能手", "deed": "带动种植", "place": n}
        )
    values, _found = figures(world)
    flows = ("borrower_times", "borrowers", "contracts", "registered_entrepreneurs", "role_models")
    assert [values[f"loans.{k}"] for k in flows] == [2] * 5
    assert [values[f"loans.{k}"] for k in ("drawn_amount", "lines", "outstanding")] == [20_000, 100_000, 30_000]
    assert queries.drawn(date(2023, 1, 1), date(2023, 6, 30)) == 20_000
    assert len(queries.role_models(date(2023, 1, 1), date(2023, 6, 30))) == 2


def test_repaid_on_the_last_day_is_not_owed_and_not_overdue(world):
    line = granted(world, enter(world), on=date(2023, 3, 1))
    for n, paid in enumerate((date(2023, 6, 30), date(2023, 7, 1))):
        row = lending.draw(line, date(2023, 3, 1), D(10_000), date(2023, 6, 29 + n), f"R{n}")
        lending.repay(row, paid, D(10_000), D(0))
    values, _found = figures(world)
    assert (values["loans.outstanding"], values["loans.overdue_amount"]) == (10_000, 0)  # due on the last day: not overdue yet


def test_a_total_ends_where_the_first_row_begins(world):
    bank = services.save_bank("邮储银行")
    values = {"name": "邮青贷", "limit": D(50_000), "max_months": 12, "annual_rate": D(4), "revolving": True, "valid_from": date(2020, 1, 1)}
    product = services.save_product(bank, values)
    for first, last in ((date(2022, 12, 31), date(2023, 1, 31)), (date(2023, 2, 1), date(2023, 2, 28)), (date(2023, 4, 2), date(2023, 7, 1))):
        lending.record_total(bank, first, last, {"borrower_times": 5}, "通报.pdf")
    lending.draw(granted(world, enter(world), 20_000, product=product), date(2023, 3, 1), D(10_000), date(2024, 1, 1), "T1")
    values, _found = figures(world)
    assert values["loans.borrower_times"] == 5 + 1  # those that reach beyond the half-year do not count
    with pytest.raises(RuleError):
        lending.record_total(bank, date(2023, 3, 1), date(2023, 3, 1), {"borrower_times": 1}, "通报.pdf")


def test_a_county_with_a_bank_and_no_loan_has_zero(world):
    values, _found = figures(world)
    assert values["loans.borrower_times"] == 0 and values["loans.registered_entrepreneurs"] is None
    assert values["loans.overdue_rate"] is None


def test_a_locked_half_year_does_not_change(demo):
    with pytest.raises(RuleError):
        enter(demo, "后补人", on=date(2022, 5, 1))
    with pytest.raises(RuleError):
        row = lending.LoanDrawdown.select().where(lending.LoanDrawdown.drawn_on < date(2022, 7, 1)).first()
        lending.delete_drawdown(row, "录错")
