"""Pure rules of the county's own figures: kinds, keys, placeholders, conditions, which days a period has."""

import operator
import re
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

KINDS = {"flow": "发生数", "stock": "期末数", "distinct": "去重数", "average": "平均数"}
ASKED = {"township": "镇、街道", "village": "村、社区", "school": "学校"}
FORMATS = {
    "": "按单位自动",
    "plain": "照实写（1269名）",
    "number": "只写数字（1269）",
    "wan": "以万计（57.2万人次）",
    "wanyuan": "以万元计（83万元）",
    "age": "岁（28.3岁）",
    "age_below": "不到（不到36岁）",
    "about_many": "多（300多名）",
    "about_over": "余（60余间）",
    "percent": "百分比（89.1%）",
    "chinese": "汉字（四个）",
}
CHAPTERS = {"thought": "思想引领", "service": "服务青年", "base": "基层基础", "plan": "下一步计划"}
COMPARATORS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    ">=": ("不低于", operator.ge),
    "<=": ("不高于", operator.le),
    "==": ("等于", operator.eq),
    ">": ("高于", operator.gt),
    "<": ("低于", operator.lt),
}
SLUG = re.compile(r"[a-z][a-z0-9_]{0,60}$")
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_.]*)(?:\|[a-z_]+)?\}")
KEYED = re.compile(r"\{([a-z][a-z0-9_.]*)(?:\|([a-z_]+))?\}")
NAMED = re.compile(r"[{｛]([^{}｛｝|｜]+)(?:[|｜]([^{}｛｝|｜]+))?[}｝]")
THIS = "本数"  # in the form of a new figure: the figure itself


def next_key(keys: Iterable[str]) -> str:
    """The key of the next figure: ledger.k1, ledger.k2 …; a number is never used twice."""
    numbers = [int(k.removeprefix("ledger.k")) for k in keys if k.removeprefix("ledger.k").isdigit()]
    return f"ledger.k{max(numbers, default=0) + 1}"


def placeholders(text: str) -> list[str]:
    """Keys that a sentence prints, in order, each once."""
    return list(dict.fromkeys(PLACEHOLDER.findall(text)))


def holds(value: Decimal | bool | None, comparator: str, against: Decimal | None) -> bool:
    """True if the condition is met; without a comparator always, with a blank figure never."""
    if not comparator:
        return True
    if value is None or against is None:
        return False
    return COMPARATORS[comparator][1](Decimal(value), against)


def in_force(valid_from: date, closed_on: date | None, start: date, end: date) -> bool:
    """True if something valid from a day to a day (None: still) is in force in some part of start–end (all included)."""
    return valid_from <= end and (closed_on is None or closed_on >= start)


def day_before(day: date) -> date:
    """The day before."""
    return day - timedelta(days=1)


def titled(titles: dict[str, str]) -> dict[str, str]:
    """key → a title that no other key has: a second one of the same name gets a number."""
    seen: dict[str, int] = {}
    made = {}
    for key, title in titles.items():
        seen[title] = seen.get(title, 0) + 1
        made[key] = title if seen[title] == 1 else f"{title}（{seen[title]}）"
    return made


def to_words(text: str, titles: dict[str, str]) -> str:
    """{ledger.k12|plain} as people read it: {公众号推送|照实写}; keys without a title stay."""

    def named(match: re.Match[str]) -> str:
        title = titles.get(match[1])
        if title is None:
            return match[0]
        how = FORMATS.get(match[2] or "", "").partition("（")[0] if match[2] else ""
        return "{" + title + (f"|{how}" if how else "") + "}"

    return KEYED.sub(named, text)


def from_words(text: str, titles: dict[str, str]) -> tuple[str, str]:
    """The text with keys for titles, and the first placeholder that names nothing ('' if there is none)."""
    keys = {title: key for key, title in titles.items()}
    ways = {words.partition("（")[0]: name for name, words in FORMATS.items() if name}
    wrong = ""

    def keyed(match: re.Match[str]) -> str:
        nonlocal wrong
        key, way = keys.get(match[1].strip()), ways.get((match[2] or "").strip(), "")
        if key is None or (match[2] and not way):
            wrong = wrong or match[0]
            return match[0]
        return "{" + key + (f"|{way}" if way else "") + "}"

    return NAMED.sub(keyed, text), wrong
