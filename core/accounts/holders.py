"""Who may do something at an organization: what every rule of two persons asks before the same person may confirm his own work."""

from dataclasses import dataclass

from ..hookvalues import Permission
from ..kernel.clock import now
from ..kernel.scope import current_scope, figure_scope
from ..organizations.models import OrganizationClosure as Link
from .actor import ROLE_PREFIX
from .models import Grant, User
from .rules import BY_NAME, COUNTY_ADMIN, is_expired, lacks_place


@dataclass(frozen=True)
class Body:
    """The nearest organization at or above a place in which somebody holds a permission; the county's own one, without people, if nobody does."""

    organization_id: int
    is_county: bool
    user_ids: tuple[int, ...]
    names: tuple[str, ...]

    def is_alone(self, user_id: int | None) -> bool:
        """True if nobody of this body but the user could do it. False for somebody of another body, as long as there is anybody here."""
        return set(self.user_ids) <= {user_id}

    def others(self, user_id: int | None) -> tuple[str, ...]:
        """The names of those who could do it instead of the user."""
        return tuple(name for key, name in zip(self.user_ids, self.names, strict=True) if key != user_id)


def body_at(organization_id: int, permission: Permission | str, above: bool = False) -> Body:
    """The body that holds the permission for an organization of the scope's county, whoever asks.

    Accounts that are disabled or past their last day do not count. `permission`: the name of one of the house's, or a module's own
    declaration. above: the organization itself does not count (nobody reviews his own form).
    """
    chain = _chain(organization_id)
    places = _places(permission, chain[-1])
    found = next((i for i in (chain[1:] if above else chain) if i in places), chain[-1])
    people = places.get(found, {})
    return Body(found, found == chain[-1], tuple(people), tuple(people.values()))


def _chain(organization_id: int) -> list[int]:
    """The organization and those above it today, the county's root last."""
    with figure_scope(_county()):
        query = Link.select(Link.ancestor_id).where(Link.descendant == organization_id).order_by(Link.depth)
        return [i for (i,) in query.tuples()] or [organization_id]


def _places(permission: Permission | str, root: int) -> dict[int, dict[int, str]]:
    """Organization → (user id → name) of everybody who holds the permission from there downwards."""
    query = (
        Grant.select(Grant.organization_id, Grant.role, User.id, User.display_name, User.expires_on)
        .join(User, on=(Grant.user == User.id))
        .where((Grant.county == _county()) & _given(permission) & (User.disabled == False))  # noqa: E712
        .order_by(User.id)
    )
    found: dict[int, dict[int, str]] = {}
    for place, role, user, name, expires_on in query.tuples():
        if is_expired(expires_on, now()) or lacks_place(role, place):
            continue
        found.setdefault(root if place is None or role == COUNTY_ADMIN else place, {})[user] = name
    return found


def _given(permission: Permission | str) -> object:
    """The condition on Grant rows: the house's permissions are written out, a module's follow from the role (see actor.py)."""
    if isinstance(permission, str):
        return Grant.permission == BY_NAME[permission].name
    owner = permission.name.partition(".")[0]
    return Grant.permission.in_([ROLE_PREFIX + role for role in permission.roles]) & Grant.module.in_(("", owner))


def _county() -> int:
    return int(current_scope().county_id or 0)
