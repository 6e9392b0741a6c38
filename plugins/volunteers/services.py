"""Verbs of the association, its groups and drives, and of the roster: one transaction each, checked and audited."""

from datetime import date, timedelta
from typing import Any, NamedTuple

from youthpilot.core import (
    ConflictError,
    County,
    Organization,
    Person,
    RuleError,
    _,
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
from .models import Association, AssociationPost, AssociationTerm, Child, Drive, Entry, Group, Movement, Project, Record, Volunteer
from .queries import on_roster, posts, scope_root
from .settings import limits


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


# the association ---------------------------------------------------------------------------------------------------------


def prepare_association(name: str, preparing_on: date, term_years: int = 5) -> Association:
    """筹建: the association is being prepared. Raises ConflictError if there is one already."""
    not_future(preparing_on, "preparing_on")
    with transaction():
        if Association.select().where(Association.state != "ended").exists():
            raise ConflictError(_("There is an association already"))
        row = Association.create(**owned(), name=name.strip(), preparing_on=preparing_on, term_years=term_years)
        audit("association.prepare", row)
    return row


def establish(association: Association, on: date, holders: list[tuple[str, str]], approval_ref: str = "") -> AssociationTerm:
    """成立: the first term begins with its posts (title, name). Raises RuleError without a president or with two."""
    if association.state != "preparing":
        raise ConflictError(_("The association is established already"))
    if on < association.preparing_on:
        raise RuleError(_("Its preparation began only on %(day)s", day=association.preparing_on), "on")
    not_future(on, "on")
    check_holders(holders)
    with transaction():
        association.state, association.established_on, association.approval_ref = "established", on, approval_ref
        association.save()
        return _new_term(association, 1, on, holders, None, None)


def re_elect(association: Association, on: date, holders: list[tuple[str, str]]) -> AssociationTerm:
    """换届: the last term ends the day before with what it had then; the next one begins with its posts."""
    last = AssociationTerm.select().where(AssociationTerm.association == association.id).order_by(AssociationTerm.number.desc()).first()
    if last is None:
        raise ConflictError(_("The association is not established yet"))
    if on <= last.start_on:
        raise RuleError(_("The present term began on %(day)s", day=last.start_on), "on")
    not_future(on, "on")
    check_holders(holders)
    before = on - timedelta(days=1)
    with transaction():
        had, members = len(posts(association.id, before)), Volunteer.select().where(on_roster(before)).count()
        last.end_on = before
        last.save()
        p = AssociationPost
        p.update(end_on=before).where(p.association == association.id, p.end_on.is_null()).execute()
        return _new_term(association, last.number + 1, on, holders, had, members)


def _new_term(
    association: Association, number: int, on: date, holders: list[tuple[str, str]], had: int | None, members: int | None
) -> AssociationTerm:
    due = rules.add_months(on, 12 * association.term_years)
    place = {"county": association.county_id, "organization": association.organization_id, "association": association.id}
    term = AssociationTerm.create(**place, number=number, start_on=on, due_on=due, posts_before=had, members_before=members)
    for title, name in holders:
        AssociationPost.create(**place, term=term.id, title=title, name=name, start_on=on)
    audit("association.term", association, after={"term": number, "start": on, "posts": len(holders)})
    return term


def check_holders(holders: list[tuple[str, str]]) -> None:
    """Raise RuleError unless there is exactly one president and every title is known."""
    presidents = sum(title == "president" for title, _name in holders)
    if presidents != 1:
        raise RuleError(_("An association has one president; here are %(count)s", count=presidents), "posts")
    if len(set(holders)) != len(holders):
        raise RuleError(_("The same post is named twice for the same person"), "posts")


def read_holders(text: str) -> list[tuple[str, str]]:
    """“会长 王芳” a line as (code, name). Raises RuleError at the first line that says something else."""
    codes = {word: code for code, word in rules.ASSOCIATION_POSTS.items()}
    found = []
    for line in filter(None, (part.strip() for part in text.splitlines())):
        title, _space, name = line.replace("：", " ").replace(":", " ").replace("　", " ").partition(" ")
        if title not in codes or not name.strip():
            raise RuleError(_("“%(line)s”: write the post and the name, such as 会长 王芳", line=line), "posts")
        found.append((codes[title], name.strip()))
    return found


def add_group(organization_id: int, name: str, established_on: date, leader: str = "") -> Group:
    """A group of an organization. Raises RuleError if the organization has one of that name."""
    place, name = place_of(organization_id), name.strip()
    not_future(established_on, "established_on")
    with transaction():
        if Group.select().where(Group.organization == place.id, Group.name == name).exists():
            raise RuleError(_("%(name)s is there already", name=name), "name")
        row = Group.create(**owned(place.id), name=name, established_on=established_on, leader=leader.strip())
        audit("group.add", row)
    return row


def close_group(row: Group, on: date) -> None:
    """`on` is its last day; its volunteers stay on the roster without a group. Raises ConflictError if it is closed."""
    if row.closed_on is not None:
        raise ConflictError(_("The group is closed already"))
    with transaction():
        row.closed_on = on
        row.save()
        Volunteer.update(group=None).where(Volunteer.group == row.id).execute()
        audit("group.close", row, after={"on": on})


def add_drive(title: str, starts_on: date, ends_on: date, target: int | None = None) -> Drive:
    """A recruitment drive. Raises RuleError for days the wrong way round or a title taken."""
    if ends_on < starts_on:
        raise RuleError(_("The last day lies before the first day"), "ends_on")
    with transaction():
        if Drive.select().where(Drive.title == title.strip()).exists():
            raise RuleError(_("%(name)s is there already", name=title), "title")
        row = Drive.create(**owned(), title=title.strip(), starts_on=starts_on, ends_on=ends_on, target=target)
        audit("drive.add", row)
    return row


def save_project(row: Project | None, values: dict[str, Any]) -> Project:
    """Add or change a project (title, field, state, is_brand, goals, starts_on, ends_on). Raises RuleError."""
    if values.get("ends_on") and values["ends_on"] < values["starts_on"]:
        raise RuleError(_("The last day lies before the first day"), "ends_on")
    own = row.id if row else 0
    with transaction():
        if Project.select().where(Project.title == values["title"], Project.id != own).exists():
            raise RuleError(_("%(name)s is there already", name=values["title"]), "title")
        if row is None:
            row = Project.create(**owned(), **values)
        else:
            for key, value in values.items():
                setattr(row, key, value)
            row.save()
        audit("project.save", row, after={"state": row.state})
    return row


# volunteers --------------------------------------------------------------------------------------------------------------

PERSON = ("name", "sex", "birth_date", "id_no")
OWN = ("group", "drive", "skills", "fields", "guardian_name", "guardian_relation", "guardian_phone", "consent_on")


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
        if Volunteer.select().where(Volunteer.number == number).exists():
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
    """A merged organization's volunteers, groups and children go to the other one; what was counted stays where it was."""
    if event != "merged" or other_id is None:
        return
    taken = {n for (n,) in Group.select(Group.name).where(Group.organization == other_id).tuples()}
    for model in (Volunteer, Child):
        model.update(organization=other_id).where(model.organization == organization_id).execute()
    Group.update(organization=other_id).where(Group.organization == organization_id, Group.name.not_in(list(taken) or [""])).execute()


def forget_person(person_id: int) -> None:
    """Erase what tells of a person; that somebody joined and served stays counted."""
    from .models import Certificate

    for row in Volunteer.select().where(Volunteer.person == person_id):
        row.skills = row.guardian_name = row.guardian_relation = row.guardian_phone = ""
        row.save()
        Certificate.update(name="已删除").where(Certificate.volunteer == row.id).execute()
        Entry.delete().where(Entry.volunteer == row.id).execute()
