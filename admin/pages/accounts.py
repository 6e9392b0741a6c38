"""Users of the county with their roles, and one's own account."""

from typing import Any

from flask import flash, jsonify, redirect, request
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from youthpilot.core.accounts.models import User
from youthpilot.core.accounts.queries import UserLine, get_user, sessions_of, users_of
from youthpilot.core.accounts.rules import COUNTY_ADMIN, COUNTY_ROLES, NO_ROLE, PARTNER, REPORTER, ROLE_HELP, ROLES
from youthpilot.core.accounts.services import disable, enable, end_session, end_sessions, grant_role, revoke
from youthpilot.core.accounts.session import start_session
from youthpilot.core.accounts.signing_in import unlock
from youthpilot.core.accounts.tokens import invite, issue_password_token
from youthpilot.core.kernel.actor import current_actor
from youthpilot.core.kernel.errors import YouthpilotError
from youthpilot.core.kernel.i18n import _
from youthpilot.core.kernel.i18n import lazy_gettext as _l
from youthpilot.core.organizations.models import Organization
from youthpilot.core.web.current import the_county

from ..baseview import SIGNED_IN, BaseAdminView, expose
from ..fields import LookupField, ScopedLoader
from ..targets import bounded, row_id
from .forms import SYSTEM, Choice, PageForm, one_time_link
from .signing_in import OwnPasswordForm, renew_password, signed_in_user

ORGANIZATIONS = ScopedLoader("organization", Organization, fields=("name", "short_name", "code"))


