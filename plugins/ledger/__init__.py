"""自设指标: a county defines figures of its own in the browser, enters them with a source, and prints them with its own sentences.

models: the figure, its dated versions, the sentences · services: define, change, close, continue by a module, enter a value ·
indicators, section: what the core asks · forms, views: the screens · demo: the demonstration's figures.
"""

from collections.abc import Callable
from pathlib import Path

from youthpilot.core import CountyValue, DemoTarget, Permission, Plugin, hookimpl, today
from youthpilot.plugins.figures import Indicator
from youthpilot.plugins.reports import ReportSection

from .words import _l

PLUGIN = Plugin(
    name="ledger",
    title="自设指标",
    description="县里自己加一个数：名称、单位、谁来填、总结里怎么写。",
    icon="ledger",
    requires="2",
    order=900,
    enabled_by_default=True,
    what_if=("菜单多一项“自设指标”", "可以自己加指标，当期填报表里就能填", "总结里可以加自己的句子"),
)
_HERE = Path(__file__).parent


@hookimpl
def register_models() -> list[type]:
    from .models import MODELS

    return list(MODELS)


@hookimpl
def register_migrations() -> str:
    return str(_HERE / "migrations")


@hookimpl
def register_translations() -> str:
    return str(_HERE / "translations")


@hookimpl
def register_permissions() -> list[Permission]:
    return [
        Permission("ledger.see", _l("See the county's own figures"), ("county_admin", "reviewer", "viewer")),
        Permission("ledger.edit", _l("Change the county's own figures and sentences")),
    ]


@hookimpl
def register_admin_views() -> list[type]:
    from .views import VIEWS

    return list(VIEWS)


@hookimpl
def county_indicators(county: CountyValue) -> list[Indicator]:
    from .indicators import county_own

    return county_own(today())


@hookimpl
def county_report_sections(county: CountyValue) -> list[ReportSection]:
    from .section import own_sections

    return own_sections()


@hookimpl
def register_demo() -> Callable[[DemoTarget], None]:
    from .demo import build_demo

    return build_demo
