"""The chamber's dated settings, and what is in force on a day."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from wtforms import BooleanField, Form, IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange

from youthpilot.core import Setting, setting

from .rules import POSTS, SHARES
from .words import _l

RATES = {  # 元 a year, of a published ladder; titles that pay like another one follow it
    "president": 30000,
    "executive": 10000,
    "vice": 10000,
    "standing": 5000,
    "director": 1500,
    "overseer": 5000,
    "supervisor": 1500,
    "secretary": 1500,
    "member": 800,
}
SETTINGS = [
    Setting("age_entry", "入会年龄上限（周岁，含）", 43, "超过的要写明理由"),
    Setting("age_elected", "当选年龄上限（周岁，含）", 45, "超过的要写明理由"),
    Setting("term_years", "每届最长年限（年）", 5),
    Setting("extension_months", "延期换届最长（月）", 12),
    Setting("notice_days", "届满前多少天提醒", 180),
    Setting("dues_month", "当年会费几月底前缴清", 3),
    Setting("prorate", "入会当年按月计会费", True),
    Setting("quorum", "会议到会人数要求", "2/3"),
    Setting("pass_share", "表决通过要求", "1/2"),
    *(Setting(f"dues_{post}", f"{title}会费（元/年）", RATES[post]) for post, title in POSTS.items()),
]


@dataclass(frozen=True)
class Choices:
    """The settings in force on a day."""

    age_entry: int
    age_elected: int
    term_years: int
    extension_months: int
    notice_days: int
    dues_month: int
    prorate: bool
    quorum: str
    pass_share: str
    dues: dict[str, Decimal]  # post → 元 a year


def choices(county_id: int, on: date) -> Choices:
    """The county's settings in force on the day."""
    values: dict[str, Any] = {s.key: setting(county_id, "chamber", s.key, on, s.default) for s in SETTINGS}
    dues = {post: Decimal(str(values.pop(f"dues_{post}"))) for post in POSTS}
    return Choices(**values, dues=dues)


class _SettingsForm(Form):
    age_entry = IntegerField(_l("Age on entry, at most (full years)"), [InputRequired(), NumberRange(16, 80)])
    age_elected = IntegerField(_l("Age on election, at most (full years)"), [InputRequired(), NumberRange(16, 80)])
    term_years = IntegerField(_l("Years of a term, at most"), [InputRequired(), NumberRange(1, 10)])
    extension_months = IntegerField(_l("Months of an extension, at most"), [InputRequired(), NumberRange(0, 36)])
    notice_days = IntegerField(_l("Days of notice before a term ends"), [InputRequired(), NumberRange(0, 730)])
    dues_month = IntegerField(_l("Dues are paid by the end of month"), [InputRequired(), NumberRange(1, 12)])
    prorate = BooleanField(_l("First year by months"))
    quorum = SelectField(_l("Quorum of meetings"), choices=list(SHARES.items()))
    pass_share = SelectField(_l("Share of votes to pass"), choices=list(SHARES.items()))


def _rate(title: str) -> Any:
    return IntegerField(_l("Dues of %(post)s (yuan a year)", post=title), [InputRequired(), NumberRange(0, 10_000_000)])


SettingsForm = type("SettingsForm", (_SettingsForm,), {f"dues_{post}": _rate(title) for post, title in POSTS.items()})
