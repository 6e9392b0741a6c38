"""Pages without an account, on a phone: apply by a poster, see the status by a code, correct what was returned, withdraw.

Each page gets its scope from a token that names one row; it shows that row and nothing else.
"""

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for

from youthpilot.core import NotFound, RuleError, Scope, YouthpilotError, mask_name, mask_phone, policy, scoped, today

from . import asking, links, notice, queries, rules
from .outside import LoanPoster, LoanRequest
from .publicforms import ASKED, TRADE, AskForm, CodeForm, LoanForm
from .words import _


def make_blueprint() -> Blueprint:
    """The module's public pages; a fresh one for every application."""
    pages = Blueprint("loans_public", __name__, url_prefix="/p/loan")
    both = ["GET", "POST"]
    pages.add_url_rule("/s/", view_func=look, methods=both)
    pages.add_url_rule("/s/<code>/", view_func=status)
    pages.add_url_rule("/s/<code>/again/", view_func=again, methods=both)
    pages.add_url_rule("/s/<code>/withdraw/", view_func=withdraw, methods=both)
    pages.add_url_rule("/<text>/", view_func=ask, methods=both)
    return pages


def _scope() -> Any:
    return scoped(Scope(g.county.id, None, None, "public"))


def _page(template: str, **values: Any) -> str:
    return render_template(f"loans/{template}.html", county=g.county, yuan=rules.yuan, STATES=rules.STATES, **values)


# applying ------------------------------------------------------------------------------------------------------------


@policy(kind="token", module="loans")
def ask(text: str) -> Any:
    """The notice and the form of a poster; a good form leads to the applicant's own page."""
    key = links.read_poster(text, g.county.id)
    with _scope():
        poster = LoanPoster.get_or_none(LoanPoster.id == key) if key is not None else None
        if poster is None:  # forged, or another county's: as if there were nothing at all
            raise NotFound(_("This page does not exist"))
        if problem := asking.poster_problem(poster, today()):
            return _page("public_closed", text=problem), 410
        return _ask(poster)


def _ask(poster: LoanPoster) -> Any:
    form = AskForm(request.form if request.method == "POST" else None)
    form.place.choices = {_("Please choose"): [(0, "—")]} | asking.places_of(poster)
    _offer(form)
    wrong, code_of_answer = "", 200
    if request.method == "POST":
        wrong, code_of_answer, code = _send(poster, form)
        if code:
            return redirect(url_for("loans_public.status", code=links.shown_code(code), new=1), 303)
    if not links.form_key_is_ours(form.form_key.data or ""):
        form.form_key.data = links.new_form_key()
    told = notice.notice(g.county.committee_name or f"共青团{g.county.name}委员会", poster.contact)
    return _page("public_ask", poster=poster, form=form, notice=told, wrong=wrong), code_of_answer


def _send(poster: LoanPoster, form: AskForm) -> tuple[str, int, str]:
    """(what is wrong above the form, status, the applicant's code): exactly one of first and last, or messages at fields."""
    try:
        asking.knock("send", request.remote_addr or "")
        if form.website.data:  # only programs see that field; a person loses nothing and sends again
            form.website.data = ""
            return _("It was not sent: please press “Hand in” once more."), 422, ""  # L51
        if not form.validate():
            return "", 422, ""
        key = form.form_key.data or ""
        key = key if links.form_key_is_ours(key) else links.new_form_key()
        return "", 303, asking.hand_in(poster, form.data, key, links.code_for(key))
    except RuleError as error:
        return _at_field(form, error), 422, ""
    except YouthpilotError as error:
        return str(error), error.status, ""


def _offer(form: Any) -> None:
    """The products of today, with what an applicant must know of them."""
    words = [(p.id, _product_words(p)) for p in asking.products_on(today())]
    form.product.choices = [(0, _("Please choose")), *words]


def _product_words(p: Any) -> str:
    values = {"limit": rules.yuan(p.limit), "months": p.max_months, "rate": p.annual_rate}
    return f"{p}" + _(": up to %(limit)s yuan, %(months)s months, %(rate)s%% a year", **values)


def _at_field(form: Any, error: RuleError) -> str:
    """Put a refusal at its field; without one it stands above the form."""
    if error.field and error.field in form:
        form[error.field].errors = [*form[error.field].errors, str(error)]
        return ""
    return str(error)


# the applicant's own page --------------------------------------------------------------------------------------------


@policy(kind="public", module="loans")
def look() -> Any:
    """Type in the code of an application."""
    form = CodeForm(request.form if request.method == "POST" else None)
    if request.method == "GET" or not form.validate():
        return _page("public_look", form=form), 422 if request.method == "POST" else 200
    with _scope():
        try:
            asking.knock("look", request.remote_addr or "")
        except asking.TooMany as error:
            form.code.errors = [str(error)]
            return _page("public_look", form=form), error.status
        if asking.request_by_code(form.code.data) is None:
            form.code.errors = [
                _("There is nothing under this code: look at it again, it may also have expired. Ask the League office for a new one.")
            ]
            return _page("public_look", form=form), 422  # L52
    return redirect(url_for("loans_public.status", code=links.shown_code(links.clean_code(form.code.data))), 303)


