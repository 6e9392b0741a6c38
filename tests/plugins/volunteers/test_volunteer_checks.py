"""The numbered checks of README.md through the HTTP forms: what is impossible is refused, and the message stands at its field.

What a file brings in (V1 to V20, V31 to V34) is judged in test_volunteer_importers.py.
"""

import re
from datetime import date
from decimal import Decimal

import pytest
from volunteer_site import text_of

from youthpilot.core.periods.guard import install
from youthpilot.core.periods.models import Period
from youthpilot.plugins.volunteers import association, caring, certifying, funding, rules, services, serving
from youthpilot.plugins.volunteers.models import Association, AssociationTerm, Campaign, Certificate, Donation, Expense, Record, Room, RosterTotal

GUARDIAN = {"guardian_name": "王建国", "guardian_relation": "父亲", "consent_on": "2023-03-01"}
CHILD = {"category": "orphan", "name": "李小小", "birth_date": "2012-04-01", "found_on": "2023-03-01", **GUARDIAN}
ACTIVITY = {"title": "护河", "project": "", "starts_at": "2023-07-20T08:00", "ends_at": "2023-07-20T11:00"}
RISKY = {"is_risky": "y", "insurance_no": "P1", "insured_from": "2023-07-20", "insured_until": "2023-07-20"}
BLOCKS = {
    "from_on": "2023-06-01",
    "to_on": "2023-06-30",
    "content": "助考",
    "issuer": "团县委",
    "responsible": "周敏",
    "handler": "李晓慧",
    "contact": "0",
}
CAMPAIGN = {"title": "新募捐", "qualified_org": "省青基会", "filing_no": "B2", "starts_on": "2023-01-01", "ends_on": "2023-12-31"}
GIFT = {"received_on": "2023-02-01", "amount": "100", "kind": "person", "donor": "王先生", "channel": "online", "reference_no": "9"}
SPENT = {"spent_on": "2023-03-01", "amount": "60", "payee": "木工", "purpose": "书桌", "room": ""}
TOTAL = {"from_on": "2023-01-01", "until_on": "2023-02-28", "joined": "9", "source_file": "统计表.xlsx"}
EDIT = {"name": "王小芳", "sex": "F", "birth_date": "2000-05-04", "group": "", "drive": "", "joined_on": "2023-03-05"}


@pytest.fixture
def busy(filled):
    """Money in and out, a certificate, an association: something for every form to clash with."""
    filled.campaign = Campaign.get()
    given = {"received_on": date(2023, 2, 1), "amount": Decimal(100), "kind": "person", "donor": "王先生", "channel": "online", "reference_no": "1"}
    filled.gift = funding.donate(filled.campaign, given)[0]
    filled.spent = funding.spend(filled.campaign, {"spent_on": date(2023, 3, 1), "amount": Decimal(60), "payee": "木工", "purpose": "书桌"})
    filled.town, filled.west = filled.org["东镇"], filled.org["西镇"]
    filled.total = services.enter_joined(filled.west, date(2023, 1, 1), date(2023, 1, 31), 5, "一月.xlsx")
    filled.body = association.prepare_association("县青年志愿者协会", date(2023, 3, 1))
    filled.term = association.establish(filled.body, date(2023, 5, 4), [("president", "王芳")])
    filled.room = Room.get()
    filled.other = filled.join("赵敏", id_no="320999199905040012")
    return filled


def said(page: str, field: str) -> str:
    """What stands at a field."""
    found = re.search(rf'id="{field}-why".*?</p>', page, re.S)
    assert found, (field, text_of(page)[-500:])
    return text_of(found[0])


