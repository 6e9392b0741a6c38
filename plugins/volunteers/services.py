"""Verbs of the roster, and what all verbs of the module share: one transaction each, checked and audited."""

from datetime import date
from typing import Any, NamedTuple

from youthpilot.core import (
    ConflictError,
    County,
    Organization,
    Person,
    RuleError,
    blind_index,
    current_scope,
    figure_scope,
    keep_before,
    mask_name,
    record_audit,
    today,
    transaction,
)

from . import rules
from .models import Certificate, Entry, Group, Movement, Record, RosterTotal, Volunteer
from .queries import scope_root
from .settings import limits
from .words import _


def place_of(organization_id: int) -> Organization:
    """The organization, if the scope sees it. Raises RuleError."""
    found = Organization.get_or_none(Organization.id == organization_id)
    if found is None:
        raise RuleError(_("There is no such organization"), "organization")
    return found


def owned(organization_id: int | None = None) -> dict[str, Any]:
    """county and organization of a new row; the scope's top without an organization."""
    if organization_id is None:
        root = scope_root()
        if root is None:
            raise RuleError(_("The county has no organizations yet: import them first"))
        organization_id = root.id
    return {"county": current_scope().county_id, "organization": organization_id}


def not_future(day: date | None, field: str) -> None:
    """Raise RuleError for a day to come."""
    if day is not None and day > today():
        raise RuleError(_("The day %(day)s lies in the future", day=day), field)


def audit(act: str, row: Any, **more: Any) -> None:
    """An entry about a row of the module; `object_name` says what it is called."""
    more.setdefault("object_name", str(row))
    record_audit(f"volunteers.{act}", object_type=row._meta.table_name, object_id=row.id, organization_id=row.organization_id, **more)


# volunteers --------------------------------------------------------------------------------------------------------------

PERSON = ("name", "sex", "birth_date", "id_no")
OWN = ("group", "drive", "skills", "fields", "guardian_name", "guardian_relation", "guardian_phone", "consent_on")


GUARDED = ("guardian_name", "guardian_relation", "consent_on")


class Wrong(NamedTuple):
    """What is impossible: at which field, in which words, under which number of the README."""

    field: str
    message: str
    code: str

    def refuse(self) -> None:
        """Raise it as RuleError."""
        raise RuleError(self.message, self.field)


def check_volunteer(values: dict[str, Any]) -> Wrong | None:
    """What is impossible about one who joins; None if nothing is."""
    joined, birth = values["joined_on"], values.get("birth_date")
    set_to = limits(joined)
    if joined > today():
        return Wrong("joined_on", _("The day %(day)s lies in the future", day=joined), "V5")
    if birth is not None and birth >= joined:
        return Wrong("birth_date", _("The date of birth must lie before the day of joining"), "V1")
    if birth is not None and rules.full_years(birth, joined) < set_to.ages.lowest:
        return Wrong("birth_date", _("Not yet %(age)s full years old on that day: too young to register", age=set_to.ages.lowest), "V1")
    if rules.needs_guardian(birth, joined, set_to.ages):
        for name in ("guardian_name", "guardian_relation", "consent_on"):
            if not values.get(name):
                return Wrong(name, _("A minor needs the guardian's name, relation and the day of consent"), "V2")
        if values["consent_on"] > joined:
            return Wrong("consent_on", _("The guardian must consent before the minor joins"), "V2")
    if values.get("number") and rules.looks_like_id(values["number"], values.get("id_no") or ""):
        return Wrong("number", _("The volunteer number must not be or hold the ID number"), "V3")
    return None


def county_code() -> str:
    """The code of the scope's county."""
    return str(County.get_by_id(current_scope().county_id).code)


def next_number(joined_on: date) -> str:
    """The next unified number of the county and year, whoever asks."""
    start = rules.volunteer_number(county_code(), joined_on.year, 0)[:-6]
    with figure_scope(current_scope().county_id or 0):
        taken = [n for (n,) in Volunteer.select(Volunteer.number).where(Volunteer.number.startswith(start)).tuples()]
    last = max((int(n[len(start) :]) for n in taken if n[len(start) :].isdecimal()), default=0)
    return f"{start}{last + 1:06d}"


