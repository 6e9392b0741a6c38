"""Dated settings of 三会两制一课 and of the numbers worth a second look."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from wtforms import IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange

from youthpilot.core import Setting, setting

from .rules_flags import Limits
from .rules_life import EVERY, KINDS, PER, SHARES
from .words import _l

DUE = {"assembly": 1, "committee": 1, "group": 0, "lecture": 1, "appraisal": 1, "registration": 1}
SETTINGS = [
    *(Setting(f"due_{kind}", f"{title}{PER[EVERY[kind]]}至少几次", DUE[kind], "填0：不要求") for kind, title in KINDS.items()),
    Setting("quorum", "支部大会、支委会、团小组会、团课到会人数", "1/2", "不够的照实登记，不计入应开次数"),
    Setting("quorum_appraisal", "教育评议到会人数", "2/3"),
    Setting("excellent", "评为优秀的最多占多少（%）", 30),
    Setting("flag_shrink", "核实提示：应学人数减少多少（%）", 10, "同时参学率上升才提示"),
    Setting("flag_rise", "核实提示：参学率上升多少（百分点）", 5),
    Setting("flag_weeks", "核实提示：连续几期数字相同", 4),
    Setting("flag_least", "核实提示：应学多少人以上才看", 10, "人少的支部数字相同很平常"),
    Setting("flag_hour", "每期截止日几点截止上报", 20),
    Setting("flag_minutes", "核实提示：截止前多少分钟内上报", 30),
]


@dataclass(frozen=True)
class Meetings:
    """What is required of meetings on a day."""

    quorum: str
    quorum_appraisal: str
    excellent: int

    def share(self, kind: str) -> str:
        """More than which share must be present; "0": no limit."""
        return self.quorum_appraisal if kind == "appraisal" else "0" if kind == "registration" else self.quorum


def _read(county_id: int, key: str, on: date) -> Any:
    default = next(s.default for s in SETTINGS if s.key == key)
    return setting(county_id, "study", key, on, default)


def meeting_rules(county_id: int, on: date) -> Meetings:
    """What is required of meetings on the day."""
    return Meetings(*(_read(county_id, k, on) for k in ("quorum", "quorum_appraisal", "excellent")))


def due(county_id: int, kind: str, on: date) -> int:
    """How many of a kind are due in the span that ends on the day; 0: none."""
    return int(_read(county_id, f"due_{kind}", on))


def flag_limits(county_id: int, on: date) -> Limits:
    """From which size on numbers are flagged."""
    return Limits(*(int(_read(county_id, f"flag_{k}", on)) for k in ("shrink", "rise", "weeks", "least", "hour", "minutes")))


def _times(title: str, per: str) -> Any:
    return IntegerField(_l("%(kind)s: at least how many (%(per)s)", kind=title, per=per), [InputRequired(), NumberRange(0, 60)])


def _number(label: Any, low: int, high: int) -> Any:
    return IntegerField(label, [InputRequired(), NumberRange(low, high)])


class LifeFields:
    """The fields of these settings, for the module's settings form."""

    due_assembly = _times(KINDS["assembly"], PER["quarter"])
    due_committee = _times(KINDS["committee"], PER["month"])
    due_group = _times(KINDS["group"], PER["month"])
    due_lecture = _times(KINDS["lecture"], PER["quarter"])
    due_appraisal = _times(KINDS["appraisal"], PER["year"])
    due_registration = _times(KINDS["registration"], PER["year"])
    quorum = SelectField(_l("Present at meetings and League lessons"), choices=list(SHARES.items()))
    quorum_appraisal = SelectField(_l("Present at the yearly assessment"), choices=list(SHARES.items()))
    excellent = _number(_l("Assessed as excellent, at most (%)"), 0, 100)
    flag_shrink = _number(_l("Flag: roster smaller by (%)"), 1, 100)
    flag_rise = _number(_l("Flag: while the rate rises by (percentage points)"), 0, 100)
    flag_weeks = _number(_l("Flag: the same numbers in so many issues running"), 2, 30)
    flag_least = _number(_l("Flag: only from so many members on"), 1, 10_000)
    flag_hour = _number(_l("Hour of the closing day when reporting ends"), 1, 24)
    flag_minutes = _number(_l("Flag: reported so many minutes before that"), 1, 1440)
