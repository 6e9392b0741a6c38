"""Screens of people: one entrepreneur with his loans, corrections, doubles, matches of talents and villages."""

from typing import Any

from flask import abort, flash, get_template_attribute, request
from markupsafe import Markup

from youthpilot.admin import ModuleModelView, allowed, bounded, expose, needs
from youthpilot.core import VILLAGE_KINDS, Organization, age, today, transaction

from . import people, queries, rules, services
from .forms import EliteForm, EndForm, MatchForm, MergeForm, ReasonForm
from .models import LoanApplication, LoanBank, LoanDrawdown, LoanElite, LoanMatch, LoanRoleModel
from .pages import Tools, elite_choices, found, phone_of, place_choices, posted, shown_name, tabs
from .subsidymodels import LoanClaim
from .words import _, _l

PERSON = ("name", "sex", "birth_date", "phone")


def profile_of(data: dict[str, Any]) -> dict[str, Any]:
    """The profile of a form, texts without blanks around them."""
    texts = {k: (data.get(k) or "").strip() for k in ("industry", "main_product", "business_name", "uscc", "source", "household") if k in data}
    return texts | {"jobs_driven": data["jobs_driven"]}


class EliteActs:
    """What the registry's view does with one person or two."""

    show: Any
    form_page: Any
    get_url: Any

    @expose("/details/")
    def details_view(self) -> Any:
        """One entrepreneur: profile, applications, loans with what is owed, villages, honours."""
        row = found(LoanElite)
        ids = [row.id, *(i for (i,) in LoanElite.select(LoanElite.id).where(LoanElite.merged_into == row.id).tuples())]
        m, d = LoanMatch, LoanDrawdown
        matches = list(
            m.select(m, Organization).join(Organization, on=(m.organization == Organization.id)).where(m.elite.in_(ids)).order_by(m.from_on)
        )
        honours = list(LoanRoleModel.select().where(LoanRoleModel.person == row.person_id).order_by(LoanRoleModel.named_on))
        notes = list(d.select(d, LoanBank).join(LoanBank, on=(d.bank == LoanBank.id)).where(d.elite.in_(ids)).order_by(d.drawn_on, d.id))
        debts = queries.debts([n.id for n in notes])
        sums = {
            "times": len(notes),
            "drawn": sum((n.amount for n in notes), rules.ZERO),
            "owed": sum((debt.left(today()) for debt in debts.values()), rules.ZERO),
            "subsidy": LoanClaim.select(queries.money(LoanClaim.amount)).where(LoanClaim.elite.in_(ids), LoanClaim.state == "paid").scalar(),
        }
        applications = list(queries.applications(LoanApplication.elite.in_(ids)))
        lines = {d.line_id: d.line.application_id for d in notes}
        values = {"applications": applications, "matches": matches, "honours": honours, "notes": notes, "debts": debts, "sums": sums, "lines": lines}
        years = age(row.person.birth_date, today()) if row.person.birth_date else None
        into = LoanElite.get_or_none(LoanElite.id == row.merged_into) if row.merged_into else None
        return self.show("elite", e=row, years=years, into=into, phone=phone_of(row.person), **values)

    @expose("/change/", methods=("GET", "POST"))
    @needs("loans.record")
    def change(self) -> Any:
        """Correct a person and his profile."""
        row = found(LoanElite)
        start = {k: getattr(row.person, k) for k in PERSON} | {"organization": row.organization_id}
        form, to = EliteForm(posted(), obj=None if request.method == "POST" else row, data=start), self.get_url(".details_view", id=row.id)
        form.organization.choices = place_choices()
        if request.method == "GET":
            for key, value in start.items():
                form[key].data = value

        def save() -> str:
            who = {k: form[k].data for k in (*PERSON, "organization")}
            with transaction():
                people.correct_person(row, who, form.remark.data or "")
                services.change_elite(row, form.kind.data, profile_of(form.data) | {"left_on": form.left_on.data})
            flash(_("Saved."), "success")
            return str(to)

        return self.form_page(form, _("Correct %(name)s", name=row.person.name), save, back=to)

    @expose("/match/", methods=("GET", "POST"))
    @needs("loans.record")
    def match(self) -> Any:
        """万企联万村."""
        row = found(LoanElite)
        form, to = MatchForm(posted(), data={"from_on": today()}), self.get_url(".details_view", id=row.id)
        form.village.choices = place_choices(VILLAGE_KINDS)
        del form.elite

        def save() -> str:
            people.save_match(row, form.village.data, form.from_on.data, form.to_on.data, form.work.data or "")
            flash(_("Saved."), "success")
            return str(to)

        return self.form_page(form, _("Match %(name)s with a village", name=row.person.name), save, back=to)

    @expose("/doubles/")
    @needs("loans.record")
    def doubles(self) -> Any:
        """Pairs that may be one person."""
        return self.show("doubles", pairs=people.doubles())

    @expose("/merge/", methods=("GET", "POST"))
    @needs("loans.recommend")
    def merge(self) -> Any:
        """Make one entry of two."""
        a, b = found(LoanElite), found(LoanElite, "other")
        form, to = MergeForm(posted(), data={"stays": min((a, b), key=lambda e: e.entered_on).id}), self.get_url(".doubles")
        form.stays.choices = [(e.id, f"{e.person.name}（{e.organization.short}，{e.entered_on}，{phone_of(e.person) or '—'}）") for e in (a, b)]

        def save() -> str:
            stays, goes = (a, b) if form.stays.data == a.id else (b, a)
            left = people.merge(stays, goes, form.reason.data or "")
            flash(_("Made one entry of two."), "success")
            if left:
                flash(_("%(count)s facts of locked periods stay as they were reported.", count=left), "warning")
            return str(self.get_url(".details_view", id=stays.id))

        note = _("Applications, loans, villages and honours move to the entry that stays; its blanks are filled. This cannot be taken back.")
        return self.form_page(form, _("Merge two entries"), save, note, to)


