"""How a number is written in an official Chinese report: closed list of formats, each one a rule with test vectors.

Values come in the printed unit of their indicator: money in yuan, a ratio in percent (89.1, not 0.891), an age in years.
Everything here is pure; rounding is half-up by Decimal. The wordings are Chinese text in code on purpose: they are the rules
of the field (GB/T 15835 and the habits of the county), not interface.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from youthpilot.core.kernel.numbers import chinese_number, grouped_text, number_text, round_half_up

BLANK = "—"
WAN = Decimal(10_000)
YI = Decimal(100_000_000)


class WordingError(ValueError):
    """A wording that the rules of the field refuse. str() says why and what to write; `instead` is that text alone."""

    def __init__(self, refused: str, reason: str, instead: str):
        self.refused, self.reason, self.instead = refused, reason, instead
        super().__init__(f"“{refused}”不合规范：{reason}。请写“{instead}”")


@dataclass(frozen=True, slots=True)
class Wording:
    """A printed number: its text, whether it says the value exactly, and (when not) what was given up, for the screen."""

    text: str
    exact: bool = True
    note: str = ""


def _plain(value: Decimal, unit: str) -> Wording:
    return Wording(number_text(value) + unit)


def _number(value: Decimal, unit: str) -> Wording:
    return Wording(number_text(value))


def _scaled(value: Decimal, unit: str) -> Wording:
    """万 from 10 000 on, 亿 from 100 000 000 on, at most 2 decimals; what is lost by it is marked 约."""
    size = abs(value)
    if size < WAN:
        return _plain(value, unit)
    # 99999999 rounds to 10000万, which is 1亿: the scale is chosen after rounding
    scale, word = (YI, "亿") if round_half_up(size / WAN, 2) >= WAN else (WAN, "万")
    short = round_half_up(value / scale, 2)
    text = number_text(short) + word + unit
    if short * scale == value:
        return Wording(text)
    return Wording("约" + text, exact=False, note=f"四舍五入到{number_text(scale / 100)}{unit}")


def _age(value: Decimal, unit: str) -> Wording:
    short = round_half_up(value, 1)
    return Wording(f"{short:f}{unit}", exact=short == value, note="" if short == value else "四舍五入到一位小数")


def _age_below(value: Decimal, unit: str) -> Wording:
    whole = value.to_integral_value(rounding=ROUND_FLOOR)
    if whole == value:
        return _plain(value, unit)
    return Wording(f"不到{number_text(whole + 1)}{unit}", exact=False, note=f"实数{number_text(value)}{unit}")


def _about(word: str, step_of: Callable[[Decimal], int]) -> Callable[[Decimal, str], Wording]:
    def rule(value: Decimal, unit: str) -> Wording:
        step = step_of(value)
        base = (value / step).to_integral_value(rounding=ROUND_FLOOR) * step
        if value < 10:
            raise WordingError(f"{number_text(value)}{word}{unit}", f"“{word}”只能跟在整十、整百的数后面", f"{number_text(value)}{unit}")
        if base == value:
            return _plain(value, unit)
        return Wording(f"{number_text(base)}{word}{unit}", exact=False, note=f"实数{number_text(value)}{unit}")

    return rule


def _percent(value: Decimal, unit: str) -> Wording:
    short = round_half_up(value, 2)
    return Wording(number_text(short) + "%", exact=short == value, note="" if short == value else "四舍五入到两位小数")


def _points(value: Decimal, unit: str) -> Wording:
    short = round_half_up(value, 2)
    return Wording(number_text(short) + "个百分点", exact=short == value, note="" if short == value else "四舍五入到两位小数")


def _chinese(value: Decimal, unit: str) -> Wording:
    if value != value.to_integral_value() or not 0 < value < 100:
        return _plain(value, unit)
    return Wording(("两" if value == 2 else chinese_number(int(value))) + unit)


def _claim(value: Decimal, unit: str) -> Wording:
    return Wording("成立" if value else "不成立")


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a number: its name in a placeholder, a sample for the list in the editor, the rule."""

    name: str
    sample: str
    rule: Callable[[Decimal, str], Wording]
    word: str = ""


