"""团干部: who holds which post, ages and seats, and the verbs: appoint, end, replace, election."""

from datetime import date
from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose
from wtforms import BooleanField, DateField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp

from youthpilot.core.accounts import allowed
from youthpilot.core.cadres import services
from youthpilot.core.cadres.models import EDUCATIONS, MODES, POLITICS, SEXES, SOURCES, TITLES, Person, Post
from youthpilot.core.cadres.queries import breakdown, same_number, seats_by_level, secretary_mean_age
from youthpilot.core.kernel.clock import today
from youthpilot.core.kernel.db import transaction
from youthpilot.core.kernel.errors import NotFound, RuleError
from youthpilot.core.kernel.i18n import _
from youthpilot.core.kernel.i18n import lazy_gettext as _l
from youthpilot.core.kernel.identity import check_id_no, check_phone, mask_id_no
from youthpilot.core.organizations.models import Organization
from youthpilot.core.organizations.services import visible
from youthpilot.core.web.current import the_county

from ..baseview import needs
from ..modelview import ModelAdminView
from ..targets import import_url
from .forms import PageForm
from .organizations import attempt

DOUBLES = "cadres.reveal"  # the county's administrators


def choices_of(words: dict[str, str]) -> list[tuple[str, str]]:
    """Codes with their words; blank is a dash."""
    return [(k, v or "—") for k, v in words.items()]


class AppointForm(PageForm):
    """A person and the post he takes."""

    name = StringField(_l("Name"), [InputRequired(_l("Give the name")), Length(max=40)])
    sex = SelectField(_l("Sex"), choices=choices_of(SEXES))
    birth_date = DateField(_l("Date of birth"), [Optional()], description=_l("Without it the person is left out of mean ages"))
    id_no = StringField(_l("ID number"), [Length(max=18)], description=_l("Stored encrypted; may stay empty"))
    phone = StringField(_l("Phone"), [Length(max=20), Regexp(r"[\d +-]*$", message=_l("Only digits"))])
    political_status = SelectField(_l("Political status"), choices=choices_of(POLITICS))
    education = SelectField(_l("Education"), choices=choices_of(EDUCATIONS))
    organization = SelectField(_l("League organization"), coerce=int)
    title = SelectField(_l("Post"), choices=list(TITLES.items()))
    mode = SelectField(_l("Kind of post"), choices=list(MODES.items()))
    source = SelectField(_l("Where from"), choices=choices_of(SOURCES))
    two_committees = BooleanField(_l("Also in the village's two committees"))
    start_on = DateField(_l("In office since"), [InputRequired(_l("Give the day"))])
    replaces = BooleanField(_l("Replaces the present secretary"), description=_l("The present one's post ends the day before"))


class EndForm(PageForm):
    """Last day and reason."""

    on = DateField(_l("Last day in office"), [InputRequired(_l("Give the day"))])
    reason = StringField(_l("Reason"), [InputRequired(_l("Say why: the reason stays in the history")), Length(max=80)])


class ElectionForm(PageForm):
    """换届: the day, and who is secretary from then on."""

    held_on = DateField(_l("Day of the election"), [InputRequired(_l("Give the day"))])
    term_no = IntegerField(_l("Number of the term"), [Optional(), NumberRange(1, 99)])
    approval_ref = StringField(_l("Approved by document"), [Length(max=80)])
    name = StringField(_l("Secretary elected"), [InputRequired(_l("Give the name")), Length(max=40)])
    sex = SelectField(_l("Sex"), choices=choices_of(SEXES))
    birth_date = DateField(_l("Date of birth"), [Optional()], description=_l("Without it the person is left out of mean ages"))


