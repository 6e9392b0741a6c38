"""The module's sentence in the half-year report (its words are the report's, so they stand here in Chinese)."""

from typing import Any

from youthpilot.plugins.reports import ReportSection


def compose(report: Any) -> None:
    """组织全县团员开展网上学习“青年大学习”57.2万人次，比去年同期增长8.1%。"""
    if report.value("study.participations") == 0:
        return  # nobody has learned yet: no achievement to report
    change = report.change("study.participations")
    learned = report.figure("study.participations")
    report.sentence("组织全县团员开展网上学习“青年大学习”", learned, f"，{change}" if change else None, "。")


SECTIONS = [ReportSection("study", "thought", "抓实思想引领", 20, compose)]
