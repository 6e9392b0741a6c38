"""One person for all modules; locked half-years; dues waived, receipts numbered and voided; a re-election compared; totals; old data migrated."""

import importlib.util
from datetime import date
from decimal import Decimal

import pytest
from pilot_site import chinese_only, errors, proves, text_of

import youthpilot.plugins.chamber as chamber
from youthpilot.core import Person, RuleError, blind_index
from youthpilot.core.cadres import services as cadres
from youthpilot.core.kernel.db import database, raw_allowed
from youthpilot.core.kernel.engines import open_database
from youthpilot.core.kernel.scope import unscoped
from youthpilot.core.migrating import upgrade
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.services import lock, open_period
from youthpilot.core.registry import Registry
from youthpilot.plugins.chamber import comparing, queries, rules, services
from youthpilot.plugins.chamber.importers import IMPORTERS
from youthpilot.plugins.chamber.models import ChamberReceipt, ChamberRepresentative, ChamberUnit, ChamberWaiver
from youthpilot.plugins.chamber.people import Given
from youthpilot.plugins.figures import enter_total
from youthpilot.plugins.figures.engine import compute_figures
from youthpilot.plugins.importing.judging import judge_file
from youthpilot.plugins.importing.reading import RawSheet
from youthpilot.plugins.importing.services import run_import, undo

TODAY = date(2023, 7, 3)
UNIT = {"name": "宏远纺织有限公司", "category": "17", "joined_on": "2023-05-20", "representative": "赵强", "birth_date": "1991-01-02"}
NEW, RECEIPTS = "/chamber/home/new/", "/chamber/receipts/new/"


def id_of(birth):
    """An invented number of that birth date that passes the check."""
    text = f"110105{birth:%Y%m%d}002"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return text + "10X98765432"[sum(int(d) * w for d, w in zip(text, weights, strict=True)) % 11]


def refused(site, path, **fields):
    return errors(site.enter("admin").post(path, 422, **fields))


def added(site, **more):
    site.enter("admin").post(NEW, **UNIT | more)
    return ChamberUnit.get(ChamberUnit.name == (more.get("name") or UNIT["name"]))


# one person -----------------------------------------------------------------------------------------------------------------


def test_a_representative_is_a_person_of_core(site):
    before = Person.select().count()
    unit = added(site, phone="17000001234")
    who = queries.representative_of(unit, TODAY)
    assert Person.select().count() == before + 1
    assert (who.person.name, who.person.birth_date, who.person.phone_index) == ("赵强", date(1991, 1, 2), blind_index("17000001234"))
    site.enter("admin").post(f"/chamber/home/edit/?id={unit.id}", **UNIT | {"birth_date": "1991-01-20", "phone": "17000001235"})
    assert Person.get_by_id(who.person_id).birth_date == date(1991, 1, 20) and Person.select().count() == before + 1


def test_who_is_a_cadre_already_is_the_same_person(site):
    cadre = cadres.add_person(site.places[""], {"name": "赵强", "birth_date": date(1991, 1, 2)})
    unit = added(site)
    assert queries.representative_of(unit, TODAY).person_id == cadre.id
    cadres.appoint(cadre, site.places["柳河镇"], "secretary", date(2022, 1, 1))
    found = refused(site, f"/chamber/home/edit/?id={unit.id}", **UNIT | {"birth_date": "1990-01-02"})
    assert "请到“团干部”里更正" in found["birth_date"]
    cadres.update_person(cadre, {"birth_date": date(1990, 1, 2)})
    assert queries.representative_of(unit, TODAY).birth_date == date(1990, 1, 2)  # corrected once, right everywhere


def test_the_identity_number_finds_him_wherever_he_is(site):
    number = id_of(date(1991, 1, 2))
    cadre = cadres.add_person(site.places["双桥镇"], {"name": "赵强", "birth_date": date(1991, 1, 2), "id_no": number})
    unit = added(site, id_no=number.lower(), birth_date="")
    assert queries.representative_of(unit, TODAY).person_id == cadre.id
    assert number not in site.enter("admin").get(f"/chamber/home/unit/?id={unit.id}")


