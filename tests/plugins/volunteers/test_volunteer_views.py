"""The screens by requests on the real application: reading, forms with messages at the field, phone pages without an account."""

import re
from datetime import date

import pytest
from volunteer_site import chinese_only

from youthpilot.plugins.volunteers import serving
from youthpilot.plugins.volunteers.models import Activity, Campaign, Certificate, Record, Room, Volunteer

PAGES = ("roster", "activities", "activities/approving", "projects", "certificates", "association", "rooms", "campaigns")
FORMS = ("roster/new", "activities/edit", "projects/edit", "association/group", "association/drive", "rooms/child", "campaigns/edit")


@pytest.mark.parametrize("user", ["zhou", "han", "kan"])
def test_every_page_in_chinese_and_masked(filled, user):
    browser = filled.browser(user)
    for path in PAGES:
        page = browser.get(f"{path}/", 200 if path != "rooms" or user == "zhou" else 403)
        if not (path == "rooms" and user != "zhou"):
            chinese_only(page)
        assert "13800138000" not in page and "张小明明" not in page and "一组5号" not in page
    page = browser.get("roster/")
    assert "138****8000" in page and ("王小芳" in page) == (user != "kan")
    for row in (filled.who, filled.young):
        chinese_only(browser.get(f"roster/volunteer/?id={row.id}"))
    chinese_only(browser.get(f"activities/activity/?id={filled.held.id}"))
    chinese_only(browser.get(f"campaigns/campaign/?id={Campaign.get().id}"))
    if user == "zhou":
        for path in FORMS:
            chinese_only(browser.get(f"{path}/"))
        page = browser.get(f"rooms/room/?id={Room.get().id}")
        chinese_only(page)
        assert "张**" in page and "王建国" not in page


def test_a_sibling_sees_nothing_and_foreign_ids_answer_like_missing_ones(filled):
    other = filled.join("赵西西", place="西镇")
    browser = filled.browser("han")
    assert "赵西西" not in browser.get("roster/")
    browser.get(f"roster/volunteer/?id={other.id}", 404)
    browser.get("roster/volunteer/?id=999999", 404)
    filled.browser().get("roster/", 302)


def test_a_minor_without_consent_is_refused_at_the_field(filled):
    browser = filled.browser("han")
    data = {
        "name": "孙小",
        "birth_date": "2008-02-01",
        "organization": filled.org["东镇"],
        "joined_on": "2023-03-05",
        "group": "",
        "drive": "",
        "sex": "",
    }
    page = browser.post("roster/new/", 422, **data)
    assert "未成年人须填监护人、关系和同意日期" in re.search(r'id="guardian_name-why".*?</p>', page, re.S)[0]
    browser.post("roster/new/", **data, guardian_name="孙大", guardian_relation="父亲", consent_on="2023-03-01", phone="13800000000")
    made = Volunteer.get(Volunteer.guardian_relation == "父亲", Volunteer.id > filled.young.id)
    assert (made.guardian_name, made.person.phone) == ("孙大", "")


def test_publish_record_and_approve_by_somebody_else(filled):
    browser, boss = filled.browser("han"), filled.browser("zhou")
    data = {"title": "河湾护河", "organization": filled.org["东镇"], "project": "", "starts_at": "2023-06-20T08:00", "ends_at": "2023-06-20T11:00"}
    assert "请写事后登记的原因" in browser.post("activities/edit/", 422, **data)
    assert "保险单号" in browser.post("activities/edit/", 422, **data, late_reason="当天断网", is_risky="y")
    browser.post("activities/edit/", **data, late_reason="当天断网", duties="引导 6、宣讲 2")
    made = Activity.get(Activity.title == "河湾护河")
    served = {"volunteer": filled.who.number, "came_at": "2023-06-20T08:00", "left_at": "2023-06-20T07:00"}
    assert "签退须晚于签到" in browser.post(f"activities/record/?id={made.id}", 422, **served)
    browser.post(f"activities/record/?id={made.id}", **served | {"left_at": "2023-06-20T10:00"})
    row = Record.get(Record.activity == made.id)
    browser.post("activities/approve/", 422, rowid=row.id)
    assert "本人登记" in browser.get("activities/approving/") and Record.get_by_id(row.id).state == "waiting"
    boss.post("activities/approve/", rowid=[row.id, filled.row.id])
    assert {r.state for r in Record.select()} == {"approved"}
    filled.browser("kan").post("activities/approve/", 403, rowid=row.id)