class RoleForm(PageForm):
    """A role and from which organization downwards it holds."""

    role = Choice(_l("Role"), default=REPORTER)
    organization = LookupField(
        ORGANIZATIONS,
        _l("Organization"),
        [Optional()],
        allow_blank=True,
        description=_l(
            "He sees this organization and those below it; for the whole county choose the county's committee. Blank for an administrator only."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = (PARTNER,) if kwargs.get("role") == PARTNER else ()  # only its module can give it: it says of which partner
        self.role.choices = [(role, str(ROLES[role])) for role in (*COUNTY_ROLES, *given)]

    @property
    def organization_id(self) -> int | None:
        """The organization chosen, None if it was left blank or the role is the county's own."""
        return None if self.organization.data is None or self.role.data == COUNTY_ADMIN else self.organization.data.id


class UserForm(RoleForm):
    """A new account."""

    display_name = StringField(_l("Name"), [InputRequired(), Length(max=60)])
    username = StringField(
        _l("User name"), [InputRequired(), Length(max=40)], description=_l("For signing in: letters, digits and . _ - @, e.g. the pinyin of the name")
    )

    def __iter__(self) -> Any:
        """Who first, then what he may."""
        order = ("display_name", "username", "role", "organization")
        return iter([self[name] for name in order] + [f for name, f in self._fields.items() if name not in order])


class ReasonForm(PageForm):
    """Why something is withdrawn; may stay blank."""

    reason = TextAreaField(_l("Reason"), [Optional(), Length(max=500)])


class UsersView(BaseAdminView):
    """Who may sign in to this county, and as what."""

    name = _l("Users and rights")
    category = SYSTEM
    icon = "people"
    slug = "users"
    permission_read = "users.manage"

    @expose("/")
    def index(self) -> str:
        """Everybody with a role here, and those whose role was withdrawn."""
        lines = users_of(the_county().id)
        return self.render("accounts/users.html", lines=lines, places=_places(lines), states=_state)

    @expose("/new", methods=("GET", "POST"))
    def new(self) -> Any:
        """Make an account; its owner gets a link, nobody else ever knows the password."""
        form = UserForm()
        if form.validate_on_submit():
            try:
                user, token = invite(form.username.data, form.display_name.data, form.role.data, the_county(), form.organization_id)
                return self._link(user, token, new=True)
            except YouthpilotError as error:
                form.refuse(error)
        return self.render("accounts/user_new.html", form=form, roles=_roles()), 422 if request.method == "POST" else 200

    @expose("/<user_id>", methods=("GET", "POST"))
    def one(self, user_id: str) -> Any:
        """One account: role and organization can be changed here."""
        user = self._user(user_id)
        line = _line_of(user)
        form = RoleForm(role=line.role, organization=_organization(line.organization_id))
        if form.validate_on_submit():
            try:
                limits = () if line.role == PARTNER != form.role.data else line.modules
                grant_role(user, form.role.data, the_county(), form.organization_id, limits)
                flash(_("%(name)s is now %(role)s, from the next page on", name=user.display_name, role=ROLES[form.role.data]), "success")
                return redirect(self.get_url(".one", user_id=user.id), 303)
            except YouthpilotError as error:
                form.refuse(error)
        actor = current_actor()
        own = actor is not None and actor.user_id == user.id
        return self.render("accounts/user.html", user=user, line=line, form=form, place=_places([line])[line.user_id], own=own, sessions=len(sessions_of(user)),
                           states=_state, roles=_roles())  # fmt: skip

    @expose("/<user_id>/<act>", methods=("GET", "POST"))
    def act(self, user_id: str, act: str) -> Any:
        """Withdraw, disable, enable, end sessions, unlock, send a new link; what cannot be undone by a click is asked first."""
        user = self._user(user_id)
        if act not in ACTS:
            return redirect(self.get_url(".one", user_id=user.id))
        if request.method == "GET":
            return self.render("accounts/user_confirm.html", user=user, act=act, words=ACTS[act], form=ReasonForm())
        try:
            if act == "link":
                return self._link(user, issue_password_token(user, the_county()), new=False)
            _do(act, user, (request.form.get("reason") or "")[:500])
            flash(str(ACTS[act].done), "success")
        except YouthpilotError as error:
            flash(str(error), "error")
        return redirect(self.get_url(".one", user_id=user.id), 303)

    @expose("/ajax/lookup/")
    def ajax_lookup(self) -> Any:
        """[{id, text}] for the organization."""
        term = request.args.get("query", "").strip()[:100]
        limit = bounded(request.args.get("limit"), 1, 50, 10)
        return jsonify(
            [dict(zip(("id", "text"), ORGANIZATIONS.format(o), strict=True)) for o in (ORGANIZATIONS.get_list(term, 0, limit) if term else [])]
        )

    def _user(self, raw: str) -> User:
        return get_user(the_county().id, row_id(raw))

    def _link(self, user: User, token: str, new: bool) -> str:
        return self.render("accounts/link.html", who=user.display_name, username=user.username, link=one_time_link(token), new=new)


class ActWords:
    """What a screen says of an act on an account: title, what it does, the button, what is said afterwards."""

    def __init__(self, title: Any, text: Any, done: Any, reason: bool = True) -> None:
        self.title, self.text, self.done, self.reason = title, text, done, reason


ACTS = {
    "withdraw": ActWords(
        _l("Withdraw the role"),
        _l("He can no longer open this county, from the next page on. What he entered stays, under his name."),
        _l("The role is withdrawn"),
    ),
    "disable": ActWords(
        _l("Disable the account"),
        _l("He is signed out at once and cannot sign in until the account is enabled again."),
        _l("The account is disabled"),
    ),
    "enable": ActWords(_l("Enable the account"), _l("Password and role are as before."), _l("The account is enabled again"), reason=False),
    "sessions": ActWords(
        _l("End all sessions"), _l("He is signed out on every device and must sign in again."), _l("All sessions are ended"), reason=False
    ),
    "unlock": ActWords(_l("Unlock sign-in"), _l("After too many wrong passwords he can try again at once."), _l("Sign-in is unlocked"), reason=False),
    "link": ActWords(_l("New link for the password"), _l("Whoever opens it sets a new password. Earlier links end."), "", reason=False),
}


def _do(act: str, user: User, reason: str) -> None:
    county = the_county()
    if act == "withdraw":
        revoke(user, county, reason)
    elif act == "disable":
        disable(user, county, reason)
    elif act == "enable":
        enable(user, county)
    elif act == "sessions":
        end_sessions(user)
    else:
        unlock(user)


def _roles() -> list[tuple[str, str]]:
    return [(str(ROLES[role]), str(ROLE_HELP[role])) for role in COUNTY_ROLES]


def _line_of(user: User) -> UserLine:
    return next(line for line in users_of(the_county().id) if line.user_id == user.id)


def _state(line: UserLine) -> tuple[str, str, str]:
    """(word, kind of badge, icon)."""
    if line.disabled:
        return _("Disabled"), "bad", "lock"
    if line.role == NO_ROLE:
        return _("No role"), "", "circle"
    if line.lacks_place:
        return _("Organization missing"), "bad", "error"
    if not line.has_password and not the_county().is_demo:
        return _("Link not used yet"), "warn", "clock"
    return _("Active"), "ok", "check"


def _organization(organization_id: int | None) -> Organization | None:
    return None if organization_id is None else Organization.get_or_none(Organization.id == organization_id)


def _places(lines: list[UserLine]) -> dict[int, str]:
    """user id → the organization from which downwards he sees, in words."""
    wanted = {line.organization_id for line in lines if line.organization_id is not None}
    names = {o.id: o.short for o in Organization.select().where(Organization.id.in_(wanted))} if wanted else {}
    return {line.user_id: _place(line, names) for line in lines}


def _place(line: UserLine, names: dict[int, str]) -> str:
    if line.lacks_place:
        return _("none: sees nothing until one is set")
    return _("Whole county") if line.organization_id is None else names.get(line.organization_id, "—")


class AccountView(BaseAdminView):
    """One's own account: password and devices."""

    name = _l("My account")
    icon = "gear"
    slug = "account"
    permission_read = SIGNED_IN
    side = "both"  # type: ignore[assignment]
    in_menu = False

    @expose("/", methods=("GET", "POST"))
    def index(self) -> Any:
        """Change the password; see where one is signed in."""
        user, form = signed_in_user(), OwnPasswordForm()
        if form.validate_on_submit() and renew_password(form):
            flash(_("The password is changed; everywhere else you are signed out"), "success")
            return redirect(self.get_url(".index"), 303)
        return self.render("accounts/account.html", user=user, form=form, sessions=sessions_of(user)), 422 if request.method == "POST" else 200

    @expose("/end", methods=("POST",))
    def end(self) -> Any:
        """End one session, or all but this one."""
        user = signed_in_user()
        try:
            if request.form.get("session"):
                end_session(user, row_id(request.form["session"]))
            else:
                end_sessions(user)
                start_session(type(user).get_by_id(user.id))
            flash(_("Ended"), "success")
        except YouthpilotError as error:
            flash(str(error), "error")
        return redirect(self.get_url(".index"), 303)
