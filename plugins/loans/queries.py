"""Reads: what is owed and overdue on a day, who borrowed, what waits, what a bank's totals say. Nothing here writes."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from peewee import fn

from youthpilot.core import Organization, Person, current_scope

from . import rules
from .models import (
    LoanApplication,
    LoanBank,
    LoanDrawdown,
    LoanElite,
    LoanEntry,
    LoanExtension,
    LoanLine,
    LoanProduct,
    LoanRepayment,
    LoanRoleModel,
    LoanStep,
    LoanTotal,
)
from .rules import ZERO, Debt
from .subsidymodels import LoanClaim


def root_id() -> int | None:
    """The county's own organization, None before there is one (or out of sight)."""
    return Organization.select(Organization.id).where(Organization.parent.is_null()).order_by(Organization.id).scalar()  # type: ignore[no-any-return]


def scope_root() -> int | None:
    """The top organization that the scope sees: the county's root, or the user's own."""
    return current_scope().root_id or root_id()


def money(field: Any) -> Any:
    """Σ of a money field as Decimal in 元; None without rows (the driver gives 分)."""
    return fn.SUM(field).converter(lambda cents: None if cents is None else Decimal(cents).scaleb(-2))


# what is owed --------------------------------------------------------------------------------------------------------


def debts(ids: Iterable[int] | None = None, until: date | None = None) -> dict[int, Debt]:
    """drawdown id → its debt with everything repaid and extended, for drawdowns up to a day (included; None: all)."""
    d, p, e = LoanDrawdown, LoanRepayment, LoanExtension
    query = d.select(d.id, d.drawn_on, d.amount, d.due_on)
    if until is not None:
        query = query.where(d.drawn_on <= until)
    wanted = None if ids is None else set(ids)
    if wanted is not None:
        query = query.where(d.id.in_(sorted(wanted) or [0]))
    repaid, extended = defaultdict(list), defaultdict(list)
    pays, moves = p.select(p.drawdown_id, p.repaid_on, p.principal), e.select(e.drawdown_id, e.decided_on, e.due_on)
    if wanted is not None:
        pays, moves = pays.where(p.drawdown.in_(sorted(wanted) or [0])), moves.where(e.drawdown.in_(sorted(wanted) or [0]))
    for key, day, amount in pays.tuples():
        repaid[key].append((day, amount))
    for key, decided, due in moves.tuples():
        extended[key].append((decided, due))
    return {i: Debt(drawn, amount, due, tuple(sorted(repaid[i])), tuple(sorted(extended[i]))) for i, drawn, amount, due in query.tuples()}


@dataclass(frozen=True)
class Arrears:
    """A drawdown that is overdue on a day: how much, for how long; the due day agreed at first, and the one in force."""

    drawdown: Any
    left: Decimal
    days: int
    bucket: str
    first_due: date
    due: date


def overdue(on: date) -> list[Arrears]:
    """Drawdowns in scope that are overdue on a day, the longest first."""
    found = {i: debt for i, debt in debts(until=on).items() if debt.overdue_days(on)}
    d = LoanDrawdown
    query = d.select(d, LoanLine, LoanElite, Person, Organization, LoanBank).join(LoanLine, on=(d.line == LoanLine.id)).switch(d)
    query = query.join(LoanElite, on=(d.elite == LoanElite.id)).join(Person, on=(LoanElite.person == Person.id)).switch(LoanElite)
    query = query.join(Organization, on=(LoanElite.organization == Organization.id)).switch(d).join(LoanBank, on=(d.bank == LoanBank.id))
    rows = [_arrears(row, found[row.id], on) for row in query.where(d.id.in_(sorted(found) or [0]))]
    return sorted(rows, key=lambda a: (-a.days, a.drawdown.id))


def _arrears(row: LoanDrawdown, debt: Debt, on: date) -> Arrears:
    return Arrears(row, debt.left(on), debt.overdue_days(on), debt.ageing(on), debt.due_on, debt.due(on))


def ageing(rows: Iterable[Arrears]) -> list[tuple[str, int, Decimal]]:
    """(bucket, 笔, 元) of arrears, the youngest bucket first; empty ones too."""
    found: dict[str, list[Decimal]] = defaultdict(list)
    for row in rows:
        found[row.bucket].append(row.left)
    return [(word, len(found[word]), sum(found[word], ZERO)) for _low, _high, word in rules.AGEING]


