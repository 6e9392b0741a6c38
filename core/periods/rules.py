"""The transition tables as data, and the due day that is proposed. Pure: no database, no clock."""

from datetime import date, timedelta
from typing import Literal

from ..kernel.calendar import CalendarPeriod
from ..kernel.errors import ConflictError
from ..kernel.i18n import _

# Permissions that the acts of this concern ask for; core.accounts.rules gives them to the roles.
SEE, FILL, REVIEW, MANAGE = "periods.see", "periods.fill", "periods.review", "periods.manage"

OWING_KINDS = ("township", "street", "village", "community", "school")
STATE_WORDS = {"accepted": "已审核", "submitted": "待审核", "late": "迟报待审", "returned": "已退回", "draft": "草稿", "none": "未开始"}
PERIOD_WORDS = {"open": "填报中", "locked": "已锁定", "published": "已发布"}
JUMP_DIFFERENCE, DEFAULT_DIFFERENCE = "periods.jump_difference", 10  # a dated number of the county, which figures ask
EVENT_WORDS = {"save": "保存草稿", "submit": "提交", "return": "退回", "accept": "审核通过", "withdraw": "撤回", "tick": "记为已报"}

Role = Literal["reporter", "superior", "reviewer", "manager", "viewer"]

# (state, event, role) → the state after it. Anything that is not here is refused (409).
#   reporter: fills in for the organization that he stands for; superior: fills in for one below (代填); reviewer: stands above it;
#   manager: the county's; viewer: everybody else. A state of the record "none" means that nobody has begun.
SUBMISSION: dict[tuple[str, str, Role], str] = {
    (before, event, role): after
    for role in ("reporter", "superior")
    for before, event, after in (
        ("none", "save", "draft"),
        ("draft", "save", "draft"),
        ("returned", "save", "returned"),
        ("none", "submit", "submitted"),
        ("draft", "submit", "submitted"),
        ("returned", "submit", "submitted"),
        ("submitted", "withdraw", "draft"),
    )
} | {
    ("submitted", "accept", "reviewer"): "accepted",
    ("submitted", "return", "reviewer"): "returned",
    ("accepted", "return", "reviewer"): "returned",
    ("none", "tick", "reviewer"): "accepted",  # without a form, where none is asked
    ("returned", "tick", "reviewer"): "accepted",
}
SUBMISSION_STATES = ("none", "draft", "submitted", "returned", "accepted")
SUBMISSION_EVENTS = ("save", "submit", "return", "accept", "withdraw", "tick")

PERIOD: dict[tuple[str, str, Role], str] = {
    ("none", "open", "manager"): "open",
    ("open", "lock", "manager"): "locked",
    ("locked", "publish", "manager"): "published",
    ("locked", "reopen", "manager"): "open",
    ("published", "reopen", "manager"): "open",
    ("locked", "correct", "manager"): "locked",
    ("published", "correct", "manager"): "locked",
}
PERIOD_STATES = ("none", "open", "locked", "published")
PERIOD_EVENTS = ("open", "lock", "publish", "reopen", "correct")
ROLES: tuple[Role, ...] = ("reporter", "superior", "reviewer", "manager", "viewer")


def submission_after(state: str, event: str, roles: frozenset[Role]) -> str:
    """The state of a submission after an event by somebody with these roles. Raises ConflictError for anything not in the table."""
    for role in ROLES:
        if role in roles and (state, event, role) in SUBMISSION:
            return SUBMISSION[state, event, role]
    words = STATE_WORDS.get(state, state)
    if any((state, event, role) in SUBMISSION for role in ROLES):
        raise ConflictError(_("%(act)s is not yours to do here. Ask the organization or its reviewer", act=EVENT_WORDS.get(event, event)))
    raise ConflictError(_("This form is “%(state)s”, so “%(act)s” is not possible. Reload the page", state=words, act=EVENT_WORDS.get(event, event)))


def period_after(state: str, event: str, roles: frozenset[Role]) -> str:
    """The state of a period after an event. Raises ConflictError for anything not in the table."""
    if "manager" in roles and (state, event, "manager") in PERIOD:
        return PERIOD[state, event, "manager"]
    if "manager" not in roles:
        raise ConflictError(_("Only the county's administrator opens, locks and publishes a period"))
    if state == "none":
        raise ConflictError(_("The period has not been opened yet"))
    raise ConflictError(_("The period is “%(state)s”, so this is not possible. Reload the page", state=PERIOD_WORDS.get(state, state)))


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
