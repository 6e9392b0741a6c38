"""The chamber's figures. A unit counts from the day it joined up to the day before it left; suspended ones stay on the roll."""

from decimal import Decimal
from typing import Any

from peewee import fn

from youthpilot.core import age
from youthpilot.plugins.figures import Breakdown, FigureContext, Indicator, Records

from .models import ChamberReceipt, ChamberRepresentative, ChamberTerm, ChamberUnit, ChamberWaiver
from .queries import births, on_roll, people, posts_of, standing
from .rules import CATEGORIES, POSTS, SECTORS, mean_age

RESPONSIBLE = "青发部"


def _known(ctx: FigureContext) -> dict[int, int]:
    """Organizations that have a roll: every one with a unit that joined up to the day, at 0."""
    u = ChamberUnit
    return dict.fromkeys((o for (o,) in u.select(u.organization_id).where(u.joined_on <= ctx.as_of).distinct().tuples()), 0)


def member_units(ctx: FigureContext) -> Any:
    """(organization, 家) on `as_of`; 0 where everybody has left."""
    u = ChamberUnit
    found = dict(u.select(u.organization_id, fn.COUNT(u.id)).where(on_roll(ctx.as_of)).group_by(u.organization_id).tuples())
    return list((_known(ctx) | found).items())


def sectors(ctx: FigureContext) -> Any:
    """(organization, sector) on `as_of`."""
    u = ChamberUnit
    return u.select(u.organization_id, u.sector).where(on_roll(ctx.as_of)).distinct()


def mean_ages(ctx: FigureContext) -> Any:
    """(organization, Σ full years, how many) of representatives on `as_of`; without a birth date left out."""
    means = {organization: mean_age(found, ctx.as_of) for organization, found in births(ctx.as_of).items()}
    return [(organization, m.total, m.count) for organization, m in means.items() if m.count]


def _moved(field: Any) -> Any:
    def compute(ctx: FigureContext) -> Any:
        u = ChamberUnit
        query = u.select(u.organization_id, fn.COUNT(u.id)).where(field >= ctx.start, field <= ctx.as_of).group_by(u.organization_id)
        return list((_known(ctx) | dict(query.tuples())).items())

    return compute


def _dues(query: Any) -> Any:
    def compute(ctx: FigureContext) -> Any:
        out: dict[int, Any] = {o: Decimal(0) for o in _known(ctx)}
        for organization, amount in query(ctx).tuples():
            out[organization] = out.get(organization, Decimal(0)) + amount
        return list(out.items())

    return compute


def _payments(ctx: FigureContext) -> Any:
    """(organization, 元) of payments in the period; void receipts do not count."""
    c = ChamberReceipt
    return c.select(c.organization_id, c.amount).where(c.paid_on >= ctx.start, c.paid_on <= ctx.as_of, c.voided_on.is_null())


def _waivers(ctx: FigureContext) -> Any:
    """(organization, 元) waived in the period."""
    w = ChamberWaiver
    return w.select(w.organization_id, w.amount).where(w.waived_on >= ctx.start, w.waived_on <= ctx.as_of)


def elections(ctx: FigureContext) -> Any:
    """(county's root, 次): congresses that began a new term in the period; 0 once there is a term."""
    t = ChamberTerm
    roots = [o for (o,) in t.select(t.organization_id).where(t.started_on <= ctx.as_of).distinct().tuples()]
    days = [d for (d,) in t.select(t.started_on).where(t.started_on >= ctx.start, t.started_on <= ctx.as_of, t.before_on.is_null(False)).tuples()]
    return [(roots[0], len(days))] if roots else []


def full_cover(figures: dict[str, Decimal | None]) -> bool | None:
    """全覆盖: three of three sectors; None while nothing is known."""
    covered = figures.get("chamber.sectors_covered")
    return None if covered is None else covered == len(SECTORS)


# the rows behind them ------------------------------------------------------------------------------------------------

UNIT_COLUMNS = ("会员单位", "统一社会信用代码", "行业大类", "产业", "代表人", "年龄", "职务", "入会日期")


def _unit_rows(ctx: FigureContext, organization_ids: list[int], where: Any) -> list[tuple[Any, ...]]:
    u, r = ChamberUnit, ChamberRepresentative
    wanted = set(organization_ids)
    holders = {p.unit_id: p for p in people().where(standing(ctx.as_of)).order_by(r.from_on, r.id)}
    posts = _posts(ctx)
    rows = []
    for unit in u.select().where(where).order_by(u.joined_on, u.id):
        if unit.organization_id not in wanted:
            continue
        person = holders.get(unit.id)
        years = age(person.birth_date, ctx.as_of) if person and person.birth_date else None
        category = f"{unit.category} {CATEGORIES[unit.category]}"
        rows.append(
            (unit.name, unit.uscc, category, SECTORS[unit.sector], person.name if person else "", years, posts.get(unit.id, "会员"), unit.joined_on)
        )
    return rows


def _posts(ctx: FigureContext) -> dict[int, str]:
    t = ChamberTerm
    term = t.select().where(t.started_on <= ctx.as_of).order_by(t.started_on.desc()).first()
    return {} if term is None else {p.representative.unit_id: POSTS[p.title] for p in reversed(posts_of(term, ctx.as_of))}


def roll_records(ctx: FigureContext, organization_ids: list[int]) -> Records:
    """Units on the roll."""
    note = f"在册会员单位，年龄为代表人周岁，按{ctx.as_of:%Y-%m-%d}计算；没有出生日期的不计入平均"
    return Records(UNIT_COLUMNS, _unit_rows(ctx, organization_ids, on_roll(ctx.as_of)), mask=(4,), note=note)