def add_volunteer(organization_id: int, values: dict[str, Any], batch: Any = None, number: str = "") -> Volunteer:
    """A person joins (name, sex, birth_date, id_no, phone, joined_on, number, group, drive …). Raises RuleError at the field that is wrong.

    The person is found by ID number, else by name and birth date in the organization, else made. Minors' phones are not stored.
    """
    place = place_of(organization_id)
    if not (values.get("name") or "").strip():
        raise RuleError(_("The name is missing"), "name")
    wrong = check_volunteer(values)
    if wrong:
        wrong.refuse()
    with transaction():
        person = _person(place, values, batch)
        present = Volunteer.get_or_none(Volunteer.person == person.id)
        if present is not None:
            raise RuleError(_("%(name)s is on the roster already, number %(number)s", name=mask_name(person.name), number=present.number), "name")
        number = values.get("number") or number or next_number(values["joined_on"])
        with figure_scope(place.county_id):  # a number is given once in the county, and tells nothing of a person
            taken = Volunteer.select().where(Volunteer.number == number).exists()
        if taken:
            raise RuleError(_("The number %(number)s is taken", number=number), "number")
        own = {k: values[k] for k in OWN if values.get(k) is not None}
        minor = rules.needs_guardian(values.get("birth_date"), values["joined_on"], limits(values["joined_on"]).ages)
        version = limits(values["joined_on"]).consent_version if minor else ""
        batch_id = batch.id if batch else None
        joined = values["joined_on"]
        row = Volunteer.create(
            **owned(place.id), person=person.id, number=number, joined_on=joined, consent_version=version, batch_id=batch_id, **own
        )
        Movement.create(**owned(place.id), volunteer=row.id, kind="joined", happened_on=joined, batch_id=batch_id)
        if batch is None:
            audit("volunteer.add", row)
    return row


def find_person(organization_id: int, values: dict[str, Any]) -> Person | None:
    """Who is meant: by ID number; else the one person of that name (and birth date, where both are known) in the organization."""
    if values.get("id_no"):
        return Person.get_or_none(Person.id_no_index == blind_index(values["id_no"]))
    same = list(Person.select().where(Person.organization == organization_id, Person.name == values["name"].strip()))
    birth = values.get("birth_date")
    fitting = [p for p in same if birth is None or p.birth_date in (None, birth)]
    return fitting[0] if len(fitting) == 1 else None


def _person(place: Organization, values: dict[str, Any], batch: Any) -> Person:
    found = find_person(place.id, values)
    if found is not None:
        return found
    minor = rules.needs_guardian(values.get("birth_date"), values["joined_on"], limits(values["joined_on"]).ages)
    phone = "" if minor else values.get("phone") or ""
    given = {k: values[k] for k in PERSON if values.get(k)}
    given["name"] = given["name"].strip()
    index = {"id_no_index": blind_index(given.get("id_no", "")), "phone_index": blind_index(phone)}
    return Person.create(**owned(place.id), **given, phone=phone, **index, batch_id=batch.id if batch else None)


def change_volunteer(row: Volunteer, values: dict[str, Any], batch: Any = None) -> bool:
    """Change what is not identity: group, drive, skills, fields, guardian. True if anything differed."""
    changed = {k: values[k] for k in OWN if k in values and values[k] is not None and values[k] != (getattr(row, f"{k}_id", None) or getattr(row, k))}
    if not changed:
        return False
    with transaction():
        keep_before(batch, row)
        for key, value in changed.items():
            setattr(row, key, value)
        row.save()
        if batch is None:
            audit("volunteer.change", row, after={"fields": sorted(changed)})
    return True


