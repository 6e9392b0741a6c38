"""The chamber: figures from rows, terms compared, dues, screens, files, the demonstration."""

import csv
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pilot_site import chinese_only, errors, text_of

import youthpilot.plugins.chamber as chamber
from youthpilot.core import DemoTarget, Organization, PeriodValue, RuleError, county_scope, scoped
from youthpilot.core.counties.services import value_of
from youthpilot.core.organizations.services import merge
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.services import open_period
from youthpilot.core.testing import plugin_faults
from youthpilot.plugins.chamber import queries, rules, services
from youthpilot.plugins.chamber.demo import fill
from youthpilot.plugins.chamber.importers import IMPORTERS
from youthpilot.plugins.chamber.models import ChamberPost, ChamberReceipt, ChamberRepresentative, ChamberUnit
from youthpilot.plugins.chamber.panels import panels
from youthpilot.plugins.chamber.people import Given
from youthpilot.plugins.chamber.services import Member
from youthpilot.plugins.figures.engine import compute_figures
from youthpilot.plugins.importing.reading import RawSheet
from youthpilot.plugins.importing.services import run_import, undo
from youthpilot.plugins.reports.services import compose_now

TODAY = date(2023, 7, 3)
ACCEPTANCE = Path(__file__).parents[2] / "acceptance" / "half_year_figures.csv"


def opened(site, code="2023H1"):
    return open_period(site.county, code, None, site.narrowed(), Clerk("周敏"))


def values(site, period):
    found = compute_figures(site.county, period, site.narrowed())
    return {k: found.value(k) for k in found.keys if k.startswith("chamber.")}


def sentence(site, period):
    _frame, composed = compose_now(period, site.county, site.narrowed())
    (mine,) = [c for c in composed if c.owner == "chamber"]
    assert not mine.failed
    return "".join(getattr(p, "text", None) or "#" for s in mine.builder.sentences for p in getattr(s, "parts", ()))


# rules -----------------------------------------------------------------------------------------------------------------


def test_sectors_follow_the_category():
    assert len(rules.CATEGORIES) == 97
    assert [rules.sector_of(c) for c in ("01", "04", "05", "06", "11", "12", "43", "44", "50", "51", "97")] == [1, 1, 3, 2, 3, 2, 3, 2, 2, 3, 3]
    assert [rules.find_category(t) for t in ("13", "C13", "1311", "1", "软件和信息技术服务业", "13 农副食品加工业", "没有", "00")] == [
        "13", "13", "13", "01", "65", "13", None, None,
    ]  # fmt: skip


def test_ages_and_dues():
    assert [rules.ordinal(n) for n in (1, 3, 10, 12, 20, 21)] == ["第一届", "第三届", "第十届", "第十二届", "第二十届", "第二十一届"]
    assert rules.years_later(date(2023, 5, 16), 5) == date(2028, 5, 15)
    rate = Decimal(800)
    assert rules.due_amount(rate, 2023, date(2022, 5, 1), None, True) == 800
    assert rules.due_amount(rate, 2023, date(2023, 7, 31), None, True) == 400
    assert rules.due_amount(rate, 2023, date(2023, 7, 31), None, False) == 800
    assert rules.due_amount(rate, 2022, date(2023, 7, 31), None, True) is None
    assert rules.due_amount(rate, 2023, date(2020, 1, 1), date(2023, 1, 1), True) is None
    assert rules.due_amount(rate, 2023, date(2020, 1, 1), date(2023, 1, 2), True) == 800  # a member for a day
    assert [rules.due_amount(rate, 2023, joined, None, True) for joined in (date(2022, 12, 31), date(2023, 1, 1), date(2023, 12, 31))] == [
        800,
        800,
        Decimal("66.67"),
    ]
    assert rules.mean_age([date(2023, 6, 30), date(2023, 7, 1)], date(2023, 6, 30)) == rules.MeanAge(0, 1, 1)
    assert [rules.reached(n, 30, s) for n, s in ((15, "1/2"), (16, "1/2"), (19, "2/3"), (20, "2/3"))] == [False, True, False, True]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30) | st.none()), max_size=30), st.integers(0, 30))
def test_units_at_the_end_are_those_before_and_joined_less_left(spans, day):
    """The roll adds up whatever the days: member from joined (included) to left (not included)."""
    spans = [(a, b) for a, b in spans if b is None or b >= a]
    on = lambda d: sum(1 for a, b in spans if a <= d and (b is None or b > d))  # noqa: E731
    joined = sum(1 for a, _ in spans if a == day)
    left = sum(1 for _, b in spans if b == day)
    assert on(day) == on(day - 1) + joined - left


# figures ---------------------------------------------------------------------------------------------------------------


