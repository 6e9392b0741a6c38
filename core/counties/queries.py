"""Read what a county has set and what went wrong in its modules."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ..audit.models import PluginFault
from .models import CountySetting


@dataclass(frozen=True)
class SettingEntry:
    """A value of a setting from a day on, as it was recorded."""

    key: str
    valid_from: date
    value: Any
    changed_by: str
    changed_at: datetime


def settings_history(owner: str) -> dict[str, list[SettingEntry]]:
    """key → the values which the scope's county has set for it, the newest day first; keys never set are missing."""
    found: dict[str, list[SettingEntry]] = {}
    rows = CountySetting.select().where(CountySetting.owner == owner).order_by(CountySetting.key, CountySetting.valid_from.desc())
    for row in rows:
        found.setdefault(row.key, []).append(SettingEntry(row.key, row.valid_from, row.value, row.changed_by, row.changed_at))
    return found


def faults_of(county_id: int | None, plugin: str = "", limit: int = 5) -> list[PluginFault]:
    """The latest faults of a module ('': of all) in a county (None: in all), the newest first."""
    query = PluginFault.select().order_by(PluginFault.id.desc()).limit(limit)
    if county_id is not None:
        query = query.where(PluginFault.county_id == county_id)
    return list(query.where(PluginFault.plugin == plugin) if plugin else query)
