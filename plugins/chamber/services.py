"""Verbs of the chamber, one transaction each: check (checks.py), write, audit. `reason`: why something unusual is right."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from youthpilot.core import Organization, RuleError, current_scope, keep_before, record_audit, today, transaction

from . import checks, people
from .models import ChamberPost, ChamberReceipt, ChamberRepresentative, ChamberTerm, ChamberUnit, ChamberWaiver
from .people import Given
from .queries import next_term, representative_of, scope_root, settings_on, standing_on, term_on
from .rules import sector_of
from .words import _

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Member:
    """What is known of a unit and who stands for it."""

    name: str
    category: str
    joined_on: date
    representative: str
    birth_date: date | None = None
    uscc: str = ""
    business: str = ""
    position: str = ""
    phone: str = ""
    id_no: str = ""

    @property
    def given(self) -> Given:
        """What is said of the person."""
        return Given(self.representative, self.birth_date, self.phone, self.id_no)


def _root() -> Organization:
    root = scope_root()
    if root is None:
        raise RuleError(_("There are no organizations here yet: import them first"))
    return root


def _place(organization_id: int | None = None) -> dict[str, Any]:
    return {"county": current_scope().county_id, "organization": organization_id or _root().id}


def _note(act: str, row: Any, reason: str = "", **more: Any) -> None:
    record_audit(f"chamber.{act}", object_type=row._meta.table_name, object_id=row.id, object_name=str(row), reason=reason, **more)


# units ---------------------------------------------------------------------------------------------------------------


def add_unit(member: Member, reason: str = "", *, organization_id: int | None = None, batch: Any = None) -> ChamberUnit:
    """A new member unit with its representative, a person of core. Raises RuleError (C1–C4, C6, C24, C26), Doubtful (C5, C7, C25) without a reason."""
    place = _place(organization_id)
    where = place["organization"] if isinstance(place["organization"], int) else place["organization"].id
    if batch is None:
        values = {"name": member.name, "uscc": member.uscc, "category": member.category, "joined_on": member.joined_on}
        found = checks.check_unit(values, today(), settings_on(member.joined_on), checks.Roll.read())
        checks.settle(found + check_given(where, member.given, member.joined_on), reason)
    batch_id = batch.id if batch else None
    with transaction():
        unit = ChamberUnit.create(
            **place, name=member.name.strip(), uscc=checks.clean_uscc(member.uscc), category=member.category,
            sector=sector_of(member.category), business=member.business, joined_on=member.joined_on, explanation=reason, batch_id=batch_id,
        )  # fmt: skip
        ChamberRepresentative.create(
            **_place(unit.organization_id), unit=unit, person=people.keep(unit.organization_id, member.given, batch),
            position=member.position, from_on=member.joined_on, batch_id=batch_id,
        )  # fmt: skip
        if batch is None:
            _note("unit.add", unit, reason)
    return unit


def check_given(organization_id: int, given: Given, entered_on: date, own: bool = True) -> list[checks.Finding]:
    """C5–C7, C24, C25 of who is to stand for a unit from a day on."""
    found = people.match(organization_id, given)
    return [*found.findings, *checks.check_person(found.birth_date, entered_on, today(), settings_on(entered_on), own)]


def change_unit(unit: ChamberUnit, member: Member, reason: str = "") -> None:
    """Correct a unit and its present representative (not his change: see change_representative)."""
    now = representative_of(unit, today())
    values = {"name": member.name, "uscc": member.uscc, "category": member.category, "joined_on": member.joined_on, "left_on": unit.left_on}
    found = checks.check_unit(values, today(), settings_on(member.joined_on), checks.Roll.read(), unit)
    since = member.joined_on if now is None or now.from_on == unit.joined_on else now.from_on
    same = now is not None and (now.name, now.birth_date) == (member.representative.strip(), member.birth_date) and not member.id_no
    told = [] if same else [f for f in people.match(unit.organization_id, member.given).findings if f.code == "C24"]
    found += [*told, *checks.check_person(member.birth_date, since, today(), settings_on(member.joined_on))]
    checks.settle(found, reason or (unit.explanation if same else ""))
    with transaction():
        before = {"name": unit.name, "uscc": unit.uscc, "category": unit.category, "joined_on": unit.joined_on.isoformat()}
        unit.name, unit.uscc, unit.business = member.name.strip(), checks.clean_uscc(member.uscc), member.business
        unit.category, unit.sector, unit.explanation = member.category, sector_of(member.category), reason or unit.explanation
        if now is not None and now.from_on == unit.joined_on:
            now.from_on = member.joined_on
        unit.joined_on = member.joined_on
        unit.save()
        if now is not None:
            now.position = member.position
            _correct_person(now, unit, member)
            now.save()
        _note("unit.change", unit, reason, before=before)


def _correct_person(now: ChamberRepresentative, unit: ChamberUnit, member: Member) -> None:
    if now.known is not None:
        people.correct(now.known, member.given)
    elif now.person_id is None:
        now.person = people.keep(unit.organization_id, member.given)


def leave(unit: ChamberUnit, left_on: date, why: str) -> None:
    """A unit leaves (退会): no member from that day on; representative and post end the day before."""
    if unit.left_on is not None:
        raise RuleError(_("%(unit)s has left already.", unit=unit.name), "left_on")
    values = {"name": unit.name, "uscc": unit.uscc, "category": unit.category, "joined_on": unit.joined_on, "left_on": left_on}
    checks.settle([f for f in checks.check_unit(values, today(), settings_on(left_on), checks.Roll({}, {}), unit) if f.field == "left_on"], why)
    with transaction():
        unit.left_on, unit.left_why = left_on, why
        unit.save()
        _end(unit, left_on - DAY, why)
        _note("unit.leave", unit, why)


def _end(unit: ChamberUnit, last: date, why: str) -> None:
    r, p = ChamberRepresentative, ChamberPost
    people = list(r.select().where(r.unit == unit.id, r.to_on.is_null()))
    for person in people:
        person.to_on = max(last, person.from_on)
        person.save()
    for post in p.select().where(p.representative.in_([x.id for x in people] or [0]), p.end_on.is_null()):
        post.end_on, post.end_reason = max(last, post.start_on), why
        post.save()


def rejoin(unit: ChamberUnit) -> None:
    """Take back a leaving entered by mistake: the unit and its last representative go on; posts have to be given anew. Raises RuleError (C26)."""
    if unit.left_on is not None:
        checks.settle(checks.check_span(unit.left_on, None, "left_on"), "")
    with transaction():
        person = representative_of(unit, date.max)
        unit.left_on, unit.left_why = None, ""
        unit.save()
        if person is not None:
            person.to_on = None
            person.save()
        _note("unit.rejoin", unit)


def suspend(unit: ChamberUnit, on: date | None) -> None:
    """Suspend a unit's membership from a day on, or (None) end the suspension. It stays on the roll."""
    if on is not None and (on > today() or on < unit.joined_on):
        raise RuleError(_("This day is later than today.") if on > today() else _("The unit was no member yet."), "suspended_on")
    with transaction():
        unit.suspended_on = on
        unit.save()
        _note("unit.suspend", unit)


