"""What the chamber says on the county's home and before a period closes."""

from datetime import date, timedelta
from decimal import Decimal

from youthpilot.core import CalendarPeriod, CountyValue, Panel, PanelChart, PeriodValue, Problem, is_late

from .checks import is_overdue
from .models import ChamberUnit
from .queries import dues, sectors_on, settings_on, standing_on, term_end, term_on, without_birth
from .rules import SECTORS
from .words import _

HOME = "chamber_home.index"


def panels(county: CountyValue, today: date) -> list[Panel]:
    """Units, sectors and mean age; the term's end; dues still open."""
    if not ChamberUnit.select().exists():
        return [Panel(_("Youth chamber"), (_("No unit is on the roll yet: import the list of member units first."),), HOME, "chamber", todo=True)]
    now, term, limits = standing_on(today), term_on(today), settings_on(today)
    said = [
        _(
            "%(units)s units, %(covered)s of %(all)s sectors, mean age %(age)s",
            units=now.units,
            covered=now.sectors,
            all=len(SECTORS),
            age=now.ages.value or "—",
        )
    ]
    tone = ""
    if term is not None and is_overdue(term, today):
        said.append(
            _("%(term)s ended on %(day)s: hold the congress, or enter the approved extension", term=str(term), day=term_end(term).isoformat())
        )
        tone = "bad"
    elif term is not None and term_end(term) <= today + timedelta(days=limits.notice_days):
        said.append(_("%(term)s ends on %(day)s: prepare the congress", term=str(term), day=term_end(term).isoformat()))
        tone = "warn"
    over = is_late(today, CalendarPeriod(today.year, "month", limits.dues_month).end)
    late = [line for line in dues(today.year, today) if line.open] if over else []
    if late:
        said.append(
            _("%(count)s units owe dues of %(year)s, %(amount)s yuan", count=len(late), year=today.year, amount=f"{sum(x.open for x in late):,.0f}")
        )
    found = [Panel(_("Youth chamber"), tuple(said), HOME, "chamber", tone, charts=(_sectors(today),))]  # type: ignore[arg-type]
    return [*found, Panel(_("Youth chamber"), (said[1],), HOME, "chamber", "bad", todo=True)] if tone == "bad" else found


def _sectors(today: date) -> PanelChart:
    points = tuple((SECTORS[sector], Decimal(count)) for sector, count in sectors_on(today).items())
    return PanelChart(_("Member units of the chamber by sector"), "bars", points, "家")


def problems(county: CountyValue, period: PeriodValue) -> list[Problem]:
    """C22 the term is over; representatives without a birth date; no term at all."""
    found, term = [], term_on(period.end)
    if term is not None and is_overdue(term, period.end):
        text = _("%(term)s of the youth chamber ended on %(day)s", term=str(term), day=term_end(term).isoformat())
        found.append(Problem(text, _("Enter the new term, or the approved extension"), endpoint="chamber_home.terms"))
    missing = without_birth(period.end)
    if missing:
        text = _("%(count)s representatives have no birth date, among them of %(names)s", count=len(missing), names="、".join(missing[:3]))
        found.append(Problem(text, _("They are left out of the mean age; add the dates"), endpoint=HOME))
    if term is None and ChamberUnit.select().exists():
        found.append(Problem(_("The youth chamber has units but no term"), _("Enter the present term"), endpoint="chamber_home.terms"))
    return found
