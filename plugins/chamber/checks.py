"""The numbered checks of the chamber (README.md): E refuses the impossible, W asks for a reason. The same for forms and files."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

from youthpilot.core import RuleError, age, identity
from youthpilot.plugins.figures import refuse_locked_figures

from .models import ChamberMeeting, ChamberPost, ChamberReceipt, ChamberRepresentative, ChamberTerm, ChamberUnit
from .queries import numbers_of, term_end, unit_dues
from .rules import CATEGORIES, POSTS, SHARES, months_between, next_number, reached, split_number, years_later
from .settings import Choices
from .words import _

YOUNGEST, OLDEST = 16, 100  # full years outside of which a birth date of a representative is a typing error


@dataclass(frozen=True)
class Finding:
    """What is wrong at a field. level E: impossible; W: unusual, a reason makes it good."""

    code: str
    level: Literal["E", "W"]
    field: str
    message: str


class Doubtful(RuleError):
    """Only unusual things were found and no reason was given."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(findings[0].message, findings[0].field)
        self.findings = findings


def settle(findings: Iterable[Finding], reason: str | None) -> None:
    """Raise RuleError for the first impossible thing, Doubtful for unusual ones without a reason; else nothing."""
    found = list(findings)
    for one in found:
        if one.level == "E":
            raise RuleError(one.message, one.field)
    if found and not (reason or "").strip():
        raise Doubtful(found)


def _e(code: str, field: str, message: str) -> Finding:
    return Finding(code, "E", field, message)


def _w(code: str, field: str, message: str) -> Finding:
    return Finding(code, "W", field, message)


def check_span(first: date, last: date | None, field: str) -> list[Finding]:
    """C26: what is so from `first` to `last` (both included; None: for good) would alter what a locked half-year counted."""
    try:
        refuse_locked_figures(first, last, ("chamber.member_units",), field)
    except RuleError as error:
        return [_e("C26", field, str(error))]
    return []


def check_moved(before: date | None, after: date, field: str) -> list[Finding]:
    """C26 for a first day that is new (before None) or moves: the days between are what changes."""
    if before == after:
        return []
    return check_span(after, None, field) if before is None else check_span(min(before, after), max(before, after) - timedelta(days=1), field)


# units ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Roll:
    """Names and codes of the units on the roll: name or code → id of the unit."""

    by_name: dict[str, int]
    by_uscc: dict[str, int]

    @classmethod
    def read(cls) -> "Roll":
        """All units in scope that have not left."""
        u = ChamberUnit
        rows = list(u.select(u.id, u.name, u.uscc).where(u.left_on.is_null()).tuples())
        return cls({name: key for key, name, _code in rows}, {code: key for key, _name, code in rows if code})


def clean_uscc(text: str | None) -> str:
    """The code as stored; '' for none or one that check C1 refuses."""
    return identity.check_uscc(text or "")[0] or ""


def check_unit(values: dict[str, Any], today: date, limits: Choices, roll: Roll, own: ChamberUnit | None = None) -> list[Finding]:
    """C1–C4, C26 of a unit's fields (name, uscc, category, joined_on, left_on); `own`: the unit as it was."""
    found, own_id = [], own.id if own else None
    code, wrong = identity.check_uscc(values.get("uscc") or "")
    if wrong is not None:
        found.append(_e("C1", "uscc", wrong.message))
    for field, known, value in (("name", roll.by_name, (values.get("name") or "").strip()), ("uscc", roll.by_uscc, code or "")):
        other = known.get(value)
        if value and other is not None and other != own_id and not values.get("left_on"):
            found.append(_e("C2", field, _("%(value)s is on the roll already. Change that unit instead of adding it again.", value=value)))
    if values.get("category") not in CATEGORIES:
        found.append(_e("C3", "category", _("This is no category of the industry standard (01 to 97).")))
    joined, left = values.get("joined_on"), values.get("left_on")
    if joined and joined > today:
        found.append(_e("C4", "joined_on", _("This day is later than today.")))
    elif joined:
        found += check_moved(own.joined_on if own else None, joined, "joined_on")
    if left and left > today:
        found.append(_e("C4", "left_on", _("This day is later than today.")))
    if joined and left and left < joined:
        found.append(_e("C4", "left_on", _("The unit would leave before it joined (%(day)s).", day=joined.isoformat())))
    if left and (own is None or own.left_on != left):
        found += check_span(left, None, "left_on")
    return found


