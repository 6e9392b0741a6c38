"""Pure rules of the pilot: the transition table of a measure, progress against a target, what lags. Sources: domain.md §1, §11.1 (6)."""

from datetime import date
from decimal import Decimal

from youthpilot.core import Permission, is_late, round_half_up, workflow

from .words import _l

STATUSES = {"not_started": "未启动", "in_progress": "推进中", "applied": "申请销号", "returned": "退回", "closed": "销号"}
FRONTS = ("团干部选用", "团组织设置和运营", "团员教育管理", "领导保障")  # as the notice lists them; a county may add and rename
DECISIONS = {"joint": "联席会议议定", "policy": "政策文件", "work": "专班会议议定"}
LINKS = {"branch": "联系团支部", "youth": "联系青年"}
TALKS = {"talked": "已约谈", "rectifying": "整改中", "rectified": "已整改"}
WORK, CHECK = "reform.work", "reform.check"
PROGRESS = "progress"  # the act of an entry of the log
Transition = workflow.Transition
CHECKING = Permission(CHECK, "同意销号、退回", ("county_admin",))


_ALONG = (("not_started", "in_progress"), ("in_progress", "in_progress"), ("returned", "returned"))
# needs: reason (of a return), evidence (of an application: an uploaded file, now or before), papers (of a closing: that there are such
# files), other_person (not who applied for the closing)
MEASURE = workflow.Workflow(
    "改革措施",
    STATUSES,
    (
        Transition("start", "not_started", "in_progress", (WORK,), "启动"),
        Transition("apply", "in_progress", "applied", (WORK,), "申请销号", ("evidence",)),
        Transition("apply", "returned", "applied", (WORK,), "再次申请销号", ("evidence",)),
        Transition("close", "applied", "closed", (CHECK,), "同意销号", ("papers", "other_person")),
        Transition("return", "applied", "returned", (CHECK,), "退回", ("reason",)),
        Transition("withdraw", "applied", "in_progress", (WORK,), "撤回申请"),
        Transition("reopen", "closed", "in_progress", (CHECK,), "重新推进", ("reason",)),
        *(Transition(PROGRESS, before, after, (WORK,), "记录进展") for before, after in _ALONG),
    ),
    people={WORK: "责任单位", CHECK: "团县委"},
    entry="reform.measure.{act}",
    column="status",
    asks={"reason": _l("Write what is lacking, so that the owner knows what to do.")},
)


def is_overdue(due_on: date | None, closed_on: date | None, on: date) -> bool:
    """Due before the day and not closed on it. Without a due date never."""
    return due_on is not None and is_late(on, due_on) and (closed_on is None or closed_on > on)


def share_done(baseline: Decimal | None, target: Decimal | None, now: Decimal | None) -> Decimal | None:
    """How much of the way from the baseline (none: 0) to the target is done, in %, half-up; may pass 100 or fall below 0. None: not known."""
    start = baseline or Decimal(0)
    if target is None or now is None or target == start:
        return None
    return round_half_up((now - start) / (target - start) * 100)


def idle_days(last: date, on: date) -> int:
    """Days since something was last recorded."""
    return (on - last).days


def rate(part: int, whole: int) -> Decimal | None:
    """part ÷ whole in %, one decimal; None without a whole."""
    return round_half_up(Decimal(part) * 100 / whole, 1) if whole else None


def names_in(text: str) -> list[str]:
    """Names typed one a line or with 、 ， ; between them, each once."""
    for sign in "、，,;；\r\t":
        text = text.replace(sign, "\n")
    return list(dict.fromkeys(n.strip() for n in text.split("\n") if n.strip()))
