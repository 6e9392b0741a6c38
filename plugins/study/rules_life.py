"""Pure rules of 三会两制一课 and of two sources: kinds, spans in which they are due, who is behind, how two records differ."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Literal

from youthpilot.core import CalendarPeriod

KINDS = {
    "assembly": "支部大会",
    "committee": "支部委员会",
    "group": "团小组会",
    "lecture": "团课",
    "appraisal": "团员教育评议",
    "registration": "年度团籍注册",
}
Every = Literal["month", "quarter", "year"]
EVERY: dict[str, Every] = {
    "assembly": "quarter",
    "committee": "month",
    "group": "month",
    "lecture": "quarter",
    "appraisal": "year",
    "registration": "year",
}
PER: dict[Every, str] = {"month": "每月", "quarter": "每季度", "year": "每年"}
VOTING = ("assembly", "committee", "group", "lecture")  # with a quorum; the assessment has its own
SHARES = {"0": "不限", "1/2": "过半数", "2/3": "超过三分之二", "4/5": "超过五分之四"}
DIFFERENCES = {"own": "仅个人有", "branch": "仅支部有", "differs": "两边不一致"}
VERDICTS = {"accepted": "认定参学", "rejected": "不认定", "open": "待核实"}


def spans(every: Every, first: date, last: date) -> list[CalendarPeriod]:
    """The months, quarters or years that have a day between `first` and `last` (both included), whole ones, oldest first."""
    span, out = CalendarPeriod.of(first, every), []
    while span.start <= last:
        out.append(span)
        span = span.next
    return out


def lacking(held: Iterable[date], due: Iterable[tuple[CalendarPeriod, int]]) -> list[tuple[CalendarPeriod, int]]:
    """(span, how many are missing) of the spans in which fewer were held than due."""
    days = list(held)
    short = [(span, needed - sum(span.start <= d <= span.end for d in days)) for span, needed in due]
    return [(span, n) for span, n in short if n > 0]


def enough(present: int, should_attend: int, share: str) -> bool:
    """True if more than the share (1/2, 2/3 …) was present; "0": always."""
    return share == "0" or Fraction(present) > Fraction(share) * should_attend


def differing(own: tuple[date | None, bool | None, str], branch: tuple[date | None, bool, str]) -> list[str]:
    """What differs of (learned on, is a member, name) where both sides say something: day, member, name; [] if nothing does."""
    out = []
    if own[0] and branch[0] and own[0] != branch[0]:
        out.append("day")
    if own[1] is not None and own[1] != branch[1]:
        out.append("member")
    if own[2] and branch[2] and own[2] != branch[2]:
        out.append("name")
    return out
