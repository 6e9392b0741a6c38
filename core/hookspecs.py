"""Every hook of youthpilot. `register_*` are declarations, asked once per application; `county_*` happen in a county.

Failure policies: *isolate* – a plain message in its place, the others go on; *block* – a check that raises blocks closing;
*abort* – inside the transaction, a raise undoes the act; *after* – after commit, recorded and retried.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import pluggy

if TYPE_CHECKING:
    import click
    from flask import Blueprint
    from peewee import Model
    from wtforms import Form

    from .figures.indicator import Indicator
    from .importing.importer import Importer

NAMESPACE = "youthpilot"
hookspec = pluggy.HookspecMarker(NAMESPACE)
hookimpl = pluggy.HookimplMarker(NAMESPACE)


@dataclass(frozen=True)
class CountyValue:
    """The county as hooks see it."""

    id: int
    code: str
    name: str


@dataclass(frozen=True)
class Permission:
    """One thing that may be allowed. `roles`: which of the house's roles hold it by default."""

    name: str
    title: str
    roles: tuple[str, ...] = ("county_admin",)


@dataclass(frozen=True)
class PanelChart:
    """A small chart on a panel, drawn by the host with its numbers beside it: the module gives values, never markup.

    kind: "bars" – one bar per point; "line" – a course, oldest first, 3 points or many; "progress" – bars that add up to `target`;
    "stack" – a bar per row, cut into `parts` (at most 5, the finished part first). points: (label, value), for bars, line and
    progress. rows: (label, one value per part), for stack. A value is a Decimal in `unit`; None is a gap, never 0; below 0 the number
    is printed and no bar drawn. target: a mark across bars and line, the whole of progress; None for none.
    """

    title: str
    kind: Literal["bars", "line", "progress", "stack"] = "bars"
    points: tuple[tuple[str, Decimal | None], ...] = ()
    unit: str = ""
    target: Decimal | None = None
    parts: tuple[str, ...] = ()
    rows: tuple[tuple[str, tuple[Decimal | None, ...]], ...] = ()

    def __post_init__(self) -> None:
        if self.kind == "stack" and (self.points or not 0 < len(self.parts) <= 5 or any(len(v) != len(self.parts) for _l, v in self.rows)):
            raise ValueError(f"{self.title}: a stack has 1 to 5 parts and rows with one value for each, no points")
        if self.kind != "stack" and (self.parts or self.rows):
            raise ValueError(f"{self.title}: parts and rows belong to a stack")


@dataclass(frozen=True)
class Panel:
    """A panel of the county's home: a title, lines of text, charts and where a click leads (endpoint without address)."""

    title: str
    lines: tuple[str, ...]
    endpoint: str = ""
    icon: str = "module"
    tone: Literal["", "warn", "bad"] = ""
    todo: bool = False  # shown under 今天要做, without its charts
    charts: tuple[PanelChart, ...] = ()


@dataclass(frozen=True)
class Problem:
    """Something that should be settled before a period closes. blocking: closing is refused."""

    text: str
    advice: str
    blocking: bool = False
    organization_id: int | None = None
    endpoint: str = ""


@dataclass(frozen=True)
class Setting:
    """A dated setting of a module; its form field has the same name."""

    key: str
    title: str
    default: Any
    help: str = ""


@dataclass(frozen=True)
class ReportSection:
    """A module's part of the report: `compose(report)` fills blocks; see core.reports.builder.ReportBuilder.

    chapter: "thought" (思想引领), "service" (服务青年), "base" (基层基础), "plan" (下半年计划); order: place inside the chapter.
    title: the words after 一是 (抓实思想引领).
    """

    key: str
    chapter: Literal["thought", "service", "base", "plan"]
    title: str
    order: int
    compose: Any


@dataclass(frozen=True)
class PeriodValue:
    """The period as hooks see it; start and end are included."""

    id: int
    code: str
    start: date
    end: date
    revision: int


@dataclass(frozen=True)
class DemoTarget:
    """What a module fills when the demonstration is built: one county, one open period at a time, oldest first.

    flagship: the default seed, whose figures are tuned to a known report; any other seed draws freely. first: the first period of
    this county, so set-up belongs here. say(text, done, total) tells how far it is. wanted: the module puts (key → total) of
    figures entered by hand that the organizations' forms shall add up to; targets: what its plan promised (key, comparator, value,
    words, due day); proofs: section key → the proof of its superlatives, so that an old period can be published.
    """

    county: CountyValue
    period: PeriodValue
    first: bool
    seed: int
    flagship: bool
    say: Callable[[str, int, int], None]
    actor: str
    wanted: dict[str, Decimal] = field(default_factory=dict)
    targets: list[tuple[str, str, Decimal, str, date | None]] = field(default_factory=list)
    proofs: dict[str, str] = field(default_factory=dict)


