"""Every check of README.md through the form or the importer: E refuses at its field, W refuses without a reason and passes with one.

CASES and FILES are what counts; the last test compares their ids and levels with the table, no more and no fewer.
"""

import re
from datetime import date
from decimal import Decimal

import pytest

import youthpilot.plugins.loans as loans
from youthpilot.core import scoped
from youthpilot.core.accounts.signing_in import create_demo_user
from youthpilot.core.app import create_app
from youthpilot.core.counties.models import County
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.scope import county_scope
from youthpilot.plugins.importing.reading import read_sheet
from youthpilot.plugins.importing.services import judge, run_import
from youthpilot.plugins.loans import differences, lending, people, queries, services, subsidies
from youthpilot.plugins.loans.importers import IMPORTERS
from youthpilot.plugins.loans.subsidymodels import LoanDifference

from .conftest import enter, granted, programme

D = Decimal
JULY = date(2023, 7, 3)


@pytest.fixture
def desk(world):
    """Somebody of each kind, a line in use, a repaid note, a claim, a poor product of the past, and the county's desk."""
    w = world
    w.elite, w.twin = enter(w), enter(w, "赵二", birth=date(1991, 1, 1))
    w.old = services.register_elite(w.at.village, {"name": "老王", "birth_date": date(1950, 1, 1)}, "leader", date(2023, 1, 1), reason="是")
    w.line = granted(w, w.twin)
    w.note = lending.draw(w.line, date(2023, 3, 2), D(50_000), date(2024, 1, 1), "J1")
    w.paid = lending.draw(granted(w, enter(w, "钱三", birth=date(1990, 1, 1))), date(2023, 3, 2), D(50_000), date(2024, 1, 1), "J2")
    lending.repay(w.paid, date(2023, 6, 1), D(50_000), None, "回单", "H1")
    w.plan = programme(cap_person=D(70))
    w.claim = subsidies.claim_subsidy(w.paid, w.plan, date(2023, 3, 2), date(2023, 3, 31), JULY)
    w.late = programme("往后的", valid_from=date(2023, 7, 1))
    w.open = services.apply(enter(w, "孙四", birth=date(1990, 1, 1)), w.product, D(1000), 12, "x", date(2023, 3, 1))
    w.waiting = services.apply(enter(w, "李五", birth=date(1990, 1, 1)), w.product, D(1000), 12, "x", date(2023, 3, 1))
    for state in ("checked", "recommended"):
        services.move(w.waiting, state, date(2023, 3, 2))
    w.other_bank = services.save_bank("没有明细的银行", "明细行")
    lending.record_total(w.other_bank, date(2023, 1, 1), date(2023, 3, 31), {"amount": D(1)}, "通报")
    model = {"named_on": date(2023, 5, 4), "level": "county", "honour": "", "deed": "带动就业", "place": 10}
    services.name_role_model(w.elite.person, w.at.village, model)
    people.save_match(w.elite, w.at.other, date(2023, 1, 1), None, "")
    differences.store(w.bank.id, "drawdowns", [differences.Found("drawdowns", "bank", "X1", "", "5")], set(), "清单")
    w.difference = LoanDifference.get()
    County.update(is_demo=True).where(County.id == w.county.id).execute()
    create_demo_user("county", "周敏", "county_admin", County.get_by_id(w.county.id))
    app = create_app(registry=w.registry, TESTING=True, WTF_CSRF_ENABLED=False)
    w.client = app.test_client()
    assert w.client.post("/demo", data={"entry": "county"}).status_code in (302, 303)
    return w


def send(desk, path, data):
    answer = desk.client.post(f"/c/test/loans/{path}", data=data)
    database.connect(reuse_if_open=True)
    return answer


# the forms: starting values that are right, and what is changed for each case --------------------------------------------


