"""Verbs of posters and of applicants without an account: hand in, correct, withdraw; and how often one network may try.

What an applicant writes never changes what is recorded of a person, and nothing he reads tells whether the person is known.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from youthpilot.core import (
    Organization,
    RuleError,
    Setting,
    YouthpilotError,
    actor_name,
    add_months,
    age,
    blind_index,
    current_scope,
    network_of,
    now,
    record_audit,
    setting,
    today,
    transaction,
)

from . import links, notice, queries, rules, services
from .choices import choices
from .models import LoanApplication, LoanBank, LoanElite, LoanProduct
from .outside import LoanPoster, LoanRequest, LoanTry
from .services import owned
from .words import _

APPLICANT = "申请人（扫码）"  # who acts, in steps and in the log
SOURCE = "扫码申请"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LONGEST = 12  # months of a poster
PER_HOUR = Setting("public_per_hour", "扫码申请：同一网络每小时最多提交几次", 60, "集中办理点共用一个网络时可以调大")
CODE_DAYS = Setting("code_days", "扫码申请：查询码多少天内有效", 730)
SETTINGS = [PER_HOUR, CODE_DAYS]


class TooMany(YouthpilotError):
    """Too many tries from one network (HTTP 429)."""

    status = 429


def _set(which: Setting) -> int:
    return int(setting(current_scope().county_id or 0, "loans", which.key, today(), which.default))


# posters -------------------------------------------------------------------------------------------------------------


def make_poster(organization_id: int, title: str, contact: str, from_on: date, to_on: date) -> LoanPoster:
    """A poster of an organization, from a day to a day (both included). Raises RuleError for L44."""
    if to_on < from_on:
        raise RuleError(_("The last day lies before the first day."), "to_on")  # L44
    if to_on <= today() or to_on > add_months(from_on, LONGEST):
        raise RuleError(_("A poster ends after today and within a year; make a new one then."), "to_on")  # L44
    with transaction():
        values = {"title": title.strip(), "contact": contact.strip(), "from_on": from_on, "to_on": to_on}
        row = LoanPoster.create(**owned(organization_id, **values, made_by=actor_name(), made_at=now()))
        _audit("loans.poster.add", row, row.title)
    return row


def revoke_poster(poster: LoanPoster, reason: str) -> None:
    """End a poster at once: its code leads to a page that says so; what came in by it stays."""
    with transaction():
        why = reason.strip()[:200]
        LoanPoster.update(revoked_at=now(), revoked_why=why).where(LoanPoster.id == poster.id, LoanPoster.revoked_at.is_null()).execute()
        _audit("loans.poster.revoke", poster, poster.title, reason=why)


def poster_problem(poster: LoanPoster, on: date) -> str:
    """Why nobody can apply by a poster on a day, '' if one can."""  # L50
    if poster.revoked_at is not None:
        return _("This poster is no longer valid: ask for a new one.")
    if on < poster.from_on:
        return _("Applications by this poster begin on %(day)s.", day=poster.from_on)
    if on > poster.to_on:
        return _("Applications by this poster ended on %(day)s: ask for a new one.", day=poster.to_on)
    return ""


def places_of(poster: LoanPoster) -> dict[str, list[tuple[int, str]]]:
    """Township → its (id, name) and those of its villages, at or below the poster's organization."""
    o = Organization
    kinds = ("township", "street", "village", "community")
    rows = list(o.select().where(o.closed_on.is_null(), o.kind.in_(kinds)).order_by(o.code))
    towns = [r for r in rows if r.kind in kinds[:2]]
    top = Organization.get_by_id(poster.organization_id)
    if top.parent_id is not None:
        near = {top.id, top.parent_id}
        towns = [t for t in towns if t.id in near]
        rows = [r for r in rows if r.id == top.id or r.parent_id == top.id or r.parent_id in {t.id for t in towns if t.id == top.id}]
    found: dict[str, list[tuple[int, str]]] = {}
    for town in towns:
        own = [(town.id, town.short)] if town in rows else []
        found[town.short] = own + [(v.id, v.short) for v in rows if v.parent_id == town.id and v.kind in kinds[2:]]
    return {name: places for name, places in found.items() if places} or {top.short: [(top.id, top.short)]}


def products_on(on: date) -> list[LoanProduct]:
    """Products offered on a day, with their bank."""
    p = LoanProduct
    query = p.select(p, LoanBank).join(LoanBank, on=(p.bank == LoanBank.id)).where(p.valid_from <= on, p.valid_to.is_null() | (p.valid_to >= on))
    return [row for row in query.order_by(p.name, p.id) if row.bank.closed_on is None or row.bank.closed_on >= on]