def correct_volunteer(row: Volunteer, values: dict[str, Any], reason: str = "") -> None:
    """Change a volunteer and what is written of the person: name, sex, birth_date, id_no, phone, joined_on, group, drive, skills,
    fields, guardian… What `values` lacks stays. Another day of joining needs a reason, and its period must be open.

    Raises RuleError at the field, as when joining.
    """
    person = row.person
    now_said = {k: getattr(person, k) for k in (*PERSON, "phone")} | {k: getattr(row, k) for k in ("joined_on", "number", *GUARDED)}
    said = now_said | values
    wrong = check_volunteer(said)
    if wrong:
        wrong.refuse()
    if not (said["name"] or "").strip():
        raise RuleError(_("The name is missing"), "name")
    moved = said["joined_on"] != row.joined_on
    if moved and not reason.strip():
        raise RuleError(_("Say why the day of joining changes"), "reason")
    with transaction():
        _check_new_day(row, said["joined_on"], moved)
        _change_person(person, said)
        minor = rules.needs_guardian(said["birth_date"], said["joined_on"], limits(said["joined_on"]).ages)
        for key in (*OWN, "joined_on"):
            if key in values:
                setattr(row, key, values[key])
        row.consent_version = (row.consent_version or limits(said["joined_on"]).consent_version) if minor else row.consent_version
        row.save()
        before = {"joined_on": now_said["joined_on"]} if moved else {}
        told = sorted(k for k in values if k in now_said and values[k] != now_said[k])
        audit("volunteer.change", row, before=before, after={"fields": told, **({"joined_on": said["joined_on"]} if moved else {})}, reason=reason)


def _check_new_day(row: Volunteer, day: date, moved: bool) -> None:
    if not moved:
        return
    if row.left_on is not None and day > row.left_on:
        raise RuleError(_("The last day on the roster was %(day)s", day=row.left_on), "joined_on")
    early = Record.select().where(Record.volunteer == row.id, Record.served_on < day, Record.state.in_(("open", "waiting", "approved")))
    if early.exists():
        raise RuleError(_("There is service before that day"), "joined_on")
    Movement.update(happened_on=day).where(Movement.volunteer == row.id, Movement.kind == "joined").execute()


def _change_person(person: Person, said: dict[str, Any]) -> None:
    index = blind_index(said["id_no"] or "")
    if index and Person.select().where(Person.id_no_index == index, Person.id != person.id).exists():
        raise RuleError(_("This ID number belongs to somebody else on file"), "id_no")
    minor = rules.needs_guardian(said["birth_date"], said["joined_on"], limits(said["joined_on"]).ages)
    phone = "" if minor else said["phone"] or ""
    given = {"name": said["name"].strip(), "sex": said["sex"] or "", "birth_date": said["birth_date"], "id_no": said["id_no"] or "", "phone": phone}
    for key, value in {**given, "id_no_index": index, "phone_index": blind_index(phone)}.items():
        setattr(person, key, value)
    person.save()


def reveal_guardian(row: Volunteer, reason: str) -> dict[str, str]:
    """The guardian's name and phone in full, for one who says why; the look is logged. Raises RuleError without a reason."""
    if not reason.strip():
        raise RuleError(_("Say why you need to see it"), "reason")
    audit("guardian.view", row, reason=reason.strip())
    return {"name": row.guardian_name, "phone": row.guardian_phone}


# totals without names ------------------------------------------------------------------------------------------------------


