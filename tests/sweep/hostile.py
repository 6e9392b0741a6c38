"""Two modules of an author who did not read the rules. SAFE: careless, but inside the wall, so nothing may leak. LEAKY: climbs over
the wall on purpose; the sweep must report every one of its pages, or the sweep is blind."""

from io import BytesIO
from types import SimpleNamespace
from typing import Any

from flask import make_response, redirect, request
from markupsafe import Markup
from peewee import JOIN, CharField, TextField

from youthpilot.admin import ModuleModelView, ModuleView, expose
from youthpilot.core import Organization, OrganizationRow, Permission, Plugin, hookimpl
from youthpilot.core.kernel.db import database, raw_allowed
from youthpilot.core.kernel.schema import create_statements
from youthpilot.core.kernel.scope import unscoped

ROLES = ("county_admin", "reporter", "reviewer", "viewer")


class HostileNote(OrganizationRow):
    """Notes of the careless module."""

    title = CharField(max_length=40, verbose_name="标题")
    text = TextField(default="", verbose_name="内容")

    class Meta:
        table_name = "hostile_note"

    def __str__(self) -> str:
        return self.title


class LeakyNote(OrganizationRow):
    """Notes of the one that leaks."""

    title = CharField(max_length=40, verbose_name="标题")

    class Meta:
        table_name = "leaky_note"


def page(*texts: Any) -> str:
    """A page as somebody in a hurry writes it, escaped at least."""
    return Markup("<!DOCTYPE html><html lang='zh-CN'><head><title>页</title></head><body>{}</body></html>").format(Markup("、").join(texts))


# careless, inside the wall ----------------------------------------------------------------------------------------------


class Notes(ModuleModelView):
    """No get_query, no get_one, everything allowed."""

    model = HostileNote
    name, slug, icon = "便条", "notes", "file"
    permission_read, permission_write = "hostile.see", "hostile.edit"
    can_create = can_edit = can_delete = True
    column_list = ("title", "text", "organization")
    column_labels = {"organization": "所属团组织"}
    column_searchable_list = ("title", "text", Organization.name)
    column_filters = ("title", "organization")
    form_ajax_refs = {"organization": {"fields": ("name", "code")}}


class Careless(ModuleView):
    """Queries that a plain predicate on Model.select would let through."""

    name, slug, icon = "随手查", "careless", "file"
    permission_read, permission_write = "hostile.see", "hostile.edit"

    @expose("/")
    def index(self) -> Any:
        """Everything."""
        return page(*(n.title for n in HostileNote.select()))

    @expose("/alias")
    def alias(self) -> Any:
        """Through an alias."""
        other = HostileNote.alias()
        return page(*(n.title for n in other.select(other.title)))

    @expose("/join")
    def join(self) -> Any:
        """Both sides of a join, and a left one."""
        far, notes = Organization.alias(), HostileNote.alias()
        rows = (
            Organization.select(Organization.name, far.name, notes.text)
            .join(far, JOIN.LEFT_OUTER, on=(far.id != Organization.id))
            .join(notes, JOIN.LEFT_OUTER, on=(notes.id > 0))
        )
        return page(*(f"{a}{b}{c}" for a, b, c in rows.tuples()))

    @expose("/one")
    def one(self) -> Any:
        """By id alone."""
        found = HostileNote.get_or_none(HostileNote.id == request.args.get("id", 0, type=int))
        return page(found.title if found else "没有")

    @expose("/raw")
    def raw(self) -> Any:
        """SQL by hand: refused by the wall."""
        return page(*(n.title for n in HostileNote.raw("SELECT * FROM hostile_note")))

    @expose("/change", methods=("POST",))
    def change(self) -> Any:
        """By id alone, as posted."""
        HostileNote.update(title="改").where(HostileNote.id == request.form.get("id", 0, type=int)).execute()
        return redirect(self.get_url(".index"))

    @expose("/clear", methods=("POST",))
    def clear(self) -> Any:
        """Everything."""
        HostileNote.delete().execute()
        return redirect(self.get_url(".index"))


# over the wall ----------------------------------------------------------------------------------------------------------


