"""Every numbered check of the README, seen at its field in the browser or at its cell in the importer."""

from datetime import date
from pathlib import Path

from pilot_site import documented, errors, marked, proves

import youthpilot.plugins.chamber as chamber
from youthpilot.plugins.chamber import queries, services
from youthpilot.plugins.chamber.importers import IMPORTERS
from youthpilot.plugins.chamber.models import ChamberMeeting, ChamberPost, ChamberReceipt, ChamberTerm, ChamberUnit
from youthpilot.plugins.chamber.panels import problems
from youthpilot.plugins.importing.judging import judge_file
from youthpilot.plugins.importing.reading import RawSheet

UNIT = {"name": "宏远纺织有限公司", "category": "17", "joined_on": "2023-05-20", "representative": "赵强", "birth_date": "1991-01-02", "uscc": ""}
NEW, TERM, POST = "/chamber/home/new/", "/chamber/home/term/", "/chamber/home/post/"
RECEIPT = {"unit": "恒达食品有限公司", "year": "2023", "amount": "800", "paid_on": "2023-03-01", "receipt_no": "Q1"}
MEETING = {"kind": "board", "held_on": "2023-06-01", "topic": "计划", "should_attend": "30", "present": "25", "votes_for": "20", "passed": "1"}


def refused(site, path, **fields):
    return errors(site.enter("admin").post(path, 422, **fields))


def judged(site, key, *records):
    importer = next(i for i in IMPORTERS if i.key == key)
    titles = list(dict.fromkeys(t for r in records for t in r))
    sheet = RawSheet([titles, *([r.get(t) for t in titles] for r in records)], None, "Sheet1", ("Sheet1",), "", (), "名册.xlsx")
    found = judge_file(importer, sheet, {}, site.county.id)
    return [(p.code, p.level, p.column, p.message) for row in found.rows for p in row.problems]


@proves("C1")
def test_a_mistyped_credit_code(site):
    found = refused(site, NEW, **UNIT | {"uscc": "91110108551385082A"})
    assert set(found) == {"uscc"}
    assert set(refused(site, NEW, **UNIT | {"uscc": "9111"})) == {"uscc"}


@proves("C2")
def test_a_unit_that_is_there_already(site):
    assert "已在名册上" in refused(site, NEW, **UNIT | {"uscc": "91110108551385082Q"})["uscc"]
    assert "已在名册上" in refused(site, NEW, **UNIT | {"name": "恒达食品有限公司"})["name"]


@proves("C3")
def test_an_unknown_category(site):
    assert "category" in refused(site, NEW, **UNIT | {"category": "98"})
    row = {"单位名称": "甲", "行业大类": "98", "代表人": "乙", "出生日期": "1990-01-01", "入会日期": "2023-05-01"}
    assert judged(site, "chamber_units", row)[0][:3] == ("C3", "E", "category")


@proves("C4")
def test_impossible_days_of_membership(site):
    assert "晚于今天" in refused(site, NEW, **UNIT | {"joined_on": "2023-07-04"})["joined_on"]
    path = f"/chamber/home/leave/?id={site.hengda.id}"
    assert "退会早于入会" in refused(site, path, left_on="2021-05-03", why="外迁")["left_on"]


@proves("C5")
def test_too_old_on_entry_takes_a_reason(site):
    old = UNIT | {"birth_date": "1979-05-19"}
    found = refused(site, NEW, **old)
    assert "入会时44周岁，超过上限43周岁" in found["birth_date"] and "写明理由" in found["reason"]
    site.enter("admin").post(NEW, **old, reason="会长会议讨论通过")
    assert ChamberUnit.get(ChamberUnit.name == UNIT["name"]).explanation == "会长会议讨论通过"
    site.enter("admin").post(NEW, **UNIT | {"name": "正好有限公司", "birth_date": "1979-05-21"})  # the limit itself is allowed


@proves("C6")
def test_an_impossible_birth_date(site):
    assert "出生日期有误" in refused(site, NEW, **UNIT | {"birth_date": "2019-01-02"})["birth_date"]
    assert "出生日期有误" in refused(site, NEW, **UNIT | {"birth_date": "2024-01-02"}, reason="属实")["birth_date"]


@proves("C7")
def test_without_a_birth_date(site):
    assert "不计入平均年龄" in refused(site, NEW, **UNIT | {"birth_date": ""})["birth_date"]
    site.enter("admin").post(NEW, **UNIT | {"birth_date": ""}, reason="待补")
    assert queries.mean_age_on(date(2023, 7, 3)).count == 2


def people(site):
    return {p.unit.name[:2]: p.id for p in queries.representatives(date(2023, 5, 1))}


@proves("C8", "C9")
def test_one_president_and_one_post_each(site):
    path, who = f"{POST}?id={site.term.id}", people(site)
    site.enter("admin").post(path, title="president", representative=who["恒达"], start_on="2022-05-20")
    assert "只有一名会长" in refused(site, path, title="president", representative=who["绿源"], start_on="2022-06-01")["title"]
    assert "王芳本届已任会长" in refused(site, path, title="vice", representative=who["恒达"], start_on="2022-06-01")["representative"]
    post = ChamberPost.get()
    site.enter("admin").post(f"/chamber/home/post/end/?id={post.id}", end_on="2022-08-31", why="辞去")
    site.enter("admin").post(path, title="president", representative=who["绿源"], start_on="2022-09-01")


