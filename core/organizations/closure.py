"""Writes of the closure table (the image of today) beside the dated links (the truth). Called by services, inside their transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from ..kernel.db import bulk_load
from ..kernel.i18n import _
from ..kernel.scope import county_scope, scope_or_none, scoped
from .models import Organization, OrganizationClosure, OrganizationLink
from .tree import closure_pairs

Closure = OrganizationClosure


@contextmanager
def tree_work(county_id: int) -> Iterator[None]:
    """The tree's own tables are written for the whole county: what the actor may touch was checked before under his scope."""
    scope = scope_or_none()
    with scoped(county_scope(county_id, scope.actor_id if scope else None)):
        yield


def ancestors_of(organization_id: int) -> dict[int, int]:
    """Ancestor id → distance, itself included at 0."""
    return dict(Closure.select(Closure.ancestor, Closure.depth).where(Closure.descendant == organization_id).tuples())


def descendants_of(organization_id: int) -> dict[int, int]:
    """Descendant id → distance, itself included at 0; closed ones too."""
    return dict(Closure.select(Closure.descendant, Closure.depth).where(Closure.ancestor == organization_id).tuples())


def attach(county_id: int, organization_id: int, parent_id: int | None) -> None:
    """Enter a new organization below its parent."""
    above = ancestors_of(parent_id) if parent_id is not None else {}
    pairs = [(organization_id, organization_id, 0)] + [(a, organization_id, depth + 1) for a, depth in above.items()]
    bulk_load(Closure, [closure_row(county_id, *pair) for pair in pairs])


def reattach(county_id: int, organization_id: int, parent_id: int) -> None:
    """Take a whole subtree from its old ancestors and put it below the new parent."""
    below = descendants_of(organization_id)
    old = [a for a in ancestors_of(organization_id) if a != organization_id]
    if old:
        Closure.delete().where(Closure.ancestor.in_(old) & Closure.descendant.in_(list(below))).execute()
    above = ancestors_of(parent_id)
    bulk_load(Closure, [closure_row(county_id, a, d, up + down + 1) for a, up in above.items() for d, down in below.items()])


def closure_row(county_id: int, ancestor: int, descendant: int, depth: int) -> dict[str, int]:
    """A row for bulk_load."""
    return {"county": county_id, "ancestor": ancestor, "descendant": descendant, "depth": depth}


def relink(county_id: int, organization_id: int, parent_id: int, on: date) -> None:
    """From `on` (included) the organization stands below `parent_id`; a link that began on the same day is changed in place."""
    link = last_link(organization_id)
    if link is not None and link.from_on == on:
        OrganizationLink.update(parent=parent_id).where(OrganizationLink.id == link.id).execute()
        return
    if link is not None and link.to_on is None:
        OrganizationLink.update(to_on=on - timedelta(days=1)).where(OrganizationLink.id == link.id).execute()
    OrganizationLink.create(county=county_id, organization=organization_id, parent=parent_id, from_on=on)


def last_link(organization_id: int) -> OrganizationLink | None:
    """The newest link of an organization."""
    link = OrganizationLink
    return link.select().where(link.organization == organization_id).order_by(link.from_on.desc()).first()


def linked_parents(county_id: int) -> dict[int, int | None]:
    """Organization id → its parent by the newest link: what `parent` and the closure table must be the image of."""
    link = OrganizationLink
    query = link.select(link.organization, link.parent).where(link.county == county_id).order_by(link.organization, link.from_on)
    return dict(query.tuples())


def rebuild(county_id: int) -> int:
    """Write `parent` and the closure again from the links; returns the number of pairs."""
    with tree_work(county_id):
        parents = linked_parents(county_id)
        for row in Organization.select(Organization.id, Organization.parent).where(Organization.county == county_id):
            if row.parent_id != parents.get(row.id):
                Organization.update(parent=parents.get(row.id)).where(Organization.id == row.id).execute()
        Closure.delete().where(Closure.county == county_id).execute()
        return bulk_load(Closure, [closure_row(county_id, *pair) for pair in closure_pairs(parents)])


def differences(county_id: int) -> list[str]:
    """How `parent` and the closure differ from the links: must be empty."""
    with tree_work(county_id):
        parents = linked_parents(county_id)
        own = Organization
        stored = dict(own.select(own.id, own.parent).where(own.county == county_id).tuples())
        present = set(Closure.select(Closure.ancestor, Closure.descendant, Closure.depth).where(Closure.county == county_id).tuples())
    found = [_("organization no. %(number)s has no place in the history of the tree", number=i) for i in sorted(stored.keys() - parents.keys())]
    moved = [(i, p) for i, p in sorted(stored.items()) if i in parents and parents[i] != p]
    found += [
        _("organization no. %(number)s stands below no. %(stored)s, by the history below no. %(told)s", number=i, stored=p, told=parents[i])
        for i, p in moved
    ]
    try:
        wanted = set(closure_pairs(parents))
    except (ValueError, KeyError) as error:
        return [*found, _("the history of the tree makes no tree: %(why)s", why=error)]
    found += [_("the table of ancestors lacks no. %(below)s below no. %(above)s", above=a, below=d) for a, d, _depth in sorted(wanted - present)]
    wrong = [(a, d) for a, d, _depth in sorted(present - wanted)]
    return found + [_("the table of ancestors has no. %(below)s below no. %(above)s, which is not so", above=a, below=d) for a, d in wrong]
