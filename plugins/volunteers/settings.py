"""The module's dated settings and their values in force on a day."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from youthpilot.core import Setting, current_scope, setting

from . import rules

SETTINGS = [
    Setting("lowest_age", "最低注册年龄（周岁）", 14),
    Setting("adult_age", "多少周岁以下须监护人同意", 18),
    Setting("daily_hours", "每人每天最多计入多少小时", 10),
    Setting("pairs_per_day", "每项活动每人每天最多签到签退几次", 3),
    Setting("sign_in_early", "活动开始前多少分钟可以签到", 30),
    Setting("self_review", "只有一人经办的单位可以本人复核", True, "须写理由，并标明“本人复核”"),
    Setting("ladder", "星级对应的小时数", "100,300,600,1000,1500", "从一星到最高星，用逗号隔开"),
    Setting("publicity_days", "服务证明公示天数", 7),
    Setting("disclosure_every", "募捐超过期限的，每几个月公开一次", 3),
    Setting("disclosure_longer", "募捐超过几个月须定期公开", 6),
    Setting("disclosure_after", "募捐结束后几个月内全面公开", 3),
    Setting("consent_version", "监护人同意书版本", "2023-01"),
]


@dataclass(frozen=True)
class Limits:
    """The county's settings in force on a day."""

    ages: rules.Ages
    daily_minutes: int
    pairs: int
    early: int
    self_review: bool
    ladder: tuple[int, ...]
    publicity_days: int
    every: int
    longer: int
    after: int
    consent_version: str


def limits(on: date, county_id: int | None = None) -> Limits:
    """Settings in force on the day."""
    county = county_id or current_scope().county_id or 0
    v: dict[str, Any] = {s.key: setting(county, "volunteers", s.key, on, s.default) for s in SETTINGS}
    ages = rules.Ages(int(v["lowest_age"]), int(v["adult_age"]))
    due = (int(v["disclosure_every"]), int(v["disclosure_longer"]), int(v["disclosure_after"]))
    return Limits(
        ages, int(v["daily_hours"]) * 60, int(v["pairs_per_day"]), int(v["sign_in_early"]), bool(v["self_review"]), rules.read_ladder(v["ladder"]),
        int(v["publicity_days"]), *due, str(v["consent_version"]),
    )  # fmt: skip
