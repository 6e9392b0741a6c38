"""Pure rules of points (积分): which rate earns or costs how many."""

from dataclasses import dataclass
from decimal import Decimal

from .rules import HUNDRED, percent, rate

RULES = {"full": "全部参学", "high": "参学率高", "low": "参学率低", "bad": "参学率过低", "streak": "连续未学"}


@dataclass(frozen=True)
class Scale:
    """From which rate (per cent) how many points: `full` and `high` are included ("at least"), `low` and `bad` are not ("below")."""

    full_from: Decimal = Decimal(100)
    full: int = 2
    high_from: Decimal = Decimal(98)
    high: int = 1
    low_below: Decimal = Decimal(90)
    low: int = -2
    bad_below: Decimal = Decimal(80)
    bad: int = -3


def scored(learners: int, base: int | None, scale: Scale) -> tuple[str, int] | None:
    """(rule, points) of one branch for one issue; None without a base or where no rule applies. Compared unrounded (domain.md §3.2)."""
    share = rate(learners, base)
    if share is None:
        return None
    per_cent = share * HUNDRED
    if per_cent >= scale.full_from:
        return "full", scale.full
    if per_cent >= scale.high_from:
        return "high", scale.high
    if per_cent < scale.bad_below:
        return "bad", scale.bad
    if per_cent < scale.low_below:
        return "low", scale.low
    return None


def why(learners: int, base: int, rule: str, scale: Scale) -> str:
    """应学20名、参学19名，95.0%，低于98%…: the words that stand beside the points."""
    limits = {
        "full": f"不低于{scale.full_from}%",
        "high": f"不低于{scale.high_from}%",
        "low": f"低于{scale.low_below}%",
        "bad": f"低于{scale.bad_below}%",
    }
    return f"应学{base}名，参学{learners}名，{percent(rate(learners, base))}%，{limits[rule]}"
