"""Files that come in: lists of learners in the shapes that provinces export, lists of those missing, totals, rosters."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from youthpilot.core import Organization, keep_before, today
from youthpilot.plugins.importing import Column, Counts, Importer, ImportOption, Row

from . import rules
from .comparing import rejected
from .counting import cells_of, recount
from .judging import Lookup, People, base_of, by_cell, judge_learner, judge_missing, judge_missing_file, judge_name, judge_total
from .models import StudyAggregate, StudyIssue, StudyMember, StudyRecord, StudyRoster
from .queries import below, issues, latest_issue
from .services import Learner, Written, add_members, record_aggregates, record_learners, set_roster

PLACE = ("团组织", "团支部", "班级", "支部", "支部名称", "所属团组织", "所在团组织", "所在团支部", "所属支部", "单位", "组织名称", "单位名称")


# writing -------------------------------------------------------------------------------------------------------------


def apply_learners(batch: Any, rows: list[Row], look: People, options: dict[str, Any]) -> Counts:
    """Persons not known yet go into the list of names outside the roster, then everybody is recorded once per issue."""
    new = [_outsider(r) for r in rows if r.values["person_id"] is None]
    ids = add_members(new, batch)
    by_issue: dict[int, tuple[StudyIssue, list[Learner]]] = {}
    decided, skipped = rejected(), 0
    for row in rows:
        v = row.values
        person = v["person_id"] or ids[v["organization_id"], v["person_key"]]
        issue = v["issue_of_row"]
        if (issue.id, person) in decided:  # taken out between the two sources: the same file does not bring him back
            skipped += 1
            continue
        by_issue.setdefault(issue.id, (issue, []))[1].append(Learner(v["organization_id"], person, v.get("learned_on"), bool(v["counts_as_member"])))
    return _counts([Written(0, 0, skipped), *(record_learners(issue, learners, batch) for issue, learners in by_issue.values())])


def _outsider(row: Row) -> dict[str, Any]:
    v = row.values
    return {
        "organization_id": v["organization_id"],
        "person_key": v["person_key"],
        "name": v["person_name"],
        "number": v["person_number"],
        "is_member": bool(v["counts_as_member"]),
        "off_roster": True,
    }


def apply_missing(batch: Any, rows: list[Row], look: Lookup, options: dict[str, Any]) -> Counts:
    """Total (base − missing) per organization; below `covers`, whoever has a base and is not in the file has nobody missing."""
    totals: dict[int, dict[int, tuple[int | None, int | None]]] = defaultdict(dict)
    found: dict[int, StudyIssue] = {}
    for organization, issue, missing in by_cell(rows).values():
        found[issue.id] = issue
        totals[issue.id][organization] = ((base_of(organization, issue) or 0) - len(missing), None)
    for issue in found.values():
        for organization, base in _covered(issue, options.get("covers")).items():
            totals[issue.id].setdefault(organization, (base, None))
    return _counts(record_aggregates(found[i], t, batch.file_name, note="由未参学名单推算", batch=batch) for i, t in totals.items())


def _covered(issue: StudyIssue, covers: Any) -> dict[int, int]:
    if not str(covers or "").isdecimal():
        return {}
    r = StudyRoster
    return dict(r.select(r.organization_id, r.member_base).where(r.issue == issue.id, r.organization_id.in_(below(int(covers)))).tuples())


def apply_totals(batch: Any, rows: list[Row], look: Lookup, options: dict[str, Any]) -> Counts:
    """Number of members into the roster, learners into the totals."""
    bases: dict[int, dict[int, int]] = defaultdict(dict)
    totals: dict[int, dict[int, tuple[int | None, int | None]]] = defaultdict(dict)
    found: dict[int, StudyIssue] = {}
    for row in rows:
        v, issue = row.values, row.values["issue_of_row"]
        found[issue.id] = issue
        if v.get("member_base") is not None:
            bases[issue.id][v["organization_id"]] = v["member_base"]
        if v.get("learners_member") is not None or v.get("learners_other") is not None:
            totals[issue.id][v["organization_id"]] = (v.get("learners_member"), v.get("learners_other"))
    done = [set_roster(found[i], b, found[i].closes_on, "import", batch) for i, b in bases.items()]
    done += [record_aggregates(found[i], t, batch.file_name, batch=batch) for i, t in totals.items()]
    return _counts(done)


def apply_names(batch: Any, rows: list[Row], look: People, options: dict[str, Any]) -> Counts:
    """Names onto the roster; who was outside it before comes in, a number now known is added."""
    new: dict[tuple[int, str], dict[str, Any]] = {}
    changed = unchanged = 0
    for row in rows:
        v = row.values
        member = _known_member(look, v)
        said = v.get("is_member")
        wanted = {"off_roster": False, "is_member": True if said is None else said}
        if v["person_number"]:
            wanted |= {"number": v["person_number"], "person_key": v["person_key"]}
        if member is None:
            new[v["organization_id"], v["person_key"]] = {
                "organization_id": v["organization_id"],
                "person_key": v["person_key"],
                "name": v["person_name"],
            } | wanted
        elif all(getattr(member, k) == x for k, x in wanted.items()):
            unchanged += 1
        else:
            _change_member(batch, member.id, wanted)
            changed += 1
    add_members(list(new.values()), batch)
    return Counts(len(new), changed, unchanged + len(rows) - len(new) - changed - unchanged)


def _known_member(look: People, v: dict[str, Any]) -> Any:
    member = look.by_key.get((v["organization_id"], v["person_key"]))
    if member is not None:
        return member
    same = [m for m in look.by_name.get((v["organization_id"], v["person_name"]), []) if not (m.number and v["person_number"])]
    return same[0] if len(same) == 1 else None


def _change_member(batch: Any, member_id: int, wanted: dict[str, Any]) -> None:
    row = StudyMember.get_by_id(member_id)
    keep_before(batch, row)
    for key, value in wanted.items():
        setattr(row, key, value)
    row.save()


def _counts(done: Any) -> Counts:
    total = [0, 0, 0]
    for written in done:
        assert isinstance(written, Written)
        total = [total[0] + written.added, total[1] + written.changed, total[2] + written.unchanged]
    return Counts(*total)


@contextmanager
def undoing(batch: Any) -> Iterator[None]:
    """Counters follow the rows that go. People outside the roster whom only this file named go too; the others let go of the file."""
    cells = cells_of(batch.id)
    m, r = StudyMember, StudyRecord
    named = m.select(m.id).where(m.batch_id == batch.id, m.off_roster)
    later = r.select(r.person).where(r.person.in_(named), r.batch_id.is_null() | (r.batch_id != batch.id))
    m.update(batch_id=None).where(m.batch_id == batch.id, ~m.off_roster | m.id.in_(later)).execute()
    yield
    recount(cells)


# declarations ----------------------------------------------------------------------------------------------------------


def issue_choices(county_id: int) -> list[tuple[str, str]]:
    """Issues of both kinds, newest first."""
    return [(str(i.id), i.title) for i in issues(kind="").limit(80)]


def latest(county_id: int) -> str | None:
    """The issue now open, else the last one."""
    issue = latest_issue(today())
    return str(issue.id) if issue else None


def guess_issue(rows: Any, file_name: str) -> str | None:
    """The issue named in the file's name or in one of its first rows; None if none is."""
    texts = [file_name, *(str(cell) for row in list(rows)[:3] for cell in row if isinstance(cell, str))]
    for text in texts:
        named = rules.read_issue(text)
        if named is None or named.number is None:
            continue
        query = StudyIssue.select().where(StudyIssue.number == named.number, StudyIssue.is_special == named.is_special)
        query = query.where(StudyIssue.year == named.year) if named.year else query.where(StudyIssue.opens_on <= today())
        query = query.where(StudyIssue.kind == (named.kind or "study"))
        issue = query.order_by(StudyIssue.closes_on.desc()).first()
        if issue is not None:
            return str(issue.id)
    return None