def change_representative(
    unit: ChamberUnit, given: Given, from_on: date, reason: str = "", *, position: str = "", batch: Any = None
) -> ChamberRepresentative:
    """Another person stands for the unit from a day on; the one before and his post end the day before."""
    if batch is None:
        checks.settle(check_given(unit.organization_id, given, from_on), reason)
    if from_on > today():
        raise RuleError(_("This day is later than today."), "from_on")
    now = representative_of(unit, date.max)
    if now is not None and from_on <= now.from_on:
        raise RuleError(_("%(name)s has stood for it since %(day)s: choose a later day.", name=now.name, day=now.from_on.isoformat()), "from_on")
    checks.settle(checks.check_span(from_on, None, "from_on"), "")
    with transaction():
        for row in [now, *ChamberPost.select().where(ChamberPost.representative == (now.id if now else 0), ChamberPost.end_on.is_null())]:
            keep_before(batch, row)
        _end(unit, from_on - DAY, _("Another representative"))
        person = ChamberRepresentative.create(
            **_place(unit.organization_id), unit=unit, person=people.keep(unit.organization_id, given, batch), position=position,
            from_on=from_on, batch_id=batch.id if batch else None,
        )  # fmt: skip
        if batch is None:
            _note("representative.change", unit, reason)
    return person


# dues --------------------------------------------------------------------------------------------------------------------


def waive(unit: ChamberUnit, year: int, amount: Decimal, waived_on: date, reason: str, approval: str) -> ChamberWaiver:
    """Dues of a year that need not be paid (减免), never counted as paid. Raises RuleError (C16, C28)."""
    checks.settle(checks.check_waiver(unit, year, amount, waived_on, today()), "")
    with transaction():
        row = ChamberWaiver.create(
            **_place(unit.organization_id), unit=unit, year=year, amount=amount, waived_on=waived_on, reason=reason, approval=approval
        )
        _note("dues.waive", row, reason)
    return row


def take_back_waiver(row: ChamberWaiver) -> None:
    """A waiver entered by mistake. Raises RuleError in a locked half-year."""
    with transaction():
        _note("dues.waive_back", row, row.reason)
        row.delete_instance()