def enter_joined(organization_id: int, from_on: date, until_on: date, joined: int, source_file: str, entered_by: str = "") -> RosterTotal:
    """How many joined in some days, both included, where nobody is on the roster by name (汇总录入). Raises RuleError at the field.

    Refused where somebody joined by name in those days, and where another total covers one of them.
    """
    place = place_of(organization_id)
    not_future(until_on, "until_on")
    if until_on < from_on:
        raise RuleError(_("The last day lies before the first day"), "until_on")
    if not source_file.strip():
        raise RuleError(_("Name the file that the total was taken from"), "source_file")
    with transaction():
        named = Movement.select().where(Movement.organization == place.id, Movement.kind == "joined", Movement.happened_on.between(from_on, until_on))
        if named.exists():
            count = named.count()
            raise RuleError(_("%(count)s people joined there by name in these days: the roster counts, not a total", count=count), "joined")
        t = RosterTotal
        other = t.select().where(t.organization == place.id, t.from_on <= until_on, t.until_on >= from_on).first()
        if other is not None:
            raise RuleError(_("There is a total from %(first)s to %(last)s already", first=other.from_on, last=other.until_on), "from_on")
        row = t.create(**owned(place.id), from_on=from_on, until_on=until_on, joined=joined, source_file=source_file.strip(), entered_by=entered_by)
        audit("roster.total", row, object_name=place.name, after={"joined": joined, "source": row.source_file, "from": from_on, "until": until_on})
    return row


def remove_joined(row: RosterTotal, reason: str) -> None:
    """A total goes, with its reason. Raises RuleError without one, or if its period is locked."""
    if not reason.strip():
        raise RuleError(_("Give the reason"), "reason")
    with transaction():
        audit("roster.total_delete", row, before={"joined": row.joined, "source": row.source_file}, reason=reason.strip())
        RosterTotal.delete().where(RosterTotal.id == row.id).execute()


def leave(row: Volunteer, on: date) -> None:
    """The volunteer leaves; `on` is the last day. Raises RuleError."""
    not_future(on, "on")
    if row.left_on is not None:
        raise ConflictError(_("Left already"))
    if on < row.joined_on:
        raise RuleError(_("Joined only on %(day)s", day=row.joined_on), "on")
    with transaction():
        if Record.select().where(Record.volunteer == row.id, Record.served_on > on, Record.state.in_(("open", "waiting", "approved"))).exists():
            raise RuleError(_("There is service after that day"), "on")
        row.left_on = on
        row.save()
        Movement.create(**owned(row.organization_id), volunteer=row.id, kind="left", happened_on=on)
        audit("volunteer.leave", row, after={"on": on})


def come_back(row: Volunteer, on: date) -> None:
    """Back on the roster; not counted as newly joined. Raises RuleError."""
    not_future(on, "on")
    if row.left_on is None or on <= row.left_on:
        raise ConflictError(_("Still on the roster"))
    with transaction():
        row.left_on = None
        row.save()
        Movement.create(**owned(row.organization_id), volunteer=row.id, kind="returned", happened_on=on)
        audit("volunteer.return", row, after={"on": on})


def add_entry(volunteer: Volunteer, kind: str, title: str, given_on: date, given_by: str = "") -> Entry:
    """Training, award or evaluation for the record."""
    not_future(given_on, "given_on")
    with transaction():
        row = Entry.create(
            **owned(volunteer.organization_id), volunteer=volunteer.id, kind=kind, title=title, given_on=given_on, given_by=given_by or ""
        )
        audit("entry.add", row, object_name=title)
    return row


# when core tells ---------------------------------------------------------------------------------------------------------


def follow_organization(organization_id: int, event: str, other_id: int | None) -> None:
    """A merged organization's groups go to the other one, unless it has one of that name; what was counted stays where it was."""
    if event != "merged" or other_id is None:
        return
    taken = {n for (n,) in Group.select(Group.name).where(Group.organization == other_id).tuples()}
    Group.update(organization=other_id).where(Group.organization == organization_id, Group.name.not_in(list(taken) or [""])).execute()


def forget_person(person_id: int) -> None:
    """Erase what tells of a person; that somebody joined and served stays counted."""
    for row in Volunteer.select().where(Volunteer.person == person_id):
        row.skills = row.guardian_name = row.guardian_relation = row.guardian_phone = ""
        row.save()
        Certificate.update(name="已删除").where(Certificate.volunteer == row.id).execute()
        Entry.delete().where(Entry.volunteer == row.id).execute()
