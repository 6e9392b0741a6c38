"""Verbs of money: credit lines, drawdowns, extensions, repayments, totals without rows. Money is Decimal in 元."""

from datetime import date
from decimal import Decimal
from typing import Any

from youthpilot.core import RuleError, actor_name, add_months, record_audit, transaction, workflow

from . import queries, rules
from .models import (
    LoanApplication,
    LoanBank,
    LoanDrawdown,
    LoanExtension,
    LoanLine,
    LoanRepayment,
    LoanTotal,
)
from .rules import ZERO
from .services import move, not_ahead, owned, unusual
from .subsidymodels import LoanClaim
from .words import _


def open_line(application: LoanApplication, amount: Decimal, start_on: date, months: int, batch: Any = None) -> LoanLine:
    """授信: so much for so many months from a day."""
    end = add_months(start_on, months)
    values = {"amount": amount, "start_on": start_on, "end_on": end, "batch_id": getattr(batch, "id", None)}
    return LoanLine.create(**owned(application.organization_id, application=application, **values))


def check_draw(line: LoanLine, on: date, amount: Decimal, due_on: date, rate: Decimal, reason: str = "") -> None:
    """Raise RuleError for a drawdown outside the line's days or above it; a late due day and another rate take a reason."""
    product = line.application.product
    not_ahead(on, "drawn_on")
    if not line.start_on <= on <= line.end_on:
        raise RuleError(_("The credit line holds from %(first)s to %(last)s.", first=line.start_on, last=line.end_on), "drawn_on")  # L17
    if amount <= 0:
        raise RuleError(_("The amount must be above 0."), "amount")  # L18
    used = queries.line_use(line, product.revolving, (on, amount))
    if used > line.amount:
        values = {"used": rules.yuan(used), "amount": rules.yuan(line.amount)}
        raise RuleError(_("With this drawdown %(used)s yuan would be in use, the line is %(amount)s yuan.", **values), "amount")  # L18
    if due_on <= on:
        raise RuleError(_("The due day must lie after the drawdown."), "due_on")  # L20
    if due_on > add_months(on, product.max_months):
        unusual(_("This is longer than the product's %(months)s months.", months=product.max_months), "due_on", reason)  # L20
    if rate != product.annual_rate:
        unusual(_("The product's rate is %(rate)s%%.", rate=product.annual_rate), "annual_rate", reason)  # L23


def draw(
    line: LoanLine, on: date, amount: Decimal, due_on: date, serial: str, rate: Decimal | None = None, *, reason: str = "", batch: Any = None
) -> LoanDrawdown:
    """用信: one payment to the borrower. The first one moves the application to 用信中. Raises RuleError for L17–L20, L23."""
    application = line.application
    if application.state not in ("granted", "partial", "drawing"):
        state = rules.STATES[application.state]
        raise RuleError(_("The application is “%(state)s”: nothing can be drawn.", state=state), "drawn_on")  # L14
    rate = application.product.annual_rate if rate is None else rate
    if batch is None:
        check_draw(line, on, amount, due_on, rate, reason)
    else:
        check_draw(line, on, amount, due_on, rate, reason="批量导入")
    bank_id = application.product.bank_id
    if not serial.strip() or LoanDrawdown.get_or_none(LoanDrawdown.bank == bank_id, LoanDrawdown.serial == serial.strip()):
        raise RuleError(_("A note number is needed, and each only once per bank."), "serial")  # L19
    with transaction():
        row = LoanDrawdown.create(
            **owned(application.organization_id, line=line, elite=application.elite_id, bank=bank_id, serial=serial.strip(), drawn_on=on),
            amount=amount, annual_rate=rate, due_on=due_on, batch_id=getattr(batch, "id", None),
        )  # fmt: skip
        if application.state != "drawing":
            move(application, "drawing", max(on, application.state_on), {workflow.FOLLOWS}, batch=batch)
        if batch is None:
            _audit("loans.draw", row, {"amount": amount, "on": on}, reason)
    return row


