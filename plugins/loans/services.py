"""Verbs of registry and applications, one transaction each: check, write, audit. What is unusual takes a reason; the impossible is refused.

The numbers in the comments are those of README.md.
"""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any

from youthpilot.core import (
    CalendarPeriod,
    Person,
    RuleError,
    acting,
    actor_name,
    age,
    blind_index,
    county_scope,
    current_scope,
    keep_before,
    now,
    record_audit,
    scoped,
    today,
    transaction,
)

from . import rules
from .choices import choices
from .models import (
    LoanApplication,
    LoanBank,
    LoanElite,
    LoanEntry,
    LoanProduct,
    LoanRoleModel,
    LoanStep,
)
from .queries import root_id
from .words import _

PROFILE = ("industry", "main_product", "business_name", "uscc", "jobs_driven", "source", "household", "note")


def unusual(message: str, field: str, reason: str) -> None:
    """Refuse what is unusual unless a reason is given."""
    if not reason.strip():
        raise RuleError(_("%(what)s If it is right, say why under “Remark”.", what=message), field)


def _whole_county() -> Any:
    """Looks for what must be unique in the county, whoever asks; nothing of it is shown."""
    return scoped(county_scope(current_scope().county_id or 0, current_scope().actor_id))


def not_ahead(day: date, field: str) -> None:
    """Refuse a day that lies in the future."""
    if day > today():
        raise RuleError(_("This day lies in the future."), field)


def keep(batch: Any, row: Any) -> None:
    """Keep a row's image before an import changes it."""
    keep_before(batch, row)


def owned(organization_id: int | None, **values: Any) -> dict[str, Any]:
    """The values of a new row with its county and organization."""
    if organization_id is None:
        raise RuleError(_("The county has no organizations yet: import them first"))
    return {"county": current_scope().county_id, "organization": organization_id, **values}


# banks and products --------------------------------------------------------------------------------------------------


def save_bank(name: str, short_name: str = "", bank: LoanBank | None = None, closed_on: date | None = None) -> LoanBank:
    """A bank of the county, new or corrected. Raises RuleError for a name that is taken."""
    if LoanBank.select().where(LoanBank.name == name.strip(), LoanBank.id != (bank.id if bank else 0)).exists():
        raise RuleError(_("“%(name)s” is there already.", name=name), "name")
    values = {"name": name.strip(), "short_name": short_name.strip(), "closed_on": closed_on}
    with transaction():
        if bank is None:
            bank = LoanBank.create(**owned(root_id(), **values))
        else:
            LoanBank.update(**values).where(LoanBank.id == bank.id).execute()
        record_audit("loans.bank", object_type="loans_bank", object_id=bank.id, object_name=name)
    return LoanBank.get_by_id(bank.id)


def save_product(bank: LoanBank, values: dict[str, Any], product: LoanProduct | None = None) -> LoanProduct:
    """A product of a bank, new or corrected: name, limit (元), max_months, annual_rate (%), revolving, min_age, max_age, valid_from, valid_to."""
    if values["limit"] <= 0 or values["max_months"] < 1 or values["annual_rate"] < 0:
        raise RuleError(_("Limit, longest term and rate must be above 0."), "limit")
    if values.get("valid_to") and values["valid_to"] < values["valid_from"]:
        raise RuleError(_("The last day lies before the first day."), "valid_to")
    with transaction():
        if product is None:
            product = LoanProduct.create(**owned(root_id(), bank=bank, **values))
        else:
            LoanProduct.update(**values).where(LoanProduct.id == product.id).execute()
        record_audit("loans.product", object_type="loans_product", object_id=product.id, object_name=values["name"])
    return LoanProduct.get_by_id(product.id)


# registry ------------------------------------------------------------------------------------------------------------


