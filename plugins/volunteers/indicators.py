"""The module's figures. Only organizations with a roster, an activity or a record have a value: blank is not zero."""

from decimal import Decimal
from typing import Any

from peewee import JOIN, Case, fn

from youthpilot.core import VILLAGE_KINDS, Organization, Person
from youthpilot.plugins.figures import Breakdown, FigureContext, Indicator, Records

from . import rules
from .models import Activity, Campaign, Child, Donation, Drive, Group, Movement, Record, Room, RosterTotal, Volunteer
from .queries import on_roster, yuan

ASKED_OF = ("township", "street")


def _span(ctx: FigureContext, field: Any) -> Any:
    return (field >= ctx.start) & (field <= min(ctx.end, ctx.as_of))


def _named(query: Any, model: Any) -> Any:
    return query.join(Organization, on=(model.organization == Organization.id))


# joined and registered -------------------------------------------------------------------------------------------------------


def joined(ctx: FigureContext) -> list[tuple[int, int]]:
    """(organization, 名 newly joined): names, else totals; 0 where there is a roster and nobody joined."""
    m = Movement
    new = Case(None, [((m.kind == "joined") & _span(ctx, m.happened_on), 1)], 0)
    found = {
        place: int(count)
        for place, count in m.select(m.organization_id, fn.SUM(new)).where(m.happened_on <= ctx.as_of).group_by(m.organization_id).tuples()
    }
    for total in _totals(ctx):
        found[total.organization_id] = found.get(total.organization_id, 0) + total.joined
    return list(found.items())


def _totals(ctx: FigureContext, organization_ids: list[int] | None = None) -> list[RosterTotal]:
    """Totals that lie in the range, of organizations where nobody joined by name in the total's days: a total never adds to names."""
    t, m = RosterTotal, Movement
    query = t.select().where(t.from_on >= ctx.start, t.until_on <= min(ctx.end, ctx.as_of))
    if organization_ids is not None:
        query = query.where(t.organization.in_(organization_ids))
    rows = list(query.order_by(t.from_on, t.id))
    days: dict[int, list[Any]] = {}
    for place, day in m.select(m.organization_id, m.happened_on).where(m.kind == "joined", _span(ctx, m.happened_on)).tuples():
        days.setdefault(place, []).append(day)
    return [r for r in rows if not any(r.from_on <= day <= r.until_on for day in days.get(r.organization_id, ()))]


def joined_records(ctx: FigureContext, organization_ids: list[int]) -> Records:
    """Who joined."""
    m = Movement
    query = m.select(Organization.name, Person.name, Volunteer.number, m.happened_on, Drive.title)
    query = _named(query, m).switch(m).join(Volunteer, on=(m.volunteer == Volunteer.id)).join(Person, on=(Volunteer.person == Person.id))
    query = query.switch(Volunteer).join(Drive, JOIN.LEFT_OUTER, on=(Volunteer.drive == Drive.id))
    query = query.where(m.kind == "joined", _span(ctx, m.happened_on), m.organization.in_(organization_ids)).order_by(m.happened_on, m.id)
    totals = _totals(ctx, organization_ids)
    said = "；".join(f"{t.organization.short}{t.joined}名（{t.source_file}）" for t in totals[:20])
    note = f"另有汇总录入{sum(t.joined for t in totals)}名，没有逐人记录：{said}{'等' if len(totals) > 20 else ''}。" if totals else ""
    return Records(("团组织", "姓名", "志愿者编号", "加入日期", "招募活动"), query, mask=(1,), note=note)


def joined_by_drive(ctx: FigureContext, organization_ids: list[int]) -> Breakdown:
    """名 by recruitment drive."""
    m = Movement
    query = (
        m.select(Drive.title, fn.COUNT(m.id))
        .join(Volunteer, on=(m.volunteer == Volunteer.id))
        .join(Drive, JOIN.LEFT_OUTER, on=(Volunteer.drive == Drive.id))
    )
    query = (
        query.where(m.kind == "joined", _span(ctx, m.happened_on), m.organization.in_(organization_ids))
        .group_by(Drive.title)
        .order_by(fn.COUNT(m.id).desc())
    )
    lines: list[Any] = [(title or "日常招募", count, {}) for title, count in query.tuples()]
    counted = sum(t.joined for t in _totals(ctx, organization_ids))
    return Breakdown("招募活动", (*lines, *((("汇总录入", counted, {}),) if counted else ())))


