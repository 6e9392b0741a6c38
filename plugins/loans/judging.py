"""Judging the rows of files: registry, a bank's answers, drawdowns, repayments. Numbers as in README.md.

A bank's list is reconciled: what it says otherwise (L31) or does not name (L32) is said; what is recorded stays.
"""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

from youthpilot.core import CellProblem, Person, Row, RuleError, _, blind_index, today

from . import lending, queries, rules, services
from .models import LoanApplication, LoanDrawdown, LoanElite, LoanLine, LoanRepayment, LoanStep
from .rules import yuan

RESULTS = {
    "全额授信": "granted",
    "全额": "granted",
    "同意": "granted",
    "已授信": "granted",
    "部分授信": "partial",
    "部分": "partial",
    "拒绝": "refused",
}


# registry ------------------------------------------------------------------------------------------------------------


class People:
    """Who is in the registry, read once."""

    def __init__(self, county_id: int, options: dict[str, Any]) -> None:
        e, p = LoanElite, Person
        rows = list(e.select(e, p).join(p, on=(e.person == p.id)).where(e.pending == False))  # noqa: E712 - not in it yet
        self.today = today()
        self.by_index = {r.person.id_no_index: r for r in rows if r.person.id_no_index}
        self.by_name: dict[tuple[int, str], list[LoanElite]] = defaultdict(list)
        for row in rows:
            self.by_name[row.organization_id, row.person.name].append(row)

    def known(self, values: dict[str, Any]) -> LoanElite | None:
        """The same person by identity number, else by name, place and birth date (where both are known)."""
        index = blind_index(values.get("id_no") or "")
        if index and index in self.by_index:
            return self.by_index[index]
        for row in self.by_name.get((values.get("organization") or 0, values.get("name") or ""), []):
            birth = values.get("birth_date")
            if birth is not None and row.person.birth_date == birth and not (index and row.person.id_no_index):
                return row
        return None


def judge_elite(row: Row, look: People) -> None:
    """One young entrepreneur."""
    v = row.values
    number = v.get("id_no")
    if number is not None and not isinstance(number, str):
        v["id_no"], birth = number.text, number.birth
        v["sex"] = v.get("sex") or {"male": "M", "female": "F"}[number.sex]
        if v.get("birth_date") not in (None, birth):
            row.warn("birth_date", _("The identity number says %(day)s: which is right?", day=birth), "L6")
        v["birth_date"] = v.get("birth_date") or birth
    if not (v.get("organization") and v.get("name") and v.get("kind") and v.get("entered_on")):
        return
    known = v["known"] = look.known(v)
    if known is not None:
        if known.kind != v["kind"] or known.entered_on != v["entered_on"]:
            row.warn("name", _("%(name)s is in the registry already.", name=v["name"]), "L2")
        return
    try:
        services.check_profile(v["kind"], v["entered_on"], v)
    except RuleError as error:
        row.error(error.field, str(error), {"kind": "L1", "entered_on": "L4", "jobs_driven": "L7", "uscc": "L6"}[error.field])
    for message, field in services.doubts(v["organization"], v["name"], v.get("birth_date"), v["entered_on"]):
        row.warn(field, message, {"name": "L3", "birth_date": "L5"}[field])


# a bank's lists ------------------------------------------------------------------------------------------------------


class Bank:
    """Applications, lines and notes of the bank that sent the list, read once."""

    def __init__(self, county_id: int, options: dict[str, Any]) -> None:
        chosen = str(options.get("bank") or "")
        self.bank_id = int(chosen) if chosen.isdecimal() else 0
        self.today = today()
        rows = [a for a in queries.applications() if a.product.bank_id == self.bank_id]
        self.applications = {a.number: a for a in rows}
        by_id = {a.id: a for a in rows}
        self.lines: dict[int, LoanLine] = {}
        for line in LoanLine.select().where(LoanLine.application.in_(list(by_id) or [0])):
            line.application = by_id[line.application_id]
            self.lines[line.application_id] = line
        self.notes = {d.serial: d for d in LoanDrawdown.select().where(LoanDrawdown.bank == self.bank_id)}

    def application(self, row: Row) -> LoanApplication | None:
        """The application that the row's number names."""
        number = str(row.values.get("number") or "").strip()
        found = self.applications.get(number)
        if found is None and number:
            row.error("number", _("There is no application %(number)s with this bank.", number=number), "L30")
        return found


def judge_answer(row: Row, look: Bank) -> None:
    """One answer."""
    v = row.values
    found = look.application(row)
    if found is None or not v.get("result") or not v.get("on"):
        return
    v["application"], asked = found, v.get("amount")
    if found.state not in rules.WAITING_BANK:
        _judge_answered(row, found, v["result"], asked)
        return
    v["todo"] = True
    try:
        services.not_ahead(v["on"], "on")
        if v["on"] < found.state_on:
            raise RuleError(_("The last step was on %(day)s: this one cannot be earlier.", day=found.state_on), "on")
        if v["result"] != "refused":
            services.granted_amount(found, v["result"], asked)
        elif not v.get("reason"):
            raise RuleError(_("Say why: the applicant is told."), "reason")
    except RuleError as error:
        row.error(error.field, str(error), {"on": "L13", "amount": "L16", "reason": "L15"}[error.field])


def _judge_answered(row: Row, found: LoanApplication, result: str, amount: Decimal | None) -> None:
    """An answer recorded before: the same changes nothing, another one is said and what is recorded stays."""
    step = LoanStep.select().where(LoanStep.application == found.id, LoanStep.after.in_(rules.ANSWERS)).order_by(LoanStep.id.desc()).first()
    if step is None:
        row.error("number", _("Application %(number)s was not recommended.", number=found.number), "L30")
    elif step.after != result or (amount is not None and step.amount is not None and amount != step.amount):
        said = rules.STATES[step.after] + (f" {yuan(step.amount)}" if step.amount is not None else "")
        row.warn("result", _("Recorded is “%(said)s”; it stays.", said=said), "L31")


