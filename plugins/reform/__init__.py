"""改革试点: designation, fronts × measures with 销号, decisions, delegates' links, talks with lagging owners, a board and a page to print.

rules      the transition table, progress, what is overdue       models     designation, front, measure, step, decision, delegate, link, talk
queries    the board, what lags, delegates                       services   add, advance, report progress, decide, talk
papers     uploaded files of measures and their log              linking    delegates and their two links
settings   every threshold, dated                                indicators reform.measures · closed · closed_rate · overdue …
section    what was done, what comes next                        importers  measures, decisions, delegates
views      board, measure, lagging, print, delegates; lists      panels     home, problems before closing          demo  about 30 measures
"""

from datetime import date
from pathlib import Path
from typing import Any

from youthpilot.core import CountyValue, Panel, PeriodValue, Permission, Plugin, Problem, hookimpl

from .rules import CHECKING

HERE = Path(__file__).parent
PLUGIN = Plugin(
    name="reform",
    title="改革试点",
    description="试点批复、四个方面改革措施清单与销号、联席会议议定事项、团代表两联、滞后约谈整改，一页进展情况报县委。",
    icon="reform",
    requires="2",
    order=50,
    what_if=(
        "报告里多出试点进展一段，下一步计划第一条以批复开头",
        "改革措施、销号率、逾期数由清单自动算出，各单位不用填",
        "镇团委看到交给自己的措施，可以记进展、申请销号",
        "首页多出销号进度和逾期提醒",
    ),
)
EVERYBODY = ("county_admin", "reporter", "reviewer", "viewer")


@hookimpl
def register_models() -> list[Any]:
    from .models import MODELS

    return list(MODELS)


@hookimpl
def register_migrations() -> str:
    return str(HERE / "migrations")


@hookimpl
def register_translations() -> str:
    return str(HERE / "translations")


@hookimpl
def register_permissions() -> list[Permission]:
    return [
        Permission("reform.read", "查看改革试点", EVERYBODY),
        Permission("reform.work", "记录改革进展、申请销号", ("county_admin", "reporter")),
        CHECKING,
        Permission("reform.manage", "管理改革措施清单、议定事项、团代表和约谈", ("county_admin",)),
    ]


@hookimpl
def register_settings() -> Any:
    from .settings import SETTINGS, SettingsForm

    return SettingsForm, SETTINGS


@hookimpl
def register_indicators() -> list[Any]:
    from .indicators import INDICATORS

    return INDICATORS


@hookimpl
def register_report_sections() -> list[Any]:
    from .section import SECTIONS

    return SECTIONS


@hookimpl
def register_importers() -> list[Any]:
    from .importers import IMPORTERS

    return IMPORTERS


@hookimpl
def register_admin_views() -> list[type]:
    from .views import VIEWS

    return VIEWS


@hookimpl
def register_demo() -> Any:
    from .demo import fill

    return fill


@hookimpl
def county_enabled(county: CountyValue) -> None:
    from .services import open_fronts

    open_fronts()


@hookimpl
def county_panels(county: CountyValue, period: PeriodValue | None, today: date) -> list[Panel]:
    from .panels import panels

    return panels(county, today)


@hookimpl
def county_period_problems(county: CountyValue, period: PeriodValue) -> list[Problem]:
    from .panels import problems

    return problems(county, period)
