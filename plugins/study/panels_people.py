"""The to-do of the branch secretary: who missed several issues in a row."""

from datetime import date

from youthpilot.core import CountyValue, Panel

from .pointing import point_choices
from .rolls import streak_count
from .words import _


def streak_panels(county: CountyValue, today: date) -> list[Panel]:
    """One to-do if somebody in sight missed the last issues in a row; as many as the setting says."""
    rules = point_choices(county.id, today)
    found = streak_count(today, rules.streak_limit, rules.makeup_in_streaks)
    if not found:
        return []
    line = _("They missed the last %(limit)s issues or more, by branch; the list can be taken away as a file.", limit=rules.streak_limit)
    return [Panel(_("%(count)s members missed issues in a row", count=f"{found:,}"), (line,), "study_people.streaks", "study", "warn", todo=True)]