def register_elite(
    organization_id: int,
    person: Person | dict[str, Any],
    kind: str,
    entered_on: date,
    profile: dict[str, Any] | None = None,
    *,
    reason: str = "",
    batch: Any = None,
) -> LoanElite:
    """Enter a person (known, or the values of a new one) into the registry. Raises RuleError for L1–L7."""
    values = {k: v for k, v in (profile or {}).items() if k in PROFILE}
    check_profile(kind, entered_on, values)
    known = person if isinstance(person, Person) else find_person(organization_id, person)
    with _whole_county():
        held = known and LoanElite.get_or_none(LoanElite.person == known.id)
        if known is not None and held and not held.pending:
            raise RuleError(_("%(name)s is in the registry already.", name=known.name), "name")  # L2
    name = person.name if isinstance(person, Person) else person["name"]
    birth = person.birth_date if isinstance(person, Person) else person.get("birth_date")
    if batch is None:
        for message, field in doubts(organization_id, name, birth, entered_on):
            unusual(message, field, reason)
    with transaction():
        holder = known or add_person(organization_id, person, batch)  # type: ignore[arg-type]
        more = {"note": values.get("note") or reason, "batch_id": getattr(batch, "id", None)}
        if held:  # he applied by a poster and waits to be checked: entered by hand he is in
            keep(batch, held)
            LoanElite.update(kind=kind, entered_on=entered_on, pending=False, **values | more).where(LoanElite.id == held.id).execute()
            elite = LoanElite.get_by_id(held.id)
        else:
            elite = LoanElite.create(**owned(organization_id, person=holder, kind=kind, entered_on=entered_on, **values | more))
        LoanEntry.create(**owned(organization_id, elite=elite, entered_on=entered_on, batch_id=getattr(batch, "id", None)))
        if batch is None:
            _audit("loans.elite.add", elite, organization_id)
    return elite


def check_profile(kind: str, entered_on: date, values: dict[str, Any]) -> None:
    """Raise RuleError for another type, a day ahead, a negative number, a mistyped credit code."""
    if kind not in rules.KINDS:
        raise RuleError(_("There are exactly three types: %(words)s.", words="、".join(rules.KINDS.values())), "kind")  # L1
    not_ahead(entered_on, "entered_on")  # L4
    if (values.get("jobs_driven") or 0) < 0:
        raise RuleError(_("A number of jobs cannot be negative."), "jobs_driven")  # L7
    if values.get("uscc") and not rules.credit_code_is_right(values["uscc"]):
        raise RuleError(_("The credit code is mistyped: its last character does not fit."), "uscc")  # L6


def doubts(organization_id: int, name: str, birth: date | None, on: date) -> list[tuple[str, str]]:
    """(message, field) of what is unusual about a new entry: a namesake nearby, an age outside the window."""
    found = []
    p = Person
    if LoanElite.select().join(p, on=(LoanElite.person == p.id)).where(p.name == name, LoanElite.organization == organization_id).exists():
        found.append((_("Somebody called %(name)s of the same place is in the registry already.", name=name), "name"))  # L3
    if birth is not None:
        limits = choices(current_scope().county_id or 0, on)
        if not limits.min_age <= (years := age(birth, on)) <= limits.max_age:
            text = _("%(years)s years old, outside %(low)s–%(high)s.", years=years, low=limits.min_age, high=limits.max_age)
            found.append((text, "birth_date"))  # L5
    return found


def find_person(organization_id: int, values: dict[str, Any]) -> Person | None:
    """Whom the values name: by identity number, else by name and birth date in the same organization; None: nobody known here.

    Whom another township knows is not asked: the answer would tell it. The county sees numbers that stand twice.
    """
    index = blind_index(values.get("id_no") or "")
    if index:
        found = Person.get_or_none(Person.id_no_index == index)
        if found is not None:
            return found  # type: ignore[no-any-return]
    if values.get("birth_date") is None:
        return None
    here = (Person.organization == organization_id) & (Person.name == values["name"]) & (Person.birth_date == values["birth_date"])
    found = Person.select().where(here).first()
    return None if found is not None and index and found.id_no_index else found


def add_person(organization_id: int, values: dict[str, Any], batch: Any = None) -> Person:
    """A new person of an organization: name, sex, birth_date, phone, id_no."""
    given = {k: values[k] for k in ("name", "sex", "birth_date", "phone", "id_no") if values.get(k)}
    if not str(given.get("name", "")).strip():
        raise RuleError(_("The name is missing."), "name")
    indexes = {"id_no_index": blind_index(given.get("id_no", "")), "phone_index": blind_index(given.get("phone", ""))}
    return Person.create(**owned(organization_id, **given, **indexes, batch_id=getattr(batch, "id", None)))