def check_person(birth: date | None, entered_on: date | None, today: date, limits: Choices, own: bool = True) -> list[Finding]:
    """C5–C7 of a representative's birth date; `own` False: he follows another one, the limit on entry does not apply."""
    if birth is None:
        return [_w("C7", "birth_date", _("Without a birth date he is left out of the mean age."))]
    years = age(birth, entered_on or today)
    if birth > today or not YOUNGEST <= years <= OLDEST:
        return [_e("C6", "birth_date", _("This birth date cannot be right: %(years)s years old on that day.", years=years))]
    if own and years > limits.age_entry:
        text = _("%(years)s years old on entry, the limit is %(limit)s.", years=years, limit=limits.age_entry)
        return [_w("C5", "birth_date", text)]
    return []


# posts and terms -------------------------------------------------------------------------------------------------------


def check_post(
    term: ChamberTerm, representative: ChamberRepresentative, title: str, start: date, limits: Choices, following: ChamberTerm | None
) -> list[Finding]:
    """C8–C11 of a new post; posts of the same days count, ended ones do not."""
    found = []
    p = ChamberPost
    current = p.select().where(p.term == term.id, p.end_on.is_null() | (p.end_on >= start))
    if title == "president" and (other := current.where(p.title == "president").first()):
        name = other.representative.name
        found.append(_e("C8", "title", _("%(name)s is president. End that post first: a term has one president at a time.", name=name)))
    if other := current.where(p.representative == representative.id).first():
        text = _("%(name)s is %(post)s in this term. End that post first.", name=representative.name, post=POSTS[other.title])
        found.append(_e("C9", "representative", text))
    if start < term.started_on or (following is not None and start >= following.started_on):
        found.append(_e("C11", "start_on", _("This day does not lie in %(term)s (from %(day)s).", term=str(term), day=term.started_on.isoformat())))
    if representative.birth_date is not None and title != "member":
        years = age(representative.birth_date, start)
        if years > limits.age_elected:
            found.append(
                _w("C10", "representative", _("%(years)s years old on election, the limit is %(limit)s.", years=years, limit=limits.age_elected))
            )
    return found


def check_term(number: int, started_on: date, due_on: date, limits: Choices, today: date, own: ChamberTerm | None = None) -> list[Finding]:
    """C12, C13, C26 of a new term, or of other days for one (`own`)."""
    found = []
    t = ChamberTerm
    others = t.select().where(t.id != (own.id if own else 0))
    if others.where(t.number == number).exists():
        found.append(_e("C12", "number", _("There is a term of this number already.")))
    if started_on > today:
        found.append(_e("C12", "started_on", _("This day is later than today.")))
    for day in {started_on} ^ ({own.started_on} if own else set()):
        found += check_span(day, day, "started_on")
    if due_on <= started_on:
        found.append(_e("C12", "due_on", _("The term would end before it begins.")))
    later = others.where((t.started_on >= started_on) & (t.number < number) | (t.started_on <= started_on) & (t.number > number)).first()
    if later is not None:
        text = _("%(term)s began on %(day)s: the days do not fit the numbers.", term=str(later), day=later.started_on.isoformat())
        found.append(_e("C12", "started_on", text))
    if due_on > years_later(started_on, limits.term_years):
        found.append(_w("C13", "due_on", _("Longer than %(years)s years.", years=limits.term_years)))
    return found


def check_extension(term: ChamberTerm, extended_to: date, limits: Choices) -> list[Finding]:
    """C12, C14 of an extension."""
    if extended_to <= term.due_on:
        return [_e("C12", "extended_to", _("An extension ends after the term's last day (%(day)s).", day=term.due_on.isoformat()))]
    if months_between(term.due_on, extended_to) > limits.extension_months:
        return [_w("C14", "extended_to", _("Longer than %(months)s months.", months=limits.extension_months))]
    return []


def is_overdue(term: ChamberTerm, on: date) -> bool:
    """C22: the term's last day has passed."""
    return term_end(term) < on


# dues and meetings -------------------------------------------------------------------------------------------------------


