"""The pilot's figures, as of a day: a measure counts from the day it was listed, closed from the day of its closing (销号)."""

from datetime import date
from typing import Any

from peewee import fn

from youthpilot.plugins.figures import Breakdown, FigureContext, Indicator, Records

from .models import ReformFront, ReformMeasure
from .queries import delegates, states_on
from .rules import STATUSES

RESPONSIBLE = "改革工作专班"


def _measures(ctx: FigureContext) -> list[tuple[int, date, bool]]:
    """(organization, due, closed on the day as the log says) of every measure listed up to the day."""
    m, closed = ReformMeasure, closed_on(ctx.as_of)
    rows = m.select(m.organization_id, m.due_on, m.id).where(m.listed_on <= ctx.as_of).order_by(m.id).tuples()
    return [(organization, due, key in closed) for organization, due, key in rows]


def closed_on(day: date) -> set[int]:
    """Measures that were closed on a day; one reopened later still was."""
    return {key for key, (status, _since) in states_on(day).items() if status == "closed"}


def _count(test: Any) -> Any:
    def compute(ctx: FigureContext) -> list[tuple[int, int]]:
        out: dict[int, int] = {}
        for organization, due, closed in _measures(ctx):
            out[organization] = out.get(organization, 0) + test(due, closed, ctx.as_of)
        return list(out.items())

    return compute


def _closed(due: date, closed: bool, on: date) -> int:
    return int(closed)


def _overdue(due: date, closed: bool, on: date) -> int:
    return int(due < on and not closed)


def closed_rate(ctx: FigureContext) -> Any:
    """(organization, closed, all)."""
    closed, every = dict(_count(_closed)(ctx)), dict(_count(lambda *_: 1)(ctx))
    return [(o, closed[o], n) for o, n in every.items()]


def fronts_covered(ctx: FigureContext) -> Any:
    """(organization, front) of listed measures."""
    m = ReformMeasure
    return m.select(m.organization_id, m.front_id).where(m.listed_on <= ctx.as_of).distinct()


def _delegates(ok_only: bool) -> Any:
    def compute(ctx: FigureContext) -> list[tuple[int, int]]:
        out: dict[int, int] = {}
        for row in delegates(ctx.as_of):
            organization = row.delegate.organization_id
            out[organization] = out.get(organization, 0) + (1 if row.ok or not ok_only else 0)
        return list(out.items())

    return compute


def measure_rows(ctx: FigureContext, organization_ids: list[int], test: Any = None) -> list[tuple[Any, ...]]:
    """Front, number, measure, owner, due, closed, status on the day."""
    m, wanted, states = ReformMeasure, set(organization_ids), states_on(ctx.as_of)
    query = m.select(m, ReformFront).join(ReformFront, on=(m.front == ReformFront.id)).where(m.listed_on <= ctx.as_of)
    rows = []
    for row in query.order_by(ReformFront.number, m.number):
        status, since = states.get(row.id, ("not_started", None))
        closed = status == "closed"
        if row.organization_id in wanted and (test is None or test(row.due_on, closed, ctx.as_of)):
            rows.append((str(row.front), row.number, row.title, row.owner, row.due_on, since if closed else None, STATUSES[status]))
    return rows


COLUMNS = ("方面", "序号", "改革措施", "责任单位", "完成时限", "销号日期", "状态")


def _records(test: Any = None) -> Any:
    return lambda ctx, ids: Records(COLUMNS, measure_rows(ctx, ids, test), note=f"截至{ctx.as_of:%Y-%m-%d}")


def _delegate_records(ctx: FigureContext, organization_ids: list[int]) -> Records:
    wanted = set(organization_ids)
    rows = [
        (d.delegate.name, len(d.branches), len(d.youths), "是" if d.ok else "否")
        for d in delegates(ctx.as_of)
        if d.delegate.organization_id in wanted
    ]
    return Records(("团代表", "联系团支部（个）", "联系青年（名）", "两联到位"), rows, mask=(0,))


def by_front(ctx: FigureContext, organization_ids: list[int]) -> Breakdown:
    """项 of each front."""
    m = ReformMeasure
    found = dict(
        m.select(m.front_id, fn.COUNT(m.id)).where(m.listed_on <= ctx.as_of, m.organization.in_(organization_ids)).group_by(m.front_id).tuples()
    )
    lines = tuple((str(f), found.get(f.id, 0), {"front": f.id}) for f in ReformFront.select().order_by(ReformFront.number))
    return Breakdown("各方面", lines, "reform_board.index")


INDICATORS = [
    Indicator(
        "reform.measures", "改革措施", "项", "stock", "统计日已列入清单的改革措施数。",
        responsible=RESPONSIBLE, across_time="last", compute=_count(lambda *_: 1), records=_records(), breakdown=by_front, order=10,
    ),
    Indicator(
        "reform.fronts", "改革方面", "个", "distinct", "统计日清单里有措施的方面数，同一方面只计一次。",
        responsible=RESPONSIBLE, across_time="recount", items=fronts_covered, records=_records(), order=11,
    ),
    Indicator(
        "reform.closed", "已销号改革措施", "项", "stock", "统计日已同意销号的改革措施累计数；重新推进的不计。",
        responsible=RESPONSIBLE, across_time="last", compute=_count(_closed), records=_records(_closed), order=12,
    ),
    Indicator(
        "reform.closed_rate", "改革措施销号率", "%", "ratio", "分子：统计日已销号措施数；分母：统计日已列入清单的措施数。",
        decimals=1, percent=True, responsible=RESPONSIBLE, across_time="last", compute=closed_rate, records=_records(), order=13,
    ),
    Indicator(
        "reform.overdue", "逾期改革措施", "项", "stock", "完成时限早于统计日、统计日尚未销号的措施数。",
        responsible=RESPONSIBLE, across_time="last", compute=_count(_overdue), records=_records(_overdue), order=14,
    ),
    Indicator(
        "reform.delegates", "团代表", "名", "stock", "统计日在任、已登记的县级团代表。",
        responsible=RESPONSIBLE, across_time="last", compute=_delegates(False), records=_delegate_records, order=15,
    ),
    Indicator(
        "reform.delegates_linked", "两联到位团代表", "名", "stock", "在任团代表中，联系团支部和联系青年都达到规定数的人数。",
        responsible=RESPONSIBLE, across_time="last", compute=_delegates(True), records=_delegate_records, order=16,
    ),
]  # fmt: skip