@proves("C24")
def test_an_identity_number_that_does_not_fit(site):
    number = id_of(date(1991, 1, 2))
    cadres.add_person(site.places["双桥镇"], {"name": "李强", "birth_date": date(1991, 1, 2), "id_no": number})
    assert "另一个人" in refused(site, NEW, **UNIT, id_no=number)["id_no"]
    assert "id_no" in refused(site, NEW, **UNIT, id_no="110105194912310022")
    assert "身份证上是1949-12-31" in refused(site, NEW, **UNIT, id_no=id_of(date(1949, 12, 31)))["birth_date"]
    row = {"单位名称": "甲公司", "行业大类": "13", "代表人": "赵强", "出生日期": "1991-01-02", "入会日期": "2023-05-04", "身份证号": number}
    assert ("C24", "E", "id_no") in judged(site, row)
    mine = {k: v for k, v in UNIT.items() if k != "representative"} | {"representative": "李强", "id_no": number}
    site.enter("town").post(NEW, 302, **mine)  # as a number that nobody has: it does not learn whom another township knows
    assert len({p.organization_id for p in Person.select().where(Person.name == "李强")}) == 2


@proves("C25")
def test_the_same_name_and_birth_date_elsewhere(site):
    cadres.add_person(site.places["双桥镇"], {"name": "赵强", "birth_date": date(1991, 1, 2)})
    found = refused(site, NEW, **UNIT)
    assert "双桥镇已登记了同名同出生日期的赵强" in found["representative"] and "写明理由" in found["reason"]
    unit = added(site, reason="同名的另一人")
    assert queries.representative_of(unit, TODAY).known.organization_id == site.places[""]
    row = {"单位名称": "甲公司", "行业大类": "13", "代表人": "钱进", "出生日期": "1991-01-02", "入会日期": "2023-05-04"}
    cadres.add_person(site.places["双桥镇"], {"name": "钱进", "birth_date": date(1991, 1, 2)})
    assert judged(site, row) == [("C25", "W", "representative")]


def test_an_erased_person_leaves_the_unit(site):
    who = queries.representative_of(site.hengda, TODAY)
    services.forget_person(who.person_id)
    assert queries.representative_of(site.hengda, TODAY).name == "—" and queries.mean_age_on(TODAY).unknown == 1
    site.enter("admin").get(f"/chamber/home/unit/?id={site.hengda.id}")
    site.enter("admin").get("/chamber/home/")


def test_a_person_whom_the_scope_does_not_see(site):
    cadre = cadres.add_person(site.places["双桥镇"], {"name": "钱进", "birth_date": date(1990, 1, 1), "id_no": id_of(date(1990, 1, 1))})
    services.change_representative(site.green, Given("钱进", None, "", id_of(date(1990, 1, 1))), date(2023, 6, 1))
    assert queries.representative_of(site.green, TODAY).person_id == cadre.id
    page = site.enter("town").get(f"/chamber/home/unit/?id={site.green.id}")  # 柳河镇 sees the unit, not who belongs to 双桥镇
    assert "钱进" not in page and "绿源" in page
    town = site.enter("town")
    for path in ("home/", "home/terms/", "units/"):
        assert "钱进" not in town.get(f"/chamber/{path}")


# locked half-years ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def locked(site):
    site.period = open_period(site.county, "2023H1", None, site.narrowed(), Clerk("周敏"))
    lock(site.period, site.narrowed(), Clerk("周敏"), "演示")
    return site


@proves("C26")
def test_a_locked_half_year_keeps_its_roll(locked):
    said = "已锁定"
    assert said in refused(locked, NEW, **UNIT)["joined_on"]
    assert said in refused(locked, NEW, **UNIT | {"joined_on": "2015-05-20", "reason": "补录"})["joined_on"]  # it would have counted on 30 June
    unit = added(locked, joined_on="2023-07-01")
    assert said in refused(locked, f"/chamber/home/edit/?id={unit.id}", **UNIT | {"joined_on": "2023-06-30"})["joined_on"]
    locked.enter("admin").post(f"/chamber/home/edit/?id={unit.id}", **UNIT | {"joined_on": "2023-07-02"})
    leave = f"/chamber/home/leave/?id={locked.hengda.id}"
    assert said in refused(locked, leave, left_on="2023-06-30", why="外迁")["left_on"]
    locked.enter("admin").post(leave, left_on="2023-07-01", why="外迁")
    locked.enter("admin").post("/chamber/home/rejoin/", id=locked.hengda.id)
    assert ChamberUnit.get_by_id(locked.hengda.id).left_on is None
    other = {"representative": "钱进", "birth_date": "1995-01-01", "from_on": "2023-06-01"}
    assert said in refused(locked, f"/chamber/home/representative/?id={locked.hengda.id}", **other)["from_on"]
    term = {"number": 3, "started_on": "2023-05-16", "due_on": "2028-05-15"}
    assert said in refused(locked, "/chamber/home/term/", **term)["started_on"]
    row = {"单位名称": "甲公司", "行业大类": "13", "代表人": "赵强", "出生日期": "1991-01-02", "入会日期": "2023-05-04"}
    assert ("C26", "E", "joined_on") in judged(locked, row)
    before = compute_figures(locked.county, locked.period, locked.narrowed()).value("chamber.member_units")
    assert before == 2


