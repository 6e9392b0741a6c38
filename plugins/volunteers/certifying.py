"""Verbs of certificates: draw up, publish, issue, revoke. A certificate vouches for the records that it lists, and for nothing else."""

from datetime import date, timedelta
from typing import Any

from youthpilot.core import County, RuleError, acting, blind_index, current_scope, figure_scope, today, transaction

from . import rules
from .models import Certificate, CertificateLine, Record, Volunteer
from .services import audit, owned
from .settings import limits
from .words import _

BLOCKS = ("content", "issuer", "responsible", "handler", "contact")


def draw_up(volunteer: Volunteer, values: dict[str, Any], on: date | None = None) -> Certificate:
    """A certificate over the approved records of a range of days; it is made public first. Raises RuleError at the block that is missing.

    Identity: name, ID number and volunteer number. Service: hours and content. Issuer: body, person responsible, handler,
    contact. Number and date are given here.
    """
    on = on or today()
    for name in BLOCKS:
        if not (values.get(name) or "").strip():
            raise RuleError(_("A certificate without this is not valid"), name)
    if not volunteer.person.id_no:
        raise RuleError(_("The ID number of the volunteer is missing: a certificate names type and number of the document"), "from_on")
    if values["to_on"] < values["from_on"]:
        raise RuleError(_("The last day lies before the first day"), "to_on")
    if values["to_on"] > on:
        raise RuleError(_("The day %(day)s lies in the future", day=values["to_on"]), "to_on")
    with transaction():
        rows = approved(volunteer, values["from_on"], values["to_on"])
        if not rows:
            raise RuleError(_("There are no approved hours in these days"), "from_on")
        public_to = on + timedelta(days=limits(on).publicity_days)
        given = {k: (values.get(k) or "").strip() for k in (*BLOCKS, "remarks")}
        made = Certificate.create(
            **owned(volunteer.organization_id), volunteer=volunteer.id, number=_next_number(on.year), name=volunteer.person.name,
            from_on=values["from_on"], to_on=values["to_on"], minutes=sum(r.minutes for r in rows), public_from=on, public_to=public_to, **given,
        )  # fmt: skip
        for row in rows:
            CertificateLine.create(**owned(volunteer.organization_id), certificate=made.id, record=row.id, minutes=row.minutes)
        audit("certificate.draw_up", made, after={"minutes": made.minutes, "records": len(rows)})
    return made


def approved(volunteer: Volunteer, first: date, last: date) -> list[Record]:
    """Approved records of a volunteer in a range of days, both included."""
    r = Record
    return list(r.select().where(r.volunteer == volunteer.id, r.state == "approved", r.served_on >= first, r.served_on <= last).order_by(r.came_at))


def _next_number(year: int) -> str:
    """The next number of the county and year; a number of a revoked certificate is not given again."""
    county = County.get_by_id(current_scope().county_id)
    start = rules.certificate_number(county.code, year, 0).removesuffix("00000")
    with figure_scope(county):  # numbers run through the whole county, whoever asks
        taken = [rules.certificate_place(n) for (n,) in Certificate.select(Certificate.number).where(Certificate.number.startswith(start)).tuples()]
    plain = rules.certificate_number(county.code, year, max(taken, default=0) + 1)
    return f"{plain}-{rules.mark_of(blind_index(f'volunteers certificate {plain}'))}"


def issue(certificate: Certificate, on: date | None = None) -> None:
    """Issue it once its publicity is over. Raises RuleError before that, or if the hours are no longer those of its records."""
    on = on or today()
    acting.check(certificate, "issued")
    if on <= certificate.public_to:
        raise RuleError(_("It is public until %(day)s: issue it after that day", day=certificate.public_to))
    if certificate.minutes != still_approved(certificate):
        raise RuleError(_("Hours were taken back meanwhile: revoke it and draw it up again"))
    acting.carry_out(certificate, "issued", issued_on=on)


def still_approved(certificate: Certificate) -> int:
    """Σ minutes of the records it lists that are approved now."""
    query = Record.select(Record.minutes).join(CertificateLine, on=(CertificateLine.record == Record.id))
    return sum(m for (m,) in query.where(CertificateLine.certificate == certificate.id, Record.state == "approved").tuples())


def revoke(certificate: Certificate, reason: str, on: date | None = None) -> None:
    """It is no longer valid; the verification page says so. Raises RuleError without a reason."""
    day = on or today()
    acting.carry_out(certificate, "revoked", given={"reason": reason}, revoked_on=day, revoked_reason=reason.strip())
