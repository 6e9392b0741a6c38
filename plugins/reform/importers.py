"""Files that come in: the list of measures, decisions, delegates with their links."""

from collections import defaultdict
from typing import Any

from youthpilot.core import RuleError, keep_before, today
from youthpilot.plugins.importing import Column, Counts, Importer, Row

from . import linking, services
from .models import ReformDecision, ReformDelegate, ReformFront, ReformLink, ReformMeasure
from .rules import DECISIONS, LINKS, names_in
from .services import Found, Measure
from .words import _

DECISION_WORDS = {word: key for key, word in DECISIONS.items()} | {"联席会议": "joint", "文件": "policy", "专班会议": "work"}


class Lookup:
    """Fronts by number and title, measures by front and number."""

    def __init__(self, county_id: int, options: dict[str, Any]) -> None:
        self.fronts: dict[str, ReformFront] = {}
        for front in ReformFront.select():
            self.fronts |= {str(front.number): front, front.title: front, str(front): front, f"{front.number}.{front.title}": front}
        self.measures = {(m.front_id, m.number): m for m in ReformMeasure.select()}


def _put(row: Row, found: Found) -> None:
    for code, field, message in found:
        row.error(field, message, code)


def judge(row: Row, look: Lookup) -> None:
    """R2, R3, R11 and R9 (no such front) of a row."""
    v = row.values
    front = look.fronts.get(str(v.get("front") or "").strip())
    if front is None:
        if v.get("front"):
            names = "、".join(sorted({str(f) for f in look.fronts.values()}))
            row.error("front", _("There is no such front. There are: %(names)s.", names=names or "—"), "R9")
        return
    v["front_id"] = front.id
    known = look.measures.get((front.id, v.get("number") or 0))
    v["known"] = known.id if known else None
    if not (v.get("title") and v.get("owner") and v.get("due_on")):
        return
    measure = _measure(v, known)
    _put(row, services.check_measure(measure, known))
    if known is not None and known.status == "closed" and known.title != measure.title:
        row.error("title", _("The measure is closed. Reopen it first."), "R1")


def _measure(v: dict[str, Any], known: ReformMeasure | None) -> Measure:
    words: dict[str, Any] = {k: v.get(k) or "" for k in ("title", "owner", "content", "owner_person", "co_owners", "unit")}
    numbers: dict[str, Any] = {k: v.get(k) for k in ("number", "baseline", "target", "due_on")}
    return Measure(
        front_id=v["front_id"], listed_on=v.get("listed_on") or (known.listed_on if known else min(today(), v["due_on"])), **words, **numbers
    )


def apply(batch: Any, rows: list[Row], look: Lookup, options: dict[str, Any]) -> Counts:
    """New measures; known ones (front and number) get what the file says, never another status."""
    done: dict[str, int] = defaultdict(int)
    for row in rows:
        v = row.values
        known = ReformMeasure.get_by_id(v["known"]) if v["known"] else None
        measure = _measure(v, known)
        if known is None:
            services.add_measure(measure, v.get("organization"), batch)
            done["added"] += 1
        else:
            done["changed" if services.change_measure(known, measure, v.get("organization"), batch) else "unchanged"] += 1
    return Counts(done["added"], done["changed"], done["unchanged"])


# decisions ---------------------------------------------------------------------------------------------------------------


class Decided:
    """Decisions so far by document and content, measures by title."""

    def __init__(self, county_id: int, options: dict[str, Any]) -> None:
        self.known = {(d.source, d.content): d for d in ReformDecision.select()}
        self.measures = {m.title: m.id for m in ReformMeasure.select(ReformMeasure.id, ReformMeasure.title)}


def judge_decision(row: Row, look: Decided) -> None:
    """R8, R9 (no such measure), R10 of a row."""
    v = row.values
    known = look.known.get(((v.get("source") or "").strip(), (v.get("content") or "").strip()))
    v["known"] = known.id if known else None
    v["measure_id"] = look.measures.get((v.get("measure") or "").strip())
    if v.get("measure") and v["measure_id"] is None:
        row.error("measure", _("There is no measure of this name on the list."), "R9")
    if v.get("decided_on") and v.get("due_on"):
        _put(row, services.check_decision(v))