class CadresView(ModelAdminView):
    """Posts, the newest first."""

    model = Post
    name = _l("Cadres")
    category = _l("Organizations and cadres")
    icon = "cadre"
    slug = "cadres"
    permission_read = "cadres.see"
    permission_write = "cadres.edit"
    column_list = ("person", "organization", "title", "mode", "source", "start_on", "end_on")
    column_details_list = (*column_list, "on_establishment", "two_committees", "end_reason")
    column_labels = {
        "person": _l("Name"),
        "organization": _l("League organization"),
        "title": _l("Post"),
        "mode": _l("Kind of post"),
        "source": _l("Where from"),
        "start_on": _l("In office since"),
        "end_on": _l("Left office on"),
        "on_establishment": _l("On the establishment"),
        "two_committees": _l("Also in the village's two committees"),
        "end_reason": _l("Why it ended"),
        "election": _l("Election"),
    }
    column_searchable_list = (Person.name, Organization.name)
    column_labels |= {"name": _l("Name or organization")}
    column_filters = ("title", "mode", "source", "start_on", "end_on")
    form_columns = ("title",)
    details_template = "cadres/details.html"
    empty_title = _l("No cadre is entered yet")
    empty_text = _l("Seats, terms and mean ages are computed from the list of cadres.")

    def get_query(self) -> Any:
        """Posts in force today, unless former ones are asked for."""
        query = Post.select()
        if request.args.get("former") or request.endpoint != f"{self.endpoint}.index_view":
            return query
        return query.where((Post.start_on <= today()) & (Post.end_on.is_null() | (Post.end_on >= today())))

    def head_buttons(self) -> list[dict[str, str]]:
        """Import and appoint."""
        found = [{"label": _("Import"), "url": target, "icon": "upload"}] if (target := import_url()) else []
        if self.may_write():
            found.append({"label": _("Appoint"), "url": url_for("cadres.appoint"), "icon": "plus"})
        return found

    def list_tabs(self) -> list[dict[str, Any]]:
        """In office, or everybody."""
        former = bool(request.args.get("former"))
        return [
            {"label": _("In office"), "url": url_for("cadres.index_view"), "current": not former},
            {"label": _("With former ones"), "url": url_for("cadres.index_view", former=1), "current": former},
            {"label": _("Composition"), "url": url_for("cadres.composition"), "current": False},
            *self._doubles_tab(),
        ]

    def _doubles_tab(self) -> list[dict[str, Any]]:
        count = len(same_number(the_county().id)) if allowed(DOUBLES) else 0
        return [{"label": _("Same ID number"), "url": url_for("cadres.doubles"), "current": False, "count": count}] if count else []

    @expose("/doubles/")
    @needs(DOUBLES)
    def doubles(self) -> Any:
        """Numbers that stand at two places: a township does not learn whom another one knows, the county decides."""
        return self.render("cadres/doubles.html", groups=same_number(the_county().id), mask=mask_id_no)

    @expose("/composition/")
    def composition(self) -> Any:
        """Who the cadres are on a day: seats by level, ages, shares."""
        day = day_of(request.args.get("on", ""))
        county = the_county().id
        title = request.args.get("title", "") if request.args.get("title", "") in TITLES else ""
        ages = {level: secretary_mean_age(county, level, day) for level in ("township", "village")}
        values = {
            "day": day,
            "seats": seats_by_level(county, day),
            "ages": ages,
            "shares": breakdown(county, day, title),
            "title": title,
            "TITLES": TITLES,
        }
        return self.render("cadres/composition.html", **values)

    @expose("/appoint/", methods=("GET", "POST"))
    @needs("cadres.edit")
    def appoint(self) -> Any:
        """A person takes a post."""
        form = AppointForm()
        form.organization.choices = [
            (o.id, o.name) for o in Organization.select().where(Organization.closed_on.is_null()).order_by(Organization.code)
        ]
        if request.method == "GET":
            form.start_on.data = today()
            form.organization.data = request.args.get("organization", type=int)
        if form.validate_on_submit():
            made = attempt(form, lambda: enter(form))
            if made is not None:
                flash(_("Appointed"), "success")
                return redirect(url_for("cadres.index_view"))
        return self.render("organizations/form.html", form=form, title=_("Appoint"), cancel=url_for("cadres.index_view"))

    @expose("/<int:key>/end/", methods=("GET", "POST"))
    @needs("cadres.edit")
    def end(self, key: int) -> Any:
        """A post ends; it stays in the history."""
        post = self.get_one(key)
        if post is None:
            raise NotFound(_("There is no such post"))
        form = EndForm()
        if request.method == "GET":
            form.on.data = today()
        if form.validate_on_submit():
            done = attempt(form, lambda: services.end_post(post, form.on.data, form.reason.data or ""))
            if done is not None:
                flash(_("The post has ended"), "success")
                return redirect(url_for("cadres.index_view"))
        title = f"{post.person.name} · {TITLES[post.title]}"
        return self.render(
            "organizations/form.html",
            form=form,
            title=title,
            text=_("The post stays in the history; figures before the day keep it."),
            cancel=url_for("cadres.index_view"),
        )

    @expose("/election/<int:organization>/", methods=("GET", "POST"))
    @needs("cadres.edit")
    def election(self, organization: int) -> Any:
        """换届 of one organization: the term before is measured as of the day before."""
        place, form = visible(organization), ElectionForm()
        if request.method == "GET":
            form.held_on.data = today()
        if form.validate_on_submit():
            done = attempt(form, lambda: elect(place, form))
            if done is not None:
                flash(_("The election is entered; last term's age is kept for comparison"), "success")
                return redirect(url_for("organizations.index", id=place.id))
        title = _("Election") + f" · {place.name}"
        return self.render("organizations/form.html", form=form, title=title, cancel=url_for("organizations.index", id=place.id))


def day_of(text: str) -> date:
    """A day of the address, else today."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return today()


def enter(form: AppointForm) -> Post:
    """Person and post in one transaction."""
    check_numbers(form)
    values = {n: form[n].data or "" for n in ("name", "sex", "id_no", "phone", "political_status", "education")}
    with transaction():
        person = services.add_person(form.organization.data, {**values, "birth_date": form.birth_date.data})
        more = {"mode": form.mode.data, "source": form.source.data, "two_committees": bool(form.two_committees.data)}
        if form.replaces.data and form.title.data == "secretary":
            return services.replace_secretary(form.organization.data, person, form.start_on.data, _("replaced"), **more)
        return services.appoint(person, form.organization.data, form.title.data, start_on=form.start_on.data, **more)


def check_numbers(form: AppointForm) -> None:
    """ID and phone number must be possible. Raises RuleError at the field."""
    for name, problem in (
        ("id_no", check_id_no(form.id_no.data, today())[1] if form.id_no.data else None),
        ("phone", check_phone(form.phone.data)[1] if form.phone.data else None),
    ):
        if problem is not None and getattr(problem, "level", "E") == "E":
            raise RuleError(problem.message, name)


def elect(place: Organization, form: ElectionForm) -> Any:
    """The election and its new secretary."""
    with transaction():
        person = services.add_person(place, {"name": form.name.data, "sex": form.sex.data or "", "birth_date": form.birth_date.data})
        chosen = [{"person": person, "title": "secretary"}]
        return services.hold_election(place, form.held_on.data, chosen, term_no=form.term_no.data, approval_ref=form.approval_ref.data or "")
