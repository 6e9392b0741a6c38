"""Pure rules of interest subsidies: what a programme pays for which days of a note. No clock, no database.

Kinds of programmes as the field knows them (domain.md §4): a fixed number of points, a share of the interest (100 %, 2/3, 1/3 by year),
a share of a base rate, or everything above what the borrower bears himself (LPR less some basis points).
Days overdue or extended are never subsidised, whatever the programme.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from youthpilot.core import add_months, workflow

from . import rules
from .rules import RECOMMEND, Debt
from .words import _l

FORMULAS = {
    "points": "固定百分点（不超过借款利率）",
    "interest": "借款利息的一部分",
    "base": "基准利率的一部分（不超过借款利率）",
    "above_lpr": "借款人承担“市场报价利率减点”，以上部分贴息",
}


@dataclass(frozen=True)
class Terms:
    """What a programme pays. shares: of year 1, 2, 3 after the drawdown, 0–1; a year not named gets nothing. Rates in % a year."""

    formula: str
    shares: tuple[Fraction, ...]
    points: Decimal | None = None
    base_rate: Decimal | None = None
    spread: int | None = None  # basis points below LPR
    whole_note: bool = False  # a note that was ever overdue or extended gets nothing at all


@dataclass(frozen=True)
class Part:
    """Days (both included) with one balance and one rate (% a year)."""

    first: date
    last: date
    balance: Decimal
    rate: Fraction

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1


def share_of(text: str) -> Fraction:
    """A share as people write it: 100%, 50, 2/3, 0.5. Above 1 it is per cent. Raises ValueError for anything else or outside 0–100 %."""
    text = text.strip().replace("％", "%").replace("／", "/")
    percent = text.endswith("%")
    number = Fraction(text.rstrip("%").strip())
    number = number / 100 if percent or number > 1 else number
    if not 0 <= number <= 1:
        raise ValueError(text)
    return number


def rate_of(terms: Terms, year: int, note_rate: Decimal, lpr: Decimal) -> Fraction:
    """What is paid in a year of the note (1: the first), % a year; never above the note's own rate, never below 0."""
    if not 1 <= year <= len(terms.shares):
        return Fraction(0)
    note, share = Fraction(note_rate), terms.shares[year - 1]
    if terms.formula == "base":
        return min(note, Fraction(terms.base_rate or 0) * share)
    full = {
        "points": Fraction(terms.points or 0),
        "interest": note,
        "above_lpr": note - Fraction(lpr) + Fraction(terms.spread or 0, 100),
    }[terms.formula]
    return max(Fraction(0), min(note, full)) * share


def spoiled(debt: Debt, on: date) -> bool:
    """True if the note was extended, or overdue on any day up to `on`."""
    return bool(debt.extensions) or (on > debt.due_on and debt.left(debt.due_on) > 0)


def parts(debt: Debt, terms: Terms, note_rate: Decimal, lpr: Decimal, first: date, last: date, on: date) -> list[Part]:
    """The days of first–last that the programme pays, as known on `on`: owed, before the first due day (so neither overdue nor extended)."""
    if terms.whole_note and spoiled(debt, on):
        return []
    found = []
    for year in range(1, len(terms.shares) + 1):
        start = max(first, debt.drawn_on, add_months(debt.drawn_on, 12 * (year - 1)))
        end = min(last, debt.due_on - timedelta(days=1), add_months(debt.drawn_on, 12 * year) - timedelta(days=1))
        rate = rate_of(terms, year, note_rate, lpr)
        if rate and start <= end:
            found += [Part(a, b, balance, rate) for a, b, balance in rules.segments(debt, start, end)]
    return found


def amount(found: list[Part], basis: int) -> Decimal:
    """Σ balance × days × rate over a year of 360 or 365 days, 元, rounded half-up to 分 once at the end."""
    exact = sum((Fraction(p.balance) * p.days * p.rate / 100 / basis for p in found), Fraction(0))
    return Decimal(int(exact * 100 + Fraction(1, 2))).scaleb(-2)


def free(wanted: Decimal, *rooms: Decimal | None) -> Decimal:
    """What may be paid of `wanted` within what is left of every cap (None: no cap)."""
    return max(rules.ZERO, min([wanted, *(r for r in rooms if r is not None)]))


def shown(rate: Fraction) -> str:
    """A rate for reading, at most four decimals: 1.5%, 2.9%."""
    return f"{Decimal(int(rate * 10_000 + Fraction(1, 2))).scaleb(-4).normalize():f}%"


# claims: 申请 → 团委确认 → 银行确认 → 财政拨付, or 退回 with its reason ------------------------------------------------------

CLAIM_STATES = {"claimed": "已申请", "league": "团委已确认", "bank": "银行已确认", "paid": "财政已拨付", "returned": "已退回"}
CLAIM = workflow.Workflow(
    "贴息申报",
    CLAIM_STATES,
    (
        workflow.Transition("league", "claimed", "league", (RECOMMEND,), "团委确认"),
        workflow.Transition("bank", "league", "bank", (RECOMMEND,), "银行确认"),
        workflow.Transition("paid", "bank", "paid", (RECOMMEND,), "财政拨付"),
        *(workflow.Transition("returned", state, "returned", (RECOMMEND,), "退回", ("note",)) for state in ("claimed", "league", "bank")),
    ),
    people={RECOMMEND: "团县委"},
    entry="loans.claim.decide",
    asks={"note": _l("Say why: the applicant is told.")},
)
