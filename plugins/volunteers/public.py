"""Pages without an account: sign up, in and out of one activity on a phone; whether a certificate is valid. Both show only what is needed."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for

from youthpilot.admin import chosen_act
from youthpilot.core import NotFound, Person, RuleError, Scope, YouthpilotError, business_now, limit_attempts, mask_name, policy, scoped, today

from . import links, rules, serving
from .models import Activity, Certificate, Record, Volunteer
from .words import _

ACTS = {"up": serving.sign_up, "in": serving.sign_in, "out": serving.sign_out}


def make_blueprint() -> Blueprint:
    """The module's public pages; a fresh one for every application."""
    pages = Blueprint("volunteers", __name__, url_prefix="/volunteers")
    pages.add_url_rule("/sign/<text>/", view_func=sign, methods=["GET", "POST"])
    pages.add_url_rule("/proof/<text>/", view_func=proof)
    pages.add_url_rule("/certificate/", view_func=certificate)
    return pages


@policy(kind="token", module="volunteers")
def sign(text: str) -> Any:
    """Sign up, in or out: by volunteer number, name and four digits on file. The token names the activity."""
    key = links.read("sign", text, g.county.id)
    if key is None:
        raise NotFound(_("This page does not exist"))
    with scoped(Scope(g.county.id, None, None, "public")):
        activity = Activity.get_or_none(Activity.id == key)
        if activity is None or activity.state == "cancelled":
            raise NotFound(_("This page does not exist"))
        wrong = _sign(activity) if request.method == "POST" else ""
        if request.method == "POST" and not wrong:
            return redirect(url_for("volunteers.sign", text=text), 303)
        values = {"ahead": activity.starts_at > business_now(), "is_over": activity.until_on < today(), "text": text, "wrong": wrong}
        return render_template("volunteers/public_sign.html", activity=activity, **values), 422 if wrong else 200


def _sign(activity: Activity) -> str:
    """Do what was asked and say so on the next page; why not, if it cannot be done."""
    act, number = chosen_act("act", {name: name for name in ACTS}), request.form.get("number", "").strip().upper()
    limit_attempts(f"volunteer {number}")
    try:
        made = ACTS[act](activity, _who(number, request.form.get("name", "").strip(), request.form.get("digits", "").strip().upper()))
    except YouthpilotError as error:
        return str(error)
    said = {"up": _("Signed up."), "in": _("Signed in. Do not forget to sign out before you go.")}
    if isinstance(made, Record) and act == "out":
        said["out"] = _("Signed out: %(minutes)s minutes, to be approved.", minutes=made.minutes)
    flash(said[act], "success")
    return ""


def _who(number: str, name: str, digits: str) -> Volunteer:
    """Number, name and four digits must fit; which of them is wrong is not said. Names and numbers stand on lists, the digits do not."""
    found = Volunteer.select(Volunteer, Person).join(Person, on=(Volunteer.person == Person.id)).where(Volunteer.number == number).first()
    if found is None or not name or found.person.name != name or digits not in _digits(found):
        raise RuleError(_("Number, name and the four digits do not fit each other: ask the one in charge"))
    return found


def _digits(volunteer: Volunteer) -> set[str]:
    """The last four characters of a phone, for a minor of the guardian's; where there is none of the ID card. None of all: the one in charge enters it."""
    phones = {text[-4:] for text in (volunteer.person.phone, volunteer.guardian_phone) if text}
    return phones or {text[-4:] for text in (volunteer.person.id_no,) if text}


@policy(kind="token", module="volunteers")
def proof(text: str) -> Any:
    """One certificate, named by the token in its printed code."""
    key = links.read("proof", text, g.county.id)
    if key is None:
        raise NotFound(_("This page does not exist"))
    with scoped(Scope(g.county.id, None, None, "public")):
        found = Certificate.get_or_none(Certificate.id == key)
        if found is None:
            raise NotFound(_("This page does not exist"))
        return _shown(found)


@policy(kind="public", module="volunteers")
def certificate() -> Any:
    """By number and name, as both stand on the paper; a wrong pair says nothing of either."""
    number, name = request.args.get("number", "").strip().upper()[:40], request.args.get("name", "").strip()[:40]
    if not (number and name):
        return render_template("volunteers/public_check.html", number=number, wrong=False)
    limit_attempts(f"certificate {number}")
    with scoped(Scope(g.county.id, None, None, "public")):
        found = Certificate.get_or_none(Certificate.number == number)
        if found is None or found.name != name:
            return render_template("volunteers/public_check.html", number=number, wrong=True), 404
        return _shown(found)


def _shown(row: Certificate) -> str:
    shown = {"number": row.number, "name": mask_name(row.name), "hours": rules.hours_text(row.minutes), "issuer": row.issuer, "state": row.state}
    days = {"from_on": row.from_on, "to_on": row.to_on, "issued_on": row.issued_on, "revoked_on": row.revoked_on, "public_to": row.public_to}
    return render_template("volunteers/public_proof.html", shown=shown | days, states=rules.CERTIFICATE_STATES)
