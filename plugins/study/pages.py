"""What the module's screens share: tabs, the form page, buttons, the chosen unit and the way to it, names masked for who only looks."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import abort, current_app, flash, redirect, request

from youthpilot.admin import ModuleView, allowed, bounded, name_for, row_id
from youthpilot.core import CalendarPeriod, Organization, RuleError, YouthpilotError, current_scope, today

from . import queries
from .files import IMPORTERS
from .forms import Choices, choices
from .models import StudyIssue
from .rules import percent
from .words import _


def tabs(view: Any) -> list[dict[str, Any]]:
    """The module's pages; those of views that are not there are left out."""
    pages = (
        ("study_issues.index", _("Study issues")),
        ("study_issues.ranking", _("Ranking")),
        ("study_matrix.index", _("Branches by issue")),
        ("study_people.index", _("Study roster")),
        ("study_people.streaks", _("Missed in a row")),
        ("study_points.index", _("Study points")),
        ("study_records.index_view", _("Study records")),
        ("study_sources.index", _("Two sources")),
        ("study_flags.index", _("Study flags")),
        ("study_life.index", _("League life")),
    )
    there = current_app.view_functions
    return [{"label": label, "url": view.get_url(to), "current": request.endpoint == to} for to, label in pages if to in there]


class StudyPage(ModuleView):
    """Base of the module's own screens."""

    permission_read = "study.read"
    permission_write = "study.record"

    def show(self, template: str, **values: Any) -> str:
        """A page of the module with what all its pages need."""
        shown = {"set_to": self.settings(), "percent": self.percent, "is_manager": allowed("study.manage"), "may_record": self.may_write()}
        return self.render(f"study/{template}.html", tabs=tabs(self), imports=self.imports(), **shown, **values)

    def settings(self) -> Choices:
        """The county's settings in force today."""
        return choices(current_scope().county_id or 0, today())

    def percent(self, rate: Any) -> str:
        """84.6%, or — where there is no base."""
        value = percent(rate, self.settings().rounding)
        return "—" if value is None else f"{value}%"

    def imports(self) -> list[tuple[str, str]]:
        """(title, address) of the module's importers, for those who may use them."""
        if not self.may_write() or "imports.new" not in current_app.view_functions or not allowed("imports.run"):
            return []
        return [(i.title, self.get_url("imports.new", key=i.key)) for i in IMPORTERS]

    def form_page(self, form: Any, title: str, save: Callable[[], str], note: str = "", template: str = "form", **values: Any) -> Any:
        """The form; a POST saves and leads on, or stays with the message at its field."""
        status = 200
        if request.method == "POST":
            status = 422
            if form.validate():
                try:
                    return redirect(save())
                except RuleError as error:
                    field = form[error.field] if error.field in form else next(iter(form))
                    field.errors = [*field.errors, str(error)]
                except YouthpilotError as error:
                    status = error.status
                    flash(str(error), "error")
        return self.show(template, form=form, form_title=title, note=note, return_url=self.back(), **values), status

    def act(self, act: Callable[[], Any], done: str, to: str, refused: str = "") -> Any:
        """A button: do it, say so, go on; or say why not."""
        try:
            act()
        except YouthpilotError as error:
            flash(str(error), "error")
            return redirect(refused or to)
        if done:
            flash(done, "success")
        return redirect(to)

    def unit(self) -> Organization:
        """The organization of the request, else the top one that the user sees."""
        raw = request.values.get("organization")
        found = Organization.get_or_none(Organization.id == row_id(raw)) if raw else self.root()
        return found if found is not None else abort(404)

    def root(self) -> Organization:
        """The top organization that the user sees."""
        found = queries.scope_root()
        return found if found is not None else abort(404)

    def path(self, unit: Organization) -> list[Organization]:
        """From the top that the user sees down to the unit."""
        path = [unit]
        while path[0].parent_id and (above := Organization.get_or_none(Organization.id == path[0].parent_id)):
            path.insert(0, above)
        return path

    def ids(self, unit: Organization) -> set[int]:
        """The organization and everything below it."""
        return {o for (o,) in queries.below(unit.id).tuples()}

    def shown(self, names: list[tuple[str, str]], at: int) -> list[tuple[str, str]]:
        """(unit, name) of people at or below the organization `at`: full names for those who keep its records, masked ones for all others."""
        return [(unit, self.masked(name, at)) for unit, name in names]

    def masked(self, name: str, at: int) -> str:
        """The name of somebody at or below the organization `at`, as the person of this request may see it."""
        return name_for(name, "study.record", at)

    def half(self) -> tuple[date, date, int]:
        """(first day, last day, 1 or 2) of the half-year of the request (`year`, `half`), else the one of the last issue."""
        current = CalendarPeriod.of(queries.current_half(today()), "half_year")
        year, half = bounded(request.args.get("year"), 2000, 2100, current.year), bounded(request.args.get("half"), 1, 2, current.number)
        asked = CalendarPeriod(year, "half_year", half)
        return asked.start, asked.end, half

    def halves(self, endpoint: str, first: date, **address: Any) -> list[dict[str, Any]]:
        """Chips of the half-years in which issues closed, newest first."""
        closing = StudyIssue.select(StudyIssue.closes_on).distinct().tuples()
        found = sorted({CalendarPeriod.of(day, "half_year") for (day,) in closing}, key=lambda half: half.start, reverse=True)
        return [
            {"label": h.title, "url": self.get_url(endpoint, year=h.year, half=h.number, **address), "current": h.start == first} for h in found[:8]
        ]


def half_name(year: int, half: int) -> str:
    """2023年上半年."""
    return CalendarPeriod(year, "half_year", half).title


def posted() -> Any:
    """The form's data of a POST, None else."""
    return request.form if request.method == "POST" else None