def forms(w):
    """name → (address, values that are taken)."""
    person = {"organization": w.at.village, "name": "周新", "birth_date": "1990-01-01", "kind": "farmer", "entered_on": "2023-02-01"}
    ask = {"elite": w.elite.id, "product": w.product.id, "amount": "1000", "months": "12", "purpose": "x", "applied_on": "2023-03-01"}
    draw = {"serial": "J3", "drawn_on": "2023-03-05", "amount": "1000", "annual_rate": "4.35", "due_on": "2024-01-01"}
    total = {"bank": w.other_bank.id, "from_on": "2022-01-01", "to_on": "2022-06-30", "amount": "1", "source_file": "通报"}
    claim = {"programme": w.plan.id, "from_on": "2023-04-01", "to_on": "2023-04-02", "claimed_on": "2023-07-03"}
    model = {"elite": w.twin.id, "organization": w.at.village, "named_on": "2023-05-04", "level": "county", "place": "1", "deed": "带动就业"}
    plan = {"name": "新项目", "formula": "points", "points": "1", "share_1": "100%", "valid_from": "2023-01-01", "product": 0}
    match = {"elite": w.elite.id, "village": w.at.village, "from_on": "2023-03-01"}
    step = f"applications/step/?id={w.open.id}&to="
    answer = f"applications/step/?id={w.waiting.id}&to="
    return {
        "person": ("elites/add/", person),
        "known": (f"elites/change/?id={w.elite.id}", person | {"name": "沈祥容", "birth_date": "1992-05-04"}),
        "ask": ("applications/new/", ask),
        "checked": (step + "checked", {"on": "2023-03-02"}),
        "returned": (step + "returned", {"on": "2023-03-02", "reason": "补材料"}),
        "partial": (answer + "partial", {"on": "2023-03-03", "amount": "500", "months": "12"}),
        "granted": (answer + "granted", {"on": "2023-03-03", "amount": "1000", "months": "12"}),
        "draw": (f"applications/draw/?id={w.line.application_id}", draw),
        "repay": (f"applications/repay/?id={w.note.id}", {"repaid_on": "2023-04-01", "principal": "1"}),
        "again": (f"applications/repay/?id={w.paid.id}", {"repaid_on": "2023-06-02", "principal": "0", "interest": "1", "serial": "H2"}),
        "total": ("applications/totals/new/", total),
        "claim": (f"subsidies/new/?id={w.paid.id}", claim),
        "unproved": (f"subsidies/new/?id={w.note.id}", claim),
        "model": ("models/edit/", model),
        "plan": ("programmes/edit/", plan),
        "claimstep": (f"subsidies/step/?id={w.claim.id}&to=league", {"on": "2023-07-03"}),
        "claimback": (f"subsidies/step/?id={w.claim.id}&to=returned", {"on": "2023-07-03", "note": "缺材料"}),
        "match": ("matches/add/", match),
        "decide": (f"differences/decide/?id={w.difference.id}&to=other", {"reason": "银行将更正"}),
        "merge": (f"elites/merge/?id={w.elite.id}&other={w.twin.id}", {"stays": w.elite.id, "reason": "同一人"}),
        "itself": (f"elites/merge/?id={w.elite.id}&other={w.elite.id}", {"stays": w.elite.id, "reason": "同一人"}),
    }