def test_figures_come_from_rows(site):
    period = opened(site)
    first = values(site, period)
    assert (first["chamber.member_units"], first["chamber.sectors_covered"], first["chamber.full_cover"]) == (2, 2, False)
    assert (first["chamber.mean_age"], first["chamber.joined"], first["chamber.left"], first["chamber.dues_paid"]) == (Decimal("33.5"), 0, 0, 0)
    assert sentence(site, period).startswith("加强青年商会建设，有#会员单位，平均年龄#")
    services.add_unit(Member("青禾生态农业专业合作社", "01", date(2023, 4, 1), "吴越", date(1993, 6, 30)))
    services.leave(site.green, date(2023, 6, 30), "外迁")
    services.begin_term(3, date(2023, 5, 16), date(2028, 5, 15))
    later = values(site, period)
    assert (later["chamber.member_units"], later["chamber.joined"], later["chamber.left"], later["chamber.elections"]) == (2, 1, 1, 1)
    assert later["chamber.mean_age"] == Decimal("32.5")  # 35 and, on his birthday, 30
    services.rejoin(site.green)
    assert "谋实青商会换届工作，#会员单位实现一二三产业全覆盖，平均年龄#" in sentence(site, period)


def test_both_boundary_days_of_the_half_year_count(site):
    period, n = opened(site), 0
    for day in (date(2022, 12, 31), date(2023, 1, 1), date(2023, 6, 30), date(2023, 7, 1)):
        n += 1
        services.add_unit(Member(f"第{n}合作社", "01", day, f"吴{n}", date(1993, 6, n)))
        gone = services.add_unit(Member(f"第{n}公司", "01", date(2022, 1, 1), f"郑{n}", date(1993, 5, n)))
        services.leave(gone, day, "外迁")
    found = values(site, period)
    assert (found["chamber.joined"], found["chamber.left"], found["chamber.member_units"]) == (2, 2, 2 + 3 + 1)


def test_own_units_of_a_township_and_the_rows_behind(site):
    period = opened(site)
    found = compute_figures(site.county, period, site.narrowed())
    town = site.places["柳河镇"]
    assert found.value("chamber.member_units", town) == 1
    assert found.value("chamber.member_units", site.places["双桥镇"]) is None  # no roll is not zero
    indicator = next(i for i in chamber.register_indicators() if i.key == "chamber.member_units")
    from youthpilot.plugins.figures import FigureContext

    ctx = FigureContext(site.county.id, "test", "2023H1", date(2023, 1, 1), date(2023, 6, 30), date(2023, 6, 30))
    records = indicator.records(ctx, [town])
    assert [r[0] for r in records.query] == ["绿源农机服务有限公司"] and records.columns[records.mask[0]] == "代表人"
    assert [line[:2] for line in indicator.breakdown(ctx, list(site.places.values())).lines] == [("第一产业", 0), ("第二产业", 1), ("第三产业", 1)]


def test_empty_is_blank(bare):
    period = opened(bare)
    assert set(values(bare, period).values()) == {None}


# terms -------------------------------------------------------------------------------------------------------------------


def test_a_congress_keeps_what_was_before(site):
    who = queries.representative_of(site.hengda, TODAY)
    services.appoint(site.term, who, "president", date(2022, 5, 1))
    services.change_representative(site.green, Given("钱进", date(2000, 1, 1)), date(2023, 5, 16))
    term = services.begin_term(3, date(2023, 5, 16), date(2028, 5, 15))
    before, after = queries.before_term(term), queries.standing_on(term.started_on)
    assert (before.units, before.ages.total, before.ages.count, before.posts) == (2, 35 + 32, 2, 1)
    assert (after.ages.total, after.posts) == (35 + 23, 0)
    assert ChamberPost.get().end_on == date(2023, 5, 15)
    assert "换届前后对比" in (page := site.enter("admin").get("/chamber/home/terms/")) and "33.5" in page and "29.0" in page


def test_a_change_of_representative_ends_post_and_person(site):
    who = queries.representative_of(site.hengda, TODAY)
    services.appoint(site.term, who, "vice", date(2022, 5, 1))
    services.change_representative(site.hengda, Given("钱进", date(1995, 1, 1)), date(2023, 6, 1))
    assert (ChamberRepresentative.get_by_id(who.id).to_on, ChamberPost.get().end_on) == (date(2023, 5, 31), date(2023, 5, 31))
    assert queries.mean_age_on(date(2023, 5, 31)).total == 35 + 32
    assert queries.mean_age_on(date(2023, 6, 1)).total == 28 + 32
    with pytest.raises(RuleError):
        services.change_representative(site.hengda, Given("孙", date(1995, 1, 1)), date(2023, 6, 1))


# screens -------------------------------------------------------------------------------------------------------------------


