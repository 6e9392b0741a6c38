"""The chamber's sentence in the half-year report (its words are the report's, so they stand here in Chinese)."""

from typing import Any

from youthpilot.plugins.reports import ReportSection


def compose(report: Any) -> None:
    """谋实青商会换届工作，58家会员单位实现一二三产业全覆盖，平均年龄不到36岁。 全覆盖 only while it holds."""
    if not report.has("chamber.member_units"):
        report.gap("青商会会员单位未填", "请在青年商会里登记会员单位，或录入汇总数")
        return
    if report.value("chamber.member_units") == 0:
        return
    opening = "谋实青商会换届工作，" if (report.value("chamber.elections") or 0) > 0 else "加强青年商会建设，"
    units = report.figure("chamber.member_units")
    ages = ("，平均年龄", report.figure("chamber.mean_age", "age_below")) if report.has("chamber.mean_age") else ()
    claim = report.claim("chamber.full_cover", "一二三产业全覆盖", "三次产业各至少有1家会员单位")
    if report.value("chamber.full_cover"):
        report.sentence(opening, units, "会员单位实现一二三产业全覆盖", *ages, "。", claim=claim)
    else:
        report.sentence(opening, "有", units, "会员单位", *ages, "。")


SECTIONS = [ReportSection("chamber", "base", "夯实基础建设", 20, compose)]