class Specs:
    """Typed specifications; `core.registry.Registry` has one method of the same name for each."""

    @hookspec
    def register_models(self) -> list[type[Model]]:
        """The module's peewee models.

        Called: once at start. Each table name begins with the module's name; county-owned ones derive from OrganizationRow.
        Policy: the module is refused if it raises. Example: plugins/study.
        """
        raise NotImplementedError

    @hookspec
    def register_migrations(self) -> str | dict[str, list[str]]:
        """The folder of the module's numbered migration scripts, or for a module in one file {"0001_initial": [statements]}.

        The statements are frozen text (`youthpilot db draft NAME` prints them), never made from the models at run time.

        Called: once at start, and by `db up`. Policy: refused. Example: plugins/study, tests/examples/rural_library.
        """
        raise NotImplementedError

    @hookspec
    def register_permissions(self) -> list[Permission]:
        """Permissions that the module's routes ask for.

        Called: once at start. Policy: refused. Example: plugins/study.
        """
        raise NotImplementedError

    @hookspec
    def register_settings(self) -> tuple[type[Form], list[Setting]] | None:
        """A WTForms form and the dated settings it edits.

        Called: once at start. Policy: refused. Example: plugins/study.
        """
        raise NotImplementedError

    @hookspec
    def register_indicators(self) -> list[Indicator]:
        """The module's indicators; keys begin with its name.

        Called: once at start, filtered by county whenever read. Policy: refused. Example: plugins/study.
        """
        raise NotImplementedError

    @hookspec
    def county_indicators(self, county: CountyValue) -> list[Indicator]:
        """Indicators that exist in one county only (自设指标).

        Called: whenever the county's indicators are read, inside the county's scope. Policy: isolate. Example: plugins/ledger.
        """
        raise NotImplementedError

    @hookspec
    def register_report_sections(self) -> list[ReportSection]:
        """The module's sections of the half-year report.

        Called: once at start; `compose` runs at each compilation, isolated. Policy: refused / isolate. Example: plugins/study.
        """
        raise NotImplementedError

    @hookspec
    def county_report_sections(self, county: CountyValue) -> list[ReportSection]:
        """Sections that exist in one county only; a section with the title of another one continues its paragraph.

        Called: whenever the county's report is compiled, inside the county's scope. Policy: isolate. Example: plugins/ledger.
        """
        raise NotImplementedError

    @hookspec
    def register_importers(self) -> list[Importer]:
        """The module's importers; keys begin with its name.

        Called: once at start. Policy: refused. Example: plugins/study.
        """
        raise NotImplementedError

    @hookspec
    def register_admin_views(self) -> list[type]:
        """Classes of youthpilot.admin.ModuleView / ModuleModelView; the host makes the instances, per application.

        Called: once per application. The host prefixes endpoints and guards permission and enabling. Policy: refused.
        Example: plugins/study.
        """
        raise NotImplementedError

    @hookspec
    def register_blueprints(self) -> list[Blueprint]:
        """Blueprints named after the module, for public pages. Each view function carries a policy (core.policies.policy).

        Called: once per application, tried on a scratch application first. Policy: refused. Example: tests/examples/notice_board.
        """
        raise NotImplementedError

    @hookspec
    def register_commands(self) -> list[click.Command]:
        """One click group named after the module.

        Called: once at start. Policy: refused. Example: plugins/study.
        """
        raise NotImplementedError

    @hookspec
    def register_translations(self) -> str:
        """The folder of the module's translations; its domain is the module's name.

        Called: once at start. Policy: isolate. Example: plugins/study.
        """
        raise NotImplementedError

    @hookspec
    def register_demo(self) -> Callable[[DemoTarget], None]:
        """A function that fills the demonstration county with the module's records of a period, all from the target's seed.

        Called: by `youthpilot demo` only, once per period, in the county's scope, outside a transaction. Policy: none, the build fails. Example: plugins/study.
        """
        raise NotImplementedError

    @hookspec
    def county_enabled(self, county: CountyValue) -> None:
        """The county has enabled the module.

        Called: inside the transaction of the act. Policy: abort. Example: tests/examples/notice_board.
        """

    @hookspec
    def county_disabled(self, county: CountyValue) -> None:
        """The county has disabled the module; its data stays.

        Called: after commit. Policy: after. Example: tests/examples/notice_board.
        """

    @hookspec
    def county_panels(self, county: CountyValue, period: PeriodValue | None, today: date) -> list[Panel]:
        """Panels and to-dos on the county's home.

        Called: each time the home is shown, inside the user's scope, outside a transaction. Policy: isolate. Example: plugins/study.
        """
        raise NotImplementedError

    @hookspec
    def county_period_problems(self, county: CountyValue, period: PeriodValue) -> list[Problem]:
        """What stands against closing the period.

        Called: on the closing page and inside the lock, in the county's scope. Policy: block. Example: plugins/study.
        """
        raise NotImplementedError

    @hookspec
    def county_period_closed(self, county: CountyValue, period: PeriodValue) -> None:
        """The period was locked.

        Called: after commit of the lock. Policy: after. Example: tests/examples/notice_board.
        """

    @hookspec
    def county_organization_changed(self, county: CountyValue, organization_id: int, event: str, other_id: int | None) -> None:
        """An organization was moved, merged, split or closed (`event`), with `other_id` the new parent or the one merged into.

        Called: inside the transaction of the act. Policy: abort. Example: plugins/study (moves its roster).
        """

    @hookspec
    def county_person_erased(self, county: CountyValue, person_id: int) -> None:
        """A person was erased; the module removes what it knows of him.

        Called: inside the transaction. Policy: abort. Example: plugins/study.
        """
