"""Screens of the roster and of the association; the others stand in screens_service, screens_certificates and screens_care."""

from typing import Any

from flask import abort, flash, request

from youthpilot.admin import bounded, expose, needs
from youthpilot.core import _, _l, today

from . import queries, rules, services
from .forms import AssociationForm, DriveForm, EntryForm, GroupForm, LeaveForm, TermForm, VolunteerForm
from .models import Certificate, Drive, Entry, Group, Volunteer
from .screens import VolunteersScreen
from .screens_care import CampaignsView, RoomsView
from .screens_service import ActivitiesView, CertificatesView, ProjectsView
from .settings import limits

PAGE = 50


class RosterView(VolunteersScreen):
    """The roster, and one volunteer."""

    name = _l("Young volunteers")
    slug = "roster"
    in_menu = True

    @expose("/")
    def index(self) -> Any:
        """Who is on the roster, newest first; phones masked."""
        search, place = (request.args.get("search") or "").strip()[:40], request.args.get("organization")
        query = queries.volunteers(search, bounded(place, 1, 2**31 - 1) if place else None)
        if not request.args.get("former"):
            query = query.where(queries.on_roster(today()))
        count, page = query.count(), bounded(request.args.get("page"), 0, 100_000, 0)
        found = list(query.limit(PAGE).offset(page * PAGE))
        minutes = queries.approved_minutes(v.id for v in found)
        values = {"search": search, "place": place, "former": bool(request.args.get("former")), "stars": self._stars, "phone": rules.mask_phone}
        pages = (count + PAGE - 1) // PAGE
        return self.show("roster", volunteers=found, count=count, page=page, pages=pages, minutes=minutes, hours=rules.hours_text, **values)

    def _stars(self, minutes: int) -> int:
        return rules.stars(minutes, limits(today()).ladder)

    @expose("/volunteer/")
    def volunteer(self) -> Any:
        """One volunteer: service, training, awards, certificates."""
        row = self.one(Volunteer)
        records = queries.records_of_volunteer(row.id)
        minutes = queries.approved_minutes([row.id]).get(row.id, 0)
        entries = list(Entry.select().where(Entry.volunteer == row.id).order_by(Entry.given_on.desc()))
        papers = list(Certificate.select().where(Certificate.volunteer == row.id).order_by(Certificate.id.desc()))
        minor = rules.needs_guardian(row.person.birth_date, today(), limits(today()).ages)
        chosen = "、".join(rules.FIELDS[f] for f in row.fields.split(",") if f in rules.FIELDS)
        words = {"states": rules.RECORD_STATES, "kinds": rules.ENTRY_KINDS, "paper_states": rules.CERTIFICATE_STATES, "fields": chosen}
        values = {"minutes": minutes, "stars": self._stars(minutes), "minor": minor, "hours": rules.hours_text, "phone": rules.mask_phone}
        return self.show("volunteer", row=row, records=records, entries=entries, papers=papers, **values, **words)

    @expose("/new/", methods=("GET", "POST"))
    @needs("volunteers.record")
    def new(self) -> Any:
        """A person joins."""
        form = self.form(VolunteerForm, self._choices, joined_on=today())

        def save() -> str:
            d = dict(form.data)
            d["fields"] = ",".join(d["fields"] or [])
            made = services.add_volunteer(d.pop("organization"), {k: v for k, v in d.items() if v not in (None, "")})
            flash(_("Added with the number %(number)s.", number=made.number), "success")
            return str(self.get_url(".volunteer", id=made.id))

        return self.form_page(form, _("New volunteer"), save)

    def _choices(self, form: Any) -> None:
        form.organization.choices = queries.places()
        form.group.choices = [("", "—"), *((g.id, f"{g.organization.short} {g.name}") for g in queries.groups(today()))]
        form.drive.choices = [("", "—"), *((d.id, d.title) for d in Drive.select().order_by(Drive.id.desc()))]

    @expose("/leave/", methods=("GET", "POST"))
    @needs("volunteers.record")
    def leave(self) -> Any:
        """The volunteer leaves, or comes back."""
        row = self.one(Volunteer)
        form = self.form(LeaveForm, on=today())

        def save() -> str:
            if row.left_on is None:
                services.leave(row, form.on.data)
            else:
                services.come_back(row, form.on.data)
            flash(_("Saved."), "success")
            return str(self.get_url(".volunteer", id=row.id))

        title = _("Leaves the roster") if row.left_on is None else _("Comes back to the roster")
        return self.form_page(form, f"{title} · {self.person(row.person.name)}", save)

    @expose("/entry/", methods=("GET", "POST"))
    @needs("volunteers.record")
    def entry(self) -> Any:
        """Training, award or evaluation."""
        row = self.one(Volunteer)
        form = self.form(EntryForm, given_on=today())

        def save() -> str:
            services.add_entry(row, form.kind.data, form.title.data, form.given_on.data, form.given_by.data)
            flash(_("Saved."), "success")
            return str(self.get_url(".volunteer", id=row.id))

        return self.form_page(form, _("Training, award, evaluation"), save)


