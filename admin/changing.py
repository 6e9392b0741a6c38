"""Writing side of list-and-form views: form, delete and bulk actions, each one transaction with its hooks, refused in words."""

from collections.abc import Callable
from typing import Any

import structlog
from flask import abort, flash, redirect, request
from flask_admin.form import FormOpts
from peewee import IntegrityError

from youthpilot.core.audit.services import record
from youthpilot.core.kernel.db import transaction
from youthpilot.core.kernel.errors import RuleError, ScopeError, YouthpilotError
from youthpilot.core.kernel.i18n import _, ngettext

from .baseview import expose
from .targets import row_id

log = structlog.get_logger()
BULK_LIMIT = 1000


class ChangingMixin:
    """What `ModelAdminView` writes."""

    get_one: Any
    get_many: Any
    get_url: Any
    render: Any
    back: Any
    may_write: Any

    # who may ---------------------------------------------------------------------------------------------------------------

    @property
    def may_create(self) -> bool:
        """New rows may be made here by this person."""
        return self.can_create and self.may_write()

    @property
    def may_edit(self) -> bool:
        """Rows may be changed here by this person."""
        return self.can_edit and self.may_write()

    @property
    def may_delete(self) -> bool:
        """Rows may be deleted here by this person."""
        return self.can_delete and self.may_write()

    def may_change(self, row: Any) -> bool:
        """False protects a single row from edit and delete."""
        return True

    def is_action_allowed(self, name: str) -> bool:
        """Bulk actions write; the built-in delete of many rows does not exist."""
        return name != "delete" and name not in self.action_disallowed_list and self.may_write()

    def action_delete(self, ids: Any) -> None:
        """Closed: upstream deletes recursively, past on_delete RESTRICT."""
        abort(404)

    def _existing(self, raw: Any) -> Any:
        row = self.get_one(row_id(raw))
        return row if row is not None else abort(404)

    # form ------------------------------------------------------------------------------------------------------------------------

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Any:
        """A new row."""
        if not self.may_create:
            abort(403)
        return self._form_page(self.create_form(), None)

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> Any:
        """Change a row. A foreign id answers like a missing one."""
        row = self._existing(request.args.get("id"))
        if not self.may_edit or not self.may_change(row):
            abort(403)
        return self._form_page(self.edit_form(obj=row), row)

    def _form_page(self, form: Any, row: Any) -> Any:
        status = 200
        if request.method == "POST":
            saved = self._save(form, row) if self.validate_form(form) else None
            if saved is not None:
                return redirect(self._after_save_url(saved, row is None))
            status = 422
        elif row is not None:
            self.on_form_prefill(form, row._pk)
        options = FormOpts(widget_args=self.form_widget_args, form_rules=self._form_create_rules if row is None else self._form_edit_rules)
        template = self.create_template if row is None else self.edit_template
        return self.render(template, form=form, form_opts=options, model=row, return_url=self.back()), status

    def _after_save_url(self, row: Any, is_created: bool) -> str:
        if "_add_another" in request.form and self.may_create:
            return str(self.get_url(".create_view", url=self.back()))
        return str(self.get_save_return_url(row, is_created))

    def get_save_return_url(self, model: Any, is_created: bool = False) -> str:
        """Where a saved form leads."""
        return self.back()

    def _save(self, form: Any, row: Any) -> Any:
        """The saved row; None if it was refused, the reason being in the form or flashed. Hooks run inside the transaction."""
        is_created = row is None
        try:
            with transaction():
                row = self.new_row() if is_created else row
                before = {} if is_created else dict(row.__data__)
                form.populate_obj(row)
                self._on_model_change(form, row, is_created)
                self.write(row, is_created)
                self.after_model_change(form, row, is_created)
                changed = {k: v for k, v in row.__data__.items() if is_created or v != before.get(k)}
                self.audit("record.create" if is_created else "record.update", row, {k: before[k] for k in changed if k in before}, changed)
        except Exception as error:
            self._refused(error, form)
            return None
        flash(_("Saved."), "success")
        return row

    def write(self, row: Any, is_created: bool) -> None:
        """Bring the row to the database; override it to call a service."""
        if is_created:
            row.save(force_insert=True)
        elif row.dirty_fields:
            row.save(only=row.dirty_fields)

    def audit(self, act: str, row: Any, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Leave an entry in the same transaction; override it with nothing where `write` calls a service that leaves its own."""

        about = {"object_type": row._meta.table_name, "object_id": row._pk, "object_name": str(row)}
        record(act, **about, before=before or None, after=after or None, organization_id=getattr(row, "organization_id", None))

    def _refused(self, error: Exception, form: Any = None) -> None:
        """Say in words why nothing was changed; what nobody may know is logged only."""
        if isinstance(error, ScopeError):
            log.error("write past the scope", view=self.endpoint, exc_info=error)
            abort(404)
        if isinstance(error, RuleError) and form is not None and error.field in form:
            form[error.field].errors = [*form[error.field].errors, str(error)]
        elif isinstance(error, YouthpilotError):
            flash(str(error), "error")
        elif isinstance(error, IntegrityError):
            flash(_("Nothing was changed: such a record exists already, or another record still refers to this one."), "error")
        elif isinstance(error, ValueError):
            log.warning("value refused", view=self.endpoint, exc_info=error)
            flash(_("Nothing was changed: one of the values cannot be stored. Please check the form."), "error")
        else:
            raise error

    @expose("/details/")
    def details_view(self) -> Any:
        """All columns of a row."""
        if not self.can_view_details:
            abort(404)
        row = self._existing(request.args.get("id"))
        return self.render(
            self.details_template, model=row, details_columns=self._details_columns, get_value=self.get_detail_value, return_url=self.back()
        )

    # delete and bulk ---------------------------------------------------------------------------------------------------------------

    @expose("/delete/", methods=("GET", "POST"))
    def delete_view(self) -> Any:
        """GET asks, POST deletes this one row, never what refers to it."""
        row = self._existing(request.values.get("id"))
        if not self.may_delete or not self.may_change(row):
            abort(403)
        if request.method == "GET":
            return self.render(
                self.delete_template, model=row, details_columns=self._list_columns, get_value=self.get_detail_value, return_url=self.back()
            )
        if self.delete_model(row):
            flash(_("Deleted."), "success")
        return redirect(self.back())

    def delete_model(self, model: Any) -> bool:
        """True if the row was deleted; hooks run inside the transaction."""
        try:
            with transaction():
                self.on_model_delete(model)
                self.audit("record.delete", model, dict(model.__data__), {})
                model.delete_instance()
                self.after_model_delete(model)
        except Exception as error:
            self._refused(error)
            return False
        return True

    @expose("/action/", methods=("POST",))
    def action_view(self) -> Any:
        """A bulk action on rows of the scope: `@action` methods get a list of ids (int), all seen by this person."""
        handler = self._actions_data.get(request.form.get("action", ""))
        if handler is None or not self.is_action_allowed(request.form["action"]):
            abort(404)
        ids = list(dict.fromkeys(row_id(raw) for raw in request.form.getlist("rowid")[: BULK_LIMIT + 1]))
        if not ids or len(ids) > BULK_LIMIT:
            flash(_("Please select between 1 and %(limit)s rows.", limit=BULK_LIMIT), "error")
            return redirect(self.back())
        rows = self.get_many(ids)
        if len(rows) != len(ids):
            abort(404)
        if handler[2] and "_confirmed" not in request.form:  # a script asks before it sends; without one the server asks
            words = {"question": handler[2], "action": request.form["action"], "label": handler[1]}
            return self.render("admin/model/confirm.html", rows=rows, return_url=self.back(), **words)
        return self._run_action(handler[0], ids) or redirect(self.back())

    def _run_action(self, handler: Callable[[list[int]], Any], ids: list[int]) -> Any:
        try:
            with transaction():
                response = handler(ids)
        except Exception as error:
            self._refused(error)
            return None
        if response is None:
            flash(ngettext("Done for %(num)s row.", "Done for %(num)s rows.", len(ids)), "success")
        return response
