"""The module's sentences in the half-year report (their words are the report's, so they stand here in Chinese)."""

from typing import Any

from youthpilot.core import Period
from youthpilot.plugins.reports import ReportSection

from .models import Activity, Association, Drive
from .rules import CHAPTER_LIMIT

FUNDS, ROOMS, ACTIVITIES, JOINED = (f"volunteers.{k}" for k in ("funds_raised", "rooms_built", "activities", "joined"))


def service(report: Any) -> None:
    """深入推进“梦想改造+”关爱计划，线上募资83万元，建成60余间小屋。开展…等主题志愿服务活动4次。"""
    money, built = _positive(report, FUNDS), _positive(report, ROOMS)
    if money or built:
        parts = [*(("线上募资", report.figure(FUNDS, "wanyuan")) if money else ()), *("，" if money and built else "",)]
        parts += ["建成", report.figure(ROOMS, _round(report, ROOMS, "about_over", 10)), "小屋"] if built else []
        report.sentence("聚焦事实孤儿、孤儿和特殊困境儿童群体，深入推进“梦想改造+”关爱计划，", *parts, "。")
    if _positive(report, ACTIVITIES):
        names = "、".join(_quoted(title) for title in _titles(report)[:CHAPTER_LIMIT])
        report.sentence(f"开展{names}等主题志愿服务活动", report.figure(ACTIVITIES, "plain"), "。")
    elif not report.has(ACTIVITIES) and not money and not built:
        report.gap("志愿服务活动未录入", "请在“活动”里登记，或停用青年志愿者模块")


def base(report: Any) -> None:
    """筹建青年志愿者协会，发起“无志愿、不青春”招募，吸纳300多名青年志愿者献身一线开展志愿服务。"""
    start, end = _days(report)
    found = Association.select().order_by(Association.id.desc()).first()
    lead = ""
    if found is not None and found.preparing_on <= end:
        established = found.established_on is not None and found.established_on <= end
        lead = "" if established and found.established_on < start else "成立青年志愿者协会，" if established else "筹建青年志愿者协会，"
    drive = Drive.select().where(Drive.starts_on <= end, Drive.ends_on >= start).order_by(Drive.id.desc()).first()
    call = f"发起{_quoted(drive.title)}招募，" if drive is not None else ""
    joined = report.value(JOINED)
    if joined is None or joined > 0:
        if joined is None and not lead and not call:
            return
        report.sentence(lead, call)
        report.sentence("吸纳", report.figure(JOINED, _round(report, JOINED, "about_many", 100)), "青年志愿者献身一线开展志愿服务。")
    elif lead or call:
        report.sentence(f"{lead}{call}".removesuffix("，"), "。")


def _days(report: Any) -> tuple[Any, Any]:
    period = Period.get(Period.code == report.frame.period_code)
    return period.start_on, period.end_on


def _titles(report: Any) -> list[str]:
    start, end = _days(report)
    a = Activity
    query = a.select(a.title).where(a.is_theme, a.state == "held", a.held_on >= start, a.held_on <= end).order_by(a.held_on.desc(), a.id.desc())
    return list(dict.fromkeys(title for (title,) in query.tuples()))


def _quoted(title: str) -> str:
    return title if "“" in title else f"“{title}”"


def _positive(report: Any, key: str) -> bool:
    value = report.value(key)
    return value is not None and value > 0


def _round(report: Any, key: str, about: str, step: int) -> str:
    """余 and 多 only above a round number that the value is not itself; else the plain number."""
    value = report.value(key)
    return about if value is not None and value > step and value % (step if value >= step else 10) else "plain"


SECTIONS = [
    ReportSection("volunteers.service", "service", "持续开展志愿服务", 40, service),
    ReportSection("volunteers.base", "base", "夯实基础建设", 22, base),
]