class AssociationView(VolunteersScreen):
    """The association with its terms and posts, the groups, the recruitment drives."""

    name = _l("Association and groups")
    slug = "association"
    permission_write = "volunteers.manage"

    @expose("/")
    def index(self) -> Any:
        """All of it on a page."""
        found = queries.association()
        day = today()
        held = {"posts": queries.posts(found.id, day), "terms": queries.terms(found.id)} if found else {"posts": [], "terms": []}
        groups = list(queries.groups(day))
        reached = sum(g.organization.kind in ("village", "community") for g in groups)
        drives = [(d, Volunteer.select().where(Volunteer.drive == d.id).count()) for d in Drive.select().order_by(Drive.starts_on.desc())]
        words = {"states": rules.ASSOCIATION_STATES, "titles": rules.ASSOCIATION_POSTS, "today": day}
        return self.show(
            "association", association=found, groups=groups, sizes=queries.group_sizes(day), reached=reached, drives=drives, **held, **words
        )

    @expose("/prepare/", methods=("GET", "POST"))
    def prepare(self) -> Any:
        """筹建."""
        form = self.form(AssociationForm, preparing_on=today(), term_years=5)
        return self.form_page(
            form,
            _("Prepare the association"),
            lambda: self._saved(services.prepare_association(form.name.data, form.preparing_on.data, form.term_years.data)),
        )

    @expose("/term/", methods=("GET", "POST"))
    def term(self) -> Any:
        """成立, later 换届."""
        found = queries.association() or abort(404)
        form = self.form(TermForm, on=today())
        preparing = found.state == "preparing"

        def save() -> str:
            holders = services.read_holders(form.posts.data)
            if preparing:
                return self._saved(services.establish(found, form.on.data, holders, form.approval_ref.data or ""))
            return self._saved(services.re_elect(found, form.on.data, holders))

        return self.form_page(form, _("Establish the association") if preparing else _("Re-election of the association"), save)

    @expose("/group/", methods=("GET", "POST"))
    @needs("volunteers.record")
    def group(self) -> Any:
        """A new group."""
        form = self.form(GroupForm, established_on=today())
        form.organization.choices = queries.places()
        return self.form_page(
            form,
            _("New group"),
            lambda: self._saved(services.add_group(form.organization.data, form.name.data, form.established_on.data, form.leader.data or "")),
        )

    @expose("/close/", methods=("POST",))
    @needs("volunteers.record")
    def close(self) -> Any:
        """A group ends today."""
        row = self.one(Group)
        return self.act(lambda: services.close_group(row, today()), _("The group is closed."), self.get_url(".index"))

    @expose("/drive/", methods=("GET", "POST"))
    def drive(self) -> Any:
        """A new recruitment drive."""
        form = self.form(DriveForm, starts_on=today())
        return self.form_page(
            form,
            _("New recruitment drive"),
            lambda: self._saved(services.add_drive(form.title.data, form.starts_on.data, form.ends_on.data, form.target.data)),
        )

    def _saved(self, _row: Any) -> str:
        flash(_("Saved."), "success")
        return str(self.get_url(".index"))


VIEWS: list[type] = [RosterView, ActivitiesView, ProjectsView, CertificatesView, AssociationView, RoomsView, CampaignsView]
