"""The module's sentences in the half-year report and its plan (their words are the report's, so they stand here in Chinese)."""

from typing import Any

from youthpilot.core import CalendarPeriod, Period, current_scope
from youthpilot.plugins.reports import ReportSection

from . import queries
from .choices import choices
from .rules import yuan

TITLE, PLAN = "助力乡村振兴", "推动政策向基层青年创新创业集聚"


REGISTERED, TIMES, AMOUNT, MODELS = (f"loans.{k}" for k in ("registered_entrepreneurs", "borrower_times", "drawn_amount", "role_models"))


def compose(report: Any) -> None:
    """发掘录入“新农菁英”35人，合计发放贷款57人次，共632万元，……涌现出沈祥容、张其领等45名优秀农村青年。 A zero is no achievement: not printed."""
    said: list[tuple[Any, ...]] = []
    if report.value(REGISTERED) != 0:
        said.append(("发掘录入“新农菁英”", report.figure(REGISTERED)))
    if report.value(TIMES) == 0:
        said.append((f"{report.frame.calendar.name}没有发放贷款",))
    else:
        said.append(("合计发放贷款", report.figure(TIMES), "，共", report.figure(AMOUNT)))
    if report.value(MODELS) != 0:
        said.append(("深挖培塑创业典型，涌现出", report.names(_names(report.frame.period_code), 2, "名", "优秀农村青年", MODELS)))
    for place, parts in enumerate(said):
        report.sentence("，" if place else "", *parts)
    report.sentence("。")


def _names(code: str) -> list[str]:
    """Names of the period's role models in the county's order, each once."""
    period = Period.get_or_none(Period.code == code)
    if period is None:
        return []
    return list(dict.fromkeys(r.person.name for r in queries.role_models(period.start_on, period.end_on)))


def plan(report: Any) -> None:
    """充分发挥“新农菁英贷”作用，……发放贷款金额不低于1000万元……"""
    period = Period.get_or_none(Period.code == report.frame.period_code)
    if period is None:
        return
    target = choices(current_scope().county_id or 0, period.end_on).target
    promise = f"{_planned(report.frame.calendar)}发放贷款金额不低于{yuan(target / 10_000).replace(',', '')}万元，" if target else ""
    report.sentence(
        "建立健全青年工作联席会议机制，充分发挥“新农菁英贷”作用，破解抵押难、融资贵难题，争取财政、人社部门贴息政策支持，"
        f"{promise}推广“新农菁英贷”线上申请、网上授信、随借随还信贷服务。"
    )


def _planned(span: CalendarPeriod) -> str:
    """The year that the plan after a period speaks of: 全年 while it runs, then the next one."""
    return "全年" if span.next.year == span.year else f"{span.next.year}年"


SECTIONS = [ReportSection("loans", "service", TITLE, 20, compose), ReportSection("loans_plan", "plan", PLAN, 20, plan)]
