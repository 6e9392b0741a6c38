"""青年商会: member units, representatives, posts and terms, dues with receipts, meetings with quorum.

rules      sectors by category, ages, dues, quorum               models     term, unit, representative, post, receipt, waiver, meeting
queries    the roll on a day, the term in force, dues            checks     C1 … C28 (README.md), for forms and files alike
services   add, leave, change, begin a term, appoint, waive      people     representatives as core's persons
comparing  a re-election before and after                        settings   every threshold, dated
indicators chamber.member_units · sectors_covered · mean_age …   section    its sentence in the report
importers  the roll, the receipts                                views      at a glance, a unit, terms, dues; lists (lists)
panels     home, problems before closing                         demo       the demonstration
"""

from datetime import date
from pathlib import Path
from typing import Any

from youthpilot.core import CountyValue, Panel, PeriodValue, Permission, Plugin, Problem, hookimpl

HERE = Path(__file__).parent
PLUGIN = Plugin(
    name="chamber",
    title="青年商会",
    description="会员单位、代表人、届期与职务、会费收据、会议，一二三产业覆盖和平均年龄由名册算出。",
    icon="chamber",
    requires="2",
    order=30,
    what_if=(
        "报告“夯实基础建设”里多出青商会一句话，“全覆盖”只在三次产业都有会员单位时出现",
        "会员单位、产业覆盖、平均年龄、新入会、退会、会费收入由名册和收据自动算出，各单位不用填",
        "首页多出会员单位和届期提醒",
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
        Permission("chamber.read", "查看青年商会", EVERYBODY),
        Permission("chamber.edit", "登记会员单位和会费", ("county_admin", "reporter")),
        Permission("chamber.manage", "管理届期、职务和会议", ("county_admin",)),
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
def county_panels(county: CountyValue, period: PeriodValue | None, today: date) -> list[Panel]:
    from .panels import panels

    return panels(county, today)


@hookimpl
def county_period_problems(county: CountyValue, period: PeriodValue) -> list[Problem]:
    from .panels import problems

    return problems(county, period)


@hookimpl
def county_person_erased(county: CountyValue, person_id: int) -> None:
    from .services import forget_person

    forget_person(person_id)
