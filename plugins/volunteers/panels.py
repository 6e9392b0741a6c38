"""What the module says on the county's home and before a period closes."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from peewee import fn

from youthpilot.core import CalendarPeriod, CountyValue, Panel, PanelChart, PeriodValue, Problem, round_half_up

from . import rules
from .models import Activity, Campaign, Certificate, Movement, Record, Room, Volunteer
from .queries import association, money_of, on_roster, owed_disclosures, terms
from .settings import limits
from .words import _

SOON = timedelta(days=14)


def panels(county: CountyValue, today: date) -> list[Panel]:
    """The roster, then what must be done: hours to approve, forgotten sign-outs, disclosures, publicity over, a term over."""
    count = Volunteer.select().where(on_roster(today)).count()
    rooms = Room.select().where(Room.handed_on.is_null(False)).count()
    lines = [_("%(count)s volunteers on the roster", count=f"{count:,}")]
    if rooms:
        lines.append(_("%(count)s rooms handed over so far", count=rooms))
    return [Panel(_("Young volunteers"), tuple(lines), "volunteers_roster.index", "heart", charts=_months(today)), *_todos(county, today)]


def _months(today: date) -> tuple[PanelChart, ...]:
    """名 newly joined and approved hours in each month of the year so far; a gap before anything was ever recorded."""
    m, r, start = Movement, Record, date(today.year, 1, 1)
    joined = m.select(m.happened_on).where(m.kind == "joined", m.happened_on >= start, m.happened_on <= today).tuples()
    served = r.select(r.served_on, r.minutes).where(r.state == "approved", r.served_on >= start, r.served_on <= today).tuples()
    people = _by_month(((day, Decimal(1)) for (day,) in joined), today, m.select(fn.MIN(m.happened_on)).scalar())
    spent = _by_month(((day, Decimal(minutes or 0)) for day, minutes in served), today, r.select(fn.MIN(r.served_on)).scalar())
    hours = tuple((month, None if minutes is None else round_half_up(rules.hours(int(minutes)), 1)) for month, minutes in spent)
    return (
        PanelChart(_("Volunteers newly joined by month"), "bars", people, "名"),
        PanelChart(_("Approved hours of service by month"), "bars", hours, "小时"),
    )


def _by_month(rows: Iterable[tuple[date, Decimal]], today: date, since: date | None) -> tuple[tuple[str, Decimal | None], ...]:
    sums = dict.fromkeys(range(1, today.month + 1), Decimal(0))
    for day, value in rows:
        sums[day.month] += value
    known = {month for month in sums if since is not None and since <= CalendarPeriod(today.year, "month", month).end}
    return tuple((f"{month}月", value if month in known else None) for month, value in sums.items())


def _todos(county: CountyValue, today: date) -> list[Panel]:
    found = []
    waiting = Record.select().where(Record.state == "waiting").count()
    if waiting:
        found.append(_todo(_("Hours to approve"), _("%(count)s records wait", count=waiting), "volunteers_activities.approving"))
    forgotten = Record.select().where(Record.state == "open", Record.served_on < today).count()
    if forgotten:
        found.append(
            _todo(
                _("Forgotten sign-outs"), _("%(count)s records have no sign-out and do not count", count=forgotten), "volunteers_activities.approving"
            )
        )
    for campaign, due in due_disclosures(county, today + SOON):
        tone = "bad" if due.on < today else "warn"
        found.append(
            _todo(_("Disclosure due"), _("%(campaign)s: until %(day)s", campaign=campaign.title, day=due.on), "volunteers_campaigns.index", tone)
        )
    ready = Certificate.select().where(Certificate.state == "publicity", Certificate.public_to < today).count()
    if ready:
        found.append(
            _todo(_("Certificates to issue"), _("The publicity of %(count)s certificates is over", count=ready), "volunteers_certificates.index")
        )
    return found + _term(today)


def _term(today: date) -> list[Panel]:
    present = association()
    last = terms(present.id)[0] if present is not None and terms(present.id) else None
    if last is None or last.end_on is not None or last.due_on > today + SOON:
        return []
    return [_todo(_("Re-election of the association"), _("The term ends on %(day)s", day=last.due_on), "volunteers_association.index")]


def _todo(title: str, line: str, endpoint: str, tone: str = "warn") -> Panel:
    return Panel(title, (line,), endpoint, "heart", tone, todo=True)  # type: ignore[arg-type]


def due_disclosures(county: CountyValue, until: date) -> list[tuple[Campaign, rules.Due]]:
    """Disclosures that are not published and due up to a day (included), oldest first."""
    set_to = limits(until, county.id)
    owed = [(c, d) for c in Campaign.select() for d in owed_disclosures(c, set_to) if d.on <= until]
    return sorted(owed, key=lambda pair: (pair[1].on, pair[0].id))


def problems(county: CountyValue, period: PeriodValue) -> list[Problem]:
    """Hours not approved, sign-outs forgotten, activities past and not settled, disclosures overdue, money that does not add up."""
    found = []
    inside = (Record.served_on >= period.start) & (Record.served_on <= period.end)
    waiting = Record.select().where(inside, Record.state == "waiting").count()
    if waiting:
        found.append(
            Problem(
                _("%(count)s service records wait for approval", count=waiting),
                _("Approve or refuse them: they do not count yet"),
                endpoint="volunteers_activities.approving",
            )
        )
    forgotten = Record.select().where(inside, Record.state == "open").count()
    if forgotten:
        text = _("%(count)s records have no sign-out and do not count", count=forgotten)
        found.append(Problem(text, _("Enter the sign-out with its reason, or refuse them"), endpoint="volunteers_activities.approving"))
    late = Activity.select().where(Activity.held_on >= period.start, Activity.until_on <= period.end, Activity.state == "planned")
    for row in late.limit(20):
        found.append(
            Problem(
                _("“%(title)s” was not marked as held", title=row.title),
                _("Mark it as held, or cancel it"),
                organization_id=row.organization_id,
                endpoint="volunteers_activities.index",
            )
        )
    for campaign, due in due_disclosures(county, period.end):
        text = _("“%(campaign)s” should have been disclosed by %(day)s", campaign=campaign.title, day=due.on)
        found.append(Problem(text, _("Publish income and spending, then enter where"), endpoint="volunteers_campaigns.index"))
    for campaign in Campaign.select():
        if money_of(campaign.id).left < 0:
            found.append(
                Problem(
                    _("“%(campaign)s”: more spent than received", campaign=campaign.title),
                    _("Correct the entries"),
                    blocking=True,
                    endpoint="volunteers_campaigns.index",
                )
            )
    return found
