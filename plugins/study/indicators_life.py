"""The figure of League life, from the meetings recorded one by one."""

from typing import Any

from peewee import Case, fn

from youthpilot.core import Organization
from youthpilot.plugins.figures import Breakdown, FigureContext, Indicator, Records

from .models_life import StudyMeeting
from .rules_life import KINDS


def _counted(ctx: FigureContext, *columns: Any) -> Any:
    m = StudyMeeting
    return m.select(*columns).where(m.held_on >= ctx.start, m.held_on <= min(ctx.end, ctx.as_of), m.quorate == True)  # noqa: E712


def meetings(ctx: FigureContext) -> Any:
    """(organization, 次); an organization that recorded nothing has no row: blank."""
    m = StudyMeeting
    return _counted(ctx, m.organization_id, fn.COUNT(m.id)).group_by(m.organization_id)


def _records(ctx: FigureContext, organization_ids: list[int]) -> Records:
    m, o = StudyMeeting, Organization
    word = Case(m.kind, tuple(KINDS.items()))
    query = _counted(ctx, word, o.name, m.held_on, m.should_attend, m.present, m.topic).join(o, on=(m.organization == o.id))
    columns = ("类型", "团组织", "日期", "应到", "实到", "主题")
    return Records(columns, query.where(m.organization.in_(organization_ids)).order_by(m.held_on, m.id).tuples(), note="到会人数不够的不计入。")


def by_kind(ctx: FigureContext, organization_ids: list[int]) -> Breakdown:
    """次 of each kind."""
    m = StudyMeeting
    query = _counted(ctx, m.kind, fn.COUNT(m.id)).where(m.organization.in_(organization_ids)).group_by(m.kind)
    counts = dict(query.tuples())
    return Breakdown("类型", tuple((word, counts[kind], {}) for kind, word in KINDS.items() if kind in counts), "")


INDICATORS = [
    Indicator(
        key="study.organization_life",
        title="三会两制一课（逐次登记）",
        unit="次",
        kind="flow",
        definition="报告期内逐次登记并达到到会人数要求的支部大会、支部委员会、团小组会、团课、团员教育评议、年度团籍注册次数之和。没有登记的单位为空。",
        responsible="各级团组织",
        compute=meetings,
        records=_records,
        breakdown=by_kind,
        order=14,
    ),
]
