"""The hooks of reports, and how they are asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from youthpilot.core.contracts import list_of
from youthpilot.core.hookspecs import contract_of, spec
from youthpilot.core.hookvalues import CountyValue, said
from youthpilot.core.registry import CountyRegistry, Loaded


@dataclass(frozen=True)
class ReportSection:
    """A module's part of the report: `compose(report)` fills blocks; see plugins.reports.builder.ReportBuilder.

    chapter: "thought" (思想引领), "service" (服务青年), "base" (基层基础), "plan" (下一步计划); order: place inside the chapter.
    title: the words after 一是 (抓实思想引领).
    """

    key: str
    chapter: Literal["thought", "service", "base", "plan"]
    title: str
    order: int
    compose: Callable[..., Any]

    def __post_init__(self) -> None:
        said("ReportSection", key=self.key, title=self.title)


class Specs:
    """What reports asks of a module."""

    @spec(policy="refuse", returns=list_of(ReportSection), claims="section")
    def register_report_sections(self) -> list[ReportSection]:
        """The module's sections of a period's report.

        Called: once at start; `compose` runs at each compilation, isolated. Example: plugins/study.
        """
        raise NotImplementedError

    @spec(policy="isolate", returns=list_of(ReportSection), claims="section")
    def county_report_sections(self, county: CountyValue) -> list[ReportSection]:
        """Sections that exist in one county only; a section with the title of another one continues its paragraph.

        Called: whenever the county's report is compiled, inside the county's scope. Example: plugins/ledger.
        """
        raise NotImplementedError


def declared_sections(item: Loaded) -> list[ReportSection]:
    """What a module declares, for whatever county."""
    found: list[ReportSection] = item.declared.get(contract_of(Specs.register_report_sections).name, [])
    return found


def sections(registry: CountyRegistry) -> list[tuple[str, ReportSection]]:
    """(module name, section) of the enabled modules, the county's own included."""
    fixed = [(i.plugin.name, s) for i in registry.items() for s in declared_sections(i)]
    return fixed + [(name, s) for name, found in registry.each(Specs.county_report_sections) for s in found or ()]
