"""The county's dated numbers for the rules of organizations and cadres."""

from collections.abc import Mapping
from datetime import date

from ..counties.models import CountySetting
from ..kernel.scope import county_scope, scope_or_none, scoped
from .rules import DEFAULTS, Thresholds


def thresholds(county_id: int, defaults: Mapping[str, tuple[tuple[date, int], ...]] = DEFAULTS) -> Thresholds:
    """All numbers of the rules for a county, for any day, in one query: its settings of owner `core` over the `defaults`."""
    scope = scope_or_none()
    with scoped(county_scope(county_id, scope.actor_id if scope else None)):
        rows = (
            CountySetting.select(CountySetting.key, CountySetting.valid_from, CountySetting.value)
            .where((CountySetting.owner == "core") & CountySetting.key.in_(list(defaults)))
            .order_by(CountySetting.valid_from)
        )
        own: dict[str, list[tuple[date, int]]] = {}
        for row in rows:
            own.setdefault(row.key, []).append((row.valid_from, int(row.value)))
    return Thresholds({key: tuple(entries) for key, entries in own.items()}, defaults)