def test_pages_are_chinese_and_say_what_is_to_do(site):
    admin = site.enter("admin")
    unit = site.hengda.id
    paths = ["home/", "units/", "home/terms/", "home/dues/", "receipts/", "meetings/", f"home/unit/?id={unit}", "home/new/", f"home/edit/?id={unit}"]
    paths += [f"home/{x}/?id={unit}" for x in ("leave", "suspend", "representative")] + ["home/term/", f"home/post/?id={site.term.id}"]
    paths += [f"home/extend/?id={site.term.id}", "receipts/new/", "meetings/new/"]
    for path in paths:
        page = admin.get(f"/chamber/{path}")
        chinese_only(re.sub(r"\b[0-9A-Z]{18}\b", "", page))
    assert "恒达食品有限公司" in admin.get("/chamber/home/dues/?open=1")
    chinese_only(admin.get("/"))
    chinese_only(admin.get("/settings/"))


def test_a_unit_from_entry_to_leaving(site):
    admin = site.enter("admin")
    page = admin.post(
        "/chamber/home/new/", name="宏远纺织有限公司", category="17", joined_on="2023-05-20", representative="赵强", birth_date="1991-01-02", phone="17000001234",
    )  # fmt: skip
    assert "已登记入册" in page and "32岁" in text_of(page) and "第二产业" in page and "17000001234" in page
    unit = ChamberUnit.get(ChamberUnit.name == "宏远纺织有限公司")
    assert "17000001234" not in site.enter("viewer").get(f"/chamber/home/unit/?id={unit.id}")
    assert "赵强" not in site.enter("viewer").get(f"/chamber/home/unit/?id={unit.id}")
    data = {"unit": unit.name, "year": "2023", "amount": "533.33", "paid_on": "2023-06-01", "receipt_no": "Q9"}
    admin.post("/chamber/receipts/new/", **data)
    assert "已缴533.33元" in text_of(admin.get(f"/chamber/home/unit/?id={unit.id}"))
    assert "暂停" in admin.post(f"/chamber/home/suspend/?id={unit.id}", suspended_on="2023-06-10")
    assert "恢复会籍" not in text_of(admin.post("/chamber/home/resume/", id=unit.id))
    assert "已退会" in admin.post(f"/chamber/home/leave/?id={unit.id}", left_on="2023-07-01", why="外迁")
    assert "已退会" not in text_of(admin.post("/chamber/home/rejoin/", id=unit.id))
    assert queries.representative_of(unit, TODAY).to_on is None


def test_a_wrong_phone_is_said_at_its_field(site):
    unit = {"name": "新元", "category": "65", "joined_on": "2023-06-01", "representative": "周正", "birth_date": "1990-01-01", "phone": "12345"}
    assert "手机号" in errors(site.enter("admin").post("/chamber/home/new/", 422, **unit))["phone"]


def test_who_may_what(site):
    town, viewer = site.enter("town"), site.enter("viewer")
    assert "恒达" not in town.get("/chamber/units/") and "绿源" in town.get("/chamber/units/")
    town.get(f"/chamber/home/unit/?id={site.hengda.id}", 404)
    town.post(f"/chamber/home/leave/?id={site.hengda.id}", 404, left_on="2023-07-01", why="x")
    town.post("/chamber/home/term/", 403, number=3)
    viewer.get("/chamber/home/new/", 403)
    viewer.post("/chamber/receipts/new/", 403, year="2023")
    page = town.post(
        "/chamber/home/new/", name="柳河食品有限公司", category="14", joined_on="2023-06-01", representative="周正", birth_date="1990-01-01"
    )
    assert "已登记入册" in page
    assert ChamberUnit.get(ChamberUnit.name == "柳河食品有限公司").organization_id == site.places["柳河镇"]


def test_lists_export_what_is_shown(site):
    admin = site.enter("admin")
    assert "恒达食品有限公司" in admin.post("/chamber/units/export/csv/", 200)
    assert "王芳" not in site.enter("viewer").post("/chamber/units/export/csv/", 200)


def test_panel(site):
    panel, *_more = found = panels(value_of(site.county), TODAY)
    assert panel.lines[0] == "会员单位2家，覆盖2／3个产业，平均年龄34.0岁"
    assert panel.tone == "bad" and any(p.todo for p in found) and "届满" in panel.lines[1]


# files -----------------------------------------------------------------------------------------------------------------


def sheet(*records):
    titles = list(dict.fromkeys(t for r in records for t in r))
    return RawSheet([titles, *([r.get(t) for t in titles] for r in records)], None, "Sheet1", ("Sheet1",), "", (), "名册.xlsx")


def imported(key, *records):
    importer = next(i for i in IMPORTERS if i.key == key)
    done = run_import(importer, sheet(*records), {}, reason="已核对")
    return importer, done