def change_elite(elite: LoanElite, kind: str, profile: dict[str, Any]) -> None:
    """Correct somebody's type and trade; the day of entry stays."""
    values = {k: v for k, v in profile.items() if k in (*PROFILE, "left_on")}
    check_profile(kind, elite.entered_on, values)
    if values.get("left_on") and values["left_on"] < elite.entered_on:
        raise RuleError(_("The last day lies before the first day."), "left_on")
    with transaction():
        LoanElite.update(kind=kind, **values).where(LoanElite.id == elite.id).execute()
        _audit("loans.elite.change", elite, elite.organization_id)


# role models ---------------------------------------------------------------------------------------------------------


def name_role_model(person: Person, organization_id: int, values: dict[str, Any], *, reason: str = "", row: LoanRoleModel | None = None) -> Any:
    """A role model, new or corrected: named_on, level, honour, deed, place."""
    not_ahead(values["named_on"], "named_on")
    if values["level"] not in rules.LEVELS:
        raise RuleError(_("Choose the level."), "level")
    r = LoanRoleModel
    half = CalendarPeriod.of(values["named_on"], "half_year")
    same = r.select().where(r.person == person.id, r.named_on >= half.start, r.named_on <= half.end, r.id != (row.id if row else 0))
    if same.exists():
        unusual(_("%(name)s was named in this half-year already and counts once.", name=person.name), "named_on", reason)  # L33
    if not (values.get("deed") or "").strip():
        raise RuleError(_("Say in a sentence what the person has done."), "deed")  # L34
    with transaction():
        if row is None:
            row = r.create(**owned(organization_id, person=person, **values))
        else:
            r.update(**values).where(r.id == row.id).execute()
        record_audit("loans.role_model", object_type="loans_role_model", object_id=row.id, organization_id=organization_id)
    return row


# applications --------------------------------------------------------------------------------------------------------


def next_number(year: int) -> str:
    """The number of the next application of a year: 2023-0012."""
    with _whole_county():  # one running number for all units
        last = list(LoanApplication.select(LoanApplication.number).where(LoanApplication.number.startswith(f"{year}-")).tuples())
    taken = [int(n.partition("-")[2]) for (n,) in last if n.partition("-")[2].isdigit()]
    return f"{year}-{max(taken, default=0) + 1:04d}"


def apply(
    elite: LoanElite,
    product: LoanProduct,
    amount: Decimal,
    months: int,
    purpose: str,
    applied_on: date,
    *,
    guarantee: str = "",
    reason: str = "",
    draft: bool = False,
    actor: str = "",
    batch: Any = None,
) -> LoanApplication:
    """An application (元, months), handed in unless `draft`. Raises RuleError for L8–L13."""
    check_application(elite, product, amount, months, applied_on, reason)
    with transaction():
        application = LoanApplication.create(
            **owned(elite.organization_id, number=next_number(applied_on.year), elite=elite, product=product, amount=amount, months=months),
            purpose=purpose, guarantee=guarantee, applied_on=applied_on, state_on=applied_on, remark=reason,
            batch_id=getattr(batch, "id", None),
        )  # fmt: skip
        _audit("loans.application.add", application, elite.organization_id, actor=actor)
        if not draft:
            move(application, "applied", applied_on, {rules.APPLICANT}, actor=actor, batch=batch)
    return application


def check_application(elite: LoanElite, product: LoanProduct, amount: Decimal, months: int, on: date, reason: str) -> None:
    """Raise RuleError for what the product does not allow; an age outside the window and a second application take a reason."""
    not_ahead(on, "applied_on")
    if not rules.ZERO < amount <= product.limit:
        raise RuleError(_("The amount must be above 0 and at most %(limit)s yuan.", limit=rules.yuan(product.limit)), "amount")  # L8
    if not 1 <= months <= product.max_months:
        raise RuleError(_("The term must be 1 to %(months)s months.", months=product.max_months), "months")  # L9
    closed = product.bank.closed_on
    if on < product.valid_from or (product.valid_to and on > product.valid_to) or (closed and on > closed):
        raise RuleError(_("The bank does not offer this product on that day."), "product")  # L10
    limits = choices(current_scope().county_id or 0, on)
    low, high = product.min_age or limits.min_age, product.max_age or limits.max_age
    birth = elite.person.birth_date
    if birth is not None and not low <= (years := age(birth, on)) <= high:
        unusual(_("%(years)s years old, outside %(low)s–%(high)s.", years=years, low=low, high=high), "elite", reason)  # L11
    a = LoanApplication
    open_ones = a.select().join(LoanProduct, on=(a.product == LoanProduct.id)).where(a.elite == elite.id, LoanProduct.bank == product.bank_id)
    if open_ones.where(a.state.not_in((*rules.ENDED, "drawing"))).exists():
        unusual(_("%(name)s has an open application with this bank.", name=elite.person.name), "product", reason)  # L12