# how often -----------------------------------------------------------------------------------------------------------


def knock(act: str, address: str) -> None:
    """Note a try ("send" a form, "look" up a code that was typed) of a network address. Raises TooMany above what an hour allows."""
    with transaction():
        LoanTry.delete().where(LoanTry.at < now() - DAY).execute()
        refuse_flood(act, address)
        LoanTry.create(**owned(queries.root_id(), act=act, network=_network(address), at=now()))


def refuse_flood(act: str, address: str) -> None:
    """Raises TooMany if the network has used up what an hour allows. Notes nothing: a page that is only looked at changes nothing."""
    t = LoanTry
    tries = t.select().where(t.act == act, t.network == _network(address), t.at > now() - HOUR).count()
    if tries >= _set(PER_HOUR):
        raise TooMany(_("Too many tries from this network: wait an hour, or go to the League office."))  # L47


def _network(address: str) -> str:
    return blind_index(address if "." in address else network_of(address)) or "-"


# applicants ----------------------------------------------------------------------------------------------------------


def hand_in(poster: LoanPoster, values: dict[str, Any], form_key: str, code: str) -> str:
    """An application by a poster, in state 已申请, to be opened by `code`, which comes back. The same form twice counts once.

    Raises RuleError at the fields of the form for L8–L10 and an age outside the product's window (L46).
    """
    key = links.hashed(form_key)
    if LoanRequest.get_or_none(LoanRequest.form_key == key) is not None:
        return code
    product = _product(values)
    check_age(values["birth_date"], product, today())
    with transaction():
        elite, is_known = _elite(values)
        amounts = (values["amount"], values["months"], values["purpose"].strip())
        reason = values["remark"].strip() or SOURCE  # what is unusual is for the League to see, not for him to explain
        row = services.apply(elite, product, *amounts, today(), guarantee=values["guarantee"], reason=reason, actor=APPLICANT)
        _store(row, poster, values, code, key, is_known)
        _audit("loans.request.add", row, row.number, actor=APPLICANT)
    return code


def _product(values: dict[str, Any]) -> LoanProduct:
    found = {p.id: p for p in products_on(today())}.get(values["product"])
    if found is None:
        raise RuleError(_("Please choose one from the list."), "product")
    return found


def check_age(birth: date, product: LoanProduct, on: date) -> None:
    """Raise RuleError outside the product's window (else the county's): on paper a reason may explain it, on a phone nobody reads it."""
    limits = choices(current_scope().county_id or 0, on)
    low, high = product.min_age or limits.min_age, product.max_age or limits.max_age
    if not low <= age(birth, on) <= high:
        text = _("This loan is for people of %(low)s to %(high)s years. For an exception come to the League office.", low=low, high=high)
        raise RuleError(text, "birth_date")  # L46


def _elite(values: dict[str, Any]) -> tuple[LoanElite, bool]:
    """The entrepreneur of an identity number, and whether the person was known; somebody new waits beside the registry."""
    who = {k: values[k] for k in ("name", "sex", "birth_date", "phone", "id_no")}
    person = services.find_person(values["place"], who)
    is_known = person is not None
    if person is None:
        person = services.add_person(values["place"], who)
    held = LoanElite.get_or_none(LoanElite.person == person.id)
    if held is not None:
        return held, is_known
    trade = {"business_name": values["business_name"], "main_product": values["main_product"], "jobs_driven": values["jobs_driven"]}
    mine = owned(person.organization_id, person=person, kind=values["kind"], entered_on=today(), source=SOURCE, pending=True)
    return LoanElite.create(**mine, **trade), is_known


def _store(row: LoanApplication, poster: LoanPoster, values: dict[str, Any], code: str, key: str, is_known: bool) -> None:
    place = Organization.get_by_id(values["place"])
    above = Organization.get_or_none(Organization.id == place.parent_id)
    where = f"{above.short}{place.short}" if above is not None and above.parent_id is not None else place.short
    told = {k: values[k] for k in ("name", "sex", "birth_date", "id_no", "phone", "kind", "business_name", "main_product", "jobs_driven")}
    secret = {"code_hash": links.hashed(code), "form_key": key, "expires_on": today() + timedelta(days=_set(CODE_DAYS))}
    agreed = {"consent": notice.VERSION, "consent_at": now(), "remark": values["remark"].strip()}
    own = owned(row.organization_id, application=row, poster=poster, place=where, is_known=is_known, id_no_index=blind_index(values["id_no"]))
    LoanRequest.create(**own, **told, **secret, **agreed)


