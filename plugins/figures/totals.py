"""Totals of earlier half-years (汇总录入): how many a period has, and where they came from."""

from youthpilot.core.periods.models import Period

from .models import FigureEntry


def count_totals(period_id: int) -> int:
    """How many figures of a period are known as totals."""
    return int(FigureEntry.select().where((FigureEntry.period == period_id) & (FigureEntry.origin == "total")).count())


def last_source(period: Period) -> str:
    """The file or notice that was named last for a total of the period; '' if there is none."""
    entered = FigureEntry.select(FigureEntry.source_file).where((FigureEntry.period == period) & (FigureEntry.origin == "total"))
    row = entered.order_by(FigureEntry.id.desc()).first()
    return row.source_file if row else ""
