"""Reads a wording back: which values could have been written so. Used to compare a report edited by hand with its figures."""

import re
from dataclasses import dataclass
from decimal import Decimal

from youthpilot.core.kernel.numbers import CHINESE_DIGITS
from youthpilot.plugins.figures.formats import WordingError

SCALES = {"": Decimal(1), "百": Decimal(100), "千": Decimal(1000), "万": Decimal(10_000), "百万": Decimal(1_000_000),
          "千万": Decimal(10_000_000), "亿": Decimal(100_000_000)}  # fmt: skip
SCALE = "百万|千万|百|千|万|亿|"
WORDING = re.compile(
    r"(?P<before>约|近|不到|不足|低于|超过|超|逾|突破|高于|)\s*"
    r"(?P<number>[-−]?\d[\d,]*(?:\.\d+)?|[零一二两三四五六七八九十]+)"
    rf"(?P<scale>{SCALE})(?P<about>余|多|)(?P<late>{SCALE})(?P<unit>[^\d，。；、]*)"
)
BELOW, ABOVE = ("近", "不到", "不足", "低于"), ("超过", "超", "逾", "突破", "高于")
OVER = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<word>余(?!额|款|下|年来)|多(?!媒体|功能|种|样|元|方|边|地|维))(?P<unit>[^\d，。；、\s]?)")


@dataclass(frozen=True, slots=True)
class Interval:
    """The values a wording can stand for. `printed` is the number as written, scale applied; `unit` the words after it."""

    low: Decimal
    high: Decimal
    includes_low: bool
    includes_high: bool
    printed: Decimal
    unit: str = ""

    def __contains__(self, value: Decimal | int) -> bool:
        above = value >= self.low if self.includes_low else value > self.low
        return above and (value <= self.high if self.includes_high else value < self.high)


def parse_wording(text: str) -> Interval | None:
    """The values that a wording can stand for; None when there is no number in it.

    A written number stands for what rounds half-up to its digits: 57.2万 is 571500 (included) to 572500 (not included).
    300多 is above 300 and below 400, 60余 above 60 and below 70, 不到36 above 35 and below 36.
    """
    found = WORDING.search(text)
    if found is None:
        return None
    scale = SCALES[found["scale"]] * SCALES[found["late"]]
    number = _read_number(found["number"])
    printed, unit = number * scale, found["unit"].strip()
    if found["before"] in BELOW:
        return Interval(printed - _step(number) * scale, printed, False, False, printed, unit)
    if found["before"] in ABOVE or found["about"]:
        return Interval(printed, printed + _step(number) * scale, False, False, printed, unit)
    exponent = number.as_tuple().exponent
    half = Decimal(1).scaleb(int(exponent)) * scale / 2
    if number == 0:
        return Interval(-half, half, False, False, printed, unit)
    return Interval(printed - half, printed + half, number > 0, number < 0, printed, unit)


def find_bad_wordings(text: str) -> list[WordingError]:
    """What the rules refuse in a sentence typed by hand (5余期, 15多家), in reading order; empty when all is well."""
    return [
        WordingError(found[0], f"“{found['word']}”只能跟在整十、整百的数后面", found["number"] + found["unit"])
        for found in OVER.finditer(text)
        if Decimal(found["number"]) % 10 != 0 or Decimal(found["number"]) == 0
    ]


def _read_number(text: str) -> Decimal:
    if text[-1].isdigit():
        return Decimal(text.replace(",", "").replace("−", "-"))
    return Decimal(_read_chinese(text.replace("两", "二")))


def _read_chinese(text: str) -> int:
    if "十" in text:
        tens, _, ones = text.partition("十")
        return (CHINESE_DIGITS.index(tens) if tens else 1) * 10 + (CHINESE_DIGITS.index(ones) if ones else 0)
    return int("".join(str(CHINESE_DIGITS.index(character)) for character in text))


def _step(number: Decimal) -> Decimal:
    """The largest power of ten that divides a written number: 300 → 100, 310 → 10, 57.2 → 0.1, 5 → 1."""
    _, digits, exponent = number.as_tuple()
    zeros = len(digits) - len("".join(map(str, digits)).rstrip("0")) if number else 0
    return Decimal(1).scaleb(int(exponent) + zeros)
