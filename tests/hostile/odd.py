"""A module that does what the test tells it: every hook and every callable inside its values first asks BEHAVE. Untold, it is good."""

import itertools
from contextlib import contextmanager
from decimal import Decimal, getcontext
from typing import Any

from flask import Blueprint
from flask_babel import LazyString
from wtforms import Form, IntegerField

from youthpilot.admin import ModuleView, expose
from youthpilot.core import Panel, Permission, Plugin, Problem, SearchHits, Setting, hookimpl, policy
from youthpilot.core.hookvalues import PartCheck, PeriodDifference, PeriodPart, Preparation
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.scope import Scope, _current
from youthpilot.core.screens import ClosingNote
from youthpilot.plugins.figures import Breakdown, Indicator, Records
from youthpilot.plugins.importing import Column, Counts, Importer, ImportOption
from youthpilot.plugins.reports import ReportSection

PLUGIN = Plugin("odd", "怪模块", requires="2", description="做什么都由试验说了算")
BEHAVE: dict[str, Any] = {}


def act(what: str, good: Any, *given: Any) -> Any:
    """What the test told for it, else the good value."""
    told = BEHAVE.get(what)
    return told(good, *given) if told is not None else good


# what may be told ----------------------------------------------------------------------------------------------------


def raises(error: BaseException) -> Any:
    def do(*_args: Any) -> Any:
        raise error

    return do


def ends_late(*_args: Any) -> Any:
    """Text that ends the process when it is read."""

    def text() -> str:
        raise SystemExit(3)

    return LazyString(text)


class Mute(Exception):
    """Its own words end the process."""

    def __str__(self) -> str:
        raise SystemExit(3)


def rounds_otherwise(good: Any, *_given: Any) -> Any:
    """Changes with how many digits everybody's Decimals are computed."""
    getcontext().prec = 2
    return good


def spoils_arguments(good: Any, *given: Any) -> Any:
    """Changes what it was given, then gives the good value."""
    for one in given:
        if type(one) in (list, dict):
            one.clear()
        elif hasattr(one, "__dataclass_fields__"):
            for name in one.__dataclass_fields__:
                object.__setattr__(one, name, None)
    return good


def leaves_a_transaction_open(good: Any, *_given: Any) -> Any:
    database.atomic().__enter__()
    return good


def leaves_a_level_open(good: Any, *_given: Any) -> Any:
    database.transaction().__enter__()
    return good


def leaves_sql_open(good: Any, *_given: Any) -> Any:
    database.execute_sql("SAVEPOINT odd" if database.in_transaction() else "BEGIN")
    return good


def widens_the_scope(good: Any, *_given: Any) -> Any:
    _current.set(Scope(None, None, None, "system", "odd"))
    return good


WORSE = {  # name → (what it does, whether the value that comes back is good all the same)
    "raises": (raises(ValueError("odd on purpose")), False),
    "ends the process": (raises(SystemExit(3)), False),
    "cannot say why": (raises(Mute()), False),
    "words that nobody can keep": (raises(ValueError("\ud800\x00\x07")), False),
    "closes a generator": (raises(GeneratorExit()), False),
    "a number": (lambda good, *_a: 5, False),
    "nothing": (lambda good, *_a: None, False),
    "words": (lambda good, *_a: "words", False),
    "never ends": (lambda good, *_a: itertools.count(), False),
    "a lazy iterator": (lambda good, *_a: iter([good]), False),
    "spoils its arguments": (spoils_arguments, True),
    "leaves a transaction open": (leaves_a_transaction_open, False),
    "leaves a level open": (leaves_a_level_open, False),
    "leaves SQL open": (leaves_sql_open, False),
    "rounds otherwise": (rounds_otherwise, True),
    "widens the scope": (widens_the_scope, True),
}
NAN = Decimal("NaN")


# the module ----------------------------------------------------------------------------------------------------------


class OddForm(Form):
    """Its form asks too when it is made."""

    limit = IntegerField("上限")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        act("form", None)


class OddView(ModuleView):
    """Its page, and whether it stands in the menu."""

    name, slug, icon = "怪页面", "page", "file"
    permission_read = "odd.see"

    @expose("/")
    def index(self) -> Any:
        """Good, unless told otherwise."""
        return act("view", "<!DOCTYPE html><title>怪页面</title><main>怪页面好好的</main>")

    def is_visible(self) -> bool:
        """Asked by every page."""
        return act("menu", True)  # type: ignore[no-any-return]


@policy(kind="public", side="county", module="odd")
def public() -> Any:
    """A page for everybody."""
    return act("public", "怪公开页")


def flow(key: str, title: str, **more: Any) -> Indicator:
    return Indicator(key, title, "次", "flow", "次数之和", **more)


@hookimpl
def register_permissions() -> list[Permission]:
    return [Permission("odd.see", "看", ("county_admin",)), Permission("odd.bring", "导入", ("county_admin",))]


@hookimpl
def register_settings() -> Any:
    return OddForm, [Setting("limit", "上限", 5)]


