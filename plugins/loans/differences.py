"""A bank's lists against what is recorded: what differs is kept with a decision, so that the same list does not ask again. One transaction each."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from youthpilot.core import ConflictError, RuleError, acting, actor_name, now, workflow

from . import corrections, lending, queries
from .models import LoanApplication, LoanDrawdown, LoanRepayment
from .services import owned
from .subsidymodels import LoanDifference
from .words import _

LISTS = {"answers": "答复", "drawdowns": "发放", "repayments": "还款"}
KINDS = {"here": "只有系统有", "bank": "只有银行有", "differs": "两边不一样"}


@dataclass
class Found:
    """One difference of a list. key: application number, note, or note and voucher; values: the bank's, where they can be taken over."""

    listed: str
    kind: str
    key: str
    here: str
    theirs: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        """The same for the same difference, another one as soon as either side says something else."""
        return hashlib.sha256("\n".join((self.listed, self.kind, self.key, self.here, self.theirs)).encode()).hexdigest()


def decided(bank_id: int, listed: str) -> set[str]:
    """Marks of the differences of a bank's lists that somebody decided."""
    d = LoanDifference
    return {m for (m,) in d.select(d.mark).where(d.bank == bank_id, d.listed == listed, d.decision != "").tuples()}


def store(bank_id: int, listed: str, found: Iterable[Found], seen: set[str], source_file: str) -> int:
    """Keep what is new and open; what the list says like us by now (`seen` and not found any more) is no open difference. Returns how many are new."""
    d = LoanDifference
    by_mark = {f.mark: f for f in found}
    known = {m for (m,) in d.select(d.mark).where(d.bank == bank_id, d.listed == listed).tuples()}
    for row in d.select().where(d.bank == bank_id, d.listed == listed, d.decision == ""):
        if row.key in seen and row.mark not in by_mark:
            d.delete().where(d.id == row.id).execute()
    new = [f for m, f in by_mark.items() if m not in known]
    for f in new:
        about = {"kind": f.kind, "key": f.key, "here": f.here, "theirs": f.theirs, "values": json.dumps(f.values, default=str) if f.values else ""}
        d.create(**owned(queries.scope_root(), bank=bank_id, listed=listed, mark=f.mark, **about), source_file=source_file[:200], found_at=now())
    return len(new)


def can_take(row: LoanDifference) -> bool:
    """True if the bank's side can be taken over by a button."""
    return row.kind == "differs" and bool(row.values) or row.kind == "here" and row.listed != "answers"


def acts_of(row: LoanDifference) -> list[workflow.Transition]:
    """What may be decided: the bank's side only where a button can take it over."""
    return [t for t in acting.acts_of(row) if t.act != "bank" or can_take(row)]


def decide(row: LoanDifference, decision: str, reason: str = "") -> None:
    """Keep ours, take the bank's, or settle it otherwise; remembered for the next list.

    Raises RuleError without a reason, or if it cannot be taken (L67), ConflictError if it was decided so already or somebody was faster.
    """
    given = {"reason": reason}
    acting.check(row, decision, given=given)  # L67
    if decision == "bank" and not can_take(row):
        raise RuleError(_("This cannot be taken over by a button: correct it by hand, then settle it otherwise."), "reason")  # L67
    about: dict[str, Any] = {"reason": reason.strip(), "decided_by": actor_name(), "decided_at": now()}
    with acting.carrying_out(row, decision, given=given, entry={"object_name": row.key}, **about):
        if decision == "bank":
            TAKE[row.listed, row.kind](row, reason)


# taking the bank's side over -----------------------------------------------------------------------------------------


def _values(row: LoanDifference) -> dict[str, Any]:
    stored = json.loads(row.values)
    days = {k: date.fromisoformat(v) for k, v in stored.items() if k.endswith("_on") or k == "on"}
    texts = {k: v for k, v in stored.items() if k == "result"}
    return {k: Decimal(v) for k, v in stored.items() if v is not None and k not in days and k not in texts} | days | texts


def _note(row: LoanDifference, serial: str) -> LoanDrawdown:
    d = LoanDrawdown
    return d.get_or_none(d.bank == row.bank_id, d.serial == serial) or _gone()


def _gone() -> Any:
    raise ConflictError(_("The record is not there any more; import the list again."))


def _take_answer(row: LoanDifference, reason: str) -> None:
    application = LoanApplication.get_or_none(LoanApplication.number == row.key) or _gone()
    v = _values(row)
    corrections.correct_answer(application, v["result"], v.get("amount"), v["on"], reason)


def _take_drawdown(row: LoanDifference, reason: str) -> None:
    corrections.correct_drawdown(_note(row, row.key), _values(row), reason)


def _drop_drawdown(row: LoanDifference, reason: str) -> None:
    lending.delete_drawdown(_note(row, row.key), reason)


def _repayment(row: LoanDifference) -> LoanRepayment:
    serial, _sep, voucher = row.key.partition("　")
    note = _note(row, serial)
    return LoanRepayment.get_or_none(LoanRepayment.drawdown == note.id, LoanRepayment.serial == voucher) or _gone()


def _take_repayment(row: LoanDifference, reason: str) -> None:
    corrections.correct_repayment(_repayment(row), _values(row), reason)


def _drop_repayment(row: LoanDifference, reason: str) -> None:
    lending.delete_repayment(_repayment(row), reason)


TAKE: dict[tuple[str, str], Callable[[LoanDifference, str], None]] = {
    ("answers", "differs"): _take_answer,
    ("drawdowns", "differs"): _take_drawdown,
    ("drawdowns", "here"): _drop_drawdown,
    ("repayments", "differs"): _take_repayment,
    ("repayments", "here"): _drop_repayment,
}