def unit_choices(county_id: int) -> list[tuple[str, str]]:
    """The two upper levels: whoever may export a list of those missing."""
    roots = Organization.select().where(Organization.parent.is_null())
    first = [(str(o.id), o.short) for o in roots]
    below = Organization.select().where(Organization.parent.in_([int(i) for i, _t in first] or [0])).order_by(Organization.code)
    return first + [(str(o.id), o.short) for o in below]


ISSUE = ImportOption(
    "issue", "期次", "choice", required=False, choices=issue_choices, help="文件里每行已写明期次的，以文件为准", default=latest, guess=guess_issue
)
COVERS = ImportOption("covers", "名单覆盖范围", "choice", choices=unit_choices, help="范围内有团员数而名单上没有人的单位，按全部参学计")

PLACES = (
    Column("school", "学校", aliases=("学校名称", "所属学校"), example=""),
    Column("college", "学院", aliases=("院系", "年级")),
    Column("organization", "团组织", required=True, aliases=PLACE[1:], example="柳河镇中学高一（3）班团支部"),
)
IDENTITY = (
    Column(
        "name",
        "姓名",
        required=True,
        aliases=("姓名/学号", "学号/姓名", "姓名或学号", "学号/卡号/工号", "学员姓名", "团员姓名", "真实姓名"),
        example="王芳",
    ),
    Column("number", "学号", aliases=("工号", "卡号", "学号/工号", "编号", "身份证号"), example="20230103"),
)
WHICH = Column("issue", "期次", aliases=("课程", "期数", "课程名称", "学习期数", "大学习期次"), example="2023年第19期")
MEMBER = Column("is_member", "是否团员", kind="bool", aliases=("团员", "是否为团员"), example="是")