REASON = {"remark": "已核对"}
CASES = [  # id, level, form, what is changed, field of the message
    ("L1", "E", "person", {"kind": "celebrity"}, "kind"),
    ("L2", "E", "person", {"name": "沈祥容", "birth_date": "1992-05-04"}, "name"),
    ("L3", "W", "person", {"name": "沈祥容"}, "name"),
    ("L3", "W", "known", {"name": "赵二"}, "name"),
    ("L4", "E", "person", {"entered_on": "2023-07-04"}, "entered_on"),
    ("L5", "W", "person", {"birth_date": "1950-01-01"}, "birth_date"),
    ("L5", "W", "known", {"birth_date": "1950-01-01"}, "birth_date"),
    ("L6", "E", "person", {"uscc": "911100006000373410"}, "uscc"),
    ("L7", "E", "person", {"jobs_driven": "-1"}, "jobs_driven"),
    ("L8", "E", "ask", {"amount": "200001"}, "amount"),
    ("L9", "E", "ask", {"months": "25"}, "months"),
    ("L10", "E", "ask", {"applied_on": "2019-01-01"}, "product"),
    ("L11", "W", "ask", {"elite": "old"}, "elite"),
    ("L12", "W", "ask", {"elite": "open"}, "product"),
    ("L13", "E", "ask", {"applied_on": "2023-07-04"}, "applied_on"),
    ("L13", "E", "checked", {"on": "2023-02-02"}, "on"),
    ("L15", "E", "returned", {"reason": ""}, "reason"),
    ("L16", "E", "partial", {"amount": "1000"}, "amount"),
    ("L16", "E", "granted", {"amount": "999"}, "amount"),
    ("L17", "E", "draw", {"drawn_on": "2023-02-01"}, "drawn_on"),
    ("L18", "E", "draw", {"amount": "50001"}, "amount"),
    ("L19", "E", "draw", {"serial": "J1"}, "serial"),
    ("L19", "E", "again", {"serial": "H1"}, "serial"),
    ("L20", "E", "draw", {"due_on": "2023-03-01"}, "due_on"),
    ("L20", "W", "draw", {"due_on": "2027-03-01"}, "due_on"),
    ("L21", "E", "repay", {"repaid_on": "2023-03-01"}, "repaid_on"),
    ("L21", "E", "repay", {"repaid_on": "2023-07-04"}, "repaid_on"),
    ("L22", "E", "repay", {"principal": "50001"}, "principal"),
    ("L22", "E", "repay", {"principal": "0"}, "principal"),
    ("L23", "W", "draw", {"annual_rate": "9"}, "annual_rate"),
    ("L24", "E", "total", {"from_on": "2023-03-31", "to_on": "2023-06-30"}, "from_on"),
    ("L24", "E", "total", {"bank": "bank", "from_on": "2023-01-01", "to_on": "2023-06-30"}, "bank"),
    ("L25", "E", "total", {"source_file": ""}, "source_file"),
    ("L25", "E", "total", {"amount": ""}, "borrower_times"),
    ("L25", "E", "total", {"borrower_times": "1", "borrowers": "2"}, "borrowers"),
    ("L25", "E", "total", {"outstanding": "1", "overdue": "2"}, "overdue"),
    ("L26", "E", "claim", {"from_on": "2023-02-01", "to_on": "2023-02-02"}, "from_on"),
    ("L27", "E", "unproved", {}, "to_on"),
    ("L28", "E", "claim", {"from_on": "2023-03-31"}, "from_on"),
    ("L29", "E", "claim", {"from_on": "2023-04-10", "to_on": "2023-04-20"}, "from_on"),
    ("L33", "W", "model", {"elite": "elite"}, "named_on"),
    ("L34", "E", "model", {"deed": " "}, "deed"),
    ("L61", "E", "plan", {"points": ""}, "points"),
    ("L61", "E", "plan", {"formula": "base"}, "base_rate"),
    ("L61", "E", "plan", {"formula": "above_lpr"}, "spread"),
    ("L62", "E", "plan", {"share_1": ""}, "share_1"),
    ("L62", "E", "plan", {"share_2": "一半"}, "share_2"),
    ("L63", "E", "plan", {"name": "新农菁英贷贴息"}, "name"),
    ("L63", "E", "plan", {"valid_to": "2022-01-01"}, "valid_to"),
    ("L64", "E", "claim", {"programme": "late"}, "programme"),
    ("L65", "E", "claimstep", {"on": "2023-06-01"}, "on"),
    ("L65", "E", "claimback", {"note": ""}, "note"),
    ("L66", "E", "match", {"to_on": "2023-02-01"}, "to_on"),
    ("L66", "E", "match", {"village": "other"}, "village"),
    ("L67", "E", "decide", {"reason": ""}, "reason"),
    ("L68", "E", "merge", {"reason": ""}, "reason"),
    ("L68", "E", "itself", {}, "stays"),
]


def at_field(text, field):
    """The message under a field, '' if there is none."""
    found = re.search(rf'id="{field}-why">.*?<span>(.*?)</span>', text, re.S)
    return found[1].strip() if found else ""


def test_every_message_stands_at_its_field_in_chinese(desk):
    named = {
        "old": desk.old.id,
        "open": desk.open.elite_id,
        "elite": desk.elite.id,
        "bank": desk.bank.id,
        "other": desk.at.other,
        "late": desk.late.id,
    }
    subsidies.claim_subsidy(desk.paid, desk.plan, date(2023, 5, 1), date(2023, 5, 20), JULY)  # the cap of 70 is used up
    for code, level, form, change, field in CASES:
        path, values = forms(desk)[form]
        given = values | {k: named.get(v, v) for k, v in change.items()}
        answer = send(desk, path, given)
        said = at_field(answer.text, field)
        assert answer.status_code == 422 and said, (code, form, answer.status_code, re.findall(r'id="(\w+)-why"', answer.text))
        assert not re.search(r"[A-Za-z]{3,}", said), (code, said)
        if level == "W":
            assert 'name="remark"' in answer.text, code


