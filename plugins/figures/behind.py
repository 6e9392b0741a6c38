"""The records behind a figure, and what is known of them where they cannot be listed: entered, module off, listing failed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any, Literal

from youthpilot.core.contracts import exactly
from youthpilot.core.kernel.clock import today as clock_today
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.errors import NotFound
from youthpilot.core.kernel.identity import mask_name
from youthpilot.core.kernel.scope import figure_scope
from youthpilot.core.periods.models import Period
from youthpilot.core.registry import CountyRegistry

from .declared import CORE, Declared, catalogue
from .digests import records_digest
from .engine import Frame, When
from .indicator import Breakdown, FigureContext, Records
from .models import SnapshotRecords
from .pieces import BREAKDOWN, listing_records, record_row
from .pieces import records as told_records
from .queries import CLOSED, figures_of
from .values import FigureValue, subtree
from .words import _

Origin = Literal["records", "entered", "off", "failed", "unlisted", "claim"]
COMPARED_UP_TO = 20_000  # rows whose digest is computed while a page is shown; above it only their number is compared


@dataclass(frozen=True)
class Behind:
    """What stands behind a figure, as the scope in force may see it; names of persons masked.

    origin: `records` (listed in `rows`; `count`: all of them), `entered` (a number was given, there are no rows), `off` (its module is
    not enabled, not installed, or knows the figure no more), `failed` (its module could not list them), `unlisted` (computed, but its
    module lists nothing), `claim` (it compares other figures). module: the name of the figure's module for people.
    locked_count, locked_digest: rows of the whole county and their digest at the lock; None and '' while open or if nothing was stored.
    same: whether the county's rows still are those of the lock, None if that was not compared.
    """

    origin: Origin
    module: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    count: int = 0
    note: str = ""
    locked_count: int | None = None
    locked_digest: str = ""
    same: bool | None = None


def records_behind(
    when: When,
    key: str,
    organization_id: int,
    registry: CountyRegistry,
    offset: int = 0,
    limit: int | None = 50,
    today: date | None = None,
    masked: bool = True,
) -> Behind:
    """The rows behind a figure of an organization and all below it, or why none can be shown. limit=None: all rows.

    Raises NotFound for an unknown organization or figure.
    """
    declared = catalogue(registry).get(key)
    stored = _at_lock(when, key)
    known = {"locked_count": stored.row_count, "locked_digest": stored.digest} if stored else {}
    if declared is None or declared.indicator.records is None:
        return replace(_unlisted(when, key, organization_id, registry, declared, stored), **known)
    frame = Frame(registry.county, when, registry, today or clock_today())
    ids = _below(frame, organization_id)
    listing, context, title = declared.indicator.records, frame.context(declared.module), module_title(registry, declared.module)
    read = partial(_listed, listing, title, offset, limit, masked)
    found: Behind | None = registry.isolated(declared.module, listing_records(exactly(Behind)), read, context, ids, detail=key)
    if found is None:
        return Behind("failed", title, **known)  # type: ignore[arg-type]
    if stored is None or max(stored.row_count, found.count) > COMPARED_UP_TO:
        return replace(found, **known)
    with figure_scope(registry.county.id):
        everybody = list({p.id: p for p in frame.places()})
        now = registry.isolated(declared.module, DIGESTED, partial(records_told, listing), context, everybody, detail=key)
    return replace(found, same=None if now is None else now == (stored.row_count, stored.digest), **known)


def breakdown_of(when: When, key: str, organization_id: int, registry: CountyRegistry, today: date | None = None) -> Breakdown | None:
    """What a figure of an organization is made of, as its module tells it; None if the module tells nothing (or is off)."""
    declared = catalogue(registry).get(key)
    if declared is None or declared.indicator.breakdown is None:
        return None
    frame, tell = Frame(registry.county, when, registry, today or clock_today()), declared.indicator.breakdown
    ids = _below(frame, organization_id)
    found: Breakdown | None = registry.isolated(declared.module, BREAKDOWN, tell, frame.context(declared.module), ids, detail=key)
    return found


DIGESTED = listing_records(exactly(tuple[int, str]))


def records_told(listing: Callable[..., Records], context: FigureContext, ids: list[int]) -> tuple[int, str]:
    """(rows, digest) of the records behind a figure of these organizations. Raises WrongValue, or what the module raises."""
    return records_digest(told_records(listing(context, ids)).query)


def module_title(registry: CountyRegistry, module: str) -> str:
    """A module's name for people, also of one that is refused or no longer installed (then the name it was stored under)."""
    loaded = registry.registry.loaded.get(module)
    if loaded is not None or module == CORE:
        return loaded.plugin.title if loaded else "团组织与团干部"
    return next((f.title for f in registry.registry.failures if f.name == module and f.title), module)


def _below(frame: Frame, organization_id: int) -> list[int]:
    with figure_scope(frame.county.id):
        places = {p.id: p for p in frame.places()}
    if organization_id not in places:
        raise NotFound(_("There is no such organization here"))
    return list(subtree(places, organization_id))


def _unlisted(
    when: When, key: str, organization_id: int, registry: CountyRegistry, declared: Declared | None, stored: SnapshotRecords | None
) -> Behind:
    """Why no rows can be listed: what was stored with the figure tells it, module or no module."""
    figure = figures_of(registry.county, when, registry).get(key, organization_id)
    if figure is None:
        raise NotFound(_("There is no such figure here"))
    return Behind(_origin(figure, declared, stored is not None), module_title(registry, figure.module))


def _origin(figure: FigureValue, declared: Declared | None, had_records: bool) -> Origin:
    if figure.kind == "claim":
        return "claim"
    if not had_records and figure.source in ("entered", "total"):
        return "entered"
    if declared is None:
        return "off"
    return "entered" if declared.by_hand else "unlisted"


def _listed(
    listing: Callable[..., Records], title: str, offset: int, limit: int | None, masked: bool, context: FigureContext, ids: list[int]
) -> Behind:
    records = told_records(listing(context, ids))
    page: Any = records.query
    if hasattr(page, "tuples"):
        count = int(page.clone().order_by().count(database))
        page = (page if limit is None else page.limit(limit).offset(offset)).tuples()
    else:
        count = len(page)
        page = page if limit is None else page[offset : offset + limit]
    rows = (record_row(row, len(records.columns)) for row in page)
    return Behind("records", title, tuple(records.columns), tuple(_masked(rows, records.mask if masked else ())), count, records.note)


def _masked(rows: Iterable[Any], hidden: tuple[int, ...]) -> Iterable[tuple[Any, ...]]:
    return (tuple(mask_name(str(v)) if n in hidden and v else v for n, v in enumerate(row)) for row in rows)


def _at_lock(when: When, key: str) -> SnapshotRecords | None:
    """What the lock stored of the rows behind an indicator, None of an open period, a free range, or one without rows."""
    if not isinstance(when, Period) or when.state not in CLOSED:
        return None
    with figure_scope(when.county_id):
        found: SnapshotRecords | None = SnapshotRecords.get_or_none(
            (SnapshotRecords.period == when) & (SnapshotRecords.revision == when.revision) & (SnapshotRecords.key == key)
        )
    return found
