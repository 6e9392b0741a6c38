"""Registry, applications and money through the services: what is refused, what takes a reason, and that money adds up."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from youthpilot.core import ConflictError, Organization, Person, RuleError, Scope, scoped
from youthpilot.core.kernel.db import database
from youthpilot.plugins.loans import lending, people, queries, rules, services, subsidies
from youthpilot.plugins.loans.models import LoanApplication, LoanDrawdown, LoanElite, LoanEntry, LoanStep
from youthpilot.plugins.loans.subsidymodels import LoanClaim

from .conftest import enter, granted, programme

D = Decimal


def refused(field, act, *args, **kwargs):
    """The message of a refusal at a field."""
    with pytest.raises(RuleError) as error:
        act(*args, **kwargs)
    assert error.value.field == field, (error.value.field, str(error.value))
    return str(error.value)


# registry ------------------------------------------------------------------------------------------------------------


def test_the_same_person_is_entered_once(world, elite):
    assert LoanEntry.select().count() == 1
    refused("name", enter, world)  # L2 by name and birth date
    other = enter(world, "王芳", birth=date(1995, 3, 8), id_no="11010519950308002X")
    assert Person.get_by_id(other.person_id).id_no == "11010519950308002X"
    refused("name", enter, world, "王大芳", birth=date(1995, 3, 8), id_no="11010519950308002X", place=world.at.other)  # L2 by number


def test_what_the_registry_refuses_and_asks_about(world, elite):
    refused("kind", enter, world, "王一", kind="celebrity")  # L1
    assert "沈祥容" in refused("name", enter, world, birth=date(1980, 1, 1))  # L3
    refused("entered_on", enter, world, "王一", on=date(2023, 7, 4))  # L4
    refused("birth_date", enter, world, "王一", birth=date(1950, 1, 1))  # L5
    args = (world.at.village, {"name": "王一"}, "farmer", date(2023, 1, 1))
    refused("uscc", services.register_elite, *args, {"uscc": "911100006000373410"})  # L6
    refused("jobs_driven", services.register_elite, *args, {"jobs_driven": -1})  # L7
    old = services.register_elite(world.at.village, {"name": "王一", "birth_date": date(1950, 1, 1)}, "leader", date(2023, 1, 1), reason="省里点名")
    assert old.note == "省里点名"


def test_a_township_registers_in_its_own_villages_only(world, registry):
    with scoped(Scope(world.county.id, world.at.other, 7, "user")), pytest.raises(Exception, match="outside"):
        enter(world, "王一")
    assert not Person.get_or_none(Person.name == "王一") and LoanElite.select().count() == 0


# applications --------------------------------------------------------------------------------------------------------


def test_what_an_application_may_be(world, elite):
    def ask(amount=50_000, months=12, on=date(2023, 3, 1), product=None, who=elite, **more):
        return services.apply(who, product or world.product, D(amount), months, "种苗", on, **more)

    assert "200,000" in refused("amount", ask, amount=200_001)  # L8
    refused("amount", ask, amount=0)
    refused("months", ask, months=25)  # L9
    refused("product", ask, on=date(2019, 1, 1))  # L10
    old = services.register_elite(world.at.village, {"name": "老王", "birth_date": date(1950, 1, 1)}, "leader", date(2023, 1, 1), reason="是")
    assert "18–45" in refused("elite", ask, who=old)  # L11
    first = ask()
    assert (first.number, first.state, first.organization_id) == ("2023-0001", "applied", world.at.village)
    refused("product", ask)  # L12
    assert ask(reason="两个项目").number == "2023-0002"
    refused("applied_on", ask, on=date(2023, 7, 4))  # L13


def test_the_path_of_an_application(world, elite):
    a = services.apply(elite, world.product, D(100_000), 12, "种苗", date(2023, 3, 1))
    with pytest.raises(ConflictError, match="已申请"):  # L14
        services.move(a, "recommended", date(2023, 3, 2))
    refused("reason", services.move, a, "returned", date(2023, 3, 2))  # L15
    services.move(a, "returned", date(2023, 3, 2), reason="缺证明")
    services.move(a, "applied", date(2023, 3, 5))
    refused("on", services.move, a, "checked", date(2023, 3, 4))  # L13
    services.move(a, "checked", date(2023, 3, 6))
    services.move(a, "recommended", date(2023, 3, 7))
    refused("amount", services.move, a, "granted", date(2023, 3, 9), amount=D(90_000))  # L16
    refused("amount", services.move, a, "partial", date(2023, 3, 9), amount=D(100_000))
    services.move(a, "partial", date(2023, 3, 9), amount=D(80_000))
    line = queries.line_of(a)
    assert (line.amount, line.start_on, line.end_on) == (D(80_000), date(2023, 3, 9), date(2024, 3, 9))
    told = [(s.after, s.side, s.happened_on.day) for s in queries.steps(a)]
    assert told == [
        ("applied", "applicant", 1), ("returned", "league", 2), ("applied", "applicant", 5), ("checked", "league", 6),
        ("recommended", "league", 7), ("partial", "bank", 9),
    ]  # fmt: skip


def test_a_bank_that_stays_silent(world, elite):
    a = services.apply(elite, world.product, D(100_000), 12, "种苗", date(2023, 3, 1))
    for state in ("checked", "recommended"):
        services.move(a, state, date(2023, 3, 1))
    assert queries.unanswered(date(2023, 3, 31), 30) == []
    assert [x.id for x in queries.unanswered(date(2023, 4, 1), 30)] == [a.id]


# money ---------------------------------------------------------------------------------------------------------------


def test_drawing_and_repaying(world, elite):
    line = granted(world, elite, 100_000)
    due = date(2024, 3, 1)

    def draw(on=date(2023, 3, 2), amount=60_000, due=due, serial="A1", **more):
        return lending.draw(line, on, D(amount), due, serial, **more)

    refused("drawn_on", draw, on=date(2023, 2, 28))  # L17
    assert "100,000" in refused("amount", draw, amount=100_001)  # L18
    refused("due_on", draw, due=date(2023, 3, 2))  # L20
    refused("due_on", draw, due=date(2026, 3, 2))
    refused("annual_rate", draw, rate=D("9.9"))  # L23
    first = draw()
    assert LoanApplication.get_by_id(line.application_id).state == "drawing"
    refused("serial", draw, amount=10_000)  # L19
    refused("amount", draw, amount=40_001, serial="A2")  # L18
    refused("repaid_on", lending.repay, first, date(2023, 3, 1), D(1))  # L21
    refused("principal", lending.repay, first, date(2023, 4, 1), D(60_001))  # L22
    lending.repay(first, date(2023, 4, 1), D(50_000), D("210.50"))
    draw(on=date(2023, 4, 1), amount=90_000, serial="A3")  # 随借随还: repaid on the day is free on the day
    assert queries.outstanding(date(2023, 4, 1)) == 100_000
    application = LoanApplication.get_by_id(line.application_id)
    refused("on", lending.settle, application, date(2023, 5, 1))
    with pytest.raises(RuleError):  # a repayment on which a later drawdown rests
        lending.delete_repayment(queries.repayments_of([first.id])[first.id][0], "录错")
    assert queries.outstanding(date(2023, 4, 1)) == 100_000
    for d in LoanDrawdown.select():
        lending.repay(d, date(2023, 5, 1), queries.debts([d.id])[d.id].left(date(2023, 5, 1)))
    lending.settle(application, date(2023, 5, 1))
    assert LoanApplication.get_by_id(line.application_id).state == "settled"


@pytest.mark.parametrize(
    ("on", "due", "field"),
    [
        (date(2022, 3, 1), date(2022, 6, 1), ""),  # the line's first day
        (date(2022, 2, 28), date(2022, 6, 1), "drawn_on"),
        (date(2023, 3, 1), date(2023, 6, 1), ""),  # and its last one
        (date(2023, 3, 2), date(2023, 6, 1), "drawn_on"),
        (date(2022, 3, 1), date(2022, 3, 1), "due_on"),
        (date(2022, 3, 1), date(2022, 3, 2), ""),
        (date(2022, 3, 1), date(2024, 3, 1), ""),  # 24 months to the day
        (date(2022, 3, 1), date(2024, 3, 2), "due_on"),
    ],
)
def test_the_days_of_a_line(world, elite, on, due, field):
    line = granted(world, enter(world, "周七", on=date(2022, 1, 1)), on=date(2022, 3, 1))
    if field:
        refused(field, lending.draw, line, on, D(1000), due, "A1")
    else:
        note = lending.draw(line, on, D(1000), due, "A1")
        assert lending.repay(note, on, D(1)).repaid_on == on  # on the day of drawing already


@pytest.mark.parametrize(("day", "offered"), [(1, False), (2, True), (9, True), (10, False)])
def test_a_product_is_offered_on_both_its_days(world, elite, day, offered):
    values = {"name": "短期贷", "limit": D(5000), "max_months": 12, "annual_rate": D(4), "revolving": False}
    product = services.save_product(world.bank, values | {"valid_from": date(2023, 3, 2), "valid_to": date(2023, 3, 9)})
    if offered:
        assert services.apply(elite, product, D(1000), 12, "购买种苗", date(2023, 3, day)).state == "applied"
    else:
        refused("product", services.apply, elite, product, D(1000), 12, "购买种苗", date(2023, 3, day))


def test_extended_on_the_day_of_drawing_and_totals_of_one_day(world, elite):
    note = lending.draw(granted(world, elite), date(2023, 3, 1), D(1000), date(2023, 6, 2), "C1")
    with pytest.raises(RuleError):
        lending.extend(note, date(2023, 2, 28), date(2023, 9, 1), "受灾")
    assert lending.extend(note, date(2023, 3, 1), date(2023, 6, 3), "受灾").due_on == date(2023, 6, 3)
    other, day = services.save_bank("邮储银行"), date(2023, 3, 1)
    refused("to_on", lending.record_total, other, day, date(2023, 2, 28), {"amount": D(1)}, "通报.pdf")
    assert lending.record_total(other, day, day, {"amount": D(1)}, "通报.pdf").to_on == day


def test_a_bank_is_silent_from_the_day_after(world, elite):
    made = services.apply(elite, world.product, D(1000), 12, "x", date(2023, 3, 1))
    for state in ("checked", "recommended"):
        services.move(made, state, date(2023, 3, 1))
    assert [len(queries.unanswered(date(2023, 3, day), 30)) for day in (30, 31)] == [0, 0]
    assert [len(queries.unanswered(date(2023, 4, day), 30)) for day in (1,)] == [1]
    with pytest.raises(RuleError):
        services.move(made, "surveyed", date(2023, 2, 28))
    services.move(made, "surveyed", date(2023, 3, 1))  # the same day


def test_a_line_that_does_not_revolve(world, elite):
    values = {"name": "一次性", "limit": D(100_000), "max_months": 12, "annual_rate": D(4), "revolving": False, "valid_from": date(2020, 1, 1)}
    line = granted(world, elite, 100_000, product=services.save_product(world.bank, values))
    first = lending.draw(line, date(2023, 3, 1), D(60_000), date(2024, 2, 1), "B1")
    lending.repay(first, date(2023, 4, 1), D(60_000))
    refused("amount", lending.draw, line, date(2023, 4, 2), D(50_000), date(2024, 2, 1), "B2")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.tuples(st.sampled_from(["draw", "repay", "claim"]), st.integers(0, 120), st.integers(1, 12_000_000)), max_size=14))
def test_money_adds_up_whatever_is_tried(world, acts):
    """drawn ≤ line, outstanding = Σ drawn − Σ repaid ≥ 0, no day subsidised twice: by whatever sequence of acts, refused or not."""
    with database.atomic() as transaction:
        line = granted(world, enter(world, "随机", birth=date(1990, 1, 1)), 80_000)
        notes, plans = [], [programme("甲"), programme("乙", formula="interest", points=None, cap_person=D(60))]
        for n, (act, day, cents) in enumerate(acts):
            on, amount = date(2023, 3, 1) + timedelta(days=day), D(cents) / 100
            try:
                if act == "draw":
                    notes.append(lending.draw(line, on, amount, on + timedelta(days=60), f"P{n}"))
                elif notes and act == "repay":
                    lending.repay(notes[cents % len(notes)], on, amount, None, "凭证")
                elif notes:
                    last = on + timedelta(days=cents % 40)
                    subsidies.claim_subsidy(notes[cents % len(notes)], plans[cents // 100 % 2], on, last, date(2023, 7, 3))
            except RuleError:
                pass
        debts = queries.debts([n.id for n in notes])
        for day in range(0, 125, 5):
            on = date(2023, 3, 1) + timedelta(days=day)
            owed = [d.left(on) for d in debts.values()]
            assert all(x >= 0 for x in owed) and sum(owed, D(0)) <= line.amount
            assert queries.outstanding(on) == sum(owed, D(0))
        days = [(c.drawdown_id, c.from_on + timedelta(days=i)) for c in LoanClaim.select() for i in range((c.to_on - c.from_on).days + 1)]
        assert len(days) == len(set(days))
        assert sum((c.amount for c in LoanClaim.select().where(LoanClaim.programme == plans[1].id)), D(0)) <= 60
        transaction.rollback()


def test_overdue_and_extended(world, elite):
    line = granted(world, elite, 100_000)
    note = lending.draw(line, date(2023, 3, 1), D(94_000), date(2023, 6, 2), "C1")
    late = queries.overdue(date(2023, 7, 3))
    assert [(a.left, a.days, a.bucket) for a in late] == [(D(94_000), 31, "31—90天")]
    assert queries.ageing(late)[1] == ("31—90天", 1, D(94_000))
    refused("reason", lending.extend, note, date(2023, 6, 1), date(2023, 9, 1), "")
    refused("due_on", lending.extend, note, date(2023, 6, 1), date(2023, 6, 2), "受灾")
    lending.extend(note, date(2023, 6, 1), date(2023, 9, 1), "受灾")
    assert queries.overdue(date(2023, 7, 3)) == []


# totals and role models ----------------------------------------------------------------------------------------------


def test_totals_of_a_bank_without_rows(world, elite):
    half = (date(2023, 1, 1), date(2023, 6, 30))
    refused("borrower_times", lending.record_total, world.bank, *half, {}, "通报.pdf")  # L25
    refused("source_file", lending.record_total, world.bank, *half, {"borrower_times": 5}, " ")
    refused("borrowers", lending.record_total, world.bank, *half, {"borrower_times": 5, "borrowers": 6}, "通报.pdf")
    lending.record_total(world.bank, *half, {"borrower_times": 5, "borrowers": 4, "amount": D(300_000), "outstanding": D(200_000)}, "通报.pdf")
    refused("from_on", lending.record_total, world.bank, date(2023, 6, 30), date(2023, 7, 1), {"amount": D(1)}, "通报.pdf")  # L24
    assert queries.drawn(*half) == 300_000 and queries.outstanding(half[1]) == 200_000
    lending.draw(granted(world, elite), date(2023, 3, 1), D(10_000), date(2024, 1, 1), "E1")
    assert queries.drawn(*half) == 10_000 and queries.outstanding(half[1]) == 10_000  # rows win
    lending.delete_total(queries.ignored_totals(*half)[0])
    refused("bank", lending.record_total, world.bank, *half, {"amount": D(1)}, "通报.pdf")  # L24


def test_role_models_count_once_and_have_a_deed(world, elite):
    values = {"named_on": date(2023, 5, 4), "level": "county", "honour": "", "deed": "带动二十户养泥鳅", "place": 10}
    refused("deed", services.name_role_model, elite.person, world.at.village, values | {"deed": " "})  # L34
    services.name_role_model(elite.person, world.at.village, values)
    refused("named_on", services.name_role_model, elite.person, world.at.village, values)  # L33
    services.name_role_model(elite.person, world.at.village, values | {"level": "city"}, reason="市级另有命名")


def test_villages_are_matched_once(world, elite):
    people.save_match(elite, world.at.other, date(2023, 4, 1), None, "技术指导")
    refused("village", people.save_match, elite, world.at.other, date(2023, 5, 1), None, "")


def test_a_merged_village_and_an_erased_person(world, elite):
    line = granted(world, elite)
    assert LoanElite.merged_fields == LoanApplication.merged_fields == ("organization",)  # core takes them along
    services.forget_person(elite.person_id)
    assert LoanApplication.get_by_id(line.application_id).purpose == ""
    assert LoanStep.select().count() == 4 and Organization.get_by_id(world.at.village)
    assert rules.STATES["granted"] == "已授信"
