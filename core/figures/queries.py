"""Asking for figures: of a period (locked or not), of its bases, as JSON, and the records behind one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ..clock import today as clock_today
from ..db import database
from ..errors import NotFound
from ..i18n import _
from ..periods.models import Period, SnapshotRecords
from ..periods.rules import half_year
from ..periods.snapshots import snapshot_figures
from ..registry import CountyRegistry
from ..scope import figure_scope
from .catalogue import catalogue
from .engine import Frame, When, compute_figures
from .indicator import Records
from .rules import Change, change
from .values import FigureSet, FigureValue

CLOSED = ("locked", "published")


@dataclass(frozen=True)
class Bases:
    """What figures are compared with: the period before and the same half last year. None: the county has no such period."""

    previous: FigureSet | None
    last_year: FigureSet | None

    def change(self, figure: FigureValue, which: str = "last_year") -> Change | None:
        """How a figure moved against a base ("last_year" or "previous"); None without one."""
        base = self.value(figure.key, figure.organization_id, which)
        return change(figure.kind, figure.value, base, figure.percent)

    def value(self, key: str, organization_id: int | None = None, which: str = "last_year") -> Decimal | None:
        """The printed value of the base; None without one."""
        figures = self.last_year if which == "last_year" else self.previous
        value = figures.value(key, organization_id) if figures else None
        return value if isinstance(value, Decimal) else None


def figures_of(
    when: When,
    registry: CountyRegistry,
    revision: int | None = None,
    keys: Iterable[str] | None = None,
    accepted_only: bool = False,
    today: date | None = None,
) -> FigureSet:
    """The figures of a period as they hold: of a closed one (or of a `revision`) as locked, else computed now. Always the whole county.

    Also for a free range (first day, last day), both included. Cut them with `visible(scope.root_id)` before they are shown.
    """
    if isinstance(when, Period) and (revision is not None or when.state in CLOSED):
        return snapshot_figures(when, revision)
    return compute_figures(registry.county, when, registry, keys, accepted_only, today)


def bases(period: Period, registry: CountyRegistry, keys: Iterable[str] | None = None, today: date | None = None) -> Bases:
    """The period before and the same half last year: as locked if they are closed, else computed."""
    half = half_year(period.code)
    return Bases(*(_base(period, code, registry, keys, today) for code in (half.previous.code, half.last_year.code)))


def _base(period: Period, code: str, registry: CountyRegistry, keys: Iterable[str] | None, today: date | None) -> FigureSet | None:
    with figure_scope(period.county_id):
        found = Period.get_or_none(Period.code == code)
    return figures_of(found, registry, keys=keys, today=today) if found else None


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


@dataclass(frozen=True)
class Behind:
    """The rows behind a figure, as the scope in force may see them. `locked_rows`: how many there were at the lock, None while open.

    `same`: whether count and digest of the whole county's rows still are those of the lock; None while open or not known.
    """

    records: Records
    row_count: int
    locked_rows: int | None = None
    same: bool | None = None


def records_behind(
    key: str, organization_id: int, when: When, registry: CountyRegistry, today: date | None = None, compare: bool = False
) -> Behind | None:
    """The rows behind a figure of an organization and all below it; None if none are kept (entered by hand, or its module is off).

    With `compare`, of a closed period: whether the rows are still those of the lock. Raises NotFound for an unknown organization.
    """
    declared = catalogue(registry).get(key)
    if declared is None or declared.indicator.records is None:
        return None
    frame = Frame(registry.county, when, registry, today or clock_today())
    with figure_scope(registry.county.id):
        from ..organizations.queries import tree_as_of

        tree = tree_as_of(registry.county.id, frame.as_of)
    if organization_id not in tree:
        raise NotFound(_("There is no such organization here"))
    listing, context = declared.indicator.records, frame.context(declared.module)
    behind = registry.isolated(declared.module, f"records {key}", lambda: _listed(listing, context, list(tree.subtree(organization_id))))
    if behind is None:
        return None
    stored = _at_lock(when, key) if isinstance(when, Period) and when.state in CLOSED else None
    if stored is None:
        return Behind(*behind)
    same = None
    if compare:
        from ..periods.lock import records_digest

        with figure_scope(registry.county.id):
            same = records_digest(listing(context, list(tree.ids)).query) == (stored.row_count, stored.digest)
    return Behind(*behind, locked_rows=stored.row_count, same=same)


def _listed(listing: Any, context: Any, ids: list[int]) -> tuple[Records, int]:
    records = listing(context, ids)
    return records, count_rows(records.query)


def count_rows(query: Any) -> int:
    """How many rows a query gives, without fetching them."""
    return int(query.clone().order_by().count(database)) if hasattr(query, "count") and hasattr(query, "clone") else len(list(query))


def _at_lock(period: Period, key: str) -> SnapshotRecords | None:
    found: SnapshotRecords | None = SnapshotRecords.get_or_none(
        (SnapshotRecords.period == period) & (SnapshotRecords.revision == period.revision) & (SnapshotRecords.key == key)
    )
    return found


def missing_units(figures: FigureSet, key: str, owing: Iterable[tuple[int, str]]) -> list[str]:
    """Short names of the organizations that owe a figure and gave none. `owing`: (organization, kind at opening)."""
    meaning, column = figures.meaning(key), figures.columns[key]
    return [figures.places[i].name for i, kind in owing if kind in meaning.asked_of and i in figures.places and i not in column.parts]