def extend(drawdown: LoanDrawdown, decided_on: date, due_on: date, reason: str) -> LoanExtension:
    """展期: from the day decided another due day holds. Raises RuleError."""
    debt = queries.debts([drawdown.id])[drawdown.id]
    not_ahead(decided_on, "decided_on")
    if decided_on < drawdown.drawn_on or due_on <= debt.due(decided_on):
        raise RuleError(_("The new due day must lie after %(day)s.", day=debt.due(decided_on)), "due_on")
    if not reason.strip():
        raise RuleError(_("Say why: the applicant is told."), "reason")
    with transaction():
        row = LoanExtension.create(**owned(drawdown.organization_id, drawdown=drawdown, decided_on=decided_on, due_on=due_on, reason=reason))
        _audit("loans.extend", drawdown, {"due": due_on}, reason)
    return row


def check_repay(drawdown: LoanDrawdown, on: date, principal: Decimal, interest: Decimal | None) -> None:
    """Raise RuleError for a repayment before the drawdown, ahead, or above what is owed."""
    not_ahead(on, "repaid_on")  # L21
    if on < drawdown.drawn_on:
        raise RuleError(_("It was drawn on %(day)s: nothing can be repaid before.", day=drawdown.drawn_on), "repaid_on")  # L21
    if principal < 0 or (interest or ZERO) < 0 or not (principal or interest):
        raise RuleError(_("Enter principal or interest, above 0."), "principal")  # L22
    debt = queries.debts([drawdown.id])[drawdown.id]
    left = debt.amount - sum((a for _d, a in debt.repaid), ZERO)
    if principal > left:
        raise RuleError(_("Only %(left)s yuan are still owed.", left=rules.yuan(left)), "principal")  # L22


def repay(
    drawdown: LoanDrawdown, on: date, principal: Decimal, interest: Decimal | None = None, proof: str = "", serial: str = "", *, batch: Any = None
) -> LoanRepayment:
    """还款. The serial is the bank's voucher number (default: the next number). Raises RuleError for L21, L22."""
    check_repay(drawdown, on, principal, interest)
    p = LoanRepayment
    serial = serial.strip() or f"{p.select().where(p.drawdown == drawdown.id).count() + 1}"
    if p.get_or_none(p.drawdown == drawdown.id, p.serial == serial):
        raise RuleError(_("This voucher number is recorded already."), "serial")  # L19
    with transaction():
        row = p.create(
            **owned(drawdown.organization_id, drawdown=drawdown, serial=serial, repaid_on=on, principal=principal, interest=interest),
            proof=proof.strip(), batch_id=getattr(batch, "id", None),
        )  # fmt: skip
        if batch is None:
            _audit("loans.repay", drawdown, {"principal": principal, "on": on})
    return row


def delete_repayment(row: LoanRepayment, reason: str) -> None:
    """Take out a repayment entered by mistake. Raises RuleError if the line would then have been exceeded, or a subsidy rests on it."""
    drawdown, line = row.drawdown, row.drawdown.line
    check_mistake(drawdown, reason)
    with transaction():
        LoanRepayment.delete().where(LoanRepayment.id == row.id).execute()
        if queries.line_use(line, line.application.product.revolving) > line.amount:
            raise RuleError(_("Without this repayment the credit line would be exceeded."), "reason")
        _audit("loans.repay.delete", drawdown, {}, reason)


def delete_drawdown(row: LoanDrawdown, reason: str) -> None:
    """Take out a drawdown entered by mistake. Raises RuleError if something was repaid or extended."""
    check_mistake(row, reason)
    if any(m.select().where(m.drawdown == row.id).exists() for m in (LoanRepayment, LoanExtension)):
        raise RuleError(_("Something was repaid or extended: take that out first."), "reason")
    with transaction():
        LoanDrawdown.delete().where(LoanDrawdown.id == row.id).execute()
        _audit("loans.draw.delete", row, {"amount": row.amount}, reason)


