"""Files of League life (meetings) and of the second source (what the learners' own side says)."""

from datetime import date
from typing import Any

from youthpilot.core import Organization, locked_days, today
from youthpilot.plugins.importing import Column, Counts, Importer, Row

from .importers import IDENTITY, ISSUE, MEMBER, PLACE, PLACES, WHICH
from .judging import Lookup, identity, judge_issue, judge_place, person_key
from .living import check_meeting, write_meeting
from .models_life import StudyMeeting, StudyOwnRecord
from .reconciling import keep_own
from .rules import is_id_number
from .rules_life import KINDS
from .settings_life import meeting_rules
from .words import _

WORDS = {word: key for key, word in KINDS.items()} | {
    "支委会": "committee",
    "团员大会": "assembly",
    "支部团员大会": "assembly",
    "小组会": "group",
    "教育评议": "appraisal",
    "民主评议": "appraisal",
    "团员评议": "appraisal",
    "年度注册": "registration",
    "团籍注册": "registration",
    "年度团员注册": "registration",
}


class MeetingLookup(Lookup):
    """Places, organizations by id, and the rules of today."""

    def __init__(self, county_id: int, options: dict[str, Any]) -> None:
        super().__init__(county_id, options)
        self.organizations = {o.id: o for o in Organization.select()}
        self.rules = meeting_rules(county_id, self.today)
        self.locked: dict[date, bool] = {}

    def is_locked(self, day: date) -> bool:
        """True if the day lies in a locked half-year; asked once a day."""
        if day not in self.locked:
            self.locked[day] = bool(locked_days([day]))
        return self.locked[day]


def judge_meeting(row: Row, look: MeetingLookup) -> None:
    """The checks of the form, at the cells."""
    key = judge_place(row, look, "organization")
    bad = {p.column for p in row.problems}
    for one in check_meeting(row.values, look.organizations.get(key or 0), look.rules, look.today, look.is_locked):
        if one.field in bad or (one.field == "kind" and row.values.get("kind") is None):
            continue  # said already when the cell was read
        (row.error if one.level == "E" else row.warn)(one.field, one.message, one.code)


def apply_meetings(batch: Any, rows: list[Row], look: MeetingLookup, options: dict[str, Any]) -> Counts:
    """New meetings are added, known ones (branch, kind, day, topic) follow the file where it says otherwise."""
    added = changed = unchanged = 0
    m = StudyMeeting
    days = [row.values["held_on"] for row in rows]
    there = {(x.organization_id, x.kind, x.held_on, x.topic): x for x in m.select().where(m.held_on >= min(days), m.held_on <= max(days))}
    for row in rows:
        v = row.values
        known = there.get((v["organization_id"], v["kind"], v["held_on"], v["topic"]))
        if known is not None and all(getattr(known, k) == (v.get(k) or known.result if k == "result" else v.get(k)) for k in LASTING):
            unchanged += 1
            continue
        write_meeting(v["organization_id"], v, look.rules, batch.reason or "", batch=batch, row=known)
        added, changed = added + (known is None), changed + (known is not None)
    return Counts(added, changed, unchanged)


LASTING = ("should_attend", "present", "excellent", "result")


def judge_own(row: Row, look: Lookup) -> None:
    """Organization, issue and name of one whose own record says that he learned."""
    judge_place(row, look, "school", "college", "organization")
    issue = judge_issue(row, look)
    number, name = identity(row)
    if not (number or name):
        row.error("name", _("There is no name in this row."), "S3")
    day = row.values.get("learned_on")
    if day and day > today():
        row.error("learned_on", _("This day lies in the future."), "S6")
    elif issue and day and not issue.opens_on <= day <= issue.closes_on:
        span = f"{issue.opens_on:%m-%d}～{issue.closes_on:%m-%d}"
        row.warn("learned_on", _("The own record says a day outside the issue (%(span)s).", span=span), "S40")
    row.values |= {"person_key": person_key(number, name), "person_name": name or number, "person_number": "" if is_id_number(number) else number}