def test_what_is_unusual_passes_with_a_reason(desk):
    named = {"old": desk.old.id, "open": desk.open.elite_id, "elite": desk.elite.id}
    for n, (code, _level, form, change, _field) in enumerate(c for c in CASES if c[1] == "W"):
        path, values = forms(desk)[form]
        given = values | {k: named.get(v, v) for k, v in change.items()} | REASON
        if form == "draw":
            given["serial"] = f"W{n}"
        answer = send(desk, path, given)
        assert answer.status_code == 302, (code, form, re.findall(r'-why">.*?<span>(.*?)</span>', answer.text, re.S))


def test_the_starting_values_are_taken(desk):
    """Else the cases above would be refused for something else."""
    for name in ("person", "known", "ask", "returned", "partial", "draw", "repay", "again", "total", "model", "plan", "claimback", "match", "decide"):
        path, values = forms(desk)[name]
        answer = send(desk, path, values)
        assert answer.status_code == 302, (name, re.findall(r'id="(\w+)-why">.*?<span>(.*?)</span>', answer.text, re.S))


def test_a_step_that_is_not_allowed_is_said_on_the_page(desk):  # L14 E
    send(desk, f"applications/step/?id={desk.open.id}&to=granted", {"on": "2023-03-02"})
    assert "现在是“已申请”，不能“全额授信”" in desk.client.get(f"/c/test/loans/applications/application/?id={desk.open.id}").text
    database.connect(reuse_if_open=True)


# the importers -------------------------------------------------------------------------------------------------------

ELITES = "姓名,出生日期,身份证号,所在镇村,类型,录入日期\n"
ANSWERS = "申请编号,姓名,答复,授信额度,答复日期,说明\n"
DRAWN = "申请编号,姓名,借据号,发放日期,发放金额,年利率,到期日\n"
PAID = "借据号,流水号,还款日期,归还本金\n"
FILES = [  # id, level, importer, text, column ('' the file)
    ("L2", "W", "loans_elites", ELITES + "沈祥容,1992-05-04,,河湾村,致富带头人,2023-02-01\n", "name"),
    ("L6", "W", "loans_elites", ELITES + "吴七,1990-01-01,{id_no},河湾村,致富带头人,2023-02-01\n", "birth_date"),
    ("L30", "E", "loans_answers", ANSWERS + "{open},,全额授信,,2023-03-20,\n", "number"),
    ("L30", "E", "loans_drawdowns", DRAWN + "{waiting},,K1,2023-03-03,1,,2024-01-01\n", "number"),
    ("L30", "W", "loans_answers", ANSWERS + "2023-9999,,全额授信,,2023-03-20,\n", "number"),
    ("L30", "W", "loans_drawdowns", DRAWN + "2023-9999,,K1,2023-03-03,1,,2024-01-01\n", "number"),
    ("L30", "W", "loans_repayments", PAID + "K9,1,2023-03-03,1\n", "note"),
    ("L31", "W", "loans_answers", ANSWERS + "{line},,部分授信,50000,2023-03-02,\n", "result"),
    ("L31", "W", "loans_answers", ANSWERS + "{line},王二,全额授信,,2023-03-02,\n", "person"),
    ("L31", "W", "loans_drawdowns", DRAWN + "{line},,J1,2023-03-02,40000,,2024-01-01\n", "amount"),
    ("L31", "W", "loans_repayments", PAID + "J2,H1,2023-06-01,40000\n", "principal"),
    ("L32", "W", "loans_answers", ANSWERS + "{line},,全额授信,,2023-03-02,\n", ""),
    ("L32", "W", "loans_drawdowns", DRAWN + "{line},,J1,2023-03-02,50000,,2024-01-01\n", ""),
    ("L32", "W", "loans_repayments", PAID + "J1,Z1,2023-06-01,1\n", ""),
]
BY_KEY = {i.key: i for i in IMPORTERS}