def joined_records(ctx: FigureContext, organization_ids: list[int]) -> Records:
    """Units that joined."""
    where = (ChamberUnit.joined_on >= ctx.start) & (ChamberUnit.joined_on <= ctx.as_of)
    return Records(UNIT_COLUMNS, _unit_rows(ctx, organization_ids, where), mask=(4,))


def left_records(ctx: FigureContext, organization_ids: list[int]) -> Records:
    """Units that left."""
    u = ChamberUnit
    rows = u.select(u.name, u.joined_on, u.left_on, u.left_why).where(
        u.left_on >= ctx.start, u.left_on <= ctx.as_of, u.organization.in_(organization_ids)
    )
    return Records(("会员单位", "入会日期", "退会日期", "原因"), rows.order_by(u.left_on).tuples())


def receipt_records(ctx: FigureContext, organization_ids: list[int]) -> Records:
    """Payments."""
    c, u = ChamberReceipt, ChamberUnit
    rows = c.select(u.name, c.year, c.amount, c.paid_on, c.receipt_no).join(u, on=(c.unit == u.id))
    rows = rows.where(c.paid_on >= ctx.start, c.paid_on <= ctx.as_of, c.voided_on.is_null(), c.organization.in_(organization_ids)).order_by(
        c.paid_on, c.id
    )
    return Records(("会员单位", "会费年度", "金额（元）", "缴费日期", "收据号"), rows.tuples())


def waiver_records(ctx: FigureContext, organization_ids: list[int]) -> Records:
    """Dues waived."""
    w, u = ChamberWaiver, ChamberUnit
    rows = w.select(u.name, w.year, w.amount, w.waived_on, w.reason, w.approval).join(u, on=(w.unit == u.id))
    rows = rows.where(w.waived_on >= ctx.start, w.waived_on <= ctx.as_of, w.organization.in_(organization_ids)).order_by(w.waived_on, w.id)
    return Records(("会员单位", "会费年度", "减免金额（元）", "日期", "理由", "批准"), rows.tuples())


def term_records(ctx: FigureContext, organization_ids: list[int]) -> Records:
    """Terms with what they followed."""
    t = ChamberTerm
    rows = t.select(t.number, t.started_on, t.due_on, t.before_units, t.before_age_sum, t.before_age_count)
    rows = rows.where(t.started_on >= ctx.start, t.started_on <= ctx.as_of, t.before_on.is_null(False)).order_by(t.started_on)
    return Records(("届次", "换届日期", "届满日期", "上届会员单位", "上届年龄合计", "上届人数"), rows.tuples())


def by_sector(ctx: FigureContext, organization_ids: list[int]) -> Breakdown:
    """家 of each sector."""
    u = ChamberUnit
    found = [s for (s,) in u.select(u.sector).where(on_roll(ctx.as_of), u.organization.in_(organization_ids)).tuples()]
    lines = tuple((title, found.count(s), {"sector": s}) for s, title in SECTORS.items())
    return Breakdown("三次产业", lines, "chamber_home.index")


INDICATORS = [
    Indicator(
        "chamber.member_units", "青商会会员单位", "家", "stock", "统计日在册的会员单位数：入会日期不晚于统计日、尚未退会；暂停的仍在册。",
        responsible=RESPONSIBLE, across_time="last", compute=member_units, records=roll_records, breakdown=by_sector, order=10,
    ),
    Indicator(
        "chamber.sectors_covered", "一二三产业覆盖", "个", "distinct",
        "在册会员单位所属三次产业的个数，由行业大类得出（05、11、43大类属第三产业）；同一产业只计一次。",
        responsible=RESPONSIBLE, across_time="recount", items=sectors, records=roll_records, order=11,
    ),
    Indicator(
        "chamber.full_cover", "一二三产业全覆盖", "", "claim", "三次产业各至少有1家在册会员单位。",
        responsible=RESPONSIBLE, across_time="none", claim=full_cover, claim_needs=("chamber.sectors_covered",), order=12,
    ),
    Indicator(
        "chamber.mean_age", "青商会会员平均年龄", "岁", "average", "在册会员单位代表人年龄（周岁，统计日）之和 ÷ 有出生日期的代表人数；四舍五入保留1位小数，不得相加。",
        decimals=1, format="age_below", responsible=RESPONSIBLE, across_time="last", compute=mean_ages, records=roll_records, order=13,
    ),
    Indicator(
        "chamber.joined", "青商会新入会单位", "家", "flow", "入会日期在报告期内的单位数。",
        responsible=RESPONSIBLE, compute=_moved(ChamberUnit.joined_on), records=joined_records, order=14,
    ),
    Indicator(
        "chamber.left", "青商会退会单位", "家", "flow", "退会日期在报告期内的单位数。",
        responsible=RESPONSIBLE, compute=_moved(ChamberUnit.left_on), records=left_records, order=15,
    ),
    Indicator(
        "chamber.dues_paid", "青商会会费收入", "元", "flow", "缴费日期在报告期内、有收据的会费之和，不论属于哪一年度；作废收据和减免不计。",
        decimals=2, format="wanyuan", responsible=RESPONSIBLE, compute=_dues(_payments), records=receipt_records, order=16,
    ),
    Indicator(
        "chamber.dues_waived", "青商会会费减免", "元", "flow", "批准日期在报告期内的会费减免之和，不计入会费收入。",
        decimals=2, format="wanyuan", responsible=RESPONSIBLE, compute=_dues(_waivers), records=waiver_records, order=18,
    ),
    Indicator(
        "chamber.elections", "青商会换届", "次", "flow", "报告期内召开会员大会、产生新一届的次数；首届不计。",
        responsible=RESPONSIBLE, compute=elections, records=term_records, order=17,
    ),
]  # fmt: skip
