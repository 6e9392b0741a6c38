"""The registry's list and a bank's lists, read by the real reader: refused at the field, said with a reason, reconciled, undone."""

from datetime import date
from decimal import Decimal

import pytest

from youthpilot.plugins.importing.reading import read_sheet
from youthpilot.plugins.importing.services import ImportRefused, judge, run_import, undo
from youthpilot.plugins.loans import lending, queries, services
from youthpilot.plugins.loans.importers import IMPORTERS
from youthpilot.plugins.loans.models import LoanApplication, LoanDrawdown, LoanElite, LoanEntry, LoanLine, LoanRepayment

from .conftest import enter, granted

D = Decimal
BY_KEY = {i.key: i for i in IMPORTERS}


def sheet_of(text, name):
    return read_sheet(text.encode("utf-8-sig"), name)


def codes(key, text, name="清单.csv", **options):
    """(row, column, level, code) of what is found; row 0 the file."""
    found = judge(BY_KEY[key], sheet_of(text, name), options)
    return [(0, p.column, p.level, p.code) for p in found.problems] + [(r.number, p.column, p.level, p.code) for r in found.rows for p in r.problems]


def brought_in(key, text, name="清单.csv", **options):
    try:
        return run_import(BY_KEY[key], sheet_of(text, name), options, reason="已核对")
    except ImportRefused as error:
        raise AssertionError([f.message for f in error.judged.findings()]) from error


# registry ------------------------------------------------------------------------------------------------------------

ELITES = "姓名,性别,出生日期,身份证号,所在镇村,类型,录入日期,带动就业,统一社会信用代码\n"


def test_the_registry_comes_in_once(world):
    text = ELITES + "王芳,女,1995-03-08,,河湾村,返乡创业青年,2023-04-12,12,\n李强,男,,320924199003070018,东王村,致富带头人,2023-05-01,,\n"
    text = text.replace("320924199003070018", valid_id("32092419900307001"))
    first = brought_in("loans_elites", text)
    assert first.counts.added == 2 and LoanEntry.select().count() == 2
    known = LoanElite.select().join(services.Person).where(services.Person.name == "李强").get()
    assert known.person.birth_date == date(1990, 3, 7) and known.person.sex == "M"
    assert brought_in("loans_elites", text).counts.unchanged == 2
    undo(first.batch, BY_KEY["loans_elites"])
    assert LoanElite.select().count() == LoanEntry.select().count() == 0


def valid_id(first17):
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return first17 + "10X98765432"[sum(int(c) * w for c, w in zip(first17, weights, strict=True)) % 11]


def test_what_the_registry_s_list_is_told(world):
    enter(world)
    number = valid_id("32092419900307001")
    text = ELITES + (
        "沈祥容,女,1992-05-04,,河湾村,致富带头人,2023-02-01,,\n"  # 2: L2 known, other type
        "沈祥容,女,1980-05-04,,河湾村,致富带头人,2023-02-01,,\n"  # 3: L3
        "甲,女,1990-01-01,,河湾村,致富带头人,2023-07-20,,\n"  # 4: L4
        "乙,女,1950-01-01,,河湾村,致富带头人,2023-02-01,,\n"  # 5: L5
        f"丙,男,1990-01-01,{number},河湾村,致富带头人,2023-02-01,,\n"  # 6: L6
        "丁,女,1990-01-01,,河湾村,致富带头人,2023-02-01,,911100006000373410\n"  # 7: L6
        "戊,女,1990-01-01,,河湾村,网络红人,2023-02-01,,\n"  # 8: not one of the three (L1, said by the column)
    )
    found = codes("loans_elites", text)
    assert [f for f in found if f[0] < 8] == [
        (2, "name", "W", "L2"), (3, "name", "W", "L3"), (4, "entered_on", "E", "L4"), (5, "birth_date", "W", "L5"),
        (6, "birth_date", "W", "L6"), (7, "uscc", "E", "L6"),
    ]  # fmt: skip
    assert [f[:3] for f in found if f[0] == 8] == [(8, "kind", "E")]


# answers -------------------------------------------------------------------------------------------------------------

ANSWERS = "申请编号,姓名,答复,授信额度,授信期限,答复日期,说明\n"


@pytest.fixture
def asked(world):
    """Four applications with the bank: three recommended, one only handed in."""
    made = []
    for n in range(4):
        elite = enter(world, f"青年{n}", birth=date(1990 + n, 1, 1))
        made.append(services.apply(elite, world.product, D(100_000), 12, "种苗", date(2023, 3, 1)))
        for state in ("checked", "recommended") if n < 3 else ():
            services.move(made[-1], state, date(2023, 3, 1))
    return made


def test_a_bank_s_answers(world, asked):
    bank = str(world.bank.id)
    text = ANSWERS + "2023-0001,,全额授信,,,2023-03-20,\n2023-0002,,部分授信,80000,18,2023-03-20,按规模核定\n2023-0003,,拒绝,,,2023-03-20,征信不符\n"
    done = brought_in("loans_answers", text, bank=bank)
    assert done.counts.changed == 3
    assert [a.state for a in LoanApplication.select().order_by(LoanApplication.id)] == ["granted", "partial", "refused", "applied"]
    line = queries.line_of(asked[1])
    assert (line.amount, line.end_on) == (D(80_000), date(2024, 9, 20))
    assert brought_in("loans_answers", text, bank=bank).counts.unchanged == 3
    other = ANSWERS + "2023-0002,,部分授信,70000,,2023-03-20,\n"
    assert codes("loans_answers", other, bank=bank) == [(2, "result", "W", "L31")]
    undo(done.batch, BY_KEY["loans_answers"])
    assert [a.state for a in LoanApplication.select().order_by(LoanApplication.id)] == ["recommended"] * 3 + ["applied"]
    assert LoanLine.select().count() == 0


