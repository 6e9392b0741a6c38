"""What the pilot says on the county's home and before a period closes."""

from datetime import date
from decimal import Decimal

from youthpilot.core import CountyValue, Panel, PanelChart, PeriodValue, Problem

from .models import ReformMeasure
from .queries import Card, by_front, cards, decisions, designation, states_on, talks, tally
from .rules import STATUSES, is_overdue
from .words import _

BOARD, LAGGING = "reform_board.index", "reform_board.lagging"


def panels(county: CountyValue, today: date) -> list[Panel]:
    """How many measures are closed, what is overdue, what waits for agreement."""
    found = cards(today)
    if not found:
        return [Panel(_("Reform pilot"), (_("No measure is on the list yet: enter or import the list of measures."),), BOARD, "reform", todo=True)]
    sums = tally(found)
    said = [_("%(closed)s of %(all)s measures closed, %(rate)s%%", closed=sums.closed, all=sums.total, rate=sums.rate)]
    if sums.overdue:
        first = next(c for c in found if c.overdue)
        said.append(
            _("%(count)s overdue, among them “%(title)s” (%(owner)s)", count=sums.overdue, title=first.measure.title, owner=first.measure.owner)
        )
    waiting = sums.by_status["applied"]
    out = [
        Panel(_("Reform pilot"), tuple(said), LAGGING if sums.overdue else BOARD, "reform", "bad" if sums.overdue else "", charts=(_fronts(found),))
    ]
    if waiting:
        out.append(Panel(_("Measures to be closed"), (_("%(count)s wait for agreement", count=waiting),), BOARD, "reform", "warn", todo=True))
    soon = [c for c in found if c.soon]
    if soon:
        names = "、".join(c.measure.title for c in soon[:3])
        out.append(Panel(_("Measures due soon"), (_("%(count)s: %(names)s", count=len(soon), names=names),), BOARD, "reform", "warn"))
    return out


def _fronts(found: list[Card]) -> PanelChart:
    """Measures of each front by state, closed ones first."""
    states = ("closed", "applied", "in_progress", "returned", "not_started")
    rows = tuple((front.title, tuple(Decimal(sums.by_status[s]) for s in states)) for front, _own, sums in by_front(found) if sums.total)
    return PanelChart(_("Measures of each front by state"), "stack", unit="项", parts=tuple(STATUSES[s] for s in states), rows=rows)


def problems(county: CountyValue, period: PeriodValue) -> list[Problem]:
    """Measures, decisions and talks that were due in the period and are still open."""
    found = []
    closed = {key for key, (status, _since) in states_on(period.end).items() if status == "closed"}
    m = ReformMeasure
    late = [row for row in m.select().where(m.listed_on <= period.end, m.due_on < period.end).order_by(m.due_on) if row.id not in closed]
    if late:
        text = _("%(count)s measures of the pilot are overdue, among them “%(title)s”", count=len(late), title=late[0].title)
        found.append(Problem(text, _("Close them, or talk to their owners: the report names the number"), endpoint=LAGGING))
    open_decisions = [d for d, _overdue in decisions(period.end) if d.decided_on <= period.end and is_overdue(d.due_on, d.done_on, period.end)]
    if open_decisions:
        text = _("%(count)s decisions of the joint meeting are not carried out in time", count=len(open_decisions))
        found.append(Problem(text, _("Record what was done"), endpoint="reform_decisions.index_view"))
    unsettled = [t for t, late in talks(period.end) if late and t.talked_on <= period.end]
    if unsettled:
        text = _("%(count)s talks without a result", count=len(unsettled))
        found.append(Problem(text, _("Record how it was put right"), endpoint=LAGGING))
    if designation() is None and ReformMeasure.select().exists():
        found.append(
            Problem(_("The notice of the pilot is not recorded"), _("Enter it: the report begins with it"), endpoint="reform_designations.index_view")
        )
    return found
