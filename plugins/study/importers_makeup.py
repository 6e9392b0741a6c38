"""The list of make-up study: who made up for which issue, when and why he had missed it."""

from datetime import date
from typing import Any

from youthpilot.core import RuleError
from youthpilot.plugins.importing import Column, Counts, Importer, Row

from .excusing import check_makeup_day, makeup_states, record_makeups, refusal
from .importers import IDENTITY, ISSUE, PLACES, WHICH, undoing
from .judging import People, identity, judge_issue, judge_place, person_key
from .models import StudyIssue
from .models_points import StudyMakeup
from .words import _


class MakeupPeople(People):
    """With who learned, made up or is exempted, read once per issue."""

    def __init__(self, county_id: int, options: dict[str, Any]) -> None:
        super().__init__(county_id, options)
        self._states: dict[int, dict[int, str]] = {}

    def states(self, issue: StudyIssue) -> dict[int, str]:
        """person → his state for the issue (see excusing.makeup_states)."""
        if issue.id not in self._states:
            self._states[issue.id] = makeup_states(issue, [m.id for m in self.by_key.values()])
        return self._states[issue.id]


def judge_makeup(row: Row, look: MakeupPeople) -> None:
    """Organization, issue, person, day and reason of one who made up."""
    organization, issue = judge_place(row, look, "school", "college", "organization"), judge_issue(row, look)
    member = _member(row, look, organization) if organization else None
    day = row.values.get("made_on")
    if issue and isinstance(day, date):
        try:
            check_makeup_day(issue, day)
        except RuleError as error:
            row.error("made_on", str(error), "S15" if day > look.today else "S14")
    if not str(row.values.get("reason") or "").strip():
        row.error("reason", _("Write why the issue was missed"), "S17")
    if member is not None and issue:
        _judge_state(row, look, member, issue)


def _member(row: Row, look: People, organization: int) -> Any:
    number, name = identity(row)
    found = [m for m in [look.by_key.get((organization, person_key(number, name)))] if m] or look.by_name.get((organization, name), [])
    if len(found) == 1:
        row.values["person_id"] = found[0].id
        return found[0]
    if found:
        row.error("name", _("%(count)s people called %(name)s are on the roster here: add the number.", count=len(found), name=name), "S4")
    else:
        row.error("name", _("%(name)s is no member on the roster: take him onto the roster first", name=name or number), "S27")
    return None


def _judge_state(row: Row, look: MakeupPeople, member: Any, issue: StudyIssue) -> None:
    """Learned in time or made up already: the row changes nothing; exempted or no member: refused."""
    state = look.states(issue).get(member.id, "")
    text = refusal(member, state)
    if not text:
        return
    if member.is_member and not member.off_roster and state in ("learned", "made"):
        row.values["nothing"] = True
        row.warn("name", text, "S16" if state == "learned" else "S18")
    else:
        row.error("name", text, "S19" if state == "exempt" else "S27")


def apply_makeups(batch: Any, rows: list[Row], look: MakeupPeople, options: dict[str, Any]) -> Counts:
    """One write per issue, day, reason and evidence."""
    groups: dict[tuple[int, date, str, str], tuple[StudyIssue, set[int]]] = {}
    for row in (r for r in rows if not r.values.get("nothing")):
        v, issue = row.values, row.values["issue_of_row"]
        key = (issue.id, v["made_on"], str(v["reason"]), str(v.get("evidence") or ""))
        groups.setdefault(key, (issue, set()))[1].add(v["person_id"])
    added = sum(record_makeups(issue, people, key[1], key[2], key[3], batch) for key, (issue, people) in groups.items())
    return Counts(added, 0, len(rows) - added)


IMPORTERS = [
    Importer(
        key="study_makeups",
        title="补学名单",
        columns=(
            *PLACES,
            *IDENTITY,
            WHICH,
            Column("made_on", "补学日期", kind="date", required=True, aliases=("补学时间", "完成日期"), example="2023-05-10"),
            Column("reason", "原因", aliases=("补学原因", "未参学原因"), example="外出务工"),
            Column("evidence", "佐证", aliases=("证明", "佐证材料"), example="截图3号"),
        ),
        row_key=lambda v: (v["person_id"], v["issue_of_row"].id) if "person_id" in v and "issue_of_row" in v else None,
        judge=judge_makeup,
        apply=apply_makeups,
        permission="study.record",
        models=(StudyMakeup,),
        lookups=MakeupPeople,
        options=(ISSUE,),
        undoing=undoing,
        help="期次截止以后补学的团员。补学单独统计，不计入参学率。",
        icon="study",
        order=14,
        endpoint="study_people.excused",
    ),
]
