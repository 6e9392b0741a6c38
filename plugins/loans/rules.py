"""Pure rules of loans: statuses and who may move them, balances, arrears, interest by day count, subsidised days. No clock, no database.

A loan bears interest from the day it is drawn (included) to the day it is repaid (not included). Money is Decimal in 元.
No credit decision is computed here or anywhere: the League recommends, the bank decides, this checks the arithmetic.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from youthpilot.core import round_half_up, workflow

from .words import _l

Transition = workflow.Transition
ZERO, HUNDRED = Decimal(0), Decimal(100)
KINDS = {"returnee": "返乡创业青年", "farmer": "新型青年职业农民", "leader": "致富带头人"}
LEVELS = {"village": "村级", "township": "镇级", "county": "县级", "city": "市级", "province": "省级", "nation": "国家级"}
GUARANTEES = {"credit": "信用", "guarantee": "保证", "mortgage": "抵押", "pledge": "质押", "joint": "联保", "company": "担保公司担保"}
SIDES = {"applicant": "申请人", "league": "团组织", "bank": "银行"}
RECORD, RECOMMEND, ANSWER, OFFICER = "loans.record", "loans.recommend", "loans.answer", "loans.bank"
APPLICANT = "applicant"  # whoever holds the enquiry code of an application

STATES = {
    "draft": "草稿",
    "applied": "已申请",
    "returned": "退回",
    "checked": "初审通过",
    "recommended": "已推荐",
    "surveyed": "调查中",
    "rated": "评级",
    "granted": "已授信",
    "partial": "部分授信",
    "refused": "拒绝",
    "drawing": "用信中",
    "settled": "结清",
    "withdrawn": "撤销",
}
OVERDUE = "逾期"  # never stored: a loan is overdue by its days
WAITING_LEAGUE = ("applied", "checked")
WAITING_BANK = ("recommended", "surveyed", "rated")
ANSWERS = ("granted", "partial", "refused")
ENDED = ("refused", "settled", "withdrawn")
AGEING = ((1, 30, "1—30天"), (31, 90, "31—90天"), (91, 180, "91—180天"), (181, None, "180天以上"))


_BANK = (ANSWER, OFFICER)

# The act is called by the state it leads to, as in the addresses of its buttons.
APPLICATION = workflow.Workflow(
    "贷款申请",
    STATES,
    (
        Transition("applied", "draft", "applied", (RECORD, APPLICANT), "提交申请"),
        Transition("applied", "returned", "applied", (RECORD, APPLICANT), "重新提交"),
        Transition("checked", "applied", "checked", (RECORD,), "初审通过"),
        Transition("returned", "applied", "returned", (RECORD,), "退回", ("reason",)),
        Transition("recommended", "checked", "recommended", (RECOMMEND,), "推荐给银行"),
        Transition("returned", "checked", "returned", (RECOMMEND,), "退回", ("reason",)),
        Transition("surveyed", "recommended", "surveyed", _BANK, "开始调查"),
        Transition("rated", "surveyed", "rated", _BANK, "完成评级"),
        *(Transition("granted", s, "granted", _BANK, "全额授信", ("amount",)) for s in WAITING_BANK),
        *(Transition("partial", s, "partial", _BANK, "部分授信", ("amount",)) for s in WAITING_BANK),
        *(Transition("refused", s, "refused", _BANK, "拒绝", ("reason",)) for s in WAITING_BANK),
        *(Transition("drawing", s, "drawing", word="用信") for s in ("granted", "partial")),  # with the first drawdown
        Transition("settled", "drawing", "settled", _BANK, "结清"),
        *(
            Transition("withdrawn", s, "withdrawn", (RECORD, APPLICANT), "撤销", ("reason",))
            for s in ("draft", "applied", "returned", "checked", *WAITING_BANK, "granted", "partial")
        ),
        *(Transition(f"take-{to}", s, to, word="以银行为准") for s in ANSWERS for to in ANSWERS),  # with a decision of the reconciliation
    ),
    people={RECORD: "团组织", RECOMMEND: "团县委", ANSWER: "录入银行答复的人", OFFICER: "银行", APPLICANT: "申请人"},
    entry="loans.application.move",
    asks={"reason": _l("Say why: the applicant is told.")},
)


DECISIONS = {"ours": "以系统为准", "bank": "以银行为准", "other": "另行处理"}
DIFFERENCE = workflow.Workflow(
    "银行名单的差异",
    {"": "待处理", **DECISIONS},
    (
        *(Transition("ours", before, "ours", (ANSWER,), DECISIONS["ours"]) for before in ("", "other")),
        *(Transition("bank", before, "bank", (ANSWER,), DECISIONS["bank"], ("reason",)) for before in ("", "ours", "other")),
        *(Transition("other", before, "other", (ANSWER,), DECISIONS["other"], ("reason",)) for before in ("", "ours", "other")),
    ),
    people={ANSWER: "录入银行答复的人"},
    entry="loans.difference",
    column="decision",
    asks={"reason": _l("Say why: the bank or the applicant may ask.")},
)


def side_of(state: str) -> str:
    """Whose step leads to a state, by the key of SIDES."""
    return "applicant" if state in ("applied", "withdrawn") else "league" if state in ("checked", "returned", "recommended") else "bank"


def cents(amount: Decimal) -> Decimal:
    """Rounded half-up to 分."""
    return round_half_up(amount, 2)


def yuan(amount: Decimal) -> str:
    """An amount in 元 for reading: 200,000 or 1,234.50; no .00 behind whole yuan."""
    return f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{cents(amount):,f}"


# balances ------------------------------------------------------------------------------------------------------------

Flow = tuple[date, Decimal]  # a day and an amount above 0


def balance(drawn: Iterable[Flow], repaid: Iterable[Flow], on: date | None = None) -> Decimal:
    """Σ drawn − Σ principal repaid up to the end of a day (None: altogether)."""
    return sum((a for d, a in drawn if on is None or d <= on), ZERO) - sum((a for d, a in repaid if on is None or d <= on), ZERO)


def peak(drawn: Iterable[Flow], repaid: Iterable[Flow]) -> Decimal:
    """The highest balance ever; what is repaid on a day is free again on the same day."""
    days = sorted([(d, 1, a) for d, a in drawn] + [(d, 0, -a) for d, a in repaid])
    now = highest = ZERO
    for _day, _order, amount in days:
        now += amount
        highest = max(highest, now)
    return highest


def used(drawn: Sequence[Flow], repaid: Sequence[Flow], revolving: bool) -> Decimal:
    """How much of a credit line was needed: the highest balance if it revolves (随借随还), else everything drawn."""
    return peak(drawn, repaid) if revolving else sum((a for _d, a in drawn), ZERO)


@dataclass(frozen=True)
class Debt:
    """One drawdown with what was repaid of it. `due_on`: as agreed at first; `extensions`: (decided on, new due day)."""

    drawn_on: date
    amount: Decimal
    due_on: date
    repaid: tuple[Flow, ...] = ()
    extensions: tuple[tuple[date, date], ...] = ()

    def left(self, on: date) -> Decimal:
        """What is still owed at the end of a day; 0 before it was drawn."""
        return ZERO if on < self.drawn_on else self.amount - sum((a for d, a in self.repaid if d <= on), ZERO)

    def due(self, on: date) -> date:
        """The due day as agreed up to a day."""
        return max([due for decided, due in self.extensions if decided <= on], default=self.due_on)

    def overdue_days(self, on: date) -> int:
        """Days since the due day if something is still owed, else 0."""
        return max(0, (on - self.due(on)).days) if self.left(on) > 0 else 0

    def ageing(self, on: date) -> str:
        """The bucket of its arrears, '' if there are none."""
        days = self.overdue_days(on)
        return next((word for low, high, word in AGEING if days >= low and (high is None or days <= high)), "")


# interest and subsidy ------------------------------------------------------------------------------------------------


def segments(debt: Debt, first: date, last: date) -> list[tuple[date, date, Decimal]]:
    """(first day, last day, balance) of the days from first to last, both included, on which something was owed over night."""
    cuts = sorted({d for d, _a in debt.repaid if first < d <= last} | {max(first, debt.drawn_on), last + timedelta(days=1)})
    parts = [(a, b - timedelta(days=1), debt.left(a)) for a, b in zip(cuts, cuts[1:], strict=False) if a < b]
    return [p for p in parts if p[2] > 0]


def day_sum(parts: Iterable[tuple[date, date, Decimal]]) -> Decimal:
    """Σ balance × days (元·天)."""
    return sum((amount * ((b - a).days + 1) for a, b, amount in parts), ZERO)


def interest(parts: Iterable[tuple[date, date, Decimal]], rate: Decimal, basis: int) -> Decimal:
    """Interest in 元 at a yearly rate in per cent, by days over a year of 360 or 365 days, rounded half-up to 分."""
    return cents(day_sum(parts) * rate / HUNDRED / basis)


def overlaps(first: date, last: date, other_first: date, other_last: date) -> bool:
    """True if two stretches of days (ends included) share a day."""
    return first <= other_last and other_first <= last


# numbers -------------------------------------------------------------------------------------------------------------

_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def credit_code_is_right(text: str) -> bool:
    """True for a unified social credit code (GB 32100) whose check sign fits."""
    if len(text) != 18 or any(c not in _SIGNS for c in text):
        return False
    total = sum(_SIGNS.index(c) * pow(3, i, 31) for i, c in enumerate(text[:17]))
    return _SIGNS[(31 - total % 31) % 31] == text[17]
