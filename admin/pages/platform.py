"""The platform's side: where one lands, counties, installed modules. Its administrator reads no county's rows."""

from typing import Any

from flask import redirect, render_template, request
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from youthpilot.core.accounts.queries import administrators_of, counties_of, current_user, is_demonstration
from youthpilot.core.accounts.recovery import issue_recovery_link
from youthpilot.core.accounts.tokens import first_admin_link_until, issue_first_admin_token
from youthpilot.core.counties.models import County
from youthpilot.core.counties.queries import faults_of
from youthpilot.core.counties.services import county_by_code
from youthpilot.core.kernel.actor import current_actor
from youthpilot.core.kernel.errors import YouthpilotError
from youthpilot.core.kernel.i18n import _
from youthpilot.core.kernel.i18n import lazy_gettext as _l
from youthpilot.core.organizations.founding import create_county
from youthpilot.core.web.current import county_url, platform_url, registry

from ..baseview import BaseAdminView, expose, needs
from .forms import Choice, PageForm, one_time_link
from .module_facts import where


def platform_landing() -> Any:
    """The page at `/`: sign-in for visitors, the counties of a user with several, the platform's overview for its administrator."""
    user, actor = current_user(), current_actor()
    if user is None:
        return redirect(platform_url("demo" if is_demonstration() else "login"))
    if actor is not None:
        return render_template("platform/landing.html", counties=county_lines(), modules=registry().ordered(), failures=registry().failures)
    counties = counties_of(user)
    if len(counties) == 1:
        return redirect(county_url(counties[0].code, "admin.index"))
    return render_template("platform/choose.html", user=user, counties=[(c.name, county_url(c.code, "admin.index")) for c in counties])


def county_lines() -> list[dict[str, Any]]:
    """Every county with its administrators: what the platform may know of it."""
    return [_county_line(county) for county in County.select().order_by(County.name)]


def _county_line(county: County) -> dict[str, Any]:
    names = [user.display_name for user in administrators_of(county.id)]
    return {"county": county, "administrators": names, "link_until": None if names else first_admin_link_until(county)}


class CountyForm(PageForm):
    """A new county."""

    name = StringField(_l("County's name"), [InputRequired(), Length(min=2, max=60)], description=_l("As it stands on the report, e.g. 示范县"))
    code = StringField(
        _l("Word in the address"),
        [InputRequired(), Length(min=2, max=32)],
        description=_l("Small Latin letters, digits, hyphens, e.g. the pinyin; it can never be changed"),
    )
    committee_name = StringField(_l("Who signs the report"), [Optional(), Length(max=120)], description=_l("Blank: made from the county's name"))


class RecoveryForm(PageForm):
    """Which administrator cannot sign in, and why the platform helps."""

    user = Choice(_l("Who cannot sign in"))
    reason = TextAreaField(
        _l("Reason"), [InputRequired(), Length(max=300)], description=_l("The county reads it on its first page and in its log, with your name")
    )


class CountiesView(BaseAdminView):
    """Counties of the platform, and their first administrators."""

    name = _l("Counties")
    icon = "org"
    slug = "counties"
    permission_read = "platform.counties"
    side = "platform"

    @expose("/")
    def index(self) -> str:
        """All counties."""
        return self.render("platform/counties.html", lines=county_lines())

    @expose("/new", methods=("GET", "POST"))
    def new(self) -> Any:
        """Add a county; its administrator gets a link."""
        form = CountyForm()
        if form.validate_on_submit():
            try:
                county = create_county((form.code.data or "").strip(), (form.name.data or "").strip(), (form.committee_name.data or "").strip())
                return self._link(county)
            except YouthpilotError as error:
                form.refuse(error)
        return self.render("platform/county_new.html", form=form), 422 if request.method == "POST" else 200

    @expose("/<code>/link", methods=("POST",))
    def link(self, code: str) -> Any:
        """A new link for the first administrator; refused as soon as there is one."""
        return self._link(county_by_code(code))

    @expose("/<code>/recover", methods=("GET", "POST"))
    @needs("platform.counties")
    def recover(self, code: str) -> Any:
        """A link for an administrator of the county who cannot sign in, where nobody of the county can help; the county reads it."""
        county = county_by_code(code)
        users = administrators_of(county.id)
        form = RecoveryForm()
        form.user.choices = [(str(u.id), f"{u.display_name}（{u.username}）") for u in users]
        if users and form.validate_on_submit():
            try:
                user = next(u for u in users if str(u.id) == form.user.data)
                link = one_time_link(issue_recovery_link(user, form.reason.data or "", county))
                return self.render("accounts/link.html", who=user.display_name, username=user.username, link=link, new=False)
            except YouthpilotError as error:
                form.refuse(error)
        return self.render("platform/recover.html", form=form, county=county, users=users), 422 if request.method == "POST" else 200

    def _link(self, county: County) -> str:
        link = one_time_link(issue_first_admin_token(county))
        return self.render("accounts/link.html", who=_("the administrator of %(name)s", name=county.name), username="", link=link, new=False)


class InstalledModulesView(BaseAdminView):
    """Which modules are installed, which could not be loaded and why, what failed lately."""

    name = _l("Installed modules")
    icon = "module"
    slug = "installed"
    permission_read = "platform.plugins"
    side = "platform"

    @expose("/")
    def index(self) -> str:
        """Modules, failures at load, the latest faults by kind and place without any record's content."""
        names = {c.id: c.name for c in County.select()}
        faults = [(f.at, _title(f.plugin), names.get(f.county_id, "—"), where(f.hook), f.message.split(":")[0]) for f in faults_of(None, limit=20)]
        return self.render("platform/modules.html", modules=registry().ordered(), failures=registry().failures, faults=faults)


def _title(name: str) -> str:
    item = registry().loaded.get(name)
    return item.plugin.title if item else name
