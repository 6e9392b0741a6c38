"""Counties: create, enable and disable modules, dated settings, and who is suspended."""

import copy
import re
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from ..audit.models import PluginFault
from ..audit.services import record
from ..calling import told
from ..hookspecs import Specs
from ..hookvalues import CountyValue
from ..kernel.afterwards import after_answer
from ..kernel.clock import business_now, today
from ..kernel.db import database, transaction
from ..kernel.errors import ConflictError, NotFound, RuleError
from ..kernel.i18n import _
from ..kernel.kept import kept
from ..kernel.scope import county_scope, scope_or_none, scoped, unscoped
from ..kernel.text import storable
from ..registry import CountyRegistry, Registry
from .models import County, CountyPlugin, CountySetting

FAULTS_BEFORE_SUSPENSION = 3
CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,30}[a-z0-9]")  # within what address.COUNTY_PREFIX takes off an address; 320999 is a natural one


def county_by_code(code: str) -> County:
    """The county of an address. Raises NotFound."""
    county: County | None = County.get_or_none(County.code == code)
    if county is None:
        raise NotFound(_("There is no county %(code)s", code=code))
    return county


def value_of(county: County) -> CountyValue:
    """The frozen value that hooks get."""
    return CountyValue(county.id, county.code, county.name)


def enabled_plugins(county_id: int) -> frozenset[str]:
    """Names of the modules that the county has enabled now (one small query; the caller keeps it for a request)."""
    with scoped(county_scope(county_id)):
        query = CountyPlugin.select(CountyPlugin.plugin).where(CountyPlugin.state == "enabled")
        return frozenset(name for (name,) in query.tuples())


def plugin_states(county_id: int) -> dict[str, CountyPlugin]:
    """Module name → its row in the county, for every module the county ever enabled."""
    with scoped(county_scope(county_id)):
        return {row.plugin: row for row in CountyPlugin.select()}


def county_registry(registry: Registry, county: County) -> CountyRegistry:
    """The registry narrowed to the county's enabled modules, as of now."""
    return registry.for_county(value_of(county), enabled_plugins(county.id))


def enable(registry: Registry, county: County, name: str, actor: str) -> None:
    """Enable a module for a county; in force in every worker at the next request.

    Raises NotFound for one that is not installed, RuleError if a module it depends on is not enabled.
    """
    item = registry.loaded.get(name)
    if item is None:
        raise NotFound(_("The module %(name)s is not installed", name=name))
    with transaction(), scoped(county_scope(county)):
        missing = [registry.loaded[d].plugin.title for d in item.plugin.depends_on if d not in enabled_plugins(county.id)]
        if missing:
            raise RuleError(_("Enable %(names)s first: this module builds on it", names="、".join(missing)))
        _set_state(county, name, "enabled", "", actor)
        registry.for_county(value_of(county), [*enabled_plugins(county.id), name]).abort(Specs.county_enabled, name)


def disable(registry: Registry, county: County, name: str, actor: str, reason: str = "") -> None:
    """Disable a module: its data stays, menus, routes, indicators and sentences are gone at the next request.

    One that is not installed any more, or was refused, can be disabled as well. Raises ConflictError if an enabled module depends on it,
    NotFound for a name that the county never enabled and nobody installed.
    """
    if name not in registry.loaded and name not in plugin_states(county.id):
        raise NotFound(_("The module %(name)s is not installed", name=name))
    before = county_registry(registry, county)
    dependants = [i.plugin.title for i in before.items() if name in i.plugin.depends_on]
    if dependants:
        raise ConflictError(_("Disable %(names)s first: it builds on this module", names="、".join(dependants)))
    with transaction(), scoped(county_scope(county)):
        _set_state(county, name, "disabled", reason, actor)
    before.after(Specs.county_disabled, name)


