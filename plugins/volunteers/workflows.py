"""The tables of transitions: hours, certificates, activities, projects, the association, care rooms. Pure."""

from youthpilot.core import workflow

from .rules import ACTIVITY_STATES, APPROVE, ASSOCIATION_STATES, CERTIFICATE_STATES, PROJECT_STATES, RECORD_STATES, ROOM_ORDER, ROOM_STATES
from .words import _l

RECORDS, MANAGES, CARES, APPROVES = "volunteers.record", "volunteers.manage", "volunteers.care", APPROVE.name
VOLUNTEER = "volunteer"  # himself, on his phone
PEOPLE = {RECORDS: "登记志愿服务的人", MANAGES: "团县委", CARES: "办理关爱计划的人", APPROVES: "认定服务时长的人", VOLUNTEER: "志愿者本人"}
REASON = {"reason": _l("Give the reason"), "note": _l("Give the reason")}
Transition, Workflow = workflow.Transition, workflow.Workflow

HOURS = Workflow(
    "服务记录",
    RECORD_STATES,
    (
        Transition("finish", "open", "waiting", (RECORDS, VOLUNTEER), "签退"),
        Transition("approve", "waiting", "approved", (APPROVES,), "认定"),
        *(Transition("refused", before, "refused", (APPROVES,), "不予认定", ("reason",)) for before in ("waiting", "open")),
        Transition("withdrawn", "approved", "withdrawn", (APPROVES,), "撤回时长", ("reason",)),
    ),
    people=PEOPLE,
    entry="volunteers.record.{act}",
    asks=REASON,
    starts=("open", "waiting"),  # signed in only, or entered with both times
)

CERTIFICATE = Workflow(
    "服务证明",
    CERTIFICATE_STATES,
    (
        Transition("issued", "publicity", "issued", (MANAGES,), "出具"),
        *(Transition("revoked", before, "revoked", (MANAGES,), "撤销", ("reason",)) for before in ("publicity", "issued")),
    ),
    people=PEOPLE,
    entry="volunteers.certificate.{act}",
    asks=REASON,
)

ACTIVITY = Workflow(
    "活动",
    ACTIVITY_STATES,
    (
        Transition("held", "planned", "held", (RECORDS,), "已开展"),
        Transition("cancelled", "planned", "cancelled", (RECORDS,), "取消"),
        *(Transition("total", before, "held", (RECORDS,), "录入汇总数") for before in ACTIVITY_STATES),  # what has a total took place
    ),
    people=PEOPLE,
    entry="volunteers.activity.{act}",
)

PROJECT = Workflow(
    "项目",
    PROJECT_STATES,
    tuple(
        Transition(after, before, after, (MANAGES,), word) for before in PROJECT_STATES for after, word in PROJECT_STATES.items() if after != before
    ),
    people=PEOPLE,
    entry="volunteers.project.save",
)

ASSOCIATION = Workflow(
    "协会",
    ASSOCIATION_STATES,
    (
        Transition("term", "preparing", "established", (MANAGES,), "成立"),
        Transition("term", "established", "established", (MANAGES,), "换届"),
        *(Transition("end", before, "ended", (MANAGES,), "终止", ("reason",)) for before in ("preparing", "established")),
    ),
    people=PEOPLE,
    entry="volunteers.association.{act}",
    asks=REASON,
)

ROOM = Workflow(
    "关爱小屋",
    ROOM_STATES,
    (
        *(Transition(after, before, after, (CARES,), ROOM_STATES[after]) for before, after in zip(ROOM_ORDER, ROOM_ORDER[1:], strict=False)),
        *(Transition("dropped", before, "dropped", (CARES,), "终止", ("note",)) for before in ROOM_ORDER[: ROOM_ORDER.index("handed")]),
        Transition("test", "air_test", "air_test", (CARES,), "再次检测"),
    ),
    people=PEOPLE,
    entry="volunteers.room.{act}",
    asks=REASON,
)