def apply_decisions(batch: Any, rows: list[Row], look: Decided, options: dict[str, Any]) -> Counts:
    """New decisions; known ones (same document, same words) get what the file says."""
    done: dict[str, int] = defaultdict(int)
    for row in rows:
        v = row.values
        words = {k: (v.get(k) or "").strip() for k in ("source", "content", "owner", "ref_no", "result")}
        values = words | {k: v.get(k) for k in ("decided_on", "due_on", "done_on")} | {"kind": v.get("kind") or "joint", "measure": v["measure_id"]}
        known = ReformDecision.get_by_id(v["known"]) if v["known"] else None
        if known is None:
            ReformDecision.create(**services.place(), **values, batch_id=batch.id)
            done["added"] += 1
        elif all((known.measure_id if k == "measure" else getattr(known, k)) == x for k, x in values.items()):
            done["unchanged"] += 1
        else:
            keep_before(batch, known)
            for key, value in values.items():
                setattr(known, key, value)
            known.save()
            done["changed"] += 1
    return Counts(done["added"], done["changed"], done["unchanged"])


# delegates ---------------------------------------------------------------------------------------------------------------


class Delegates:
    """Delegates so far by name and League organization."""

    def __init__(self, county_id: int, options: dict[str, Any]) -> None:
        self.root = services.root().id
        self.known = {(d.name, d.organization_id): d for d in ReformDelegate.select()}


def judge_delegate(row: Row, look: Delegates) -> None:
    """R7, R11, R12 of a row."""
    v = row.values
    known = look.known.get(((v.get("name") or "").strip(), v.get("organization") or look.root))
    v["known"] = known.id if known else None
    _branches, wrong = linking.check_branches(names_in(v.get("branches") or ""))
    if wrong:
        row.error("branches", wrong, "R12")
    for field in ("since_on", "linked_on"):
        if v.get(field) and v[field] > today():
            row.error(field, _("This day is later than today."), "R7")
        elif v.get(field) and (field == "linked_on" or known is None):
            _put(row, services.check_span(v[field], None, field, linking.KEY))


def apply_delegates(batch: Any, rows: list[Row], look: Delegates, options: dict[str, Any]) -> Counts:
    """New delegates with their links; of known ones the links that are not there yet. No link is ended."""
    done: dict[str, int] = defaultdict(int)
    for row in rows:
        v = row.values
        who = ReformDelegate.get_by_id(v["known"]) if v["known"] else None
        added = who is None
        if who is None:
            more = {"post": v.get("post") or "", "since_on": v["since_on"], "ended_on": None}
            who = linking.save_delegate(None, v.get("organization") or look.root, batch, name=v["name"].strip(), **more)
        linked = sum(_link(batch, who, kind, v) for kind in LINKS)
        done["added" if added else "changed" if linked else "unchanged"] += 1
    return Counts(done["added"], done["changed"], done["unchanged"])


def _link(batch: Any, who: ReformDelegate, kind: str, v: dict[str, Any]) -> int:
    names = v.get({"branch": "branches", "youth": "youths"}[kind]) or ""
    try:
        return linking.link(who, kind, names, v.get("linked_on") or max(v["since_on"], who.since_on), batch) if names_in(names) else 0
    except RuleError as error:
        if error.field == "names":  # all of them are linked already
            return 0
        raise


