"""List, form and details of one table, hardened: stack.md §1 (traps 1–18) and security.md §4 name what is closed here."""

from collections.abc import Callable
from math import ceil
from typing import Any, ClassVar

from flask import abort, flash, jsonify, redirect, request
from flask_admin.contrib.fileadmin import BaseFileAdmin
from flask_admin.contrib.peewee import ModelView
from peewee import CharField, DecimalField, FloatField, ForeignKeyField, IntegerField, TextField

from youthpilot.core.audit.services import record
from youthpilot.core.kernel.db import CountyModel
from youthpilot.core.kernel.fields import DecimalTextField, MoneyField
from youthpilot.core.kernel.i18n import _
from youthpilot.core.kernel.scope import current_scope

from . import cells
from .baseview import ModuleMixin, Screen, expose
from .changing import ChangingMixin
from .exporting import list_file
from .fields import LOOKUP_LIMIT, Converter, ScopedLoader
from .listing import ListingMixin
from .targets import bounded

MACHINE_FIELDS = ("id", "county", "batch_id")  # never typed by a person


class ModelAdminView(ListingMixin, ChangingMixin, Screen, ModelView):
    """One table. A concrete view says model, name, permission_read, permission_write and its columns.

    Hooks of Flask-Admin work as documented (on_model_change, after_model_change, on_model_delete …) and all run inside the
    transaction; raise RuleError(message, field) to refuse. Not offered: inline_models, column_editable_list, the built-in export, modals.
    """

    model: Any = None
    model_form_converter = Converter
    form_queries: ClassVar[dict[str, Callable[[], Any]]] = {}  # foreign key → callable giving the select of its choices
    can_create = can_edit = can_delete = False
    can_view_details = True
    can_set_page_size = True
    can_export_list = True
    page_size = 20
    page_size_options = (20, 50, 100)
    export_max_rows = 50_000
    column_default_sort: Any = ("id", True)
    column_display_actions = False
    column_wide: tuple[str, ...] = ()  # on a phone over the whole width of the card
    column_corner = ""  # on a phone in the card's upper right corner
    column_badges: ClassVar[dict[str, dict[Any, tuple[str, str]]]] = {}  # column → its code → (ok warn bad info or '', icon)
    column_plain: tuple[str, ...] = ("year",)  # whole numbers without separators
    empty_title: Any = ""
    empty_text: Any = ""
    list_template, details_template = "admin/model/list.html", "admin/model/details.html"
    create_template, edit_template = "admin/model/create.html", "admin/model/edit.html"
    delete_template = "admin/model/delete.html"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        refused = {
            "inline_models": cls.inline_models,
            "column_editable_list": cls.column_editable_list,
            "can_export": cls.can_export,
            "modals": cls.create_modal or cls.edit_modal or cls.details_modal,
            "FileAdmin": issubclass(cls, BaseFileAdmin),
        }
        for what, wanted in refused.items():
            if wanted:
                raise TypeError(f"{cls.__name__}: {what} is closed in this house, see security.md DEC10")

    def __init__(self, plugin: str = "") -> None:
        if self.model is None:
            raise TypeError(f"{type(self).__name__}: say model")
        if self.model._meta.composite_key:
            raise TypeError(f"{type(self).__name__}: a table with a composite key cannot be edited by id")
        self.column_type_formatters = self.column_type_formatters_detail = cells.FORMATTERS
        own = {n: f.choices for n, f in self.model._meta.fields.items() if f.choices}
        self.column_choices = {**own, **(self.column_choices or {})}
        excluded = [f for f in MACHINE_FIELDS if f in self.model._meta.fields]
        self.form_excluded_columns = (*excluded, *(self.form_excluded_columns or ()))
        super().__init__(plugin=plugin, model=self.model)
        self._related = self.related_names()

    # words ---------------------------------------------------------------------------------------------------------------

    def get_column_name(self, field: Any) -> Any:
        """The column's Chinese title: column_labels, else the field's verbose_name. Without one the view does not start."""
        key = getattr(field, "name", field)
        title = (self.column_labels or {}).get(key)
        own = self.model._meta.fields.get(key)
        title = title or (own.verbose_name if own is not None else None)
        if not title:
            raise TypeError(f"{type(self).__name__}: column {key!r} needs a title in column_labels or a verbose_name")
        return title

    def scaffold_list_columns(self) -> list[str]:
        """All columns that a person fills in."""
        return [n for n in self.model._meta.sorted_field_names if n not in MACHINE_FIELDS]

    def scaffold_sortable_columns(self) -> dict[str, Any]:
        """Columns of the list that the database can sort."""
        fields = self.model._meta.fields
        names = [n for n in (self.column_list or self.scaffold_list_columns()) if n in fields]
        return {n: fields[n] for n in names if not isinstance(fields[n], ForeignKeyField | TextField | DecimalTextField)}

    def search_placeholder(self) -> str:
        """What the search looks through."""
        names = dict.fromkeys(str(self.get_column_name(self._column_of(f))) for f in self._search_fields)
        return _("Search %(names)s", names="、".join(names))

    def _column_of(self, field: Any) -> str:
        """The column of this view under which a field of its own or of a table it refers to is known."""
        if field.model is self.model:
            return str(field.name)
        return str(next(f.name for f in self.model._meta.refs if f.rel_model is field.model))

    def init_search(self) -> bool:
        """Text columns only; a protected field would be an oracle."""
        for item in self.column_searchable_list or ():
            field = getattr(self.model, item) if isinstance(item, str) else item
            if not isinstance(field, CharField | TextField):
                raise TypeError(f"{type(self).__name__}: {field.name} cannot be searched")
            self._search_fields.append(field)
        return bool(self._search_fields)

    def get_empty_list_message(self) -> str:
        """Shown when the table itself is empty."""
        return str(self.empty_title) or _("Nothing has been recorded yet")

    def cell_class(self, name: str) -> str:
        """CSS classes of a column: figures to the right, places on a phone's card."""
        field = self.model._meta.fields.get(name)
        numeric = isinstance(field, IntegerField | DecimalField | FloatField | DecimalTextField | MoneyField) and not field.choices
        places = [
            ("n", numeric and not isinstance(field, ForeignKeyField)),
            ("yp-c-wide", name in self.column_wide),
            ("yp-c-corner", name == self.column_corner),
        ]
        return " ".join(css for css, yes in places if yes)

    def _get_field_value(self, model: Any, name: Any) -> Any:
        for part in str(name).split("."):
            model = getattr(model, part) if model is not None else None
        return str(model) if name in self.column_plain and model is not None else model

    def _get_list_value(self, context: Any, model: Any, name: Any, formatters: Any, type_formatters: Any) -> Any:
        value = super()._get_list_value(context, model, name, formatters, type_formatters)
        marks = self.column_badges.get(name)
        return cells.badge(value, *marks.get(self._get_field_value(model, name), ("", ""))) if marks and name not in formatters else value

    # what a subclass may add to the list -----------------------------------------------------------------------------------

    def list_meta(self) -> list[str]:
        """Short facts under the title."""
        return []

    def list_tabs(self) -> list[dict[str, Any]]:
        """Ready views above the list: dicts of label, url, count (or None), current."""
        return []

    def head_buttons(self) -> list[dict[str, str]]:
        """Further buttons of the page head: dicts of label, url, icon."""
        return []

    def new_row(self) -> Any:
        """An empty row that already knows what a person does not type."""
        row = self.model()
        if issubclass(self.model, CountyModel):
            row.county_id = current_scope().county_id
        return row

    # look-ups ----------------------------------------------------------------------------------------------------------------

    def _create_ajax_loader(self, name: str, options: dict[str, Any]) -> ScopedLoader:
        return ScopedLoader(name, getattr(self.model, name).rel_model, **options)

    @expose("/ajax/lookup/")
    def ajax_lookup(self) -> Any:
        """[{id, text}] for a form's foreign key; for those who may write."""
        loader = (self._form_ajax_refs or {}).get(request.args.get("name", ""))
        if loader is None:
            abort(404)
        if not self.may_write():
            abort(403)
        term = request.args.get("query", "").strip()
        if not term or len(term) > 100:
            abort(400)
        offset, limit = bounded(request.args.get("offset"), 0, 10_000, 0), bounded(request.args.get("limit"), 1, LOOKUP_LIMIT, 10)
        return jsonify([dict(zip(("id", "text"), loader.format(row), strict=True)) for row in loader.get_list(term, offset, limit)])

    def ajax_update(self) -> Any:
        """Closed: no exposed route."""
        abort(404)

    # list ----------------------------------------------------------------------------------------------------------------------

    @expose("/")
    def index_view(self) -> Any:
        """The list. `?add=<condition>&value=…` comes from the condition form without scripts and is turned into a proper address."""
        args = self._get_list_extra_args()
        if request.args.get("add"):
            index, value = bounded(request.args["add"], 0, 500), request.args.get("value", "").strip()
            if index >= len(self._filters):
                abort(400)
            if self._filters[index].validate(value):
                args.filters = [*args.filters, (index, str(self._filters[index].name), value)]
            else:
                flash(_("“%(value)s” cannot be used as a condition for %(name)s.", value=value[:40], name=self._filters[index].name), "error")
            return redirect(self._get_list_url(args.clone(page=0)))
        size = self.get_safe_page_size(args.page_size)
        count, data = self.get_list(args.page, self._sort_name(args), args.sort_desc, args.search, args.filters, page_size=size)
        actions, confirmations = self.get_actions_list()
        return self.render(self.list_template, **self._list_values(args, size, count, data), actions=actions, confirmations=confirmations)

    def _sort_name(self, args: Any) -> str | None:
        column = self._get_column_by_idx(args.sort)
        return column[0] if column and column[0] in self._sortable_columns else None

    def _list_values(self, args: Any, size: int, count: int, data: list[Any]) -> dict[str, Any]:
        def url(**changes: Any) -> str:
            return str(self._get_list_url(args.clone(**changes)))

        def sort_url(index: int) -> str:
            return url(page=0, sort=index, sort_desc=1 if args.sort == index and not args.sort_desc else 0)

        here = {"search": args.search, "sort": args.sort, "desc": args.sort_desc or None, **self._get_filters(args.filters), **args.extra_args}
        return {
            "export_url": lambda kind: self.get_url(".export", kind=kind, **here),
            "data": data,
            "count": count,
            "page": args.page,
            "page_size": size,
            "num_pages": ceil(count / size),
            "page_url": lambda page: url(page=page),
            "size_url": lambda wanted: url(page=0, page_size=wanted),
            "sort_url": sort_url,
            "sort_column": args.sort,
            "sort_desc": args.sort_desc,
            "search": args.search,
            "search_supported": self._search_supported,
            "chips": self.chips(args),
            "filter_groups": self._get_filter_groups(),
            "filter_args": self._get_filters(args.filters),
            "clear_url": url(page=0, search=None, filters=[]),
            "no_search_url": url(page=0, search=None),
            "total": count if not (args.search or args.filters) or count else self.get_query().count(),
            "list_columns": self._list_columns,
            "get_value": self.get_list_value,
            "get_pk_value": self.get_pk_value,
            "return_url": url(),
            "extra_args": args.extra_args,
        }

    @expose("/export/<kind>/", methods=("POST",))
    def export(self, kind: str) -> Any:
        """The list as .xlsx or .csv: same conditions, same order, all pages."""
        if not self.can_export_list:
            abort(404)
        args = self._get_list_extra_args()
        count = self.narrowed(args.search, args.filters).count()
        if count > self.export_max_rows:
            flash(
                _(
                    "%(count)s rows are too many for one file (limit %(limit)s). Add a condition.",
                    count=f"{count:,}",
                    limit=f"{self.export_max_rows:,}",
                ),
                "error",
            )
            return redirect(self._get_list_url(args))
        _count, rows = self.get_list(0, self._sort_name(args), args.sort_desc, args.search, args.filters)
        notes = [str(self.name), *(chip.text for chip in self.chips(args)), *([_("Search: %(text)s", text=args.search)] if args.search else [])]
        response = list_file(self, kind, rows, notes)
        self.after_export(kind, len(rows), notes)
        return response

    def permission_of(self, method_name: str, http_method: str) -> str:
        """Taking a list away as a file is reading."""
        return self.permission_read if method_name == "export" else super().permission_of(method_name, http_method)

    def after_export(self, kind: str, count: int, notes: list[str]) -> None:
        """Leave an entry: who took how many rows away, under which conditions."""

        record(
            "record.export",
            object_type=self.model._meta.table_name,
            object_name=str(self.name),
            after={"rows": count, "kind": kind, "conditions": notes[1:]},
        )


class ModuleModelView(ModuleMixin, ModelAdminView):
    """Base of a module's own lists: `register_admin_views()` returns classes, the host makes the instances."""