@hookimpl
def register_indicators() -> list[Indicator]:
    def root(ctx: Any) -> list[Any]:
        from youthpilot.core import Organization

        return [(Organization.get(Organization.parent.is_null()).id, 3)]

    return [
        flow("odd.times", "怪次数", compute=lambda ctx: act("compute", root(ctx), ctx),
             records=lambda ctx, ids: act("records", Records(("甲",), [("一行",)]), ctx, ids),
             breakdown=lambda ctx, ids: act("breakdown", Breakdown("各期", (("第一期", 3, {}),)), ctx, ids)),
        Indicator("odd.people", "怪人数", "人", "distinct", "去重", items=lambda ctx: act("items", [(r[0], 1) for r in root(ctx)], ctx),
                  records=lambda ctx, ids: Records(("甲",), [])),
        Indicator("odd.more", "怪多了", "", "claim", "次数大于1", claim_needs=("odd.times",), claim=lambda figures: act("claim", True, figures)),
        flow("odd.here", "只在本县", counties=lambda county_id: act("counties", True)),
    ]  # fmt: skip


def compose(report: Any) -> Any:
    act("compose", None, report)
    report.sentence("怪模块报", report.figure("odd.times"), "。")


@hookimpl
def register_report_sections() -> list[ReportSection]:
    return [ReportSection("odd.part", "service", "怪事", 900, compose)]


@contextmanager
def undoing(batch: Any) -> Any:
    act("undoing", None)
    yield
    act("undone", None)


@hookimpl
def register_importers() -> list[Importer]:
    option = ImportOption(
        "which", "哪一个", "choice", choices=lambda county_id: act("choices", [("a", "甲")]), default=lambda county_id: act("default", "a")
    )
    guessed = ImportOption("other", "另一个", required=False, guess=lambda rows, file_name: act("guess", "a", rows))
    return [
        Importer(
            "odd_rows", "怪导入", (Column("name", "名称", required=True),), permission="odd.bring", options=(option, guessed),
            lookups=lambda county_id, options: act("lookups", {}, options), row_key=lambda values: act("row_key", (values["name"],), values),
            judge=lambda row, lookups: act("judge", None, row), check_file=lambda rows, lookups: act("check_file", [], rows),
            apply=lambda batch, rows, lookups, options: act("apply", Counts(added=len(rows)), batch, rows),
            undoing=undoing, after_undo=lambda batch: act("after_undo", None),
        )
    ]  # fmt: skip


@hookimpl
def register_admin_views() -> list[type]:
    return [OddView]


@hookimpl
def register_blueprints() -> list[Blueprint]:
    made = Blueprint("odd_public", __name__)
    made.add_url_rule("/odd/public", "public", public)
    return [made]


@hookimpl
def county_indicators(county: Any) -> list[Indicator]:
    return act("county_indicators", [flow("odd.own", "本县自设")], county)  # type: ignore[no-any-return]


@hookimpl
def county_report_sections(county: Any) -> list[ReportSection]:
    good = [ReportSection("odd.own", "base", "自设一节", 901, lambda report: report.sentence("自设的话。"))]
    return act("county_report_sections", good, county)  # type: ignore[no-any-return]


@hookimpl
def county_panels(county: Any, period: Any, today: Any) -> list[Panel]:
    return act("county_panels", [Panel("怪看板", ("好好的",))], county, period)  # type: ignore[no-any-return]


@hookimpl
def county_search(county: Any, words: Any, today: Any, most: Any) -> list[SearchHits]:
    return act("county_search", [], county, words)  # type: ignore[no-any-return]


@hookimpl
def county_period_problems(county: Any, period: Any) -> list[Problem]:
    return act("county_period_problems", [Problem("怪问题", "不用管")], county, period)  # type: ignore[no-any-return]


@hookimpl
def county_differences(county: Any) -> list[str]:
    return act("county_differences", ["差一条"], county)  # type: ignore[no-any-return]


@hookimpl
def county_enabled(county: Any) -> Any:
    return act("county_enabled", None, county)


@hookimpl
def county_disabled(county: Any) -> Any:
    return act("county_disabled", None, county)


@hookimpl
def county_period_closed(county: Any, period: Any) -> Any:
    return act("county_period_closed", None, county, period)


@hookimpl
def county_submission_points(county: Any, period: Any) -> dict[int, str]:
    return act("county_submission_points", {1: "看一看"}, county, period)  # type: ignore[no-any-return]


@hookimpl
def county_closing_notes(county: Any, period: Any, registry: Any) -> list[Any]:
    return act("county_closing_notes", [ClosingNote("怪提示")], county, period)  # type: ignore[no-any-return]


@hookimpl
def county_period_facts(county: Any, period: Any) -> list[str]:
    return act("county_period_facts", ["怪事一件"], county, period)  # type: ignore[no-any-return]


@hookimpl
def county_ticking_off(county: Any, period: Any, organization_id: int) -> Any:
    return act("county_ticking_off", None, county, period)


@hookimpl
def county_period_preparing(county: Any, period: Any, today: Any, registry: Any) -> Any:
    return act("county_period_preparing", Preparation("怪内容"), county, period)


@hookimpl
def county_period_locking(county: Any, period: Any, prepared: Any) -> Any:
    return act("county_period_locking", PeriodPart("0" * 64, {"odd": "怪"}), county, period)


@hookimpl
def county_lock_verifying(county: Any, period: Any) -> Any:
    return act("county_lock_verifying", PartCheck("0" * 64), county, period)


@hookimpl
def county_periods_verifying(county: Any) -> list[PeriodDifference]:
    return act("county_periods_verifying", [], county)  # type: ignore[no-any-return]


@hookimpl
def county_period_publishing(county: Any, period: Any, reason: str) -> Any:
    return act("county_period_publishing", None, county, period)


@hookimpl
def county_organization_changed(county: Any, organization_id: int, event: str, other_id: int | None) -> Any:
    return act("county_organization_changed", None, county)


@hookimpl
def county_person_erased(county: Any, person_id: int) -> Any:
    return act("county_person_erased", None, county)
