"""What the county decides about an open period besides opening it: another due date; and who would owe if one were opened today."""

from datetime import date

from ..audit.acting import carrying_out, check
from ..kernel.clock import today as clock_today
from ..kernel.errors import RuleError
from ..kernel.i18n import _
from ..kernel.scope import figure_scope
from ..organizations.queries import tree_as_of
from .acting import Acting, county_roles, entry_of
from .models import Obligation, Period, Snapshot
from .rules import OWING_KINDS


def would_owe(county_id: int, today: date | None = None) -> dict[str, int]:
    """Kind → how many organizations would owe figures if a period were opened now, in today's tree."""
    with figure_scope(county_id):
        found = dict.fromkeys(OWING_KINDS, 0)
        for node in tree_as_of(county_id, today or clock_today()):
            if node.kind in found and node.active:
                found[node.kind] += 1
    return {kind: count for kind, count in found.items() if count}


def change_due(period: Period, due_on: date, reason: str, actor: Acting) -> Period:
    """Another last day to submit; what was submitted keeps its mark. Raises RuleError, or ConflictError if the period is closed."""
    roles, why = county_roles(actor, period.organization_id), reason.strip()
    check(period, "due", roles, given={"reason": why})
    if due_on < period.start_on:
        raise RuleError(_("The due date lies before the period"), "due_on")
    with figure_scope(period.county_id), carrying_out(period, "due", roles, entry=entry_of(actor, why), due_on=due_on) as (_step, told):
        told["due_on"] = due_on.isoformat()
    return period


def snapshots_of(period: Period) -> list[Snapshot]:
    """The locks of a period, the newest first."""
    return list(Snapshot.select().where(Snapshot.period == period).order_by(Snapshot.revision.desc()))


def decisions_of(period: Period) -> list[Obligation]:
    """Obligations added or waived by a decision, with its reason, in the order of opening."""
    decided = (Obligation.origin == "act") | (Obligation.waived == True)  # noqa: E712
    return list(Obligation.select().where((Obligation.period == period) & decided).order_by(Obligation.id))
