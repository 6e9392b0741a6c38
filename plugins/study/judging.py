"""Judging the rows of a file: which organization, which issue, which person; what is impossible (E) and what unusual (W).

S1 organization · S2 issue · S3 no name · S4 namesakes · S5 outside the roster · S6 future · S7 outside the issue's days ·
S8 no number · S9 above 100 % · S10 no number of members · S11 more missing than members.
"""

from collections import defaultdict
from datetime import date
from typing import Any, NamedTuple

from youthpilot.core import blind_index, today
from youthpilot.plugins.importing import Row

from . import rules
from .models import StudyIssue, StudyMember, StudyRoster
from .places import Places
from .words import _


class Lookup:
    """What judge and apply need, read once."""

    def __init__(self, county_id: int, options: dict[str, Any]) -> None:
        self.places = Places()
        self.today = today()
        self.issues = {(i.kind, i.year, i.number, i.is_special): i for i in StudyIssue.select()}
        by_id = {i.id: i for i in self.issues.values()}
        chosen = str(options.get("issue") or "")
        self.issue = by_id.get(int(chosen)) if chosen.isdecimal() else None
        self.options = options

    def named(self, text: str | None) -> StudyIssue | str | None:
        """The issue that a cell names; its title as text if there is no such issue; the chosen one if the cell names none.

        A cell that does not say whether it means the campaign or an online class means what is chosen beside the file.
        """
        found = rules.read_issue(text or "")
        if found is None or found.number is None:
            return self.issue
        kind = found.kind or (self.issue.kind if self.issue else "study")
        years = [found.year] if found.year else sorted({y for _k, y, _n, _s in self.issues}, reverse=True)
        for year in years:
            issue = self.issues.get((kind, year, found.number, found.is_special))
            if issue and (found.year or issue.opens_on <= self.today):
                return issue
        return rules.issue_title(found.year or self.today.year, found.number, found.is_special, kind)


class Known(NamedTuple):
    """A name on a roster, or outside it."""

    id: int
    organization_id: int
    person_key: str
    name: str
    number: str
    is_member: bool
    off_roster: bool


class People(Lookup):
    """With the names on the rosters."""

    def __init__(self, county_id: int, options: dict[str, Any]) -> None:
        super().__init__(county_id, options)
        self.by_key: dict[tuple[int, str], Known] = {}
        self.by_name: dict[tuple[int, str], list[Known]] = defaultdict(list)
        self.listed: set[int] = set()  # organizations with a roster of names
        m = StudyMember
        query = m.select(m.id, m.organization_id, m.person_key, m.name, m.number, m.is_member, m.off_roster).where(m.to_on.is_null())
        for member in map(Known._make, query.tuples()):
            self.by_key[member.organization_id, member.person_key] = member
            self.by_name[member.organization_id, member.name].append(member)
            if not member.off_roster:
                self.listed.add(member.organization_id)


def judge_place(row: Row, look: Lookup, *path: str) -> int | None:
    """Find the row's organization and keep it as `organization_id`."""
    words = [str(row.values[p]) for p in path if row.values.get(p)]
    if not words:
        row.error(path[-1], _("Which League organization? The cell is empty."), "S1")
        return None
    found = look.places.find(*words)
    if len(found) == 1:
        row.values["organization_id"] = found[0]
        return found[0]
    if found:
        names = "、".join(look.places.names[o] for o in found[:3])
        row.error(path[-1], _("Several organizations fit “%(text)s”: %(names)s. Write the full name or the code.", text=words[-1], names=names), "S1")
    else:
        row.error(
            path[-1], _("“%(text)s” is not among your organizations. Correct the name, or add it under League organizations.", text=words[-1]), "S1"
        )
    return None


def judge_issue(row: Row, look: Lookup) -> StudyIssue | None:
    """Find the row's issue and keep it as `issue_of_row`."""
    found = look.named(row.values.get("issue"))
    if isinstance(found, StudyIssue):
        row.values["issue_of_row"] = found
        return found
    if found is None:
        row.error("issue" if row.raw.get("issue") else "", _("Which issue? Choose it beside the file."), "S2")
    else:
        row.error("issue", _("There is no %(issue)s yet: add the issue first.", issue=found), "S2")
    return None


def judge_learner(row: Row, look: People) -> None:
    """Organization, issue, person and day of one who learned."""
    organization = judge_place(row, look, "school", "college", "organization")
    issue = judge_issue(row, look)
    number, name = identity(row)
    if organization and (number or name):
        _judge_person(row, look, organization, number, name)
    elif not (number or name):
        row.error("name", _("There is no name in this row."), "S3")
    day = row.values.get("learned_on")
    if issue and isinstance(day, date):
        _judge_day(row, look, issue, day)