def _name_of(row: LoanMatch) -> str:
    """The talent's name; one of another township, whom the reader may not see, is only called that."""
    return str(_("Somebody of another township")) if row.elite is None else str(row.elite.person.name)


def _own_match() -> LoanMatch:
    """The match of the address; one with a talent of another township is for reading only."""
    row: LoanMatch = found(LoanMatch)
    return row if row.elite is not None else abort(404)


def _elite_cell(view: Any, context: Any, row: Any, name: str) -> Any:
    if row.elite is None:
        return _name_of(row)
    who = shown_name(row.elite.person)
    return who if context is None else Markup('<a href="{}">{}</a>').format(view.get_url("loans_elites.details_view", id=row.elite_id), who)


def _acts_cell(view: Any, context: Any, row: Any, name: str) -> Any:
    if row.elite is None or not allowed("loans.record", row.organization_id):
        return ""
    return get_template_attribute("loans/match_acts.html", "acts")(view, row, today())


class MatchesView(Tools, ModuleModelView):
    """万企联万村: which young talent works with which village."""

    model = LoanMatch
    name = _l("Villages and talents")
    category = _l("Fields of work")
    icon = "loan"
    slug = "matches"
    in_menu = False
    column_list = ("organization", "elite", "work", "from_on", "to_on", "id")
    column_labels = {
        "organization": _l("Village"),
        "elite": _l("Young talent"),
        "work": _l("What they do together"),
        "from_on": _l("From"),
        "to_on": _l("To"),
        "id": _l("Acts"),
    }
    column_formatters = {"elite": _elite_cell, "id": _acts_cell}
    column_formatters_export = {"elite": _elite_cell}
    column_filters = ("organization", "from_on", "to_on")
    column_searchable_list = ("work",)
    column_default_sort = ("from_on", True)
    column_export_list = ("organization", "elite", "work", "from_on", "to_on")
    form_columns = ("work",)
    can_view_details = False
    empty_title = _l("No village is matched with a talent yet")
    empty_text = _l("Match the first one: who works with which village, on what, since when.")

    def list_tabs(self) -> list[dict[str, Any]]:
        """The module's pages."""
        return tabs(self)

    def head_buttons(self) -> list[dict[str, str]]:
        """A new match."""
        return [{"label": _("New match"), "url": self.get_url(".add"), "icon": "plus"}] if allowed("loans.record") else []

    @expose("/add/", methods=("GET", "POST"))
    @needs("loans.record")
    def add(self) -> Any:
        """A new match."""
        form = MatchForm(posted(), data={"from_on": today(), "elite": bounded(request.args.get("elite"), 1, 2**31 - 1, 0)})
        return self._form(form, None, _("New match"))

    @expose("/change/", methods=("GET", "POST"))
    @needs("loans.record")
    def change(self) -> Any:
        """Correct or end a match."""
        row = _own_match()
        form = MatchForm(posted(), obj=row)
        del form.elite
        if request.method == "GET":
            form.village.data = row.organization_id
        return self._form(form, row, _("Match of %(name)s", name=_name_of(row)))

    def _form(self, form: Any, row: LoanMatch | None, title: str) -> Any:
        form.village.choices = place_choices(VILLAGE_KINDS)
        if row is None:
            form.elite.choices = elite_choices()

        def save() -> str:
            elite = row.elite if row else LoanElite.get_or_none(LoanElite.id == form.elite.data) or abort(404)
            people.save_match(elite, form.village.data, form.from_on.data, form.to_on.data, form.work.data or "", row)
            flash(_("Saved."), "success")
            return str(self.get_url(".index_view"))

        return self.form_page(form, title, save, back=self.get_url(".index_view"))

    @expose("/end/", methods=("GET", "POST"))
    @needs("loans.record")
    def end(self) -> Any:
        """The last day of a match."""
        row = _own_match()
        form, to = EndForm(posted(), data={"to_on": today()}), self.get_url(".index_view")

        def save() -> str:
            people.save_match(row.elite, row.organization_id, row.from_on, form.to_on.data, row.work, row)
            flash(_("Ended."), "success")
            return str(to)

        return self.form_page(form, _("End the match of %(name)s", name=_name_of(row)), save, back=to)

    @expose("/remove/", methods=("GET", "POST"))
    @needs("loans.record")
    def remove(self) -> Any:
        """Take out a match entered by mistake, with the reason."""
        row = _own_match()
        form, to = ReasonForm(posted()), self.get_url(".index_view")

        def save() -> str:
            people.delete_match(row, form.reason.data)
            flash(_("Deleted."), "success")
            return str(to)

        note = _("Only if it was entered by mistake; a match that is over is ended, so that it stays counted.")
        return self.form_page(form, _("Delete the match of %(name)s", name=_name_of(row)), save, note, to)
