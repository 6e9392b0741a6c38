"""Figures in the search: found by their title, told as the report writes them."""

from datetime import date

from flask import url_for

from youthpilot.core.accounts import allowed
from youthpilot.core.kernel.actor import current_actor
from youthpilot.core.periods.queries import current_period
from youthpilot.core.screens import SearchHit, SearchHits
from youthpilot.core.web.current import current_registry, the_county
from youthpilot.plugins.figures.formats import default_format, format_figure
from youthpilot.plugins.figures.queries import figures_of

from .words import _


def search(words: str, today: date, most: int) -> list[SearchHits]:
    """Indicators whose title has the words, at the user's own organization; [] for who may see no figures."""
    period, actor = current_period(today), current_actor()
    if period is None or actor is None or not allowed("figures.see"):
        return []
    figures = figures_of(the_county(), period, current_registry()).visible(actor.root_id)
    at = actor.root_id or figures.root
    page, mark = ("report.index", "#trace") if allowed("report.see") else ("report.records", "")
    found = [f for f in figures.for_organization(at) if words in f.title][:most]
    hits = tuple(
        SearchHit(
            f.title,
            format_figure(f.value, f.unit, default_format(f.kind, f.unit, f.value)),
            url_for(page, period=period.code, figure=f.key, organization=at) + mark,
        )
        for f in found
    )
    return [SearchHits(_("Figures"), "report", hits, 10)] if hits else []