def identity(row: Row) -> tuple[str, str]:
    """(number, name) from the name's cell, which may hold both, and the number's cell."""
    number, name = rules.split_identity(str(row.values.get("name") or ""))
    return str(row.values.get("number") or "").strip() or number, name


def person_key(number: str, name: str) -> str:
    """What tells a person from his namesakes in a branch; an identity number only as a keyed hash."""
    if rules.is_id_number(number):
        return f"i:{blind_index(number)}"
    return f"n:{number}" if number else f"m:{name}"


def _judge_person(row: Row, look: People, organization: int, number: str, name: str) -> None:
    row.values |= {
        "person_key": person_key(number, name),
        "person_name": name or number,
        "person_number": "" if rules.is_id_number(number) else number,
    }
    member = look.by_key.get((organization, row.values["person_key"])) if number else None
    namesakes = look.by_name.get((organization, name), []) if name else []
    if member is None and number:
        namesakes = [m for m in namesakes if not m.number]  # the roster has no number for him yet
    if member is None and len(namesakes) > 1:
        text = _("%(count)s people called %(name)s are on the roster here: add the number.", count=len(namesakes), name=name)
        row.error("name", text, "S4")
        return
    member = member or (namesakes[0] if namesakes else None)
    said = row.values.get("is_member")
    if member is not None:
        row.values |= {"person_id": member.id, "counts_as_member": member.is_member if said is None else said}
    else:
        listed = organization in look.listed
        row.values |= {"person_id": None, "counts_as_member": (not listed) if said is None else said}
        if listed:
            row.warn("name", _("%(name)s is not on the roster of this branch: counted outside the roster.", name=name or number), "S5")


def _judge_day(row: Row, look: Lookup, issue: StudyIssue, day: date) -> None:
    if day > look.today:
        row.error("learned_on", _("This day lies in the future."), "S6")
    elif not issue.opens_on <= day <= issue.closes_on:
        span = f"{issue.opens_on:%m-%d}～{issue.closes_on:%m-%d}"
        row.warn("learned_on", _("Learned outside the days of the issue (%(span)s).", span=span), "S7")


def judge_missing(row: Row, look: Lookup) -> None:
    """Organization and issue of one who has not learned."""
    judge_place(row, look, "school", "college", "organization")
    judge_issue(row, look)
    row.values["person_name"] = identity(row)[1]


def judge_total(row: Row, look: Lookup) -> None:
    """Totals of one organization."""
    judge_place(row, look, "organization")
    issue = judge_issue(row, look)
    members, others, base = (row.values.get(k) for k in ("learners_member", "learners_other", "member_base"))
    if members is None and others is None and base is None:
        row.error("learners_member", _("There is no number in this row; write 0 if nobody learned."), "S8")
    if members is not None and base is not None and members > base and issue:
        row.warn(
            "learners_member", _("%(members)s learners are more than %(base)s members: the rate is above 100 %%.", members=members, base=base), "S9"
        )


def judge_name(row: Row, look: People) -> None:
    """One name on a roster."""
    organization = judge_place(row, look, "school", "college", "organization")
    number, name = identity(row)
    if not name:
        row.error("name", _("There is no name in this row."), "S3")
        return
    row.values |= {"person_key": person_key(number, name), "person_name": name, "person_number": "" if rules.is_id_number(number) else number}
    known = look.by_name.get((organization or 0, name), [])
    if not number and len(known) > 1:
        row.error("name", _("%(count)s people called %(name)s are on the roster here: add the number.", count=len(known), name=name), "S4")


def judge_missing_file(rows: Any, look: Lookup) -> list[Any]:
    """More missing than there should be: impossible, said at the organization's first row."""
    for organization, issue, found in by_cell(rows).values():
        base = base_of(organization, issue)
        if base is None:
            found[0].error("organization", _("This organization has no number of members for the issue: import the totals first."), "S10")
        elif len(found) > base:
            found[0].error("organization", _("%(missing)s are missing, but only %(base)s should learn.", missing=len(found), base=base), "S11")
    return []


def by_cell(rows: Any) -> dict[tuple[int, int], tuple[int, StudyIssue, list[Row]]]:
    """(organization, issue) → both and its rows; rows refused before are left out, a name twice counts once."""
    out: dict[tuple[int, int], tuple[int, StudyIssue, list[Row]]] = {}
    seen = set()
    for row in rows:
        organization, issue = row.values.get("organization_id"), row.values.get("issue_of_row")
        key = (organization, getattr(issue, "id", None), row.values.get("name"), row.values.get("number"))
        if organization and issue and key not in seen:
            seen.add(key)
            out.setdefault((organization, issue.id), (organization, issue, []))[2].append(row)
    return out


def base_of(organization: int, issue: StudyIssue) -> int | None:
    """The number of members who should learn the issue; None: not known."""
    row = StudyRoster.get_or_none(StudyRoster.organization == organization, StudyRoster.issue == issue.id)
    return row.member_base if row else None
