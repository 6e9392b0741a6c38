"""Screens of projects, activities, hours to approve and certificates."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from flask import flash, redirect, request

from youthpilot.admin import allowed, chosen_act, expose, needs, row_id
from youthpilot.core import RuleError, YouthpilotError, acting, today, transaction

from . import association, certifying, links, queries, reading, rules, serving
from .forms import ActivityForm, CertificateForm, FinishForm, ProjectForm, ReasonForm, RecordForm, TotalForm
from .models import Activity, Certificate, CertificateLine, Duty, Project, Record, SignUp, Volunteer
from .screens import VolunteersScreen, aware, me, naive
from .words import _, _l

MOST = 1000  # records approved at once
MOST_ROWS = 50_000  # rows of a file


def the_volunteer(text: str) -> Volunteer:
    """Who is meant by a number or a name that nobody shares. Raises RuleError."""
    found = queries.named_so(text)
    if not found:
        raise RuleError(_("Nobody on the roster has this number or name"), "volunteer")
    if len(found) > 1:
        raise RuleError(_("Several volunteers are called so: add the volunteer number"), "volunteer")
    return found[0]


class ProjectsView(VolunteersScreen):
    """Projects by field."""

    name = _l("Projects")
    slug = "projects"
    permission_write = "volunteers.manage"

    @expose("/")
    def index(self) -> Any:
        """The projects with their activities."""
        found = list(Project.select().order_by(Project.is_brand.desc(), Project.starts_on.desc()))
        counts: dict[int, int] = {}
        for (key,) in Activity.select(Activity.project_id).where(Activity.state == "held").tuples():
            counts[key] = counts.get(key, 0) + 1
        return self.show("projects", projects=found, counts=counts, fields=rules.FIELDS, states=rules.PROJECT_STATES)

    @expose("/edit/", methods=("GET", "POST"))
    @needs("volunteers.manage")
    def edit(self) -> Any:
        """Add (without id) or change a project."""
        row = self.one(Project) if request.values.get("id") else None
        start = (
            {k: getattr(row, k) for k in ("title", "field", "state", "is_brand", "goals", "starts_on", "ends_on")} if row else {"starts_on": today()}
        )
        form = self.form(ProjectForm, **start)

        def save() -> str:
            association.save_project(row, {**form.data, "goals": form.goals.data or ""})
            flash(_("Saved."), "success")
            return str(self.get_url(".index"))

        return self.form_page(form, _("Change the project") if row else _("New project"), save)


class ActivitiesView(VolunteersScreen):
    """Activities, one activity with its lists, hours to approve."""

    name = _l("Activities")
    slug = "activities"

    @expose("/")
    def index(self) -> Any:
        """Activities of a half-year, newest first, with their turnout."""
        found = list(queries.activities().limit(200))
        return self.show(
            "activities",
            activities=found,
            turnouts=queries.turnouts(found),
            states=rules.ACTIVITY_STATES,
            hours=rules.hours_text,
            export_url=lambda kind: self.get_url(".export", kind=kind),
        )

    @expose("/activity/")
    def activity(self) -> Any:
        """Who signed up, who came."""
        row = self.one(Activity)
        query = (
            SignUp.select(SignUp, Volunteer)
            .join(Volunteer, on=(SignUp.volunteer == Volunteer.id))
            .where(SignUp.activity == row.id, ~SignUp.cancelled)
        )
        duties = [(d, SignUp.select().where(SignUp.duty == d.id, ~SignUp.cancelled).count()) for d in Duty.select().where(Duty.activity == row.id)]
        turnout = queries.turnouts([row])[row.id]
        words = {"states": rules.ACTIVITY_STATES, "record_states": rules.RECORD_STATES, "hours": rules.hours_text, "today": today()}
        words |= {"acts": {t.act for t in acting.acts_of(row)}, "acts_of": lambda record: {t.act for t in acting.acts_of(record)}}
        return self.show("activity", row=row, signups=list(query), records=queries.records_of(row.id), duties=duties, turnout=turnout, **words)

    @expose("/edit/", methods=("GET", "POST"))
    @needs("volunteers.record")
    def edit(self) -> Any:
        """Publish (without id) or change an activity."""
        row = self.one(Activity) if request.values.get("id") else None
        form = self.form(ActivityForm, self._choices, **self._start(row))

        def save() -> str:
            d = dict(form.data)
            duties = serving.read_duties(d.pop("duties") or "")
            if d["is_theme"] and not self._manages():
                raise RuleError(_("Theme activities are named by the county"), "is_theme")
            made = serving.save_activity(row, d.pop("organization"), d | {"starts_at": aware(d["starts_at"]), "ends_at": aware(d["ends_at"])}, duties)
            flash(_("Saved."), "success")
            return str(self.get_url(".activity", id=made.id))

        return self.form_page(form, _("Change the activity") if row else _("New activity"), save)

    def _manages(self) -> bool:
        return allowed("volunteers.manage")

    def _start(self, row: Activity | None) -> dict[str, Any]:
        if row is None:
            return {}
        names = ("title", "place", "is_theme", "quota", "lowest_age", "is_risky", "insurance_no", "insured_from", "insured_until", "late_reason")
        duties = "、".join(f"{d.title} {d.needed}" for d in Duty.select().where(Duty.activity == row.id))
        times = {"starts_at": naive(row.starts_at), "ends_at": naive(row.ends_at)}
        return {k: getattr(row, k) for k in names} | times | {"project": row.project_id, "organization": row.organization_id, "duties": duties}

    def _choices(self, form: Any) -> None:
        form.organization.choices = queries.places()
        form.project.choices = [("", "—"), *((p.id, p.title) for p in Project.select().order_by(Project.title))]

    @expose("/state/", methods=("POST",))
    @needs("volunteers.record")
    def state(self) -> Any:
        """Held, or cancelled."""
        row = self.one(Activity)
        do = chosen_act("to", {"held": serving.hold, "cancelled": serving.cancel})
        return self.act(lambda: do(row), _("Saved."), self.get_url(".activity", id=row.id))

    @expose("/total/", methods=("GET", "POST"))
    @needs("volunteers.record")
    def total(self) -> Any:
        """A total without names."""
        row = self.one(Activity)
        start = {
            "total_people": row.total_people,
            "total_hours": rules.hours(row.total_minutes) if row.total_minutes is not None else None,
            "source_file": row.source_file,
        }
        form = self.form(TotalForm, **start)

        def save() -> str:
            serving.enter_total(row, form.total_people.data, int(form.total_hours.data * 60), form.source_file.data)
            flash(_("Saved."), "success")
            return str(self.get_url(".activity", id=row.id))

        return self.form_page(form, f"{row.title} · {_('Enter a total')}", save, _("It counts only while nobody is recorded by name."))

    @expose("/signup/", methods=("POST",))
    @needs("volunteers.record")
    def signup(self) -> Any:
        """Sign a volunteer up."""
        row, who = self.one(Activity), request.form.get("volunteer", "")
        duty = self.one(Duty, "duty") if request.form.get("duty") else None
        return self.act(lambda: serving.sign_up(row, the_volunteer(who), duty), _("Signed up."), self.get_url(".activity", id=row.id))

    @expose("/unsign/", methods=("POST",))
    @needs("volunteers.record")
    def unsign(self) -> Any:
        """Take a sign-up back."""
        row = self.one(SignUp)
        return self.act(lambda: serving.cancel_sign_up(row), _("The sign-up is cancelled."), self.get_url(".activity", id=row.activity_id))

    @expose("/export/<kind>/", methods=("POST",))
    @needs("volunteers.read")
    def export(self, kind: str) -> Any:
        """The activities with their turnout as a file."""
        found = list(queries.activities().limit(MOST_ROWS))
        turnouts = queries.turnouts(found)
        return self.file(str(self.name), kind, reading.ACTIVITY_HEADS, [reading.activity_cells(a, turnouts[a.id]) for a in found])

    @expose("/hours/<kind>/", methods=("POST",))
    @needs("volunteers.read")
    def hours(self, kind: str) -> Any:
        """Every stretch of service as a file, names as this person may see them."""
        rows = [reading.record_cells(r, self.person) for r in queries.all_records().limit(MOST_ROWS)]
        return self.file(str(_("Service records")), kind, reading.RECORD_HEADS, rows)

    @expose("/record/", methods=("GET", "POST"))
    @needs("volunteers.record")
    def record(self) -> Any:
        """A stretch of service by hand."""
        row = self.one(Activity)
        form = self.form(RecordForm, came_at=naive(row.starts_at), left_at=naive(row.ends_at))

        def save() -> str:
            volunteer = the_volunteer(form.volunteer.data)
            given = {"late_reason": form.late_reason.data or "", "evidence": form.evidence.data or ""}
            serving.record(row, volunteer, aware(form.came_at.data), aware(form.left_at.data), me(), **given)
            flash(_("Recorded. Somebody else approves it."), "success")
            return str(self.get_url(".activity", id=row.id))

        return self.form_page(form, f"{row.title} · {_('Enter service')}", save)

    @expose("/finish/", methods=("GET", "POST"))
    @needs("volunteers.record")
    def finish(self) -> Any:
        """Enter a forgotten sign-out."""
        row = self.one(Record)
        form = self.form(FinishForm, came_at=naive(row.came_at))

        def save() -> str:
            if form.left_at.data is None:
                raise RuleError(_("This must be filled in"), "left_at")
            serving.finish(row, aware(form.left_at.data), form.late_reason.data or "", me())
            flash(_("Recorded. Somebody else approves it."), "success")
            return str(self.get_url(".approving"))

        return self.form_page(form, f"{_('Forgotten sign-out')} · {self.person(row.volunteer.person.name, row.organization_id)}", save)

    # approval --------------------------------------------------------------------------------------------------------

    @expose("/approving/")
    def approving(self) -> Any:
        """Records that wait, and forgotten sign-outs."""
        return self._approving()

    def _approving(self, wrong: str = "", chosen: Collection[int] | None = None) -> str:
        """The page; `wrong` is said at the reason, and only `chosen` are ticked then."""
        rows = list(queries.waiting().limit(MOST))
        forgotten = list(Record.select().where(Record.state == "open", Record.served_on < today()).order_by(Record.served_on).limit(200))
        return self.show(
            "approving",
            rows=rows,
            forgotten=forgotten,
            mine=me()[0],
            wrong=wrong,
            chosen=chosen,
            hours=rules.hours_text,
            export_url=lambda kind: self.get_url(".hours", kind=kind),
        )

    @expose("/approve/", methods=("POST",))
    @needs("volunteers.approve")
    def approve(self) -> Any:
        """Approve the chosen records together."""
        ids = [row_id(raw) for raw in request.form.getlist("rowid")[:MOST]]
        rows = list(Record.select().where(Record.id.in_(ids or [0])))
        to = self.get_url(".approving")
        if not rows:
            flash(_("Choose the records first."), "error")
            return redirect(to)
        try:
            with transaction():
                count = serving.approve(rows, me(), request.form.get("reason", ""))
        except YouthpilotError as error:
            if getattr(error, "field", "") == "reason":
                return self._approving(str(error), {r.id for r in rows}), 422
            flash(str(error), "error")
        else:
            flash(_("%(count)s records approved.", count=count), "success")
        return redirect(to)

    @expose("/refuse/", methods=("GET", "POST"))
    @needs("volunteers.approve")
    def refuse(self) -> Any:
        """Refuse a record that waits, or take approved hours back."""
        row = self.one(Record)
        form = self.form(ReasonForm)
        approved = row.state == "approved"

        def save() -> str:
            (serving.withdraw if approved else serving.refuse)(row, me(), form.reason.data)
            flash(_("Saved."), "success")
            return str(self.get_url(".activity", id=row.activity_id))

        title = _("Take the hours back") if approved else _("Refuse the record")
        return self.form_page(form, f"{title} · {self.person(row.volunteer.person.name, row.organization_id)}", save)

    @expose("/poster/")
    def poster(self) -> Any:
        """A page to print: the code that opens sign-up, sign-in and sign-out on a phone."""
        row = self.one(Activity)
        url = links.sign_url(row)
        return self.show("poster", row=row, url=url, code=links.qr_svg(url))


class CertificatesView(VolunteersScreen):
    """Certificates: drawn up, public, issued, revoked."""

    name = _l("Certificates")
    slug = "certificates"
    permission_write = "volunteers.manage"

    @expose("/")
    def index(self) -> Any:
        """All of them, newest first."""
        return self.show(
            "certificates",
            rows=list(queries.certificates().limit(300)),
            states=rules.CERTIFICATE_STATES,
            hours=rules.hours_text,
            today=today(),
            export_url=lambda kind: self.get_url(".export", kind=kind),
        )

    @expose("/export/<kind>/", methods=("POST",))
    @needs("volunteers.read")
    def export(self, kind: str) -> Any:
        """The certificates as a file."""
        rows = [reading.certificate_cells(c, self.person) for c in queries.certificates().limit(MOST_ROWS)]
        return self.file(str(self.name), kind, reading.CERTIFICATE_HEADS, rows)

    @expose("/certificate/")
    def certificate(self) -> Any:
        """The certificate as it is printed, with the address that proves it."""
        row = self.one(Certificate)
        lines = list(
            CertificateLine.select(CertificateLine, Record, Activity)
            .join(Record, on=(CertificateLine.record == Record.id))
            .join(Activity, on=(Record.activity == Activity.id))
            .where(CertificateLine.certificate == row.id)
            .order_by(Record.served_on)
        )
        url = links.proof_url(row)
        id_no = row.volunteer.person.id_no
        shown = "*" * (len(id_no) - 4) + id_no[-4:] if id_no else ""
        values = {
            "url": url,
            "short": links.check_url(),
            "code": links.qr_svg(url),
            "id_shown": shown,
            "hours": rules.hours_text,
            "states": rules.CERTIFICATE_STATES,
        }
        return self.show("certificate", row=row, lines=lines, today=today(), acts={t.act for t in acting.acts_of(row)}, **values)

    @expose("/new/", methods=("GET", "POST"))
    @needs("volunteers.manage")
    def new(self) -> Any:
        """Draw one up for a volunteer."""
        volunteer = self.one(Volunteer, "volunteer")
        first = min((r.served_on for r in queries.records_of_volunteer(volunteer.id)), default=today() - timedelta(days=180))
        form = self.form(CertificateForm, **self._last_issuer(), from_on=first, to_on=today())

        def save() -> str:
            made = certifying.draw_up(volunteer, form.data)
            flash(_("Drawn up with the number %(number)s; public until %(day)s.", number=made.number, day=made.public_to), "success")
            return str(self.get_url(".certificate", id=made.id))

        return self.form_page(form, f"{_('Certificate')} · {self.person(volunteer.person.name, volunteer.organization_id)}", save)

    def _last_issuer(self) -> dict[str, Any]:
        last = queries.certificates().first()
        return {k: getattr(last, k) for k in ("issuer", "responsible", "handler", "contact")} if last else {}

    @expose("/issue/", methods=("POST",))
    @needs("volunteers.manage")
    def issue(self) -> Any:
        """Issue it once its publicity is over."""
        row = self.one(Certificate)
        return self.act(lambda: certifying.issue(row), _("Issued."), self.get_url(".certificate", id=row.id))

    @expose("/revoke/", methods=("GET", "POST"))
    @needs("volunteers.manage")
    def revoke(self) -> Any:
        """It is no longer valid."""
        row = self.one(Certificate)
        form = self.form(ReasonForm)

        def save() -> str:
            certifying.revoke(row, form.reason.data)
            flash(_("Revoked."), "success")
            return str(self.get_url(".certificate", id=row.id))

        return self.form_page(form, _("Revoke the certificate") + f" {row.number}", save)