def outstanding(on: date) -> Decimal:
    """What is owed in scope at the end of a day, banks' totals included, 元."""
    return sum((amount for _o, amount in stock_rows(on)), ZERO)


def stock_rows(on: date) -> list[tuple[int, Decimal]]:
    """(organization, 元 owed at the end of a day): per drawdown, and per bank that gives totals only."""
    d, p = LoanDrawdown, LoanRepayment
    rows = list(d.select(d.organization_id, money(d.amount)).where(d.drawn_on <= on).group_by(d.organization_id).tuples())
    rows += [
        (o, -(s or ZERO)) for o, s in p.select(p.organization_id, money(p.principal)).where(p.repaid_on <= on).group_by(p.organization_id).tuples()
    ]
    return rows + [(t.organization_id, t.outstanding) for t in last_totals(on) if t.outstanding is not None]


def overdue_rows(on: date) -> list[tuple[int, Decimal]]:
    """(organization, 元 overdue on a day), banks' totals included."""
    late = {i: debt.left(on) for i, debt in debts(until=on).items() if debt.overdue_days(on)}
    d = LoanDrawdown
    rows = [(o, late[i]) for i, o in d.select(d.id, d.organization_id).where(d.id.in_(sorted(late) or [0])).tuples()]
    return rows + [(t.organization_id, t.overdue) for t in last_totals(on) if t.overdue is not None]


def line_use(line: LoanLine, revolving: bool, more: tuple[date, Decimal] | None = None) -> Decimal:
    """How much of a line is needed, 元, with one drawdown more if given."""
    drawn = list(LoanDrawdown.select(LoanDrawdown.drawn_on, LoanDrawdown.amount).where(LoanDrawdown.line == line.id).tuples())
    p = LoanRepayment
    paid = p.select(p.repaid_on, p.principal).join(LoanDrawdown, on=(p.drawdown == LoanDrawdown.id)).where(LoanDrawdown.line == line.id)
    return rules.used([*drawn, *([more] if more else [])], list(paid.tuples()), revolving)


# totals without rows -------------------------------------------------------------------------------------------------


def counting_totals(start: date, end: date) -> list[LoanTotal]:
    """Totals that lie inside start–end (both included) of banks without a drawdown in the total's own days."""
    query = LoanTotal.select().where(LoanTotal.from_on >= start, LoanTotal.to_on <= end).order_by(LoanTotal.to_on, LoanTotal.id)
    return [t for t in query if not has_rows(t.bank_id, t.from_on, t.to_on)]


def ignored_totals(start: date, end: date) -> list[LoanTotal]:
    """Totals inside start–end that do not count, because there are rows."""
    query = LoanTotal.select().where(LoanTotal.from_on >= start, LoanTotal.to_on <= end)
    return [t for t in query if has_rows(t.bank_id, t.from_on, t.to_on)]


def last_totals(on: date) -> list[LoanTotal]:
    """The last total up to a day of each bank that never gave a row up to that day."""
    newest: dict[int, LoanTotal] = {}
    for total in LoanTotal.select().where(LoanTotal.to_on <= on).order_by(LoanTotal.to_on):
        newest[total.bank_id] = total
    return [t for t in newest.values() if not has_rows(t.bank_id, date.min, on)]


def has_rows(bank_id: int, start: date, end: date) -> bool:
    """True if the bank has a drawdown from start to end (both included)."""
    d = LoanDrawdown
    return bool(d.select(d.id).where(d.bank == bank_id, d.drawn_on >= start, d.drawn_on <= end).exists())


# applications --------------------------------------------------------------------------------------------------------


def applications(*where: Any) -> Any:
    """Applications in scope with person, product and bank, the newest first."""
    a = LoanApplication
    query = a.select(a, LoanElite, Person, LoanProduct, LoanBank, Organization)
    query = query.join(LoanElite, on=(a.elite == LoanElite.id)).join(Person, on=(LoanElite.person == Person.id)).switch(a)
    query = query.join(LoanProduct, on=(a.product == LoanProduct.id)).join(LoanBank, on=(LoanProduct.bank == LoanBank.id)).switch(a)
    query = query.join(Organization, on=(a.organization == Organization.id))
    return query.where(*where).order_by(a.state_on.desc(), a.id.desc()) if where else query.order_by(a.state_on.desc(), a.id.desc())


