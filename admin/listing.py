"""Reading side of list-and-form views: one scoped query for list, count, export and choice, related rows fetched per column, not per row."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from flask import abort, request
from flask_admin.model.base import ViewArgs
from peewee import JOIN, Field, ForeignKeyField

from youthpilot.core.kernel.i18n import _

from .filters import Condition, conditions, on_model
from .targets import BIGGEST_PAGE, bounded

SEARCH_WORDS, SEARCH_LENGTH = 5, 100


@dataclass(frozen=True)
class Chip:
    """A condition in force, for the screen: its words and the address of the list without it."""

    text: str
    remove_url: str


class ListingMixin:
    """What `ModelAdminView` reads. Everything goes through `get_query`, which the wall narrows to the scope."""

    model: Any
    list_select_related: tuple[str, ...] | None = None  # None: every foreign key among the columns

    # queries -------------------------------------------------------------------------------------------------------------

    def get_query(self) -> Any:
        """The rows of this view; narrow it further in a subclass: list, count, export, details, edit, delete and actions follow."""
        return self.model.select()

    def get_one(self, id: Any) -> Any:
        """The row with this id in `get_query`, else None."""
        key = self.model._meta.primary_key
        row = self.get_query().where(key == id).get_or_none()
        if row is not None:
            self.fetch_related([row])
        return row

    def get_many(self, ids: list[int]) -> list[Any]:
        """The rows with these ids in `get_query`, in the order of the ids; missing ones are left out."""
        rows = {r._pk: r for r in self.get_query().where(self.model._meta.primary_key.in_(ids))}
        self.fetch_related(list(rows.values()))
        return [rows[i] for i in ids if i in rows]

    def narrowed(self, search: str | None, filters: Any) -> Any:
        """`get_query` with the words searched and the conditions in force."""
        query = self.get_query()
        for word in (search or "").split()[:SEARCH_WORDS]:
            where = None
            for field in self._search_fields:  # type: ignore[attr-defined]
                found = on_model(self.model, field, field.contains(word))
                where = found if where is None else where | found
            query = query.where(where)
        for index, _name, value in filters or ():
            query = query.where(self._filters[index].where(self.model, value))  # type: ignore[attr-defined]
        return query

    def get_list(self, page: Any, sort_column: Any, sort_desc: Any, search: Any, filters: Any, execute: bool = True, page_size: Any = None) -> Any:
        """(count, rows) of one page; the count needs no join. page_size None: all rows."""
        query = self.narrowed(search, filters)
        count = query.count()
        query = self._sorted(query, sort_column, sort_desc)
        if page_size:
            query = query.limit(page_size).offset((page or 0) * page_size)
        rows = list(query)
        self.fetch_related(rows)
        return count, rows

    def _sorted(self, query: Any, column: str | None, descending: Any) -> Any:
        wanted = self._sortable_columns.get(column) if column else None  # type: ignore[attr-defined]
        order = [(wanted, bool(descending))] if wanted is not None else self._get_default_order() or []  # type: ignore[attr-defined]
        clauses = []
        for field, down in order:
            if isinstance(field, str):
                field = getattr(self.model, field)
            if field.model is not self.model:
                link = next(f for f in self.model._meta.refs if f.rel_model is field.model)
                query = query.join_from(self.model, field.model, JOIN.LEFT_OUTER, on=link)
            clauses.append(field.desc(nulls="LAST") if down else field.asc(nulls="LAST"))
        return query.order_by(*clauses, self.model._meta.primary_key.desc())  # the key makes paging stable

    def fetch_related(self, rows: list[Any]) -> None:
        """Give the rows the rows they point to: one query per foreign key; what lies outside the scope is None."""
        for name in self._related:  # type: ignore[attr-defined]
            field: ForeignKeyField = getattr(self.model, name)
            keys = {getattr(r, field.object_id_name) for r in rows} - {None}
            target = field.rel_field
            found = {getattr(o, target.name): o for o in field.rel_model.select().where(target.in_(keys))} if keys else {}
            for row in rows:
                row.__rel__[name] = found.get(getattr(row, field.object_id_name))

    def related_names(self) -> tuple[str, ...]:
        """The foreign keys to fetch with each list."""
        if self.list_select_related is not None:
            return tuple(self.list_select_related)
        shown = [*self._list_columns, *getattr(self, "_details_columns", ()), *self._export_columns]  # type: ignore[attr-defined]
        names = dict.fromkeys(str(c).split(".")[0] for c, _title in shown)
        fields = self.model._meta.fields
        return tuple(n for n in names if isinstance(fields.get(n), ForeignKeyField))

    # conditions ----------------------------------------------------------------------------------------------------------

    def scaffold_filters(self, name: Any) -> list[Condition]:
        """The conditions of one column of `column_filters`."""
        column: Field = getattr(self.model, name) if isinstance(name, str) else name
        title = self.get_column_name(name if isinstance(name, str) else column.name)  # type: ignore[attr-defined]
        return [kind(column, title) for kind in conditions(column)]

    def is_valid_filter(self, filter: Any) -> Any:
        """Only our conditions know the scope."""
        return isinstance(filter, Condition)

    def filter_rows(self, column: ForeignKeyField) -> list[tuple[Any, str]]:
        """(id, text) of the rows a foreign key may be filtered by: those of the scope, at most 500."""
        return [(row._pk, str(row)) for row in column.rel_model.select().limit(500)]

    def _refresh_filters_cache(self) -> None:
        self._filters = self.get_filters() or []  # type: ignore[attr-defined]
        self._filter_args = {str(i): (i, f) for i, f in enumerate(self._filters)}
        self._filter_groups: Any = OrderedDict()

    def _get_filter_groups(self) -> Any:
        """Title → conditions with the choices of this moment (upstream asks once, at start, for ever and unscoped)."""
        groups: OrderedDict[str, list[dict[str, Any]]] = OrderedDict()
        for index, each in enumerate(self._filters):
            item = {"index": index, "word": str(each.operation()), "choices": each.choices(self), "control": each.control}
            groups.setdefault(str(each.name), []).append(item)
        return groups

    def chips(self, args: ViewArgs) -> list[Chip]:
        """The conditions in force in words."""
        out = []
        for index, condition in enumerate(args.filters or ()):
            each = self._filters[condition[0]]
            rest = [f for i, f in enumerate(args.filters) if i != index]
            value = each.shown(self, condition[2])
            word = "" if each.plain else each.operation()
            text = _("%(name)s: %(word)s%(value)s", name=each.name, word=f"{word} " if word else "", value=value)
            out.append(Chip(text, self._get_list_url(args.clone(filters=rest, page=0))))  # type: ignore[attr-defined]
        return out

    # the address ---------------------------------------------------------------------------------------------------------

    def _get_list_extra_args(self) -> ViewArgs:
        """What the address asks for; anything out of bounds answers 400."""
        args = request.args
        search = args.get("search", "").strip()
        if len(search) > SEARCH_LENGTH:
            abort(400)
        known = ("page", "page_size", "sort", "desc", "search", "add", "value")
        return ViewArgs(
            page=bounded(args.get("page"), 0, BIGGEST_PAGE, 0),
            page_size=bounded(args.get("page_size"), 0, 1000, 0),
            sort=bounded(args["sort"], 0, 200) if args.get("sort") else None,
            sort_desc=bounded(args.get("desc"), 0, 1, 0),
            search=search or None,
            filters=self._get_list_filter_args() or [],  # type: ignore[attr-defined]
            extra_args={k: v for k, v in args.items() if k not in known and not k.startswith("flt") and k in self.list_arguments},
        )

    list_arguments: tuple[str, ...] = ()  # names of further arguments that the view itself reads

    def get_safe_page_size(self, page_size: int | None) -> int:
        """One of the sizes offered, else the usual one."""
        return page_size if page_size in self.page_size_options else self.page_size  # type: ignore[attr-defined, return-value]