def test_a_roll_entered_after_the_lock_is_not_held_up(bare):
    """Nothing was counted in the locked half-year, or only a total: then the roll is entered from its beginning."""
    period = open_period(bare.county, "2023H1", None, bare.narrowed(), Clerk("周敏"))
    enter_total(period, bare.places[""], "chamber.member_units", value=Decimal(58), source_file="名单.xlsx", actor="周敏")
    lock(period, bare.narrowed(), Clerk("周敏"), "演示")
    assert added(bare) is not None and ChamberUnit.select().count() == 1


def test_money_of_a_locked_half_year(locked):
    with pytest.raises(RuleError, match="已锁定"):
        services.waive(locked.hengda, 2023, Decimal(100), date(2023, 6, 1), "困难", "会长会议")
    services.waive(locked.hengda, 2023, Decimal(100), date(2023, 7, 1), "困难", "会长会议")
    page = locked.enter("admin").post(RECEIPTS, 422, unit="恒达食品有限公司", year="2023", amount="700", paid_on="2023-06-01", receipt_no="Q1")
    assert "已锁定" in page


# dues ------------------------------------------------------------------------------------------------------------------------


RECEIPT = {"unit": "恒达食品有限公司", "year": "2023", "amount": "300", "paid_on": "2023-03-01", "receipt_no": "Q2023-001"}


@proves("C16", "C28")
def test_dues_are_waived_with_a_reason_and_counted_apart(site):
    path = f"/chamber/home/waive/?id={site.hengda.id}"
    fields = {"year": "2023", "amount": "500", "reason": "遭受水灾", "approval": "2023-06-15会长会议", "waived_on": "2023-06-15"}
    assert "只剩800元" in refused(site, path, **fields | {"amount": "801"})["amount"]
    assert "不是会员" in refused(site, path, **fields | {"year": "2020"})["year"]
    assert "晚于今天" in refused(site, path, **fields | {"waived_on": "2023-07-04"})["waived_on"]
    assert "大于0" in refused(site, path, **fields | {"amount": "0"})["amount"]
    assert "reason" in refused(site, path, **fields | {"reason": ""})
    page = text_of(site.enter("admin").post(path, **fields))
    assert "减免500元" in page and "遭受水灾" in page
    line = queries.unit_dues(site.hengda, 2023, TODAY)
    assert (line.due, line.paid, line.waived, line.open) == (800, 0, 500, 300)
    site.enter("admin").post(RECEIPTS, **RECEIPT)
    period = open_period(site.county, "2023H1", None, site.narrowed(), Clerk("周敏"))
    found = compute_figures(site.county, period, site.narrowed())
    assert (found.value("chamber.dues_paid"), found.value("chamber.dues_waived")) == (300, 500)
    assert "遭受水灾" in site.enter("admin").post("/chamber/waivers/export/csv/", 200)
    site.enter("town").post(path, 403, **fields)
    site.enter("admin").post("/chamber/home/waive/back/", id=ChamberWaiver.get().id)
    assert queries.unit_dues(site.hengda, 2023, TODAY).open == 500


