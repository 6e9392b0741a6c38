"""Forms of the module and its dated settings."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from wtforms import BooleanField, DateField, Form, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from youthpilot.core import Setting, setting

from . import pointing, settings_life
from .models import KINDS
from .peopleforms import ChineseForm
from .words import _l

AVERAGING = {"weighted": "合计人次÷合计应学", "simple": "各期参学率的平均"}
ROUNDING = {"half_up": "四舍五入", "truncate": "截尾（只舍不入）"}
RATES = [
    Setting("low_rate", "参学率低于多少标出（%）", 70),
    Setting("averaging", "多期参学率的算法", "weighted"),
    Setting("rounding", "页面上参学率的取舍", "half_up", "报告和指标一律四舍五入"),
]
SETTINGS = [*RATES, *pointing.SETTINGS, *settings_life.SETTINGS]


@dataclass(frozen=True)
class Choices:
    """The settings in force on a day, with the words that are printed beside a rate."""

    low: Decimal
    averaging: str
    rounding: str

    @property
    def words(self) -> str:
        """合计人次÷合计应学，四舍五入."""
        return self.words_for(self.averaging)

    def words_for(self, averaging: str) -> str:
        """The same for another averaging."""
        return f"{AVERAGING[averaging]}，{ROUNDING[self.rounding]}"


def choices(county_id: int, on: date) -> Choices:
    """The county's settings in force on the day."""
    values: dict[str, Any] = {s.key: setting(county_id, "study", s.key, on, s.default) for s in RATES}
    return Choices(Decimal(str(values["low_rate"])), values["averaging"], values["rounding"])


class SettingsForm(pointing.PointFields, settings_life.LifeFields, Form):
    """What a county may set; each value is dated."""

    class Meta:
        locales = ("zh",)

    low_rate = IntegerField(_l("Mark rates below (%)"), [InputRequired(), NumberRange(0, 100)])
    averaging = SelectField(_l("Rate over several issues"), choices=list(AVERAGING.items()))
    rounding = SelectField(_l("Rounding on screens"), choices=list(ROUNDING.items()))


class IssueForm(ChineseForm):
    """One issue."""

    kind = SelectField(_l("Kind of issue"), choices=list(KINDS.items()), description=_l("Only issues of Youth Study count in the study rate."))
    year = IntegerField(_l("Year"), [InputRequired(), NumberRange(2018, 2100)])
    number = IntegerField(_l("Issue number"), [InputRequired(), NumberRange(1, 99)])
    is_special = BooleanField(_l("Special issue"))
    opens_on = DateField(_l("First day of the issue"), [InputRequired()])
    closes_on = DateField(_l("Last day of the issue"), [InputRequired()], description=_l("The issue counts in the period in which it closes."))
    title = StringField(_l("Issue title"), [Optional(), Length(max=80)], description=_l("Left blank: made from year and number."))
    theme = StringField(_l("Issue theme"), [Optional(), Length(max=120)])


class WeeklyForm(ChineseForm):
    """Weekly issues of a stretch of time."""

    year = IntegerField(_l("Year"), [InputRequired(), NumberRange(2018, 2100)])
    first_number = IntegerField(_l("First issue number"), [InputRequired(), NumberRange(1, 99)])
    first_opens = DateField(_l("First issue opens"), [InputRequired()])
    last_closes = DateField(_l("Last issue closes by"), [InputRequired()])


class CellForm(ChineseForm):
    """Totals of one organization for one issue."""

    member_base = IntegerField(_l("Members who should learn"), [Optional(), NumberRange(0, 999_999)])
    learners_member = IntegerField(_l("Members who learned"), [Optional(), NumberRange(0, 999_999)])
    learners_other = IntegerField(_l("Others who learned"), [Optional(), NumberRange(0, 999_999)])
    source_file = StringField(
        _l("Source file"), [Optional(), Length(max=200)], description=_l("Where the total comes from, e.g. the province's statistics of 8 May.")
    )
