"""Verbs of organizations: one transaction each, in which links (the truth), `parent` and the closure (its image) change together.

What changes its place or ends takes the county's registry: its modules hear of it inside the transaction (`county_organization_changed`), and
what they raise undoes the act. A merge takes along what models name in `merged_fields`, of every installed module, enabled or not.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from ..audit.services import record
from ..hookspecs import Specs
from ..kernel.actor import actor_name
from ..kernel.clock import business_now as now
from ..kernel.clock import today
from ..kernel.db import COUNTY_TABLES, transaction
from ..kernel.errors import ConflictError, NotFound, RuleError
from ..kernel.i18n import _
from ..registry import CountyRegistry
from . import closure, rules
from .checks import EDITABLE, check_free_code, check_place, check_values
from .models import Organization, OrganizationEvent, OrganizationLink
from .settings import thresholds

rebuild_closure = closure.rebuild
check_closure = closure.differences


def create(county_id: int, values: dict[str, Any], on: date | None = None, batch_id: int | None = None, audit: bool = True) -> Organization:
    """A new organization below `values["parent"]` (Organization or id), from `on` (default: its founding, else since ever).

    Raises RuleError for impossible values or a place that the rules forbid, NotFound for a parent outside the scope.
    """
    parent = visible(values.get("parent"))
    row = Organization(county=county_id, parent=parent.id, batch_id=batch_id, **_own_values(values))
    check_values(row, today(), thresholds(county_id))
    check_place(parent, row)
    _check_open(parent)
    with transaction(), closure.tree_work(county_id):
        check_free_code(row)
        row.save(force_insert=True)
        OrganizationLink.create(county=county_id, organization=row, parent=parent, from_on=on or row.established_on or rules.EVER)
        closure.attach(county_id, row.id, parent.id)
        if audit:
            _record("create", row, after=_own_values(values) | {"parent": parent.name})
    return row


def update(
    organization: Organization | int, values: dict[str, Any], reason: str = "", batch_id: int | None = None, audit: bool = True
) -> Organization:
    """Change what an organization is (not where it stands: `move`). Returns the row; nothing is written if nothing differs."""
    row = visible(organization)
    before = {name: getattr(row, name) for name in _own_values(values)}
    after = {name: value for name, value in _own_values(values).items() if value != before[name]}
    if not after:
        return row
    for name, value in after.items():
        setattr(row, name, value)
    check_values(row, today(), thresholds(row.county_id))
    with transaction(), closure.tree_work(row.county_id):
        if "code" in after:
            check_free_code(row)
        if {"kind", "org_type"} & after.keys():
            _check_neighbours(row)
        if "established_on" in after:
            _shift_first_link(row)
        if batch_id is not None:
            after["batch_id"] = row.batch_id = batch_id
        Organization.update(**after).where(Organization.id == row.id).execute()
        if "name" in after:
            _event(row, "renamed", today(), None, reason or before["name"])
        if audit:
            _record("update", row, reason=reason, before={name: before[name] for name in after if name in before}, after=after)
    return row


def move(organization: Organization | int, new_parent: Organization | int, on: date, reason: str, registry: CountyRegistry) -> Organization:
    """From `on` (included) the organization and all below it stand under `new_parent`. Earlier days keep the old place."""
    row, parent = visible(organization), visible(new_parent)
    _check_day(row, on, reason)
    if row.parent_id == parent.id:
        raise RuleError(_("%(name)s stands there already", name=row.name), "parent")
    _check_open(row)
    with transaction(), closure.tree_work(row.county_id):
        _put_below(row, parent, on)
        _event(row, "moved", on, parent, reason)
        _record("move", row, reason=reason, after={"parent": parent.name, "on": on})
        _tell(registry, row, "moved", parent)
    return visible_again(row)


def merge(organization: Organization | int, into: Organization | int, on: date, reason: str, registry: CountyRegistry) -> Organization:
    """From `on` the organization is part of `into`: its children and persons go there, its posts end, it closes the day before.

    Members add up if both numbers are known, else the number of `into` is not known. Returns `into`.
    """
    row, other = visible(organization), visible(into)
    _check_day(row, on, reason)
    _check_open(row)
    _check_open(other)
    if other.id == row.id or other.id in closure.descendants_of(row.id):
        raise RuleError(_("%(name)s cannot be merged into itself or into what stands below it", name=row.name), "into")
    last_day = on - timedelta(days=1)
    with transaction(), closure.tree_work(row.county_id):
        for child in _open_children(row):
            _put_below(child, other, on)
            _event(child, "moved", on, other, reason)
            _tell(registry, child, "moved", other)
        _take_along(row, other, registry)
        members = None if row.member_count is None or other.member_count is None else row.member_count + other.member_count
        Organization.update(member_count=members, member_count_on=on).where(Organization.id == other.id).execute()
        _shut(row, last_day)
        _event(row, "merged", on, other, reason)
        _record("merge", row, reason=reason, after={"into": other.name, "on": on})
        _tell(registry, row, "merged", other)
    return visible_again(other)


def split(
    organization: Organization | int,
    parts: Iterable[tuple[dict[str, Any], Iterable[Organization | int]]],
    on: date,
    reason: str,
    registry: CountyRegistry,
) -> list[Organization]:
    """New organizations beside an existing one, which stays: each part is (values, children that go to it). Returns the new ones."""
    row = visible(organization)
    _check_day(row, on, reason)
    _check_open(row)
    made = []
    with transaction():
        for values, children in parts:
            part = create(row.county_id, {**values, "parent": row.parent_id}, on)
            for child in children:
                move(child, part, on, reason, registry)
            with closure.tree_work(row.county_id):
                _event(row, "split", on, part, reason)
                _record("split", row, reason=reason, after={"part": part.name, "on": on})
                _tell(registry, row, "split", part)
            made.append(part)
    if not made:
        raise RuleError(_("Name at least one part"))
    return made


def close(organization: Organization | int, on: date, reason: str, registry: CountyRegistry) -> Organization:
    """Close an organization; `on` is its last day. Its posts end; its records stay at its last place in every total."""
    row = visible(organization)
    _check_day(row, on, reason)
    _check_open(row)
    with transaction(), closure.tree_work(row.county_id):
        if below := _open_children(row):
            raise ConflictError(
                _("%(num)s organizations still stand below it, such as %(name)s: move or close them first", num=len(below), name=below[0].name)
            )
        _shut(row, on)
        _event(row, "closed", on, None, reason)
        _record("close", row, reason=reason, after={"closed_on": on})
        _tell(registry, row, "closed", None)
    return visible_again(row)


def reopen(organization: Organization | int, on: date, reason: str, registry: CountyRegistry) -> Organization:
    """Open a closed organization again from `on`, at its last place. Its former posts stay ended."""
    row = visible(organization)
    if row.closed_on is None:
        raise ConflictError(_("%(name)s is open", name=row.name))
    if on <= row.closed_on:
        raise RuleError(_("It was open until %(day)s: choose a later day", day=row.closed_on), "on")
    _check_day(row, on, reason)
    parent = Organization.get_by_id(row.parent_id)
    _check_open(parent)
    with transaction(), closure.tree_work(row.county_id):
        Organization.update(closed_on=None).where(Organization.id == row.id).execute()
        OrganizationLink.create(county=row.county_id, organization=row.id, parent=parent.id, from_on=on)
        _event(row, "reopened", on, None, reason)
        _record("reopen", row, reason=reason, after={"from": on})
        _tell(registry, row, "reopened", None)
    return visible_again(row)


# what the verbs share ------------------------------------------------------------------------------------------------


def visible(organization: Any) -> Organization:
    """The row as it is now, if the scope in force may see it. Raises NotFound."""
    key = organization.id if isinstance(organization, Organization) else organization
    row = Organization.get_or_none(Organization.id == key) if key is not None else None
    if row is None:
        raise NotFound(_("There is no such organization"))
    return row


def visible_again(row: Organization) -> Organization:
    """The row read again after a change; it may have left the actor's scope by the act itself."""
    with closure.tree_work(row.county_id):
        return Organization.get_by_id(row.id)


