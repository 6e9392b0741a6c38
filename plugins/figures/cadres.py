"""Core's figures of cadres, counted on the period's `as_of`.

Ages are counted in Python from birth dates (no age function is the same on SQLite and PostgreSQL): `compute` gives tuples
(organization id, numerator[, denominator]), own components only.
"""

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from peewee import JOIN

from youthpilot.core.cadres import rules
from youthpilot.core.cadres.models import MODES, TITLES, Election, Person, Post
from youthpilot.core.cadres.queries import LEVELS, in_force, seats, secretary_births
from youthpilot.core.kernel.calendar import age
from youthpilot.core.organizations.models import KINDS, Organization

from .indicator import FigureContext, Indicator, Records
from .organizations import shown
from .previous_term import both_fell, previous_ages

Components = Iterable[tuple[Any, ...]]


def _seats(part: str) -> Callable[[FigureContext], Components]:
    return lambda ctx: [(row.organization_id, getattr(row, part)) for row in seats(ctx.county_id, ctx.as_of)]


def _persons(ctx: FigureContext) -> Any:
    return Post.select(Post.organization, Post.person).where((Post.county == ctx.county_id) & in_force(ctx.as_of)).distinct().tuples()


def _mean_age(level: str) -> Callable[[FigureContext], Components]:
    def compute(ctx: FigureContext) -> Components:
        births: dict[int, list[date | None]] = {}
        for organization, birth in secretary_births(ctx.county_id, LEVELS[level], ctx.as_of):
            births.setdefault(organization, []).append(birth)
        means = {organization: rules.mean_age(found, ctx.as_of) for organization, found in births.items()}
        return [(organization, mean.total, mean.count) for organization, mean in means.items() if mean.count]

    return compute


def _previous(level: str) -> Callable[[FigureContext], Components]:
    return lambda ctx: previous_ages(ctx.county_id, level, ctx.as_of)


def both_down(figures: dict[str, Decimal | None]) -> bool | None:
    """双下降: both printed means are below those of the previous term; equal is not down; None if any is not known."""
    return both_fell(
        (figures.get(f"cadres.{level}_secretary_mean_age"), figures.get(f"cadres.{level}_secretary_mean_age_previous")) for level in LEVELS
    )


# the rows behind them ------------------------------------------------------------------------------------------------


def _age_on(day: date) -> Callable[[Any], int | None]:
    def convert(value: Any) -> int | None:
        birth = date.fromisoformat(value[:10]) if isinstance(value, str) else value
        return age(birth, day) if birth is not None and birth <= day else None

    return convert


def _post_rows(ctx: FigureContext, ids: list[int], *columns: Any) -> Any:
    return (
        Post.select(Organization.name, Person.name, *columns)
        .join(Person, JOIN.LEFT_OUTER, on=(Post.person == Person.id))
        .switch(Post)
        .join(Organization, on=(Post.organization == Organization.id))
        .where((Post.county == ctx.county_id) & Post.organization.in_(ids) & in_force(ctx.as_of))
        .order_by(Organization.code, Post.title, Post.id)
    )


def _posts(ctx: FigureContext, organization_ids: list[int]) -> Records:
    query = _post_rows(ctx, organization_ids, shown(Post.title, TITLES.get), shown(Post.mode, MODES.get), Post.start_on)
    return Records(("团组织", "姓名", "职务", "专挂兼", "任职日期"), query.tuples(), mask=(1,))


def _filled_posts(ctx: FigureContext, organization_ids: list[int]) -> Records:
    posts = _posts(ctx, organization_ids)
    return Records(posts.columns, posts.query.where(Post.title.not_in(rules.NOT_IN_COMMITTEE)), posts.mask)


def _bodies(ctx: FigureContext, organization_ids: list[int]) -> Records:
    wanted = set(organization_ids)
    names = dict(Organization.select(Organization.id, Organization.name).where(Organization.county == ctx.county_id).tuples())
    rows = [
        (names[s.organization_id], KINDS[s.kind], s.due, s.filled, s.vacant) for s in seats(ctx.county_id, ctx.as_of) if s.organization_id in wanted
    ]
    return Records(("团组织", "类别", "应配", "实配", "空缺"), rows, note="空缺逐个组织计算，超配的不抵其他组织的空缺")


