"""青年大学习: issues of the campaign, rosters, who learned, rates with their denominator, who is missing.

rules      titles, schedules, identity cells, rates, ranks        models     issue, member, roster, record, aggregate, counter
queries    cells, lines of a unit, non-learners, conflicts        services   add, record, recount; counters in the same transaction
indicators study.participations · rate · issues · persons         section    its sentence in the report
importers  four kinds of files (judging, places)                  views      issues, one issue, ranking, records
panels     home, problems before closing                          commands   youthpilot study …            demo  the demonstration
"""

from datetime import date
from pathlib import Path
from typing import Any

from youthpilot.core import CountyValue, Panel, PeriodValue, Permission, Plugin, Problem, hookimpl

HERE = Path(__file__).parent
PLUGIN = Plugin(
    name="study",
    title="青年大学习",
    description="期次、团员名册、参学记录与汇总、参学率、未参学名单，报告第一部分的一句话。",
    icon="study",
    requires="2",
    order=10,
    enabled_by_default=True,
    what_if=(
        "镇、村、学校的填报里多出参学人次和参学率两项，有记录的自动带出",
        "报告“抓实思想引领”里多出一句话，与去年同期比较",
        "首页多出最近一期的参学情况",
    ),
)
EVERYBODY = ("county_admin", "reporter", "reviewer", "viewer")


@hookimpl
def register_models() -> list[Any]:
    from .tables import MODELS

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
        Permission("study.read", "查看参学情况", EVERYBODY),
        Permission("study.record", "录入和导入参学记录", ("county_admin", "reporter")),
        Permission("study.manage", "管理期次", ("county_admin",)),
    ]


@hookimpl
def register_settings() -> Any:
    from .forms import SETTINGS, SettingsForm

    return SettingsForm, SETTINGS


@hookimpl
def register_indicators() -> list[Any]:
    from .indicators import INDICATORS
    from .indicators_life import INDICATORS as LIFE

    return [*INDICATORS, *LIFE]


@hookimpl
def register_report_sections() -> list[Any]:
    from .section import SECTIONS

    return SECTIONS


@hookimpl
def register_importers() -> list[Any]:
    from .files import IMPORTERS

    return IMPORTERS


@hookimpl
def register_admin_views() -> list[type]:
    from .lifeviews import VIEWS as LIFE
    from .views import VIEWS

    return [*VIEWS, *LIFE]


@hookimpl
def register_commands() -> list[Any]:
    from .commands import study

    return [study]


@hookimpl
def register_demo() -> Any:
    from .demo import fill

    return fill


@hookimpl
def county_panels(county: CountyValue, period: PeriodValue | None, today: date) -> list[Panel]:
    from .panels import panels
    from .panels_life import life_panels
    from .panels_people import streak_panels

    return [*streak_panels(county, today), *panels(county, today), *life_panels(county, today)]


@hookimpl
def county_period_problems(county: CountyValue, period: PeriodValue) -> list[Problem]:
    from .panels import problems

    return problems(county, period)


@hookimpl
def county_differences(county: CountyValue) -> list[str]:
    from .counting import counter_differences

    return counter_differences()


@hookimpl
def county_organization_changed(county: CountyValue, organization_id: int, event: str, other_id: int | None) -> None:
    from .services import follow_organization

    follow_organization(organization_id, event, other_id)


@hookimpl
def county_person_erased(county: CountyValue, person_id: int) -> None:
    from .services import forget_person

    forget_person(person_id)