def _asked(code: str) -> LoanRequest:
    """The row that the code in the address names. Wrong ones are counted by the host, for every page without an account."""
    found = asking.request_by_code(code)
    if found is None:
        try:
            asking.refuse_flood("look", request.remote_addr or "")
        except asking.TooMany:
            abort(429)
        raise NotFound(_("This page does not exist"))
    return found


@policy(kind="token", module="loans")
def status(code: str) -> Any:
    """Where the application stands, in plain words; no clerk is named, he himself is masked."""
    with _scope():
        asked = _asked(code)
        row = queries.applications(asking.LoanApplication.id == asked.application_id).first() or abort(404)
        line = queries.line_of(row)
        url = links.status_url(links.shown_code(links.clean_code(code)))
        shown = {"name": mask_name(asked.name), "phone": mask_phone(asked.phone), "place": asked.place}
        steps = [(s.happened_on, rules.STATES[s.after], s.reason if s.after in ("returned", "refused") else "") for s in queries.steps(row)]
        may = {"withdraw": asking.may_withdraw(row.state), "again": rules.APPLICATION.step(row.state, "applied") is not None}
        values = {"words": _words(row, line), "may": may, "code": links.shown_code(links.clean_code(code)), "contact": asked.poster.contact}
        return _page(
            "public_status",
            a=row,
            shown=shown,
            steps=steps,
            url=url,
            qr=links.qr_svg(url),
            new=request.args.get("new"),
            look=links.look_url(),
            **values,
        )


def _words(row: Any, line: Any) -> str:
    """What the status means for the applicant."""
    bank, granted = str(row.product.bank), rules.yuan(line.amount) if line is not None else ""
    return {
        "draft": _("Not handed in yet."),
        "applied": _("Received. The League office of your township looks at it next."),
        "returned": _("Something is missing: read below what, correct it and hand it in again."),
        "checked": _("Found right. The county League recommends it to the bank next."),
        "recommended": _("Recommended to %(bank)s. The bank will get in touch with you.", bank=bank),
        "surveyed": _("%(bank)s is looking into it.", bank=bank),
        "rated": _("%(bank)s has finished its rating; its answer comes next.", bank=bank),
        "granted": _("%(bank)s grants a line of %(amount)s yuan, all that was asked. Arrange the payment with the bank.", bank=bank, amount=granted),
        "partial": _(
            "%(bank)s grants a line of %(amount)s yuan, part of what was asked. Arrange the payment with the bank.", bank=bank, amount=granted
        ),
        "refused": _("%(bank)s has not granted it; its reason stands below.", bank=bank),
        "drawing": _("Paid out and in use (line of %(amount)s yuan). Repay in time: only then is there a subsidy.", amount=granted),
        "settled": _("Everything is repaid and closed. Ask the League office about the interest subsidy."),
        "withdrawn": _("Withdrawn. You can apply again at any time."),
    }[row.state]


@policy(kind="token", module="loans")
def again(code: str) -> Any:
    """Correct what was returned, and hand it in again."""
    with _scope():
        asked = _asked(code)
        row = asked.application
        to = url_for("loans_public.status", code=code)
        if rules.APPLICATION.step(row.state, "applied") is None:
            return redirect(to)
        start = {k: getattr(row, f"{k}_id" if k == "product" else k) for k in ASKED} | {k: getattr(asked, k) for k in ("kind", *TRADE, "remark")}
        form = LoanForm(request.form if request.method == "POST" else None, data=start)
        _offer(form)
        why = next((s.reason for s in reversed(queries.steps(row)) if s.after == "returned"), "")
        if request.method == "POST" and form.validate():
            try:
                asking.hand_in_again(asked, form.data)
                flash(_("Handed in again."), "success")
                return redirect(to, 303)
            except RuleError as error:
                name = error.field if error.field in form else "product" if error.field == "birth_date" else "remark"
                form[name].errors = [*form[name].errors, str(error)]
        return _page("public_again", form=form, code=code, a=row, why=why), 422 if request.method == "POST" else 200


@policy(kind="token", module="loans")
def withdraw(code: str) -> Any:
    """Withdraw, after a question."""
    with _scope():
        asked = _asked(code)
        to = url_for("loans_public.status", code=code)
        if request.method == "GET":
            return _page("public_withdraw", code=code, a=asked.application) if asking.may_withdraw(asked.application.state) else redirect(to)
        try:
            asking.withdraw(asked, request.form.get("reason", ""))
            flash(_("The application is withdrawn."), "success")
        except YouthpilotError as error:
            flash(str(error), "error")
        return redirect(to, 303)
