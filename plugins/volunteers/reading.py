"""Rows of the module's lists as cells of a file (their headings are the report's words, so they stand here in Chinese).

Children appear as code and masked name, nothing else; minors among the volunteers are masked whoever asks.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from youthpilot.core import mask_name, mask_phone, round_half_up

from . import rules
from .models import Activity, Certificate, Donation, Expense, Group, Record, Room, Volunteer
from .queries import Turnout
from .settings import Limits

Shown = Callable[[str, int], str]  # (name, organization of its row) → the name as the asking person may see it
ROSTER_HEADS = ("姓名", "志愿者编号", "团组织", "队伍", "手机号", "加入日期", "退出日期", "认定时长（小时）", "星级", "备注")
ACTIVITY_HEADS = ("活动", "团组织", "开始日期", "结束日期", "地点", "报名人数", "到场人数", "认定时长（小时）", "状态", "备注")
RECORD_HEADS = ("活动", "团组织", "姓名", "志愿者编号", "服务日期", "签到", "签退", "分钟", "状态", "登记人", "认定人", "备注")
CERTIFICATE_HEADS = ("编号", "姓名", "服务开始", "服务结束", "时长（小时）", "状态", "公示开始", "公示结束", "出具日期", "撤销日期")
GROUP_HEADS = ("队伍", "团组织", "成立日期", "负责人", "志愿者人数")
ROOM_HEADS = ("小屋编号", "团组织", "儿童", "类别", "进度", "未完成项", "空气检测", "检测结论", "交付日期")
DONATION_HEADS = ("到账日期", "金额（元）", "捐赠人", "类别", "方式", "票据号", "备注")
EXPENSE_HEADS = ("支出日期", "金额（元）", "收款方", "用途", "小屋编号", "凭证号")


def roster_cells(row: Volunteer, minutes: int | None, on: date, set_to: Limits, person: Shown) -> tuple[Any, ...]:
    """A volunteer; phones masked, minors' names too."""
    minor = rules.needs_guardian(row.person.birth_date, on, set_to.ages)
    name = mask_name(row.person.name) if minor else person(row.person.name, row.organization_id)
    group = row.group.name if row.group_id else None
    stars = rules.stars(minutes or 0, set_to.ladder)
    phone = mask_phone(row.person.phone) or None
    return (
        name, row.number, row.organization.name, group, phone, row.joined_on, row.left_on,
        None if minutes is None else _hours(minutes), "★" * stars or None, "未成年人" if minor else None,
    )  # fmt: skip


def _hours(minutes: int) -> Any:
    return round_half_up(rules.hours(minutes), 1)


def activity_cells(row: Activity, turnout: Turnout) -> tuple[Any, ...]:
    """An activity with its turnout."""
    hours = None if turnout.minutes is None else _hours(turnout.minutes)
    note = f"汇总录入：{row.source_file}" if turnout.is_total else None
    state = rules.ACTIVITY_STATES[row.state]
    return (row.title, row.organization.name, row.held_on, row.until_on, row.place or None, turnout.signed, turnout.people, hours, state, note)


def record_cells(row: Record, person: Shown) -> tuple[Any, ...]:
    """A stretch of service."""
    note = "；".join(filter(None, ("本人复核" if row.is_self_review else "", row.reason, row.late_reason))) or None
    who = row.volunteer
    return (
        row.activity.title, row.organization.name, person(who.person.name, row.organization_id), who.number, row.served_on, row.came_at, row.left_at, row.minutes,
        rules.RECORD_STATES[row.state], row.recorded_name, row.approved_name or None, note,
    )  # fmt: skip


def certificate_cells(row: Certificate, person: Shown) -> tuple[Any, ...]:
    """A certificate."""
    state = rules.CERTIFICATE_STATES[row.state]
    days = (row.public_from, row.public_to, row.issued_on, row.revoked_on)
    return (row.number, person(row.name, row.organization_id), row.from_on, row.to_on, _hours(row.minutes), state, *days)


def group_cells(row: Group, size: int, person: Shown) -> tuple[Any, ...]:
    """A group."""
    return (row.name, row.organization.name, row.established_on, person(row.leader, row.organization_id) if row.leader else None, size)


def room_cells(row: Room) -> tuple[Any, ...]:
    """A room: the child's masked name, whoever asks."""
    lacking = "、".join(rules.missing_parts(row.done.split(","))) if row.state in ("building", "air_test") else None
    tested = None if row.test_passed is None else "合格" if row.test_passed else "不合格"
    child = row.child
    state = rules.ROOM_STATES[row.state]
    return (row.code, row.organization.name, child.masked, rules.CATEGORIES[child.category], state, lacking, row.tested_on, tested, row.handed_on)


def donation_cells(row: Donation, person: Shown) -> tuple[Any, ...]:
    """A donation; anonymous ones have no name."""
    donor = {"anonymous": "匿名", "total": "汇总录入", "body": row.donor}.get(row.kind) or person(row.donor, row.organization_id)
    words = (rules.DONORS[row.kind], rules.CHANNELS[row.channel])
    return (row.received_on, row.amount, donor, *words, row.reference_no, row.source_file or None)


def expense_cells(row: Expense) -> tuple[Any, ...]:
    """An expense; a room by its code."""
    return (row.spent_on, row.amount, row.payee, row.purpose, row.room.code if row.room_id else None, row.voucher or None)
