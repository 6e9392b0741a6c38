"""The pilot in the half-year report: what was done, and what comes next (the words are the report's, so they stand here in Chinese)."""

from typing import Any

from youthpilot.plugins.reports import ReportSection

from .queries import designation


def work(report: Any) -> None:
    """对照4个方面30项改革措施清单推进试点，已销号12项，销号率40%。"""
    if not report.value("reform.measures"):
        return
    report.sentence(
        "对照", report.figure("reform.fronts", "chinese"), "方面", report.figure("reform.measures"), "改革措施清单，边改革、边评估、边销号，已销号",
        report.figure("reform.closed"), "，销号率", report.figure("reform.closed_rate"), "。",
    )  # fmt: skip
    report.sentence(
        report.figure("reform.delegates"), "团代表直接联系团支部和青年，两联到位", report.figure("reform.delegates_linked"), "。",
        when=bool(report.value("reform.delegates")),
    )  # fmt: skip


def plan(report: Any) -> None:
    """《关于…的通知》确定本县为改革试点… The overdue measures first."""
    pilot = designation()
    if pilot is None and not report.value("reform.measures"):
        return
    opening = f"{pilot.issued_by}下发《{pilot.notice}》，确定{report.county}为改革试点地区。" if pilot is not None else None
    report.sentence(opening, "以破除“机关化”作风和“行政化”依赖为主要任务，对照改革措施清单，边改革、边评估、边销号。")
    overdue = report.value("reform.overdue")
    report.sentence("对逾期的", report.figure("reform.overdue"), "措施逐项约谈、限期整改，其余措施按时限销号。", when=bool(overdue))


SECTIONS = [
    ReportSection("reform.work", "base", "深化县域团的基层组织改革", 50, work),
    ReportSection("reform.plan", "plan", "强化基层团组织改革试点探索", 10, plan),
]