ROLL = (
    {"单位名称": "恒达食品有限公司", "行业大类": "13", "代表人": "王芳", "出生日期": "1988-03-12", "入会日期": "2021-05-04", "职务": "会长"},
    {"单位名称": "新元软件有限公司", "行业大类": "65", "代表人": "吴越", "出生日期": "1992-01-01", "入会日期": "2023-05-04", "职务": ""},
)


def test_a_roll_twice_changes_nothing_and_is_undone(site):
    importer, done = imported("chamber_units", *ROLL)
    assert (done.counts.added, done.counts.changed) == (1, 1)
    assert ChamberPost.get().title == "president"
    assert ChamberUnit.get(ChamberUnit.name == "恒达食品有限公司").uscc == "91110108551385082Q"  # blank leaves what is known
    _importer, again = imported("chamber_units", *ROLL)
    assert (again.counts.added, again.counts.changed, again.counts.unchanged) == (0, 0, 2)
    undo(done.batch, importer, reason="导错了")
    assert (ChamberUnit.select().count(), ChamberPost.select().count(), ChamberRepresentative.select().count()) == (2, 0, 2)


def test_another_representative_comes_in_and_goes_out(site):
    importer, done = imported("chamber_units", ROLL[0] | {"代表人": "钱进", "出生日期": "1995-01-01", "职务": ""})
    assert queries.representative_of(site.hengda, TODAY).name == "钱进"
    undo(done.batch, importer, reason="导错了")
    person = queries.representative_of(site.hengda, TODAY)
    assert (person.name, person.to_on) == ("王芳", None)


def test_receipts_from_a_file(site):
    row = {"单位名称": "恒达食品有限公司", "会费年度": "2023", "金额": "800", "缴费日期": "2023-03-15", "收据号": "A1"}
    importer, done = imported("chamber_receipts", row, row | {"单位名称": "绿源农机服务有限公司", "收据号": "A2"})
    assert done.counts.added == 2 and sum(c.amount for c in ChamberReceipt.select()) == 1600
    assert {c.organization_id for c in ChamberReceipt.select()} == {site.places[""], site.places["柳河镇"]}
    assert imported("chamber_receipts", row)[1].counts.unchanged == 1
    undo(done.batch, importer, reason="导错了")
    assert not ChamberReceipt.select().exists()


# the demonstration -------------------------------------------------------------------------------------------------------


def demonstration(site, seed=20230703, flagship=True):
    periods = {"2022H1": (1, 6, 30), "2022H2": (7, 12, 31), "2023H1": (1, 6, 30)}
    for n, (code, (first, last, day)) in enumerate(periods.items()):
        year = int(code[:4])
        span = PeriodValue(n, code, date(year, first, 1), date(year, last, day), 0)
        fill(DemoTarget(value_of(site.county), span, n == 0, seed, flagship, lambda *a: None, "周敏"))


def test_the_demonstration_gives_the_figures_of_the_known_report(bare):
    demonstration(bare)
    period = opened(bare)
    found = compute_figures(bare.county, period, bare.narrowed())
    with ACCEPTANCE.open(encoding="utf-8") as rows:
        wanted = {r["key"]: r for r in csv.DictReader(rows) if r["module"] == "chamber"}
    assert {k: found.value(k) for k in wanted} == {k: Decimal(r["value"]) for k, r in wanted.items()}
    ages = found.get("chamber.mean_age")
    assert (ages.numerator, ages.denominator) == (2077, 58)
    assert [queries.standing_on(d).units for d in (date(2022, 6, 30), date(2022, 12, 31), date(2023, 6, 30))] == [51, 54, 58]
    assert found.value("chamber.elections") == 1 and found.value("chamber.dues_paid") > 0
    before = queries.before_term(queries.term_on(TODAY))
    assert before.ages.value > queries.standing_on(date(2023, 5, 16)).ages.value
    assert sentence(bare, period).startswith("谋实青商会换届工作，#会员单位实现一二三产业全覆盖，平均年龄#")
    for path in ("home/", "home/terms/", "home/dues/", "units/"):
        bare.enter("admin").get(f"/chamber/{path}")


def test_another_seed_gives_another_chamber(bare):
    demonstration(bare, seed=99, flagship=False)
    assert queries.standing_on(date(2023, 6, 30)).units == ChamberUnit.select().where(ChamberUnit.left_on.is_null()).count()


# the contract --------------------------------------------------------------------------------------------------------------


def test_it_keeps_the_contract(home):
    assert plugin_faults(chamber) == []


def test_a_merged_township_takes_its_units_along(site):
    merge(site.places["柳河镇"], site.places["双桥镇"], date(2023, 7, 3), "乡镇合并", site.narrowed())
    assert ChamberUnit.get_by_id(site.green.id).organization_id == site.places["双桥镇"]
    with scoped(county_scope(site.county)):
        assert Organization.select().exists()
