"""Screens of points: totals by organization and half-year, the entries behind them, computing, taking an entry back."""

from typing import Any

from flask import abort, flash, request

from youthpilot.admin import bounded, expose, needs, row_id
from youthpilot.core import CalendarPeriod, current_scope, today

from . import queries, scoring
from .models_points import StudyPoint
from .pages import StudyPage, half_name, posted
from .peopleforms import ReverseForm
from .pointing import point_choices
from .rules_points import RULES
from .words import _, _l

PAGE = 100


class PointsView(StudyPage):
    """Points of branches and persons, from rules; nothing here is typed."""

    name = _l("Study points")
    category = _l("Fields of work")
    icon = "study"
    slug = "points"
    in_menu = False
    permission_write = "study.manage"

    @expose("/")
    def index(self) -> Any:
        """One line per unit below an organization, most points first."""
        unit = self.unit()
        first, last, half = self.half()
        values = {"unit": unit, "path": self.path(unit), "lines": scoring.totals(unit, first, last), "first": first, "half": half}
        values |= {"rules": point_choices(current_scope().county_id or 0, min(last, today())), "title": half_name(first.year, half)}
        return self.show("points", halves=self.halves(".index", first, organization=unit.id), children=bool(queries.children(unit)), **values)

    @expose("/entries/")
    def entries(self) -> Any:
        """The entries behind a total."""
        unit = self.unit()
        first, last, half = self.half()
        rule = request.args.get("rule", "")
        if rule and rule not in RULES:
            abort(400)
        query = scoring.entries(unit.id, first, last, rule)
        page, count = bounded(request.args.get("page"), 0, 100_000, 0), query.order_by().count()
        rows = list(query.paginate(page + 1, PAGE))
        place = {"organization": unit.id, "year": first.year, "half": half}
        words = {"": _("All entries")} | RULES
        chips = [{"label": w, "url": self.get_url(".entries", rule=k or None, **place), "current": k == rule} for k, w in words.items()]
        values = {
            "rows": rows,
            "back": scoring.taken_back([r.id for r in rows]),
            "count": count,
            "page": page,
            "pages": -(-count // PAGE),
            "chips": chips,
        }
        values |= {"unit": unit, "path": self.path(unit), "place": place, "rule": rule, "title": half_name(first.year, half), "RULES": RULES}
        return self.show("entries", halves=self.halves(".entries", first, organization=unit.id), masked=self.masked, **values)

    @expose("/compute/", methods=("POST",))
    @needs("study.manage")
    def compute(self) -> Any:
        """Bring the entries of a half-year up to date."""
        first, last, half = self.half()
        to = self.get_url(".index", year=first.year, half=half)

        def save() -> None:
            done = scoring.compute(first, last)
            flash(_("%(added)s entries added, %(back)s taken back.", added=done.added, back=done.reversed), "success")

        return self.act(save, "", to)

    @expose("/reverse/", methods=("GET", "POST"))
    @needs("study.manage")
    def reverse(self) -> Any:
        """Take one entry back, with a reason."""
        row = StudyPoint.get_or_none(StudyPoint.id == row_id(request.values.get("id")))
        if row is None:
            abort(404)
        form = ReverseForm(posted())

        def save() -> str:
            scoring.reverse(row.id, form.reason.data)
            flash(_("Taken back; both entries stay on record."), "success")
            half = CalendarPeriod.of(row.counted_on, "half_year")
            return str(self.get_url(".entries", organization=row.organization_id, year=half.year, half=half.number))

        return self.form_page(form, _("Take an entry of points back"), save, row.reason)
