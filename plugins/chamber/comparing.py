"""A re-election before and after: the roll, ages and sectors on the day before and on the day of the congress, and who held which post."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from youthpilot.core import age

from .models import ChamberPost, ChamberTerm
from .queries import Standing, before_term, births, posts_of, sectors_on, standing_on, term_on
from .rules import POSTS, SECTORS, rate

YOUNG = 35  # full years, included: the band that re-election reports print


@dataclass(frozen=True)
class Line:
    """One thing compared; None: not known."""

    title: str
    before: Any
    after: Any
    unit: str = ""

    @property
    def change(self) -> Any:
        """After less before; None if one is not known."""
        return None if self.before is None or self.after is None else self.after - self.before


@dataclass(frozen=True)
class Holder:
    """A post's holder with his age on the day (None: no birth date); `stays`: he had a post in the other term too."""

    name: str
    organization_id: int
    unit: str
    age: int | None
    stays: bool


@dataclass(frozen=True)
class Comparison:
    """Both days, what is counted, the posts: (title, holders before, holders after)."""

    before_on: date
    after_on: date
    lines: list[Line]
    posts: list[tuple[str, list[Holder], list[Holder]]]
    stayed: int
    new: int


def comparison(term: ChamberTerm) -> Comparison | None:
    """What the congress of a term changed; None if nothing was kept of the term before (the first one).

    Units, sectors, ages and posts before are those kept with the term on the day it was entered; the rest is read from the rows.
    """
    before, after = before_term(term), standing_on(term.started_on)
    if before is None:
        return None
    old_term = term_on(before.on)
    old = [] if old_term is None else [p for p in posts_of(old_term, before.on) if p.title != "member"]
    new = [p for p in posts_of(term) if p.title != "member" and p.start_on <= term.started_on + timedelta(days=60)]
    was, now = {p.representative.person_id for p in old}, {p.representative.person_id for p in new}
    posts = [(word, _holders(old, title, before.on, now), _holders(new, title, term.started_on, was)) for title, word in POSTS.items()]
    return Comparison(
        before.on, after.on, _lines(before, after, len(was), len(now)), [p for p in posts if p[1] or p[2]], len(was & now), len(now - was)
    )


def _lines(before: Standing, after: Standing, old: int, new: int) -> list[Line]:
    sectors: list[dict[int, Any]] = [sectors_on(day) for day in (before.on, after.on)]
    if sum(sectors[0].values()) != before.units:  # rows were entered or corrected after the congress: what was kept then has no sectors
        sectors[0] = dict.fromkeys(SECTORS)
    young = [_young(day) for day in (before.on, after.on)]
    return [
        Line("会员单位", before.units, after.units, "家"),
        *(Line(f"其中{title}", sectors[0][key], sectors[1][key], "家") for key, title in SECTORS.items()),
        Line("覆盖产业", before.sectors, after.sectors, "个"),
        Line("代表人平均年龄", before.ages.value, after.ages.value, "岁"),
        Line(f"{YOUNG}岁及以下占比", young[0], young[1], "%"),
        Line("任职人数", old, new, "人"),
    ]


def _young(day: date) -> Decimal | None:
    """How many of those with a birth date are young, in %."""
    years = [age(b, day) for found in births(day).values() for b in found if b is not None]
    return rate(sum(1 for y in years if y <= YOUNG), len(years))


def _holders(posts: list[ChamberPost], title: str, day: date, others: set[Any]) -> list[Holder]:
    out = []
    for post in posts:
        if post.title == title:
            who = post.representative
            years = age(who.birth_date, day) if who.birth_date else None
            out.append(Holder(who.name, post.organization_id, who.unit.name, years, who.person_id in others))
    return out
