"""创业贷款: the registry of 新农菁英, what banks offer, applications from the first step to the last repayment, role models, subsidies.

rules      statuses and who may move them, balances, arrears, interest, subsidised days     models     the tables
queries    what is owed, what is overdue, who counts, what waits                            services   registry, applications; lending: money
indicators loans.registered_entrepreneurs · borrower_times · …                              section    its sentences in the report
importers  registry, answers, drawdowns … (judging), role models          views      registry, applications, the rest
panels     home, problems before closing                                                    demo       the demonstration
subsidies  programmes, claims (subsidyrules, subsidymodels, subsidyviews)  differences  a bank's lists with decisions (corrections)
people     corrections, doubles, villages, order of role models             exports   the lists as files
Checks L1 … are listed in README.md. The League recommends and the bank decides: nothing here computes a credit decision.
"""

from datetime import date
from pathlib import Path
from typing import Any

from youthpilot.core import CountyValue, Panel, PeriodValue, Permission, Plugin, Problem, hookimpl

HERE = Path(__file__).parent
PLUGIN = Plugin(
    name="loans",
    title="创业贷款",
    description="新农菁英名录、推荐与银行答复、授信用信还款、逾期与贴息、优秀农村青年典型。",
    icon="loan",
    requires="2",
    order=30,
    what_if=(
        "镇、街道的填报里多出新录入新农菁英和优秀农村青年典型两项，有记录的自动带出",
        "报告“助力乡村振兴”里多出一句话，计划里多出全年发放目标",
        "首页多出待办：等待推荐的申请、逾期未还的贷款",
    ),
)
EVERYBODY = ("county_admin", "reporter", "reviewer", "viewer")


@hookimpl
def register_models() -> list[Any]:
    from .models import MODELS
    from .outside import OUTSIDE
    from .subsidymodels import SUBSIDY_MODELS

    return [*MODELS, *OUTSIDE, *SUBSIDY_MODELS]


@hookimpl
def register_migrations() -> str:
    return str(HERE / "migrations")


@hookimpl
def register_translations() -> str:
    return str(HERE / "translations")


@hookimpl
def register_permissions() -> list[Permission]:
    return [
        Permission("loans.read", "查看创业贷款", EVERYBODY),
        Permission("loans.record", "录入新农菁英和贷款申请", ("county_admin", "reporter")),
        Permission("loans.recommend", "向银行推荐，管理产品、典型和贴息", ("county_admin",)),
        Permission("loans.answer", "录入银行的答复、用信和还款", ("county_admin",)),
        Permission("loans.officers", "开通、收回银行客户经理账号", ("county_admin",)),
        Permission("loans.bank", "查看、答复推荐给本行的贷款申请", ("partner",)),
    ]


@hookimpl
def register_settings() -> Any:
    from .asking import SETTINGS as OUTSIDE_SETTINGS
    from .forms import SETTINGS
    from .publicforms import SettingsForm

    return SettingsForm, [*SETTINGS, *OUTSIDE_SETTINGS]


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
    from .officerviews import BankView, OfficersView
    from .posterviews import PostersView
    from .views import VIEWS

    return [*VIEWS, PostersView, OfficersView, BankView]


@hookimpl
def register_blueprints() -> list[Any]:
    from .public import make_blueprint

    return [make_blueprint()]


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
    from .asking import forget
    from .services import forget_person

    forget(person_id)
    forget_person(person_id)
