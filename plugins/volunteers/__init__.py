"""青年志愿者: the association and its groups, volunteers, activities, approved hours, certificates; 梦想改造+ with its money.

rules      ages, minutes, stars, due days, room states           models     24 tables, from the association to the disclosure
queries    rosters, hours, boards, money                         services   the roster: join, correct, leave; totals without names
association its terms and posts, groups, drives, projects        serving    activities, sign-in, records, approval
certifying certificates and entries of the record                caring     children and rooms
funding    campaigns, donations, expenses, disclosures           section    two sentences of the report
indicators volunteers.joined · registered · activities · hours · funds_raised · rooms_built …    reading  lists as files
importers  roster, service records, donations (judging)          forms, views, screens_…  the screens   public  poster and certificate check
panels     home, problems before closing                         commands   youthpilot volunteers due | verify   demo  the demonstration
"""

from datetime import date
from pathlib import Path
from typing import Any

from youthpilot.core import CountyValue, Panel, PeriodValue, Permission, Plugin, Problem, hookimpl

from .rules import APPROVE

HERE = Path(__file__).parent
PLUGIN = Plugin(
    name="volunteers",
    title="青年志愿者",
    description="志愿者协会和队伍、名册、项目活动、服务时长、证明、“梦想改造+”关爱计划和募捐。",
    icon="heart",
    requires="2",
    order=40,
    enabled_by_default=True,
    what_if=(
        "镇、街道的填报里多出新招募青年志愿者、服务时长，有名册和记录的自动带出",
        "报告“持续开展志愿服务”里多出关爱计划和活动的一段，“夯实基础建设”里多出协会一句",
        "首页提醒待审核时长和到期的募捐公开",
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
        Permission("volunteers.read", "查看志愿者、活动和时长", EVERYBODY),
        Permission("volunteers.record", "登记志愿者、活动和服务记录", ("county_admin", "reporter")),
        APPROVE,
        Permission("volunteers.manage", "管理协会、项目、证明和募捐", ("county_admin",)),
        Permission("volunteers.care", "办理关爱计划", ("county_admin",)),
    ]


@hookimpl
def register_settings() -> Any:
    from .forms import SETTINGS, SettingsForm

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
def register_blueprints() -> list[Any]:
    from .public import make_blueprint

    return [make_blueprint()]


@hookimpl
def register_commands() -> list[Any]:
    from .commands import volunteers

    return [volunteers]


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
def county_organization_changed(county: CountyValue, organization_id: int, event: str, other_id: int | None) -> None:
    from .services import follow_organization

    follow_organization(organization_id, event, other_id)


@hookimpl
def county_person_erased(county: CountyValue, person_id: int) -> None:
    from .services import forget_person

    forget_person(person_id)