def check_number(number: str, year: int) -> list[Finding]:
    """C27 of a new receipt's number: in its book the numbers run on without a gap."""
    used = numbers_of(year)
    mine, due = split_number(number), next_number(used, year)
    book = [p for p in map(split_number, used) if p and mine and p[0] == mine[0]]
    if mine is None or not book or mine[1] <= max(p[1] for p in book) + 1:
        return []
    return [_w("C27", "receipt_no", _("The next number would be %(number)s: numbers would be left out.", number=due))]


def check_waiver(unit: ChamberUnit, year: int, amount: Decimal, on: date, today: date) -> list[Finding]:
    """C28 of dues to be waived: of a year of membership, more than zero, no more than is open; C16 of its day."""
    line = unit_dues(unit, year, today)
    if line is None or not line.due:
        return [_e("C28", "year", _("%(unit)s was no member in %(year)s.", unit=unit.name, year=year))]
    if on > today:
        return [_e("C16", "waived_on", _("This day is later than today."))]
    if amount <= 0 or amount != amount.quantize(Decimal("0.01")):
        return [_e("C28", "amount", _("An amount above zero with at most two decimals."))]
    if amount > line.open:
        return [_e("C28", "amount", _("Only %(open)s yuan of the year are open.", open=_yuan(line.open)))]
    return []


def check_receipt(unit: ChamberUnit, values: dict[str, Any], today: date, own: ChamberReceipt | None = None) -> list[Finding]:
    """C15–C18 of a payment (year, amount, paid_on, receipt_no)."""
    found = []
    c = ChamberReceipt
    same = c.select().where(c.receipt_no == (values["receipt_no"] or "").strip(), c.id != (own.id if own else 0)).first()
    if same is not None:
        found.append(_e("C15", "receipt_no", _("This receipt number is used already, on %(day)s.", day=same.paid_on.isoformat())))
    amount: Decimal = values["amount"]
    if amount <= 0:
        found.append(_e("C16", "amount", _("A payment is more than zero.")))
    elif amount != amount.quantize(Decimal("0.01")):
        found.append(_e("C16", "amount", _("An amount has at most two decimals.")))
    if values["paid_on"] > today:
        found.append(_e("C16", "paid_on", _("This day is later than today.")))
    line = unit_dues(unit, values["year"], today)
    if line is None or not line.due and not line.receipts:
        found.append(_e("C17", "year", _("%(unit)s was no member in %(year)s.", unit=unit.name, year=values["year"])))
        return found
    before = line.paid - (own.amount if own is not None and own.year == values["year"] else 0)
    if before + amount > line.due - line.waived:
        text = _("Paid would be %(paid)s of %(due)s yuan due for the year.", paid=_yuan(before + amount), due=_yuan(line.due - line.waived))
        found.append(_w("C18", "amount", text))
    return found


def check_meeting(meeting: ChamberMeeting, limits: Choices, today: date) -> list[Finding]:
    """C16, C19–C21 of a meeting's numbers."""
    found = []
    if meeting.held_on > today:
        found.append(_e("C16", "held_on", _("This day is later than today.")))
    if meeting.present > meeting.should_attend:
        found.append(_e("C19", "present", _("More came than should have come (%(count)s).", count=meeting.should_attend)))
    elif meeting.votes_for is not None and meeting.votes_for > meeting.present:
        found.append(_e("C19", "votes_for", _("More votes than people who came (%(count)s).", count=meeting.present)))
    if found:
        return found
    if not reached(meeting.present, meeting.should_attend, limits.quorum):
        text = _(
            "No quorum: %(present)s of %(should)s came, %(share)s are needed.",
            present=meeting.present,
            should=meeting.should_attend,
            share=SHARES[limits.quorum],
        )
        found.append(_w("C20", "present", text))
    if meeting.passed and (meeting.votes_for is None or not reached(meeting.votes_for, meeting.present, limits.pass_share)):
        text = _("A resolution passes with %(share)s of those who came.", share=SHARES[limits.pass_share])
        found.append(_w("C21", "votes_for", text))
    return found


def _yuan(amount: Decimal) -> str:
    return f"{amount.normalize():f}" if amount == amount.to_integral_value() else f"{amount:.2f}"