def move(
    application: LoanApplication,
    act: str,
    on: date,
    held: Collection[str] | None = None,
    *,
    reason: str = "",
    amount: Decimal | None = None,
    months: int | None = None,
    actor: str = "",
    batch: Any = None,
) -> LoanStep:
    """One step of an application on a day. An answer that grants makes the credit line (`months` from that day, default its term).

    held: as what he acts who is nobody signed in (an applicant on his phone), actor: his name.

    Raises ConflictError for a step that is not in the table (L14) or if somebody was faster, RuleError for a day before the last step or
    ahead (L13), a missing reason (L15), a wrong amount.
    """
    given = {"reason": reason}
    needs = acting.check(application, act, held, given=given).needs
    not_ahead(on, "on")  # L13
    if on < application.state_on:
        raise RuleError(_("The last step was on %(day)s: this one cannot be earlier.", day=application.state_on), "on")  # L13
    granted = granted_amount(application, act, amount) if "amount" in needs else None
    entry = {"actor": actor} if actor else {}
    with acting.carrying_out(application, act, held, given=given, entry=entry, state_on=on) as (found, told):
        told["on"] = on
        made = LoanStep.create(
            **owned(application.organization_id, application=application, before=found.before, after=found.after, happened_on=on),
            side=rules.side_of(found.after), amount=granted, reason=reason.strip(), actor=actor or actor_name(), recorded_at=now(),
            batch_id=getattr(batch, "id", None),
        )  # fmt: skip
        if found.after == "checked":
            enter_pending(application.elite, on)
        if granted is not None:
            from .lending import open_line

            open_line(application, granted, on, months or application.months, batch)
    return made


def enter_pending(elite: LoanElite, on: date) -> None:
    """Somebody who applied by a poster enters the registry on the day on which his application is found right; others are in it already."""
    if not elite.pending:
        return
    LoanElite.update(pending=False, entered_on=on).where(LoanElite.id == elite.id).execute()
    elite.pending, elite.entered_on = False, on
    LoanEntry.create(**owned(elite.organization_id, elite=elite, entered_on=on))
    _audit("loans.elite.add", elite, elite.organization_id)


def granted_amount(application: LoanApplication, after: str, amount: Decimal | None) -> Decimal:
    """The amount of a credit line: all of what was asked, or less. Raises RuleError."""
    if after == "granted":
        if amount is not None and amount != application.amount:
            text = _("In full means %(amount)s yuan; choose “in part” for less.", amount=rules.yuan(application.amount))
            raise RuleError(text, "amount")  # L16
        return application.amount  # type: ignore[no-any-return]
    if amount is None or not rules.ZERO < amount < application.amount:
        raise RuleError(_("In part means above 0 and below %(amount)s yuan.", amount=rules.yuan(application.amount)), "amount")  # L16
    return amount


# what happens elsewhere ----------------------------------------------------------------------------------------------


def forget_person(person_id: int) -> None:
    """Erase what tells of a person; that somebody was entered and borrowed stays counted."""
    elites = [i for (i,) in LoanElite.select(LoanElite.id).where(LoanElite.person == person_id).tuples()]
    blank = {"business_name": "", "main_product": "", "uscc": "", "note": "", "household": ""}
    LoanElite.update(**blank).where(LoanElite.id.in_(elites or [0])).execute()
    LoanApplication.update(purpose="", remark="").where(LoanApplication.elite.in_(elites or [0])).execute()
    LoanRoleModel.update(deed="", honour="").where(LoanRoleModel.person == person_id).execute()


def _audit(act: str, row: Any, organization_id: int, **more: Any) -> None:
    """Numbers of applications are named, persons are not."""
    name = row.number if isinstance(row, LoanApplication) else ""
    record_audit(act, object_type=row._meta.table_name, object_id=row.id, object_name=name, organization_id=organization_id, **more)
