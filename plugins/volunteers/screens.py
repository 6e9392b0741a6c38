"""What the module's screens share: tabs, forms with the service's message at its field, acts that answer in words."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from flask import abort, current_app, flash, redirect, request

from youthpilot.admin import ModuleView, allowed, name_for, row_id, table_file
from youthpilot.core import YouthpilotError, local, now, transaction

from .importers import IMPORTERS, recorder
from .words import _, _l

PAGES = (
    ("volunteers_roster.index", _l("Roster of volunteers")),
    ("volunteers_activities.index", _l("Activities")),
    ("volunteers_activities.approving", _l("Hours to approve")),
    ("volunteers_projects.index", _l("Projects")),
    ("volunteers_certificates.index", _l("Certificates")),
    ("volunteers_association.index", _l("Association and groups")),
    ("volunteers_rooms.index", _l("Care rooms")),
    ("volunteers_campaigns.index", _l("Fundraising")),
)


class VolunteersScreen(ModuleView):
    """Base of the module's screens."""

    category = _l("Fields of work")
    icon = "heart"
    in_menu = False
    permission_read = "volunteers.read"
    permission_write = "volunteers.record"

    def show(self, template: str, **values: Any) -> str:
        """A page of the module with what all its pages need."""
        may = {word: allowed(f"volunteers.{word}") for word in ("record", "approve", "manage", "care")}
        return self.render(f"volunteers/{template}.html", tabs=self._tabs(), imports=self._imports(), may=may, person=self.person, **values)

    def _tabs(self) -> list[dict[str, Any]]:
        shown = [(to, label) for to, label in PAGES if not to.startswith("volunteers_rooms") or allowed("volunteers.care")]
        return [{"label": label, "url": self.get_url(to), "current": request.endpoint == to} for to, label in shown]

    def _imports(self) -> list[tuple[str, str]]:
        if "imports.new" not in current_app.view_functions or not allowed("imports.run"):
            return []
        return [(i.title, self.get_url("imports.new", key=i.key)) for i in IMPORTERS if allowed(i.permission)]

    def person(self, name: str, at: int) -> str:
        """The full name for those who keep the records of the organization `at`, the masked one for everybody else."""
        return name_for(name, "volunteers.record", at)

    def file(self, name: str, kind: str, heads: Sequence[str], rows: Sequence[Sequence[Any]], notes: Sequence[str] = ()) -> Any:
        """A list of ours as .xlsx or .csv, with an entry in the log."""
        return table_file(name, heads, rows, kind, notes)

    def form(self, kind: Any, prepare: Callable[[Any], None] | None = None, /, **start: Any) -> Any:
        """A form filled from the request, else from `start`."""
        made = kind(request.form if request.method == "POST" else None, data=start)
        if prepare is not None:
            prepare(made)
        return made

    def form_page(self, form: Any, title: str, save: Callable[[], str], note: str = "") -> Any:
        """Show the form, or save it and go where `save` says; a refusal stands at its field."""
        status = 200
        if request.method == "POST":
            status = 422
            if form.validate():
                try:
                    with transaction():
                        to = save()
                    return redirect(to)
                except YouthpilotError as error:
                    name = getattr(error, "field", "")
                    field = form[name] if name in form else next(iter(form))
                    field.errors = [*field.errors, str(error)]
        return self.show("form", form=form, form_title=title, note=note, return_url=self.back()), status

    def reveal_page(self, form: Any, title: str, shown: Callable[[], dict[str, Any]], to: str) -> Any:
        """Ask for the reason; then show what `shown` gives, on this answer only: nothing of it is kept in an address or a page's history."""
        if request.method == "POST" and form.validate():
            try:
                with transaction():
                    values = shown()
                return self.show("reveal", form_title=title, return_url=to, **values)
            except YouthpilotError as error:
                form.reason.errors = [*form.reason.errors, str(error)]
        note = _("It is shown once, and the log keeps who looked and why.")
        page = self.show("form", form=form, form_title=title, note=note, return_url=to, button=_("Show"))
        return page, 422 if request.method == "POST" else 200

    def act(self, do: Callable[[], Any], done: str, to: str) -> Any:
        """Do it and say so, or say why not."""
        try:
            with transaction():
                do()
        except YouthpilotError as error:
            flash(str(error), "error")
        else:
            flash(done, "success")
        return redirect(to)

    def one(self, model: Any, name: str = "id") -> Any:
        """The row that the request names; 404 outside the scope."""
        found = model.get_or_none(model.id == row_id(request.values.get(name)))
        return found if found is not None else abort(404)


def me() -> tuple[str, str]:
    """(id, name) of who acts."""
    return recorder()


def aware(moment: datetime | None) -> Any:
    """A form's local time as a moment."""
    return None if moment is None else moment.replace(tzinfo=local(now()).tzinfo)


def naive(moment: datetime | None) -> datetime | None:
    """A moment as a form shows it."""
    return None if moment is None else local(moment).replace(tzinfo=None)
