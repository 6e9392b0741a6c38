"""Judging the rows of files: registry, a bank's answers, drawdowns, repayments. Numbers as in README.md.

A bank's list is reconciled: what it says otherwise (L31) or does not name (L32) is said; what is recorded stays.
"""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

from youthpilot.core import Person, RuleError, blind_index, mask_name, today
from youthpilot.plugins.importing import CellProblem, Row

from . import differences, lending, queries, rules, services
from .differences import Found
from .models import LoanApplication, LoanDrawdown, LoanElite, LoanLine, LoanRepayment, LoanStep
from .rules import yuan
from .words import _

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
    """Applications, lines and notes of the bank that sent the list, read once; what differs is collected."""

    listed = ""

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
        self.names = {a.id: a.elite.person.name for a in rows}
        self.decided = differences.decided(self.bank_id, self.listed)
        self.found: list[Found] = []
        self.seen: set[str] = set()

    def differs(self, kind: str, key: str, here: str, theirs: str, **values: Any) -> bool:
        """Collect a difference; False if somebody decided this very one before: it is not asked again."""
        found = Found(self.listed, kind, key, here, theirs, values)
        self.found.append(found)
        return found.mark not in self.decided

    def only_bank(self, row: Row, column: str, key: str, text: str) -> None:
        """Named by the bank only: said once, and no reason to refuse the other rows."""
        said = "，".join(str(row.values[k]) for k in ("result", "drawn_on", "repaid_on", "amount", "principal") if row.values.get(k) is not None)
        if self.differs("bank", key, "", said):
            row.warn(column, text, "L30")

    def name(self, row: Row, application: LoanApplication) -> None:
        """The list's name against the applicant's; banks that print it with asterisks are not compared."""
        said, ours = str(row.values.get("person") or "").strip(), self.names[application.id]
        if said and "*" not in said and said != ours:
            shown = _("the list says %(name)s", name=mask_name(said))
            if self.differs("differs", str(row.values.get("serial") or application.number), mask_name(ours), shown):
                row.warn("person", _("The applicant is called otherwise here: wrong number, or wrong name?"), "L31")

    def application(self, row: Row) -> LoanApplication | None:
        """The application that the row's number names."""
        number = str(row.values.get("number") or "").strip()
        found = self.applications.get(number)
        if found is None and number:
            key = str(row.values.get("serial") or number)
            self.only_bank(row, "number", key, _("There is no application %(number)s with this bank.", number=number))
        return found


class Answers(Bank):
    """What a list of answers is judged by."""

    listed = "answers"


class Drawdowns(Bank):
    """What a list of drawdowns is judged by."""

    listed = "drawdowns"


class Repayments(Bank):
    """What a list of repayments is judged by."""

    listed = "repayments"


def judge_answer(row: Row, look: Bank) -> None:
    """One answer."""
    v = row.values
    found = look.application(row)
    if found is None or not v.get("result") or not v.get("on"):
        return
    v["application"], asked = found, v.get("amount")
    look.seen.add(found.number)
    look.name(row, found)
    if found.state not in rules.WAITING_BANK:
        _judge_answered(row, look, found, asked)
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


def _judge_answered(row: Row, look: Bank, found: LoanApplication, amount: Decimal | None) -> None:
    """An answer recorded before: the same changes nothing, another one is said and what is recorded stays until it is decided."""
    result, s = row.values["result"], LoanStep
    step = s.select().where(s.application == found.id, s.after.in_(rules.ANSWERS)).order_by(s.id.desc()).first()
    if step is None:
        row.error("number", _("Application %(number)s was not recommended.", number=found.number), "L30")
    elif step.after != result or (amount is not None and step.amount is not None and amount != step.amount):
        said = rules.STATES[step.after] + (f" {yuan(step.amount)}" if step.amount is not None else "")
        theirs = rules.STATES[result] + (f" {yuan(amount)}" if amount is not None else "")
        if look.differs("differs", found.number, said, theirs, result=result, amount=amount, on=row.values["on"]):
            row.warn("result", _("Recorded is “%(said)s”; it stays.", said=said), "L31")


def check_answers(rows: Any, look: Bank) -> list[CellProblem]:
    """Recommended, but not in the bank's list."""
    named = {str(r.values.get("number") or "").strip() for r in rows}
    waiting = {n: rules.STATES[a.state] for n, a in look.applications.items() if a.state in rules.WAITING_BANK and n not in named}
    return _only_here(look, waiting, _("Recommended, but not in the list: %(names)s"))