def void_receipt(receipt: ChamberReceipt, reason: str) -> None:
    """A receipt is void (作废): its number stays taken, its amount counts no more. Raises RuleError once it is, or in a locked half-year."""
    if receipt.voided_on is not None:
        raise RuleError(_("The receipt %(number)s is void already.", number=receipt.receipt_no), "reason")
    with transaction():
        receipt.voided_on, receipt.void_reason = today(), reason
        receipt.save()
        _note("receipt.void", receipt, reason)


# terms and posts -----------------------------------------------------------------------------------------------------


def begin_term(number: int, started_on: date, due_on: date, reason: str = "") -> ChamberTerm:
    """A congress elected a new term (换届): what the chamber was on the day before is kept, posts of the term before end."""
    checks.settle(checks.check_term(number, started_on, due_on, settings_on(started_on), today()), reason)
    before = term_on(started_on)
    kept: dict[str, Any] = {}
    if before is not None:
        was = standing_on(started_on - DAY)
        kept = {"before_on": was.on, "before_units": was.units, "before_sectors": was.sectors, "before_posts": was.posts}
        kept |= {"before_age_sum": was.ages.total, "before_age_count": was.ages.count}
    with transaction():
        if before is not None:
            for post in ChamberPost.select().where(ChamberPost.term == before.id, ChamberPost.end_on.is_null()):
                post.end_on, post.end_reason = max(started_on - DAY, post.start_on), _("Re-election")
                post.save()
        term = ChamberTerm.create(**_place(), number=number, started_on=started_on, due_on=due_on, explanation=reason, **kept)
        _note("term.begin", term, reason)
    return term


def change_term(term: ChamberTerm, number: int, started_on: date, due_on: date, reason: str = "") -> None:
    """Correct a term's number and days; what was kept of the term before stays. Raises RuleError (C11 for a post that would lie outside, C12, C26)."""
    checks.settle(checks.check_term(number, started_on, due_on, settings_on(started_on), today(), term), reason)
    p = ChamberPost
    if started_on > term.started_on and p.select().where(p.term == term.id, p.start_on < started_on, p.start_on != term.started_on).exists():
        raise RuleError(_("Posts of the term began before that day: correct or take back those first."), "started_on")
    if term.extended_to and term.extended_to <= due_on:
        raise RuleError(_("The extension would end before the term: correct the extension first."), "due_on")
    with transaction():
        p.update(start_on=started_on).where(p.term == term.id, p.start_on == term.started_on).execute()
        term.number, term.started_on, term.due_on, term.explanation = number, started_on, due_on, reason or term.explanation
        term.save()
        _note("term.change", term, reason)


def take_back_post(post: ChamberPost) -> None:
    """Take out a post entered by mistake; one that was held is ended instead."""
    with transaction():
        _note("post.take_back", post)
        post.delete_instance()


def extend_term(term: ChamberTerm, extended_to: date, approval: str, reason: str = "") -> None:
    """An approved extension of the term in force."""
    checks.settle(checks.check_extension(term, extended_to, settings_on(today())), reason)
    with transaction():
        term.extended_to, term.extension_ref, term.explanation = extended_to, approval, reason or term.explanation
        term.save()
        _note("term.extend", term, reason)


def appoint(
    term: ChamberTerm, representative: ChamberRepresentative, title: str, start_on: date, reason: str = "", *, batch: Any = None
) -> ChamberPost:
    """Give a representative a post in a term. Raises RuleError (C8, C9, C11), Doubtful (C10) without a reason."""
    found = checks.check_post(term, representative, title, start_on, settings_on(start_on), next_term(term))
    if start_on > today():
        found.append(checks.Finding("C11", "E", "start_on", _("This day is later than today.")))
    checks.settle(found, reason or ("import" if batch else ""))
    with transaction():
        post = ChamberPost.create(
            **_place(representative.organization_id), term=term, representative=representative, title=title, start_on=start_on,
            explanation=reason, batch_id=batch.id if batch else None,
        )  # fmt: skip
        if batch is None:
            _note("post.give", post, reason)
    return post


def end_post(post: ChamberPost, end_on: date, why: str) -> None:
    """The last day on which a post is held."""
    if end_on < post.start_on or end_on > today():
        raise RuleError(_("The last day lies between %(first)s and today.", first=post.start_on.isoformat()), "end_on")
    with transaction():
        post.end_on, post.end_reason = end_on, why
        post.save()
        _note("post.end", post, why)


# what happens elsewhere ------------------------------------------------------------------------------------------------


def forget_person(person_id: int) -> None:
    """The person is erased from core's records: that the unit was represented stays, by whom does not."""
    for row in ChamberRepresentative.select().where(ChamberRepresentative.person == person_id):
        row.person = None
        row.save()