def registered(ctx: FigureContext) -> Any:
    """(organization, 名 on the roster on the last day)."""
    v = Volunteer
    return v.select(v.organization_id, fn.SUM(Case(None, [(on_roster(ctx.as_of), 1)], 0))).where(v.joined_on <= ctx.as_of).group_by(v.organization_id)


def registered_records(ctx: FigureContext, organization_ids: list[int]) -> Records:
    """Who is on the roster."""
    v = Volunteer
    query = _named(v.select(Organization.name, Person.name, v.number, v.joined_on), v).switch(v).join(Person, on=(v.person == Person.id))
    query = query.where(on_roster(ctx.as_of), v.organization.in_(organization_ids)).order_by(Organization.code, v.id)
    return Records(("团组织", "姓名", "志愿者编号", "加入日期"), query, mask=(1,))


def groups(ctx: FigureContext) -> Any:
    """(organization, 支 on the last day)."""
    g = Group
    here = (g.established_on <= ctx.as_of) & (g.closed_on.is_null() | (g.closed_on >= ctx.as_of))
    return g.select(g.organization_id, fn.COUNT(g.id)).where(here).group_by(g.organization_id)


def group_records(ctx: FigureContext, organization_ids: list[int]) -> Records:
    """The groups."""
    g = Group
    here = (g.established_on <= ctx.as_of) & (g.closed_on.is_null() | (g.closed_on >= ctx.as_of))
    query = (
        _named(g.select(Organization.name, g.name, g.established_on), g)
        .where(here, g.organization.in_(organization_ids))
        .order_by(Organization.code, g.id)
    )
    return Records(("团组织", "队伍", "成立日期"), query)


def villages(ctx: FigureContext) -> Any:
    """(organization, village) of every village with a group on the last day."""
    g, o = Group, Organization
    here = (g.established_on <= ctx.as_of) & (g.closed_on.is_null() | (g.closed_on >= ctx.as_of))
    return g.select(g.organization_id, g.organization_id).join(o, on=(g.organization == o.id)).where(here, o.kind.in_(VILLAGE_KINDS)).distinct()


def village_records(ctx: FigureContext, organization_ids: list[int]) -> Records:
    """The villages with a group."""
    found = group_records(ctx, organization_ids)
    return Records(found.columns, found.query.where(Organization.kind.in_(VILLAGE_KINDS)))


# service ---------------------------------------------------------------------------------------------------------------------


def activities(ctx: FigureContext) -> Any:
    """(organization, 次 theme activities that took place); 0 where theme activities are kept and none was in the range."""
    a = Activity
    counted = Case(None, [((a.state == "held") & _span(ctx, a.held_on), 1)], 0)
    return a.select(a.organization_id, fn.SUM(counted)).where(a.is_theme, a.held_on <= ctx.as_of).group_by(a.organization_id)


def _theme(ctx: FigureContext, organization_ids: list[int], *columns: Any) -> Any:
    a = Activity
    query = _named(a.select(*columns), a).where(a.is_theme, a.state == "held", _span(ctx, a.held_on), a.organization.in_(organization_ids))
    return query.order_by(a.held_on, a.id)


def activity_records(ctx: FigureContext, organization_ids: list[int]) -> Records:
    """The activities by name."""
    a = Activity
    return Records(("活动", "团组织", "日期", "地点"), _theme(ctx, organization_ids, a.title, Organization.name, a.held_on, a.place))


def activity_names(ctx: FigureContext, organization_ids: list[int]) -> Breakdown:
    """Each activity by its name."""
    rows = _theme(ctx, organization_ids, Activity.id, Activity.title).tuples()
    return Breakdown("活动", tuple((title, 1, {"id": key}) for key, title in rows), "volunteers_activities.activity")


def hours(ctx: FigureContext) -> list[tuple[int, Decimal]]:
    """(organization, hours): Σ approved minutes ÷ 60, with the totals of activities where nobody is recorded by name."""
    minutes: dict[int, int] = {}
    for place, _activity, count in _minutes(ctx):
        minutes[place] = minutes.get(place, 0) + int(count)
    return [(place, rules.hours(count)) for place, count in minutes.items()]


