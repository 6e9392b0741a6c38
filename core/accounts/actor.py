"""Who acts in this request, and what he may: read from Grant rows at each request, never kept in a session.

Assigning a role writes one Grant per permission of the house. A module's permissions are not written (a module may come
later): a row `role:<role>` stands for "whatever modules declare for this role" and is resolved here, through the registry;
its `module` limits it to one module, '' means all.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from flask import g, has_request_context

from ..counties.models import County
from ..hookvalues import Permission
from ..kernel.actor import current_actor
from ..kernel.scope import county_scope, scoped
from ..organizations.models import Organization, OrganizationClosure
from .models import Grant, User
from .rules import BY_NAME, COUNTY_ADMIN, NO_ROLE, WHOLE_COUNTY, lacks_place, module_permissions, role_title

ROLE_PREFIX = "role:"


@dataclass(frozen=True)
class Actor:
    """A signed-in user on one side: in a county (county_id) or on the platform (county_id None).

    root_id: the organization from which downwards he sees rows, None for the whole county. modules: the modules he is
    limited to, None for no limit.
    """

    user_id: int
    username: str
    name: str
    county_id: int | None
    root_id: int | None
    role: str
    permissions: frozenset[str] = field(repr=False)
    modules: frozenset[str] | None = None

    @property
    def role_title(self) -> str:
        """The role's name on screens."""
        return role_title(self.role)

    @property
    def whole(self) -> bool:
        """True if he sees the whole county."""
        return self.county_id is not None and self.root_id is None

    def may(self, permission: str, at: int | None = None) -> bool:
        """True if he holds the permission, and holds it at the organization with the id `at`; None: anywhere.

        A page is opened with a permission held anywhere. A row, its names above all, is judged at the row's place: one who keeps
        a township's roster keeps not the county's, though he may read it.
        """
        return permission in self.permissions and (at is None or self.reaches(at))

    def reaches(self, organization_id: int) -> bool:
        """True if the organization is the one from which downwards he works, or lies below it today."""
        return self.county_id is not None and (self.root_id is None or organization_id in _below(self.county_id, self.root_id))


def _below(county_id: int, root_id: int) -> frozenset[int]:
    """Ids of an organization and everything below it, read once in a request."""
    kept: dict[tuple[int, int], frozenset[int]] = g.setdefault("places_below", {}) if has_request_context() else {}
    if (county_id, root_id) not in kept:
        c = OrganizationClosure
        with scoped(county_scope(county_id)):
            query = c.select(c.descendant_id).where(c.county == county_id, c.ancestor == root_id)
            kept[county_id, root_id] = frozenset(i for (i,) in query.tuples())
    return kept[county_id, root_id]


def actor_for(user: User, county: County | None, registry: Any = None) -> Actor | None:
    """The user as actor in `county` (None: on the platform); None if he has no right there.

    `registry`: the Registry or CountyRegistry whose modules' permissions count; None: the house's only.
    """
    grants = _grants(user, county)
    if not grants:
        return None
    role = grants[0].role
    limits = {g.module for g in grants if g.permission.startswith(ROLE_PREFIX)}
    declared = _declared(registry)
    known = BY_NAME.keys() | {p.name for permissions in declared.values() for p in permissions}
    names = {g.permission for g in grants} & known
    for module, permissions in declared.items():
        if county is not None and ("" in limits or module in limits):
            names |= module_permissions(role, permissions)
    root_id = None if county is None else _root(role, grants[0].organization_id, county)
    if root_id is not None:
        names -= WHOLE_COUNTY
    modules = None if not limits or "" in limits else frozenset(limits)
    county_id = None if county is None else county.id
    return Actor(user.id, user.username, user.display_name, county_id, root_id, role, frozenset(names), modules)


def _grants(user: User, county: County | None) -> list[Grant]:
    place = Grant.county.is_null() if county is None else Grant.county == county
    rows = list(Grant.select().where((Grant.user == user) & place).order_by(Grant.id))
    return [row for row in rows if row.role == rows[0].role and row.role != NO_ROLE and not lacks_place(row.role, row.organization_id)]


def _declared(registry: Any) -> dict[str, list[Permission]]:
    if registry is None:
        return {}
    items = registry.items() if hasattr(registry, "items") else registry.ordered()
    return {item.plugin.name: item.permissions for item in items}


def _root(role: str, organization_id: int | None, county: County) -> int | None:
    """None for the whole county: an administrator, or a grant from the county's own organization downwards."""
    if role == COUNTY_ADMIN or organization_id is None:
        return None
    with scoped(county_scope(county)):
        is_top = Organization.select().where((Organization.id == organization_id) & Organization.parent.is_null()).exists()
    return None if is_top else organization_id


def allowed(permission: str, at: int | None = None) -> bool:
    """True if the actor of this request holds the permission, at the organization with the id `at` (None: anywhere)."""
    actor = current_actor()
    return actor is not None and actor.may(permission, at)


def permission_title(name: str, declared: Iterable[Permission] = ()) -> str:
    """The permission's name on screens, '' if nobody declares it."""
    found = BY_NAME.get(name) or next((p for p in declared if p.name == name), None)
    return str(found.title) if found else ""