CASES = [
    # path, fields beside the good ones, field, words, level, number
    ("activities/edit/", ACTIVITY | {"title": "补录护河"}, "title", "补录", "E", "V22"),
    ("activities/edit/", ACTIVITY | {"starts_at": "2023-07-01T08:00", "ends_at": "2023-07-01T09:00"}, "late_reason", "原因", "E", "V22"),
    ("activities/edit/", ACTIVITY | RISKY | {"insurance_no": ""}, "insurance_no", "保险", "E", "V23"),
    ("activities/edit/", ACTIVITY | RISKY | {"insured_from": "2023-07-21"}, "insured_from", "保险", "E", "V23"),
    ("activities/edit/", ACTIVITY | RISKY | {"insured_until": "2023-07-19"}, "insured_until", "保险", "E", "V23"),
    *(
        ("certificates/new/?volunteer={who.id}", BLOCKS | {b: " "}, b, "证明无效", "E", "V24")
        for b in ("content", "issuer", "responsible", "handler", "contact")
    ),
    ("certificates/new/?volunteer={other.id}", BLOCKS, "from_on", "没有已认定", "E", "V25"),
    *(("rooms/child/", CHILD | {f: ""}, f, "监护人", "E", "V28") for f in GUARDIAN),
    ("rooms/child/", CHILD | {"birth_date": "2004-01-01"}, "birth_date", "未成年", "E", "V28"),
    ("rooms/step/?id={room.id}", {"to": "review", "on": "2023-02-01"}, "on", "上一步", "E", "V29"),
    ("campaigns/edit/", CAMPAIGN | {"qualified_org": ""}, "qualified_org", "公开募捐", "E", "V30"),
    ("campaigns/edit/", CAMPAIGN | {"filing_no": ""}, "filing_no", "备案", "E", "V30"),
    ("campaigns/donation/?id={campaign.id}", GIFT | {"amount": "0"}, "amount", "大于零", "E", "V31"),
    ("campaigns/donation/?id={campaign.id}", GIFT | {"amount": "1.005"}, "amount", "两位小数", "E", "V31"),
    ("campaigns/donation/?id={campaign.id}", GIFT | {"received_on": "2022-12-31"}, "received_on", "开始", "E", "V31"),
    ("campaigns/donation/?id={campaign.id}", GIFT | {"received_on": "2023-07-04"}, "received_on", "还没有到", "E", "V31"),
    ("campaigns/donation/?id={campaign.id}", GIFT | {"reference_no": "1", "amount": "7"}, "reference_no", "已登记", "E", "V32"),
    ("campaigns/donation/?id={campaign.id}", GIFT | {"donor": ""}, "donor", "匿名", "E", "V33"),
    ("campaigns/donation/?id={campaign.id}", GIFT | {"kind": "total"}, "source_file", "文件", "E", "V33"),
    ("campaigns/expense/?id={campaign.id}", SPENT | {"amount": "40.01"}, "amount", "只结余40.00元", "E", "V35"),
    ("campaigns/expense/?id={campaign.id}", SPENT | {"amount": "40", "spent_on": "2023-01-31"}, "amount", "只结余0", "E", "V35"),
    ("roster/total/", TOTAL | {"organization": "{town}", "until_on": "2023-03-31"}, "joined", "以名册为准", "E", "V37"),
    ("roster/total/", TOTAL | {"organization": "{west}"}, "from_on", "已有一个总数", "E", "V38"),
    ("roster/total/", TOTAL | {"organization": "{town}", "source_file": " "}, "source_file", "文件", "E", "V38"),
    ("roster/untotal/?id={total.id}", {"reason": ""}, "reason", "请填写", "E", "V39"),
    ("campaigns/correct/?id={gift.id}", GIFT | {"reference_no": "1", "reason": " "}, "reason", "理由", "E", "V39"),
    ("campaigns/takeback/?id={gift.id}", {"reason": ""}, "reason", "请填写", "E", "V39"),
    ("campaigns/respend/?id={spent.id}", SPENT | {"reason": " "}, "reason", "理由", "E", "V39"),
    ("campaigns/unspend/?id={spent.id}", {"reason": ""}, "reason", "请填写", "E", "V39"),
    ("roster/edit/?id={who.id}", EDIT | {"joined_on": "2023-03-06"}, "reason", "原因", "E", "V39"),
    ("campaigns/correct/?id={gift.id}", GIFT | {"reference_no": "1", "amount": "59.99", "reason": "误录"}, "amount", "多0.01元", "E", "V40"),
    (
        "campaigns/correct/?id={gift.id}",
        GIFT | {"reference_no": "1", "received_on": "2023-03-02", "reason": "误录"},
        "amount",
        "2023-03-01",
        "E",
        "V40",
    ),
    ("campaigns/respend/?id={spent.id}", SPENT | {"amount": "100.01", "reason": "误录"}, "amount", "多0.01元", "E", "V40"),
    ("campaigns/takeback/?id={gift.id}", {"reason": "误录"}, "reason", "多60.00元", "E", "V40"),
    ("roster/edit/?id={who.id}", EDIT | {"id_no": "320999199905040012", "birth_date": "1999-05-04"}, "id_no", "另一人", "E", "V42"),
    ("roster/edit/?id={who.id}", EDIT | {"id_no": "320999199905040012"}, "id_no", "1999", "E", "V42"),
    ("roster/guardian/?id={young.id}", {"reason": " "}, "reason", "原因", "E", "V43"),
    ("rooms/reveal/?id={room.id}", {"reason": ""}, "reason", "请填写", "E", "V43"),
    ("association/term/", {"on": "2023-07-01", "posts": "会长 王芳\n会长 李雷"}, "posts", "会长", "E", "V44"),
    ("association/post/?id={body.id}", {"title": "president", "name": "李雷", "start_on": "2023-06-01"}, "title", "会长", "E", "V44"),
    ("association/term/", {"on": "2023-05-04", "posts": "会长 王芳"}, "on", "开始", "E", "V45"),
    ("association/post/?id={body.id}", {"title": "director", "name": "李雷", "start_on": "2023-05-03"}, "start_on", "开始", "E", "V45"),
    ("association/extend/?id={term.id}", {"due_on": "2023-05-04", "reason": "延期"}, "due_on", "开始", "E", "V45"),
    ("association/end/?id={body.id}", {"on": "2023-05-01", "reason": "合并"}, "on", "才开始", "E", "V45"),
]


