"""Numbers worth a second look (S50–S53): found anew each time from the counters and uploads; a note says that somebody looked into one."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from youthpilot.core import Organization, RuleError, actor_name, batch_times, business_now, current_scope, plain_rows, record_audit, transaction

from .models import StudyAggregate, StudyCounter, StudyIssue, StudyRecord
from .models_life import StudyFlagNote
from .queries import below, issues
from .rules_flags import Found, Limits, Point, minutes_left, over, shrinking, unchanging
from .settings_life import flag_limits
from .words import _

UPLOADS = ("study_learners", "study_totals", "study_missing")


@dataclass(frozen=True)
class Flag:
    """A flag of an organization with the issues it stands on (first to last) and the note of who looked into it, if any."""

    organization_id: int
    organization: str
    found: Found
    issues: tuple[StudyIssue, ...]
    rows: tuple[Point, ...]  # the numbers behind it
    note: StudyFlagNote | None = None

    @property
    def code(self) -> str:
        """S50 … S53."""
        return self.found.code


def flags(county_id: int, first: date, last: date, unit_id: int | None = None, code: str = "") -> list[Flag]:
    """Flags of issues that close from `first` to `last` (both included) below an organization (None: in scope), those not looked into first."""
    columns = {i.id: i for i in sorted(issues(first, last), key=lambda i: (i.closes_on, i.id))}
    limits = flag_limits(county_id, last)
    points = _points(columns, unit_id)
    found = [(o, f) for o, each in points.items() for f in (*over(each), *shrinking(each, limits), *unchanging(each, limits))]
    found += [(o, f) for o, f in _late(columns, limits) if o in points]
    names, notes = _names(), _notes()
    out = []
    for organization, one in found:
        if code not in ("", one.code):
            continue
        note = notes.get((organization, one.code, one.place))
        rows = tuple(p for p in points[organization] if p.issue_id in one.issue_ids)
        flag = Flag(organization, names.get(organization, ""), one, tuple(columns[i] for i in one.issue_ids), rows)
        out.append(replace(flag, note=note if note and note.seen == one.seen else None))
    return sorted(out, key=lambda f: (f.note is not None, f.code, -f.issues[-1].closes_on.toordinal(), f.organization))


def _points(columns: dict[int, StudyIssue], unit_id: int | None) -> dict[int, list[Point]]:
    """organization → its numbers in the order of the issues."""
    c = StudyCounter
    query = c.select(c.organization_id, c.issue_id, c.participations, c.member_participations, c.member_base, c.source)
    query = query.where(c.issue.in_(list(columns) or [0]))
    if unit_id is not None:
        query = query.where(c.organization.in_(below(unit_id)))
    out: dict[int, list[Point]] = defaultdict(list)
    place = {key: n for n, key in enumerate(columns)}
    for organization, issue, learned, members, base, source in sorted(plain_rows(query), key=lambda row: place[row[1]]):
        out[organization].append(Point(issue, columns[issue].closes_on, learned, members, base, source != "roster"))
    return out


def _late(columns: dict[int, StudyIssue], limits: Limits) -> list[tuple[int, Found]]:
    """Uploads in the last minutes before the deadline of an issue for which they brought rows."""
    days = {i.closes_on for i in columns.values()}
    hurried = {
        b: when
        for b, when in batch_times(UPLOADS).items()
        if any(minutes_left(when, d, limits) is not None for d in days if abs((when.date() - d).days) < 2)
    }
    out = {}
    for organization, issue, batch in _brought(list(hurried), list(columns)):
        left = minutes_left(hurried[batch], columns[issue].closes_on, limits)
        if left is not None:
            out[organization, issue] = (left, hurried[batch])
    return [(o, Found("S53", (i,), {"minutes": left, "at": _moment(when)})) for (o, i), (left, when) in out.items()]


def _moment(when: datetime) -> str:
    return when.strftime("%m-%d %H:%M")


def _brought(batch_ids: list[int], issue_ids: list[int]) -> list[tuple[int, int, int]]:
    """(organization, issue, batch) of rows that these uploads brought."""
    out: list[tuple[int, int, int]] = []
    for model in (StudyRecord, StudyAggregate):
        place = (model.organization_id, model.issue_id, model.batch_id)
        query = model.select(*place).where(model.batch_id.in_(batch_ids or [0]), model.issue.in_(issue_ids or [0])).distinct()
        out += list(query.tuples())
    return out


def _names() -> dict[int, str]:
    o = Organization
    return {key: short or name for key, name, short in o.select(o.id, o.name, o.short_name).tuples()}


def _notes() -> dict[tuple[int, str, str], StudyFlagNote]:
    return {(n.organization_id, n.code, n.place): n for n in StudyFlagNote.select()}


def verify(flag: Flag, note: str) -> StudyFlagNote:
    """Say that the number was looked into and is right; remembered for exactly these numbers. Raises RuleError without a note (S54)."""
    if not note.strip():
        raise RuleError(_("Say what you found out, e.g. whom you asked."), "note")
    with transaction():
        key = (StudyFlagNote.organization == flag.organization_id, StudyFlagNote.code == flag.code, StudyFlagNote.place == flag.found.place)
        StudyFlagNote.delete().where(*key).execute()
        made = StudyFlagNote.create(
            county=current_scope().county_id,
            organization=flag.organization_id,
            code=flag.code,
            place=flag.found.place,
            seen=flag.found.seen,
            note=note.strip()[:200],
            noted_by=actor_name(),
            noted_at=business_now(),
        )
        record_audit("study.flag.verified", object_type="study_flag", object_id=made.id, object_name=flag.organization, reason=note)
    return made


def reopen(note: StudyFlagNote) -> None:
    """Take a note back: the flag stands again."""
    with transaction():
        StudyFlagNote.delete().where(StudyFlagNote.id == note.id).execute()
        record_audit("study.flag.reopened", object_type="study_flag", object_id=note.id, reason=note.note)


def words(flag: Flag) -> str:
    """Why the number stands out, in one sentence."""
    v: dict[str, Any] = flag.found.values
    if flag.code == "S50":
        return _("%(learned)s members learned, only %(base)s are on the roster.", **v)
    if flag.code == "S51":
        return _("The roster fell from %(base_before)s to %(base)s, while those who learned went from %(learned_before)s to %(learned)s.", **v)
    if flag.code == "S52":
        base = "—" if v["base"] is None else v["base"]
        return _("%(issues)s issues running: %(learned)s learned each time, of %(base)s.", issues=v["issues"], learned=v["learned"], base=base)
    return _("Brought in at %(at)s, %(minutes)s minutes before reporting ended.", **v)
