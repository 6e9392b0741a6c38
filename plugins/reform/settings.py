"""The pilot's dated settings, and what is in force on a day."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from wtforms import BooleanField, Form, IntegerField
from wtforms.validators import InputRequired, NumberRange

from youthpilot.core import Setting, setting

from .words import _l

SETTINGS = [
    Setting("idle_days", "多少天没有进展列为滞后", 30),
    Setting("notice_days", "到期前多少天提醒", 15),
    Setting("link_branches", "每名团代表至少联系几个团支部", 1),
    Setting("link_youths", "每名团代表至少联系几名青年", 10),
    Setting("rectify_days", "约谈后多少天内整改", 14),
    Setting("self_check", "申请人可以本人销号", False, "只有一人时才用：须写理由，并标注“本人复核”"),
]


@dataclass(frozen=True)
class Choices:
    """The settings in force on a day."""

    idle_days: int
    notice_days: int
    link_branches: int
    link_youths: int
    rectify_days: int
    self_check: bool


def choices(county_id: int, on: date) -> Choices:
    """The county's settings in force on the day."""
    values: dict[str, Any] = {s.key: setting(county_id, "reform", s.key, on, s.default) for s in SETTINGS}
    return Choices(**values)


class SettingsForm(Form):
    """What a county may set; each value is dated."""

    idle_days = IntegerField(_l("Lagging after … days without progress"), [InputRequired(), NumberRange(1, 366)])
    notice_days = IntegerField(_l("Reminder … days before a measure is due"), [InputRequired(), NumberRange(0, 366)])
    link_branches = IntegerField(_l("Branches that a delegate links, at least"), [InputRequired(), NumberRange(0, 50)])
    link_youths = IntegerField(_l("Young people that a delegate links, at least"), [InputRequired(), NumberRange(0, 500)])
    rectify_days = IntegerField(_l("Days to put it right after a talk"), [InputRequired(), NumberRange(1, 366)])
    self_check = BooleanField(_l("Who applied may close it himself"))