def check_answers(rows: Any, look: Bank) -> list[CellProblem]:
    """Recommended, but not in the bank's list."""
    named = {str(r.values.get("number") or "").strip() for r in rows}
    missing = [n for n, a in look.applications.items() if a.state in rules.WAITING_BANK and n not in named]
    if not missing:
        return []
    text = _("Recommended, but not in the list: %(names)s", names="、".join(sorted(missing)[:8]))
    return [CellProblem("", text, "W", "L32")]


def judge_drawdown(row: Row, look: Bank) -> None:
    """One note: known ones are compared, new ones checked against line and product."""
    v = row.values
    serial = str(v.get("serial") or "").strip()
    known = look.notes.get(serial)
    if known is not None:
        if (v.get("drawn_on"), v.get("amount")) != (known.drawn_on, known.amount):
            row.warn("amount", _("Recorded are %(amount)s yuan on %(day)s; it stays.", amount=yuan(known.amount), day=known.drawn_on), "L31")
        return
    found = look.application(row)
    if found is None or not (v.get("drawn_on") and v.get("amount") and v.get("due_on")):
        return
    line = look.lines.get(found.id)
    if line is None:
        row.error("number", _("Application %(number)s has no credit line.", number=found.number), "L30")
        return
    v["line"] = line
    rate: Any = v.get("annual_rate") if v.get("annual_rate") is not None else found.product.annual_rate
    v["rate"] = rate
    codes = {"drawn_on": "L17", "amount": "L18", "due_on": "L20", "annual_rate": "L23"}
    try:
        lending.check_draw(line, v["drawn_on"], v["amount"], v["due_on"], rate, reason="x")
    except RuleError as error:
        row.error(error.field, str(error), codes[error.field])
        return
    try:
        lending.check_draw(line, v["drawn_on"], v["amount"], v["due_on"], rate)
    except RuleError as error:
        row.warn(error.field, str(error), codes[error.field])


def check_drawdowns(rows: Any, look: Bank) -> list[CellProblem]:
    """New notes together must fit their line; recorded notes of the same days that the list does not name are said."""
    new: dict[int, list[Row]] = defaultdict(list)
    rows = list(rows)
    for row in rows:
        if row.values.get("line") is not None and not any(p.level == "E" for p in row.problems):
            new[row.values["line"].id].append(row)
    for batch in new.values():
        _check_line(sorted(batch, key=lambda r: r.values["drawn_on"]))
    days = [r.values["drawn_on"] for r in rows if r.values.get("drawn_on")]
    named = {str(r.values.get("serial") or "").strip() for r in rows}
    missing = [s for s, d in look.notes.items() if days and min(days) <= d.drawn_on <= max(days) and s not in named]
    text = _("Recorded for these days, but not in the list: %(names)s", names="、".join(sorted(missing)[:8]))
    return [CellProblem("", text, "W", "L32")] if missing else []


def _check_line(batch: list[Row]) -> None:
    line = batch[0].values["line"]
    d, p = LoanDrawdown, LoanRepayment
    drawn = list(d.select(d.drawn_on, d.amount).where(d.line == line.id).tuples())
    paid = list(p.select(p.repaid_on, p.principal).join(d, on=(p.drawdown == d.id)).where(d.line == line.id).tuples())
    for row in batch:
        drawn.append((row.values["drawn_on"], row.values["amount"]))
        used = rules.used(drawn, paid, line.application.product.revolving)
        if used > line.amount:
            values = {"used": yuan(used), "amount": yuan(line.amount)}
            row.error("amount", _("With this drawdown %(used)s yuan would be in use, the line is %(amount)s yuan.", **values), "L18")
            return


def judge_repayment(row: Row, look: Bank) -> None:
    """One repayment of a note."""
    v = row.values
    note = look.notes.get(str(v.get("note") or "").strip())
    if note is None:
        if v.get("note"):
            row.error("note", _("There is no note %(serial)s of this bank.", serial=v["note"]), "L30")
        return
    v["drawdown"] = note
    known = LoanRepayment.get_or_none(LoanRepayment.drawdown == note.id, LoanRepayment.serial == str(v.get("serial") or "").strip())
    if known is not None:
        v["drawdown"] = None
        if (v.get("repaid_on"), v.get("principal")) != (known.repaid_on, known.principal):
            row.warn("principal", _("Recorded are %(amount)s yuan on %(day)s; it stays.", amount=yuan(known.principal), day=known.repaid_on), "L31")
        return
    if v.get("repaid_on") and v.get("principal") is not None:
        try:
            lending.check_repay(note, v["repaid_on"], v["principal"], v.get("interest"))
        except RuleError as error:
            row.error(error.field, str(error), {"repaid_on": "L21", "principal": "L22"}[error.field])


def check_repayments(rows: Any, look: Bank) -> list[CellProblem]:
    """All repayments of a note together must not be above what is owed."""
    batch: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        if row.values.get("drawdown") is not None and row.values.get("principal") is not None:
            batch[row.values["drawdown"].id].append(row)
    for key, found in batch.items():
        left = queries.debts([key])[key].left(date.max)
        for row in found:
            left -= row.values["principal"]
            if left < 0 and not any(p.level == "E" for p in row.problems):
                row.error("principal", _("With the rows above, more is repaid than was drawn."), "L22")
    return []
