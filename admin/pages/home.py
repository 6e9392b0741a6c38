"""The first page: what is to do today, who has reported, and what plugins add: figures, targets, buttons, what modules say."""

from collections.abc import Iterable
from typing import Any

from flask import redirect, url_for

from youthpilot.core.accounts import allowed
from youthpilot.core.hookspecs import Specs
from youthpilot.core.kernel.actor import current_actor
from youthpilot.core.kernel.calendar import days_late
from youthpilot.core.kernel.clock import today
from youthpilot.core.kernel.i18n import lazy_gettext as _l
from youthpilot.core.organizations.models import Organization
from youthpilot.core.periods.queries import completeness, current_period, open_periods, period_value, submission_of
from youthpilot.core.periods.reminders import reminder_text
from youthpilot.core.screens import HomeParts, HomeStep
from youthpilot.core.web.current import current_county, current_registry, registry

from ..baseview import BaseAdminView, expose
from ..context import mounted
from .home_news import News, news, panel_todos, title_of, told_by_modules
from .home_todos import account_todos, first_steps, module_todos, period_todos, term_todos
from .platform import platform_landing


class HomeView(BaseAdminView):
    """Home of a county; on the platform's side its landing page."""

    name = _l("Home")
    icon = "home"
    slug = "admin"
    permission_read = "signed_in"
    side = "both"  # type: ignore[assignment]

    def __init__(self, plugin: str = "") -> None:
        super().__init__(plugin, endpoint="admin", url="/", static_folder="static")

    def is_accessible(self) -> bool:
        """Everybody signed in has a home."""
        return current_actor() is not None

    def is_visible(self) -> bool:
        """Not in the menu of somebody who has no home here (a partner)."""
        return current_county() is None or allowed("home.see")

    def _handle_view(self, name: str, **kwargs: Any) -> None:
        """The guard has judged already; the platform's landing is open to everybody."""

    @expose("/")
    def index(self) -> Any:
        """The county's home, the checklist of a new county, or the platform's landing.

        Of several open periods it shows the one due first; the others stand beside it, each with the way to its board or form.
        """
        if current_county() is None:
            return platform_landing()
        if not allowed("home.see"):
            return redirect(self._first_page())
        period = current_period(today())
        if period is None:
            return (
                self.render("home/checklist.html", steps=_steps(), period=None, todos=account_todos() + module_todos())
                if allowed("periods.manage")
                else self.render("board/none.html")
            )
        actor = current_actor()
        if actor is not None and not actor.whole:
            return self._of_unit(period)
        return self._of_county(period)

    def _first_page(self) -> str:
        """Where somebody starts who has no home here (a partner): the first page of the menu that he may open, else his account."""
        found = (v for v in self.admin._views if v is not self and v.is_visible() and v.is_accessible())
        return next((url_for(f"{v.endpoint}.{v._default_view}") for v in found), url_for("account.index"))

    def _of_county(self, period: Any) -> str:
        counted, told = completeness(period), told_by_modules(period_value(period))
        parts, failed = _added(period, None)
        own = period_todos(period, counted) + term_todos() + [todo for p in parts for todo in p.todos]
        return self.render(
            "home/index.html",
            period=period,
            counted=counted,
            day=today(),
            late=days_late(today(), period.due_on),
            others=_others(period),
            actions=[action for p in parts for action in p.actions],
            todos=account_todos() + module_todos() + sorted(own, key=lambda todo: todo.order) + panel_todos(told),
            reminder=reminder_text(period, today(), counted, mounted("fill.review")) if counted.missing and period.state == "open" else "",
            cards=_section(p.figures for p in parts),
            targets=[target for p in parts for target in p.targets],
            modules=module_rows(),
            news=failed + news(told),
            steps=[],
        )

    def _of_unit(self, period: Any) -> str:
        """A township's home: its own form first, then those below it."""
        actor = current_actor()
        organization = Organization.get_by_id(actor.root_id)  # type: ignore[union-attr]
        parts, failed = _added(period, organization.id)
        return self.render(
            "home/unit.html",
            period=period,
            organization=organization,
            own=submission_of(period, organization.id),
            counted=completeness(period),
            late=days_late(today(), period.due_on),
            others=_others(period),
            actions=[action for p in parts for action in p.actions],
            rows=_section(p.rows for p in parts),
            news=failed + news(told_by_modules(period_value(period))),
        )


def _added(period: Any, organization_id: int | None) -> tuple[list[HomeParts], list[News]]:
    """What plugins add, and a plain message for each that failed."""
    value = period_value(period) if period is not None else None
    told = current_registry().each(Specs.county_home, period=value, today=today(), organization_id=organization_id)
    return [parts for _name, parts in told if parts is not None], [News(title_of(name), "warn", "", "") for name, parts in told if parts is None]


def _others(period: Any) -> list[Any]:
    """What is open beside the period shown."""
    return [p for p in open_periods(today()) if p.id != period.id]


def _section(given: Iterable[tuple[Any, ...] | None]) -> list[Any] | None:
    """What several plugins put into one section; None if nobody has it."""
    found = [part for part in given if part is not None]
    return [one for part in found for one in part] if found else None


def _steps() -> list[HomeStep]:
    """The first steps of a new county, core's and those of plugins."""
    parts, _failed = _added(None, None)
    return sorted([*first_steps(), *(step for p in parts for step in p.steps)], key=lambda step: step.order)


def module_rows() -> list[dict[str, Any]]:
    """Every installed module with its switch."""
    enabled = current_registry().enabled
    return [
        {"name": i.plugin.name, "title": i.plugin.title, "icon": i.plugin.icon, "text": i.plugin.description, "on": i.plugin.name in enabled}
        for i in registry().ordered()
    ]
