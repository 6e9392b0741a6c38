"""The module's figures: persons (人), contracts (笔) and person-times (人次) are three; money in 元; arrears as of a day.

A county that works with a bank has 0 where nothing happened; one without any bank is blank.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from peewee import Value, fn

from youthpilot.core import Organization, Person
from youthpilot.plugins.figures import Breakdown, FigureContext, Indicator, Records

from . import queries
from .models import LoanApplication, LoanBank, LoanDrawdown, LoanElite, LoanEntry, LoanLine, LoanProduct, LoanRoleModel
from .rules import KINDS, LEVELS, ZERO

Rows = Iterable[tuple[Any, ...]]
TOWNS = ("township", "street")


def _last(ctx: FigureContext) -> Any:
    return min(ctx.end, ctx.as_of)


def _source(empty: Any) -> list[tuple[Any, ...]]:
    """The county's own row: there is a source as soon as there is a bank."""
    root = queries.root_id()
    return [(root, empty)] if root and queries.any_bank() else []


# flows ---------------------------------------------------------------------------------------------------------------


def _drawn(ctx: FigureContext, what: Any) -> Rows:
    d = LoanDrawdown
    return d.select(d.organization_id, what).where(d.drawn_on >= ctx.start, d.drawn_on <= _last(ctx)).group_by(d.organization_id).tuples()  # type: ignore[no-any-return]


def _totals(ctx: FigureContext, name: str) -> Rows:
    return [(t.organization_id, value) for t in queries.counting_totals(ctx.start, _last(ctx)) if (value := getattr(t, name)) is not None]


def borrower_times(ctx: FigureContext) -> Rows:
    """(organization, 人次) drawdowns, and totals of banks that give no rows."""
    return [*_source(0), *_drawn(ctx, fn.COUNT(LoanDrawdown.id)), *_totals(ctx, "borrower_times")]


def drawn_amount(ctx: FigureContext) -> Rows:
    """(organization, 元) paid out."""
    return [*_source(ZERO), *_drawn(ctx, queries.money(LoanDrawdown.amount)), *_totals(ctx, "amount")]


def lines(ctx: FigureContext) -> Rows:
    """(organization, 元) of credit lines that begin in the range."""
    n = LoanLine
    query = n.select(n.organization_id, queries.money(n.amount)).where(n.start_on >= ctx.start, n.start_on <= _last(ctx)).group_by(n.organization_id)
    return [*_source(ZERO), *query.tuples()]


# distinct ------------------------------------------------------------------------------------------------------------


def entries(ctx: FigureContext) -> Rows:
    """(organization, elite) entered in the range; a source once the registry has anybody."""
    e = LoanEntry
    rows = list(e.select(e.organization_id, e.elite_id).where(e.entered_on >= ctx.start, e.entered_on <= _last(ctx)).tuples())
    return ([(queries.root_id(), None)] if queries.entered_any(_last(ctx)) else []) + rows


def borrowers(ctx: FigureContext) -> Rows:
    """(organization, elite) with a drawdown; the nameless of a bank's total are told apart inside it only."""
    d = LoanDrawdown
    named = d.select(d.organization_id, d.elite_id).where(d.drawn_on >= ctx.start, d.drawn_on <= _last(ctx)).distinct().tuples()
    nameless = [(t.organization_id, f"total {t.id} {n}") for t in queries.counting_totals(ctx.start, _last(ctx)) for n in range(t.borrowers or 0)]
    return [*_source(None), *named, *nameless]


def contracts(ctx: FigureContext) -> Rows:
    """(organization, line) drawn from in the range."""
    d = LoanDrawdown
    named = d.select(d.organization_id, d.line_id).where(d.drawn_on >= ctx.start, d.drawn_on <= _last(ctx)).distinct().tuples()
    return [*_source(None), *named]


def role_models(ctx: FigureContext) -> Rows:
    """(organization, person) named in the range."""
    r = LoanRoleModel
    rows = list(r.select(r.organization_id, r.person_id).where(r.named_on >= ctx.start, r.named_on <= _last(ctx)).tuples())
    return ([(queries.root_id(), None)] if r.select(r.id).where(r.named_on <= _last(ctx)).exists() else []) + rows


# stocks --------------------------------------------------------------------------------------------------------------


def outstanding(ctx: FigureContext) -> Rows:
    """(organization, 元) owed at the end of the last day."""
    return [*_source(ZERO), *queries.stock_rows(_last(ctx))]


def overdue_amount(ctx: FigureContext) -> Rows:
    """(organization, 元) overdue on the last day."""
    return [*_source(ZERO), *queries.overdue_rows(_last(ctx))]


def overdue_rate(ctx: FigureContext) -> Rows:
    """(organization, 元 overdue, 元 owed) on the last day."""
    late: dict[int, Decimal] = {}
    for organization, amount in queries.overdue_rows(_last(ctx)):
        late[organization] = late.get(organization, ZERO) + amount
    owed: dict[int, Decimal] = {}
    for organization, amount in queries.stock_rows(_last(ctx)):
        owed[organization] = owed.get(organization, ZERO) + amount
    return [(o, late.get(o, ZERO), amount) for o, amount in owed.items()]


