"""The report of a period: document, sections, wording, Word, HTML. Platform plugin: always on."""

from typing import TYPE_CHECKING

from youthpilot.core.kernel.public import loader

PUBLIC: dict[str, tuple[str, ...]] = {
    "hookspecs": ("ReportSection",),
    "document": (
        "ClaimNote",
        "Chart",
        "Series",
    ),
    "placeholders": ("check_written",),
}
__all__ = sorted(name for names in PUBLIC.values() for name in names)
__getattr__ = loader(__name__, PUBLIC)

if TYPE_CHECKING:
    from .document import Chart as Chart
    from .document import ClaimNote as ClaimNote
    from .document import Series as Series
    from .hookspecs import ReportSection as ReportSection
    from .placeholders import check_written as check_written
