"""Verbs that correct what was recorded, after a bank's list: answer, drawdown, repayment. The sums must still add up; locked periods stay."""

from datetime import date
from decimal import Decimal
from typing import Any

from youthpilot.core import RuleError, acting, record_audit, transaction, workflow

from . import queries, rules
from .lending import check_mistake, open_line
from .models import LoanApplication, LoanDrawdown, LoanLine, LoanRepayment, LoanStep
from .rules import ZERO
from .services import granted_amount, not_ahead
from .words import _


def correct_drawdown(row: LoanDrawdown, values: dict[str, Any], reason: str) -> None:
    """Another day, amount, rate or due day of a note. Raises RuleError if line or repayments no longer fit, or a subsidy rests on it."""
    check_mistake(row, reason)
    v = {k: values[k] for k in ("drawn_on", "amount", "annual_rate", "due_on") if values.get(k) is not None}
    new = {k: v.get(k, getattr(row, k)) for k in ("drawn_on", "amount", "due_on")}
    line = row.line
    not_ahead(new["drawn_on"], "reason")
    if not line.start_on <= new["drawn_on"] <= line.end_on:
        raise RuleError(_("The credit line holds from %(first)s to %(last)s.", first=line.start_on, last=line.end_on), "reason")  # L17
    if new["amount"] <= 0 or new["due_on"] <= new["drawn_on"]:
        raise RuleError(_("The due day must lie after the drawdown."), "reason")  # L20
    with transaction():
        LoanDrawdown.update(**v).where(LoanDrawdown.id == row.id).execute()
        _check_sums(row, line)
        _audit("loans.draw.correct", row, v, reason)


def correct_repayment(row: LoanRepayment, values: dict[str, Any], reason: str) -> None:
    """Another day, principal or interest. Raises RuleError if more were repaid than drawn, the line exceeded, or a subsidy rests on it."""
    drawdown = row.drawdown
    check_mistake(drawdown, reason)
    v = {k: values[k] for k in ("repaid_on", "principal", "interest") if values.get(k) is not None}
    not_ahead(v.get("repaid_on", row.repaid_on), "reason")
    with transaction():
        LoanRepayment.update(**v).where(LoanRepayment.id == row.id).execute()
        _check_sums(drawdown, drawdown.line)
        _audit("loans.repay.correct", drawdown, v, reason)


def _check_sums(drawdown: LoanDrawdown, line: LoanLine) -> None:
    """Outstanding = Σ drawn − Σ repaid ≥ 0, nothing repaid before it was drawn, use ≤ line."""
    debt = queries.debts([drawdown.id])[drawdown.id]
    if sum((a for _d, a in debt.repaid), ZERO) > debt.amount:
        raise RuleError(_("More would be repaid than was drawn."), "reason")  # L22
    if any(d < debt.drawn_on for d, _a in debt.repaid):
        raise RuleError(_("It was drawn on %(day)s: nothing can be repaid before.", day=debt.drawn_on), "reason")  # L21
    if queries.line_use(line, line.application.product.revolving) > line.amount:
        raise RuleError(_("The credit line would be exceeded."), "reason")  # L18


def correct_answer(application: LoanApplication, result: str, amount: Decimal | None, on: date, reason: str) -> None:
    """Another answer of the bank than the one recorded. Raises RuleError where drawdowns rest on the line and it would not hold them."""
    not_ahead(on, "reason")
    s = LoanStep
    step = s.select().where(s.application == application.id, s.after.in_(rules.ANSWERS)).order_by(s.id.desc()).first()
    line = queries.line_of(application)
    drawn = queries.drawdowns_of(line)
    if step is None or (drawn and (result == "refused" or any(d.drawn_on < on for d in drawn))):
        raise RuleError(_("Something was drawn already: this answer can no longer be taken over."), "reason")
    granted = None if result == "refused" else granted_amount(application, result, amount)
    with transaction():
        s.update(after=result, amount=granted, happened_on=on).where(s.id == step.id).execute()
        if application.state in rules.ANSWERS:
            acting.move(application, f"take-{result}", {workflow.FOLLOWS}, state_on=on)
        _set_line(application, line, granted, on)
        about = {"object_type": "loans_application", "object_id": application.id, "object_name": application.number}
        record_audit("loans.answer.correct", **about, organization_id=application.organization_id, after={"state": result, "on": on}, reason=reason)


def _set_line(application: LoanApplication, line: LoanLine | None, granted: Decimal | None, on: date) -> None:
    if line is None:
        if granted is not None:
            open_line(application, granted, on, application.months)
        return
    if granted is None:
        LoanLine.delete().where(LoanLine.id == line.id).execute()
        return
    LoanLine.update(amount=granted, start_on=on).where(LoanLine.id == line.id).execute()
    if queries.line_use(line, application.product.revolving) > granted:
        raise RuleError(_("The credit line would be exceeded."), "reason")  # L18


def _audit(act: str, drawdown: LoanDrawdown, after: dict[str, Any], reason: str) -> None:
    about = {"object_type": "loans_drawdown", "object_id": drawdown.id, "object_name": drawdown.serial}
    record_audit(act, **about, organization_id=drawdown.organization_id, after=after, reason=reason)
