"""The demonstration's subsidies, villages and a bank's list that says otherwise. Nobody here exists."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from youthpilot.core import VILLAGE_KINDS, DemoTarget, Organization, actor_name

from . import differences, people, subsidies
from .differences import Found
from .models import LoanDrawdown, LoanElite, LoanProduct
from .rules import yuan
from .subsidymodels import LoanClaim, LoanClaimStep, LoanProgramme

WORKS = ("指导{product}种养，统一收购", "吸纳村里青年就业，培训电商", "流转撂荒地，建{product}基地", "帮村集体卖{product}")
CLAIMS = 14  # of a half-year
PATHS = (("league", "bank", "paid"), ("league", "bank"), ("league",), (), ("returned",))


def fill_more(target: DemoTarget) -> None:
    """One half-year: programmes and matches once, claims for what was repaid, differences in the open one."""
    random = Random(f"{target.seed} loans more {target.county.code} {target.period.code}")
    if target.first:
        _programmes(target.period.start)
        _matches(random, target.period.start)
    _claims(random, target.period.end, target.period.code == "2023H1")
    LoanClaimStep.update(actor=target.actor).where(LoanClaimStep.actor == actor_name()).execute()
    if target.period.code == "2023H1":
        _differences()


def _programmes(start: date) -> None:
    blank: dict[str, Any] = {
        "product": None, "points": None, "base_rate": None, "spread": None, "share_2": "", "share_3": "", "cap_household": None, "whole_note": False,
        "valid_to": None, "note": "", "valid_from": start - timedelta(days=600),
    }  # fmt: skip
    points = {"formula": "points", "points": Decimal("1.5"), "share_1": "100%", "share_2": "100%", "cap_person": Decimal(5000)}
    caps = {"cap_household": Decimal(8000), "fund_source": "县财政", "note": "县财政、团县委联合通知"}
    subsidies.save_programme(blank | {"name": "新农菁英贷贴息"} | points | caps)
    product = LoanProduct.get(LoanProduct.name == "青商贷")
    above = {"formula": "above_lpr", "spread": 150, "share_1": "100%", "share_2": "2/3", "share_3": "1/3", "cap_person": Decimal(10_000)}
    more = {"product": product.id, "fund_source": "就业补助资金", "valid_from": date(2023, 1, 1), "whole_note": True}
    subsidies.save_programme(blank | {"name": "青年创业担保贷款贴息"} | above | more)


def _matches(random: Random, start: date) -> None:
    o = Organization
    villages = [i for (i,) in o.select(o.id).where(o.kind.in_(VILLAGE_KINDS), o.closed_on.is_null()).order_by(o.code).tuples()]
    elites = list(LoanElite.select().where(LoanElite.entered_on < start, LoanElite.pending == False).order_by(LoanElite.id))  # noqa: E712
    for n, elite in enumerate(random.sample(elites, min(12, len(elites)))):
        first = start - timedelta(days=random.randint(20, 200))
        last = start + timedelta(days=random.randint(60, 150)) if n % 4 == 3 else None
        people.save_match(elite, random.choice(villages), first, last, random.choice(WORKS).format(product=elite.main_product or "草莓"))


def _claims(random: Random, end: date, is_open: bool) -> None:
    """Some of what can be claimed is claimed, and went its way; in the open half-year on different steps."""
    d, claimed_on = LoanDrawdown, end - timedelta(days=12)
    found = subsidies.claimable(list(d.select().order_by(d.id)), claimed_on)
    for n, (row, programme, first, last) in enumerate(found[:CLAIMS]):
        made = subsidies.claim_subsidy(row, LoanProgramme.get_by_id(programme.id), first, last, claimed_on)
        day = claimed_on
        for state in PATHS[n % len(PATHS)] if is_open else PATHS[0]:
            day += timedelta(days=random.randint(1, 3))
            note = {"paid": "财政拨付凭证", "returned": "缺还款凭证原件，请补充后重新申报"}.get(state, "")
            subsidies.decide_claim(LoanClaim.get_by_id(made.id), state, day, note)


def _differences() -> None:
    """A list of drawdowns in which one amount, one due day and two notes differ."""
    d = LoanDrawdown
    notes = list(d.select().order_by(d.drawn_on.desc(), d.id).limit(3))
    bank = notes[0].bank_id
    mine = [n for n in notes if n.bank_id == bank]
    found = [Found("drawdowns", "bank", "NS20230628031", "", f"{mine[0].drawn_on}，50000")]
    first = mine[0]
    other = {"drawn_on": first.drawn_on, "amount": first.amount, "due_on": first.due_on + timedelta(days=30)}
    sides = [f"{first.drawn_on} {yuan(first.amount)} {first.annual_rate}% {day}" for day in (first.due_on, other["due_on"])]
    found.append(Found("drawdowns", "differs", first.serial, sides[0], sides[1], other))
    found += [Found("drawdowns", "here", n.serial, f"{n.drawn_on} {yuan(n.amount)}", "") for n in mine[1:2]]
    differences.store(bank, "drawdowns", found, set(), "6月发放清单.xlsx")
