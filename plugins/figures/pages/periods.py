"""What figures add to the screen of reporting periods: earlier periods as totals, and the figures of any stretch of days."""

from datetime import date
from typing import Any

from flask import flash, redirect, request, url_for
from wtforms import DateField
from wtforms.validators import InputRequired

from youthpilot.admin.baseview import ScreenPart, expose, needs
from youthpilot.admin.pages.forms import PageForm
from youthpilot.core.kernel.actor import current_actor
from youthpilot.core.kernel.calendar import CalendarPeriod
from youthpilot.core.kernel.clock import today
from youthpilot.core.kernel.db import transaction
from youthpilot.core.kernel.errors import ConflictError, RuleError
from youthpilot.core.organizations.models import Organization
from youthpilot.core.periods.lock import lock
from youthpilot.core.periods.models import Period
from youthpilot.core.periods.queries import current_period, get_period, suggested_code
from youthpilot.core.periods.services import open_period
from youthpilot.core.web.current import current_registry, the_county

from ..queries import figures_of
from ..totals import last_source
from ..words import _, _l
from .span import MOST_DAYS, sentence_of, span_rows
from .totals import posted_totals, recorded_values, save_totals, total_fields

EARLIER = 2  # periods before the first report, as totals


class SpanForm(PageForm):
    """From the first to the last day, both included."""

    class Meta:
        csrf = False  # asks only

    first = DateField(_l("From"), [InputRequired(_l("Choose the day"))])
    last = DateField(_l("To (included)"), [InputRequired(_l("Choose the day"))])


class PeriodFigures(ScreenPart):
    """Totals and stretches of days, on the screen of periods."""

    part_of = "periods"

    def earlier_periods(self, found: list[Period]) -> list[CalendarPeriod]:
        """What the report compares with and is not there yet: the same one last year and the one before, of the current period's kind."""
        current = current_period(today())
        first = current.calendar if current else CalendarPeriod.parse(suggested_code(today()))
        there = {p.code for p in found}
        return [span for span in dict.fromkeys((first.last_year, first.previous)) if span.code not in there][:EARLIER]

    @expose("/earlier", methods=("POST",))
    def earlier(self) -> Any:
        """Begin an earlier period that nobody owes, for its totals."""
        try:
            span = CalendarPeriod.parse(request.form.get("code", ""))
            if span.end >= today():
                raise RuleError(_("Only periods that are over are entered as totals"))
            opened = open_period(the_county(), span.code, span.end, current_registry(), _actor(), owing=False)
            return redirect(url_for("periods.totals", period=opened.code))
        except (ConflictError, RuleError) as error:
            flash(str(error), "error")
            return redirect(url_for("periods.index"))

    @expose("/totals", methods=("GET", "POST"))
    @needs("periods.manage")
    def totals(self) -> Any:
        """The county's figures of a period as totals, with the file they were taken from."""
        if request.method == "GET":
            period = get_period(request.args.get("period", ""))
            return self._totals(period, None, "", {})
        period, source = _posted(), request.form.get("source", "").strip()[:200]
        typed, errors = posted_totals(request.form), dict[str, str]()
        try:
            with transaction():
                count, errors = save_totals(period, typed, source, current_registry(), _actor())
                if not errors and request.form.get("then") == "lock":
                    lock(period, current_registry(), _actor(), str(_("Entered as totals from %(source)s", source=source)))
        except (ConflictError, RuleError) as error:
            flash(str(error), "error")
            return self._totals(get_period(period.code), typed, source, {}), error.status
        if errors:
            flash(_("Nothing was stored: %(num)s figures cannot be so", num=len(errors)), "error")
            return self._totals(period, typed, source, errors), 422
        flash(_("%(num)s figures stored as totals", num=count), "success")
        return redirect(url_for("periods.show", period=period.code))

    def _totals(self, period: Period, typed: Any, source: str, errors: dict[str, str]) -> str:
        fields = total_fields(period, current_registry(), typed)
        recorded = recorded_values(figures_of(the_county(), period, current_registry())) if period.state == "open" else {}
        return self.render(
            "figures/totals.html", period=period, fields=fields, recorded=recorded, source=source or last_source(period), errors=errors
        )

    @expose("/span")
    @needs("figures.see")
    def span(self) -> Any:
        """Figures from one day to another, with a sentence to copy (截至今天)."""
        day = today()
        form = SpanForm(request.args if "first" in request.args else None, first=CalendarPeriod.of(day, "month").year_start, last=day)
        rows: list[Any] = []
        text = ""
        if "first" not in request.args or form.validate():
            first, last = form.first.data, form.last.data
            if last < first or (last - first).days > MOST_DAYS:
                form.last.errors = [str(_("The last day lies before the first, or more than three years after it"))]
            else:
                place, figures = self._span_figures(first, last)
                rows = span_rows(figures, place, last)
                text = sentence_of(rows, first, last, day, place.short if place.parent_id else the_county().name)
        return self.render("figures/span.html", form=form, rows=rows, sentence=text, day=day)

    def _span_figures(self, first: date, last: date) -> tuple[Organization, Any]:
        actor = current_actor()
        root = actor.root_id if actor else None
        place = Organization.get(Organization.parent.is_null()) if root is None else Organization.get_by_id(root)
        return place, figures_of(the_county(), (first, last), current_registry()).visible(root)


def _posted() -> Period:
    return get_period(request.form.get("period", ""))


def _actor() -> Any:
    return current_actor()