@pytest.mark.parametrize("index", range(4))
def test_what_the_forms_refuse(busy, index):
    """Every fourth case each, so that several workers share them."""
    boss = busy.browser("zhou")
    for path, fields, field, words, _level, number in CASES[index::4]:
        given = {"organization": busy.town} | {k: v.format_map(vars(busy)) for k, v in fields.items()}
        page = boss.post(path.format_map(vars(busy)), 422, **given)
        assert words in said(page, field), (number, said(page, field))
    assert Donation.select().count() == Expense.select().count() == RosterTotal.select().count() == AssociationTerm.select().count() == 1


def test_hours_are_approved_by_somebody_else(busy):
    boss, chief = busy.browser("zhou"), busy.browser("he")
    at = {"volunteer": "王小芳", "came_at": "2023-06-26T10:30", "left_at": "2023-06-26T11:00"}
    boss.post(f"activities/record/?id={busy.held.id}", **at)
    row = Record.select().order_by(Record.id.desc()).get()
    assert "不能自己认定" in said(boss.post("activities/approve/", 422, rowid=[row.id]), "reason")
    assert Record.get_by_id(row.id).state == "waiting"
    chief.post("activities/approve/", rowid=[row.id, busy.row.id])
    assert (Record.get_by_id(row.id).state, Record.get_by_id(row.id).is_self_review) == ("approved", False)


HELD = [
    ("E", "V21"),
    ("E", "V25"),
    ("E", "V26"),
    ("E", "V27"),
    ("E", "V29"),
    ("W", "V36"),
    ("E", "V41"),
    ("W", "V46"),
]  # by the tests below and above


def test_a_certificate_waits_and_holds_its_hours(busy):  # V25 V26 V27
    boss = busy.browser("zhou")
    serving.approve([busy.row], ("user:98", "别人"))
    boss.post(f"certificates/new/?volunteer={busy.who.id}", **BLOCKS)
    made = Certificate.get()
    boss.post(f"certificates/issue/?id={made.id}", id=made.id)
    assert "公示到2023-07-10" in text_of(boss.get(f"certificates/certificate/?id={made.id}")) and Certificate.get().state == "publicity"
    page = boss.post(f"activities/refuse/?id={busy.row.id}", 422, reason="有误")
    assert made.number in said(page, "reason")
    Record.update(minutes=1).where(Record.id == busy.row.id).execute()
    with pytest.raises(Exception, match="撤回"):
        certifying.issue(made, date(2023, 7, 11))


