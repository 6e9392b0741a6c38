"""What the module says on the county's home and before a period closes."""

from datetime import date
from decimal import Decimal

from peewee import fn

from youthpilot.core import CountyValue, Panel, PanelChart, PeriodValue, Problem

from .forms import choices
from .models import StudyCounter
from .queries import Line, conflicts, current_half, empty_issues, issues, latest_issue, lines, scope_root, unreported
from .rules import percent
from .words import _


def panels(county: CountyValue, today: date) -> list[Panel]:
    """The latest issue: learners of members, and which units lag behind."""
    issue, root = latest_issue(today), scope_root()
    if root is None:
        return []
    if issue is None:
        return [
            Panel(_("Youth Study"), (_("No issue has been added yet. Add the issues of the year first."),), "study_issues.index", "study", todo=True)
        ]
    set_to = choices(county.id, today)
    total, below = lines([issue.id], root, set_to.averaging)
    said = [_summary(issue.title, total, set_to.rounding)]
    low = [line for line in below if line.flag(set_to.low) == "low"]
    over = [line for line in below if line.flag(set_to.low) == "over"]
    if low:
        said.append(_("%(count)s units below %(limit)s%%: %(names)s", count=len(low), limit=set_to.low, names=_names(low[::-1])))
    if over:
        said.append(_("%(count)s units above 100%%, please check: %(names)s", count=len(over), names=_names(over)))
    tone = "warn" if over or (low and not _is_open(issue, today)) else ""
    return [Panel(_("Youth Study"), tuple(said), "study_issues.index", "study", tone, charts=(_course(today),))]  # type: ignore[arg-type]


def _course(today: date) -> PanelChart:
    """人次 of every issue of the half-year, the oldest first; an issue that nobody reported is a gap."""
    found, c = list(issues(current_half(today), today))[::-1], StudyCounter
    reported = c.select(c.issue_id, fn.SUM(c.participations)).where(c.issue.in_([i.id for i in found] or [0]), c.source != "roster")
    sums = dict(reported.group_by(c.issue_id).tuples())  # added up by the database: thousands of cells stand behind 26 points
    points = tuple((i.title, Decimal(sums[i.id]) if i.id in sums else None) for i in found)
    return PanelChart(_("Participation in each issue of the half-year"), "line", points, "人次")


def _is_open(issue: object, today: date) -> bool:
    return issue.closes_on >= today  # type: ignore[attr-defined]


def _summary(title: str, total: Line, rounding: str) -> str:
    if not total.cells:
        return _("%(issue)s: nothing recorded yet", issue=title)
    if total.base is None:
        return _("%(issue)s: %(count)s learned; no number of members yet", issue=title, count=f"{total.participations:,}")
    if total.rate is None and not total.reported:
        return _("%(issue)s: nothing reported yet, %(base)s members should learn", issue=title, base=f"{total.base:,}")
    rate = percent(total.rate, rounding)
    values = {"issue": title, "learned": f"{total.members:,}", "base": f"{total.base:,}", "rate": "—" if rate is None else f"{rate}%"}
    return _("%(issue)s: %(learned)s of %(base)s members learned, %(rate)s", **values)


def _names(found: list[Line], limit: int = 3) -> str:
    names = "、".join(line.name for line in found[:limit])
    return _("%(names)s and others", names=names) if len(found) > limit else names


def problems(county: CountyValue, period: PeriodValue) -> list[Problem]:
    """Issues without any record, two sources that disagree, units with a roster that reported nothing."""
    found = [
        Problem(_("%(issue)s has no record at all", issue=i.title), _("Import its list, or delete the issue"), endpoint="study_issues.index")
        for i in empty_issues(period.start, period.end)
    ]
    ids = [i.id for i in issues(period.start, period.end)]
    for c in conflicts(ids):
        values = {"issue": c.issue, "name": c.organization, "counted": c.counted, "ignored": c.ignored}
        if c.below:
            text = _("%(issue)s, %(name)s: a total of %(counted)s and %(ignored)s from units below it are both counted", **values)
            advice = _("Delete one of the two")
        else:
            text = _("%(issue)s, %(name)s: %(counted)s by name are counted, the total says %(ignored)s", **values)
            advice = _("Correct or delete the total")
        found.append(Problem(text, advice, organization_id=c.organization_id, endpoint="study_issues.index"))
    return found + _silent(period)


def _silent(period: PeriodValue) -> list[Problem]:
    last = issues(period.start, period.end).first()
    missing = unreported(last) if last else []
    if not missing:
        return []
    names = "、".join(name for _id, name in missing[:3])
    text = _(
        "%(count)s units reported nothing for %(issue)s, among them %(names)s", count=len(missing), issue=last.title if last else "", names=names
    )
    return [Problem(text, _("They count as 0; ask them, or import their list"), endpoint="study_issues.index")]