@proves("C27")
def test_receipts_run_on_without_a_gap(site):
    admin = site.enter("admin")
    assert 'value="2023-001"' in admin.get(RECEIPTS)
    admin.post(RECEIPTS, **RECEIPT)
    assert 'value="Q2023-002"' in admin.get(RECEIPTS)
    found = refused(site, RECEIPTS, **RECEIPT | {"receipt_no": "Q2023-004"})
    assert "下一张是Q2023-002" in found["receipt_no"] and "写明理由" in found["explanation"]
    admin.post(RECEIPTS, **RECEIPT | {"receipt_no": "Q2023-004", "explanation": "前两张在另一本"})
    assert "收据缺号：Q2023-002、Q2023-003" in text_of(admin.get("/chamber/home/dues/"))
    admin.get(f"/chamber/receipts/delete/?id={ChamberReceipt.get().id}", 403)


def test_a_receipt_is_voided_and_keeps_its_number(site):
    admin = site.enter("admin")
    admin.post(RECEIPTS, **RECEIPT)
    row = ChamberReceipt.get()
    page = admin.post(f"/chamber/home/void/?id={row.id}", reason="写错金额")
    assert "已作废" in page and queries.unit_dues(site.hengda, 2023, TODAY).paid == 0
    assert "收据号已用过" in refused(site, RECEIPTS, **RECEIPT)["receipt_no"]
    assert "已作废" in errors(admin.post(f"/chamber/home/void/?id={row.id}", 422, reason="x"))["reason"]
    assert "已作废" in refused(site, f"/chamber/receipts/edit/?id={row.id}", **RECEIPT)["receipt_no"]


def test_numbers():
    assert rules.next_number([], 2023) == "2023-001" and rules.next_number(["A-009", "A-010", "B-1"], 2023) == "A-011"
    assert rules.missing_numbers(["A-001", "A-004", "B7"]) == ["A-002", "A-003"] and rules.missing_numbers(["甲"]) == []


# a re-election, totals ----------------------------------------------------------------------------------------------------


def test_a_re_election_is_compared(site):
    who = queries.representative_of(site.hengda, TODAY)
    services.appoint(site.term, who, "president", date(2022, 5, 1))
    services.change_representative(site.green, Given("钱进", date(2000, 1, 1)), date(2023, 5, 16))
    term = services.begin_term(3, date(2023, 5, 16), date(2028, 5, 15))
    services.appoint(term, who, "vice", date(2023, 5, 16))
    services.appoint(term, queries.representative_of(site.green, TODAY), "president", date(2023, 5, 16))
    found = comparing.comparison(term)
    lines = {line.title: (line.before, line.after, line.change) for line in found.lines}
    assert lines["会员单位"] == (2, 2, 0) and lines["代表人平均年龄"] == (Decimal("33.5"), Decimal("29.0"), Decimal("-4.5"))
    assert lines["任职人数"] == (1, 2, 1) and (found.stayed, found.new) == (1, 1)
    assert [(title, [h.name for h in old], [h.name for h in new]) for title, old, new in found.posts] == [
        ("会长", ["王芳"], ["钱进"]), ("副会长", [], ["王芳"]),
    ]  # fmt: skip
    page = site.enter("admin").get(f"/chamber/home/compare/?id={term.id}")
    assert "连任" in page and "data-print" in page
    chinese_only(page)
    assert comparing.comparison(site.term) is None
    site.enter("admin").get(f"/chamber/home/compare/?id={site.term.id}", 404)


def test_a_mistyped_term_and_post_are_put_right(site):
    admin, path = site.enter("admin"), f"/chamber/home/term/edit/?id={site.term.id}"
    who = queries.representative_of(site.hengda, TODAY)
    post = services.appoint(site.term, who, "president", site.term.started_on)
    late = services.appoint(site.term, queries.representative_of(site.green, TODAY), "vice", date(2022, 3, 1))
    fields = {"number": 2, "started_on": "2018-06-20", "due_on": "2023-06-19"}
    assert refused(site, path, **fields | {"due_on": "2018-06-01"})["due_on"]
    assert "先更正" in refused(site, path, **fields | {"started_on": "2022-05-20", "due_on": "2023-05-19"})["started_on"]
    admin.post(path, **fields)
    term = queries.term_on(TODAY)
    assert (term.started_on, term.due_on) == (date(2018, 6, 20), date(2023, 6, 19))
    assert [p.start_on for p in queries.posts_of(term)] == [date(2018, 6, 20), date(2022, 3, 1)]
    admin.post("/chamber/home/post/back/", id=late.id)
    assert [p.id for p in queries.posts_of(term)] == [post.id]
    site.enter("town").post("/chamber/home/post/back/", 403, id=post.id)


