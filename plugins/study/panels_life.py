"""What double-checking and League life put on the county's home: flags, differences to decide, branches that are behind."""

from datetime import date, timedelta

from youthpilot.core import CalendarPeriod, CountyValue, Panel

from .comparing import compare, issues_with_two
from .flagging import flags
from .queries import scope_root
from .queries_life import any_meeting, life_lines
from .rules_flags import FLAGS
from .rules_life import KINDS
from .words import _

LOOKED_BACK = timedelta(days=30)  # flags of older issues stay on their page


def life_panels(county: CountyValue, today: date) -> list[Panel]:
    """To-do lines; none where nothing is open."""
    root = scope_root()
    if root is None:
        return []
    return [*_flags(county, today), *_differences(), *_behind(county, root.id, today)]


def _flags(county: CountyValue, today: date) -> list[Panel]:
    found = [f for f in flags(county.id, today - LOOKED_BACK, today) if f.note is None]
    if not found:
        return []
    counts = {code: sum(f.code == code for f in found) for code in FLAGS}
    said = "、".join(_("%(kind)s %(count)s", kind=FLAGS[c], count=n) for c, n in counts.items() if n)
    title = _("%(count)s numbers of %(title)s to look into again", count=len(found), title=_("Youth Study"))
    return [Panel(title, (said, _("Each says why it stands out; a note settles it.")), "study_flags.index", "study", todo=True)]


def _differences() -> list[Panel]:
    newest = issues_with_two()[:4]
    count = sum(len(compare(issue).open) for issue, _rows in newest)
    if not count:
        return []
    title = _("%(count)s differences between two sources to be decided", count=count)
    return [Panel(title, (_("Whoever has a record on one side only, by issue."),), "study_sources.index", "study", todo=True)]


def _behind(county: CountyValue, root_id: int, today: date) -> list[Panel]:
    if not any_meeting():
        return []
    last = today.replace(day=1) - timedelta(days=1)  # the half-year in which the last full month lies
    late = [x for x in life_lines(county.id, root_id, CalendarPeriod.of(last, "half_year").start, today, today) if x.missing]
    if not late:
        return []
    counts = sorted(((sum(k in x.missing for x in late), w) for k, w in KINDS.items()), reverse=True)
    said = "、".join(_("%(kind)s %(count)s", kind=w, count=n) for n, w in counts if n)
    title = _("%(count)s branches are behind with their meetings", count=len(late))
    return [Panel(title, (_("Most often: %(kinds)s", kinds=said),), "study_life.index", "study", "warn")]
