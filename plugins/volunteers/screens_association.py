"""Screens of the association: its terms and posts, the groups, the recruitment drives."""

from typing import Any

from flask import abort, flash, request

from youthpilot.admin import expose, needs
from youthpilot.core import acting, today

from . import association as verbs
from . import queries, reading, rules
from .forms import (
    AssociationEditForm,
    AssociationForm,
    DriveForm,
    EndDayForm,
    EndForm,
    ExtendForm,
    GroupForm,
    PostEditForm,
    PostForm,
    TermForm,
)
from .models import Association, AssociationPost, AssociationTerm, Drive, Group, Volunteer
from .screens import VolunteersScreen
from .words import _, _l

SHOWN = 30  # groups on the page at first


class AssociationView(VolunteersScreen):
    """The association with its terms and posts, the groups, the recruitment drives."""

    name = _l("Association and groups")
    slug = "association"
    permission_write = "volunteers.manage"

    @expose("/")
    def index(self) -> Any:
        """All of it on a page."""
        found, day = queries.association(), today()
        held = {"posts": queries.posts(found.id, day), "terms": queries.terms(found.id)} if found else {"posts": [], "terms": []}
        groups = list(queries.groups(day))
        drives = [(d, Volunteer.select().where(Volunteer.drive == d.id).count()) for d in Drive.select().order_by(Drive.starts_on.desc())]
        more = {
            "drives": drives,
            "shown": 10_000 if request.args.get("all") else SHOWN,
            "reach": queries.village_reach(day),
            "brands": queries.brand_projects(),
            "fields": rules.FIELDS,
        }
        words = {
            "states": rules.ASSOCIATION_STATES,
            "acts": {t.act for t in acting.acts_of(found)} if found else (),
            "titles": rules.ASSOCIATION_POSTS,
            "today": day,
            "export_url": lambda kind: self.get_url(".export", kind=kind),
        }
        return self.show("association", association=found, groups=groups, sizes=queries.group_sizes(day), **held, **more, **words)

    @expose("/export/<kind>/", methods=("POST",))
    @needs("volunteers.read")
    def export(self, kind: str) -> Any:
        """The groups as a file."""
        sizes = queries.group_sizes(today())
        rows = [reading.group_cells(g, sizes.get(g.id, 0), self.person) for g in queries.groups(today())]
        return self.file(str(_("Groups")), kind, reading.GROUP_HEADS, rows)

    # the association -------------------------------------------------------------------------------------------------

    @expose("/prepare/", methods=("GET", "POST"))
    @needs("volunteers.manage")
    def prepare(self) -> Any:
        """筹建."""
        form = self.form(AssociationForm, preparing_on=today(), term_years=5)
        made = lambda: verbs.prepare_association(form.name.data, form.preparing_on.data, form.term_years.data)  # noqa: E731
        return self.form_page(form, _("Prepare the association"), lambda: self._saved(made()))

    @expose("/edit/", methods=("GET", "POST"))
    @needs("volunteers.manage")
    def edit(self) -> Any:
        """Correct what is said of the association."""
        row = self.one(Association)
        names = ("name", "preparing_on", "term_years", "approval_ref", "note")
        form = self.form(AssociationEditForm, **{k: getattr(row, k) for k in names})

        def save() -> str:
            d = form.data
            verbs.save_association(row, d["name"], d["preparing_on"], d["term_years"], d["approval_ref"] or "", d["note"] or "")
            return self._saved()

        return self.form_page(form, _("Change the association"), save)

    @expose("/term/", methods=("GET", "POST"))
    @needs("volunteers.manage")
    def term(self) -> Any:
        """成立, later 换届."""
        found = queries.association() or abort(404)
        form = self.form(TermForm, on=today())
        preparing = found.state == "preparing"

        def save() -> str:
            holders = verbs.read_holders(form.posts.data)
            if preparing:
                return self._saved(verbs.establish(found, form.on.data, holders, form.approval_ref.data or ""))
            return self._saved(verbs.re_elect(found, form.on.data, holders))

        return self.form_page(form, _("Establish the association") if preparing else _("Re-election of the association"), save)

    @expose("/extend/", methods=("GET", "POST"))
    @needs("volunteers.manage")
    def extend(self) -> Any:
        """The re-election is due on another day."""
        row = self.one(AssociationTerm)
        form = self.form(ExtendForm, due_on=row.due_on)
        save = lambda: self._saved(verbs.extend_term(row, form.due_on.data, form.reason.data))  # noqa: E731
        return self.form_page(form, _("Move the day of the re-election"), save)

    @expose("/end/", methods=("GET", "POST"))
    @needs("volunteers.manage")
    def end(self) -> Any:
        """终止."""
        row = self.one(Association)
        form = self.form(EndForm, on=today())
        save = lambda: self._saved(verbs.end_association(row, form.on.data, form.reason.data))  # noqa: E731
        note = _("Its term and its posts end with that day. Groups and volunteers stay.")
        return self.form_page(form, _("End the association") + f" · {row.name}", save, note)

    @expose("/post/", methods=("GET", "POST"))
    @needs("volunteers.manage")
    def post(self) -> Any:
        """Somebody takes a post within the term."""
        row = self.one(Association)
        form = self.form(PostForm, start_on=today())
        save = lambda: self._saved(verbs.add_post(row, form.title.data, form.name.data, form.start_on.data))  # noqa: E731
        return self.form_page(form, _("New post of the association"), save)

    @expose("/holder/", methods=("GET", "POST"))
    @needs("volunteers.manage")
    def holder(self) -> Any:
        """Correct the name, or end the post."""
        row = self.one(AssociationPost)
        form = self.form(PostEditForm, name=row.name, end_on=row.end_on)
        save = lambda: self._saved(verbs.change_post(row, form.name.data, form.end_on.data))  # noqa: E731
        return self.form_page(form, f"{rules.ASSOCIATION_POSTS[row.title]} · {row.name}", save)

    # groups ----------------------------------------------------------------------------------------------------------

    @expose("/group/", methods=("GET", "POST"))
    @needs("volunteers.record")
    def group(self) -> Any:
        """Add (without id) or change a group."""
        row = self.one(Group) if request.values.get("id") else None
        start = {k: getattr(row, k) for k in ("name", "established_on", "leader")} if row else {"established_on": today()}
        form = self.form(GroupForm, **start, **({"organization": row.organization_id} if row else {}))
        form.organization.choices = queries.places()

        def save() -> str:
            d = form.data
            return self._saved(verbs.save_group(row, d["organization"], d["name"], d["established_on"], d["leader"] or ""))

        return self.form_page(form, _("Change the group") if row else _("New group"), save)

    @expose("/close/", methods=("GET", "POST"))
    @needs("volunteers.record")
    def close(self) -> Any:
        """A group ends on a day."""
        row = self.one(Group)
        form = self.form(EndDayForm, on=today())

        def save() -> str:
            verbs.close_group(row, form.on.data)
            flash(_("The group is closed."), "success")
            return str(self.get_url(".index"))

        return self.form_page(form, f"{_('Close the group')} · {row.name}", save, _("Its volunteers stay on the roster, without a group."))

    # drives ----------------------------------------------------------------------------------------------------------

    @expose("/drive/", methods=("GET", "POST"))
    @needs("volunteers.manage")
    def drive(self) -> Any:
        """Add (without id) or change a recruitment drive."""
        row = self.one(Drive) if request.values.get("id") else None
        start = {k: getattr(row, k) for k in ("title", "starts_on", "ends_on", "target")} if row else {"starts_on": today()}
        form = self.form(DriveForm, **start)

        def save() -> str:
            d = form.data
            return self._saved(verbs.save_drive(row, d["title"], d["starts_on"], d["ends_on"], d["target"]))

        return self.form_page(form, _("Change the recruitment drive") if row else _("New recruitment drive"), save)

    @expose("/undrive/", methods=("POST",))
    @needs("volunteers.manage")
    def undrive(self) -> Any:
        """A drive entered by mistake goes."""
        row = self.one(Drive)
        return self.act(lambda: verbs.remove_drive(row), _("Deleted."), self.get_url(".index"))

    def _saved(self, _row: Any = None) -> str:
        flash(_("Saved."), "success")
        return str(self.get_url(".index"))
