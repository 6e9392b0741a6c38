"""The module's figures. An issue counts in the period in which it closes, once it has closed."""

from typing import Any

from peewee import fn

from youthpilot.core import Organization
from youthpilot.plugins.figures import Breakdown, FigureContext, Indicator, Records

from .models import StudyCounter, StudyIssue, StudyMember, StudyRecord
from .models_points import StudyMakeup
from .queries import records

ASKED_OF = ("township", "street", "village", "community", "school")


def _closed(ctx: FigureContext, model: Any, query: Any, kind: str = "study") -> Any:
    last = min(ctx.end, ctx.as_of)
    joined = query.join(StudyIssue, on=(model.issue == StudyIssue.id))
    where = [StudyIssue.kind == kind, StudyIssue.closes_on >= ctx.start, StudyIssue.closes_on <= last]
    if model is StudyCounter:  # an issue that nobody reported yet counts nowhere: its roster is no 0 %
        told = StudyCounter.alias()
        where.append(model.issue.in_(told.select(told.issue_id).where(told.source != "roster").distinct()))
    return joined.where(*where)


def participations(ctx: FigureContext) -> Any:
    """(organization, 人次); organizations without roster, record or aggregate have no row: blank. So have all, in issues nobody reported."""
    c = StudyCounter
    return _closed(ctx, c, c.select(c.organization_id, fn.SUM(c.participations))).group_by(c.organization_id)


def rates(ctx: FigureContext) -> Any:
    """(organization, 人次 of members, Σ roster) over the issues that have a roster."""
    c = StudyCounter
    query = c.select(c.organization_id, fn.SUM(c.member_participations), fn.SUM(c.member_base))
    return _closed(ctx, c, query).where(c.member_base.is_null(False)).group_by(c.organization_id)


def issue_count(ctx: FigureContext) -> Any:
    """(county's root, 期); no row before the first issue of the range has closed."""
    return _count(ctx, "study")


def _count(ctx: FigureContext, kind: str) -> Any:
    i = StudyIssue
    last = min(ctx.end, ctx.as_of)
    query = i.select(i.organization_id, fn.COUNT(i.id)).where(i.kind == kind, i.closes_on >= ctx.start, i.closes_on <= last)
    return query.group_by(i.organization_id)


def class_participations(ctx: FigureContext) -> Any:
    """(organization, 人次) of the online classes; blank as for the campaign."""
    c = StudyCounter
    return _closed(ctx, c, c.select(c.organization_id, fn.SUM(c.participations)), "class").group_by(c.organization_id)


def class_count(ctx: FigureContext) -> Any:
    """(county's root, 期) of online classes; no row before the first has closed."""
    return _count(ctx, "class")


def makeup_count(ctx: FigureContext) -> Any:
    """(organization, 人次) of make-up study dated in the range, so that a locked half-year keeps its figure."""
    u = StudyMakeup
    return _made_up(ctx, u.select(u.organization_id, fn.COUNT(u.id)).join(StudyIssue, on=(u.issue == StudyIssue.id))).group_by(u.organization_id)


def _made_up(ctx: FigureContext, query: Any) -> Any:
    return query.where(StudyIssue.kind == "study", StudyMakeup.made_on >= ctx.start, StudyMakeup.made_on <= min(ctx.end, ctx.as_of))


def persons(ctx: FigureContext) -> Any:
    """(organization, person) of everybody who learned by name at least once."""
    r = StudyRecord
    return _closed(ctx, r, r.select(r.organization_id, r.person_id)).distinct()


def _records(ctx: FigureContext, organization_ids: list[int]) -> Records:
    note = "汇总录入的单位没有逐人记录，按录入总数列示。"
    columns = ("期次", "团组织", "姓名", "身份", "学习日期", "人次")
    return Records(columns, records(ctx.start, min(ctx.end, ctx.as_of), organization_ids), mask=(2,), note=note)


def by_issue(ctx: FigureContext, organization_ids: list[int]) -> Breakdown:
    """人次 of each issue, the newest first."""
    c = StudyCounter
    query = c.select(StudyIssue.id, StudyIssue.year, StudyIssue.number, StudyIssue.title, fn.SUM(c.participations))
    query = _closed(ctx, c, query).where(c.organization.in_(organization_ids))
    rows = (
        query.group_by(StudyIssue.id, StudyIssue.year, StudyIssue.number, StudyIssue.title, StudyIssue.closes_on)
        .order_by(StudyIssue.closes_on.desc())
        .tuples()
    )
    lines = tuple((f"{year}年第{number}期" if number else title, count, {"id": key}) for key, year, number, title, count in rows)
    return Breakdown("各期", lines, "study_issues.issue")


