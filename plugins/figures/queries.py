"""Asking for figures: of a period (locked or not), of its bases, as JSON."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from flask import g, has_request_context, request

from youthpilot.core.kernel.calendar import CalendarPeriod
from youthpilot.core.kernel.clock import today as clock_today
from youthpilot.core.kernel.collecting import once
from youthpilot.core.kernel.errors import NotFound
from youthpilot.core.kernel.kept import kept
from youthpilot.core.kernel.scope import figure_scope
from youthpilot.core.periods.models import Obligation, Period, Submission
from youthpilot.core.registry import CountyRegistry

from .declared import catalogue
from .engine import COUNTING, When, compute_figures
from .models import FigureEntry
from .rules import Change, change
from .snapshots import snapshot_figures
from .values import FigureSet, FigureValue
from .words import _

CLOSED = ("locked", "published")
NOT_KNOWN = "（还不掌握）"


@dataclass(frozen=True)
class Bases:
    """What figures are compared with: the one before of the same kind, and the same one last year. None: the county has no such period."""

    previous: FigureSet | None
    last_year: FigureSet | None

    def change(self, figure: FigureValue, which: str = "last_year") -> Change | None:
        """How a figure moved against a base ("last_year" or "previous"); None without one."""
        base = self.value(figure.key, figure.organization_id, which)
        return change(figure.kind, figure.value, base, figure.percent)

    def value(self, key: str, organization_id: int | None = None, which: str = "last_year") -> Decimal | None:
        """The printed value of the base; None without one."""
        figures = self.last_year if which == "last_year" else self.previous
        return _number(figures.value(key, organization_id)) if figures else None


@dataclass(frozen=True)
class BaseValues:
    """Key → printed value of the county itself, at the period before and the same one last year; a key without a base is missing."""

    previous: dict[str, Decimal | None]
    last_year: dict[str, Decimal | None]


def figures_of(
    county: Any,
    when: When,
    registry: CountyRegistry,
    revision: int | None = None,
    keys: Iterable[str] | None = None,
    accepted_only: bool = False,
    today: date | None = None,
) -> FigureSet:
    """The figures of a period as they hold: of a closed one (or of a `revision`) as locked, else computed now. Always the whole county.

    Also for a free range (first day, last day), both included. Cut them with `visible(scope.root_id)` before they are shown. While
    a page is being shown (GET) they are computed once.
    """
    wanted = None if keys is None else tuple(sorted(keys))
    with figure_scope(registry.county.id):
        if isinstance(when, Period) and (revision is not None or when.state in CLOSED):
            return _once(("locked", when.id, revision or when.revision, when.state), registry.county.id, lambda: snapshot_figures(when, revision))
        what = (when.id, when.code, when.state, when.revision, when.start_on, when.end_on) if isinstance(when, Period) else when
        day = today or clock_today()
        name = ("figures", registry.county, what, wanted, accepted_only, day, registry.enabled, registry.registry)
        make = partial(compute_figures, county, when, registry, wanted, accepted_only, day)
        return _once(name, registry.county.id, lambda: kept(name, make, is_complete))


def is_complete(figures: FigureSet) -> bool:
    """True if no module failed while the figures were made: only such figures are kept."""
    return not any(column.fault for column in figures.columns.values())


def _once(name: Any, county_id: int, make: Callable[[], FigureSet]) -> FigureSet:
    """`make()`, kept for the rest of the request if it only reads. A county's figures, never a user's."""
    if not has_request_context() or request.method not in ("GET", "HEAD"):
        return make()
    return once(g.setdefault("youthpilot_figures", {}), name, county_id, make)


def bases(county: Any, period: Period, registry: CountyRegistry, keys: Iterable[str] | None = None, today: date | None = None) -> Bases:
    """The period before and the same one last year, at every organization: as locked if they are closed, else computed."""
    found = [_period(period, span) for span in (period.calendar.previous, period.calendar.last_year)]
    return Bases(*(figures_of(county, p, registry, keys=keys, today=today) if p else None for p in found))


def base_values(county: Any, period: Period, registry: CountyRegistry, today: date | None = None) -> BaseValues:
    """The same for the county itself."""
    spans = period.calendar.previous, period.calendar.last_year
    return BaseValues(*(_of_root(county, _period(period, span), registry, today) for span in spans))


def history_of(county: Any, period: Period, key: str, now: Any, registry: CountyRegistry | None = None, length: int = 5) -> list[Decimal | None]:
    """The county's value of an indicator in the periods of its kind up to a period, the oldest first, `now` last; None where it is not known.

    Those before the first known one are left out. Without `registry` only closed periods are read.
    """
    found: list[Decimal | None] = [_number(now)]
    span = period.calendar.previous
    for _step in range(length - 1):
        found.insert(0, _of_root(county, _period(period, span), registry).get(key))
        span = span.previous
    while len(found) > 1 and found[0] is None:
        found.pop(0)
    return found


def _of_root(county: Any, period: Period | None, registry: CountyRegistry | None, today: date | None = None) -> dict[str, Decimal | None]:
    if period is None:
        return {}
    if period.state in CLOSED:
        figures = _once(("locked root", period.id, period.revision), period.county_id, lambda: snapshot_figures(period, organization_ids=()))
    elif registry is not None:
        figures = figures_of(county, period, registry, today=today)
    else:
        return {}
    values = {key: _number(figures.value(key)) for key in figures.keys if figures.meaning(key).kind != "claim"}
    return values if registry is None else _continued(values, registry)


def _continued(values: dict[str, Decimal | None], registry: CountyRegistry) -> dict[str, Decimal | None]:
    """A series that another indicator continues gives it its values where it has none of its own."""
    for key, declared in catalogue(registry).items():
        successor = declared.indicator.successor
        if successor and values.get(successor) is None and values.get(key) is not None:
            values[successor] = values[key]
    return values


def _period(period: Period, span: CalendarPeriod) -> Period | None:
    with figure_scope(period.county_id):
        return Period.get_or_none(Period.code == span.code)


def _number(value: Any) -> Decimal | None:
    return value if isinstance(value, Decimal) else None


def figure_json(figures: FigureSet, organization_id: int | None = None) -> list[dict[str, Any]]:
    """The figures of one organization (default: the county's own) as `youthpilot figures --format json` prints them."""
    at = figures.root if organization_id is None else organization_id
    place = figures.places.get(at)  # type: ignore[arg-type]
    if place is None:
        raise NotFound(_("There is no such organization here"))
    return [
        {
            "key": f.key,
            "module": f.module,
            "title": f.title,
            "unit": f.unit,
            "kind": f.kind,
            "value": f.value if isinstance(f.value, bool) else json_number(f.value),
            "numerator": json_number(f.numerator),
            "denominator": json_number(f.denominator),
            "organization": place.code,
            "period": figures.period_code,
            "state": f.state,
            "revision": f.revision,
            "as_of": f.as_of.isoformat(),
        }
        for f in figures.for_organization(at)
    ]


def json_number(value: Decimal | None) -> int | float | None:
    """A whole number as int, any other as the float that prints the same."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def missing_units(period: Period, figures: FigureSet) -> dict[str, tuple[str, ...]]:
    """Key → short names of the organizations that owe the figure and gave none; keys that nobody misses are left out.

    Behind the name of one that has sent its form with 还不掌握 stands that it said so.
    """
    with figure_scope(period.county_id):
        owing = Obligation.select(Obligation.organization_id, Obligation.kind_then, Obligation.name_then)
        lines = list(owing.where((Obligation.period == period) & (Obligation.waived == False)).order_by(Obligation.id).tuples())  # noqa: E712
        sent = Submission.select(Submission.organization_id).where((Submission.period == period) & Submission.state.in_(COUNTING))
        entry = FigureEntry.select(FigureEntry.key, FigureEntry.organization_id)
        said = set(entry.where((FigureEntry.period == period) & (FigureEntry.blank_kind == "unknown") & FigureEntry.organization.in_(sent)).tuples())
    found = {}
    for key, column in figures.columns.items():
        owe = [(i, name) for i, kind, name in lines if kind in column.meaning.asked_of and i not in column.parts]
        names = tuple(name + NOT_KNOWN if (key, i) in said else name for i, name in owe)
        if names:
            found[key] = names
    return found
