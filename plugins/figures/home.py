"""What figures add to the home of an organization and to the first steps of a new county."""

from flask import url_for

from youthpilot.core.accounts import allowed
from youthpilot.core.hookvalues import PeriodValue
from youthpilot.core.periods.models import Period
from youthpilot.core.periods.queries import get_period, submission_of
from youthpilot.core.screens import HomeAction, HomeParts, HomeRow, HomeStep
from youthpilot.core.web.current import current_registry, the_county

from .formats import default_format, format_figure
from .models import FigureEntry
from .queries import figures_of
from .values import FigureValue
from .words import _


def home(value: PeriodValue | None, organization_id: int | None) -> HomeParts:
    """The form's button and the figures beside the county's for an organization; the step of earlier totals without a period."""
    if value is None:
        return HomeParts(steps=(_totals(),))
    if organization_id is None:
        return HomeParts()
    period = get_period(value.code)
    return HomeParts(actions=_form(period, organization_id), rows=_rows(period, organization_id))


def _totals() -> HomeStep:
    earlier = FigureEntry.select(FigureEntry.period).where(FigureEntry.origin == "total").distinct().count()
    title, text = _("Enter two earlier periods as totals"), _("So that the report can compare")
    return HomeStep(title, text, url_for("periods.index"), earlier, 2, 40)


def _form(period: Period, organization_id: int) -> tuple[HomeAction, ...]:
    if period.state != "open" or not allowed("periods.fill"):
        return ()
    own = submission_of(period, organization_id)
    words = _("See our form") if own and own.state in ("submitted", "accepted") else _("Fill in our form")
    return (HomeAction(words, url_for("fill.index"), "pencil", True),)


def _rows(period: Period, organization_id: int) -> tuple[HomeRow, ...]:
    figures = figures_of(the_county(), period, current_registry())
    county = {f.key: f for f in figures.for_organization()}
    shown = [f for f in figures.for_organization(organization_id) if f.value is not None and f.kind != "claim"]
    return tuple(HomeRow(f.title, _words(f), _words(county.get(f.key))) for f in shown)


def _words(figure: FigureValue | None) -> str:
    """A figure as the report writes it; — for one that is not known."""
    if figure is None or figure.value is None:
        return "—"
    return format_figure(figure.value, figure.unit, default_format(figure.kind, figure.unit, figure.value))
