"""Pages before and around signing in: sign-in, sign-out, own password, one-time link, the demonstration's entries, health."""

from typing import Any

from flask import Flask, abort, redirect, render_template, request
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from youthpilot.core.accounts.models import User
from youthpilot.core.accounts.queries import counties_of, current_user, is_demonstration, landing
from youthpilot.core.accounts.session import sign_out, start_session
from youthpilot.core.accounts.signing_in import SignInRefused, change_password, sign_in, sign_in_demo
from youthpilot.core.accounts.tokens import FIRST_ADMIN, Offer, offer_of, redeem_token
from youthpilot.core.counties.models import County
from youthpilot.core.kernel.address import county_of, plain_path
from youthpilot.core.kernel.errors import RuleError, YouthpilotError
from youthpilot.core.kernel.i18n import lazy_gettext as _l
from youthpilot.core.web.current import platform_url
from youthpilot.core.web.policies import policy, safe_next

from .demo_entries import demo_entries
from .forms import PageForm

PASSWORD_HELP = _l("10 characters or more; a short sentence is easy to remember and hard to guess")


class SignInForm(PageForm):
    """Name and password."""

    username = StringField(_l("User name"), [InputRequired(), Length(max=200)])
    password = PasswordField(_l("Password"), [InputRequired(), Length(max=500)])


class NewPasswordForm(PageForm):
    """A password typed twice."""

    password = PasswordField(_l("New password"), [InputRequired(), Length(max=500)], description=PASSWORD_HELP)
    again = PasswordField(_l("New password again"), [InputRequired(), EqualTo("password", _l("The two passwords differ: type both again"))])


class OwnPasswordForm(PageForm):
    """The old password, then the new one twice."""

    old = PasswordField(_l("Old password"), [InputRequired(), Length(max=500)])
    password = PasswordField(_l("New password"), [InputRequired(), Length(max=500)], description=PASSWORD_HELP)
    again = PasswordField(_l("New password again"), [InputRequired(), EqualTo("password", _l("The two passwords differ: type both again"))])


class FirstAdminForm(PageForm):
    """The first administrator says who he is."""

    display_name = StringField(_l("Your name"), [InputRequired(), Length(max=60)])
    username = StringField(
        _l("User name"), [InputRequired(), Length(max=40)], description=_l("What you type to sign in, e.g. the pinyin of your name")
    )
    password = PasswordField(_l("New password"), [InputRequired(), Length(max=500)], description=PASSWORD_HELP)
    again = PasswordField(_l("New password again"), [InputRequired(), EqualTo("password", _l("The two passwords differ: type both again"))])


class EntryForm(PageForm):
    """Which entry of the demonstration was chosen."""

    entry = HiddenField(validators=[InputRequired()])


@policy(kind="public", side="platform", throttled=False)  # sign-in has a throttle of its own
def login() -> Any:
    """Ask for name and password; go on to the page that was asked for, else to the user's own start."""
    user, form, problem, status = current_user(), SignInForm(), "", 200
    if request.method == "GET" and user is not None:
        return redirect(_start(user))
    if request.method == "GET" and request.args.get("next") == "/" and is_demonstration():
        return redirect(platform_url("demo"))
    if form.validate_on_submit():
        try:
            user = sign_in(form.username.data, form.password.data, request.remote_addr or "")
            start_session(user)
            return redirect(_start(user), 303)
        except SignInRefused as error:
            problem, status = str(error), error.status
    return render_template("accounts/sign_in.html", form=form, problem=problem, demo=is_demonstration()), 422 if form.errors else status


@policy(kind="public", side="platform", throttled=False)
def logout() -> Any:
    """End this browser's session."""
    sign_out()
    return redirect(platform_url("login"), 303)


@policy(kind="signed_in", side="platform")
def password() -> Any:
    """One's own password: asked for at the first sign-in, or chosen freely."""
    user, form = signed_in_user(), OwnPasswordForm()
    if form.validate_on_submit() and renew_password(form):
        return redirect(_start(user), 303)
    return render_template("accounts/password.html", form=form, must=user.must_change_password), _asked()


def renew_password(form: OwnPasswordForm) -> bool:
    """Change the signed-in user's password; this browser stays signed in, all others are not. False: the form says why."""
    try:
        user = change_password(signed_in_user(), form.old.data or "", form.password.data or "", request.remote_addr or "")
    except YouthpilotError as error:
        form.refuse(error)
        return False
    start_session(user)
    return True


@policy(kind="public", side="platform")
def welcome(token: str) -> Any:
    """Use a one-time link: the first administrator of a place, or a password set by its owner."""
    try:
        offer = offer_of(token)
    except RuleError as error:
        return render_template("accounts/link_ended.html", text=str(error)), 404
    form: Any = FirstAdminForm() if offer.purpose == FIRST_ADMIN else NewPasswordForm()
    if form.validate_on_submit():
        user = _redeem(token, form, offer)
        if user is not None:
            start_session(user)
            return redirect(request.script_root + landing(user), 303)
    return render_template("accounts/welcome.html", form=form, offer=offer, first=offer.purpose == FIRST_ADMIN), _asked()


def _redeem(token: str, form: Any, offer: Offer) -> User | None:
    names = (form.username.data, form.display_name.data) if offer.purpose == FIRST_ADMIN else (offer.username, offer.display_name)
    try:
        return redeem_token(token, names[0], names[1], form.password.data)
    except YouthpilotError as error:
        form.refuse(error)
        return None


@policy(kind="public", side="platform")
def demo() -> Any:
    """The demonstration's three entries, one click each; does not exist (404) where a real county is kept."""
    if not is_demonstration():
        abort(404)
    form = EntryForm()
    if form.validate_on_submit():
        user = sign_in_demo(form.entry.data)
        start_session(user)
        return redirect(request.script_root + landing(user), 303)
    return render_template("accounts/demo.html", entries=demo_entries())


@policy(kind="public", side="platform", throttled=False)
def healthz() -> Any:
    """For the watchdog: the process answers and the database too."""
    County.select().count()
    return {"ok": True}


def _asked() -> int:
    """The status of a page with a form: shown for the first time, or refused."""
    return 200 if request.method == "GET" else 422


def signed_in_user() -> User:
    """Who is signed in; 401 if nobody is."""
    user = current_user()
    if user is None:
        abort(401)
    return user


def _start(user: User) -> str:
    """Where to go after signing in: the page asked for, unless it lies in a county that is not the user's."""
    target = safe_next(request.args.get("next"), "/")
    codes = {county.code for county in counties_of(user)}
    foreign = plain_path(target).startswith("/c/") and county_of(plain_path(target)) not in codes
    return request.script_root + (landing(user) if target == "/" or foreign else target)


def register_pages(app: Flask) -> None:
    """Mount the pages that are no views of Flask-Admin."""
    both = ["GET", "POST"]
    app.add_url_rule("/login", "login", login, methods=both)
    app.add_url_rule("/logout", "logout", logout, methods=["POST"])
    app.add_url_rule("/password", "password", password, methods=both)
    app.add_url_rule("/welcome/<token>", "welcome", welcome, methods=both)
    app.add_url_rule("/demo", "demo", demo, methods=both)
    app.add_url_rule("/healthz", "healthz", healthz, methods=["GET"])
