"""Figures: indicators, roll-up, the organizations' forms, totals, snapshots. Platform plugin: always on."""

from typing import TYPE_CHECKING

from youthpilot.core.kernel.public import loader

PUBLIC: dict[str, tuple[str, ...]] = {
    "indicator": (
        "Indicator",
        "FigureContext",
        "Records",
        "Breakdown",
    ),
    "entries": (
        "enter_total",
        "totals_of",
    ),
    "declared": ("catalogue",),
    "guarding": ("refuse_locked_figures",),
}
__all__ = sorted(name for names in PUBLIC.values() for name in names)
__getattr__ = loader(__name__, PUBLIC)

if TYPE_CHECKING:
    from .declared import catalogue as catalogue
    from .entries import enter_total as enter_total
    from .entries import totals_of as totals_of
    from .guarding import refuse_locked_figures as refuse_locked_figures
    from .indicator import Breakdown as Breakdown
    from .indicator import FigureContext as FigureContext
    from .indicator import Indicator as Indicator
    from .indicator import Records as Records
