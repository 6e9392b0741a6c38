"""What the kit for authors of modules asks of indicators: words that people read, and queries that run in a county without a record."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any

from youthpilot.core.hookvalues import PeriodValue
from youthpilot.core.kernel.text import in_chinese
from youthpilot.core.periods.models import Period
from youthpilot.core.registry import CountyRegistry

from .engine import Frame
from .hookspecs import declared_indicators, indicators
from .indicator import FigureContext, Indicator

WIDTH = {"flow": 2, "stock": 2, "ratio": 3, "average": 3}


def contract_checks(registry: CountyRegistry, module: str, period: PeriodValue, today: date) -> list[str]:
    """What is wrong with a module's indicators, a sentence each: as declared, and as they work in the county of the scope."""
    if module not in registry.enabled:
        left = any(owner == module for owner, _indicator in indicators(registry))
        return ["an indicator of it is left after it was disabled"] if left else []
    declared = declared_indicators(registry.registry.loaded[module])
    return [*(text for i in declared for text in _as_declared(i)), *_at_work(registry, module, Period.get_by_id(period.id), today)]


def _as_declared(indicator: Indicator) -> Iterator[str]:
    if not in_chinese(indicator.title):
        yield f"the title of {indicator.key} {indicator.title!r} is read by county secretaries: write it in Chinese"
    if not indicator.definition:
        yield f"{indicator.key}: say in `definition` what is counted and what it is divided by"
    if indicator.kind == "distinct" and indicator.compute is not None:
        yield f"{indicator.key}: a distinct figure lists `items`; core counts them at every node, a sum would count twice"
    if indicator.kind == "claim" and not indicator.claim_needs:
        yield f"{indicator.key}: name in `claim_needs` the figures that the claim compares"
    if (indicator.compute or indicator.items) and indicator.records is None:
        yield f"{indicator.key}: computed from rows, so `records` must list them"


def _at_work(registry: CountyRegistry, module: str, period: Any, today: date) -> Iterator[str]:
    context = Frame(None, period, registry, today).context(module)
    for owner, indicator in indicators(registry):
        if owner != module:
            continue
        if indicator.compute or indicator.items:
            wanted = 2 if indicator.kind == "distinct" else WIDTH.get(indicator.kind, 2)
            yield from _raising(f"{indicator.key}: compute", partial(_computed, indicator, context, wanted))
        if indicator.records is not None:
            yield from _raising(f"{indicator.key}: records", partial(_listed, indicator, context, [period.organization_id]))


def _computed(indicator: Indicator, context: FigureContext, width: int) -> Iterator[str]:
    ask = indicator.compute or indicator.items
    query: Any = ask(context) if ask else ()
    key = indicator.key
    rows = list(query.tuples() if hasattr(query, "tuples") else query)
    if any(value is not None for row in rows for value in row[1:]):
        yield f"{key}: gives {rows[0]} in a county without a record: blank is not zero, return no row"
    columns = getattr(query, "_returning", None)
    if columns is not None and len(columns) < width:
        yield f"{key}: {len(columns)} columns, but its kind needs (organization_id, numerator{', denominator' if width == 3 else ''})"


def _listed(indicator: Indicator, context: FigureContext, organization_ids: list[int]) -> Iterator[str]:
    key = indicator.key
    records: Any = indicator.records(context, organization_ids) if indicator.records else None
    columns = getattr(records.query, "_returning", None)
    list(records.query.tuples() if hasattr(records.query, "tuples") else records.query)
    if columns is not None and len(columns) != len(records.columns):
        yield f"{key}: records give {len(columns)} columns under {len(records.columns)} headings"
    if any(place >= len(records.columns) for place in records.mask):
        yield f"{key}: `mask` names a column that does not exist"


def _raising(what: str, function: Callable[[], Any]) -> Iterator[str]:
    try:
        yield from function() or ()
    except Exception as error:
        yield f"{what} raises {type(error).__name__}: {error}"
