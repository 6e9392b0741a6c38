"""Pure rules of the pilot: the transition table of a measure, progress against a target, what lags. Sources: domain.md §1, §11.1 (6)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from youthpilot.core import Permission, is_late, round_half_up

STATUSES = {"not_started": "未启动", "in_progress": "推进中", "applied": "申请销号", "returned": "退回", "closed": "销号"}
FRONTS = ("团干部选用", "团组织设置和运营", "团员教育管理", "领导保障")  # as the notice lists them; a county may add and rename
DECISIONS = {"joint": "联席会议议定", "policy": "政策文件", "work": "专班会议议定"}
LINKS = {"branch": "联系团支部", "youth": "联系青年"}
TALKS = {"talked": "已约谈", "rectifying": "整改中", "rectified": "已整改"}
WORK, CHECK = "reform.work", "reform.check"
CHECKING = Permission(CHECK, "同意销号、退回", ("county_admin",))


@dataclass(frozen=True)
class Transition:
    """One allowed step. needs: reason (of a return), evidence (of an application: an uploaded file, now or before), papers (of a closing:
    that there are such files). other_person: not who applied for the closing."""

    action: str
    title: str  # the word on the button
    before: str
    after: str
    permission: str
    needs: tuple[str, ...] = ()
    other_person: bool = False


TRANSITIONS = (
    Transition("start", "启动", "not_started", "in_progress", WORK),
    Transition("apply", "申请销号", "in_progress", "applied", WORK, ("evidence",)),
    Transition("apply", "再次申请销号", "returned", "applied", WORK, ("evidence",)),
    Transition("close", "同意销号", "applied", "closed", CHECK, ("papers",), True),
    Transition("return", "退回", "applied", "returned", CHECK, ("reason",)),
    Transition("withdraw", "撤回申请", "applied", "in_progress", WORK),
    Transition("reopen", "重新推进", "closed", "in_progress", CHECK, ("reason",)),
)


def steps_from(status: str) -> list[Transition]:
    """The steps that a status allows."""
    return [t for t in TRANSITIONS if t.before == status]


def step(status: str, action: str) -> Transition | None:
    """The step of that name from a status; None if the status does not allow it."""
    return next((t for t in TRANSITIONS if t.before == status and t.action == action), None)


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
