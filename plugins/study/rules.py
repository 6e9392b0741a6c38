"""Pure rules of the campaign: titles and schedules of issues, identity cells, rates, ranks."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal

from youthpilot.core import round_half_up

HUNDRED = Decimal(100)
_YEAR = re.compile(r"(20\d\d)\s*年?")
_SEASON = re.compile(r"第?([0-9一二三四五六七八九十]{1,3})季")
_NUMBER = re.compile(r"第\s*([0-9一二三四五六七八九十]{1,3})\s*期|期\s*(\d{1,2})")
_SPECIAL = re.compile(r"特辑\s*(\d{0,2})")
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")}
_ID_NO = re.compile(r"\d{17}[\dXx]$")
_NUMBER_PART = re.compile(r"[A-Za-z]{0,3}\d{4,20}[Xx]?")
_NOT_NAME = re.compile(r"[^\u3400-\u9fff·\u00b7A-Za-z ]")


@dataclass(frozen=True)
class IssueName:
    """What a text says of an issue; None: it does not say."""

    year: int | None
    number: int | None
    is_special: bool = False
    season: int | None = None
    kind: str | None = None  # study, class


def issue_title(year: int, number: int, is_special: bool = False, kind: str = "study") -> str:
    """2023年第19期; 2023年特辑 for the first special issue, 2023年特辑2 for the next; 2023年云团课第3期 for an online class."""
    if kind == "class":
        return f"{year}年云团课{issue_title(year, number, is_special).removeprefix(f'{year}年')}"
    if is_special:
        return f"{year}年特辑{number if number > 1 else ''}"
    return f"{year}年第{number}期"


def read_issue(text: str) -> IssueName | None:
    """The issue named in a title row, a cell or a file name (2023年第19期, 第十二季第3期, 2022年特辑); None if none is named."""
    year, season = _YEAR.search(text), _SEASON.search(text)
    in_year, in_season = int(year[1]) if year else None, chinese_int(season[1]) if season else None
    kind = "class" if "云团课" in text else "study" if "大学习" in text else None
    number = _NUMBER.search(text)
    if number:
        return IssueName(in_year, chinese_int(number[1] or number[2]), False, in_season, kind)
    special = _SPECIAL.search(text)
    return IssueName(in_year, int(special[1] or 1), True, in_season, kind) if special else None


def chinese_int(text: str) -> int:
    """12 for "12" and for 十二."""
    if text.isdecimal():
        return int(text)
    tens, mark, ones = text.rpartition("十")
    return (_DIGITS.get(tens, 1) * 10 if mark else 0) + _DIGITS.get(ones, 0)


def weekly(first_opens: date, last_closes: date, days: int = 6, first_number: int = 1) -> list[tuple[int, date, date]]:
    """(number, opens, closes) of weekly issues from `first_opens`, each open `days` days longer than one, none closing after `last_closes`."""
    out: list[tuple[int, date, date]] = []
    opens = first_opens
    while opens + timedelta(days=days) <= last_closes:
        out.append((first_number + len(out), opens, opens + timedelta(days=days)))
        opens += timedelta(days=7)
    return out


def split_identity(text: str) -> tuple[str, str]:
    """(number, name) of a cell that holds "number+name", "name+number", a number or a name; '' for what is missing."""
    text = text.strip()
    found = _NUMBER_PART.search(text)
    number = found[0] if found else ""
    rest = text.replace(number, " ", 1) if number else text
    return number, clean_name(rest)


def clean_name(text: str) -> str:
    """The name without digits, brackets and punctuation; blanks inside a Chinese name go, those of a foreign one stay."""
    name = re.sub(r"\s+", " ", _NOT_NAME.sub(" ", text)).strip(" ·")
    return name if re.search(r"[A-Za-z]", name) else name.replace(" ", "")


def is_id_number(number: str) -> bool:
    """True for a text shaped like a resident identity number, which is never stored in the open."""
    return bool(_ID_NO.match(number))


def rate(learners: int | None, base: int | None) -> Decimal | None:
    """learners ÷ base, unrounded, 1 is the whole; None where either is not known or the base is 0."""
    if learners is None or not base:
        return None
    return Decimal(learners) / Decimal(base)


def mean_rate(cells: Iterable[tuple[int, int]], averaging: str = "weighted") -> Decimal | None:
    """Mean over issues of (learners, base): "weighted" Σ÷Σ, "simple" the mean of each issue's rate. None without any base."""
    known = [(n, d) for n, d in cells if d]
    if not known:
        return None
    if averaging == "simple":
        return sum((Decimal(n) / d for n, d in known), Decimal(0)) / len(known)
    return Decimal(sum(n for n, _ in known)) / sum(d for _, d in known)


def percent(value: Decimal | None, rounding: str = "half_up", decimals: int = 1) -> Decimal | None:
    """The rate as per cent with `decimals`; rounding half_up or truncate (some provinces cut off: 62.998 prints 62.9)."""
    if value is None:
        return None
    if rounding == "truncate":
        return (value * HUNDRED).quantize(Decimal(1).scaleb(-decimals), ROUND_DOWN)
    return round_half_up(value * HUNDRED, decimals)


def flag(value: Decimal | None, low: Decimal) -> str:
    """ "over" above 100 % (shown, never clipped), "low" below the limit (per cent), "none" without a base, "" otherwise."""
    if value is None:
        return "none"
    if value > 1:
        return "over"
    return "low" if value * HUNDRED < low else ""


def rank_key(mean: Decimal | None, issues: Sequence[Decimal | None]) -> tuple[int, Decimal, list[Decimal]]:
    """Sort key of a ranking, best first: the mean; on a tie the lowest issue, then the second lowest and so on. No rate comes last."""
    if mean is None:
        return (1, Decimal(0), [])
    return (0, -mean, [-r for r in sorted(r for r in issues if r is not None)])


def ranks(keys: Sequence[object]) -> list[int]:
    """Places for sorted keys: equal keys share a place, the next one skips (1, 2, 2, 4)."""
    out: list[int] = []
    for i, key in enumerate(keys):
        out.append(out[-1] if i and key == keys[i - 1] else i + 1)
    return out
