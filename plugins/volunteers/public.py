"""Pages without an account: sign up, in and out of one activity on a phone; whether a certificate is valid. Both show only what is needed."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for

from youthpilot.admin import chosen_act
from youthpilot.core import NotFound, Person, RuleError, Scope, YouthpilotError, _, business_now, mask_name, policy, scoped, today

from . import links, rules, serving
from .models import Activity, Certificate, Record, Volunteer

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
    """Sign up, in or out: by volunteer number and name. The token names the activity."""
    key = links.read("sign", text, g.county.id)
    if key is None:
        raise NotFound(_("This page does not exist"))
    with scoped(Scope(g.county.id, None, None, "public")):
        activity = Activity.get_or_none(Activity.id == key)
        if activity is None or activity.state == "cancelled":
            raise NotFound(_("This page does not exist"))
        if request.method == "POST":
            _sign(activity)
            return redirect(url_for("volunteers.sign", text=text))
        ahead = activity.starts_at > business_now()
        return render_template("volunteers/public_sign.html", activity=activity, ahead=ahead, is_over=activity.until_on < today(), text=text)


def _sign(activity: Activity) -> None:
    act = chosen_act("act", {name: name for name in ACTS})
    try:
        volunteer = _who(request.form.get("number", "").strip().upper(), request.form.get("name", "").strip())
        made = ACTS[act](activity, volunteer)
    except YouthpilotError as error:
        flash(str(error), "error")
        return
    said = {"up": _("Signed up."), "in": _("Signed in. Do not forget to sign out before you go.")}
    if isinstance(made, Record) and act == "out":
        flash(_("Signed out: %(minutes)s minutes, to be approved.", minutes=made.minutes), "success")
    else:
        flash(said[act], "success")


def _who(number: str, name: str) -> Volunteer:
    """Number and name must fit; which of them is wrong is not said."""
    found = Volunteer.select(Volunteer, Person).join(Person, on=(Volunteer.person == Person.id)).where(Volunteer.number == number).first()
    if found is None or not name or found.person.name != name:
        raise RuleError(_("Number and name do not fit each other: ask the one in charge"))
    return found


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
    with scoped(Scope(g.county.id, None, None, "public")):
        found = Certificate.get_or_none(Certificate.number == number)
        if found is None or found.name != name:
            return render_template("volunteers/public_check.html", number=number, wrong=True), 404
        return _shown(found)


def _shown(row: Certificate) -> str:
    shown = {"number": row.number, "name": mask_name(row.name), "hours": rules.hours_text(row.minutes), "issuer": row.issuer, "state": row.state}
    days = {"from_on": row.from_on, "to_on": row.to_on, "issued_on": row.issued_on, "revoked_on": row.revoked_on, "public_to": row.public_to}
    return render_template("volunteers/public_proof.html", shown=shown | days, states=rules.CERTIFICATE_STATES)