def overdue_count(ctx: FigureContext) -> Rows:
    """(organization, 笔) drawdowns overdue on the last day."""
    return [*_source(0), *((a.drawdown.organization_id, 1) for a in queries.overdue(_last(ctx)))]


# rows behind ---------------------------------------------------------------------------------------------------------

TOTALS_NOTE = "只提供汇总数的银行没有逐笔记录，按汇总录入计入，见“汇总录入”。"


def _drawdown_rows(ids: list[int], *where: Any) -> Any:
    d = LoanDrawdown
    query = d.select(Organization.name, Person.name, LoanBank.name, d.serial, d.drawn_on, d.amount, d.due_on)
    query = query.join(Organization, on=(d.organization == Organization.id)).switch(d).join(LoanBank, on=(d.bank == LoanBank.id)).switch(d)
    query = query.join(LoanElite, on=(d.elite == LoanElite.id)).join(Person, on=(LoanElite.person == Person.id))
    return query.where(d.organization.in_(ids), *where).order_by(d.drawn_on, d.id)


DRAWN = ("团组织", "姓名", "银行", "借据号", "发放日期", "金额（元）", "到期日")


def drawdown_records(ctx: FigureContext, organization_ids: list[int]) -> Records:
    """Every drawdown of the range."""
    d = LoanDrawdown
    return Records(DRAWN, _drawdown_rows(organization_ids, d.drawn_on >= ctx.start, d.drawn_on <= _last(ctx)), mask=(1,), note=TOTALS_NOTE)


def owed_records(ctx: FigureContext, organization_ids: list[int]) -> Records:
    """Every drawdown on which something is owed on the last day."""
    day = _last(ctx)
    owed = [i for i, debt in queries.debts(until=day).items() if debt.left(day) > 0]
    note = f"{day.isoformat()}仍有余额的用信；余额＝发放－已还本金，见各笔申请页。{TOTALS_NOTE}"
    return Records(DRAWN, _drawdown_rows(organization_ids, LoanDrawdown.id.in_(owed or [0])), mask=(1,), note=note)


def overdue_records(ctx: FigureContext, organization_ids: list[int]) -> Records:
    """Every drawdown overdue on the last day."""
    late = [a.drawdown.id for a in queries.overdue(_last(ctx))]
    return Records(DRAWN, _drawdown_rows(organization_ids, LoanDrawdown.id.in_(late or [0])), mask=(1,), note=TOTALS_NOTE)


def entry_records(ctx: FigureContext, organization_ids: list[int]) -> Records:
    """Everybody entered in the range."""
    from peewee import Case

    e = LoanEntry
    kind = Case(LoanElite.kind, list(KINDS.items()))
    query = e.select(Organization.name, Person.name, kind, e.entered_on, LoanElite.main_product)
    query = query.join(Organization, on=(e.organization == Organization.id)).switch(e).join(LoanElite, on=(e.elite == LoanElite.id))
    query = query.join(Person, on=(LoanElite.person == Person.id))
    query = query.where(e.organization.in_(organization_ids), e.entered_on >= ctx.start, e.entered_on <= _last(ctx)).order_by(e.entered_on, e.id)
    return Records(("团组织", "姓名", "类型", "录入日期", "主要产品"), query, mask=(1,))


def line_records(ctx: FigureContext, organization_ids: list[int]) -> Records:
    """Every credit line that begins in the range."""
    n, a = LoanLine, LoanApplication
    query = n.select(Organization.name, a.number, Person.name, LoanBank.name, n.start_on, n.end_on, n.amount)
    query = query.join(Organization, on=(n.organization == Organization.id)).switch(n).join(a, on=(n.application == a.id))
    query = query.join(LoanElite, on=(a.elite == LoanElite.id)).join(Person, on=(LoanElite.person == Person.id)).switch(a)
    query = query.join(LoanProduct, on=(a.product == LoanProduct.id)).join(LoanBank, on=(LoanProduct.bank == LoanBank.id))
    query = query.where(n.organization.in_(organization_ids), n.start_on >= ctx.start, n.start_on <= _last(ctx)).order_by(n.start_on, n.id)
    return Records(("团组织", "申请编号", "姓名", "银行", "授信起", "授信止", "额度（元）"), query, mask=(2,))


def role_model_records(ctx: FigureContext, organization_ids: list[int]) -> Records:
    """Every role model named in the range; they are held up in public, so their names are not masked."""
    from peewee import Case

    r = LoanRoleModel
    query = r.select(Organization.name, Person.name, Case(r.level, list(LEVELS.items())), r.honour, r.named_on, Value(1))
    query = query.join(Organization, on=(r.organization == Organization.id)).switch(r).join(Person, on=(r.person == Person.id))
    query = query.where(r.organization.in_(organization_ids), r.named_on >= ctx.start, r.named_on <= _last(ctx)).order_by(r.place, r.named_on, r.id)
    return Records(("团组织", "姓名", "层级", "荣誉", "选树日期", "名"), query)