def test_what_a_list_of_answers_is_told(world, asked):
    text = ANSWERS + (
        "2023-0099,,全额授信,,,2023-03-20,\n"  # L30
        "2023-0004,,全额授信,,,2023-03-20,\n"  # L30 not recommended
        "2023-0001,,部分授信,100000,,2023-03-20,\n"  # L16
        "2023-0002,,拒绝,,,2023-03-20,\n"  # L15
    )
    found = codes("loans_answers", text, bank=str(world.bank.id))
    assert found == [
        (0, "", "W", "L32"), (2, "number", "W", "L30"), (3, "number", "E", "L30"), (4, "amount", "E", "L16"), (5, "reason", "E", "L15"),
    ]  # fmt: skip
    early = ANSWERS + "2023-0001,,全额授信,,,2023-02-20,\n2023-0002,,全额授信,,,2023-03-20,\n2023-0003,,全额授信,,,2023-03-20,\n"
    assert codes("loans_answers", early, bank=str(world.bank.id)) == [(2, "on", "E", "L13")]


# drawdowns and repayments --------------------------------------------------------------------------------------------

DRAWN = "申请编号,借据号,发放日期,发放金额,年利率,到期日\n"


def test_a_bank_s_drawdowns(world):
    line = granted(world, enter(world), 100_000)
    number, bank = line.application.number, str(world.bank.id)
    text = DRAWN + f"{number},J1,2023-03-02,60000,,2024-03-01\n{number},J2,2023-03-05,40000,4.35,2024-03-01\n"
    done = brought_in("loans_drawdowns", text, "试验农商银行发放清单.csv", bank=bank)
    assert done.counts.added == 2 and queries.outstanding(date(2023, 3, 5)) == 100_000
    assert LoanApplication.get_by_id(line.application_id).state == "drawing"
    assert brought_in("loans_drawdowns", text, bank=bank).counts.unchanged == 2
    assert codes("loans_drawdowns", DRAWN + f"{number},J1,2023-03-02,50000,,2024-03-01\n", bank=bank) == [(2, "amount", "W", "L31")]
    gap = DRAWN + f"{number},J1,2023-03-02,60000,,2024-03-01\n{number},J9,2023-03-06,1,,2024-03-01\n"
    assert {f[3] for f in codes("loans_drawdowns", gap, bank=bank)} == {"L18", "L32"}
    undo(done.batch, BY_KEY["loans_drawdowns"])
    assert LoanDrawdown.select().count() == 0 and LoanApplication.get_by_id(line.application_id).state == "granted"


def test_what_a_list_of_drawdowns_is_told(world):
    line = granted(world, enter(world), 100_000)
    number = line.application.number
    waiting = services.apply(enter(world, "未授信", birth=date(1991, 1, 1)), world.product, D(1000), 12, "x", date(2023, 3, 1)).number
    text = DRAWN + (
        f"{number},K1,2023-02-02,60000,,2024-03-01\n"  # L17
        f"{number},K2,2023-03-02,100001,,2024-03-01\n"  # L18
        f"{number},K3,2023-03-02,1000,,2023-03-01\n"  # L20 E
        f"{number},K4,2023-03-02,1000,,2026-03-01\n"  # L20 W
        f"{number},K5,2023-03-02,1000,9,2024-03-01\n"  # L23
        f"{waiting},K6,2023-03-02,1000,,2024-03-01\n"  # L30
        f"{number},K7,2023-03-03,60000,,2024-03-01\n{number},K8,2023-03-04,60000,,2024-03-01\n"  # together above the line: L18
    )
    assert codes("loans_drawdowns", text, bank=str(world.bank.id)) == [
        (2, "drawn_on", "E", "L17"), (3, "amount", "E", "L18"), (4, "due_on", "E", "L20"), (5, "due_on", "W", "L20"),
        (6, "annual_rate", "W", "L23"), (7, "number", "E", "L30"), (9, "amount", "E", "L18"),
    ]  # fmt: skip


PAID = "借据号,流水号,还款日期,归还本金,支付利息,凭证\n"


def test_a_bank_s_repayments(world):
    line, bank = granted(world, enter(world), 100_000), str(world.bank.id)
    lending.draw(line, date(2023, 3, 2), D(60_000), date(2024, 3, 1), "J1")
    text = PAID + "J1,H1,2023-04-01,20000,210.50,\nJ1,H2,2023-05-01,10000,,回单2\n"
    done = brought_in("loans_repayments", text, "还款清单.csv", bank=bank)
    assert done.counts.added == 2 and queries.outstanding(date(2023, 6, 1)) == 30_000
    assert [r.proof for r in LoanRepayment.select().order_by(LoanRepayment.id)] == ["还款清单.csv", "回单2"]
    assert brought_in("loans_repayments", text, bank=bank).counts.unchanged == 2
    bad = PAID + (
        "J1,H1,2023-04-01,10000,,\n"  # L31
        "J7,H1,2023-04-01,10000,,\n"  # L30
        "J1,H3,2023-03-01,1,,\n"  # L21
        "J1,H4,2023-06-01,30001,,\n"  # L22
        "J1,H5,2023-06-01,20000,,\nJ1,H6,2023-06-01,20000,,\n"  # together above what is owed: L22
    )
    found = codes("loans_repayments", bad, bank=bank)
    assert found[:3] == [(0, "", "W", "L32"), (2, "principal", "W", "L31"), (3, "note", "W", "L30")]
    assert found[3:5] == [(4, "repaid_on", "E", "L21"), (5, "principal", "E", "L22")]
    assert [f[0] for f in found[5:]] in ([6, 7], [7]) and {f[3] for f in found[5:]} == {"L22"}