def _minutes(ctx: FigureContext, organization_ids: list[int] | None = None) -> list[tuple[int, int, int]]:
    """(organization, activity, minutes): approved records, and totals of activities without any record that stands."""
    r, a = Record, Activity
    named = r.select(r.organization_id, r.activity_id, fn.SUM(r.minutes)).where(r.state == "approved", _span(ctx, r.served_on))
    standing = r.select(r.activity_id).where(r.state.in_(("open", "waiting", "approved")))
    totals = a.select(a.organization_id, a.id, a.total_minutes).where(
        a.state == "held", _span(ctx, a.held_on), a.total_minutes.is_null(False), a.id.not_in(standing)
    )
    if organization_ids is not None:
        named, totals = named.where(r.organization.in_(organization_ids)), totals.where(a.organization.in_(organization_ids))
    return [*named.group_by(r.organization_id, r.activity_id).tuples(), *totals.tuples()]


def hour_records(ctx: FigureContext, organization_ids: list[int]) -> Records:
    """The approved stretches, by name; minutes."""
    r = Record
    query = r.select(Organization.name, Activity.title, Person.name, r.served_on, r.minutes, r.approved_name)
    query = _named(query, r).switch(r).join(Activity, on=(r.activity == Activity.id)).switch(r).join(Volunteer, on=(r.volunteer == Volunteer.id))
    query = query.join(Person, on=(Volunteer.person == Person.id))
    query = query.where(r.state == "approved", _span(ctx, r.served_on), r.organization.in_(organization_ids)).order_by(r.served_on, r.id)
    note = "按分钟记录，合计后折算为小时。只有汇总数的活动按录入总数计入，见各活动。"
    return Records(("团组织", "活动", "姓名", "服务日期", "分钟", "认定人"), query, mask=(2,), note=note)


def hours_by_activity(ctx: FigureContext, organization_ids: list[int]) -> Breakdown:
    """Hours of each activity, most first."""
    minutes: dict[int, int] = {}
    for _place, activity, count in _minutes(ctx, organization_ids):
        minutes[activity] = minutes.get(activity, 0) + int(count)
    titles = dict(Activity.select(Activity.id, Activity.title).where(Activity.id.in_(list(minutes) or [0])).tuples())
    best = sorted(minutes.items(), key=lambda m: (-m[1], m[0]))
    return Breakdown(
        "活动", tuple((titles.get(k, "—"), rules.hours(m).quantize(Decimal("0.1")), {"id": k}) for k, m in best), "volunteers_activities.activity"
    )


# care ------------------------------------------------------------------------------------------------------------------------


def funds(ctx: FigureContext) -> list[tuple[int, Decimal]]:
    """(organization, 元 donated online)."""
    d = Donation
    query = d.select(d.organization_id, fn.SUM(d.amount)).where(d.channel == "online", _span(ctx, d.received_on)).group_by(d.organization_id)
    return [(place, yuan(cents)) for place, cents in query.tuples()]


def fund_records(ctx: FigureContext, organization_ids: list[int]) -> Records:
    """The donations; donors masked, anonymous ones have none."""
    d = Donation
    who = Case(d.kind, (("anonymous", "匿名"), ("total", "汇总录入")), d.donor)
    query = d.select(Campaign.title, d.received_on, who, d.amount, d.reference_no).join(Campaign, on=(d.campaign == Campaign.id))
    query = query.where(d.channel == "online", _span(ctx, d.received_on), d.organization.in_(organization_ids)).order_by(d.received_on, d.id)
    return Records(("募捐", "到账日期", "捐赠人", "金额（元）", "票据号"), query, mask=(2,))


def funds_by_campaign(ctx: FigureContext, organization_ids: list[int]) -> Breakdown:
    """元 of each campaign."""
    d = Donation
    query = d.select(Campaign.id, Campaign.title, fn.SUM(d.amount)).join(Campaign, on=(d.campaign == Campaign.id))
    query = query.where(d.channel == "online", _span(ctx, d.received_on), d.organization.in_(organization_ids)).group_by(Campaign.id, Campaign.title)
    lines = tuple((title, yuan(cents), {"id": key}) for key, title, cents in query.tuples())
    return Breakdown("募捐", lines, "volunteers_campaigns.campaign")


