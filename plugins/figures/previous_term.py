"""Ages of the secretaries of the previous term, and whether the present ones are younger."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from youthpilot.core.cadres.models import Election
from youthpilot.core.cadres.queries import LEVELS
from youthpilot.core.kernel.numbers import round_half_up
from youthpilot.core.organizations.models import Organization


def previous_ages(county_id: int, level: str, day: date) -> list[tuple[int, Any, Any]]:
    """(organization id, sum of ages in years, persons) of the previous term's secretaries, as each last election until `day` stored them.

    A total entered for the whole level stands at the county and counts for as many organizations as have no known election of
    their own: its sum is then taken in proportion, so that its mean stays.
    """
    own = Organization
    kinds = dict(own.select(own.id, own.kind).where((own.county == county_id) & (own.closed_on.is_null() | (own.closed_on >= day))).tuples())
    latest: dict[int, tuple[Any, Any]] = {}
    total: tuple[int, Any, Any] | None = None
    election = Election
    query = election.select(election.organization, election.covers_kind, election.before_age_sum, election.before_count)
    for place, covers, age_sum, count in query.where((election.county == county_id) & (election.held_on <= day)).order_by(election.held_on).tuples():
        if covers == level:
            total = (place, age_sum, count)
        elif not covers and kinds.get(place) in LEVELS[level]:
            latest[place] = (age_sum, count)
    known = [(place, age_sum, count) for place, (age_sum, count) in latest.items() if age_sum is not None and count]
    if total is None or total[1] is None or not total[2] or total[2] <= len(known):
        return known
    place, age_sum, count = total
    rest = count - len(known)
    return [*known, (place, age_sum if rest == count else Decimal(age_sum) * rest / count, rest)]


def fell(now: Decimal | None, before: Decimal | None) -> bool | None:
    """Whether a printed mean (one decimal, half-up) is below the one before; equal is not; None if either is not known."""
    if now is None or before is None:
        return None
    return round_half_up(now, 1) < round_half_up(before, 1)


def both_fell(pairs: Iterable[tuple[Decimal | None, Decimal | None]]) -> bool | None:
    """Whether every mean fell; None if any is not known."""
    found = [fell(now, before) for now, before in pairs]
    return None if None in found else all(found)