def sheet_of(w, text):
    first = "32092419900307001"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    id_no = first + "10X98765432"[sum(int(c) * n for c, n in zip(first, weights, strict=True)) % 11]
    names = {"open": w.open.number, "waiting": w.waiting.number, "line": w.line.application.number, "id_no": id_no}
    return read_sheet(re.sub(r"\{(\w+)\}", lambda m: names[m[1]], text).encode("utf-8-sig"), "清单.csv")


def test_every_check_of_a_file(desk):
    for code, level, key, text, column in FILES:
        options = {"bank": str(desk.bank.id)} if key != "loans_elites" else {}
        judged = judge(BY_KEY[key], sheet_of(desk, text), options)
        found = [("", p.level, p.code) for p in judged.problems if not p.column] + [
            (p.column, p.level, p.code) for r in judged.rows for p in r.problems
        ]
        assert (column, level, code) in found, (code, key, found)


def test_a_difference_is_asked_once_and_the_bank_s_side_can_be_taken(desk):
    """The same list twice: after the decisions nothing is asked, and the sums hold."""
    bank = {"bank": str(desk.bank.id)}
    text = DRAWN + "{line},,J1,2023-03-02,40000,,2024-01-01\n2023-9999,,K1,2023-03-03,1,,2024-01-01\n"
    run_import(BY_KEY["loans_drawdowns"], sheet_of(desk, text), bank, reason="已看")
    found = {d.key: d for d in LoanDifference.select().where(LoanDifference.source_file == "清单.csv")}
    assert {k: d.kind for k, d in found.items()} == {"J1": "differs", "K1": "bank", "J2": "here"}
    assert send(desk, f"differences/decide/?id={found['J1'].id}&to=bank", {"reason": "银行回单为准"}).status_code == 302
    for key, to in (("K1", "other"), ("J2", "ours")):
        assert send(desk, f"differences/decide/?id={found[key].id}&to={to}", {"reason": "系统外贷款"}).status_code == 302
    with scoped(county_scope(desk.county)):
        assert type(desk.note).get_by_id(desk.note.id).amount == 40_000
        assert queries.outstanding(date(2023, 5, 1)) == 90_000
        again = judge(BY_KEY["loans_drawdowns"], sheet_of(desk, text), bank)
        assert not again.problems and not [p for r in again.rows for p in r.problems]
        changed = judge(BY_KEY["loans_drawdowns"], sheet_of(desk, text.replace(",1,,2024", ",2,,2024")), bank)
        assert [p.code for r in changed.rows for p in r.problems] == ["L30"]  # another difference is asked again


def test_role_models_from_a_file(desk):
    head = "姓名,所在镇村,层级,事迹,选树日期\n"
    text = head + "沈祥容,河湾村,县级,带动就业,2023-06-04\n周八,东王村,镇级,,2023-06-04\n"
    judged = judge(BY_KEY["loans_role_models"], sheet_of(desk, text), {})
    assert [(p.column, p.level, p.code) for r in judged.rows for p in r.problems] == [("named_on", "W", "L33"), ("deed", "E", "L34")]
    good = text.replace("镇级,,", "镇级,办起合作社,")
    assert run_import(BY_KEY["loans_role_models"], sheet_of(desk, good), {}, reason="市里另有命名").counts.added == 2
    assert run_import(BY_KEY["loans_role_models"], sheet_of(desk, good), {}, reason="x").counts.unchanged == 2


# the table -----------------------------------------------------------------------------------------------------------

ELSEWHERE = {("L14", "E")}  # said on the page, not at a field


def test_the_table_and_the_cases_say_the_same():
    """Ids and levels of README.md, those of posters and officers (numbers 40 to 60, in their own tests) apart."""
    text = (loans.HERE / "README.md").read_text("utf-8")
    told = set()
    for number, levels in re.findall(r"^\| (L\d+) \| ([EW][^|]*) \|", text, re.M):
        told |= {(number, level) for level in re.findall(r"\b[EW]\b", levels)}
    mine = {t for t in told if not 40 <= int(t[0][1:]) <= 60}
    seen = {c[:2] for c in CASES} | {f[:2] for f in FILES} | ELSEWHERE
    assert mine == seen, (sorted(mine - seen), sorted(seen - mine))