def _key(values: dict[str, Any]) -> None:
    return None  # repeats inside a file count once, without a word: people do learn twice


IMPORTERS = [
    Importer(
        key="study_learners",
        title="参学名单",
        columns=(
            *PLACES,
            *IDENTITY,
            Column("learned_on", "学习时间", kind="date", aliases=("完成时间", "提交时间", "参学时间"), example="2023-05-03"),
            MEMBER,
            WHICH,
        ),
        row_key=_key,
        judge=judge_learner,
        apply=apply_learners,
        permission="study.record",
        models=(StudyRecord, StudyMember),
        lookups=People,
        options=(ISSUE,),
        undoing=undoing,
        help="省平台、问卷星式导出或自制名单均可；姓名和学号可以写在一格里。同一人同一期只计一次。",
        icon="study",
        order=10,
        endpoint="study_issues.index",
    ),
    Importer(
        key="study_missing",
        title="未参学名单",
        columns=(*PLACES, *IDENTITY, WHICH, Column("state", "学习情况", aliases=("状态", "完成情况"))),
        row_key=_key,
        judge=judge_missing,
        apply=apply_missing,
        permission="study.record",
        models=(StudyAggregate,),
        lookups=Lookup,
        options=(ISSUE, COVERS),
        undoing=undoing,
        help="先导入“参学汇总表”里的团员数，再导入未参学名单：参学率＝（团员数－未参学）÷团员数。",
        icon="study",
        order=11,
        endpoint="study_issues.index",
        check_file=judge_missing_file,
    ),
    Importer(
        key="study_totals",
        title="参学汇总表",
        columns=(
            Column("organization", "团组织", required=True, aliases=PLACE[1:], example="柳河镇团委"),
            Column(
                "learners_member",
                "团员参学人次",
                kind="int",
                minimum=0,
                aliases=("参学人次", "参学人数", "参与人数", "团员参学人数", "学习人数"),
                example="32",
            ),
            Column(
                "learners_other", "其他参学人次", kind="int", minimum=0, aliases=("非团员参学人次", "其他青年参学人次", "非团员参学人数"), example="3"
            ),
            Column("member_base", "团员数", kind="int", minimum=0, aliases=("总人数", "团员总数", "应学人数", "应参学人数"), example="40"),
            WHICH,
        ),
        row_key=lambda values: (
            (values["organization_id"], values["issue_of_row"].id) if "issue_of_row" in values and "organization_id" in values else None
        ),
        judge=judge_total,
        apply=apply_totals,
        permission="study.record",
        models=(StudyAggregate, StudyRoster),
        lookups=Lookup,
        options=(ISSUE,),
        undoing=undoing,
        help="没有逐人名单时用。只有团组织和团员数两列也可以，当作应学人数。",
        icon="study",
        order=12,
        endpoint="study_issues.index",
    ),
    Importer(
        key="study_roster",
        title="团员花名册（学习用）",
        columns=(*PLACES, *IDENTITY, MEMBER),
        row_key=lambda values: (values.get("organization_id"), values["person_key"]) if "person_key" in values else None,
        judge=judge_name,
        apply=apply_names,
        permission="study.record",
        models=(StudyMember,),
        lookups=People,
        help="导入后才能列出“谁还没学”。同一支部有同名的，请写学号。",
        icon="study",
        order=13,
        endpoint="study_issues.index",
    ),
]