def _only_here(look: Bank, known: dict[str, str], text: str) -> list[CellProblem]:
    """One line that names what the bank's list does not have, except what was decided before."""
    missing = [key for key, here in known.items() if look.differs("here", key, here, "")]
    return [CellProblem("", text % {"names": "、".join(sorted(missing)[:8])}, "W", "L32")] if missing else []


def judge_drawdown(row: Row, look: Bank) -> None:
    """One note: known ones are compared, new ones checked against line and product."""
    v = row.values
    serial = str(v.get("serial") or "").strip()
    look.seen.add(serial)
    known = look.notes.get(serial)
    if known is not None:
        _judge_note(row, look, known)
        return
    found = look.application(row)
    if found is None or not (v.get("drawn_on") and v.get("amount") and v.get("due_on")):
        return
    line = look.lines.get(found.id)
    if line is None:
        row.error("number", _("Application %(number)s has no credit line.", number=found.number), "L30")
        return
    v["line"] = line
    look.name(row, found)
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
    inside = [d for s, d in look.notes.items() if days and min(days) <= d.drawn_on <= max(days) and s not in named]
    known = {d.serial: f"{d.drawn_on} {yuan(d.amount)}" for d in inside}
    return _only_here(look, known, _("Recorded for these days, but not in the list: %(names)s"))


def _judge_note(row: Row, look: Bank, known: LoanDrawdown) -> None:
    """A note recorded before: day, amount, rate and due day (an extended one too) are compared."""
    v = row.values
    due = {known.due_on, queries.debts([known.id])[known.id].due(look.today)}
    rate = v.get("annual_rate")
    same = (v.get("drawn_on"), v.get("amount")) == (known.drawn_on, known.amount)
    if same and (rate is None or rate == known.annual_rate) and (v.get("due_on") is None or v["due_on"] in due):
        return
    here = f"{known.drawn_on} {yuan(known.amount)} {known.annual_rate}% {known.due_on}"
    theirs = f"{v.get('drawn_on')} {yuan(v['amount']) if v.get('amount') is not None else ''} {rate or known.annual_rate}% {v.get('due_on')}"
    values = {k: v[k] for k in ("drawn_on", "amount", "annual_rate", "due_on") if v.get(k) is not None}
    if look.differs("differs", known.serial, here, theirs, **values):
        row.warn("amount", _("Recorded are %(amount)s yuan on %(day)s; it stays.", amount=yuan(known.amount), day=known.drawn_on), "L31")


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
    serial, voucher = str(v.get("note") or "").strip(), str(v.get("serial") or "").strip()
    note = look.notes.get(serial)
    if note is None:
        if v.get("note"):
            look.only_bank(row, "note", f"{serial}　{voucher}", _("There is no note %(serial)s of this bank.", serial=v["note"]))
        return
    v["drawdown"] = note
    look.seen.add(f"{serial}　{voucher}")
    known = LoanRepayment.get_or_none(LoanRepayment.drawdown == note.id, LoanRepayment.serial == voucher)
    if known is not None:
        v["drawdown"] = None
        if (v.get("repaid_on"), v.get("principal")) != (known.repaid_on, known.principal):
            here, theirs = (f"{day} {yuan(amount)}" for day, amount in ((known.repaid_on, known.principal), (v["repaid_on"], v["principal"])))
            values = {k: v[k] for k in ("repaid_on", "principal", "interest") if v.get(k) is not None}
            if look.differs("differs", f"{serial}　{voucher}", here, theirs, **values):
                text = _("Recorded are %(amount)s yuan on %(day)s; it stays.", amount=yuan(known.principal), day=known.repaid_on)
                row.warn("principal", text, "L31")
        return
    if v.get("repaid_on") and v.get("principal") is not None:
        try:
            lending.check_repay(note, v["repaid_on"], v["principal"], v.get("interest"))
        except RuleError as error:
            row.error(error.field, str(error), {"repaid_on": "L21", "principal": "L22"}[error.field])


def check_repayments(rows: Any, look: Bank) -> list[CellProblem]:
    """All repayments of a note together must not be above what is owed; recorded ones of the same days that the list does not name are said."""
    rows = list(rows)
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
    days = [r.values["repaid_on"] for r in rows if r.values.get("repaid_on")]
    if not days:
        return []
    p, serials = LoanRepayment, {d.id: s for s, d in look.notes.items()}
    paid = p.select().where(p.drawdown.in_(list(serials) or [0]), p.repaid_on >= min(days), p.repaid_on <= max(days))
    known = {f"{serials[r.drawdown_id]}　{r.serial}": f"{r.repaid_on} {yuan(r.principal)}" for r in paid}
    return _only_here(
        look, {k: v for k, v in known.items() if k not in look.seen}, _("Recorded as repaid in these days, but not in the list: %(names)s")
    )
