"""What the screens, figures and panels read. Every query is narrowed by the wall; nothing here writes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from peewee import fn

from youthpilot.core import VILLAGE_KINDS, Organization, Person, current_scope

from . import rules
from .models import (
    Activity,
    Association,
    AssociationPost,
    AssociationTerm,
    Campaign,
    Certificate,
    Child,
    Disclosure,
    Donation,
    Expense,
    Group,
    Movement,
    Project,
    Record,
    Room,
    RosterTotal,
    SignUp,
    Volunteer,
)
from .settings import Limits

LIVE = ("open", "waiting", "approved")  # records that stand


def scope_root() -> Organization | None:
    """The topmost organization that the scope sees."""
    scope = current_scope()
    if scope.root_id is not None:
        return Organization.get_or_none(Organization.id == scope.root_id)
    return Organization.get_or_none(Organization.parent.is_null())


def places() -> list[tuple[int, str]]:
    """Organizations of the scope that exist, by code: choices of forms."""
    o = Organization
    return [(i, name) for i, name in o.select(o.id, o.name).where(o.closed_on.is_null()).order_by(o.code).tuples()]


# volunteers --------------------------------------------------------------------------------------------------------------


def on_roster(on: date) -> Any:
    """Condition: on the roster that day (the last day counts)."""
    return (Volunteer.joined_on <= on) & (Volunteer.left_on.is_null() | (Volunteer.left_on >= on))


def volunteers(search: str = "", organization: int | None = None) -> Any:
    """Volunteers with their persons and organizations, newest first; search: name or number."""
    query = Volunteer.select(Volunteer, Person, Organization).join(Person, on=(Volunteer.person == Person.id))
    query = query.join(Organization, on=(Volunteer.organization == Organization.id))
    if search:
        query = query.where(Person.name.contains(search) | (Volunteer.number == search))
    if organization:
        query = query.where(Volunteer.organization == organization)
    return query.order_by(Volunteer.joined_on.desc(), Volunteer.id.desc())


def approved_minutes(volunteer_ids: Iterable[int]) -> dict[int, int]:
    """Volunteer → Σ approved minutes, wherever they were served; none for those without any."""
    r = Record
    ids = list(volunteer_ids)
    query = r.select(r.volunteer_id, fn.SUM(r.minutes)).where(r.state == "approved", r.volunteer.in_(ids or [0])).group_by(r.volunteer_id)
    return dict(query.tuples())


def named_so(text: str) -> list[Volunteer]:
    """Volunteers on the roster with this number, else with this name: at most 20."""
    found = volunteers().where(Volunteer.left_on.is_null())
    text = text.strip()
    return list(found.where(Volunteer.number == text.upper())) or list(found.where(Person.name == text).limit(20))


def joined_totals() -> Any:
    """Totals of those who joined (汇总录入), newest first."""
    t = RosterTotal
    return t.select(t, Organization).join(Organization, on=(t.organization == Organization.id)).order_by(t.until_on.desc(), t.id.desc())


def named_beside(totals: Iterable[RosterTotal]) -> dict[int, int]:
    """Total → people who joined by name there in its days: such a total is not counted. Only totals with any."""
    m, found = Movement, {}
    for t in totals:
        count = m.select().where(m.organization == t.organization_id, m.kind == "joined", m.happened_on.between(t.from_on, t.until_on)).count()
        if count:
            found[t.id] = count
    return found


# service -----------------------------------------------------------------------------------------------------------------


def activities() -> Any:
    """Newest first."""
    return (
        Activity.select(Activity, Organization)
        .join(Organization, on=(Activity.organization == Organization.id))
        .order_by(Activity.held_on.desc(), Activity.id.desc())
    )


def records_of(activity_id: int) -> list[Record]:
    """Records of an activity with their volunteers, in the order of arrival."""
    query = Record.select(Record, Volunteer, Person).join(Volunteer, on=(Record.volunteer == Volunteer.id))
    return list(query.join(Person, on=(Volunteer.person == Person.id)).where(Record.activity == activity_id).order_by(Record.came_at))


def waiting() -> Any:
    """Records to be approved, oldest first."""
    query = Record.select(Record, Activity, Volunteer, Person).join(Activity, on=(Record.activity == Activity.id)).switch(Record)
    query = query.join(Volunteer, on=(Record.volunteer == Volunteer.id)).join(Person, on=(Volunteer.person == Person.id))
    return query.where(Record.state == "waiting").order_by(Record.served_on, Record.id)


def all_records() -> Any:
    """Every stretch with activity, volunteer and organization, newest first."""
    query = Record.select(Record, Activity, Volunteer, Person, Organization).join(Activity, on=(Record.activity == Activity.id)).switch(Record)
    query = query.join(Volunteer, on=(Record.volunteer == Volunteer.id)).join(Person, on=(Volunteer.person == Person.id)).switch(Record)
    return query.join(Organization, on=(Record.organization == Organization.id)).order_by(Record.served_on.desc(), Record.id.desc())


def records_of_volunteer(volunteer_id: int) -> list[Record]:
    """Records of a volunteer, newest first."""
    query = Record.select(Record, Activity).join(Activity, on=(Record.activity == Activity.id))
    return list(query.where(Record.volunteer == volunteer_id).order_by(Record.came_at.desc()))


def stretches(volunteer_id: int, on: date | None = None, but: int = 0) -> list[Record]:
    """A volunteer's records that stand (of a day), without one of them."""
    query = Record.select().where(Record.volunteer == volunteer_id, Record.state.in_(LIVE), Record.id != but)
    return list(query.where(Record.served_on == on) if on else query)