@proves("C10")
def test_too_old_on_election(site):
    old = services.add_unit(services.Member("老友有限公司", "51", date(2019, 1, 1), "孙平", date(1976, 1, 1)))
    path, who = f"{POST}?id={site.term.id}", queries.representative_of(old, date(2023, 5, 1)).id
    found = refused(site, path, title="vice", representative=who, start_on="2023-05-01")
    assert "当选时47周岁，超过上限45周岁" in found["representative"] and "reason" in found
    site.enter("admin").post(path, title="vice", representative=who, start_on="2023-05-01", reason="大会差额选举当选")


@proves("C11")
def test_a_post_lies_in_its_term(site):
    path, who = f"{POST}?id={site.term.id}", people(site)["恒达"]
    services.begin_term(3, date(2023, 5, 16), date(2028, 5, 15))
    assert "不在第二届内" in refused(site, path, title="vice", representative=who, start_on="2023-05-16")["start_on"]


@proves("C12")
def test_terms_in_order(site):
    assert "number" in refused(site, TERM, number=2, started_on="2023-05-16", due_on="2028-05-15")
    assert "due_on" in refused(site, TERM, number=3, started_on="2023-05-16", due_on="2023-05-15")
    assert "started_on" in refused(site, TERM, number=3, started_on="2017-05-16", due_on="2018-05-15")
    assert "started_on" in refused(site, TERM, number=3, started_on="2023-07-16", due_on="2028-05-15")


@proves("C13")
def test_a_long_term(site):
    fields = {"number": 3, "started_on": "2023-05-16", "due_on": "2028-05-16"}
    assert "超过5年" in refused(site, TERM, **fields)["due_on"]
    site.enter("admin").post(TERM, **fields, reason="章程规定")
    assert ChamberTerm.select().count() == 2


@proves("C14")
def test_a_long_extension(site):
    path = f"/chamber/home/extend/?id={site.term.id}"
    assert "超过12个月" in refused(site, path, extended_to="2024-06-01", approval="示团批〔2023〕3号")["extended_to"]
    site.enter("admin").post(path, extended_to="2024-05-19", approval="示团批〔2023〕3号")
    assert not problems(None, period())


@proves("C15", "C16", "C18")
def test_receipts(site):
    admin, path = site.enter("admin"), "/chamber/receipts/new/"
    admin.post(path, **RECEIPT)
    assert "收据号已用过" in refused(site, path, **RECEIPT | {"year": "2022"})["receipt_no"]
    assert "大于0" in refused(site, path, **RECEIPT | {"receipt_no": "Q2", "amount": "0"})["amount"]
    assert "晚于今天" in refused(site, path, **RECEIPT | {"receipt_no": "Q2", "paid_on": "2023-07-04", "year": "2022"})["paid_on"]
    found = refused(site, path, **RECEIPT | {"receipt_no": "Q2", "amount": "1"})
    assert "累计缴费801元，超过当年应缴800元" in found["amount"] and "写明理由" in found["explanation"]
    admin.post(path, **RECEIPT | {"receipt_no": "Q2", "amount": "1", "explanation": "多缴，转下年"})
    assert ChamberReceipt.select().count() == 2


@proves("C17")
def test_dues_of_a_year_without_membership(site):
    assert "2020年不是会员" in refused(site, "/chamber/receipts/new/", **RECEIPT | {"year": "2020"})["year"]


@proves("C19", "C20", "C21")
def test_meetings(site):
    path, fields = "/chamber/meetings/new/", MEETING | {"term": site.term.id}
    assert "多于应到" in refused(site, path, **fields | {"present": "31"})["present"]
    assert "多于到会" in refused(site, path, **fields | {"votes_for": "26"})["votes_for"]
    found = refused(site, path, **fields | {"present": "19", "votes_for": "18"})
    assert "未达到三分之二以上" in found["present"] and "写明理由" in found["explanation"]
    assert "才能通过" in refused(site, path, **fields | {"votes_for": "12"})["votes_for"]
    site.enter("admin").post(path, **fields | {"present": "20", "votes_for": "11"})
    assert ChamberMeeting.select().count() == 1


def period():
    from youthpilot.core import PeriodValue

    return PeriodValue(1, "2023H1", date(2023, 1, 1), date(2023, 6, 30), 0)


@proves("C22")
def test_the_term_is_over(site):
    assert "第二届已于2023年5月19日届满" in site.enter("admin").get("/chamber/home/")
    assert [p.text for p in problems(None, period())] == ["青商会第二届已于2023-05-19届满"]


@proves("C23")
def test_another_representative_in_a_file(site):
    row = {"单位名称": "恒达食品有限公司", "行业大类": "13", "代表人": "钱进", "出生日期": "1992-01-01", "入会日期": "2021-05-04"}
    assert [p[:3] for p in judged(site, "chamber_units", row)] == [("C23", "W", "representative")]


def test_the_readme_and_the_tests_name_the_same_checks():
    assert marked(Path(__file__).parent, "C") == documented(chamber.HERE / "README.md", "C")
    assert len(documented(Path(chamber.__file__).parent / "README.md", "C")) == 28


def test_a_file_is_judged_like_a_form(site):
    base = {"单位名称": "新元软件有限公司", "行业大类": "软件和信息技术服务业", "代表人": "吴越", "出生日期": "1970-01-01", "入会日期": "2023-05-04"}
    rows = [base, base | {"单位名称": "海纳物流", "统一社会信用代码": "123", "出生日期": ""}]
    assert [p[0] for p in judged(site, "chamber_units", *rows)] == ["C5", "C1", "C7"]
