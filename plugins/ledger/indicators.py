"""The county's own figures as indicators: no computation, entered by hand."""

from collections.abc import Iterable
from datetime import date, timedelta

from youthpilot.plugins.figures import Indicator

from .queries import OwnFigure, own_figures

KEPT = timedelta(days=400)  # a closed figure is still shown with the report of the half-year in which it was closed


def county_own(on: date) -> list[Indicator]:
    """Indicators of the county in scope. A figure closed or continued by a module is no longer asked, but keeps its past."""
    return [_indicator(own, on) for own in own_figures(on) if _kept(own, on)]


def _kept(own: OwnFigure, on: date) -> bool:
    closed = own.figure.closed_on
    return closed is None or closed >= on - KEPT or bool(own.figure.replaced_by)


def _indicator(own: OwnFigure, on: date) -> Indicator:
    version, figure = own.version, own.figure
    over = (figure.closed_on is not None and figure.closed_on < on) or (figure.replaced_from is not None and figure.replaced_from <= on)
    return Indicator(
        key=figure.key,
        title=version.title,
        unit=version.unit,
        kind=figure.kind,
        definition=version.definition,
        decimals=version.decimals,
        version=version.number,
        responsible=version.responsible,
        asked_of=() if over else tuple(_kinds(version.asked_of)),
        across_time="sum" if figure.kind == "flow" else "last",
        format=version.format,
        order=figure.position,
        successor=figure.replaced_by,
    )


def _kinds(asked_of: Iterable[str]) -> Iterable[str]:
    """镇 in a definition means streets too, 村 communities too."""
    for kind in asked_of:
        yield kind
        if kind == "township":
            yield "street"
        elif kind == "village":
            yield "community"
