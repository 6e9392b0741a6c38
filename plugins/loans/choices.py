"""The module's dated settings: what a county may decide, with the value in force on a day."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from youthpilot.core import Setting, current_scope, setting

SETTINGS = [
    Setting("min_age", "申请年龄从多少周岁起", 18, "产品另有规定的，以产品为准"),
    Setting("max_age", "申请年龄到多少周岁止", 45, "含这一岁；产品另有规定的，以产品为准"),
    Setting("day_count", "利息按一年多少天计", 360),
    Setting("lpr", "一年期贷款市场报价利率（%）", "3.65", "贴息项目按用信当天的数计算"),
    Setting("target", "全年发放目标（万元）", None, "县里定了才写进工作计划、首页才显示进度；没有目标就空着"),
    Setting("answer_days", "推荐后多少天未答复算超期", 30),
]


@dataclass(frozen=True)
class Choices:
    """The settings in force on a day. Ages are full years, both included; lpr in % a year; target in 元, None if the county has set none."""

    min_age: int
    max_age: int
    day_count: int
    lpr: Decimal
    target: Decimal | None
    answer_days: int


def choices(county_id: int, on: date) -> Choices:
    """The county's settings in force on a day."""
    v: dict[str, Any] = {s.key: setting(county_id, "loans", s.key, on, s.default) for s in SETTINGS}
    return Choices(
        min_age=int(v["min_age"]),
        max_age=int(v["max_age"]),
        day_count=int(v["day_count"]),
        lpr=Decimal(str(v["lpr"])),
        target=Decimal(str(v["target"])) * 10_000 if v["target"] else None,
        answer_days=int(v["answer_days"]),
    )


def target_here(set_to: Choices) -> Decimal | None:
    """The county's target in 元 for whoever sees the whole county; None for a township, which promised nothing, and without a target."""
    return set_to.target if current_scope().whole else None
