"""Bank officers: their accounts, and the one bank whose applications each of them sees. Everything a bank's screen reads goes through here."""

from dataclasses import dataclass
from typing import Any

from youthpilot.core import (
    RuleError,
    current_scope,
    partners,
    record_audit,
    today,
    transaction,
)

from . import queries
from .models import LoanApplication, LoanBank, LoanDrawdown, LoanProduct, LoanRepayment, LoanStep
from .outside import LoanOfficer
from .services import owned
from .words import _

MODULE = "loans"


@dataclass(frozen=True)
class OfficerLine:
    """An officer's account as the county lists it; account None: the right was withdrawn."""

    officer: LoanOfficer
    account: partners.Partner | None


def invite_officer(bank: LoanBank, name: str, username: str) -> str:
    """An account for an officer of one bank; the one-time code with which he sets his password comes back. Raises RuleError, ConflictError."""
    if bank.closed_on is not None and bank.closed_on < today():
        raise RuleError(_("The county no longer works with this bank."), "username")  # L53
    with transaction():
        user_id, code = partners.invite(username, name, MODULE)
        LoanOfficer.create(**owned(queries.root_id(), bank=bank, user_id=user_id, since=today()))
        record_audit("loans.officer.add", object_type="loans_officer", object_id=user_id, object_name=f"{bank} {name}")
    return code


def lines() -> list[OfficerLine]:
    """Every officer of the county's banks, those who may sign in first."""
    accounts = partners.of_module(MODULE)
    o = LoanOfficer
    rows = o.select(o, LoanBank).join(LoanBank, on=(o.bank == LoanBank.id)).order_by(o.until.is_null(False), LoanBank.id, o.id)
    return [OfficerLine(row, accounts.get(row.user_id) if row.until is None else None) for row in rows]


def renew_link(officer: LoanOfficer) -> str:
    """A new one-time code for an officer without a password."""
    return partners.renew_link(officer.user_id, MODULE)


def withdraw_officer(officer: LoanOfficer, reason: str) -> None:
    """The officer no longer sees anything, from his next request on; what he answered stays."""
    with transaction():
        LoanOfficer.update(until=today()).where(LoanOfficer.id == officer.id).execute()
        if partners.of_module(MODULE).get(officer.user_id):
            partners.withdraw(officer.user_id, MODULE, reason)


# what an officer sees --------------------------------------------------------------------------------------------------


def my_bank() -> LoanBank | None:
    """The bank of the officer who is signed in; None for everybody else, and once his account was withdrawn."""
    o, user = LoanOfficer, current_scope().actor_id
    row = o.select(o, LoanBank).join(LoanBank, on=(o.bank == LoanBank.id)).where(o.user_id == (user or 0), o.until.is_null()).first()
    return None if row is None else row.bank


def recommended_to(bank: LoanBank, *where: Any) -> Any:
    """Applications for the bank's products that the League has recommended, the newest step first."""
    s = LoanStep
    seen = s.select(s.application).where(s.after == "recommended")
    return queries.applications(LoanProduct.bank == bank.id, LoanApplication.id.in_(seen), *where)


def application_of(bank: LoanBank, key: int) -> LoanApplication | None:
    """One of them; None for any other, whether it exists or not."""
    return recommended_to(bank, LoanApplication.id == key).first()  # type: ignore[no-any-return]


def drawdown_of(bank: LoanBank, key: int) -> LoanDrawdown | None:
    """A drawdown at the bank; None for any other."""
    return LoanDrawdown.get_or_none(LoanDrawdown.id == key, LoanDrawdown.bank == bank.id)  # type: ignore[no-any-return]


def repayment_of(bank: LoanBank, key: int) -> LoanRepayment | None:
    """A repayment to the bank; None for any other."""
    p, d = LoanRepayment, LoanDrawdown
    return p.select(p, d).join(d, on=(p.drawdown == d.id)).where(p.id == key, d.bank == bank.id).first()  # type: ignore[no-any-return]


def steps_for_bank(application: LoanApplication) -> list[LoanStep]:
    """What happened since it was recommended; what the League and the applicant did before is not the bank's."""
    found = queries.steps(application)
    first = next((i for i, s in enumerate(found) if s.after == "recommended"), len(found))
    return found[first:]
