"""Reads of the chamber: who is on the roll on a day, the term in force, ages, dues, what a term began with."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from peewee import JOIN

from youthpilot.core import CalendarPeriod, Organization, Period, Person, age, current_scope
from youthpilot.plugins.figures import totals_of

from .models import ChamberPost, ChamberReceipt, ChamberRepresentative, ChamberTerm, ChamberUnit, ChamberWaiver
from .rules import SECTORS, MeanAge, due_amount, mean_age
from .settings import Choices, choices


def scope_root() -> Organization | None:
    """The top organization that the scope sees: the county's root, or the user's own."""
    root_id = current_scope().root_id
    query = Organization.select()
    return query.where(Organization.id == root_id).first() if root_id else query.where(Organization.parent.is_null()).first()


def settings_on(day: date) -> Choices:
    """The county's settings in force on a day."""
    return choices(current_scope().county_id or 0, day)


def half_start(day: date) -> date:
    """The first day of what is reported on now: of the newest open period that has begun, else of the day's own half-year."""
    period = Period.select().where(Period.state == "open", Period.start_on <= day).order_by(Period.start_on.desc()).first()
    return period.start_on if period is not None else CalendarPeriod.of(day, "half_year").start


def totals_entered(day: date) -> tuple[Period | None, dict[str, Any]]:
    """(the newest half-year that has begun, key → what was entered as a total (汇总录入) for the county, with .value and .source_file)."""
    period = Period.select().where(Period.start_on <= day).order_by(Period.start_on.desc()).first()
    root = scope_root()
    if period is None or root is None:
        return None, {}
    return period, {k: t for k, t in totals_of(period, root).items() if k.startswith("chamber.")}


# the roll ------------------------------------------------------------------------------------------------------------


def on_roll(day: date) -> Any:
    """The predicate of units that were members on a day."""
    u = ChamberUnit
    return (u.joined_on <= day) & (u.left_on.is_null() | (u.left_on > day))


def standing(day: date) -> Any:
    """The predicate of representatives who stood for their unit on a day."""
    r = ChamberRepresentative
    return (r.from_on <= day) & (r.to_on.is_null() | (r.to_on >= day))


def people() -> Any:
    """Representatives with who they are (.person) and their unit (.unit), not narrowed to a day."""
    r, u = ChamberRepresentative, ChamberUnit
    return r.select(r, u, Person).join(u, on=(r.unit == u.id)).switch(r).join(Person, JOIN.LEFT_OUTER, on=(r.person == Person.id))


def representatives(day: date) -> Any:
    """(representative, with .unit) of every unit on the roll on a day; one each, the latest."""
    r, u = ChamberRepresentative, ChamberUnit
    return people().where(on_roll(day), standing(day)).order_by(u.name, r.from_on, r.id)


def people_of(unit: ChamberUnit) -> list[ChamberRepresentative]:
    """Everybody who ever stood for the unit, the first one first."""
    r = ChamberRepresentative
    return list(people().where(r.unit == unit.id).order_by(r.from_on, r.id))


def representative_of(unit: ChamberUnit, day: date) -> ChamberRepresentative | None:
    """Who stands for the unit on the day, else the last one before it, else the first."""
    every = people_of(unit)
    before = [x for x in every if x.from_on <= day]
    return before[-1] if before else every[0] if every else None


def births(day: date) -> dict[int, list[date | None]]:
    """organization → birth dates of the representatives on a day; a unit without one is None."""
    u, r = ChamberUnit, ChamberRepresentative
    rows = r.select(r.unit_id, Person.birth_date).join(Person, JOIN.LEFT_OUTER, on=(r.person == Person.id))
    known = dict(rows.where(standing(day)).order_by(r.from_on, r.id).tuples())
    out: dict[int, list[date | None]] = defaultdict(list)
    for organization, unit in u.select(u.organization_id, u.id).where(on_roll(day)).order_by(u.id).tuples():
        out[organization].append(known.get(unit))
    return out


def mean_age_on(day: date) -> MeanAge:
    """The mean age of everybody in scope."""
    return mean_age([b for found in births(day).values() for b in found], day)


def sectors_on(day: date) -> dict[int, int]:
    """sector → how many units on a day, all three of them."""
    u = ChamberUnit
    found = [s for (s,) in u.select(u.sector).where(on_roll(day)).tuples()]
    return {s: found.count(s) for s in SECTORS}


# terms and posts -----------------------------------------------------------------------------------------------------


def term_on(day: date) -> ChamberTerm | None:
    """The term in force on a day: the last that had begun; None before the first."""
    t = ChamberTerm
    return t.select().where(t.started_on <= day).order_by(t.started_on.desc()).first()


def next_term(term: ChamberTerm) -> ChamberTerm | None:
    """The term that followed."""
    t = ChamberTerm
    return t.select().where(t.started_on > term.started_on).order_by(t.started_on).first()


def term_end(term: ChamberTerm) -> date:
    """The last day on which it should last: extended, else as elected."""
    end: date = term.extended_to or term.due_on
    return end


def posts_of(term: ChamberTerm, day: date | None = None) -> list[ChamberPost]:
    """Posts of a term, in the order of the titles; `day`: only those held on it."""
    p, r, u = ChamberPost, ChamberRepresentative, ChamberUnit
    query = p.select(p, r, u, Person).join(r, on=(p.representative == r.id)).join(u, on=(r.unit == u.id)).switch(r)
    query = query.join(Person, JOIN.LEFT_OUTER, on=(r.person == Person.id)).where(p.term == term.id)
    if day is not None:
        query = query.where(p.start_on <= day, p.end_on.is_null() | (p.end_on >= day))
    order = list(dict(p.title.choices))
    return sorted(query, key=lambda x: (order.index(x.title), x.start_on, x.id))