IMPORTERS = [
    Importer(
        key="reform_measures",
        title="改革措施清单",
        columns=(
            Column("front", "方面", required=True, aliases=("改革方面", "类别", "领域"), example="1", help="方面的序号或名称"),
            Column("number", "序号", kind="int", required=True, aliases=("措施序号", "编号"), minimum=1, maximum=999, example="1"),
            Column(
                "title", "改革措施", required=True, aliases=("措施", "任务", "改革任务", "任务名称"), max_length=120, example="拓宽团干部选用渠道"
            ),
            Column("content", "具体内容", aliases=("内容", "工作内容", "主要内容"), max_length=1000),
            Column("owner", "责任单位", required=True, aliases=("牵头单位",), max_length=80, example="团县委组织部"),
            Column("owner_person", "责任人", max_length=40),
            Column("co_owners", "配合单位", aliases=("协办单位", "参与单位"), max_length=200, example="县委组织部、县人社局"),
            Column("unit", "单位", aliases=("计量单位",), max_length=12, example="名"),
            Column("baseline", "基数", kind="decimal", aliases=("现状", "基期数"), example="0"),
            Column("target", "目标", kind="decimal", aliases=("目标数", "目标值"), example="50"),
            Column("listed_on", "列入日期", kind="date"),
            Column("due_on", "完成时限", kind="date", required=True, aliases=("时限", "完成日期", "截止日期"), example="2023-12-31"),
            Column("organization", "团组织", kind="organization", aliases=("承办团组织",), help="空着即团县委"),
        ),
        row_key=lambda v: (str(v.get("front")), v.get("number")) if v.get("number") else None,
        judge=judge,
        apply=apply,
        permission="reform.manage",
        models=(ReformMeasure,),
        lookups=Lookup,
        help="按方面和序号认措施：已有的改动不同之处，状态不变。",
        icon="reform",
        order=40,
        endpoint="reform_board.index",
    ),
    Importer(
        key="reform_decisions",
        title="议定事项",
        columns=(
            Column("kind", "类型", kind="choice", choices=DECISION_WORDS, aliases=("类别",), example="联席会议", help="联席会议、政策文件或专班会议"),
            Column("source", "会议或文件", required=True, aliases=("会议", "文件", "来源"), max_length=120, example="青年工作联席会议第二次会议"),
            Column("ref_no", "文号", max_length=60),
            Column("decided_on", "议定日期", kind="date", required=True, aliases=("会议日期", "印发日期"), example="2023-03-24"),
            Column("content", "议定事项", required=True, aliases=("事项", "内容"), max_length=1000, example="镇团委工作经费列入预算"),
            Column("owner", "责任单位", required=True, aliases=("牵头单位",), max_length=80, example="县财政局"),
            Column("measure", "对应措施", aliases=("改革措施",), max_length=120, help="清单里的措施名称，没有的空着"),
            Column("due_on", "完成时限", kind="date", required=True, aliases=("时限",), example="2023-06-30"),
            Column("done_on", "落实日期", kind="date", aliases=("完成日期",)),
            Column("result", "落实结果", aliases=("结果", "落实情况"), max_length=1000),
        ),
        row_key=lambda v: (v.get("source"), v.get("content")) if v.get("content") else None,
        judge=judge_decision,
        apply=apply_decisions,
        permission="reform.manage",
        models=(ReformDecision,),
        lookups=Decided,
        help="同一会议或文件、同一事项再次导入时只改不同之处。",
        icon="reform",
        order=41,
        endpoint="reform_decisions.index_view",
    ),
    Importer(
        key="reform_delegates",
        title="团代表两联",
        columns=(
            Column("name", "姓名", required=True, aliases=("团代表", "代表姓名"), max_length=40, example="沈祥"),
            Column("post", "单位职务", aliases=("单位及职务", "职务"), max_length=60, example="柳河中学教师"),
            Column("since_on", "任代表日期", kind="date", required=True, aliases=("当选日期",), example="2022-11-01"),
            Column("organization", "团组织", kind="organization", aliases=("所在团组织",), help="空着即团县委"),
            Column("branches", "联系团支部", max_length=400, example="河湾村团支部", help="团组织名册里的名称，几个之间用顿号"),
            Column("youths", "联系青年", max_length=1000, example="张三、李四", help="姓名，几个之间用顿号"),
            Column("linked_on", "联系日期", kind="date", aliases=("结对日期",), help="空着即任代表之日"),
        ),
        row_key=lambda v: (v.get("name"), v.get("organization")) if v.get("name") else None,
        judge=judge_delegate,
        apply=apply_delegates,
        permission="reform.manage",
        models=(ReformLink, ReformDelegate),
        lookups=Delegates,
        help="一名团代表一行；已登记的只补上新的联系，不结束旧的。",
        icon="reform",
        order=42,
        endpoint="reform_delegates.index",
    ),
]