def suspend_after_faults(name: str, county_id: int | None, hook: str, error: BaseException) -> None:
    """Keeper of faults: writes them down after the answer, and suspends the module in the county after three within an hour.

    Faults from before it was turned on again do not count.
    """
    after_answer(f"fault of {name}", partial(_write_fault, name, county_id, storable(hook)[:60], told(error), business_now()))


def _write_fault(name: str, county_id: int | None, hook: str, message: str, at: datetime) -> None:
    with unscoped("faults of modules"):
        PluginFault.create(plugin=name, county_id=county_id, hook=hook, message=message[:2000], at=at)
        turned_on = CountyPlugin.select(CountyPlugin.changed_at).where((CountyPlugin.county == county_id) & (CountyPlugin.plugin == name)).scalar()
        since = max(at - timedelta(hours=1), turned_on or at - timedelta(hours=1))
        recent = PluginFault.select().where((PluginFault.plugin == name) & (PluginFault.county_id == county_id) & (PluginFault.at > since)).count()
    if county_id is not None and recent >= FAULTS_BEFORE_SUSPENSION and name in enabled_plugins(county_id):
        with scoped(county_scope(county_id)):
            reason = _("Stopped by itself after repeated faults, last: %(error)s", error=message[:200])
            _set_state(County.get_by_id(county_id), name, "suspended", reason, _("the platform"))


def _set_state(county: County, name: str, state: str, reason: str, actor: str) -> None:
    row = CountyPlugin.get_or_none(CountyPlugin.plugin == name)
    before = row.state if row else ""
    values = {"state": state, "reason": reason, "changed_by": actor, "changed_at": business_now()}
    if row is None:
        CountyPlugin.create(county=county, plugin=name, **values)
    else:
        CountyPlugin.update(**values).where(CountyPlugin.id == row.id).execute()
    record(f"plugin.{state}", object_type="plugin", object_id=name, object_name=name, reason=reason, before={"state": before}, after={"state": state})


def setting(county_id: int, owner: str, key: str, on: date | None = None, default: Any = None) -> Any:
    """The value in force on a day (default: today) of a dated setting; `default` if none was ever set."""
    scope, day = scope_or_none(), on or today()
    with scoped(county_scope(county_id, scope.actor_id if scope else None)):
        if database.in_transaction():
            one = (CountySetting.owner == owner) & (CountySetting.key == key) & (CountySetting.valid_from <= day)
            dated = _dated_values(one).get((owner, key), [])
        else:
            dated = kept(("settings",), _dated_values).get((owner, key), [])
    return next((copy.deepcopy(value) for valid_from, value in dated if valid_from <= day), default)


def _dated_values(*where: Any) -> dict[tuple[str, str], list[tuple[date, Any]]]:
    """(owner, key) → (from which day, value), the newest first, of the settings of the scope's county."""
    found: dict[tuple[str, str], list[tuple[date, Any]]] = {}
    query = CountySetting.select(CountySetting.owner, CountySetting.key, CountySetting.valid_from, CountySetting.value)
    for owner, key, valid_from, value in (query.where(*where) if where else query).order_by(CountySetting.valid_from.desc()).tuples():
        found.setdefault((owner, key), []).append((valid_from, value))
    return found


def set_setting(county: County, owner: str, key: str, value: Any, valid_from: date, actor: str, title: str = "") -> None:
    """Set a value from a day on; an entry of the same day is replaced. title: what the setting is called in the audit log."""
    with transaction(), scoped(county_scope(county)):
        before = setting(county.id, owner, key, valid_from)
        CountySetting.delete().where((CountySetting.owner == owner) & (CountySetting.key == key) & (CountySetting.valid_from == valid_from)).execute()
        CountySetting.create(county=county, owner=owner, key=key, value=value, valid_from=valid_from, changed_by=actor, changed_at=business_now())
        record(
            "setting.change", object_type="setting", object_id=f"{owner}.{key}", object_name=title, before={"value": before}, after={"value": value}
        )