@dataclass(frozen=True)
class Turnout:
    """Of an activity: signed up, people who came (names, else the total), approved minutes (None: nothing), 汇总录入 or not."""

    signed: int
    people: int | None
    minutes: int | None
    waiting: int
    is_total: bool


def turnouts(found: Iterable[Activity]) -> dict[int, Turnout]:
    """Activity → its turnout."""
    rows = list(found)
    ids = [a.id for a in rows] or [0]
    s, r = SignUp, Record
    signed = dict(s.select(s.activity_id, fn.COUNT(s.id)).where(s.activity.in_(ids), ~s.cancelled).group_by(s.activity_id).tuples())
    came = dict(
        r.select(r.activity_id, fn.COUNT(fn.DISTINCT(r.volunteer_id))).where(r.activity.in_(ids), r.state.in_(LIVE)).group_by(r.activity_id).tuples()
    )
    minutes = dict(r.select(r.activity_id, fn.SUM(r.minutes)).where(r.activity.in_(ids), r.state == "approved").group_by(r.activity_id).tuples())
    owed = dict(r.select(r.activity_id, fn.COUNT(r.id)).where(r.activity.in_(ids), r.state == "waiting").group_by(r.activity_id).tuples())
    made = {}
    for a in rows:
        total = a.id not in came and a.total_people is not None
        people = a.total_people if total else came.get(a.id)
        made[a.id] = Turnout(signed.get(a.id, 0), people, a.total_minutes if total else minutes.get(a.id), owed.get(a.id, 0), total)
    return made


# the association -----------------------------------------------------------------------------------------------------------


def association() -> Association | None:
    """The county's association, the newest one."""
    return Association.select().order_by(Association.id.desc()).first()


def terms(association_id: int) -> list[AssociationTerm]:
    """Terms, newest first."""
    return list(AssociationTerm.select().where(AssociationTerm.association == association_id).order_by(AssociationTerm.number.desc()))


def posts(association_id: int, on: date) -> list[AssociationPost]:
    """Posts held on a day, in their order."""
    p = AssociationPost
    held = (p.start_on <= on) & (p.end_on.is_null() | (p.end_on >= on))
    order = list(rules.ASSOCIATION_POSTS)
    return sorted(p.select().where(p.association == association_id, held), key=lambda x: (order.index(x.title), x.id))