def _class_records(ctx: FigureContext, organization_ids: list[int]) -> Records:
    rows = records(ctx.start, min(ctx.end, ctx.as_of), organization_ids, "class")
    return Records(("期次", "团组织", "姓名", "身份", "学习日期", "人次"), rows, mask=(2,), note="汇总录入的单位没有逐人记录，按录入总数列示。")


def _class_issues(ctx: FigureContext, organization_ids: list[int]) -> Records:
    return _issues(ctx, organization_ids, "class")


def _makeup_records(ctx: FigureContext, organization_ids: list[int]) -> Records:
    u, i, o, m = StudyMakeup, StudyIssue, Organization, StudyMember
    query = u.select(i.title, o.name, m.name, u.made_on).join(i, on=(u.issue == i.id)).switch(u).join(o, on=(u.organization == o.id))
    query = _made_up(ctx, query.switch(u).join(m, on=(u.person == m.id))).where(u.organization_id.in_(organization_ids))
    return Records(("期次", "团组织", "姓名", "补学日期"), query.order_by(u.made_on, o.code, m.name).tuples(), mask=(2,))


def _issue_records(ctx: FigureContext, organization_ids: list[int]) -> Records:
    return _issues(ctx, organization_ids, "study")


def _issues(ctx: FigureContext, organization_ids: list[int], kind: str) -> Records:
    i = StudyIssue
    last = min(ctx.end, ctx.as_of)
    query = i.select(i.title, i.opens_on, i.closes_on).where(i.kind == kind, i.closes_on >= ctx.start, i.closes_on <= last)
    return Records(("期次", "开始", "截止"), query.where(i.organization.in_(organization_ids)).order_by(i.closes_on).tuples())


INDICATORS = [
    Indicator(
        key="study.participations",
        title="青年大学习参学",
        unit="人次",
        kind="flow",
        definition="报告期内截止的各期“青年大学习”参学人次之和，含团员和其他青年；每人每期计一次。有逐人记录的按记录，没有的按汇总录入。既无名册又无记录的单位为空。",
        responsible="各级团组织",
        asked_of=ASKED_OF,
        compute=participations,
        records=_records,
        breakdown=by_issue,
        order=10,
    ),
    Indicator(
        key="study.rate",
        title="青年大学习参学率",
        unit="%",
        kind="ratio",
        decimals=1,
        percent=True,
        definition="分子：报告期内截止各期的团员参学人次之和；分母：同样各期应学团员数之和（团员数×期数）。没有名册基数的单位和期次、还没有任何单位上报的期次不计入。超过100%照实显示。",
        responsible="各级团组织",
        asked_of=ASKED_OF,
        across_time="recount",
        compute=rates,
        records=_records,
        order=11,
    ),
    Indicator(
        key="study.issues",
        title="青年大学习期数",
        unit="期",
        kind="flow",
        definition="报告期内截止的“青年大学习”期数，特辑计一期。",
        responsible="团县委",
        compute=issue_count,
        records=_issue_records,
        order=12,
    ),
    Indicator(
        key="study.persons",
        title="青年大学习参学人数",
        unit="人",
        kind="distinct",
        definition="报告期内至少参学一期的人数，同一人只计一次；只数有逐人记录的单位。",
        responsible="团县委",
        across_time="recount",
        items=persons,
        records=_records,
        order=13,
    ),
    Indicator(
        key="study.online_class_participations",
        title="主题云团课参学",
        unit="人次",
        kind="flow",
        definition="报告期内截止的各期主题云团课参学人次之和，含团员和其他青年；每人每期计一次。不计入“青年大学习”参学人次和参学率。",
        responsible="各级团组织",
        compute=class_participations,
        records=_class_records,
        order=14,
    ),
    Indicator(
        key="study.online_classes",
        title="主题云团课期数",
        unit="期",
        kind="flow",
        definition="报告期内截止的主题云团课期数。",
        responsible="团县委",
        compute=class_count,
        records=_class_issues,
        order=15,
    ),
    Indicator(
        key="study.makeups",
        title="青年大学习补学",
        unit="人次",
        kind="flow",
        definition="报告期内补学“青年大学习”的团员人次，按补学日期计，可以补以前的期次；每人每期计一次。不计入参学人次和参学率。",
        responsible="各级团组织",
        compute=makeup_count,
        records=_makeup_records,
        order=16,
    ),
]