def test_a_room_is_not_handed_over_before_its_air_test(busy):  # V29
    boss, room = busy.browser("zhou"), busy.room.id
    for to in ("review", "design", "building"):
        boss.post(f"rooms/step/?id={room}", to=to, on="2023-04-01")
    assert "还没完成" in said(boss.post(f"rooms/step/?id={room}", 422, to="air_test", on="2023-04-02"), "to")
    caring.finish_parts(Room.get(), [*rules.SURFACES, *rules.ITEMS])
    test = {"to": "air_test", "on": "2023-04-02"}
    assert "编号" in said(boss.post(f"rooms/step/?id={room}", 422, **test, test_passed="y"), "test_report")
    boss.post(f"rooms/step/?id={room}", **test)
    assert "空气检测合格以前" in said(boss.post(f"rooms/step/?id={room}", 422, to="handed", on="2023-04-03"), "to")


def test_overdue_disclosures_and_uncounted_totals_are_warned_of(busy):  # V36 V46
    from youthpilot.core.counties.services import county_registry
    from youthpilot.core.periods.acting import Clerk
    from youthpilot.core.periods.services import open_period

    open_period(busy.county, "2023H1", None, county_registry(busy.registry, busy.county), Clerk("周敏"))
    boss = busy.browser("zhou")
    page = text_of(boss.client.get("/c/test/periods/show?period=2023H1").text)
    assert "“梦想改造+”应在2023-04-01前公开" in page
    busy.join("周西", place="西镇", joined=date(2023, 1, 15))
    assert "1人逐人加入，这个总数不再计入" in text_of(boss.get("roster/totals/"))


def test_a_locked_half_year_keeps_its_money_and_totals(busy):  # V41
    from youthpilot.core.counties.services import county_registry
    from youthpilot.core.periods.acting import Clerk
    from youthpilot.core.periods.services import open_period

    open_period(busy.county, "2023H1", None, county_registry(busy.registry, busy.county), Clerk("周敏"))
    Period.update(state="locked").execute()
    install()
    boss = busy.browser("zhou")
    for path, fields, field in (
        (f"campaigns/takeback/?id={busy.gift.id}", {"reason": "误录"}, "reason"),
        (f"campaigns/unspend/?id={busy.spent.id}", {"reason": "误录"}, "reason"),
        (f"campaigns/correct/?id={busy.gift.id}", GIFT | {"reference_no": "1", "received_on": "2023-07-02", "reason": "误录"}, "received_on"),
        (f"campaigns/respend/?id={busy.spent.id}", SPENT | {"reason": "误录"}, "spent_on"),
        (f"roster/untotal/?id={busy.total.id}", {"reason": "误录"}, "reason"),
        (f"roster/edit/?id={busy.who.id}", EDIT | {"joined_on": "2023-03-06", "reason": "误录"}, "name"),
    ):
        assert "锁定" in said(boss.post(path, 422, **fields), field), path
    assert Association.select().count() == Donation.select().count() == 1


def test_corrections_are_logged_with_what_was_and_why(busy):
    from youthpilot.core.audit.models import AuditEntry as LogEntry

    boss = busy.browser("zhou")
    boss.post(f"campaigns/correct/?id={busy.gift.id}", **GIFT | {"reference_no": "1", "amount": "90.50", "reason": "少记一笔手续费"})
    boss.post(f"campaigns/unspend/?id={busy.spent.id}", reason="重复登记")
    boss.post(f"campaigns/takeback/?id={busy.gift.id}", reason="退款")
    assert Donation.select().count() == Expense.select().count() == 0
    log = [(e.act, e.reason) for e in LogEntry.select().order_by(LogEntry.id)]
    for act, reason in (("donation.change", "少记一笔手续费"), ("expense.delete", "重复登记"), ("donation.delete", "退款")):
        assert (f"volunteers.{act}", reason) in log
