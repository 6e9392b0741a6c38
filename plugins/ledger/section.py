"""The county's own sentences in the report: one section per chapter and heading, in the county's order.

A heading that a module's section has too continues that one's paragraph.
"""

from collections.abc import Callable
from typing import Any

from youthpilot.plugins.reports import ReportSection

from . import rules
from .models import LedgerSentence
from .queries import sentences


def own_sections() -> list[ReportSection]:
    """Sections of the county in scope. Their keys hold the first sentence's number: it never changes."""
    return list(_by_place().values())


def sections_saying(words: str) -> list[str]:
    """Keys of the sections in which a sentence of the county holds these words."""
    by_place = _by_place()
    rows = LedgerSentence.select().where(LedgerSentence.text.contains(words))
    return list(dict.fromkeys(by_place[row.chapter, row.heading].key for row in rows if (row.chapter, row.heading) in by_place))


def _by_place() -> dict[tuple[str, str], ReportSection]:
    made: dict[tuple[str, str], ReportSection] = {}
    for row in LedgerSentence.select().where(LedgerSentence.chapter.in_(list(rules.CHAPTERS))).order_by(LedgerSentence.position, LedgerSentence.id):
        place = (row.chapter, row.heading)
        if place not in made:
            made[place] = ReportSection(f"ledger.s{row.id}", row.chapter, row.heading, row.position, composer(*place))
    return made


def composer(chapter: str, heading: str) -> Callable[[Any], None]:
    """What writes the sentences of one heading into a report."""

    def compose(report: Any) -> None:
        for row in sentences(report.frame.calendar.start, report.frame.calendar.end):
            if (row.chapter, row.heading) == (chapter, heading) and _printed(report, row):
                report.written(row.text)

    return compose


def _printed(report: Any, row: LedgerSentence) -> bool:
    if not rules.holds(report.value(row.when_key) if row.when_key else None, row.when_comparator, row.when_value):
        return False
    return not row.needs_figures or all(report.has(key) for key in rules.placeholders(row.text))
