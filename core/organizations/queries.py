"""Reading organizations: the tree of a day, who is registered and effective, terms, problems. All under the scope in force."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ..kernel.memo import remembered
from . import rules
from .models import Organization, OrganizationLink
from .rules import Place, Thresholds
from .settings import thresholds
from .tree import Member, Tree, build


def tree_as_of(county_id: int, day: date) -> Tree:
    """The tree as it stood on a day, cut to what the scope in force may see. One query.

    An organization closed before the day keeps its last place (`active` False), so that no record leaves the total; one
    that began later is not in it.
    """
    return remembered(("tree", county_id, day), lambda: _tree_as_of(county_id, day))


def _tree_as_of(county_id: int, day: date) -> Tree:
    link, own = OrganizationLink, Organization
    query = (
        own.select(own.id, own.code, own.name, own.short_name, own.kind, own.org_type, link.parent_id, link.to_on)
        .join(link, on=(link.organization == own.id))
        .where((own.county == county_id) & (link.from_on <= day))
        .order_by(own.id, link.from_on)
    )
    last: dict[int, Member] = {}
    for key, code, name, short, kind, org_type, parent, to_on in query.tuples():
        last[key] = Member(key, parent, code, name, short, kind, org_type, to_on is None or to_on >= day)
    return build(day, last.values())


def member_counts(county_id: int) -> dict[int, int]:
    """Organization id → its own number of members, as last recorded; only those for which it is known."""
    query = Organization.select(Organization.id, Organization.member_count).where(
        (Organization.county == county_id) & Organization.member_count.is_null(False)
    )
    return dict(query.tuples())


@dataclass(frozen=True)
class TermDue:
    """A term that ends soon or is over. `ends_on` is its last day; `days` from the day asked to it, negative when over."""

    organization_id: int
    name: str
    elected_on: date
    ends_on: date
    days: int

    @property
    def overdue(self) -> bool:
        """The term is over."""
        return self.days < 0


def terms_due(county_id: int, day: date, within_days: int | None = None) -> list[TermDue]:
    """Terms of active organizations that end within some days of `day` (None: the county's setting) or are over; the earliest first."""
    limits = thresholds(county_id)
    notice = limits.at("organizations.term_notice_days", day) if within_days is None else within_days
    rows = Organization.select().where((Organization.county == county_id) & Organization.last_elected_on.is_null(False))
    due = []
    for row in rows:
        ends = term_end(row, limits)
        if ends is not None and is_active(row, day) and ends <= day + timedelta(days=notice):
            due.append(TermDue(row.id, row.name, row.last_elected_on, ends, (ends - day).days))
    return sorted(due, key=lambda term: (term.ends_on, term.name))


def term_end(row: Organization, limits: Thresholds) -> date | None:
    """The last day of the organization's term; None if it is not known or it has none."""
    return rules.term_ends_on(Place(row.kind, row.org_type), row.last_elected_on, row.term_years, row.term_extended_to, limits)


def is_active(row: Organization, day: date) -> bool:
    """Not founded later and not closed before the day, as the row says today."""
    return (row.established_on is None or row.established_on <= day) and (row.closed_on is None or row.closed_on >= day)


def search(text: str, limit: int = 50) -> Any:
    """Organizations whose name, short name or code contains the text, in the scope in force; a query, by code."""
    own = Organization
    wanted = own.name.contains(text) | own.short_name.contains(text) | own.code.contains(text)
    return own.select().where(wanted).order_by(own.code).limit(limit)
