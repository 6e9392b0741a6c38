"""Core's figures of organizations, counted on the period's `as_of`. Titles, units and definitions are Chinese: data of the report.

`compute` gives tuples (organization id, numerator[, denominator]), own components only; core adds them up along the tree.
"""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from peewee import JOIN, fn

from youthpilot.core.cadres.models import Post
from youthpilot.core.cadres.standing import Standing, in_force, registered_and_effective
from youthpilot.core.organizations.models import KINDS, TYPES, Organization

from .indicator import FigureContext, Indicator, Records

_ASKED = ("township", "street", "village", "community", "school")


def _counted(ctx: FigureContext) -> list[Standing]:
    return [s for s in registered_and_effective(ctx.county_id, ctx.as_of).by_id.values() if s.counted]


def _registered(ctx: FigureContext) -> Iterable[tuple[int, int]]:
    return [(s.organization_id, 1) for s in _counted(ctx)]


def _effective(ctx: FigureContext) -> Iterable[tuple[int, int]]:
    return [(s.organization_id, int(s.effective)) for s in _counted(ctx)]


def _effective_rate(ctx: FigureContext) -> Iterable[tuple[int, int, int]]:
    return [(s.organization_id, int(s.effective), 1) for s in _counted(ctx)]


def _members(ctx: FigureContext) -> Iterable[tuple[int, int]]:
    standings = registered_and_effective(ctx.county_id, ctx.as_of)
    active = (standings.by_id[node.id] for node in standings.tree if node.active)
    return [(s.organization_id, s.members_own) for s in active if s.members_own is not None]


def shown(field: Any, convert: Callable[[Any], Any], nothing: Any = "") -> Any:
    """The column as `convert` shows it; None where it is `nothing`. (peewee converts plain fields by their own type only.)"""
    return fn.NULLIF(field, nothing).python_value(convert)


def _open_on(day: date, ids: list[int]) -> object:
    own = Organization
    founded = own.established_on.is_null() | (own.established_on <= day)
    return own.id.in_(ids) & founded & (own.closed_on.is_null() | (own.closed_on >= day)) & (own.kind != "county")


def _organizations(ctx: FigureContext, organization_ids: list[int]) -> Records:
    own, posts = Organization, fn.COUNT(Post.person.distinct())
    query = (
        own.select(own.code, own.name, shown(own.kind, KINDS.get), shown(own.org_type, TYPES.get), own.member_count, posts)
        .join(Post, JOIN.LEFT_OUTER, on=((Post.organization == own.id) & in_force(ctx.as_of)))
        .where((own.county == ctx.county_id) & _open_on(ctx.as_of, organization_ids))
        .group_by(own.id, own.code, own.name, own.kind, own.org_type, own.member_count)
        .order_by(own.code)
    )
    note = "有效：在册、至少1名现任团干部、本级及下级团员不少于3名（以县设置为准）"
    return Records(("编码", "全称", "类别", "类型", "团员数", "现任团干部数"), query.tuples(), note=note)


def _member_rows(ctx: FigureContext, organization_ids: list[int]) -> Records:
    own = Organization
    query = (
        own.select(own.code, own.name, own.member_count, own.member_count_on)
        .where((own.county == ctx.county_id) & _open_on(ctx.as_of, organization_ids) & own.member_count.is_null(False))
        .order_by(own.code)
    )
    return Records(("编码", "全称", "团员数", "截至日期"), query.tuples())


CORE_INDICATORS = [
    Indicator(
        "organizations.registered", "在册团组织数", "个", "stock",
        "统计日在册（已建立、未撤销）的团组织个数，不含团县委本级",
        responsible="组织部", across_time="last", compute=_registered, records=_organizations, order=10,
    ),
    Indicator(
        "organizations.effective", "有效团组织数", "个", "stock",
        "统计日在册、至少有1名现任团干部、本级及下级团员合计不少于3名的团组织个数，不含团县委本级；团员数不掌握的不计入",
        responsible="组织部", across_time="last", compute=_effective, records=_organizations, order=11,
    ),
    Indicator(
        "organizations.effective_rate", "团组织有效率", "%", "ratio", "有效团组织数 ÷ 在册团组织数",
        decimals=1, responsible="组织部", across_time="last", compute=_effective_rate, records=_organizations, percent=True, order=12,
    ),
    Indicator(
        "organizations.members", "团员数", "名", "stock", "统计日在册团组织登记的团员人数之和；各组织只填编入本组织的团员，不含下级",
        responsible="组织部", asked_of=_ASKED, across_time="last", compute=_members, records=_member_rows, order=13,
    ),
]  # fmt: skip
