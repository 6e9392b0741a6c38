"""Dated settings of streaks, make-up study, exemptions and points."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from wtforms import IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange

from youthpilot.core import Setting, setting

from .rules_points import Scale
from .words import _l

MAKEUP = {"none": "都不算", "streaks": "只冲抵连续未学", "points": "只计入积分", "both": "冲抵连续未学，也计入积分"}
SILENT = {"skip": "不计分", "zero": "按参学率0%计分"}
SETTINGS = [
    Setting("streak_limit", "连续几期未学列入名单", 3, "同一半年内达到的，取消评优资格"),
    Setting("makeup", "补学算不算", "streaks", "补学从不计入参学率"),
    Setting("exempt_days", "免学超过多少天须写明依据", 365),
    Setting("points_full_from", "参学率达到多少为全部参学（%）", 100, "各支部每期按参学率计分"),
    Setting("points_full", "全部参学记几分", 2),
    Setting("points_high_from", "参学率高：不低于多少（%）", 98),
    Setting("points_high", "参学率高记几分", 1),
    Setting("points_low_below", "参学率低：低于多少（%）", 90),
    Setting("points_low", "参学率低记几分", -2),
    Setting("points_bad_below", "参学率过低：低于多少（%）", 80),
    Setting("points_bad", "参学率过低记几分", -3),
    Setting("points_silent", "没有上报的支部怎么计分", "skip"),
]


@dataclass(frozen=True)
class PointChoices:
    """The settings in force on a day."""

    streak_limit: int
    makeup: str
    exempt_days: int
    scale: Scale
    silent_is_zero: bool

    @property
    def makeup_in_streaks(self) -> bool:
        """True if make-up study ends a streak."""
        return self.makeup in ("streaks", "both")

    @property
    def makeup_in_points(self) -> bool:
        """True if make-up study counts for points."""
        return self.makeup in ("points", "both")


def point_choices(county_id: int, on: date) -> PointChoices:
    """The county's settings in force on the day."""
    v: dict[str, Any] = {s.key: setting(county_id, "study", s.key, on, s.default) for s in SETTINGS}
    scale: dict[str, Any] = {k: Decimal(str(v[f"points_{k}"])) for k in ("full_from", "high_from", "low_below", "bad_below")}
    scale |= {k: int(v[f"points_{k}"]) for k in ("full", "high", "low", "bad")}
    return PointChoices(int(v["streak_limit"]), str(v["makeup"]), int(v["exempt_days"]), Scale(**scale), v["points_silent"] == "zero")


def _share(label: Any) -> IntegerField:
    return IntegerField(label, [InputRequired(), NumberRange(0, 100)])


def _points(label: Any) -> IntegerField:
    return IntegerField(label, [InputRequired(), NumberRange(-100, 100)])


class PointFields:
    """The fields of these settings, for the module's settings form."""

    streak_limit = IntegerField(_l("List who missed so many issues in a row"), [InputRequired(), NumberRange(2, 52)])
    makeup = SelectField(_l("Make-up study counts for"), choices=list(MAKEUP.items()))
    exempt_days = IntegerField(_l("Longer exemptions name what they rest on (days)"), [InputRequired(), NumberRange(1, 3650)])
    points_full_from = _share(_l("Everybody learned: from (%)"))
    points_full = _points(_l("Everybody learned: points"))
    points_high_from = _share(_l("High study rate: from (%)"))
    points_high = _points(_l("High study rate: points"))
    points_low_below = _share(_l("Low study rate: below (%)"))
    points_low = _points(_l("Low study rate: points"))
    points_bad_below = _share(_l("Very low study rate: below (%)"))
    points_bad = _points(_l("Very low study rate: points"))
    points_silent = SelectField(_l("Branches that reported nothing"), choices=list(SILENT.items()))
