"""The module's own lists as files, through the house's writer: what the screen shows, names masked for those who only look."""

from typing import Any

from flask import request

from youthpilot.admin import bounded, expose, needs, table_file
from youthpilot.core import today

from . import queries, rules, subsidyrules
from .models import LoanApplication, LoanBank, LoanLine, LoanProduct, LoanTotal
from .pages import phone_of, shown_name
from .subsidymodels import LoanClaim
from .words import _

READ = "loans.read"


class ApplicationExports:
    """Files of the board, of arrears and of banks' totals."""

    @expose("/export/<kind>/", methods=("POST",))
    @needs(READ)
    def export(self, kind: str) -> Any:
        """The applications of a group, all pages."""
        states = GROUP_STATES.get(request.args.get("group") or "", tuple(rules.STATES))
        where = [LoanApplication.state.in_(states)]
        if bank := bounded(request.args.get("bank"), 1, 2**31 - 1, 0):
            where.append(LoanProduct.bank == bank)
        rows = list(queries.applications(*where))
        lines = {n.application_id: n.amount for n in LoanLine.select(LoanLine.application, LoanLine.amount)}
        headers = ("申请编号", "申请人", "镇村", "产品", "银行", "申请金额（元）", "期限（月）", "授信额度（元）", "状态", "状态日期", "用途")
        cells = [
            (
                a.number, shown_name(a.elite.person), a.organization.name, a.product.name, a.product.bank.name, a.amount, a.months, lines.get(a.id),
                rules.STATES[a.state], a.state_on, a.purpose,
            )
            for a in rows
        ]  # fmt: skip
        return table_file("贷款申请", headers, cells, kind, ["、".join(rules.STATES[s] for s in states)])

    @expose("/arrears/export/<kind>/", methods=("POST",))
    @needs(READ)
    def export_arrears(self, kind: str) -> Any:
        """What is overdue today."""
        headers = ("借款人", "电话", "镇村", "银行", "借据号", "约定到期日", "展期后到期日", "逾期天数", "账龄", "欠款（元）")
        cells = [
            (
                shown_name(r.drawdown.elite.person), phone_of(r.drawdown.elite.person), r.drawdown.elite.organization.name, r.drawdown.bank.name,
                r.drawdown.serial, r.first_due, r.due if r.due != r.first_due else None, r.days, r.bucket, r.left,
            )
            for r in queries.overdue(today())
        ]  # fmt: skip
        return table_file("逾期贷款", headers, cells, kind, [f"截至{today()}"])

    @expose("/totals/export/<kind>/", methods=("POST",))
    @needs(READ)
    def export_totals(self, kind: str) -> Any:
        """Banks' totals."""
        t = LoanTotal
        rows = list(t.select(t, LoanBank).join(LoanBank, on=(t.bank == LoanBank.id)).order_by(t.to_on.desc(), t.id.desc()))
        headers = ("银行", "起", "止", "人次", "人数", "发放（元）", "余额（元）", "逾期（元）", "来源文件", "录入人")
        cells = [
            (t.bank.name, t.from_on, t.to_on, t.borrower_times, t.borrowers, t.amount, t.outstanding, t.overdue, t.source_file, t.entered_by)
            for t in rows
        ]
        return table_file("银行汇总录入", headers, cells, kind, [_("Totals entered by hand, without rows behind them")])


GROUP_STATES = {
    "league": rules.WAITING_LEAGUE,
    "bank": rules.WAITING_BANK,
    "running": ("granted", "partial", "drawing"),
    "draft": ("draft", "returned"),
    "ended": rules.ENDED,
}


def claims_file(rows: list[LoanClaim], kind: str, state: str) -> Any:
    """Claims with their working: what the treasury asks for."""
    headers = ("项目", "借款人", "银行", "借据号", "起", "止", "贴息天数", "计算过程", "计算额（元）", "申报额（元）", "状态", "日期")
    cells = [
        (
            c.programme.name if c.programme_id else None, shown_name(c.elite.person), c.drawdown.bank.name, c.drawdown.serial, c.from_on, c.to_on,
            c.days, c.working, c.computed, c.amount, subsidyrules.CLAIM_STATES[c.state], c.state_on,
        )
        for c in rows
    ]  # fmt: skip
    return table_file("贴息申报", headers, cells, kind, [subsidyrules.CLAIM_STATES[state]] if state else [])


def role_models_file(rows: list[Any], kind: str, year: int) -> Any:
    """Role models of a year; they are held up in public, so their names are not masked."""
    headers = ("姓名", "单位", "报告中顺序", "层级", "荣誉", "事迹", "选树日期")
    cells = [(r.person.name, r.organization.name, r.place, rules.LEVELS[r.level], r.honour, r.deed, r.named_on) for r in rows]
    return table_file("优秀农村青年典型", headers, cells, kind, [f"{year}年"])


def products_file(rows: list[LoanProduct], kind: str) -> Any:
    """Banks and their products."""
    headers = ("银行", "产品", "单户最高（元）", "最长期限（月）", "年利率（%）", "随借随还", "年龄从", "年龄到", "开办", "停办")
    cells = [
        (
            p.bank.name, p.name, p.limit, p.max_months, p.annual_rate, "是" if p.revolving else "否", p.min_age, p.max_age, p.valid_from, p.valid_to,
        )
        for p in rows
    ]  # fmt: skip
    return table_file("银行和产品", headers, cells, kind)
