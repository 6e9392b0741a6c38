"""Screens of the roster; the others stand in screens_association, screens_service and screens_care."""

from typing import Any

from flask import flash, request

from youthpilot.admin import bounded, expose, needs
from youthpilot.core import mask_name, mask_phone, today

from . import queries, reading, rules, services
from .forms import EntryForm, JoinedTotalForm, LeaveForm, ReasonForm, VolunteerEditForm, VolunteerForm
from .models import Certificate, Drive, Entry, RosterTotal, Volunteer
from .screens import VolunteersScreen, me
from .screens_association import AssociationView
from .screens_care import CampaignsView, RoomsView
from .screens_service import ActivitiesView, CertificatesView, ProjectsView
from .settings import limits
from .words import _, _l

PAGE = 50
MOST_ROWS = 50_000  # rows of a file


class RosterView(VolunteersScreen):
    """The roster, and one volunteer."""

    name = _l("Young volunteers")
    slug = "roster"
    in_menu = True

    @expose("/")
    def index(self) -> Any:
        """Who is on the roster, newest first; phones masked."""
        query, search, place = self._asked()
        count, page = query.count(), bounded(request.args.get("page"), 0, 100_000, 0)
        found = list(query.limit(PAGE).offset(page * PAGE))
        minutes = queries.approved_minutes(v.id for v in found)
        values = {"search": search, "place": place, "former": bool(request.args.get("former")), "stars": self._stars, "phone": mask_phone}
        pages = (count + PAGE - 1) // PAGE
        here = {"search": search or None, "organization": place, "former": 1 if values["former"] else None}
        values["export_url"] = lambda kind: self.get_url(".export", kind=kind, **here)
        return self.show("roster", volunteers=found, count=count, page=page, pages=pages, minutes=minutes, hours=rules.hours_text, **values)

    def _asked(self) -> tuple[Any, str, str | None]:
        """The rows that the address asks for, with its search and its organization."""
        search, place = (request.args.get("search") or "").strip()[:40], request.args.get("organization")
        query = queries.volunteers(search, bounded(place, 1, 2**31 - 1) if place else None)
        return (query if request.args.get("former") else query.where(queries.on_roster(today()))), search, place

    @expose("/export/<kind>/", methods=("POST",))
    @needs("volunteers.read")
    def export(self, kind: str) -> Any:
        """The roster as shown, as a file: phones masked, minors' names too."""
        query, search, _place = self._asked()
        found = list(query.limit(MOST_ROWS))
        minutes, set_to = queries.approved_minutes(v.id for v in found), limits(today())
        rows = [reading.roster_cells(v, minutes.get(v.id), today(), set_to, self.person) for v in found]
        return self.file(str(_("Roster of volunteers")), kind, reading.ROSTER_HEADS, rows, [search] if search else [])

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
        values = {
            "minutes": minutes,
            "stars": self._stars(minutes),
            "minor": minor,
            "hours": rules.hours_text,
            "phone": mask_phone,
            "mask": mask_name,
        }
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

    @expose("/edit/", methods=("GET", "POST"))
    @needs("volunteers.record")
    def edit(self) -> Any:
        """Correct a volunteer; what is protected stays when left blank."""
        row = self.one(Volunteer)
        kept = ("id_no", "phone", "guardian_name", "guardian_phone")
        start = {k: getattr(row.person, k) for k in ("name", "sex", "birth_date")} | {
            k: getattr(row, k) for k in ("joined_on", "skills", "consent_on")
        }
        start |= {"group": row.group_id, "drive": row.drive_id, "fields": row.fields.split(","), "guardian_relation": row.guardian_relation}
        form = self.form(VolunteerEditForm, self._edit_choices, **start)

        def save() -> str:
            d = {k: v for k, v in form.data.items() if k not in kept or v}
            d["fields"], reason = ",".join(d["fields"] or []), d.pop("reason") or ""
            services.correct_volunteer(row, {k: "" if v is None and k in ("skills", "guardian_relation") else v for k, v in d.items()}, reason)
            flash(_("Saved."), "success")
            return str(self.get_url(".volunteer", id=row.id))

        return self.form_page(form, f"{_('Change the volunteer')} · {self.person(row.person.name, row.organization_id)}", save)

    def _edit_choices(self, form: Any) -> None:
        form.group.choices = [("", "—"), *((g.id, f"{g.organization.short} {g.name}") for g in queries.groups(today()))]
        form.drive.choices = [("", "—"), *((d.id, d.title) for d in Drive.select().order_by(Drive.id.desc()))]

    @expose("/guardian/", methods=("GET", "POST"))
    @needs("volunteers.record")
    def guardian(self) -> Any:
        """The guardian's name and phone in full, once, for a reason that is logged."""
        row = self.one(Volunteer)
        form = self.form(ReasonForm)
        title = f"{_('Guardian in full')} · {self.person(row.person.name, row.organization_id)}"

        def shown() -> dict[str, Any]:
            told = services.reveal_guardian(row, form.reason.data)
            return {
                "pairs": [
                    (_("Guardian"), told["name"] or "—"),
                    (_("Relation of the guardian"), row.guardian_relation or "—"),
                    (_("Phone of the guardian"), told["phone"] or "—"),
                ]
            }

        return self.reveal_page(form, title, shown, self.get_url(".volunteer", id=row.id))

    @expose("/totals/")
    def totals(self) -> Any:
        """Totals of those who joined, for organizations without a roster by name."""
        rows = list(queries.joined_totals())
        return self.show("totals", rows=rows, beside=queries.named_beside(rows))

    @expose("/total/", methods=("GET", "POST"))
    @needs("volunteers.record")
    def total(self) -> Any:
        """Enter one."""
        form = self.form(JoinedTotalForm, until_on=today())
        form.organization.choices = queries.places()

        def save() -> str:
            d = form.data
            services.enter_joined(d["organization"], d["from_on"], d["until_on"], d["joined"], d["source_file"], me()[1])
            flash(_("Saved."), "success")
            return str(self.get_url(".totals"))

        return self.form_page(form, _("Enter a total of those who joined"), save, _("Only where nobody is on the roster by name in these days."))

    @expose("/untotal/", methods=("GET", "POST"))
    @needs("volunteers.record")
    def untotal(self) -> Any:
        """A total goes, with its reason."""
        row = self.one(RosterTotal)
        form = self.form(ReasonForm)

        def save() -> str:
            services.remove_joined(row, form.reason.data)
            flash(_("Deleted."), "success")
            return str(self.get_url(".totals"))

        return self.form_page(form, f"{_('Delete the total')} · {row.organization.short} {row.joined}", save)

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
        return self.form_page(form, f"{title} · {self.person(row.person.name, row.organization_id)}", save)

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


VIEWS: list[type] = [RosterView, ActivitiesView, ProjectsView, CertificatesView, AssociationView, RoomsView, CampaignsView]