# per bank ------------------------------------------------------------------------------------------------------------


def _per_bank(ctx: FigureContext, organization_ids: list[int], what: Any, name: str) -> Breakdown:
    d = LoanDrawdown
    found: dict[int, Any] = {}
    where = (d.organization.in_(organization_ids), d.drawn_on >= ctx.start, d.drawn_on <= _last(ctx))
    for bank, value in d.select(d.bank_id, what).where(*where).group_by(d.bank_id).tuples():
        found[bank] = value
    for t in queries.counting_totals(ctx.start, _last(ctx)):
        if t.organization_id in organization_ids and getattr(t, name) is not None:
            found[t.bank_id] = found.get(t.bank_id, 0) + getattr(t, name)
    banks = {b.id: str(b) for b in LoanBank.select()}
    lines_ = tuple((banks[b], value, {"bank": b}) for b, value in sorted(found.items(), key=lambda item: (-item[1], item[0])))
    return Breakdown("各银行", lines_, "loans_applications.index")


def times_per_bank(ctx: FigureContext, organization_ids: list[int]) -> Breakdown:
    """人次 of each bank, most first."""
    return _per_bank(ctx, organization_ids, fn.COUNT(LoanDrawdown.id), "borrower_times")


def amount_per_bank(ctx: FigureContext, organization_ids: list[int]) -> Breakdown:
    """元 paid out by each bank, most first."""
    return _per_bank(ctx, organization_ids, queries.money(LoanDrawdown.amount), "amount")


def borrowers_per_bank(ctx: FigureContext, organization_ids: list[int]) -> Breakdown:
    """人 of each bank; who borrowed from two counts at both."""
    return _per_bank(ctx, organization_ids, fn.COUNT(LoanDrawdown.elite.distinct()), "borrowers")


def _of(key: str, title: str, unit: str, kind: Any, definition: str, **more: Any) -> Indicator:
    return Indicator(
        key=f"loans.{key}", title=title, unit=unit, kind=kind, definition=definition, responsible=more.pop("responsible", "青发部"), **more
    )


INDICATORS = [
    _of(
        "registered_entrepreneurs", "新录入新农菁英", "人", "distinct",
        "报告期内录入“新农菁英”名录的人数，同一人只计一次；只有返乡创业青年、新型青年职业农民、致富带头人三种类型。",
        asked_of=TOWNS, items=entries, records=entry_records, across_time="recount", order=30, responsible="各镇团委",
    ),
    _of(
        "borrower_times", "发放贷款", "人次", "flow",
        "报告期内银行实际发放的次数，随借随还每用信一次计一人次；同一人多次借款计多次。与借款人数（人）、合同数（笔）是三个数。",
        compute=borrower_times, records=drawdown_records, breakdown=times_per_bank, order=31,
    ),
    _of(
        "borrowers", "贷款青年", "人", "distinct", "报告期内至少用信一次的人数，同一人只计一次。只提供汇总数的银行，按其报送的人数计，与其他银行不去重。",
        items=borrowers, records=drawdown_records, breakdown=borrowers_per_bank, across_time="recount", order=32,
    ),
    _of(
        "contracts", "用信合同", "笔", "distinct", "报告期内至少用信一次的授信合同数，一份合同多次用信只计一笔；只数有逐笔记录的银行。",
        items=contracts, records=drawdown_records, across_time="recount", order=33,
    ),
    _of(
        "drawn_amount", "发放贷款金额", "元", "flow", "报告期内银行实际发放（用信）的金额之和，不是授信额度，也不是余额。",
        compute=drawn_amount, records=drawdown_records, breakdown=amount_per_bank, format="wanyuan", order=34,
    ),
    _of(
        "lines", "新增授信额度", "元", "flow", "报告期内银行给予的授信额度之和（全额和部分授信）；用没用信都计。",
        compute=lines, records=line_records, format="wanyuan", order=35,
    ),
    _of(
        "outstanding", "贷款余额", "元", "stock", "期末累计发放减累计归还本金。",
        compute=outstanding, records=owed_records, across_time="last", format="wanyuan", order=36,
    ),
    _of(
        "overdue_count", "逾期贷款", "笔", "stock", "期末到期日（展期的按展期后）已过、仍有余额的用信笔数。",
        compute=overdue_count, records=overdue_records, across_time="last", order=37,
    ),
    _of(
        "overdue_amount", "逾期金额", "元", "stock", "上述逾期用信的余额之和。",
        compute=overdue_amount, records=overdue_records, across_time="last", format="wanyuan", order=38,
    ),
    _of(
        "overdue_rate", "贷款逾期率", "%", "ratio", "分子：期末逾期金额；分母：期末贷款余额。没有余额的不计。",
        compute=overdue_rate, records=overdue_records, across_time="last", decimals=2, percent=True, order=39,
    ),
    _of(
        "role_models", "优秀农村青年典型", "名", "distinct", "报告期内选树的优秀农村青年，同一人只计一次。",
        asked_of=TOWNS, items=role_models, records=role_model_records, across_time="recount", order=40, responsible="各镇团委",
    ),
]  # fmt: skip
