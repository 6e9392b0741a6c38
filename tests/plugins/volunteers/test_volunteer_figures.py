"""The figures from rows: what counts, when, where; blank is not zero; the report's two sentences; problems before closing."""

from datetime import date
from decimal import Decimal

import pytest

from youthpilot.core.counties.services import county_registry
from youthpilot.core.organizations.models import Organization
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.queries import period_value
from youthpilot.core.periods.services import open_period
from youthpilot.plugins.figures.behind import breakdown_of, records_behind
from youthpilot.plugins.figures.engine import compute_figures
from youthpilot.plugins.reports.edited import template_text
from youthpilot.plugins.reports.services import compose_now
from youthpilot.plugins.volunteers import association, caring, funding, rules, services, serving
from youthpilot.plugins.volunteers.models import Record, Room

GUARDIAN = {"guardian_name": "王建国", "guardian_relation": "父亲", "consent_on": date(2023, 3, 1)}
BOSS = ("user:2", "何颖")


@pytest.fixture
def half(world):
    narrowed = county_registry(world.registry, world.county)
    period = open_period(world.county, "2023H1", date(2023, 6, 30), narrowed, Clerk("周敏"))
    world.period, world.narrowed = period, narrowed
    world.root = Organization.get(Organization.parent.is_null()).id
    world.figure = lambda key, place=None: (
        compute_figures(world.county, period, narrowed).get(f"volunteers.{key}", world.org[place] if place else world.root).value
    )
    return world


def test_joined_counts_the_first_time_only_where_it_happened(half):
    assert half.figure("joined") is None
    first = half.join("一", joined=date(2022, 12, 31))
    half.join("二", joined=date(2023, 1, 1))
    half.join("三", place="甲村", joined=date(2023, 6, 30))
    half.join("四", place="甲村", joined=date(2023, 7, 1))
    services.leave(first, date(2023, 2, 1))
    services.come_back(first, date(2023, 5, 1))
    half.join("五", place="西镇", joined=date(2022, 5, 1))
    assert (half.figure("joined"), half.figure("joined", "东镇"), half.figure("joined", "西镇")) == (2, 2, 0)
    assert (half.figure("registered"), half.figure("registered", "甲村")) == (4, 1)
    behind = records_behind(half.period, "volunteers.joined", half.root, half.narrowed)
    assert behind.count == 2 and [r[1] for r in behind.rows] == ["二", "三"]
    assert breakdown_of(half.period, "volunteers.joined", half.root, half.narrowed).lines == (("日常招募", 2, {}),)


def test_who_left_on_the_last_day_was_still_there(half):
    for n, left in enumerate((date(2023, 6, 29), date(2023, 6, 30), date(2023, 7, 1))):
        services.leave(half.join("甲乙丙"[n]), left)
    half.join("丁", joined=date(2023, 7, 1))
    assert half.figure("registered") == 2
    behind = records_behind(half.period, "volunteers.registered", half.root, half.narrowed)
    assert [r[1] for r in behind.rows] == ["乙", "丙"]


def test_theme_activities_of_both_boundary_days(half):
    for day in ("1-1", "6-30", "7-1"):
        serving.hold(half.activity(f"{day}活动", day=day, is_theme=True))
    assert half.figure("activities") == 2


def test_a_total_of_those_who_joined_counts_only_without_names(half):
    services.enter_joined(half.org["西镇"], date(2023, 1, 1), date(2023, 3, 31), 12, "一季度统计表.xlsx", "李晓慧")
    half.join("一", joined=date(2023, 4, 1))
    assert (half.figure("joined"), half.figure("joined", "西镇")) == (13, 12)
    behind = records_behind(half.period, "volunteers.joined", half.root, half.narrowed)
    assert behind.count == 1 and "汇总录入12名" in behind.note and "一季度统计表.xlsx" in behind.note
    assert ("汇总录入", 12, {}) in breakdown_of(half.period, "volunteers.joined", half.root, half.narrowed).lines
    half.join("二", place="西镇", joined=date(2023, 3, 31))  # a name in those days: the total is never added to it
    assert (half.figure("joined"), half.figure("joined", "西镇")) == (2, 1)


def test_hours_are_approved_minutes_and_totals_only_without_names(half):
    who, act = half.join("王小芳"), half.activity()
    row = serving.record(act, who, half.at("6-26", "08:30"), half.at("6-26", "09:50"), ("user:1", "甲"))
    assert half.figure("hours") is None
    serving.approve([row], BOSS)
    assert half.figure("hours", "东镇") == Decimal("1.3")
    serving.enter_total(act, 50, 6000, "签到表.xlsx")
    assert half.figure("hours") == Decimal("1.3")
    serving.enter_total(half.activity("无名单活动", place="西镇"), 10, 600, "签到表.xlsx")
    assert half.figure("hours") == Decimal("11.3")
    behind = records_behind(half.period, "volunteers.hours", half.root, half.narrowed)
    assert [(r[2], r[4]) for r in behind.rows] == [("王*芳", 80)]
    serving.withdraw(Record.get(), BOSS, "有误")
    assert half.figure("hours") == 110  # nobody stands by name any more: the total counts


