"""Verbs of fundraising: campaigns through a qualified organization, donations, expenses never above the income, disclosures."""

from datetime import date
from decimal import Decimal
from typing import Any

from youthpilot.core import RuleError, transaction

from . import rules
from .models import Campaign, Disclosure, Donation, Expense
from .queries import lowest_balance, money_of, owed_disclosures
from .services import Wrong, audit, not_future, owned
from .settings import limits
from .words import _


def save_campaign(row: Campaign | None, values: dict[str, Any]) -> Campaign:
    """A campaign (title, qualified_org, filing_no, platform, starts_on, ends_on, target). Raises RuleError at the field."""
    for name in ("qualified_org", "filing_no"):
        if not (values.get(name) or "").strip():
            raise RuleError(_("Only an organization with the qualification may raise publicly, and only after filing: give both"), name)
    if values["ends_on"] < values["starts_on"]:
        raise RuleError(_("The last day lies before the first day"), "ends_on")
    own = row.id if row else 0
    given = {k: values.get(k) if k in ("target", "starts_on", "ends_on") else (values.get(k) or "").strip() for k in
             ("title", "qualified_org", "filing_no", "platform", "starts_on", "ends_on", "target")}  # fmt: skip
    with transaction():
        if Campaign.select().where(Campaign.title == given["title"], Campaign.id != own).exists():
            raise RuleError(_("%(name)s is there already", name=given["title"]), "title")
        if row is None:
            row = Campaign.create(**owned(), **given)
        else:
            for key, value in given.items():
                setattr(row, key, value)
            row.save()
        audit("campaign.save", row)
    return row


def check_donation(campaign: Campaign, v: dict[str, Any]) -> Wrong | None:
    """What is impossible about a donation, None if nothing is."""
    if v["amount"] is None or v["amount"] <= 0:
        return Wrong("amount", _("An amount is above zero"), "V31")
    if Decimal(v["amount"]) != Decimal(v["amount"]).quantize(Decimal("0.01")):
        return Wrong("amount", _("At most two decimals"), "V31")
    if v["received_on"] < campaign.starts_on:
        return Wrong("received_on", _("The campaign began only on %(day)s", day=campaign.starts_on), "V31")
    if v["kind"] in ("person", "body") and not (v.get("donor") or "").strip():
        return Wrong("donor", _("Give the donor's name, or choose anonymous"), "V33")
    if v["kind"] == "total" and not (v.get("source_file") or "").strip():
        return Wrong("source_file", _("Name the file that the total was taken from"), "V33")
    return None


def donate(campaign: Campaign, v: dict[str, Any], batch: Any = None) -> tuple[Donation, bool]:
    """A donation (received_on, amount, kind, donor, channel, reference_no, source_file); (row, newly added). Raises RuleError at the field.

    The same receipt number again changes nothing if all is equal, and is refused otherwise. Anonymous: no name is kept.
    """
    not_future(v["received_on"], "received_on")
    wrong = check_donation(campaign, v)
    if wrong:
        wrong.refuse()
    donor = "" if v["kind"] == "anonymous" else (v.get("donor") or "").strip()
    with transaction():
        present = Donation.get_or_none(Donation.campaign == campaign.id, Donation.reference_no == v["reference_no"])
        if present is not None:
            if (present.amount, present.received_on, present.donor) == (Decimal(v["amount"]), v["received_on"], donor):
                return present, False
            raise RuleError(
                _("The receipt %(number)s is entered already with another amount, day or donor", number=v["reference_no"]), "reference_no"
            )
        row = Donation.create(
            **owned(campaign.organization_id), campaign=campaign.id, received_on=v["received_on"], amount=v["amount"], kind=v["kind"], donor=donor,
            channel=v.get("channel") or "online", reference_no=v["reference_no"], source_file=v.get("source_file") or "",
            batch_id=batch.id if batch else None,
        )  # fmt: skip
        if batch is None:
            audit("donation.add", row, object_name=campaign.title, after={"amount": row.amount})
    return row, True


def take_back(row: Donation, reason: str) -> None:
    """A donation entered by mistake goes. Raises RuleError without a reason, in a locked period, or if more would be spent than came in."""
    _must_say(reason)
    with transaction():
        before = {"amount": row.amount, "received_on": row.received_on, "kind": row.kind}
        audit("donation.delete", row, object_name=row.reference_no, before=before, reason=reason.strip())
        Donation.delete().where(Donation.id == row.id).execute()
        _still_covered(row.campaign_id, "reason")


