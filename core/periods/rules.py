"""The transition tables as data, and the due day that is proposed. Pure: no database, no clock."""

from datetime import date, timedelta
from typing import Literal

from ..kernel.calendar import CalendarPeriod
from ..kernel.i18n import _l
from ..kernel.workflow import Transition, Workflow

# Permissions that the acts of this concern ask for; core.accounts.rules gives them to the roles.
SEE, FILL, REVIEW, MANAGE = "periods.see", "periods.fill", "periods.review", "periods.manage"

OWING_KINDS = ("township", "street", "village", "community", "school")
STATE_WORDS = {"accepted": "已审核", "submitted": "待审核", "late": "迟报待审", "returned": "已退回", "draft": "草稿", "none": "未开始"}
PERIOD_WORDS = {"open": "填报中", "locked": "已锁定", "published": "已发布"}
JUMP_DIFFERENCE, DEFAULT_DIFFERENCE = "periods.jump_difference", 10  # a dated number of the county, which figures ask

# reporter: fills in for the organization that he stands for; superior: fills in for one below (代填); reviewer: stands above it;
# manager: the county's; viewer: everybody else
Role = Literal["reporter", "superior", "reviewer", "manager", "viewer"]

_TO_FILL = ("reporter", "superior")

# "none": nobody has begun.
SUBMISSION = Workflow(
    "这份填报",
    {"none": "未开始", "draft": "草稿", "submitted": "待审核", "returned": "已退回", "accepted": "已审核"},
    (
        Transition("save", "none", "draft", _TO_FILL, "保存草稿"),
        *(Transition("save", state, state, _TO_FILL, "保存草稿") for state in ("draft", "returned")),
        *(Transition("submit", before, "submitted", _TO_FILL, "提交") for before in ("none", "draft", "returned")),
        Transition("withdraw", "submitted", "draft", _TO_FILL, "撤回"),
        Transition("accept", "submitted", "accepted", ("reviewer",), "审核通过"),
        *(Transition("return", before, "returned", ("reviewer",), "退回", ("reason",)) for before in ("submitted", "accepted")),
        *(Transition("tick", before, "accepted", ("reviewer",), "记为已报") for before in ("none", "returned")),  # where no form is asked
    ),
    people={"reporter": "该单位", "superior": "它的上级单位", "reviewer": "它的审核人"},
    entry="submission.{act}",
    asks={"reason": _l("Say what must be changed, so that the organization knows")},
    compared=("version",),
    object_type="submission",
    none="none",
)

PERIOD = Workflow(
    "报告期",
    {"none": "未打开", **PERIOD_WORDS},
    (
        Transition("open", "none", "open", ("manager",), "打开"),
        Transition("lock", "open", "locked", ("manager",), "锁定"),
        Transition("due", "open", "open", ("manager",), "改截止日", ("reason",)),
        Transition("owing", "open", "open", ("manager",), "增减应报单位", ("reason",)),
        Transition("publish", "locked", "published", ("manager",), "发布"),
        *(Transition("reopen", before, "open", ("manager",), "重新打开", ("reason",)) for before in ("locked", "published")),
        *(Transition("correct", before, "locked", ("manager",), "更正") for before in ("locked", "published")),
    ),
    people={"manager": "县管理员"},
    entry="period.{act}",
    asks={"reason": _l("Give the reason")},
    compared=("revision", "due_on"),
    object_type="period",
    none="none",
)


TO_HAND_IN = timedelta(days=7)  # what a period gets that is opened after its end


def proposed_due(span: CalendarPeriod, today: date) -> date:
    """The last day to submit that is proposed: the period's last day, or where that is over a week from today; a Saturday or Sunday gives way to Monday."""
    if span.end >= today:
        return span.end
    day = today + TO_HAND_IN
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def board_state(state: str, late: bool) -> str:
    """One of the six states of the board: accepted, submitted, late, returned, draft, none."""
    return "late" if state == "submitted" and late else state
