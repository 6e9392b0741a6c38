"""What the audit log says, in words: before and after, the thing touched. No key and no address of ours reaches a screen."""

from typing import Any

from flask import current_app, g
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from youthpilot.core.accounts.rules import ROLES
from youthpilot.core.audit.queries import Line
from youthpilot.core.audit.rules import MASK
from youthpilot.core.hookspecs import Specs
from youthpilot.core.kernel.address import COUNTY_PREFIX
from youthpilot.core.kernel.i18n import _
from youthpilot.core.kernel.i18n import lazy_gettext as _l
from youthpilot.core.organizations.models import KINDS, TYPES
from youthpilot.core.web.current import current_county, current_registry, registry, state

KEYS = {
    "state": _l("State"), "role": _l("Role"), "value": _l("Value"), "username": _l("User name"), "name": _l("Called"), "title": _l("Title"), "short_name": _l("Short name"),
    "reason": _l("Reason"), "code": _l("Number"), "kind": _l("Kind"), "org_type": _l("Type"), "parent": _l("Above it"), "closed_on": _l("Last day"),
    "established_on": _l("Founded on"), "last_elected_on": _l("Last elected on"), "member_count": _l("Members"), "member_count_on": _l("Members as of"),
    "youth_count": _l("Youth"), "posts_due": _l("Posts due"), "phone": _l("Telephone"), "note": _l("Note"), "start_on": _l("First day"), "end_on": _l("Last day"), "due_on": _l("Due on"),
    "revision": _l("Revision"), "rows": _l("Rows"), "added": _l("Added"), "changed": _l("Changed"), "unchanged": _l("Unchanged"), "deleted": _l("Deleted"), "restored": _l("Put back"),
    "file": _l("File"), "file_name": _l("File"), "position": _l("Post"), "birth_date": _l("Born on"), "gender": _l("Gender"), "numerator": _l("Numerator"),
    "denominator": _l("Denominator"), "source_file": _l("Source"), "proof": _l("Proof"), "origin": _l("Where from"), "unit": _l("Unit"), "year": _l("Year"), "number": _l("Number"), "digest": _l("Check sum"), "count": _l("How many"),
    "obligations": _l("Due reports"), "warnings": _l("Warnings"), "text": _l("Text"), "version": _l("Version"), "term_extended_to": _l("Term extended to"), "region_code": _l("Region"),
}  # fmt: skip
VALUES = {
    "enabled": _l("turned on"), "disabled": _l("turned off"), "suspended": _l("stopped"), "open": _l("open"), "locked": _l("locked"), "published": _l("published"), "draft": _l("draft"),
    "submitted": _l("submitted"), "returned": _l("returned"), "accepted": _l("accepted"), "override": _l("overridden"), "entered": _l("entered"), "total": _l("entered as a total"),
    "below": _l("below county level, with a reason"), "all": _l("everywhere, with a reason"), "none": _l("none"), "done": _l("done"), "undone": _l("undone"),
}  # fmt: skip
FREE_TEXT = frozenset(
    {
        "username",
        "name",
        "title",
        "short_name",
        "reason",
        "note",
        "text",
        "proof",
        "source_file",
        "file",
        "file_name",
        "code",
        "phone",
        "region_code",
        "digest",
        "unit",
        "position",
    }
)


def changes(before: Any, after: Any) -> list[tuple[str, str, str]]:
    """(what, before, after) in words for every value that differs; what has no name of its own is summed up in one line."""
    if not isinstance(before, dict | None) or not isinstance(after, dict | None):
        return [(_("Content"), _value("", before), _value("", after))]
    old, new = before or {}, after or {}
    differing = [k for k in [*old, *(k for k in new if k not in old)] if old.get(k) != new.get(k) and (old.get(k) or new.get(k)) not in (None, "")]
    lines = [(str(KEYS[k]), _value(k, old.get(k)), _value(k, new.get(k))) for k in differing if k in KEYS]
    others = sum(k not in KEYS for k in differing)
    return lines + ([(_("Other details"), "", _("%(num)s items", num=others))] if others else [])


def _value(key: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, int | float):
        return f"{value:,}" if key not in ("year", "revision", "number") else str(value)
    if isinstance(value, dict | list):
        return _("%(num)s entries", num=len(value))
    text = _read(str(value)) if key == "text" else str(value)
    known = VALUES.get(text) or ROLES.get(text) or KINDS.get(text) or TYPES.get(text)
    if known and key not in FREE_TEXT:
        return str(known)
    item = registry().loaded.get(text)
    if item is not None:
        return item.plugin.title
    if text == MASK or key in FREE_TEXT or not _is_code(text):
        return text
    return _("(not shown)")


def _is_code(text: str) -> bool:
    """True for words of programs: small Latin letters, maybe with dots and underscores."""
    return text.replace("_", "").replace(".", "").isascii() and text.replace("_", "").replace(".", "").isalpha() and text.islower()


def thing(line: Line) -> str:
    """What was touched, by name: a module's title for its key, a page's name for its address."""
    if line.name.startswith("/"):
        return _page(line.name)
    if line.figure:
        return " · ".join(part for part in (_figures().get(line.figure, ""), line.name) if part)
    item = registry().loaded.get(line.name)
    return item.plugin.title if item is not None else "" if _is_code(line.name) and line.what != "" and line.what != _("Account") else line.name


def _figures() -> dict[str, str]:
    """Key → title of the county's figures; none on the platform's side."""
    if "figure_titles" not in g:  # an export asks for each of them thousands of times
        told = current_registry().each(Specs.county_audit_titles) if current_county() is not None else []
        g.figure_titles = {key: title for _plugin, titles in told for key, title in (titles or {}).items()}
    titles: dict[str, str] = g.figure_titles
    return titles


def _read(text: str) -> str:
    """A text of the report as people read it."""
    told = current_registry().each(Specs.county_audit_text, text=text, titles=_figures()) if current_county() is not None else []
    return next((said for _plugin, said in told if said is not None), text)


def _page(address: str) -> str:
    """The name of the screen at an address of ours, '' if it is none."""
    kept: dict[str, str] = g.setdefault("pages_by_address", {})  # an export asks for the same ones thousands of times
    if address not in kept:
        kept[address] = _page_at(COUNTY_PREFIX.sub("", address.split("?")[0]) or "/")
    return kept[address]


def _page_at(path: str) -> str:
    adapter = current_app.url_map.bind("localhost")
    for method in ("POST", "GET"):
        try:
            endpoint, _values = adapter.match(path, method=method)
        except (HTTPException, RequestRedirect):
            continue
        view = next((v for v in state()["admin"]._views if v.endpoint == endpoint.split(".")[0]), None)
        return str(view.name) if view is not None else str(PAGES.get(endpoint, ""))
    return ""


PAGES = {
    "login": _l("Sign in"),
    "logout": _l("Sign out"),
    "password": _l("Change the password"),
    "welcome": _l("One-time link"),
    "demo": _l("Demonstration"),
}
