"""A module that does everything right, beside the odd one: its figures, sentences and panels stay whatever that one does."""

from types import SimpleNamespace
from typing import Any

from youthpilot.core import Organization, Panel, Plugin, Problem, hookimpl
from youthpilot.plugins.figures import Indicator, Records
from youthpilot.plugins.reports import ReportSection


@hookimpl
def register_indicators() -> list[Indicator]:
    def compute(ctx: Any) -> list[Any]:
        return [(Organization.get(Organization.parent.is_null()).id, 7)]

    return [Indicator("good.times", "好次数", "次", "flow", "之和", compute=compute, records=lambda ctx, ids: Records(("甲",), []))]


@hookimpl
def register_report_sections() -> list[ReportSection]:
    return [ReportSection("good.part", "service", "好事", 800, lambda report: report.sentence("好模块报", report.figure("good.times"), "。"))]


@hookimpl
def county_panels(county: Any) -> list[Panel]:
    return [Panel("好看板", ("好好的",))]


@hookimpl
def county_period_problems(county: Any) -> list[Problem]:
    return [Problem("好问题", "")]


HOOKS = (register_indicators, register_report_sections, county_panels, county_period_problems)
MODULE = SimpleNamespace(__name__="good", __file__="", PLUGIN=Plugin("good", "好模块", requires="2"), **{hook.__name__: hook for hook in HOOKS})