def groups(on: date) -> Any:
    """Groups that exist on a day with their organizations, by the tree's codes."""
    g = Group
    query = g.select(g, Organization).join(Organization, on=(g.organization == Organization.id))
    return query.where(g.established_on <= on, g.closed_on.is_null() | (g.closed_on >= on)).order_by(Organization.code, g.id)


def village_reach(on: date) -> tuple[int, int]:
    """(villages and communities with a group on a day, all of them)."""
    o, g = Organization, Group
    open_ones = o.kind.in_(VILLAGE_KINDS) & (o.closed_on.is_null() | (o.closed_on >= on))
    with_group = groups(on).where(Organization.kind.in_(VILLAGE_KINDS))
    return len({found.organization_id for found in with_group.select(g.organization)}), o.select().where(open_ones).count()


def brand_projects() -> list[Project]:
    """品牌项目, oldest first."""
    return list(Project.select().where(Project.is_brand, Project.state != "closed").order_by(Project.starts_on, Project.id))


def group_sizes(on: date) -> dict[int, int]:
    """Group → volunteers on its roster."""
    v = Volunteer
    return dict(v.select(v.group_id, fn.COUNT(v.id)).where(on_roster(on), v.group.is_null(False)).group_by(v.group_id).tuples())


# care and money ------------------------------------------------------------------------------------------------------------


def rooms() -> list[Room]:
    """All rooms of the scope with their children, oldest first."""
    return list(Room.select(Room, Child).join(Child, on=(Room.child == Child.id)).order_by(Room.code))


@dataclass(frozen=True)
class Money:
    """A campaign's income, spending and what is left, in yuan."""

    income: Decimal
    spent: Decimal

    @property
    def left(self) -> Decimal:
        """收入 − 支出."""
        return self.income - self.spent


def money_of(campaign_id: int, until: date | None = None) -> Money:
    """Σ of a campaign, up to a day (included)."""
    income = Donation.select(fn.SUM(Donation.amount)).where(Donation.campaign == campaign_id)
    spent = Expense.select(fn.SUM(Expense.amount)).where(Expense.campaign == campaign_id)
    if until is not None:
        income, spent = income.where(Donation.received_on <= until), spent.where(Expense.spent_on <= until)
    return Money(yuan(income.scalar()), yuan(spent.scalar()))


def lowest_balance(campaign_id: int, since: date | None = None) -> tuple[Decimal, date | None]:
    """The least that was left of a campaign on any day (from `since` on), in yuan, and that day; None: since it began."""
    d, e = Donation, Expense
    moves: dict[date, int] = {}
    came = d.select(d.received_on, fn.SUM(d.amount)).where(d.campaign == campaign_id).group_by(d.received_on)
    went = e.select(e.spent_on, fn.SUM(e.amount)).where(e.campaign == campaign_id).group_by(e.spent_on)
    for sign, query in ((1, came), (-1, went)):
        for day, cents in query.tuples():
            moves[day] = moves.get(day, 0) + sign * int(cents)
    left = sum(cents for day, cents in moves.items() if since is not None and day <= since)
    least, worst = left, since
    for day in sorted(day for day in moves if since is None or day > since):
        left += moves[day]
        if left < least:
            least, worst = left, day
    return yuan(least), worst


def yuan(cents: int | None) -> Decimal:
    """A sum of a money column, which the database keeps in whole 分, in 元."""
    return Decimal(cents or 0).scaleb(-2)


def owed_disclosures(campaign: Campaign, set_to: Limits) -> list[rules.Due]:
    """Disclosures that a campaign has not published yet, oldest first."""
    due = rules.disclosures_due(campaign.starts_on, campaign.ends_on, set_to.every, set_to.longer, set_to.after)
    published = [d for (d,) in Disclosure.select(Disclosure.published_on).where(Disclosure.campaign == campaign.id).tuples()]
    return rules.open_disclosures(due, published)


def certificates() -> Any:
    """Newest first."""
    return Certificate.select().order_by(Certificate.id.desc())