def _own_values(values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in EDITABLE if name in values}


def _check_day(row: Organization, on: date, reason: str) -> None:
    if on > today():
        raise RuleError(_("The day %(day)s lies in the future", day=on), "on")
    if not reason.strip():
        raise RuleError(_("Say why: the reason stays in the history"), "reason")
    if row.parent_id is None:
        raise RuleError(_("The county committee itself stands at the top and stays there"))


def _check_open(row: Organization) -> None:
    if row.closed_on is not None:
        raise ConflictError(_("%(name)s was closed on %(day)s: reopen it first", name=row.name, day=row.closed_on))


def _put_below(row: Organization, parent: Organization, on: date) -> None:
    """Rules, link, parent and closure of a move, inside the transaction and the tree's scope."""
    _check_open(parent)
    check_place(parent, row)
    last = closure.last_link(row.id)
    if last is not None and last.from_on > on:
        raise RuleError(_("Its place changed on %(day)s: choose that day or a later one", day=last.from_on), "on")
    if parent.id in closure.descendants_of(row.id) or _was_below(row, parent, on):
        raise RuleError(_("%(name)s cannot stand below itself", name=row.name), "parent")
    closure.relink(row.county_id, row.id, parent.id, on)
    Organization.update(parent=parent.id).where(Organization.id == row.id).execute()
    closure.reattach(row.county_id, row.id, parent.id)