def counts_by_state() -> dict[str, int]:
    """state → 笔 in scope."""
    a = LoanApplication
    return dict(a.select(a.state, fn.COUNT(a.id)).group_by(a.state).tuples())


def steps(application: LoanApplication) -> list[LoanStep]:
    """What happened to it, the oldest first."""
    return list(LoanStep.select().where(LoanStep.application == application.id).order_by(LoanStep.happened_on, LoanStep.id))


def line_of(application: LoanApplication) -> LoanLine | None:
    """Its credit line, None before the bank granted one."""
    return LoanLine.get_or_none(LoanLine.application == application.id)  # type: ignore[no-any-return]


def drawdowns_of(line: LoanLine | None) -> list[LoanDrawdown]:
    """Drawdowns of a line, the oldest first."""
    d = LoanDrawdown
    return list(d.select().where(d.line == (line.id if line else 0)).order_by(d.drawn_on, d.id))


def repayments_of(ids: Iterable[int]) -> dict[int, list[LoanRepayment]]:
    """drawdown id → its repayments, the oldest first."""
    found: dict[int, list[LoanRepayment]] = defaultdict(list)
    p = LoanRepayment
    for row in p.select().where(p.drawdown.in_(list(ids) or [0])).order_by(p.repaid_on, p.id):
        found[row.drawdown_id].append(row)
    return found


def unanswered(on: date, days: int) -> list[LoanApplication]:
    """Applications recommended more than so many days before a day and still without an answer."""
    a = LoanApplication
    waiting = {x.id: x for x in applications(a.state.in_(rules.WAITING_BANK))}
    s = LoanStep
    query = s.select(s.application_id, fn.MAX(s.happened_on)).where(s.after == "recommended", s.application.in_(list(waiting) or [0]))
    return [waiting[i] for i, day in query.group_by(s.application_id).tuples() if (on - day).days > days]


# figures -------------------------------------------------------------------------------------------------------------


def drawn(start: date, end: date) -> Decimal:
    """Σ paid out from start to end (both included) in scope, totals included, 元."""
    d = LoanDrawdown
    rows = d.select(money(d.amount)).where(d.drawn_on >= start, d.drawn_on <= end).scalar()
    return (rows or ZERO) + sum((t.amount for t in counting_totals(start, end) if t.amount is not None), ZERO)


def any_bank() -> bool:
    """True if the county works with a bank: from then on no loan means 0, before it means not known."""
    return bool(LoanBank.select(LoanBank.id).exists())


def entered_any(until: date) -> bool:
    """True if the registry had anybody up to a day."""
    return bool(LoanEntry.select(LoanEntry.id).where(LoanEntry.entered_on <= until).exists())


def role_models(start: date, end: date) -> list[LoanRoleModel]:
    """Role models named from start to end (both included), in the county's order."""
    r = LoanRoleModel
    query = r.select(r, Person).join(Person, on=(r.person == Person.id)).where(r.named_on >= start, r.named_on <= end)
    return list(query.order_by(r.place, r.named_on, r.id))


# subsidies -----------------------------------------------------------------------------------------------------------


def household(elite: LoanElite) -> list[int]:
    """Everybody of the registry in the person's household, himself included; alone if none was written."""
    if not elite.household:
        return [elite.id]
    e = LoanElite
    return [i for (i,) in e.select(e.id).where(e.organization == elite.organization_id, e.household == elite.household).tuples()]


def proofs(ids: Iterable[int], on: date) -> dict[int, date]:
    """drawdown id → the last day up to `on` on which principal was repaid with proof."""
    p = LoanRepayment
    query = p.select(p.drawdown_id, fn.MAX(p.repaid_on)).where(p.proof != "", p.repaid_on <= on, p.principal > ZERO)
    return dict(query.where(p.drawdown.in_(list(ids) or [0])).group_by(p.drawdown_id).tuples())


def last_claimed(ids: Iterable[int]) -> dict[int, date]:
    """drawdown id → the last day claimed already."""
    c = LoanClaim
    query = c.select(c.drawdown_id, fn.MAX(c.to_on)).where(c.state != "returned", c.drawdown.in_(list(ids) or [0]))
    return dict(query.group_by(c.drawdown_id).tuples())