def test_only_totals_are_known(bare):
    period = open_period(bare.county, "2023H1", None, bare.narrowed(), Clerk("周敏"))
    admin = bare.enter("admin")
    assert "/periods/totals?period=2023H1" in admin.get("/chamber/home/")
    enter_total(period, bare.places[""], "chamber.member_units", value=Decimal(58), source_file="青商会名单.xlsx", actor="周敏")
    found = compute_figures(bare.county, period, bare.narrowed())
    assert found.value("chamber.member_units") == 58
    page = text_of(admin.get("/chamber/home/"))
    assert "汇总录入" in page and "58家" in page and "青商会名单.xlsx" in page


# files, old data ----------------------------------------------------------------------------------------------------------


def sheet(*records):
    titles = list(dict.fromkeys(t for r in records for t in r))
    return RawSheet([titles, *([r.get(t) for t in titles] for r in records)], None, "Sheet1", ("Sheet1",), "", (), "名册.xlsx")


def judged(site, *records):
    found = judge_file(IMPORTERS[0], sheet(*records), {}, site.county.id)
    return [(p.code, p.level, p.column) for row in found.rows for p in row.problems]


def test_a_roll_makes_persons_and_takes_them_back(site):
    row = {
        "单位名称": "新元软件有限公司",
        "行业大类": "65",
        "代表人": "吴越",
        "出生日期": "1992-01-01",
        "入会日期": "2023-05-04",
        "联系电话": "17000001234",
    }
    before = Person.select().count()
    done = run_import(IMPORTERS[0], sheet(row), {}, reason="已核对")
    assert Person.select().count() == before + 1 and ChamberRepresentative.select().count() == 3
    filled = run_import(IMPORTERS[0], sheet(row | {"联系电话": "17000001235"}), {}, reason="已核对")
    assert filled.counts.changed == 1 and Person.get(Person.name == "吴越").phone == "17000001235"
    undo(filled.batch, IMPORTERS[0], reason="导错了")
    assert Person.get(Person.name == "吴越").phone == "17000001234"
    undo(done.batch, IMPORTERS[0], reason="导错了")
    assert Person.select().count() == before


def script(name):
    spec = importlib.util.spec_from_file_location(name, chamber.HERE / "migrations" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_representatives_of_before_become_persons(home):
    open_database(f"sqlite:///{home / 'old.db'}")
    database.connect(reuse_if_open=True)
    upgrade(Registry())
    with unscoped("test"), raw_allowed():
        script("0001_initial").up()
        ask = database.execute_sql
        _fill(ask, "core_county", id=1, code="a", name="甲县")
        _fill(ask, "core_organization", id=1, county_id=1, code="1", name="甲县团委", kind="county", org_type="leading_organ")
        _fill(ask, "core_person", id=7, county_id=1, organization_id=1, name="王芳", birth_date="1988-03-12")
        _fill(ask, "chamber_unit", id=1, county_id=1, organization_id=1, name="恒达", category="13", sector=2, joined_on="2021-01-01")
        for key, name, birth in ((1, "王芳", "1988-03-12"), (2, "李雷", None), (3, "李雷", "1990-01-01")):
            _fill(ask, "chamber_representative", id=key, county_id=1, organization_id=1, unit_id=1, name=name, birth_date=birth, from_on="2021-01-01")
        script("0002_persons").up()
        rows = ask(
            "SELECT r.id, p.id = 7, p.name, p.birth_date FROM chamber_representative r JOIN core_person p ON p.id = r.person_id ORDER BY r.id"
        ).fetchall()
    assert [tuple(r) for r in rows] == [(1, 1, "王芳", "1988-03-12"), (2, 0, "李雷", None), (3, 0, "李雷", "1990-01-01")]
    database.close()


def _fill(ask, table, **values):
    """One row; what is not given and must not be NULL gets an empty value."""
    for column in database.get_columns(table):
        if column.name not in values and not column.null and not column.primary_key:
            values[column.name] = 0 if column.data_type in ("INTEGER", "BIGINT") else ""
    names = ", ".join(f'"{n}"' for n in values)
    ask(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(values))})", tuple(values.values()))  # noqa: S608
