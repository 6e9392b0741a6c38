"""Many organizations at once, for importers and the demonstration: rules in memory, rows and closure in bulk."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ..audit.services import record
from ..kernel.clock import today
from ..kernel.db import bulk_load, transaction
from ..kernel.errors import RuleError
from ..kernel.i18n import _
from . import closure, rules
from .checks import EDITABLE, check_place, check_values
from .models import Organization, OrganizationClosure, OrganizationLink
from .settings import thresholds


@dataclass
class Planned:
    """A new organization with the code of its parent."""

    row: Organization
    parent_code: str
    children: list["Planned"] = field(default_factory=list)


def bulk_create(
    county_id: int, rows: list[dict[str, Any]], on: date | None = None, batch_id: int | None = None, audit: bool = True
) -> dict[str, int]:
    """Create organizations from rows of values with `parent_code` ('' or missing: below the county committee), in any order.

    Each stands at its place from `on` (default: its founding, else since ever). Code → id of the new ones comes back. Raises
    RuleError, naming the code, for the first row that breaks a rule; then nothing is written. Superiors are looked for in the scope.
    """
    known = {row.code: row for row in Organization.select().where(Organization.county == county_id)}
    made: dict[str, int] = {}
    with transaction(), closure.tree_work(county_id):
        for level in _levels(_plan(county_id, rows, known, batch_id), known):
            for planned in level:
                planned.row.parent = known[planned.parent_code].id
            bulk_load(Organization, [_plain(planned.row) for planned in level])
            made |= _read_ids(county_id, level)
            known |= {planned.row.code: planned.row for planned in level}
        _load_links(county_id, [known[code] for code in made], on)
        _load_closure(county_id, set(made.values()))
        if audit:
            record("organization.import", object_type="organization", object_name=str(len(made)))
    return made


def _plan(county_id: int, rows: list[dict[str, Any]], known: dict[str, Organization], batch_id: int | None) -> dict[str, Planned]:
    top = next((row.code for row in known.values() if row.parent_id is None), "")
    taken = {code for (code,) in Organization.select(Organization.code).where(Organization.county == county_id).tuples()}
    limits, day = thresholds(county_id), today()
    planned: dict[str, Planned] = {}
    for values in rows:
        row = Organization(county=county_id, batch_id=batch_id, **{name: values[name] for name in EDITABLE if name in values})
        check_values(row, day, limits)
        if row.code in taken or row.code in planned:
            raise RuleError(_("The code %(code)s is taken", code=row.code), "code")
        planned[row.code] = Planned(row, values.get("parent_code") or top)
    return planned


def _levels(planned: dict[str, Planned], known: dict[str, Organization]) -> list[list[Planned]]:
    """From the top downwards, each level's parents written before it; the rules of places are checked on the way."""
    tops = []
    for item in planned.values():
        if item.parent_code in known:
            parent = known[item.parent_code]
            tops.append(item)
        elif item.parent_code in planned:
            parent = planned[item.parent_code].row
            planned[item.parent_code].children.append(item)
        else:
            raise RuleError(_("%(code)s: there is no superior %(parent)s", code=item.row.code, parent=item.parent_code), "parent")
        check_place(parent, item.row)
        if parent.closed_on is not None:
            raise RuleError(_("%(name)s was closed on %(day)s: reopen it first", name=parent.name, day=parent.closed_on), "parent")
    levels, reached = [], 0
    while tops:
        levels.append(tops)
        reached += len(tops)
        tops = [child for item in tops for child in item.children]
    if reached != len(planned):
        raise RuleError(_("Some organizations name each other as superior"), "parent")
    return levels


def _plain(row: Organization) -> dict[str, Any]:
    meta = Organization._meta
    data = {f.name: row.__data__.get(f.name) for f in meta.sorted_fields if f.name != "id"}
    return {name: meta.fields[name].default if value is None and meta.fields[name].default is not None else value for name, value in data.items()}


def _read_ids(county_id: int, level: list[Planned]) -> dict[str, int]:
    own = Organization
    parents = list({planned.row.parent_id for planned in level})
    ids = dict(own.select(own.code, own.id).where((own.county == county_id) & own.parent.in_(parents)).tuples())
    for planned in level:
        planned.row.id = ids[planned.row.code]
    return {planned.row.code: planned.row.id for planned in level}


def _load_links(county_id: int, rows: list[Organization], on: date | None) -> None:
    links = [
        {"county": county_id, "organization": r.id, "parent": r.parent_id, "from_on": on or r.established_on or rules.EVER, "to_on": r.closed_on}
        for r in rows
    ]
    bulk_load(OrganizationLink, links)


def _load_closure(county_id: int, new: set[int]) -> None:
    parents = dict(Organization.select(Organization.id, Organization.parent).where(Organization.county == county_id).tuples())
    found = []
    for descendant in new:
        ancestor, depth = descendant, 0
        while ancestor is not None:
            found.append(closure.closure_row(county_id, ancestor, descendant, depth))
            ancestor, depth = parents[ancestor], depth + 1
    bulk_load(OrganizationClosure, found)