FORMATS: dict[str, Format] = {
    item.name: item
    for item in (
        Format("plain", "1269名", _plain),
        Format("number", "1269", _number),
        Format("wan", "57.2万人次", _scaled),
        Format("wanyuan", "83万元", _scaled),
        Format("age", "28.3岁", _age),
        Format("age_below", "不到36岁", _age_below),
        Format("about_many", "300多名", _about("多", lambda value: 100 if value >= 100 else 10), "多"),
        Format("about_over", "60余间", _about("余", lambda value: 10), "余"),
        Format("percent", "89.1%", _percent),
        Format("points", "1.2个百分点", _points),
        Format("chinese", "四个", _chinese),
        Format("claim", "成立", _claim),
    )
}


def word_figure(value: Decimal | int | bool | None, unit: str, format_name: str, *, keep: bool = False) -> Wording:
    """The wording of a value with what it gives up. None: "—". `keep` prints a refused 余/多 as it was asked for.

    Raises ValueError for a format that is not in FORMATS, TypeError for a float, WordingError as format_figure does.
    """
    if format_name not in FORMATS:
        raise ValueError(f"unknown number format {format_name!r}, there are: {', '.join(FORMATS)}")
    if value is None:
        return Wording(BLANK)
    if isinstance(value, bool):
        return _claim(Decimal(value), unit)
    if isinstance(value, float):
        raise TypeError("a figure is a Decimal, never a float")
    try:
        return FORMATS[format_name].rule(Decimal(value), unit)
    except WordingError as refused:
        if keep:
            return Wording(refused.refused, exact=False, note=refused.reason)
        raise


def format_figure(value: Decimal | int | bool | None, unit: str, format_name: str, *, keep: bool = False) -> str:
    """The text of a value in the format of that name (see FORMATS), unit included except for "number"; None is "—".

    A boolean prints 成立 / 不成立 in any format. Raises WordingError for 余/多 after a number that is not round, unless `keep`.
    """
    return word_figure(value, unit, format_name, keep=keep).text


def default_format(kind: str, unit: str, value: Decimal | int | bool | None) -> str:
    """The name of the format a figure gets when the county has chosen none."""
    if kind == "claim" or isinstance(value, bool):
        return "claim"
    if kind == "ratio" or unit == "%":
        return "percent"
    if unit == "岁":
        return "age"
    if value is None or abs(Decimal(value)) < WAN:
        return "plain"
    return "wanyuan" if unit == "元" else "wan"


def display_true(value: Decimal | int | bool | None) -> str:
    """The unrounded value for a screen, thousands separated: 572,000; None is "—", a boolean 成立 / 不成立."""
    if value is None or isinstance(value, bool):
        return format_figure(value, "", "claim")
    return grouped_text(value)


def change_words(now: Decimal | int | None, before: Decimal | int | None, kind: str, unit: str, *, base: str = "去年同期") -> str | None:
    """How a figure moved: 比去年同期增长8.1%, 比去年同期减少0.9岁 (averages), 比去年同期提高1.2个百分点 (ratios), 与去年同期持平.

    None when either side is blank, and for a percentage when the base is zero or negative. `base` names what is compared with.
    """
    if now is None or before is None or isinstance(now, bool) or isinstance(before, bool):
        return None
    difference = Decimal(now) - Decimal(before)
    if difference == 0:
        return f"与{base}持平"
    if kind == "ratio" or unit == "%":
        return _moved(difference, "提高", "下降", "个百分点", base)
    if kind == "average":
        return _moved(difference, "增加", "减少", unit, base)
    if before <= 0:
        return None
    return _moved(difference / Decimal(before) * 100, "增长", "下降", "%", base)


def _moved(amount: Decimal, up: str, down: str, unit: str, base: str) -> str:
    size = round_half_up(abs(amount), 1)
    if size == 0:
        return f"与{base}基本持平"
    return f"比{base}{up if amount > 0 else down}{number_text(size)}{unit}"
