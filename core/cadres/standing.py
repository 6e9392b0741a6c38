"""Who is registered and who is effective on a day, and what should be put in order: organizations with the posts held there."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from peewee import fn

from ..kernel.i18n import _
from ..kernel.memo import remembered
from ..organizations import rules
from ..organizations.queries import member_counts, terms_due, tree_as_of
from ..organizations.rules import Thresholds
from ..organizations.settings import thresholds
from ..organizations.tree import Tree
from .models import Post


@dataclass(frozen=True)
class Standing:
    """One organization on a day. `members_own`: its own record; `members`: with all active ones below; None: not known."""

    organization_id: int
    counted: bool  # an active League organization below the county committee itself
    effective: bool
    post_holders: int
    members_own: int | None
    members: int | None


@dataclass(frozen=True)
class Standings:
    """Registered and effective on a day: per organization, and in all (the county committee itself is not counted)."""

    tree: Tree
    by_id: dict[int, Standing]

    @property
    def registered(self) -> int:
        """Active organizations."""
        return sum(s.counted for s in self.by_id.values())

    @property
    def effective(self) -> int:
        """Those of them with a post-holder and enough members."""
        return sum(s.effective and s.counted for s in self.by_id.values())

    def totals(self, organization_id: int) -> tuple[int, int]:
        """(registered, effective) of an organization and all below it."""
        rows = [self.by_id[i] for i in self.tree.subtree(organization_id)]
        return sum(s.counted for s in rows), sum(s.effective and s.counted for s in rows)

    def below(self, organization_id: int) -> tuple[int, int]:
        """(registered, effective) of what lies below an organization, itself left out."""
        (registered, effective), own = self.totals(organization_id), self.by_id[organization_id]
        return registered - own.counted, effective - (own.counted and own.effective)


def registered_and_effective(county_id: int, day: date) -> Standings:
    """Who is registered and who is effective on a day (see `rules.is_effective`), in the scope in force."""
    return remembered(("standings", county_id, day), lambda: _standings(county_id, day))


def _standings(county_id: int, day: date) -> Standings:
    tree, limits = tree_as_of(county_id, day), thresholds(county_id)
    own = member_counts(county_id)
    holders = post_holders(county_id, day)
    below = _members_below(tree, own)
    found = {}
    for node in tree:
        count = holders.get(node.id, 0)
        counted = node.active and node.kind != rules.ROOT_KIND
        effective = rules.is_effective(node.active, count, below[node.id], limits, day)
        found[node.id] = Standing(node.id, counted, effective, count, own.get(node.id), below[node.id])
    return Standings(tree, found)


def post_holders(county_id: int, day: date) -> dict[int, int]:
    """Organization id → number of persons who hold a post there on a day."""
    query = (
        Post.select(Post.organization, fn.COUNT(Post.person.distinct())).where((Post.county == county_id) & in_force(day)).group_by(Post.organization)
    )
    return dict(query.tuples())


def in_force(day: date) -> Any:
    """The predicate of posts held on a day (first and last day included)."""
    return (Post.start_on <= day) & (Post.end_on.is_null() | (Post.end_on >= day))


def _members_below(tree: Tree, own: dict[int, int]) -> dict[int, int | None]:
    total: dict[int, int | None] = {}
    for node in reversed(tree.nodes):
        known = [own[node.id]] if node.active and node.id in own else []
        known += [n for child in tree.children(node.id) if (n := total[child]) is not None]
        total[node.id] = sum(known) if known else None
    return total


@dataclass(frozen=True)
class OrganizationProblem:
    """What should be put in order at one organization. code: no_cadre, no_secretary, hollow, large, unknown_members, small_committee, term_over."""

    organization_id: int
    name: str
    code: str
    text: str


def problems(county_id: int, day: date) -> list[OrganizationProblem]:
    """Every problem of the active organizations on a day, in the tree's order; the county committee's own are left to itself."""
    standings, limits = registered_and_effective(county_id, day), thresholds(county_id)
    secretaries = {o for (o,) in Post.select(Post.organization).where((Post.title == "secretary") & in_force(day)).distinct().tuples()}
    terms = {term.organization_id: term for term in terms_due(county_id, day, 0) if term.overdue}
    found = []
    for node in standings.tree:
        standing = standings.by_id[node.id]
        if standing.counted:
            marks = _marks(node.org_type, standing, node.id in secretaries, limits, day)
            texts = [(code, _text(code, standing)) for code in marks]
            if node.id in terms:
                texts.append(("term_over", _("The term ended on %(day)s: hold the election or apply for an extension", day=terms[node.id].ends_on)))
            found += [OrganizationProblem(node.id, node.name, code, text) for code, text in texts]
    return found


def _marks(org_type: str, standing: Standing, has_secretary: bool, limits: Thresholds, day: date) -> list[str]:
    marks = []
    if not standing.post_holders:
        marks.append("no_cadre")
    elif not has_secretary:
        marks.append("no_secretary")
    if org_type == "branch" and standing.members_own is None:
        marks.append("unknown_members")
    warning = rules.member_warning(org_type, standing.members_own, limits, day)
    if warning:
        marks.append(warning)
    big = (standing.members_own or 0) >= limits.at("organizations.committee_from_members", day)
    if org_type == "branch" and big and 0 < standing.post_holders < 3:
        marks.append("small_committee")
    return marks


def _text(code: str, standing: Standing) -> str:
    count = standing.members_own or 0
    if code == "no_cadre":
        return _("Nobody holds a post: appoint a secretary")
    if code == "no_secretary":
        return _("There is no secretary: appoint one")
    if code == "unknown_members":
        return _("The number of members is not known: enter it")
    if code == "hollow":
        return _("Only %(num)s members: join it with a neighbouring branch", num=count)
    if code == "large":
        return _("%(num)s members are too many for one branch: divide it", num=count)
    return _("%(num)s members and fewer than 3 on the committee: fill it up", num=count)
