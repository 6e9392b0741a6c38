"""Verbs of subsidy programmes and claims, one transaction each. Money is Decimal in 元; the numbers in the comments are those of README.md."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from youthpilot.core import ConflictError, RuleError, acting, actor_name, current_scope, now, record_audit, today, transaction

from . import queries
from . import rules as money
from . import subsidyrules as rules
from .choices import choices
from .models import LoanDrawdown, LoanElite, LoanRepayment
from .rules import ZERO
from .services import not_ahead, owned
from .subsidymodels import LoanClaim, LoanClaimStep, LoanProgramme
from .words import _

NUMBERS = {"points": "points", "base": "base_rate", "above_lpr": "spread"}  # what a formula cannot do without
SHARES = ("share_1", "share_2", "share_3")


# programmes ----------------------------------------------------------------------------------------------------------


def terms_of(programme: LoanProgramme) -> rules.Terms:
    """What a programme pays. A year without a share ends it."""
    shares = tuple(rules.share_of(text) if text else rules.Fraction(0) for text in (getattr(programme, name) for name in SHARES))
    p = programme
    return rules.Terms(p.formula, shares, p.points, p.base_rate, p.spread, p.whole_note)


def save_programme(values: dict[str, Any], programme: LoanProgramme | None = None) -> LoanProgramme:
    """A programme, new or corrected; claims made before stay as they were computed. Raises RuleError for L61–L63."""
    _check_programme(values, programme)
    with transaction():
        if programme is None:
            programme = LoanProgramme.create(**owned(queries.root_id(), **values))
        else:
            LoanProgramme.update(**values).where(LoanProgramme.id == programme.id).execute()
        record_audit("loans.programme", object_type="loans_programme", object_id=programme.id, object_name=values["name"])
    return LoanProgramme.get_by_id(programme.id)


def _check_programme(values: dict[str, Any], programme: LoanProgramme | None) -> None:
    p = LoanProgramme
    if p.select().where(p.name == values["name"], p.id != (programme.id if programme else 0)).exists():
        raise RuleError(_("“%(name)s” is there already.", name=values["name"]), "name")  # L63
    needed = NUMBERS.get(values["formula"])
    if needed and values.get(needed) is None:
        raise RuleError(_("This way of computing a subsidy needs this number."), needed)  # L61
    if all(not (values.get(name) or "").strip() for name in SHARES):
        raise RuleError(_("Name the share of one year at least."), "share_1")  # L62
    for name in SHARES:
        try:
            rules.share_of(values.get(name) or "0")
        except (ValueError, ZeroDivisionError):
            raise RuleError(_("Write a share between 0 and 100%, such as 100%, 50% or 2/3."), name) from None  # L62
    if values.get("valid_to") and values["valid_to"] < values["valid_from"]:
        raise RuleError(_("The last day lies before the first day."), "valid_to")  # L63


def delete_programme(programme: LoanProgramme) -> None:
    """Take out a programme under which nothing was claimed. Raises ConflictError else."""
    if LoanClaim.select().where(LoanClaim.programme == programme.id).exists():
        raise ConflictError(_("Something was claimed under this programme: write its last day instead of deleting it."))
    with transaction():
        LoanProgramme.delete().where(LoanProgramme.id == programme.id).execute()
        record_audit("loans.programme.delete", object_type="loans_programme", object_id=programme.id, object_name=programme.name)


def covers(programme: LoanProgramme, drawdown: LoanDrawdown) -> bool:
    """True if the programme is for this note: its product, drawn from the first to the last day."""
    p, day = programme, drawdown.drawn_on
    if p.product_id is not None and drawdown.line.application.product_id != p.product_id:
        return False
    return p.valid_from <= day and (p.valid_to is None or day <= p.valid_to)  # type: ignore[no-any-return]


def programmes_for(drawdown: LoanDrawdown) -> list[LoanProgramme]:
    """The programmes that a note may be claimed under."""
    return [p for p in LoanProgramme.select().order_by(LoanProgramme.id) if covers(p, drawdown)]


# claims --------------------------------------------------------------------------------------------------------------


def claim_subsidy(drawdown: LoanDrawdown, programme: LoanProgramme, from_on: date, to_on: date, claimed_on: date) -> LoanClaim:
    """贴息申报 for the days from–to (both included): only days neither overdue nor extended, after proof of repayment, none twice, capped.

    Raises RuleError for L26–L29, L64. `amount` may be less than `computed` because of a cap.
    """
    not_ahead(claimed_on, "claimed_on")
    if not covers(programme, drawdown):
        raise RuleError(_("This programme is not for this note: another product, or drawn outside its days."), "programme")  # L64
    limits = choices(current_scope().county_id or 0, drawdown.drawn_on)
    debt = queries.debts([drawdown.id])[drawdown.id]
    found = rules.parts(debt, terms_of(programme), drawdown.annual_rate, limits.lpr, from_on, to_on, claimed_on)
    if to_on < from_on or not found:
        raise RuleError(_("None of these days can be subsidised: nothing was owed, or overdue, extended or too late."), "from_on")  # L26
    _check_proof(drawdown, to_on, claimed_on)
    with transaction():
        _one_at_a_time(drawdown.elite_id)
        for other in LoanClaim.select().where(LoanClaim.drawdown == drawdown.id, LoanClaim.state != "returned"):
            if money.overlaps(from_on, to_on, other.from_on, other.to_on):
                raise RuleError(_("%(first)s to %(last)s is claimed already.", first=other.from_on, last=other.to_on), "from_on")  # L28
        computed = rules.amount(found, limits.day_count)
        payable = rules.free(computed, *rooms(programme, drawdown.elite, claimed_on.year))
        if payable <= 0:
            raise RuleError(_("The yearly cap of this programme is used up for this person or household."), "from_on")  # L29
        row = LoanClaim.create(
            **owned(drawdown.organization_id, drawdown=drawdown, elite=drawdown.elite_id, programme=programme, claimed_on=claimed_on),
            from_on=from_on, to_on=to_on, days=sum(p.days for p in found), basis=limits.day_count, working=working(found, limits.day_count),
            computed=computed, amount=payable, state_on=claimed_on,
        )  # fmt: skip
        _note(row, "claimed", claimed_on, "")
        _audit("loans.claim", row, {"from": from_on, "to": to_on, "amount": row.amount})
    return row


def _one_at_a_time(elite_id: int) -> None:
    """Two clerks who claim for one person at the same moment wait for each other: PostgreSQL holds the row that an update touched."""
    LoanElite.update(household=LoanElite.household).where(LoanElite.id == elite_id).execute()


def rooms(programme: LoanProgramme, elite: LoanElite, year: int) -> tuple[Decimal | None, Decimal | None]:
    """What is left of the caps in a calendar year for the person and for his household, 元; None: no cap."""
    person = None if programme.cap_person is None else programme.cap_person - _claimed(programme, [elite.id], year)
    together = queries.household(elite)
    home = None if programme.cap_household is None else programme.cap_household - _claimed(programme, together, year)
    return person, home


def _claimed(programme: LoanProgramme, elites: list[int], year: int) -> Decimal:
    c = LoanClaim
    where = (c.programme == programme.id, c.elite.in_(elites), c.claimed_on >= date(year, 1, 1), c.claimed_on <= date(year, 12, 31))
    return c.select(queries.money(c.amount)).where(*where, c.state != "returned").scalar() or ZERO


def working(found: list[rules.Part], basis: int) -> str:
    """How an amount was computed, a line per stretch of days, as the treasury wants to see it."""
    lines = [f"{p.first}至{p.last} {p.days}天 × 余额{money.yuan(p.balance)}元 × {rules.shown(p.rate)} ÷ {basis}" for p in found]
    return "\n".join(lines)


def _check_proof(drawdown: LoanDrawdown, to_on: date, claimed_on: date) -> None:
    p = LoanRepayment
    proved = p.select().where(p.drawdown == drawdown.id, p.proof != "", p.repaid_on > to_on, p.repaid_on <= claimed_on, p.principal > ZERO)
    if not proved.exists():
        raise RuleError(_("There is no proof of a repayment after %(day)s yet.", day=to_on), "to_on")  # L27


def decide_claim(claim: LoanClaim, after: str, on: date, note: str = "") -> None:
    """One step of a claim. Raises ConflictError for another order, RuleError for a day before the last step or ahead, or without a reason (L65)."""
    acting.check(claim, after, given={"note": note})  # L65
    not_ahead(on, "on")
    if on < claim.state_on:
        raise RuleError(_("The last step was on %(day)s: this one cannot be earlier.", day=claim.state_on), "on")  # L65
    with acting.carrying_out(claim, after, entry={"reason": note}, state_on=on):
        _note(claim, after, on, note)


def decide_all(claims: list[LoanClaim], after: str, on: date) -> None:
    """The same step for several claims, all or none. Raises as `decide_claim`."""
    with transaction():
        for claim in claims:
            decide_claim(claim, after, on)


def _note(claim: LoanClaim, after: str, on: date, note: str) -> None:
    step = owned(claim.organization_id, claim=claim, after=after, happened_on=on, note=note.strip())
    LoanClaimStep.create(**step, actor=actor_name(), recorded_at=now())


def _audit(act: str, claim: LoanClaim, after: dict[str, Any], reason: str = "") -> None:
    about = {"object_type": "loans_subsidy", "object_id": claim.id}
    record_audit(act, **about, organization_id=claim.organization_id, after=after, reason=reason)


# what could be claimed -----------------------------------------------------------------------------------------------


def claimable(drawdowns: list[LoanDrawdown], on: date | None = None) -> list[tuple[LoanDrawdown, LoanProgramme, date, date]]:
    """(note, programme, first day, last day) of what a claim could name now: the longest stretch after the last claim, up to the last proof."""
    on = on or today()
    ids = [d.id for d in drawdowns]
    debts, proofs, claimed = queries.debts(ids), queries.proofs(ids, on), queries.last_claimed(ids)
    programmes = list(LoanProgramme.select().order_by(LoanProgramme.id))
    limits = {day: choices(current_scope().county_id or 0, day) for day in {d.drawn_on for d in drawdowns}}
    found = []
    for row in drawdowns:
        first, last = max(row.drawn_on, claimed.get(row.id, row.drawn_on - timedelta(days=1)) + timedelta(days=1)), proofs.get(row.id)
        if last is None or first >= last:
            continue
        for programme in (p for p in programmes if covers(p, row)):
            terms, lpr = terms_of(programme), limits[row.drawn_on].lpr
            days = rules.parts(debts[row.id], terms, row.annual_rate, lpr, first, last - timedelta(days=1), on)
            if days:
                found.append((row, programme, days[0].first, days[-1].last))
                break
    return found