def rooms(ctx: FigureContext) -> Any:
    """(organization, 间 handed over); 0 where rooms are kept and none was handed over in the range."""
    r = Room
    counted = Case(None, [(r.handed_on.is_null(False) & _span(ctx, r.handed_on), 1)], 0)
    known = r.select(r.organization_id, fn.SUM(counted)).join(Child, on=(r.child == Child.id))
    return known.where(Child.found_on <= ctx.as_of).group_by(r.organization_id)


def room_records(ctx: FigureContext, organization_ids: list[int]) -> Records:
    """The rooms: code and the child's masked name, never name or address."""
    r = Room
    words = Case(Child.category, tuple(rules.CATEGORIES.items()), Child.category)
    query = (
        _named(r.select(Organization.name, r.code, Child.masked, words, r.tested_on, r.handed_on), r).switch(r).join(Child, on=(r.child == Child.id))
    )
    query = query.where(_span(ctx, r.handed_on), r.organization.in_(organization_ids)).order_by(r.handed_on, r.code)
    return Records(("团组织", "小屋编号", "儿童", "类别", "空气检测", "交付日期"), query, note="儿童姓名和住址不出关爱档案。")


def rooms_by_category(ctx: FigureContext, organization_ids: list[int]) -> Breakdown:
    """间 by the children's category."""
    r = Room
    query = r.select(Child.category, fn.COUNT(r.id)).join(Child, on=(r.child == Child.id))
    query = query.where(_span(ctx, r.handed_on), r.organization.in_(organization_ids)).group_by(Child.category)
    found = dict(query.tuples())
    return Breakdown("类别", tuple((word, found[key], {}) for key, word in rules.CATEGORIES.items() if key in found))


INDICATORS = [
    Indicator(
        key="volunteers.joined", title="新招募青年志愿者", unit="名", kind="flow",
        definition="报告期内新加入名册的青年志愿者人数，同一人只在首次加入时计一次；退出后再回来的不算新招募。没有逐人名册的单位按汇总录入数计，同一时段有逐人记录的不计汇总数。有名册而没有新人的单位为0，没有名册的为空。",
        responsible="各镇团委", asked_of=ASKED_OF, format="about_many", compute=joined, records=joined_records, breakdown=joined_by_drive, order=40,
    ),
    Indicator(
        key="volunteers.registered", title="在册青年志愿者", unit="名", kind="stock", across_time="last",
        definition="期末仍在名册上的青年志愿者人数；最后一天退出的当天仍计入。",
        responsible="各镇团委", compute=registered, records=registered_records, order=41,
    ),
    Indicator(
        key="volunteers.groups", title="志愿服务队伍", unit="支", kind="stock", across_time="last",
        definition="期末存在的志愿服务队伍数。", responsible="各镇团委", compute=groups, records=group_records, order=42,
    ),
    Indicator(
        key="volunteers.villages", title="有志愿服务队伍的村（社区）", unit="个", kind="distinct", across_time="recount",
        definition="期末有志愿服务队伍的村和社区个数，同一个村只计一次。", responsible="团县委", items=villages, records=village_records, order=43,
    ),
    Indicator(
        key="volunteers.activities", title="主题志愿服务活动", unit="次", kind="flow",
        definition="报告期内开始并已开展的主题志愿服务活动次数，每项活动都有名称；日常活动不计入。",
        responsible="团县委", compute=activities, records=activity_records, breakdown=activity_names, order=44,
    ),
    Indicator(
        key="volunteers.hours", title="志愿服务时长", unit="小时", kind="flow", decimals=1,
        definition="报告期内已认定的服务分钟之和÷60，不含路途，未签退和未认定的不计；没有逐人记录的活动按汇总录入。按活动的举办单位计。",
        responsible="各镇团委", asked_of=ASKED_OF, compute=hours, records=hour_records, breakdown=hours_by_activity, order=45,
    ),
    Indicator(
        key="volunteers.funds_raised", title="线上募资", unit="元", kind="flow",
        definition="报告期内关爱计划等募捐线上到账金额之和，按到账日期计，转账、现金和物资不计。",
        responsible="团县委", format="wanyuan", compute=funds, records=fund_records, breakdown=funds_by_campaign, order=46,
    ),
    Indicator(
        key="volunteers.rooms_built", title="建成小屋", unit="间", kind="flow",
        definition="报告期内空气检测合格并交付的“梦想小屋”间数，按交付日期计。",
        responsible="团县委", format="about_over", compute=rooms, records=room_records, breakdown=rooms_by_category, order=47,
    ),
]  # fmt: skip