def test_theme_activities_by_name(half):
    first = half.activity("“心系学子”活动", is_theme=True)
    assert half.figure("activities") == 0
    serving.hold(first)
    serving.hold(half.activity("日常活动"))
    later = half.activity("下半年活动", day="7-2", is_theme=True)
    serving.hold(later)
    assert half.figure("activities") == 1
    assert breakdown_of(half.period, "volunteers.activities", half.root, half.narrowed).lines == (("“心系学子”活动", 1, {"id": first.id}),)


def care(half, handed=date(2023, 6, 20)):
    child = {
        "category": "defacto",
        "name": "张小明明",
        "birth_date": date(2012, 4, 1),
        "found_on": date(2023, 3, 1),
        "address": "甲村一组5号",
        **GUARDIAN,
    }
    made = caring.add_child(half.org["甲村"], child)
    for to in ("review", "design", "building"):
        caring.move(Room.get(Room.child == made.id), to, date(2023, 4, 1))
    caring.finish_parts(Room.get(Room.child == made.id), [*rules.SURFACES, *rules.ITEMS])
    caring.move(Room.get(Room.child == made.id), "air_test", date(2023, 5, 1), test_passed=True, test_report="K1")
    return caring.move(Room.get(Room.child == made.id), "handed", handed)


def test_rooms_and_funds_without_a_name(half):
    care(half)
    care(half, date(2023, 7, 1))
    campaign = funding.save_campaign(
        None, {"title": "梦想", "qualified_org": "省青基会", "filing_no": "B1", "starts_on": date(2022, 11, 1), "ends_on": date(2023, 12, 31)}
    )
    gift = {"kind": "person", "donor": "王大先生", "channel": "online"}
    for n, (day, amount, channel) in enumerate(
        [
            (date(2022, 12, 31), "1", "online"),
            (date(2023, 1, 1), "830000.00", "online"),
            (date(2023, 6, 30), "0.50", "online"),
            (date(2023, 6, 1), "7", "cash"),
        ]
    ):
        funding.donate(campaign, gift | {"received_on": day, "amount": Decimal(amount), "channel": channel, "reference_no": str(n)})
    assert (half.figure("rooms_built"), half.figure("funds_raised")) == (1, 830001)  # 830000.50, printed without decimals
    behind = records_behind(half.period, "volunteers.rooms_built", half.root, half.narrowed, masked=False)
    assert "张小明明" not in str(behind.rows) and "一组5号" not in str(behind.rows) and "张**" in str(behind.rows)
    assert "王大先生" not in str(records_behind(half.period, "volunteers.funds_raised", half.root, half.narrowed).rows)
    problems = [p.text for name, p in half.narrowed.period_problems(period_value(half.period)) if name == "volunteers"]
    assert problems == [f"“梦想”应在{day}前公开" for day in ("2023-02-01", "2023-05-01")]  # V36


def test_the_sentences_of_the_report(half):
    association.prepare_association("县青年志愿者协会", date(2023, 3, 1))
    association.add_drive("无志愿、不青春", date(2023, 2, 20), date(2023, 6, 30))
    half.join("一")
    serving.hold(half.activity("“心系学子”活动", is_theme=True))
    care(half)
    _frame, composed = compose_now(half.period, half.county, half.narrowed)
    said = {c.section.key: template_text(c.builder) for c in composed if c.owner == "volunteers"}
    assert said["volunteers.base"] == "筹建青年志愿者协会，发起“无志愿、不青春”招募，吸纳{volunteers.joined|plain}青年志愿者献身一线开展志愿服务。"
    assert "建成{volunteers.rooms_built|plain}小屋。" in said["volunteers.service"] and "线上募资" not in said["volunteers.service"]
    assert "开展“心系学子”活动等主题志愿服务活动{volunteers.activities|plain}。" in said["volunteers.service"]
    assert "率先" not in str(said)


def test_a_locked_half_year_keeps_its_facts(half):
    from youthpilot.core import RuleError
    from youthpilot.core.periods.guard import install
    from youthpilot.core.periods.models import Period

    row = half.join("一")
    Period.update(state="locked").execute()
    install()
    with pytest.raises(RuleError):
        half.join("二")
    services.leave(row, date(2023, 7, 2))  # the day of leaving lies in an open half-year
