"""What the module says on the county's home and before a period closes."""

from datetime import date, timedelta
from decimal import Decimal

from youthpilot.core import CountyValue, Panel, PanelChart, PeriodValue, Problem, round_half_up

from . import queries, rules
from .choices import choices, target_here
from .rules import ZERO, yuan
from .words import _

BOARD, ARREARS = "loans_applications.index", "loans_applications.arrears"


def panels(county: CountyValue, today: date) -> list[Panel]:
    """What is overdue and what waits, each a to-do; how far the year's target is."""
    found = []
    late = queries.overdue(today)
    if late:
        total = sum((a.left for a in late), ZERO)
        values = {"amount": wan(total), "days": late[0].days}
        lines = (_("%(amount)s ten-thousand yuan in all, overdue for up to %(days)s days", **values),)
        found.append(Panel(_("%(count)s loans are overdue", count=len(late)), lines, ARREARS, "loan", "bad", todo=True))
    counts = queries.counts_by_state()
    waiting = sum(counts.get(s, 0) for s in rules.WAITING_LEAGUE)
    if waiting:
        text = _("%(new)s to be checked, %(ready)s to be recommended", new=counts.get("applied", 0), ready=counts.get("checked", 0))
        found.append(Panel(_("%(count)s loan applications are waiting", count=waiting), (text,), BOARD, "loan", "warn", todo=True))
    return [*found, _summary(county, today)]


def _summary(county: CountyValue, today: date) -> Panel:
    set_to = choices(county.id, today)
    if not queries.any_bank():
        return Panel(_("Start-up loans"), (_("No bank is entered yet: nothing is known of loans"),), BOARD, "loan")
    year = queries.drawn(date(today.year, 1, 1), today)
    target = target_here(set_to)
    lines = [progress(year, target), _("Owed today: %(amount)s ten-thousand yuan", amount=wan(queries.outstanding(today)))]
    quiet = queries.unanswered(today, set_to.answer_days)
    if quiet:
        lines.append(_("%(count)s applications recommended over %(days)s days ago have no answer", count=len(quiet), days=set_to.answer_days))
    return Panel(_("Start-up loans"), tuple(lines), BOARD, "loan", "warn" if quiet else "", charts=(_months(today, year, target),))


def _months(today: date, year: Decimal, target: Decimal | None) -> PanelChart:
    """万元 paid out in each month of the year so far; what totals over several months add stands in a row of its own."""
    starts = [date(today.year, m, 1) for m in range(1, today.month + 1)]
    ends = [*(following - timedelta(days=1) for following in starts[1:]), today]
    paid = [queries.drawn(start, end) for start, end in zip(starts, ends, strict=True)]
    points = [(f"{start.month}月", amount / 10_000) for start, amount in zip(starts, paid, strict=True)]
    beside = year - sum(paid, ZERO)
    points += [(_("paid out over several months"), beside / 10_000)] if beside else []
    return PanelChart(_("Loans paid out this year by month"), "progress", tuple(points), "万元", target / 10_000 if target else None)


def progress(paid: Decimal, target: Decimal | None) -> str:
    """今年已发放632万元，目标1000万元，63.2%."""
    if not target:
        return _("Paid out this year: %(paid)s ten-thousand yuan", paid=wan(paid))
    share = round_half_up(paid * 100 / target, 1)
    return _("Paid out this year: %(paid)s of %(target)s ten-thousand yuan, %(share)s%%", paid=wan(paid), target=wan(target), share=share)


def wan(amount: Decimal) -> str:
    """元 as 万元 with at most two decimals: 632, 9.4, 1,000."""
    return f"{rules.cents(amount / 10_000).normalize():,f}"


def problems(county: CountyValue, period: PeriodValue) -> list[Problem]:
    """Overdue at the end, recommendations without answer, totals that do not count, role models without a deed."""
    found = []
    late = queries.overdue(period.end)
    if late:
        text = _("%(count)s loans were overdue on the last day, %(amount)s yuan", count=len(late), amount=yuan(sum((a.left for a in late), ZERO)))
        found.append(Problem(text, _("Ask the bank whether they were repaid or extended"), endpoint=ARREARS))
    set_to = choices(county.id, period.end)
    if quiet := queries.unanswered(period.end, set_to.answer_days):
        text = _("%(count)s applications recommended over %(days)s days ago have no answer", count=len(quiet), days=set_to.answer_days)
        found.append(Problem(text, _("Import the bank's list of answers"), endpoint=BOARD))
    for total in queries.ignored_totals(period.start, period.end):
        text = _("%(bank)s has drawdowns and a total for the same days: the total does not count", bank=total.bank.name)
        found.append(Problem(text, _("Delete one of the two"), endpoint="loans_applications.totals"))
    if not queries.counting_totals(period.start, period.end) and not queries.drawn(period.start, period.end):
        found.append(Problem(_("No loan paid out is recorded in this period"), _("Import the bank's list of drawdowns"), endpoint=BOARD))
    return found
