"""Verbs of the association and what stands under it: terms and posts, groups, recruitment drives, projects."""

from datetime import date, timedelta
from typing import Any

from youthpilot.core import ConflictError, RuleError, acting, add_months, transaction

from . import rules
from .models import Association, AssociationPost, AssociationTerm, Drive, Group, Project, Volunteer
from .queries import on_roster, posts
from .services import audit, not_future, owned, place_of
from .words import _

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
    with acting.carrying_out(association, "term", established_on=on, approval_ref=approval_ref) as (_step, told):
        return _new_term(association, 1, on, holders, None, None, told)


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
    with acting.carrying_out(association, "term") as (_step, told):
        had, members = len(posts(association.id, before)), Volunteer.select().where(on_roster(before)).count()
        last.end_on = before
        last.save()
        p = AssociationPost
        p.update(end_on=before).where(p.association == association.id, p.end_on.is_null()).execute()
        return _new_term(association, last.number + 1, on, holders, had, members, told)


def _new_term(
    association: Association,
    number: int,
    on: date,
    holders: list[tuple[str, str]],
    had: int | None,
    members: int | None,
    told: dict[str, Any],
) -> AssociationTerm:
    due = add_months(on, 12 * association.term_years)
    place = {"county": association.county_id, "organization": association.organization_id, "association": association.id}
    term = AssociationTerm.create(**place, number=number, start_on=on, due_on=due, posts_before=had, members_before=members)
    for title, name in holders:
        AssociationPost.create(**place, term=term.id, title=title, name=name, start_on=on)
    told |= {"term": number, "start": on, "posts": len(holders)}
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


def save_association(row: Association, name: str, preparing_on: date, term_years: int, approval_ref: str, note: str) -> None:
    """Correct what is said of the association. Raises RuleError if its preparation would begin after it was established."""
    not_future(preparing_on, "preparing_on")
    if row.established_on is not None and preparing_on > row.established_on:
        raise RuleError(_("The association was established on %(day)s already", day=row.established_on), "preparing_on")
    with transaction():
        before = {"name": row.name, "preparing_on": row.preparing_on, "term_years": row.term_years}
        row.name, row.preparing_on, row.term_years = name.strip(), preparing_on, term_years
        row.approval_ref, row.note = approval_ref.strip(), note.strip()
        row.save()
        audit("association.change", row, before=before, after={"name": row.name, "preparing_on": preparing_on, "term_years": term_years})


def end_association(row: Association, on: date, reason: str) -> None:
    """终止: `on` is the last day of its term and of its posts; after it another one may be prepared. Raises RuleError, ConflictError."""
    not_future(on, "on")
    given = {"reason": reason.strip()}
    acting.check(row, "end")
    if on < (row.established_on or row.preparing_on):
        raise RuleError(_("The association began only on %(day)s", day=row.established_on or row.preparing_on), "on")
    acting.check(row, "end", given=given)
    t, p = AssociationTerm, AssociationPost
    late = t.select().where(t.association == row.id, t.start_on > on).first() or p.select().where(p.association == row.id, p.start_on > on).first()
    if late is not None:
        raise RuleError(_("A term or post of the association began only on %(day)s", day=late.start_on), "on")
    with acting.carrying_out(row, "end", given=given) as (_step, told):
        t.update(end_on=on).where(t.association == row.id, t.end_on.is_null()).execute()
        p.update(end_on=on).where(p.association == row.id, p.end_on.is_null()).execute()
        told["on"] = on


def extend_term(term: AssociationTerm, due_on: date, reason: str) -> None:
    """The re-election is due on another day. Raises RuleError before its first day, ConflictError once it has ended."""
    if term.end_on is not None:
        raise ConflictError(_("This term has ended"))
    if due_on <= term.start_on:
        raise RuleError(_("The present term began on %(day)s", day=term.start_on), "due_on")
    with transaction():
        before, term.due_on = term.due_on, due_on
        term.save()
        audit("association.extend", term.association, before={"due_on": before}, after={"due_on": due_on}, reason=reason.strip())


def add_post(association: Association, title: str, name: str, start_on: date) -> AssociationPost:
    """Somebody takes a post within the term. Raises RuleError: a second president, the same post twice, before the term began."""
    not_future(start_on, "start_on")
    if association.state == "ended":
        raise ConflictError(_("The association has ended already"))
    term = AssociationTerm.get_or_none(AssociationTerm.association == association.id, AssociationTerm.end_on.is_null())
    first = term.start_on if term is not None else association.preparing_on
    if start_on < first:
        raise RuleError(_("The present term began on %(day)s", day=first), "start_on")
    p = AssociationPost
    held = list(p.select().where(p.association == association.id, p.title == title, p.end_on.is_null() | (p.end_on >= start_on)))
    if title == "president" and held:
        raise RuleError(_("%(name)s is president until then: end that post first", name=held[0].name), "title")
    if any(h.name == name.strip() for h in held):
        raise RuleError(_("The same post is named twice for the same person"), "name")
    with transaction():
        row = p.create(
            **owned(association.organization_id), association=association.id, term=term.id if term else None, title=title, name=name.strip(),
            start_on=start_on,
        )  # fmt: skip
        audit("association.post", association, after={"title": rules.ASSOCIATION_POSTS[title], "start": start_on})
    return row