class Leaks(ModuleView):
    """Each page leaks in another way; `LEAKS` says what the sweep must call it."""

    name, slug, icon = "漏", "leaks", "file"
    permission_read, permission_write = "leaky.see", "leaky.edit"

    @expose("/")
    def index(self) -> Any:
        """A naive view."""
        with unscoped("leak"):
            return page(*(n.title.replace("<", "") for n in LeakyNote.select()))

    @expose("/alias")
    def alias(self) -> Any:
        """An alias."""
        other = LeakyNote.alias()
        with unscoped("leak"):
            return page(*(n.title.replace("<", "") for n in other.select(other.title)))

    @expose("/join")
    def join(self) -> Any:
        """A join: own rows on the left, everybody's on the right."""
        mine = [o.id for o in Organization.select()]
        with unscoped("leak"):
            rows = Organization.select(LeakyNote.title).join(LeakyNote, on=(LeakyNote.id > 0)).where(Organization.id.in_(mine))
            return page(*(t for (t,) in rows.tuples()))

    @expose("/raw")
    def raw(self) -> Any:
        """SQL by hand past the wall."""
        with raw_allowed():
            return page(*(row[0] for row in database.execute_sql("SELECT title FROM leaky_note")))

    @expose("/one")
    def one(self) -> Any:
        """By id alone."""
        with unscoped("leak"):
            found = LeakyNote.get_or_none(LeakyNote.id == request.args.get("id", 0, type=int))
        return page(found.title if found else "没有")

    @expose("/oracle")
    def oracle(self) -> Any:
        """Says no to what is foreign, and nothing there to what is missing."""
        with unscoped("leak"):
            there = LeakyNote.get_or_none(LeakyNote.id == request.args.get("id", 0, type=int))
        mine = LeakyNote.get_or_none(LeakyNote.id == request.args.get("id", 0, type=int))
        return page("有") if mine else (page("不许看"), 403) if there else (page("没有"), 404)

    @expose("/header")
    def header(self) -> Any:
        """In a header only."""
        with unscoped("leak"):
            response = make_response(page("好"))
            response.headers["X-Note"] = ",".join(n.title[:9] for n in LeakyNote.select())
        return response

    @expose("/workbook")
    def workbook(self) -> Any:
        """Inside a workbook."""
        from youthpilot.core.kernel.tables import write_table

        with unscoped("leak"):
            rows = [[n.title] for n in LeakyNote.select()]
        response = make_response(BytesIO(write_table(["标题"], rows, "xlsx")).getvalue())
        response.mimetype = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return response

    @expose("/markup")
    def markup(self) -> Any:
        """Own rows, not escaped."""
        return page(Markup("".join(n.title for n in LeakyNote.select())))  # noqa: S704

    @expose("/inline")
    def inline(self) -> Any:
        """What the policy forbids."""
        return page(Markup('<b style="color:red" onclick="x()">好</b><a href="javascript:x()">好</a>'))

    @expose("/number")
    def number(self) -> Any:
        """A number taken as it comes."""
        return page(int(request.args.get("id", "1")) // 1 and "好")

    @expose("/change", methods=("POST",))
    def change(self) -> Any:
        """A foreign write."""
        with unscoped("leak"):
            LeakyNote.update(title="改").where(LeakyNote.id == request.form.get("id", 0, type=int)).execute()
        return redirect(self.get_url(".index"))


LEAKS = {"index": "leak", "alias": "leak", "join": "leak", "raw": "leak", "one": "leak", "oracle": "oracle", "header": "leak", "workbook": "leak",
         "markup": "markup", "inline": "inline", "number": "broken"}  # fmt: skip


def _module(plugin: Plugin, model: Any, *views: Any) -> Any:
    @hookimpl
    def register_models() -> list[Any]:
        return [model]

    @hookimpl
    def register_migrations() -> dict[str, list[str]]:
        return {"0001_initial": create_statements(model)}

    @hookimpl
    def register_permissions() -> list[Permission]:
        return [Permission(f"{plugin.name}.see", "看", ROLES), Permission(f"{plugin.name}.edit", "改", ROLES)]

    @hookimpl
    def register_admin_views() -> list[Any]:
        return list(views)

    hooks = {f.__name__: f for f in (register_models, register_migrations, register_permissions, register_admin_views)}
    return SimpleNamespace(__name__=plugin.name, PLUGIN=plugin, __file__="", **hooks)


SAFE = _module(Plugin("hostile", "粗心", requires="2"), HostileNote, Notes, Careless)
LEAKY = _module(Plugin("leaky", "漏风", requires="2"), LeakyNote, Leaks)
