"""Who gave the numbers behind a figure, as the trace and the page of its records show it: with the form, where the reader may open it."""

from dataclasses import dataclass
from typing import Any

from flask import url_for

from youthpilot.core.accounts import allowed
from youthpilot.core.periods.models import Period

from ..given import GivenBy, given_behind
from ..values import FigureSet, Place

SHOWN = 5


@dataclass(frozen=True)
class GivenLine:
    """One number that was given, at its place; url: its form or the county's totals, '' where the reader may open neither."""

    place: Place
    given: GivenBy
    url: str


def given_lines(period: Period, figures: FigureSet, key: str, organization_id: int) -> list[GivenLine]:
    """The numbers given for a figure at an organization and below, in the order of the tree; none for who may see no forms.

    `figures` must be cut to what the reader sees.
    """
    if not allowed("periods.see"):
        return []
    order = {organization: n for n, organization in enumerate(figures.subtree(organization_id))}
    found = given_behind(period, figures.meaning(key), order)
    return [GivenLine(figures.places[g.organization_id], g, _url(period, g)) for g in sorted(found, key=lambda g: order[g.organization_id])]


def _url(period: Period, given: GivenBy) -> str:
    values: dict[str, Any] = {"period": period.code}
    if given.has_form:
        return url_for("fill.review", organization=given.organization_id, **values)
    county_s = given.origin == "total" and given.organization_id == period.organization_id
    return url_for("periods.totals", **values) if county_s and allowed("periods.manage") else ""
