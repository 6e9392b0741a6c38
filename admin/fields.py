"""Form fields of list-and-form views: plain HTML controls which work without scripts, choices always from the scope."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask_admin.contrib.peewee.ajax import QueryAjaxModelLoader
from flask_admin.contrib.peewee.form import CustomModelConverter
from markupsafe import Markup
from peewee import AutoField, DataError, DateField, DateTimeField, Field, TimeField
from wtforms import DateTimeLocalField, DecimalField, fields
from wtforms.utils import unset_value
from wtforms.validators import StopValidation
from wtforms.widgets import html_params
from wtfpeewee.orm import ValueRequired

from youthpilot.core.kernel.clock import LOCAL
from youthpilot.core.kernel.db import CountyModel
from youthpilot.core.kernel.fields import DecimalTextField, MoneyField, UtcDateTimeField
from youthpilot.core.kernel.i18n import _
from youthpilot.core.kernel.i18n import lazy_gettext as _l

from .targets import BIGGEST_ID

LOOKUP_LIMIT = 50


class ScopedLoader(QueryAjaxModelLoader):  # type: ignore[misc]
    """Finds rows that a foreign key may point to. County-owned models are narrowed by the wall; others need `query`.

    options: fields (searched), query (callable giving the select), label (row → text, default str).
    """

    def __init__(self, name: str, model: Any, **options: Any) -> None:
        if "query" not in options and not issubclass(model, CountyModel):
            raise TypeError(f"{name}: {model.__name__} is not owned by a county, give the look-up a query")
        super().__init__(name, model, **options)

    def base_query(self) -> Any:
        """The rows that may be chosen."""
        query: Callable[[], Any] = self.options.get("query", self.model.select)
        return query()

    def label(self, row: Any) -> str:
        """What is shown for a row."""
        return str(self.options.get("label", str)(row))

    def format(self, model: Any) -> Any:
        """(id, text) of a row, None for None."""
        return None if model is None else (getattr(model, self.pk), self.label(model))

    def get_one(self, pk: Any) -> Any:
        """The row with this id inside the scope, else None."""
        try:
            key = int(pk)
            if not 0 < key <= BIGGEST_ID:
                return None
            return self.base_query().where(getattr(self.model, self.pk) == key).get()
        except (self.model.DoesNotExist, TypeError, ValueError, DataError):
            return None

    def get_list(self, term: str, offset: int = 0, limit: int = 10) -> list[Any]:
        """Rows whose searched fields contain `term`, best first; at most 50."""
        where = None
        for field in self._cached_fields:
            found = field.contains(term)
            where = found if where is None else where | found
        query = self.base_query().where(where).order_by(*self._cached_fields, getattr(self.model, self.pk))
        return list(query.offset(offset).limit(min(limit, LOOKUP_LIMIT)))

    def exactly(self, text: str) -> list[Any]:
        """Rows whose label or one of whose searched fields is `text`; at most 50."""
        rows = self.get_list(text, 0, LOOKUP_LIMIT)
        same = [r for r in rows if text in (self.label(r), *(str(getattr(r, f.name, "")) for f in self._cached_fields))]
        return same or [r for r in self.get_list(text.split("（")[0].strip(), 0, LOOKUP_LIMIT) if self.label(r) == text]


class LookupField(fields.Field):
    """A foreign key as a text with suggestions. Without scripts the exact name or code is enough."""

    def __init__(self, loader: ScopedLoader, label: Any = None, validators: Any = None, allow_blank: bool = False, **kwargs: Any) -> None:
        kwargs.pop("filters", None)
        super().__init__(label, validators, **kwargs)
        self.loader, self.allow_blank, self.problem = loader, allow_blank, ""

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Read the text and the id that a script may have put beside it."""
        super().process(formdata, data)
        if formdata is None or self.name not in formdata:
            return
        text = str(formdata.get(self.name, "")).strip()[:200]
        self.raw_data, self.data, self.problem = [text], None, ""
        if text:
            self.data = self._resolve(text, formdata.get(f"{self.name}-id"))

    def _resolve(self, text: str, pk: Any) -> Any:
        chosen = self.loader.get_one(pk) if pk else None
        if chosen is not None and self.loader.label(chosen) == text:
            return chosen
        found = self.loader.exactly(text)
        if len(found) == 1:
            return found[0]
        if found:
            self.problem = _("Several are called “%(text)s”. Type the code, or choose one from the list.", text=text)
            return None
        near = "、".join(self.loader.label(r) for r in self.loader.get_list(text[:2], 0, 3))
        self.problem = _("There is no “%(text)s”.", text=text) + (_("Do you mean %(names)s?", names=near) if near else "")
        return None

    def pre_validate(self, form: Any) -> None:
        """A text that is none of the rows is refused, also where the field may stay blank."""
        if self.problem:
            raise StopValidation(self.problem)

    def text(self) -> str:
        """What stands in the control."""
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.loader.label(self.data)

    def widget(self, field: Any, **kwargs: Any) -> Markup:
        """Text control, its hidden id and an empty list for suggestions."""
        kwargs.setdefault("class", "form-control")
        url = kwargs.pop("lookup_url", "")
        key = "" if self.data is None else getattr(self.data, self.loader.pk)
        control = html_params(
            id=self.id, name=self.name, type="text", value=self.text(), list=f"{self.id}-list", autocomplete="off", data_lookup=url, **kwargs
        )
        hidden = Markup('<input type="hidden" name="{}-id" value="{}">').format(self.name, key)
        return Markup("<input {}>").format(Markup(control)) + hidden + Markup('<datalist id="{}-list"></datalist>').format(self.id)