def request_by_code(code: str) -> LoanRequest | None:
    """What belongs to a code, None if it is wrong, expired or erased."""
    clean = links.clean_code(code)
    r = LoanRequest
    return r.get_or_none(r.code_hash == links.hashed(clean), r.expires_on >= today()) if len(clean) == 16 else None  # type: ignore[no-any-return]


def request_of(application: LoanApplication) -> LoanRequest | None:
    """What the applicant wrote on his phone; None for an application that came otherwise."""
    return LoanRequest.get_or_none(LoanRequest.application == application.id)  # type: ignore[no-any-return]


def hand_in_again(asked: LoanRequest, values: dict[str, Any]) -> None:
    """Correct what was returned and hand it in again. Raises RuleError for L8–L10, and where the status does not allow it (L49)."""
    row = asked.application
    if rules.APPLICATION.step(row.state, "applied") is None:
        raise RuleError(_("This can no longer be changed: the status has moved on."), "remark")  # L49
    product = _product(values)
    check_age(asked.birth_date, product, today())
    amount: Decimal = values["amount"]
    services.check_application(row.elite, product, amount, values["months"], today(), SOURCE)
    with transaction():
        changed = {"product": product, "amount": amount, "months": values["months"], "purpose": values["purpose"].strip()}
        LoanApplication.update(**changed, guarantee=values["guarantee"]).where(LoanApplication.id == row.id).execute()
        told = {k: values[k] for k in ("kind", "business_name", "main_product", "jobs_driven")}
        LoanRequest.update(**told, remark=values["remark"].strip()).where(LoanRequest.id == asked.id).execute()
        services.move(row, "applied", max(today(), row.state_on), {rules.APPLICANT}, actor=APPLICANT)


def may_withdraw(state: str) -> bool:
    """True while the applicant may withdraw."""
    return rules.APPLICATION.step(state, "withdrawn") is not None


def withdraw(asked: LoanRequest, reason: str) -> None:
    """The applicant withdraws. Raises RuleError where the status does not allow it (L49)."""
    row = asked.application
    if not may_withdraw(row.state):
        raise RuleError(_("This can no longer be changed: the status has moved on."), "reason")  # L49
    services.move(row, "withdrawn", max(today(), row.state_on), {rules.APPLICANT}, reason=reason.strip()[:300] or "申请人自行撤销", actor=APPLICANT)


def renew_code(asked: LoanRequest) -> str:
    """A new code in place of a lost one; the old one opens nothing any more."""
    code = links.new_code()
    with transaction():
        values = {"code_hash": links.hashed(code), "expires_on": today() + timedelta(days=_set(CODE_DAYS))}
        LoanRequest.update(**values).where(LoanRequest.id == asked.id).execute()
        _audit("loans.request.code", asked.application, asked.application.number)
    return code


def doubts(asked: LoanRequest) -> list[str]:
    """What the League should look at before it says 初审通过: never shown outside."""
    row, found = asked.application, []
    person = row.elite.person
    if asked.name and person.name != asked.name:
        found.append(
            _("The name written (%(told)s) is not the one recorded under this identity number (%(known)s).", told=asked.name, known=person.name)
        )
    if person.birth_date is not None and person.birth_date != asked.birth_date:
        found.append(_("The birth date written differs from the one recorded (%(known)s).", known=person.birth_date))
    a, p = LoanApplication, LoanProduct
    others = a.select(a.number).join(p, on=(a.product == p.id)).where(a.elite == row.elite_id, a.id != row.id, p.bank == row.product.bank_id)
    numbers = [n for (n,) in others.where(a.state.not_in((*rules.ENDED, "drawing"))).order_by(a.id).tuples()]
    if numbers:
        found.append(_("The same person has an open application with this bank: %(numbers)s.", numbers="、".join(numbers)))  # L48
    return found


def forget(person_id: int) -> None:
    """Erase what a person wrote on his phone; his codes open nothing any more."""
    blank = {k: "" for k in ("name", "sex", "id_no", "id_no_index", "phone", "place", "business_name", "main_product", "remark")}
    elites = LoanElite.select(LoanElite.id).where(LoanElite.person == person_id)
    own = LoanApplication.select(LoanApplication.id).where(LoanApplication.elite.in_(elites))
    for row in LoanRequest.select(LoanRequest.id).where(LoanRequest.application.in_(own)):
        gone = {"birth_date": date(1900, 1, 1), "expires_on": date(1900, 1, 1), "code_hash": f"erased {row.id}"}
        LoanRequest.update(**blank, **gone).where(LoanRequest.id == row.id).execute()


def _audit(act: str, row: Any, name: str, **more: Any) -> None:
    record_audit(act, object_type=row._meta.table_name, object_id=row.id, object_name=name, organization_id=row.organization_id, **more)
