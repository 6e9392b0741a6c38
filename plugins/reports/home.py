"""What the report adds to the county's home: buttons, points to settle, six figures as it writes them, targets."""

from decimal import Decimal
from typing import Any

from flask import url_for

from youthpilot.core.accounts import allowed
from youthpilot.core.counties.services import setting
from youthpilot.core.hookvalues import PeriodValue
from youthpilot.core.kernel.numbers import number_text
from youthpilot.core.periods.queries import get_period
from youthpilot.core.screens import HomeAction, HomeFigure, HomeParts, HomeTarget, HomeTodo
from youthpilot.core.web.current import current_registry, the_county
from youthpilot.plugins.figures import formats
from youthpilot.plugins.figures.queries import base_values, figures_of, history_of
from youthpilot.plugins.figures.values import FigureSet

from .document import Document, Figure, FigureRef, figure_text, walk
from .services import document_for, targets_for, why_no_report
from .words import _, ngettext

CARDS = 6


def home(value: PeriodValue | None, organization_id: int | None) -> HomeParts:
    """Everything for the county's home; nothing for that of an organization or of a county without a period."""
    if value is None or organization_id is not None:
        return HomeParts()
    period = get_period(value.code)
    document = document_for(period, the_county(), current_registry())
    figures = figures_of(the_county(), period, current_registry())
    targets = tuple(target(t, v, figures) for t, v in targets_for(period, figures))
    return HomeParts(actions(period), tuple(todos(period, document)), tuple(cards(period, document)), targets)


def actions(period: Any) -> tuple[HomeAction, ...]:
    """Preview and Word file, for who may see the report."""
    if not allowed("report.see"):
        return ()
    words = _("Compile the report of %(period)s", period=period.calendar.name)
    preview = HomeAction(_("Preview"), url_for("report.index"), "eye")
    return preview, HomeAction(words, url_for("report.word"), "download", True, (("period", period.code),))


def todos(period: Any, document: Document) -> list[HomeTodo]:
    """What is open in the report, and a report that is not published yet."""
    found, report = [], url_for("report.index")
    if document.gaps and allowed("report.see"):
        text = ngettext("%(num)s point of the report to settle", "%(num)s points of the report to settle", len(document.gaps))
        found.append(HomeTodo(text, "；".join(g.text for g in document.gaps[:2]), report, _("Settle"), "report", order=30))
    if why := why_no_report(period):
        found.append(HomeTodo(why, "", url_for("periods.show", period=period.code), _("Look"), "lock", True, order=50))
    elif period.state == "locked":
        text = _("The period is locked, the report is not published yet")
        found.append(HomeTodo(text, "", report, _("Publish"), "report", order=50))
    return found


def cards(period: Any, document: Document) -> list[HomeFigure]:
    """Six figures as the report writes them: the county's choice, else one of each section in reading order."""
    texts: dict[str, tuple[Figure, str]] = {}
    for item in walk(document):
        if isinstance(item, FigureRef) and item.figure_id in document.figures:
            figure = document.figures[item.figure_id]
            texts.setdefault(figure.key, (figure, figure_text(document, item)))
    chosen = [k for k in setting(the_county().id, "core", "home_figures", default=[]) if k in texts]
    ranked = sorted((k for k in texts if texts[k][0].kind != "claim"), key=lambda k: texts[k][0].source != "computed")
    chosen += [k for k in ranked if k not in chosen]
    last_year = base_values(the_county(), period, current_registry()).last_year
    return [card(period, *texts[key], last_year.get(key)) for key in chosen[:CARDS]]


def card(period: Any, figure: Figure, text: str, before: Decimal | None) -> HomeFigure:
    """One figure with its movement against the same period last year."""
    number, unit = (text.removesuffix(figure.unit), figure.unit) if text.endswith(figure.unit) else (text, "")
    for big in ("万", "亿"):
        if number.endswith(big):
            number, unit = number.removesuffix(big), big + unit
    now = figure.value if not isinstance(figure.value, bool) else None
    exact = now is not None and number_text(now) not in text
    series = history_of(the_county(), period, figure.key, now, current_registry())
    back = len(series) - 1 - period.calendar.per_year
    base = back if back >= 0 and before is not None else None
    return HomeFigure(
        figure.key,
        figure.title,
        number,
        unit,
        _("true value %(value)s", value=formats.display_true(now)) if exact else "",
        "" if now is None or before is None or now == before else "up" if now > before else "down",
        movement(now, before, figure),
        _("%(title)s %(value)s", title=_("same period last year"), value=base_text(before, figure)) if before is not None else "",
        tuple(series),
        base,
        url_for("report.index", figure=figure.key) + "#trace",
    )


def movement(now: Decimal | None, before: Decimal | None, figure: Figure) -> str:
    """增8.1% / 降0.9岁 as on the card; '' without a base."""
    words = formats.change_words(now, before, figure.kind, figure.unit, base="")
    if not words:
        known = now is not None and before is not None
        return f"增 {number_text(now - before)}{figure.unit}" if known and now > before else ""  # type: ignore[operator]
    for long, short in (("比增长", "增 "), ("比下降", "降 "), ("比增加", "增 "), ("比减少", "降 "), ("比提高", "升 ")):
        words = words.replace(long, short)
    return words.replace("与基本持平", _("about the same")).replace("与持平", _("the same"))


def base_text(before: Decimal, figure: Figure) -> str:
    """The base in the report's formats."""
    return formats.format_figure(before, figure.unit, formats.default_format(figure.kind, figure.unit, before))


def target(promised: Any, value: Decimal | None, figures: FigureSet) -> HomeTarget:
    """A target and how far it is."""
    figure = figures.get(promised.key)
    unit = figure.unit if figure else ""
    share = value / promised.value * 100 if value is not None and promised.value else None
    words = (lambda v: formats.format_figure(v, unit, formats.default_format(figure.kind, unit, v))) if figure else (lambda v: f"{v}")
    return HomeTarget(
        figure.title if figure else promised.text,
        _("target %(comparator)s %(value)s", comparator="≥" if promised.comparator == ">=" else "≤", value=words(promised.value)),
        words(value) if value is not None else "—",
        "" if share is None else _("reached") if share >= 100 else f"{share:.1f}%",
        min(share or Decimal(0), Decimal(100)),
        "ok" if share is not None and share >= 100 else "",
    )
