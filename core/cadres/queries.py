"""Reading persons and posts as of a day. Persons and posts are counted apart. All under the scope in force."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from peewee import JOIN, fn

from ..kernel.memo import remembered
from ..organizations.models import KINDS, TOWNSHIP_KINDS, VILLAGE_KINDS, Organization
from ..organizations.settings import thresholds
from . import rules
from .models import EDUCATIONS, MODES, POLITICS, SEXES, SOURCES, Person, Post
from .standing import in_force, registered_and_effective

LEVELS = {"township": TOWNSHIP_KINDS, "village": VILLAGE_KINDS}  # what a total of a kind covers


def secretary_births(county_id: int, kinds: Iterable[str], day: date) -> list[tuple[int, date | None]]:
    """(organization id, birth date) of every secretary on a day in organizations of these kinds."""
    query = (
        Post.select(Post.organization, Person.birth_date)
        .join(Person, JOIN.LEFT_OUTER, on=(Post.person == Person.id))
        .switch(Post)
        .join(Organization, on=(Post.organization == Organization.id))
        .where((Post.county == county_id) & (Post.title == "secretary") & in_force(day) & Organization.kind.in_(list(kinds)))
        .order_by(Post.organization)
    )
    return list(query.tuples())


def secretary_mean_age(county_id: int, level: str, day: date) -> rules.MeanAge:
    """Mean age of the secretaries of a level ("township" with streets, "village" with communities) on a day, in the scope in force."""
    return rules.mean_age((birth for _organization, birth in secretary_births(county_id, LEVELS[level], day)), day)


def secretary_of(organization_id: int, day: date) -> Post | None:
    """The post of the secretary on a day, None if there is none."""
    return (
        Post.select()
        .where((Post.organization == organization_id) & (Post.title == "secretary") & in_force(day))
        .order_by(Post.start_on.desc())
        .first()
    )


@dataclass(frozen=True)
class Seats:
    """Seats of one committee: due, filled, vacant. More filled than due leaves none vacant."""

    organization_id: int
    kind: str
    due: int
    filled: int

    @property
    def vacant(self) -> int:
        """Due and not filled, never below 0."""
        return max(0, self.due - self.filled)


def seats(county_id: int, day: date) -> list[Seats]:
    """Seats of every active organization on a day, in the tree's order. Due: its own number, else by rule from type and members."""
    return remembered(("seats", county_id, day), lambda: _seats(county_id, day))


def _seats(county_id: int, day: date) -> list[Seats]:
    standings, limits = registered_and_effective(county_id, day), thresholds(county_id, rules.DEFAULTS)
    own = Organization
    stated = dict(own.select(own.id, own.posts_due).where((own.county == county_id) & own.posts_due.is_null(False)).tuples())
    filled = dict(
        Post.select(Post.organization, fn.COUNT(Post.id))
        .where((Post.county == county_id) & in_force(day) & Post.title.not_in(rules.NOT_IN_COMMITTEE))
        .group_by(Post.organization)
        .tuples()
    )
    found = []
    for node in standings.tree:
        if node.active:
            due = stated.get(node.id)
            if due is None:
                due = rules.posts_due(node.kind, node.org_type, standings.by_id[node.id].members_own, limits, day)
            found.append(Seats(node.id, node.kind, due, filled.get(node.id, 0)))
    return found


@dataclass(frozen=True)
class LevelSeats:
    """Seats of all organizations of one kind."""

    kind: str
    title: str
    organizations: int
    due: int
    filled: int
    vacant: int


def seats_by_level(county_id: int, day: date) -> list[LevelSeats]:
    """Seats by kind of organization, kinds without organizations left out."""
    by_kind: dict[str, list[Seats]] = {}
    for row in seats(county_id, day):
        by_kind.setdefault(row.kind, []).append(row)
    return [
        LevelSeats(kind, title, len(rows), sum(r.due for r in rows), sum(r.filled for r in rows), sum(r.vacant for r in rows))
        for kind, title in KINDS.items()
        if (rows := by_kind.get(kind))
    ]


@dataclass(frozen=True)
class Share:
    """One value of one axis: how many persons, how many posts."""

    value: str
    title: str
    persons: int
    posts: int


@dataclass(frozen=True)
class Breakdown:
    """Cadres on a day: persons and posts in all, and by axis (sex, education, politics, source, mode, two_committees)."""

    persons: int
    posts: int
    axes: dict[str, tuple[Share, ...]]
    age: rules.MeanAge


_YES_NO = {"1": "是", "0": "否"}
_AXES: dict[str, tuple[dict[str, str], Callable[[Any], str]]] = {
    "sex": (SEXES, lambda post: post.sex or ""),
    "education": (EDUCATIONS, lambda post: post.education or ""),
    "politics": (POLITICS, lambda post: post.political_status or ""),
    "source": (SOURCES, lambda post: post.source),
    "mode": (MODES, lambda post: post.mode),
    "two_committees": (_YES_NO, lambda post: "1" if post.two_committees else "0"),
}


def breakdown(county_id: int, day: date, title: str = "") -> Breakdown:
    """Who the cadres are on a day, in the scope in force; `title` narrows to one post (secretary …).

    A person with two posts is one person and two posts; with posts of two sorts he counts as a person under both.
    """
    query = (
        Post.select(
            Post.person.alias("holder"),
            Post.source,
            Post.mode,
            Post.two_committees,
            Person.sex,
            Person.education,
            Person.political_status,
            Person.birth_date,
        )
        .join(Person, JOIN.LEFT_OUTER, on=(Post.person == Person.id))
        .where((Post.county == county_id) & in_force(day))
    )
    rows = list((query.where(Post.title == title) if title else query).namedtuples())
    births = {row.holder: row.birth_date for row in rows}
    axes = {name: _shares(rows, titles, value) for name, (titles, value) in _AXES.items()}
    return Breakdown(len(births), len(rows), axes, rules.mean_age(births.values(), day))


def _shares(rows: list[Any], titles: dict[str, str], value: Callable[[Any], str]) -> tuple[Share, ...]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(value(row), []).append(row.holder)
    return tuple(Share(key, title or "未填", len(set(found[key])), len(found[key])) for key, title in titles.items() if key in found)


def same_number(county_id: int) -> list[list[Person]]:
    """Persons of different organizations that have one identity number, group by group, in the scope in force.

    A township does not learn whom another one knows, so the same number may be entered twice; the county sees it here.
    """
    p = Person
    twice = p.select(p.id_no_index).where((p.county == county_id) & (p.id_no_index != "")).group_by(p.id_no_index).having(fn.COUNT(p.id) > 1)
    rows = (
        p.select(p, Organization).join(Organization, on=(p.organization == Organization.id)).where((p.county == county_id) & p.id_no_index.in_(twice))
    )
    groups: dict[str, list[Person]] = {}
    for row in rows.order_by(p.id_no_index, p.id):
        groups.setdefault(row.id_no_index, []).append(row)
    return list(groups.values())