def check_own(rows: Any, look: Lookup) -> list[Any]:
    """The same person twice with different days: the first row counts, said at the second (S41)."""
    seen: dict[tuple[Any, ...], Any] = {}
    for row in rows:
        v = row.values
        issue = v.get("issue_of_row")
        if not v.get("organization_id") or issue is None:
            continue
        key = (v["organization_id"], issue.id, v["person_key"])
        before = seen.setdefault(key, v.get("learned_on"))
        if before != v.get("learned_on"):
            row.warn("learned_on", _("%(name)s stands here twice with different days: the first one counts.", name=v["person_name"]), "S41")
    return []


def apply_own(batch: Any, rows: list[Row], look: Lookup, options: dict[str, Any]) -> Counts:
    """Into the second source; nothing is counted by it."""
    by_issue: dict[int, tuple[Any, list[dict[str, Any]]]] = {}
    for row in rows:
        v = row.values
        values = {"organization": v["organization_id"], "person_key": v["person_key"], "name": v["person_name"][:40], "number": v["person_number"]}
        values |= {"learned_on": v.get("learned_on"), "is_member": v.get("is_member")}
        by_issue.setdefault(v["issue_of_row"].id, (v["issue_of_row"], []))[1].append(values)
    done = [keep_own(issue, found, batch) for issue, found in by_issue.values()]
    return Counts(sum(d.added for d in done), sum(d.changed for d in done), sum(d.unchanged for d in done))


IMPORTERS = [
    Importer(
        key="study_own",
        title="个人端参学记录（第二来源）",
        columns=(
            *PLACES,
            *IDENTITY,
            Column("learned_on", "学习时间", kind="date", aliases=("完成时间", "提交时间", "参学时间", "截图时间"), example="2023-06-20"),
            MEMBER,
            WHICH,
        ),
        row_key=lambda values: None,
        judge=judge_own,
        apply=apply_own,
        permission="study.record",
        models=(StudyOwnRecord,),
        lookups=Lookup,
        options=(ISSUE,),
        help="学习截图登记表、个人端导出等。只用来与支部记录核对，不直接计入参学人次；在“两边核对”里逐人裁定。",
        icon="study",
        order=14,
        endpoint="study_sources.index",
        check_file=check_own,
    ),
    Importer(
        key="study_meetings",
        title="三会两制一课登记表",
        columns=(
            Column("organization", "团组织", required=True, aliases=PLACE[1:], example="河湾村团支部"),
            Column("kind", "类型", kind="choice", required=True, choices=WORDS, aliases=("会议类型", "活动类型", "名称"), example="支部大会"),
            Column("held_on", "日期", kind="date", required=True, aliases=("召开日期", "时间", "召开时间", "会议时间"), example="2023-06-15"),
            Column("should_attend", "应到", kind="int", required=True, aliases=("应到人数", "应参加人数"), example="12"),
            Column("present", "实到", kind="int", required=True, aliases=("实到人数", "参加人数", "到会人数"), example="10"),
            Column(
                "topic", "主题", required=True, aliases=("议题", "内容", "会议主题"), example="学习习近平总书记关于青年工作的重要思想", max_length=120
            ),
            Column("excellent", "优秀人数", kind="int", aliases=("评为优秀", "优秀"), help="只有教育评议填"),
            Column("result", "结果", aliases=("决议", "会议结果", "备注")),
        ),
        row_key=lambda v: (v["organization_id"], v.get("kind"), v.get("held_on"), v.get("topic")) if "organization_id" in v else None,
        judge=judge_meeting,
        apply=apply_meetings,
        permission="study.record",
        models=(StudyMeeting,),
        lookups=MeetingLookup,
        help="支部大会、支部委员会、团小组会、团课、团员教育评议、年度团籍注册，一次一行。",
        icon="study",
        order=15,
        endpoint="study_life.index",
    ),
]
