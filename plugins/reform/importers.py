"""The list of measures as a file."""

from collections import defaultdict
from typing import Any

from youthpilot.core import Column, Counts, Importer, Row, _, today

from . import services
from .models import ReformFront, ReformMeasure
from .services import Measure


class Lookup:
    """Fronts by number and title, measures by front and number."""

    def __init__(self, county_id: int, options: dict[str, Any]) -> None:
        self.fronts: dict[str, ReformFront] = {}
        for front in ReformFront.select():
            self.fronts |= {str(front.number): front, front.title: front, str(front): front, f"{front.number}.{front.title}": front}
        self.measures = {(m.front_id, m.number): m for m in ReformMeasure.select()}


def judge(row: Row, look: Lookup) -> None:
    """R2, R3 and R9 (no such front) of a row."""
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
    for code, field, message in services.check_measure(measure, known.id if known else None):
        row.error(field, message, code)
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
]
