"""Who stands for a unit, in core's persons: found by identity number, else by name and birth date in the same place; else a new person."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from youthpilot.core import Person, Post, RuleError, blind_index, current_scope, identity, keep_before, record_audit, today

from .checks import Finding
from .words import _


@dataclass(frozen=True)
class Given:
    """What a form or a file says of a person."""

    name: str
    birth_date: date | None = None
    phone: str = ""
    id_no: str = ""


@dataclass(frozen=True)
class Match:
    """Whom it names (None: nobody on record), his birth date and number as understood, and what is wrong."""

    person: Person | None
    birth_date: date | None
    id_no: str
    sex: str
    findings: tuple[Finding, ...] = ()


def match(organization_id: int, given: Given) -> Match:
    """Whom the values name. C24: the identity number; C25: somebody of this name and birth date on record elsewhere."""
    number, wrong = identity.check_id_no(given.id_no, today()) if given.id_no.strip() else (None, None)
    if wrong is not None and wrong.level == "E":
        return Match(None, given.birth_date, "", "", (Finding("C24", "E", "id_no", wrong.message),))
    birth = given.birth_date or (number.birth if number else None)
    if number is not None:
        sex = {"male": "M", "female": "F"}[number.sex]
        holder, findings = _by_number(given, number.text, number.birth)
        return Match(holder, birth, number.text, sex, findings)
    person = _here(organization_id, given.name.strip(), birth)
    return Match(person, birth, "", "", () if person else _elsewhere(given.name.strip(), birth))


def _by_number(given: Given, number: str, birth: date) -> tuple[Person | None, tuple[Finding, ...]]:
    if given.birth_date and given.birth_date != birth:
        return None, (Finding("C24", "E", "birth_date", _("The identity number says %(day)s.", day=birth.isoformat())),)
    found = Person.get_or_none(Person.id_no_index == blind_index(number))  # whom another township knows is not told: the county sees doubles
    if found is None:
        return None, ()
    if found.name != given.name.strip():
        return None, (Finding("C24", "E", "id_no", _("This identity number is on record under another name.")),)
    return found, ()


def _here(organization_id: int, name: str, birth: date | None) -> Person | None:
    if birth is None:
        return None
    p = Person
    found: Person | None = p.select().where(p.organization == organization_id, p.name == name, p.birth_date == birth).order_by(p.id).first()
    return found


def _elsewhere(name: str, birth: date | None) -> tuple[Finding, ...]:
    if birth is None:
        return ()
    other = Person.select().where(Person.name == name, Person.birth_date == birth).first()
    if other is None:
        return ()
    text = _(
        "%(name)s of this birth date is on record at %(place)s. The same person? Enter the identity number.",
        name=name,
        place=other.organization.short,
    )
    return (Finding("C25", "W", "representative", text),)


def keep(organization_id: int, given: Given, batch: Any = None) -> Person:
    """The person whom the values name, made if he is new; what is not known of him yet is filled in, what is known stays."""
    found = match(organization_id, given)
    given_now = {"birth_date": found.birth_date, "phone": given.phone, "id_no": found.id_no, "sex": found.sex}
    if found.person is None:
        values = {k: v for k, v in given_now.items() if v}
        base = {
            "county": current_scope().county_id,
            "organization": organization_id,
            "name": given.name.strip(),
            "batch_id": getattr(batch, "id", None),
        }
        person: Person = Person.create(**base, **values, **_indexes(values))
        return person
    fill(found.person, {k: v for k, v in given_now.items() if v and not getattr(found.person, k)}, batch)
    return found.person


def correct(person: Person, given: Given, batch: Any = None) -> bool:
    """Correct name, birth date and phone of a person; True if anything differed.

    Raises RuleError where he is a cadre too: his name and birth date belong to the cadres' records then.
    """
    wanted = {"name": given.name.strip(), "birth_date": given.birth_date, "phone": given.phone}
    found = match(person.organization_id, given)
    if found.id_no and not person.id_no:
        wanted |= {"id_no": found.id_no, "birth_date": found.birth_date, "sex": found.sex or person.sex}
    changed = {k: v for k, v in wanted.items() if v != getattr(person, k)}
    touched = {k for k in ("name", "birth_date") if k in changed and getattr(person, k)}
    if touched and Post.select().where(Post.person == person.id).exists():
        field = "representative" if "name" in touched else "birth_date"
        raise RuleError(_("%(name)s is a cadre too: correct name and birth date under cadres.", name=person.name), field)
    return fill(person, changed, batch)


def fill(person: Person, values: dict[str, Any], batch: Any = None) -> bool:
    """Write these values; True if there were any. The audit log keeps which fields, never what they say."""
    if not values:
        return False
    keep_before(batch, person)
    for key, value in (values | _indexes(values)).items():
        setattr(person, key, value)
    person.save()
    if batch is None:
        record_audit("chamber.person.fill", object_type="core_person", object_id=person.id, after={"fields": sorted(values)})
    return True


def _indexes(values: dict[str, Any]) -> dict[str, str]:
    """Blind indexes of the numbers among the values."""
    return {f"{k}_index": blind_index(values[k] or "") for k in ("id_no", "phone") if k in values}
