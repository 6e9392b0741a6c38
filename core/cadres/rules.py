"""Rules of ages, posts and terms of cadres. Pure; numbers are dated defaults that a county may set. Sources: domain.md §2.1, §2.3, §11.2 (5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ..kernel.calendar import age
from ..kernel.numbers import round_half_up
from ..organizations.rules import EVER, Thresholds

DEFAULTS: dict[str, tuple[tuple[date, int], ...]] = {
    "cadres.age_ceiling_county": ((EVER, 40),),  # above it: a warning, never a block
    "cadres.age_ceiling_township": ((EVER, 35),),
    "cadres.age_ceiling_village": ((EVER, 35),),
    "cadres.age_ceiling_other": ((EVER, 45),),
    "cadres.posts_county": ((EVER, 7),),
    "cadres.posts_township": ((EVER, 9),),
    "cadres.posts_committee": ((EVER, 7),),
    "cadres.posts_general_branch": ((EVER, 5),),
    "cadres.posts_branch": ((EVER, 3),),  # a branch with a committee
    "cadres.posts_small_branch": ((EVER, 1),),  # below it: one secretary
    "cadres.committee_from_members": ((EVER, 7),),
}
NOT_IN_COMMITTEE = ("instructor",)  # holds a post, but no seat of the committee


@dataclass(frozen=True)
class MeanAge:
    """Ages on a day: their sum in full years, of how many persons, and how many have no (possible) birth date and are left out."""

    total: int
    count: int
    unknown: int

    @property
    def value(self) -> Decimal | None:
        """The mean, half-up to one decimal; None of nobody."""
        return round_half_up(Decimal(self.total) / self.count, 1) if self.count else None


def mean_age(births: Iterable[date | None], on: date) -> MeanAge:
    """The mean age on a day. Birth dates that are missing or lie after the day are counted as unknown."""
    every = list(births)
    ages = [age(birth, on) for birth in every if birth is not None and birth <= on]
    return MeanAge(sum(ages), len(ages), len(every) - len(ages))


def posts_due(kind: str, org_type: str, members: int | None, limits: Thresholds, on: date) -> int:
    """Seats that a body should have filled, where the organization says none itself. Members not known: as a small branch."""
    if kind == "county":
        return limits.at("cadres.posts_county", on)
    if org_type == "branch":
        big = members is not None and members >= limits.at("cadres.committee_from_members", on)
        return limits.at("cadres.posts_branch" if big else "cadres.posts_small_branch", on)
    if org_type == "general_branch":
        return limits.at("cadres.posts_general_branch", on)
    return limits.at("cadres.posts_township" if kind in ("township", "street") else "cadres.posts_committee", on)


def age_ceiling(kind: str, limits: Thresholds, on: date) -> int:
    """The age (included) up to which a post of this level is usual; above it a warning, never a block."""
    level = {"county": "county", "township": "township", "street": "township", "village": "village", "community": "village"}.get(kind, "other")
    return limits.at(f"cadres.age_ceiling_{level}", on)


def overlap(start: date, end: date | None, other_start: date, other_end: date | None) -> bool:
    """Whether two spans of days (both ends included; None: still) share a day."""
    return (end is None or other_start <= end) and (other_end is None or start <= other_end)