def change_post(row: AssociationPost, name: str, end_on: date | None) -> None:
    """Correct the name, or end the post (`end_on` is its last day). Raises RuleError."""
    not_future(end_on, "end_on")
    if end_on is not None and end_on < row.start_on:
        raise RuleError(_("The last day lies before the first day"), "end_on")
    with transaction():
        before, row.name, row.end_on = row.end_on, name.strip(), end_on
        row.save()
        audit("association.post", row.association, before={"end": before}, after={"title": rules.ASSOCIATION_POSTS[row.title], "end": end_on})


def save_group(row: Group | None, organization_id: int, name: str, established_on: date, leader: str = "") -> Group:
    """Add or change a group of an organization. Raises RuleError if the organization has one of that name."""
    place, name = place_of(organization_id), name.strip()
    not_future(established_on, "established_on")
    own = row.id if row else 0
    with transaction():
        if Group.select().where(Group.organization == place.id, Group.name == name, Group.id != own).exists():
            raise RuleError(_("%(name)s is there already", name=name), "name")
        if row is None:
            row = Group.create(**owned(place.id), name=name, established_on=established_on, leader=leader.strip())
        else:
            row.organization, row.name, row.established_on, row.leader = place.id, name, established_on, leader.strip()
            row.save()
        audit("group.save", row)
    return row


def close_group(row: Group, on: date) -> None:
    """`on` is its last day; its volunteers stay on the roster without a group. Raises ConflictError if it is closed."""
    if row.closed_on is not None:
        raise ConflictError(_("The group is closed already"))
    not_future(on, "on")
    if on < row.established_on:
        raise RuleError(_("The last day lies before the first day"), "on")
    with transaction():
        row.closed_on = on
        row.save()
        Volunteer.update(group=None).where(Volunteer.group == row.id).execute()
        audit("group.close", row, after={"on": on})


def save_drive(row: Drive | None, title: str, starts_on: date, ends_on: date, target: int | None = None) -> Drive:
    """Add or change a recruitment drive. Raises RuleError for days the wrong way round or a title taken."""
    if ends_on < starts_on:
        raise RuleError(_("The last day lies before the first day"), "ends_on")
    own, title = row.id if row else 0, title.strip()
    with transaction():
        if Drive.select().where(Drive.title == title, Drive.id != own).exists():
            raise RuleError(_("%(name)s is there already", name=title), "title")
        if row is None:
            row = Drive.create(**owned(), title=title, starts_on=starts_on, ends_on=ends_on, target=target)
        else:
            row.title, row.starts_on, row.ends_on, row.target = title, starts_on, ends_on, target
            row.save()
        audit("drive.save", row, after={"starts": starts_on, "ends": ends_on, "target": target})
    return row


def add_drive(title: str, starts_on: date, ends_on: date, target: int | None = None) -> Drive:
    """A new recruitment drive; as save_drive."""
    return save_drive(None, title, starts_on, ends_on, target)


def remove_drive(row: Drive) -> None:
    """A drive entered by mistake goes. Raises RuleError once somebody joined through it: end it then."""
    with transaction():
        if Volunteer.select().where(Volunteer.drive == row.id).exists():
            raise RuleError(_("Volunteers joined through this drive: change its last day instead"))
        audit("drive.delete", row)
        Drive.delete().where(Drive.id == row.id).execute()


def save_project(row: Project | None, values: dict[str, Any]) -> Project:
    """Add or change a project (title, field, state, is_brand, goals, starts_on, ends_on). Raises RuleError."""
    if values.get("ends_on") and values["ends_on"] < values["starts_on"]:
        raise RuleError(_("The last day lies before the first day"), "ends_on")
    own = row.id if row else 0
    with transaction():
        if Project.select().where(Project.title == values["title"], Project.id != own).exists():
            raise RuleError(_("%(name)s is there already", name=values["title"]), "title")
        texts = {key: value for key, value in values.items() if key != "state"}
        if row is None:
            row = Project.create(**owned(), **texts)
        else:
            for key, value in texts.items():
                setattr(row, key, value)
            row.save()
        if values["state"] != row.state:
            acting.move(row, values["state"])
        audit("project.save", row, after={"state": row.state})
    return row
