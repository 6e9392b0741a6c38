"""Months, quarters, half-years and years, ages, later months, days in words, what is late: each counted and written in this one way. Pure."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, Self, get_args

from .errors import RuleError
from .i18n import _

Kind = Literal["month", "quarter", "half_year", "year"]
KINDS: tuple[Kind, ...] = get_args(Kind)  # the shortest first
_MONTHS: dict[Kind, int] = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
_CODES: dict[Kind, str] = {"month": r"M(0[1-9]|1[0-2])", "quarter": "Q([1-4])", "half_year": "H([12])", "year": "Y()"}
_FORMATS: dict[Kind, str] = {"month": "M{:02}", "quarter": "Q{}", "half_year": "H{}", "year": "Y"}
_YEAR = re.compile(r"20\d\d")


@dataclass(frozen=True)
class CalendarPeriod:
    """A month, a quarter, a half-year or a year. number: which one of its year, from 1.

    Two of one kind never share a day and leave none out. Raises ValueError for a number that its year does not have.
    """

    year: int
    kind: Kind
    number: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.per_year:
            raise ValueError(f"a year has no {self.kind} {self.number}")

    @classmethod
    def parse(cls, code: str) -> Self:
        """The period of a code: 2023M05, 2023Q2, 2023H1 or 2023Y. Raises RuleError at `code` for any other text."""
        year, rest = code[:4], code[4:]
        for kind, pattern in _CODES.items():
            match = re.fullmatch(pattern, rest)
            if match is not None and _YEAR.fullmatch(year):
                return cls(int(year), kind, int(match[1] or 1))
        raise RuleError(
            _("“%(code)s” is not a reporting period. Write 2023M05 for a month, 2023Q2 for a quarter, 2023H1 or 2023H2, 2023Y for a year", code=code),
            "code",
        )

    @classmethod
    def of(cls, day: date, kind: Kind) -> Self:
        """The one of a kind that a day lies in."""
        return cls(day.year, kind, (day.month - 1) // _MONTHS[kind] + 1)

    @property
    def per_year(self) -> int:
        """How many of its kind a year has: 12, 4, 2 or 1."""
        return 12 // _MONTHS[self.kind]

    @property
    def code(self) -> str:
        """2023M05, 2023Q2, 2023H1, 2023Y: never changes, it is stored and part of every id."""
        return f"{self.year}{_FORMATS[self.kind].format(self.number)}"

    @property
    def start(self) -> date:
        """Its first day."""
        return date(self.year, (self.number - 1) * _MONTHS[self.kind] + 1, 1)

    @property
    def end(self) -> date:
        """Its last day, which belongs to it."""
        return self.next.start - timedelta(days=1)

    @property
    def year_start(self) -> date:
        """The day on which the year to date begins: 1 January; it ends with `end`."""
        return date(self.year, 1, 1)

    @property
    def previous(self) -> Self:
        """The one of its kind before it (环比)."""
        return self._moved(-1)

    @property
    def next(self) -> Self:
        """The one of its kind after it."""
        return self._moved(1)

    @property
    def last_year(self) -> Self:
        """The same one of the year before (同期); of a year the year before."""
        return self._moved(-self.per_year)

    def _moved(self, steps: int) -> Self:
        year, place = divmod(self.year * self.per_year + self.number - 1 + steps, self.per_year)
        return type(self)(year, self.kind, place + 1)

    def contains(self, day: date) -> bool:
        """True if the day lies in it; the first and the last one do."""
        return self.start <= day <= self.end

    # words of the field: Chinese content, like the report -----------------------------------------------------------------

    @property
    def title(self) -> str:
        """2023年5月, 2023年第二季度, 2023年上半年, 2023年度."""
        return f"{self.year}年{self._of_year}"

    @property
    def report_title(self) -> str:
        """2023年上半年工作总结: what its report is called."""
        return f"{self.title}工作总结"

    @property
    def name(self) -> str:
        """As a sentence of its report calls it: 5月份, 第二季度, 上半年, 全年."""
        return {"month": f"{self.number}月份", "year": "全年"}.get(self.kind, self._of_year)

    @property
    def short_name(self) -> str:
        """As a list of one year calls it: 5月, 二季度, 上半年, 2023年."""
        return {"quarter": self._of_year.removeprefix("第"), "year": f"{self.year}年"}.get(self.kind, self._of_year)

    @property
    def plan_name(self) -> str:
        """As the report of the one before it calls it in its plan: 6月份, 第三季度, 下半年, 2024年."""
        return f"{self.year}年" if self.kind == "year" else self.name

    @property
    def previous_name(self) -> str:
        """What comparisons call the one before it: 上月, 上季度, 上一期, 去年."""
        return {"month": "上月", "quarter": "上季度", "half_year": "上一期", "year": "去年"}[self.kind]

    @property
    def last_year_name(self) -> str:
        """What comparisons call the same one of last year: 去年同期; of a year 去年."""
        return "去年" if self.kind == "year" else "去年同期"

    @property
    def _of_year(self) -> str:
        if self.kind == "month":
            return f"{self.number}月"
        if self.kind == "quarter":
            return f"第{'一二三四'[self.number - 1]}季度"
        return f"{'上下'[self.number - 1]}半年" if self.kind == "half_year" else "度"


def is_late(day: date, due_on: date) -> bool:
    """True if something done on a day is late; what is done on the due day is in time."""
    return day > due_on


def days_late(day: date, due_on: date) -> int:
    """How many days after the due day it is; 0 while it is in time."""
    return max(0, (day - due_on).days)


def age(birth: date, on: date, *, strict: bool = False) -> int:
    """Full years (周岁) on a day: the birthday itself counts; who was born on 29 February turns on 1 March in common years.

    strict: an age is reached on the day after the birthday only, as the law counts where an age opens a right.
    """
    birthday, day = (birth.month, birth.day), (on.month, on.day)
    return on.year - birth.year - (day <= birthday if strict else day < birthday)


def add_months(day: date, months: int) -> date:
    """The same day some months later; the last day of that month if it has no such day (31st, 29 February)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def long_date(day: date) -> str:
    """2023年7月3日: the year in full, no leading zeros."""
    return f"{day.year}年{short_date(day)}"


def short_date(day: date) -> str:
    """7月3日: where the year is said already."""
    return f"{day.month}月{day.day}日"