def post_titles(day: date) -> dict[int, str]:
    """unit → title of its representative's post in the term in force on a day."""
    term = term_on(day)
    return {} if term is None else {p.representative.unit_id: p.title for p in reversed(posts_of(term, day))}


@dataclass(frozen=True)
class Standing:
    """What the chamber is on a day."""

    on: date
    units: int
    sectors: int
    ages: MeanAge
    posts: int  # 人 with a post above member


def standing_on(day: date) -> Standing:
    """Units, sectors, ages and posts on a day, of everything in scope."""
    units = ChamberUnit.select().where(on_roll(day)).count()
    term = term_on(day)
    posts = [] if term is None else [p for p in posts_of(term, day) if p.title != "member"]
    covered = sum(1 for n in sectors_on(day).values() if n)
    return Standing(day, units, covered, mean_age_on(day), len({p.representative_id for p in posts}))


def before_term(term: ChamberTerm) -> Standing | None:
    """The chamber as it was on the day before the congress, as kept with the term; None if nothing was kept."""
    if term.before_on is None or term.before_units is None:
        return None
    ages = MeanAge(term.before_age_sum or 0, term.before_age_count or 0, 0)
    return Standing(term.before_on, term.before_units, term.before_sectors or 0, ages, term.before_posts or 0)


def over_age(day: date) -> list[tuple[ChamberRepresentative, int]]:
    """(representative, age) of those above the limit on election, oldest first: to be thought of at the next congress."""
    limit = settings_on(day).age_elected
    found = [(r, age(r.birth_date, day)) for r in representatives(day) if r.birth_date is not None]
    return sorted([(r, years) for r, years in found if years > limit], key=lambda pair: -pair[1])


def without_birth(day: date) -> list[str]:
    """Names of units on the roll whose representative has no birth date, or that have none."""
    u = ChamberUnit
    known = {r.unit_id for r in representatives(day) if r.birth_date is not None}
    return [name for key, name in u.select(u.id, u.name).where(on_roll(day)).order_by(u.name).tuples() if key not in known]


# dues ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DuesLine:
    """A unit's dues of a year in 元."""

    unit: ChamberUnit
    post: str
    due: Decimal
    paid: Decimal
    receipts: int
    waived: Decimal = Decimal(0)  # 减免, counted apart

    @property
    def open(self) -> Decimal:
        """What is still to be paid; never below zero."""
        return max(self.due - self.waived - self.paid, Decimal(0))


def dues(year: int, today: date) -> list[DuesLine]:
    """Every unit that owes or paid for the year, by post and name; post and rate as of the year's end, at most today."""
    day = max(min(date(year, 12, 31), today), date(year, 1, 1))
    limits, posts, paid, waived = settings_on(day), post_titles(day), _paid(year), _waived(year)
    order = list(limits.dues)
    out = []
    for unit in ChamberUnit.select().where(ChamberUnit.joined_on <= date(year, 12, 31)).order_by(ChamberUnit.name):
        post = posts.get(unit.id, "member")
        due = due_amount(limits.dues[post], year, unit.joined_on, unit.left_on, limits.prorate)
        amount, count = paid.get(unit.id, (Decimal(0), 0))
        if due is not None or count:
            out.append(DuesLine(unit, post, due or Decimal(0), amount, count, waived.get(unit.id, Decimal(0))))
    return sorted(out, key=lambda line: (order.index(line.post), line.unit.name))


def unit_dues(unit: ChamberUnit, year: int, today: date) -> DuesLine | None:
    """The same of one unit; None for a year in which it was no member and paid nothing."""
    return next((line for line in dues(year, today) if line.unit.id == unit.id), None)


def _paid(year: int) -> dict[int, tuple[Decimal, int]]:
    out: dict[int, tuple[Decimal, int]] = {}
    c = ChamberReceipt
    for unit, amount in c.select(c.unit_id, c.amount).where(c.year == year, c.voided_on.is_null()).tuples():
        total, count = out.get(unit, (Decimal(0), 0))
        out[unit] = (total + amount, count + 1)
    return out


def _waived(year: int) -> dict[int, Decimal]:
    out: dict[int, Decimal] = defaultdict(Decimal)
    w = ChamberWaiver
    for unit, amount in w.select(w.unit_id, w.amount).where(w.year == year).tuples():
        out[unit] += amount
    return out


def waivers_of(unit: ChamberUnit) -> list[ChamberWaiver]:
    """Newest first."""
    w = ChamberWaiver
    return list(w.select().where(w.unit == unit.id).order_by(w.waived_on.desc(), w.id.desc()))


def numbers_of(year: int) -> list[str]:
    """Numbers of all receipts dated in a year, voided ones too."""
    c = ChamberReceipt
    return [n for (n,) in c.select(c.receipt_no).where(c.paid_on >= date(year, 1, 1), c.paid_on <= date(year, 12, 31)).tuples()]


def receipts_of(unit: ChamberUnit) -> list[ChamberReceipt]:
    """Newest first."""
    c = ChamberReceipt
    return list(c.select().where(c.unit == unit.id).order_by(c.paid_on.desc(), c.id.desc()))