def correct_donation(row: Donation, v: dict[str, Any], reason: str) -> None:
    """Change a donation (as donate). Raises RuleError at the field; in a locked period neither the old nor the new day may lie."""
    _must_say(reason)
    not_future(v["received_on"], "received_on")
    wrong = check_donation(row.campaign, v)
    if wrong:
        wrong.refuse()
    same = Donation.select().where(Donation.campaign == row.campaign_id, Donation.reference_no == v["reference_no"], Donation.id != row.id)
    if same.exists():
        text = _("The receipt %(number)s is entered already with another amount, day or donor", number=v["reference_no"])
        raise RuleError(text, "reference_no")
    with transaction():
        before = {"amount": row.amount, "received_on": row.received_on, "kind": row.kind}
        for key in ("received_on", "amount", "kind", "channel", "reference_no"):
            setattr(row, key, v[key])
        row.donor = "" if v["kind"] == "anonymous" else (v.get("donor") or "").strip()
        row.source_file = (v.get("source_file") or "").strip()
        row.save()
        _still_covered(row.campaign_id, "amount")
        after = {"amount": row.amount, "received_on": row.received_on, "kind": row.kind}
        audit("donation.change", row, object_name=row.reference_no, before=before, after=after, reason=reason.strip())


def _must_say(reason: str) -> None:
    if not reason.strip():
        raise RuleError(_("Give the reason"), "reason")


def _still_covered(campaign_id: int, field: str) -> None:
    """After a change: on no day may more be spent than had come in until then."""
    least, day = lowest_balance(campaign_id)
    if least < 0:
        text = _("On %(day)s %(missing)s yuan more would be spent than had come in: change the expenses first", day=day, missing=-least)
        raise RuleError(text, field)


def spend(campaign: Campaign, v: dict[str, Any]) -> Expense:
    """An expense (spent_on, amount, payee, purpose, room, voucher). Raises RuleError: more than is left, on that day or any later one."""
    not_future(v["spent_on"], "spent_on")
    if v["amount"] is None or v["amount"] <= 0:
        raise RuleError(_("An amount is above zero"), "amount")
    with transaction():
        left, _day = lowest_balance(campaign.id, v["spent_on"])
        if v["amount"] > left:
            raise RuleError(_("Only %(left)s yuan are left", left=max(left, Decimal(0))), "amount")
        given = {k: v.get(k) or "" for k in ("payee", "purpose", "voucher")}
        row = Expense.create(
            **owned(campaign.organization_id), campaign=campaign.id, room=v.get("room") or None, spent_on=v["spent_on"], amount=v["amount"], **given
        )
        audit("expense.add", row, object_name=campaign.title, after={"amount": row.amount})
    return row


def correct_expense(row: Expense, v: dict[str, Any], reason: str) -> None:
    """Change an expense (as spend). Raises RuleError at the field; in a locked period neither the old nor the new day may lie."""
    _must_say(reason)
    not_future(v["spent_on"], "spent_on")
    if v["amount"] is None or v["amount"] <= 0:
        raise RuleError(_("An amount is above zero"), "amount")
    with transaction():
        before = {"amount": row.amount, "spent_on": row.spent_on}
        row.spent_on, row.amount, row.room = v["spent_on"], v["amount"], v.get("room") or None
        row.payee, row.purpose, row.voucher = (v.get(k) or "" for k in ("payee", "purpose", "voucher"))
        row.save()
        _still_covered(row.campaign_id, "amount")
        after = {"amount": row.amount, "spent_on": row.spent_on}
        audit("expense.change", row, object_name=row.campaign.title, before=before, after=after, reason=reason.strip())


def remove_expense(row: Expense, reason: str) -> None:
    """An expense entered by mistake goes. Raises RuleError without a reason or in a locked period."""
    _must_say(reason)
    with transaction():
        before = {"amount": row.amount, "spent_on": row.spent_on}
        audit("expense.delete", row, object_name=row.campaign.title, before=before, reason=reason.strip())
        Expense.delete().where(Expense.id == row.id).execute()


def disclose(campaign: Campaign, published_on: date, link: str) -> Disclosure:
    """A publication with income and spending up to that day; it settles the oldest disclosure that is due. Raises RuleError."""
    not_future(published_on, "published_on")
    if not link.strip():
        raise RuleError(_("Say where it was published"), "link")
    if published_on < campaign.starts_on:
        raise RuleError(_("The campaign began only on %(day)s", day=campaign.starts_on), "published_on")
    with transaction():
        owed = owed_disclosures(campaign, limits(published_on))
        kind = "final" if owed and owed[0].kind == "final" and published_on > campaign.ends_on else "interim"
        money = money_of(campaign.id, published_on)
        row = Disclosure.create(
            **owned(campaign.organization_id),
            campaign=campaign.id,
            kind=kind,
            published_on=published_on,
            link=link.strip(),
            income=money.income,
            spent=money.spent,
        )
        audit("disclosure.add", row, object_name=f"{campaign.title} {rules.DISCLOSURES[kind]}")
    return row
