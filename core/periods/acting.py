"""Who acts on a submission or a period, and as what: the roles of the transition tables, from permissions and places in the tree."""

from dataclasses import dataclass
from typing import Any, Protocol

from ..accounts.holders import body_at
from ..audit.services import record
from ..kernel.scope import figure_scope
from ..organizations.models import Organization, OrganizationClosure
from .models import Period
from .rules import FILL, MANAGE, REVIEW, Role


class Acting(Protocol):
    """What this concern needs of an actor; `accounts.Actor` has it. root_id None: the whole county."""

    @property
    def user_id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def root_id(self) -> int | None: ...
    @property
    def permissions(self) -> frozenset[str]: ...


@dataclass(frozen=True)
class Clerk:
    """An actor for commands, the demonstration and tests; by default one who may do everything in the county."""

    name: str
    user_id: int = 0
    root_id: int | None = None
    permissions: frozenset[str] = frozenset({FILL, REVIEW, MANAGE})


@dataclass(frozen=True)
class Reviewer:
    """The body that reviews an organization: the nearest above it that has a reviewer, else the county (maybe without names)."""

    organization_id: int
    organization_name: str
    is_county: bool
    user_ids: tuple[int, ...]
    names: tuple[str, ...]


def roles_for(actor: Acting, period: Period, organization_id: int) -> frozenset[Role]:
    """What an actor is to an organization's submission."""
    root = period.organization_id
    at = root if actor.root_id is None else actor.root_id
    roles: set[Role] = {"viewer"}
    above = at != organization_id and at in ancestors(organization_id)
    if FILL in actor.permissions:
        roles |= {"reporter"} if at == organization_id else {"superior"} if above else set()
    if REVIEW in actor.permissions and above:
        roles.add("reviewer")
    if MANAGE in actor.permissions and at == root:
        roles.add("manager")
    return frozenset(roles)


def county_roles(actor: Acting, root_id: int | None = None) -> frozenset[Role]:
    """What an actor is to a period."""
    manager = MANAGE in actor.permissions and actor.root_id in (None, root_id)
    return frozenset({"manager"}) if manager else frozenset({"viewer"})


def ancestors(organization_id: int) -> list[int]:
    """Ids above an organization today, the nearest first."""
    closure = OrganizationClosure
    query = closure.select(closure.ancestor_id).where((closure.descendant == organization_id) & (closure.depth > 0)).order_by(closure.depth)
    return [i for (i,) in query.tuples()]


def reviewer_of(period: Period, organization_id: int) -> Reviewer:
    """Who reviews an organization's submission."""
    found = body_at(organization_id, REVIEW, above=True)
    with figure_scope(period.county_id):
        name = Organization.get_by_id(found.organization_id).short
    return Reviewer(found.organization_id, name, found.is_county, found.user_ids, found.names)


def audit_act(act: str, period: Period, actor: Acting, reason: str = "", after: dict[str, Any] | None = None) -> None:
    """Write an act on a period that moves nothing into the audit log, in the transaction of the act."""
    about = {"object_id": period.id, "object_name": period.title, "organization_id": period.organization_id}
    record(act, object_type="period", **about, after=after, **entry_of(actor, reason))


def entry_of(actor: Acting, reason: str) -> dict[str, Any]:
    """What an audit entry says of whoever acts here, and why."""
    return {"reason": reason, "actor": actor.name, "actor_id": actor.user_id or None}