def _was_below(row: Organization, parent: Organization, on: date) -> bool:
    """Whether on some day from `on` the new parent stood below `row`: the tree of that day would have a circle."""
    link = OrganizationLink
    places: dict[int, list[tuple[date, int | None]]] = {}
    for key, above, since in (
        link.select(link.organization, link.parent, link.from_on).where(link.county == row.county_id).order_by(link.from_on).tuples()
    ):
        places.setdefault(key, []).append((since, above))
    days = {on} | {since for changes in places.values() for since, _above in changes if since > on}
    return any(row.id in _line(places, parent.id, day) for day in days)


def _line(places: dict[int, list[tuple[date, int | None]]], start: int, day: date) -> set[int]:
    found: set[int] = set()
    here: int | None = start
    while here is not None and here not in found:
        found.add(here)
        here = next((above for since, above in reversed(places.get(here, [])) if since <= day), None)
    return found


def _shut(row: Organization, last_day: date) -> None:
    """Its link and itself end with `last_day`; what else ends with it follows by county_organization_changed, posts first."""
    link = closure.last_link(row.id)
    if link is not None:
        if link.from_on > last_day:
            raise RuleError(_("Its place changed on %(day)s: choose a later day", day=link.from_on), "on")
        OrganizationLink.update(to_on=last_day).where(OrganizationLink.id == link.id).execute()
    Organization.update(closed_on=last_day).where(Organization.id == row.id).execute()


def _open_children(row: Organization) -> list[Organization]:
    own = Organization
    return list(own.select().where((own.parent == row.id) & own.closed_on.is_null()).order_by(own.code))


def _check_neighbours(row: Organization) -> None:
    if row.parent_id is None:
        raise RuleError(_("The county committee's kind and type stay as they are"), "kind")
    check_place(Organization.get_by_id(row.parent_id), row)
    for child in _open_children(row):
        check_place(row, child)


def _shift_first_link(row: Organization) -> None:
    """The first link begins with the founding; the day may not pass a later change of place or the closing."""
    links = list(OrganizationLink.select().where(OrganizationLink.organization == row.id).order_by(OrganizationLink.from_on))
    start = row.established_on or rules.EVER
    if row.parent_id is None:
        return
    if (links[0].to_on is not None and start > links[0].to_on) or (len(links) > 1 and start >= links[1].from_on):
        raise RuleError(_("It changed its place or was closed before %(day)s", day=start), "established_on")
    OrganizationLink.update(from_on=start).where(OrganizationLink.id == links[0].id).execute()


def _event(row: Organization, event: str, on: date, other: Organization | None, reason: str) -> None:
    OrganizationEvent.create(
        county=row.county_id, organization=row.id, event=event, happened_on=on, other=other, reason=reason, actor=actor_name(), recorded_at=now()
    )


def _record(verb: str, row: Organization, **details: Any) -> None:
    record(f"organization.{verb}", object_type="organization", object_id=row.id, object_name=row.name, organization_id=row.id, **details)


def _take_along(row: Organization, other: Organization, registry: CountyRegistry) -> None:
    """Rows of core and of every installed module that name the merged organization name the other one now."""
    ours = [model for table, model in COUNTY_TABLES.items() if table.startswith("core_")]
    for model in (*ours, *registry.registry.models()):
        for name in getattr(model, "merged_fields", ()):
            model.update({name: other.id}).where(getattr(model, name) == row.id).execute()


def _tell(registry: CountyRegistry, row: Organization, event: str, other: Organization | None) -> None:
    registry.abort(Specs.county_organization_changed, organization_id=row.id, event=event, other_id=other.id if other else None)