def check_mistake(drawdown: LoanDrawdown, reason: str) -> None:
    """Raise RuleError without a reason, or where a subsidy rests on the note."""
    if not reason.strip():
        raise RuleError(_("Say why it is wrong."), "reason")
    if LoanClaim.select().where(LoanClaim.drawdown == drawdown.id, LoanClaim.state != "returned").exists():
        raise RuleError(_("A subsidy was claimed for it: have the claim returned first."), "reason")


def settle(application: LoanApplication, on: date) -> None:
    """结清: closed by the bank once nothing is owed. Raises RuleError while something is."""
    owed = queries.debts([d.id for d in queries.drawdowns_of(queries.line_of(application))])
    left = sum((debt.left(on) for debt in owed.values()), ZERO)
    if left > 0:
        raise RuleError(_("Only %(left)s yuan are still owed.", left=rules.yuan(left)), "on")
    move(application, "settled", on)


# totals without rows -------------------------------------------------------------------------------------------------

NUMBERS = ("borrower_times", "borrowers", "amount", "outstanding", "overdue")


def record_total(bank: LoanBank, from_on: date, to_on: date, values: dict[str, Any], source_file: str) -> LoanTotal:
    """汇总录入 for a bank without rows: any of borrower_times, borrowers, amount, outstanding, overdue. Raises RuleError for L24, L25."""
    if to_on < from_on:
        raise RuleError(_("The last day lies before the first day."), "to_on")
    not_ahead(to_on, "to_on")
    _check_total(values, source_file)
    t = LoanTotal
    for other in t.select().where(t.bank == bank.id):
        if rules.overlaps(from_on, to_on, other.from_on, other.to_on):
            raise RuleError(_("There is a total from %(first)s to %(last)s already.", first=other.from_on, last=other.to_on), "from_on")  # L24
    if queries.has_rows(bank.id, from_on, to_on):
        raise RuleError(_("This bank has drawdowns in these days: they count, a total is not needed."), "bank")  # L24
    with transaction():
        given = {k: values.get(k) for k in NUMBERS}
        row = t.create(
            **owned(queries.root_id(), bank=bank, from_on=from_on, to_on=to_on, source_file=source_file.strip()), entered_by=actor_name(), **given
        )
        record_audit("loans.total", object_type="loans_total", object_id=row.id, object_name=bank.name, after=given)
    return row


def _check_total(values: dict[str, Any], source_file: str) -> None:
    given = [values.get(k) for k in NUMBERS]
    if all(v is None for v in given):
        raise RuleError(_("Enter at least one number; 0 if there was nothing."), "borrower_times")  # L25
    if any(v is not None and v < 0 for v in given):
        raise RuleError(_("A number cannot be negative."), "borrower_times")  # L25
    times, persons = values.get("borrower_times"), values.get("borrowers")
    if times is not None and persons is not None and persons > times:
        raise RuleError(_("There cannot be more borrowers than loans paid out."), "borrowers")  # L25
    owed, late = values.get("outstanding"), values.get("overdue")
    if owed is not None and late is not None and late > owed:
        raise RuleError(_("There cannot be more overdue than owed."), "overdue")  # L25
    if not source_file.strip():
        raise RuleError(_("Name the file or notice that it was taken from."), "source_file")  # L25


def delete_total(total: LoanTotal) -> None:
    """Take out a total."""
    with transaction():
        LoanTotal.delete().where(LoanTotal.id == total.id).execute()
        record_audit("loans.total.delete", object_type="loans_total", object_id=total.id)


def _audit(act: str, drawdown: LoanDrawdown, after: dict[str, Any], reason: str = "") -> None:
    about = {"object_type": "loans_drawdown", "object_id": drawdown.id, "object_name": drawdown.serial}
    record_audit(act, **about, organization_id=drawdown.organization_id, after=after, reason=reason)