class LocalTimeField(DateTimeLocalField):
    """A moment typed in local time, kept aware."""

    def process_data(self, value: datetime | None) -> None:
        """Show local time."""
        self.data = value.astimezone(LOCAL).replace(tzinfo=None) if value is not None and value.tzinfo else value

    def populate_obj(self, obj: Any, name: str) -> None:
        """Give the row an aware moment."""
        setattr(obj, name, None if self.data is None else self.data.replace(tzinfo=LOCAL))


class ScopedSelect(fields.SelectField):
    """A foreign key as a drop-down of at most 500 rows, asked at each request."""

    def __init__(self, query: Callable[[], Any], label: Any = None, validators: Any = None, allow_blank: bool = False, **kwargs: Any) -> None:
        kwargs.pop("filters", None)
        super().__init__(label, validators, choices=lambda: [], coerce=str, **kwargs)
        self.query, self.allow_blank = query, allow_blank
        self.rows: dict[str, Any] | None = None

    def _rows(self) -> dict[str, Any]:
        if self.rows is None:
            self.rows = {str(r._pk): r for r in self.query().limit(500)}
        return self.rows

    def process_data(self, value: Any) -> None:
        """Take a row or an id."""
        self.data = None if value is None else value if hasattr(value, "_pk") else self._rows().get(str(value))

    def process_formdata(self, valuelist: list[str]) -> None:
        """The row chosen; None for blank or foreign ids."""
        if valuelist:
            self.raw, self.data = valuelist[0], self._rows().get(valuelist[0])

    def iter_choices(self) -> Any:
        """The rows of the scope, blank first."""
        from wtforms.fields import Choice

        chosen = None if self.data is None else str(self.data._pk)
        yield Choice("", str(_l("Please choose")), chosen is None, {})
        for key, row in self._rows().items():
            yield Choice(key, str(row), key == chosen, {})

    def pre_validate(self, form: Any) -> None:
        """Refuse what is not in the list."""
        if self.data is None and (getattr(self, "raw", None) or not self.allow_blank):
            raise StopValidation(_("Please choose one from the list."))


class Converter(CustomModelConverter):  # type: ignore[misc]
    """Model fields → form fields: native date controls, exact money, foreign keys only through a scope."""

    def __init__(self, view: Any, additional: Any = None) -> None:
        super().__init__(view, additional)
        self.converters = {
            MoneyField: self._decimal,
            DecimalTextField: self._exact,
            UtcDateTimeField: self._moment,
            **self.converters,
            AutoField: self.handle_pk,
            DateField: lambda model, field, **kw: (field.name, fields.DateField(**kw)),
            DateTimeField: lambda model, field, **kw: (field.name, fields.DateTimeLocalField(**kw)),
            TimeField: lambda model, field, **kw: (field.name, fields.TimeField(**kw)),
        }

    def convert(self, model: Any, field: Field, field_args: Any) -> Any:
        """One form field with its Chinese label."""
        args = {"label": self.view.get_column_name(field.name), **(field_args or {})}
        if field.choices and "choices" not in args:
            args.setdefault("blank_text", _l("Please choose"))
        info = super().convert(model, field, args)
        for each in info[1].kwargs.get("validators") or () if info[1] is not None else ():
            if isinstance(each, ValueRequired):
                each.message = _l("Please fill this in.")
        return info

    def handle_foreign_key(self, model: Any, field: Any, **kwargs: Any) -> Any:
        """Only with a look-up or a query of the view: a drop-down over a whole table shows other counties' rows."""
        kwargs["allow_blank"] = field.null
        loader = (self.view._form_ajax_refs or {}).get(field.name)
        if loader is not None:
            return field.name, LookupField(loader, **kwargs)
        query = self.view.form_queries.get(field.name)
        if query is None:
            raise TypeError(f"{type(self.view).__name__}: {field.name} needs form_ajax_refs or form_queries")
        return field.name, ScopedSelect(query, **kwargs)

    def _decimal(self, model: Any, field: Field, **kwargs: Any) -> Any:
        return field.name, DecimalField(places=2, **kwargs)

    def _exact(self, model: Any, field: Field, **kwargs: Any) -> Any:
        return field.name, DecimalField(places=None, **kwargs)

    def _moment(self, model: Any, field: Field, **kwargs: Any) -> Any:
        return field.name, LocalTimeField(**kwargs)
