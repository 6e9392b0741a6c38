"""The files that come in: roster, sign-in list, donations; read by the real reader, judged by the module."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from youthpilot.core import Person
from youthpilot.plugins.importing.reading import read_sheet
from youthpilot.plugins.importing.services import ImportRefused, ReasonNeeded, judge, run_import, undo
from youthpilot.plugins.volunteers import association, funding, serving
from youthpilot.plugins.volunteers.importers import IMPORTERS
from youthpilot.plugins.volunteers.models import Activity, Donation, Movement, Record, Volunteer

BY_KEY = {f"{i.key}": i for i in IMPORTERS}
ID = "320999200005040012"


def sheet_of(content, name="名单.csv"):
    return read_sheet(content.encode("utf-8-sig"), name)


def codes(key, content, **options):
    """(column, level, code) of every problem."""
    found = judge(BY_KEY[key], sheet_of(content), options)
    return [(p.column, p.level, p.code) for r in found.rows for p in r.problems] + [(p.column, p.level, p.code) for p in found.problems]


def brought_in(key, content, **options):
    try:
        done = run_import(BY_KEY[key], sheet_of(content), options, reason="已核对")
    except ImportRefused as error:
        raise AssertionError([f.message for f in error.judged.findings()]) from error
    return done


ROSTER = (
    "团组织,姓名,性别,出生日期,身份证号,手机号,加入日期,队伍,服务领域,监护人,与监护人关系,监护人电话,监护人同意日期\n"
    f"东镇,王芳,女,,{ID},13800138000,2023-03-05,东镇队,教育、助老,,,,\n"
    "甲村,李雷,男,2008-02-01,,13900139000,2023-03-06,,,李大雷,父亲,13700137000,2023-03-01\n"
)


def test_a_roster_twice_changes_nothing_and_can_be_undone(world):
    association.save_group(None, world.org["东镇"], "东镇队", date(2023, 1, 1))
    assert codes("volunteers_roster", ROSTER) == [("phone", "W", "V7")]
    with pytest.raises(ReasonNeeded):
        run_import(BY_KEY["volunteers_roster"], sheet_of(ROSTER), {})
    done = brought_in("volunteers_roster", ROSTER)
    assert (done.counts.added, done.counts.changed) == (2, 0)
    first, second = Volunteer.select().order_by(Volunteer.id)
    assert (first.person.birth_date, first.person.sex, first.fields, first.group.name) == (date(2000, 5, 4), "F", "education,elderly", "东镇队")
    assert (second.person.phone, second.guardian_phone, second.number) == ("", "13700137000", "VTEST23000002")
    again = brought_in("volunteers_roster", ROSTER)
    assert (again.counts.added, again.counts.changed, again.counts.unchanged) == (0, 0, 2)
    undo(done.batch, BY_KEY["volunteers_roster"])
    assert Volunteer.select().count() == Movement.select().count() == Person.select().count() == 0


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("东镇,甲,,2009-03-05,,,2023-03-05,,,,,", ("birth_date", "E", "V1")),
        ("东镇,甲,,2008-03-05,,,2023-03-05,,,,,", ("guardian_name", "E", "V2")),
        ("东镇,甲,,2008-03-05,,,2023-03-05,,,王大,父亲,2023-03-06", ("consent_on", "E", "V2")),
        (f"东镇,甲,,,{ID},,2023-03-05,{ID},,,,", ("number", "E", "V3")),
        ("东镇,甲,,2000-01-01,,,2023-03-05,K1,,,,", ("number", "E", "V4")),
        ("东镇,甲,,2000-01-01,,,2023-07-04,,,,,", ("joined_on", "E", "V5")),
        ("东镇,甲,,,,,2023-03-05,,,,,", ("birth_date", "W", "V6")),
        ("东镇,甲,,2000-01-01,,,2023-03-05,,无此队,,,", ("group", "E", "V8")),
        (f"东镇,甲,,2000-05-05,{ID},,2023-03-05,,,,,", ("birth_date", "E", "V9")),
    ],
)
def test_what_is_wrong_in_a_roster(world, row, problem):
    world.join("占号", number="K1")
    head = "团组织,姓名,性别,出生日期,身份证号,手机号,加入日期,志愿者编号,队伍,监护人,与监护人关系,监护人同意日期\n"
    assert problem in codes("volunteers_roster", head + row + "\n")


@pytest.fixture
def service(world):
    world.who = world.join("王芳", number="A1")
    world.act = world.activity("防溺水讲座")
    world.other = world.activity("别的活动")
    return world


HEAD = "活动,志愿者编号,姓名,服务日期,签到,签退\n"


def test_a_sign_in_list(service):
    text = HEAD + "防溺水讲座,A1,王芳,2023-06-26,08:30,10:00\n防溺水讲座,,王芳,2023/6/26,10:00:00,11:30\n"
    done = brought_in("volunteers_records", text)
    assert done.counts.added == 2
    assert [(r.minutes, r.state, r.source) for r in Record.select().order_by(Record.came_at)] == [(90, "waiting", "import")] * 2
    assert brought_in("volunteers_records", text).counts.unchanged == 2
    undo(done.batch, BY_KEY["volunteers_records"])
    assert Record.select().count() == 0


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("无此活动,A1,王芳,2023-06-26,08:30,10:00", ("activity", "E", "V10")),
        (",A1,王芳,2023-06-26,08:30,10:00", ("activity", "E", "V10")),
        ("防溺水讲座,A9,王芳,2023-06-26,08:30,10:00", ("number", "E", "V11")),
        ("防溺水讲座,A1,李雷,2023-06-26,08:30,10:00", ("number", "E", "V11")),
        ("防溺水讲座,,李雷,2023-06-26,08:30,10:00", ("name", "E", "V11")),
        ("防溺水讲座,A1,王芳,2023-06-26,10:30,10:00", ("left", "E", "V12")),
        ("防溺水讲座,A1,王芳,2023-06-26,早上,10:00", ("came", "E", "V12")),
        ("防溺水讲座,A1,王芳,2023-06-26,25:00,10:00", ("came", "E", "V12")),
        ("七月活动,A1,王芳,2023-07-20,08:30,10:00", ("came", "E", "V13")),
        ("防溺水讲座,A1,王芳,2023-06-27,08:30,10:00", ("came", "E", "V14")),
        (
            "防溺水讲座,A1,王芳,2023-06-26,08:30,08:31\n防溺水讲座,A1,王芳,2023-06-26,08:31,08:32\n防溺水讲座,A1,王芳,2023-06-26,08:32,08:33\n防溺水讲座,A1,王芳,2023-06-26,08:33,08:34",
            ("came", "E", "V15"),
        ),
        ("防溺水讲座,A1,王芳,2023-06-26,08:30,09:30\n别的活动,A1,王芳,2023-06-26,09:29,10:00", ("came", "E", "V16")),
        ("全天活动,A1,王芳,2023-06-20,01:00,11:01", ("left", "E", "V17")),
        ("游泳救护,A1,王芳,2023-06-26,08:30,10:00", ("came", "E", "V18")),
        ("成人活动,A1,王芳,2023-06-26,08:30,10:00", ("name", "E", "V19")),
        ("防溺水讲座,A1,王芳,2023-06-26,08:30,", ("left", "W", "V20")),
    ],
)
def test_what_is_wrong_in_a_sign_in_list(service, rows, problem):
    service.activity("全天活动", day="6-20", first="00:30", last="23:30")
    service.activity("成人活动", lowest_age=30)
    service.activity("七月活动", day="7-20")
    risky = service.activity("游泳救护")
    Activity.update(is_risky=True).where(Activity.id == risky.id).execute()
    assert problem in codes("volunteers_records", HEAD + rows + "\n")


def test_a_sign_in_list_meets_what_stands_already(service):
    serving.record(service.other, service.who, service.at("6-26", "09:00"), service.at("6-26", "10:00"), ("user:1", "甲"))
    assert ("came", "E", "V16") in codes("volunteers_records", HEAD + "防溺水讲座,A1,王芳,2023-06-26,08:30,09:01\n")


@pytest.fixture
def campaign(world):
    return funding.save_campaign(
        None, {"title": "梦想", "qualified_org": "省青基会", "filing_no": "B1", "starts_on": date(2023, 1, 1), "ends_on": date(2023, 12, 31)}
    )


MONEY = "到账日期,金额,捐赠人,是否匿名,方式,订单号\n"


def test_a_list_of_donations(campaign):
    text = MONEY + "2023-03-05,100.50,王先生,否,线上,D1\n2023-03-06,50,某某,是,线上,D2\n2023-03-07,2000,爱心建材公司,,转账,D3\n"
    assert codes("volunteers_donations", text) == [("donor", "W", "V34")]
    assert brought_in("volunteers_donations", text).counts.added == 3
    assert [(d.kind, d.donor, d.amount) for d in Donation.select().order_by(Donation.id)] == [
        ("person", "王先生", Decimal("100.50")),
        ("anonymous", "", Decimal("50.00")),
        ("body", "爱心建材公司", Decimal("2000.00")),
    ]
    assert brought_in("volunteers_donations", text).counts.unchanged == 3


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("2023-03-05,0,王先生,否,线上,D1", ("amount", "E", "V31")),
        ("2022-12-31,10,王先生,否,线上,D1", ("received_on", "E", "V31")),
        (f"{date(2023, 7, 3) + timedelta(days=1)},10,王先生,否,线上,D1", ("received_on", "E", "V31")),
        ("2023-03-05,10,王先生,否,线上,D0", ("reference_no", "E", "V32")),
    ],
)
def test_what_is_wrong_in_a_list_of_donations(campaign, row, problem):
    given = {"received_on": date(2023, 3, 5), "amount": Decimal(11), "kind": "person", "donor": "王先生", "channel": "online", "reference_no": "D0"}
    funding.donate(campaign, given)
    assert problem in codes("volunteers_donations", MONEY + row + "\n")