def _secretaries(level: str) -> Callable[[FigureContext, list[int]], Records]:
    def records(ctx: FigureContext, organization_ids: list[int]) -> Records:
        age = shown(Person.birth_date, _age_on(ctx.as_of), date(1, 1, 1))
        query = _post_rows(ctx, organization_ids, age, Post.start_on).where((Post.title == "secretary") & Organization.kind.in_(LEVELS[level]))
        note = f"周岁，按{ctx.as_of:%Y-%m-%d}计算；出生日期不详的不计入平均"
        return Records(("团组织", "姓名", "年龄", "任职日期"), query.tuples(), mask=(1,), note=note)

    return records


def _elections(level: str) -> Callable[[FigureContext, list[int]], Records]:
    def records(ctx: FigureContext, organization_ids: list[int]) -> Records:
        own = (Election.covers_kind == "") & Organization.kind.in_(LEVELS[level])
        query = (
            Election.select(
                Organization.name, Election.held_on, Election.before_on, Election.before_age_sum, Election.before_count, Election.source_file
            )
            .join(Organization, on=(Election.organization == Organization.id))
            .where((Election.county == ctx.county_id) & Election.organization.in_(organization_ids) & (Election.held_on <= ctx.as_of))
            .where(own | (Election.covers_kind == level))
            .order_by(Organization.code, Election.held_on)
        )
        note = "每个组织取最近一次换届；县级汇总只用于本组织没有换届记录的"
        return Records(("团组织", "换届日期", "上届统计日", "上届年龄合计", "上届人数", "来源文件"), query.tuples(), note=note)

    return records


def _age_indicator(level: str, title: str, who: str, order: int) -> list[Indicator]:
    key, body = f"cadres.{level}_secretary_mean_age", "现任书记年龄（周岁，统计日）之和 ÷ 有出生日期的现任书记人数"
    return [
        Indicator(
            key, title, "岁", "average", f"{who}{body}；四舍五入保留1位小数，不得跨组织相加", decimals=1, responsible="组织部", across_time="last",
            compute=_mean_age(level), records=_secretaries(level), order=order, previous_key=f"{key}_previous",
        ),
        Indicator(
            f"{key}_previous", f"上届{title}", "岁", "average", f"{who}最近一次换届前一日的书记年龄（周岁）之和 ÷ 人数；没有本组织换届记录的用县级汇总数",
            decimals=1, responsible="组织部", across_time="last", compute=_previous(level), records=_elections(level), order=order + 1,
        ),
    ]  # fmt: skip


CORE_INDICATORS = [
    Indicator(
        "cadres.posts_due", "团干部应配职数", "个", "stock", "在册团组织应配的委员会职数之和；组织未填的按类型和团员数定",
        responsible="组织部", across_time="last", compute=_seats("due"), records=_bodies, order=20,
    ),
    Indicator(
        "cadres.posts_filled", "团干部实配职数", "个", "stock", "在册团组织统计日现任的委员会职数之和，一人任两职计两个；辅导员不计",
        responsible="组织部", across_time="last", compute=_seats("filled"), records=_filled_posts, order=21,
    ),
    Indicator(
        "cadres.posts_vacant", "团干部空缺职数", "个", "stock", "逐个组织应配减实配，超配按0计，再相加",
        responsible="组织部", across_time="last", compute=_seats("vacant"), records=_bodies, order=22,
    ),
    Indicator(
        "cadres.persons", "团干部人数", "名", "distinct", "统计日担任团内职务的人数，一人任几职计一人",
        responsible="组织部", across_time="recount", items=_persons, records=_posts, order=23,
    ),
    *_age_indicator("township", "镇一级团委书记平均年龄", "镇、街道团组织", 24),
    *_age_indicator("village", "村居青年书记平均年龄", "村、社区团组织", 26),
    Indicator(
        "cadres.mean_age_both_down", "平均年龄双下降", "", "claim", "镇一级和村居书记的平均年龄（按印出的1位小数）都低于上届；相等不算下降",
        responsible="组织部", across_time="none", claim=both_down, order=28,
        claim_needs=tuple(f"cadres.{level}_secretary_mean_age{end}" for level in LEVELS for end in ("", "_previous")),
    ),
]  # fmt: skip