def test_a_certificate_is_drawn_up_and_verified_without_an_account(filled):
    boss, anybody = filled.browser("zhou"), filled.browser()
    serving.approve([filled.row], ("user:98", "别人"))
    blocks = {"from_on": "2023-06-01", "to_on": "2023-06-30", "content": "助考", "issuer": "团县委", "responsible": "周敏", "handler": "李晓慧"}
    page = boss.post(f"certificates/new/?volunteer={filled.who.id}", 422, **blocks)
    assert "证明无效" in re.search(r'id="contact-why".*?</p>', page, re.S)[0]
    boss.post(f"certificates/new/?volunteer={filled.who.id}", **blocks, contact="0000-1")
    made = Certificate.get()
    page = boss.get(f"certificates/certificate/?id={made.id}")
    address = re.search(r"/volunteers/(proof/[^\"/]+/)", page)[1]
    seen = anybody.get(address)
    chinese_only(seen.replace(made.number, ""))
    assert "王*芳" in seen and "王小芳" not in seen and "320999" not in seen and "公示到" in seen
    anybody.get("proof/forged/", 404)
    anybody.get(f"certificate/?number={made.number}&name=赵六", 404)
    anybody.get("certificate/?number=X&name=王小芳", 404)
    assert "2小时" in seen or "2" in seen
    Certificate.update(state="issued", issued_on=date(2023, 7, 12)).execute()
    assert "有效" in anybody.get(f"certificate/?number={made.number}&name=王小芳")
    boss.post(f"certificates/revoke/?id={made.id}", reason="内容有误")
    assert "无效" in anybody.get(address)


def test_sign_in_and_out_on_a_phone(filled, clock):
    day = filled.activity("七月三日活动", day="7-3")
    page = filled.browser("han").get(f"activities/poster/?id={day.id}")
    address = re.search(r"/volunteers/(sign/[^\"/]+/)", page)[1]
    assert "<svg" in page
    phone = filled.browser()
    chinese_only(phone.get(address))
    who = {"number": filled.who.number, "name": "王小芳", "digits": "8000"}
    form = f"/volunteers/{address}"
    clock(filled.at("7-3", "08:40"))
    for wrong in ({"name": "别人"}, {"digits": "8001"}, {"digits": ""}, {"number": filled.young.number}):
        assert "编号、姓名和后四位对不上" in phone.post(address, 422, form=form, **who | wrong, act="in")
    phone.post(address, 303, form=form, **who, act="in")
    assert Record.get(Record.activity == day.id).state == "open"
    assert "已经签到" in phone.post(address, 422, form=form, **who, act="in")
    clock(filled.at("7-3", "10:10"))
    phone.post(address, 303, form=form, **who, act="out")
    assert (Record.get(Record.activity == day.id).minutes, Record.get(Record.activity == day.id).state) == (90, "waiting")
    phone.get(address.replace("sign/", "proof/"), 404)  # a token opens what it was made for


@pytest.mark.parametrize("to", ["", "hold", "HELD"])
def test_an_unknown_act_is_refused_and_holds_nothing(filled, to):
    boss = filled.browser("zhou")
    times = {"starts_at": "2023-07-20T08:00", "ends_at": "2023-07-20T11:00"}
    boss.post("activities/edit/", title="河湾护河", organization=filled.org["东镇"], project="", **times)
    row = Activity.get(Activity.title == "河湾护河")
    page = boss.post(f"activities/state/?id={row.id}", 422, to=to)
    assert "没有办理" in page and Activity.get_by_id(row.id).state == "planned"


def test_a_campaign_in_the_browser(filled):
    boss, row = filled.browser("zhou"), Campaign.get()
    gift = {"received_on": "2023-02-01", "amount": "100.00", "kind": "anonymous", "donor": "不留名", "channel": "online", "reference_no": "1"}
    boss.post(f"campaigns/donation/?id={row.id}", **gift)
    spent = {"spent_on": "2023-03-01", "amount": "100.01", "payee": "木工", "purpose": "书桌", "room": ""}
    page = boss.post(f"campaigns/expense/?id={row.id}", 422, **spent)
    assert "只结余100.00元" in re.search(r'id="amount-why".*?</p>', page, re.S)[0]
    boss.post(f"campaigns/disclosure/?id={row.id}", published_on="2023-04-01", link="团县委网站")
    page = boss.get(f"campaigns/campaign/?id={row.id}")
    assert "不留名" not in page and "匿名" in page and "2023-07-01" in page and "已逾期" in page
    filled.browser("han").post(f"campaigns/donation/?id={row.id}", 403, **gift)


def test_a_room_in_the_browser(filled):
    boss, row = filled.browser("zhou"), Room.get()
    page = boss.post(f"rooms/step/?id={row.id}", 422, to="handed", on="2023-04-01")
    for to in ("review", "design", "building"):
        boss.post(f"rooms/step/?id={row.id}", to=to, on="2023-04-01")
    page = boss.post(f"rooms/step/?id={row.id}", 422, to="air_test", on="2023-04-02")
    assert "还没完成" in re.search(r'id="to-why".*?</p>', page, re.S)[0]
    boss.post(f"rooms/parts/?id={row.id}", done=["ceiling", "wall", "floor", "bed", "desk", "wardrobe", "curtain", "lamp", "shelf"])
    boss.post(f"rooms/step/?id={row.id}", to="air_test", on="2023-04-02")
    page = boss.post(f"rooms/step/?id={row.id}", 422, to="handed", on="2023-04-03")
    assert "空气检测合格以前不能交付" in page
    boss.post(f"rooms/step/?id={row.id}", to="air_test", on="2023-04-09", test_passed="y", test_report="KQ1")
    boss.post(f"rooms/step/?id={row.id}", to="handed", on="2023-04-10")
    assert Room.get().handed_on == date(2023, 4, 10)
    assert "张**" in boss.get("rooms/")
