"""Verbs of the chamber, one transaction each: check (checks.py), write, audit. `reason`: why something unusual is right."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from youthpilot.core import Organization, RuleError, _, current_scope, keep_before, record_audit, today, transaction

from . import checks
from .models import ChamberPost, ChamberRepresentative, ChamberTerm, ChamberUnit
from .queries import next_term, representative_of, scope_root, settings_on, standing_on, term_on
from .rules import sector_of

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
    """A new member unit with its representative. Raises RuleError (C1–C4, C6), Doubtful (C5, C7) without a reason."""
    if batch is None:
        values = {"name": member.name, "uscc": member.uscc, "category": member.category, "joined_on": member.joined_on}
        limits = settings_on(member.joined_on)
        found = checks.check_unit(values, today(), limits, checks.Roll.read())
        checks.settle(found + checks.check_person(member.birth_date, member.joined_on, today(), limits), reason)
    batch_id = batch.id if batch else None
    with transaction():
        unit = ChamberUnit.create(
            **_place(organization_id), name=member.name.strip(), uscc=checks.clean_uscc(member.uscc), category=member.category,
            sector=sector_of(member.category), business=member.business, joined_on=member.joined_on, explanation=reason, batch_id=batch_id,
        )  # fmt: skip
        ChamberRepresentative.create(
            **_place(unit.organization_id), unit=unit, name=member.representative.strip(), birth_date=member.birth_date,
            position=member.position, phone=member.phone, from_on=member.joined_on, batch_id=batch_id,
        )  # fmt: skip
        if batch is None:
            _note("unit.add", unit, reason)
    return unit


def change_unit(unit: ChamberUnit, member: Member, reason: str = "") -> None:
    """Correct a unit and its present representative (not his change: see change_representative)."""
    now = representative_of(unit, today())
    values = {"name": member.name, "uscc": member.uscc, "category": member.category, "joined_on": member.joined_on, "left_on": unit.left_on}
    found = checks.check_unit(values, today(), settings_on(member.joined_on), checks.Roll.read(), unit.id)
    since = member.joined_on if now is None or now.from_on == unit.joined_on else now.from_on
    found += checks.check_person(member.birth_date, since, today(), settings_on(member.joined_on))
    checks.settle(found, reason or (unit.explanation if now is not None and now.birth_date == member.birth_date else ""))
    with transaction():
        before = {"name": unit.name, "uscc": unit.uscc, "category": unit.category, "joined_on": unit.joined_on.isoformat()}
        unit.name, unit.uscc, unit.business = member.name.strip(), checks.clean_uscc(member.uscc), member.business
        unit.category, unit.sector, unit.explanation = member.category, sector_of(member.category), reason or unit.explanation
        if now is not None and now.from_on == unit.joined_on:
            now.from_on = member.joined_on
        unit.joined_on = member.joined_on
        unit.save()
        if now is not None:
            now.name, now.birth_date, now.position, now.phone = member.representative.strip(), member.birth_date, member.position, member.phone
            now.save()
        _note("unit.change", unit, reason, before=before)


def leave(unit: ChamberUnit, left_on: date, why: str) -> None:
    """A unit leaves (退会): no member from that day on; representative and post end the day before."""
    if unit.left_on is not None:
        raise RuleError(_("%(unit)s has left already.", unit=unit.name), "left_on")
    values = {"name": unit.name, "uscc": unit.uscc, "category": unit.category, "joined_on": unit.joined_on, "left_on": left_on}
    checks.settle([f for f in checks.check_unit(values, today(), settings_on(left_on), checks.Roll({}, {})) if f.field == "left_on"], why)
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
    """Take back a leaving entered by mistake: the unit and its last representative go on; posts have to be given anew."""
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
    unit: ChamberUnit, name: str, birth_date: date | None, from_on: date, reason: str = "", *, position: str = "", phone: str = "", batch: Any = None
) -> ChamberRepresentative:
    """Another person stands for the unit from a day on; the one before and his post end the day before."""
    if batch is None:
        checks.settle(checks.check_person(birth_date, from_on, today(), settings_on(from_on)), reason)
    if from_on > today():
        raise RuleError(_("This day is later than today."), "from_on")
    now = representative_of(unit, date.max)
    if now is not None and from_on <= now.from_on:
        raise RuleError(_("%(name)s has stood for it since %(day)s: choose a later day.", name=now.name, day=now.from_on.isoformat()), "from_on")
    with transaction():
        for row in [now, *ChamberPost.select().where(ChamberPost.representative == (now.id if now else 0), ChamberPost.end_on.is_null())]:
            keep_before(batch, row)
        _end(unit, from_on - DAY, _("Another representative"))
        person = ChamberRepresentative.create(
            **_place(unit.organization_id), unit=unit, name=name.strip(), birth_date=birth_date, position=position, phone=phone,
            from_on=from_on, batch_id=batch.id if batch else None,
        )  # fmt: skip
        if batch is None:
            _note("representative.change", unit, reason)
    return person


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


def follow_organization(organization_id: int, event: str, other_id: int | None) -> None:
    """Units of a merged organization go to the one it merged into."""
    if event == "merged" and other_id is not None:
        for model in (ChamberUnit, ChamberRepresentative, ChamberPost):
            model.update(organization=other_id).where(model.organization == organization_id).execute()


def forget_person(person_id: int) -> None:
    """Erase what tells of a person; that the unit was represented stays."""
    for row in ChamberRepresentative.select().where(ChamberRepresentative.person_id == person_id):
        row.name, row.birth_date, row.phone, row.person_id = "已删除", None, "", None
        row.save()
