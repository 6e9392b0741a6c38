"""What a module declares at start, looked at before anything of it is used: folders, migrations, settings, its card, its names.

Everything that a module claims is its name and a separator, so that no two modules can claim the same; what the host itself is called
is taken.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from inspect import isroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from flask.signals import _signals
from wtforms import Form

from .contracts import Contract, WrongValue, list_of, text, wrong
from .kernel.db import CountyModel
from .kernel.errors import PluginRefused
from .kernel.i18n import unreadable
from .plugin import API_VERSION, NAME, NAMESPACE, PLATFORM, RESERVED, Plugin

if TYPE_CHECKING:
    from .registry import Loaded


def folder(value: Any) -> str:
    """The path of a folder of translations that can be read. Raises WrongValue."""
    path = Path(text(value))
    if not path.is_dir():
        raise WrongValue(f"there is no folder {path}")
    if bad := unreadable(path):
        raise WrongValue(bad)
    return str(path)


def migrations(value: Any) -> str | dict[str, list[str]]:
    """The path of a folder, or name → statements. Raises WrongValue."""
    if not isinstance(value, dict):
        path = text(value)
        if path and not Path(path).is_dir():
            raise WrongValue(f"there is no folder {path}")
        return path
    found = dict(dict.items(value))  # not what a class of its own says
    for name, statements in found.items():
        if type(statements) is not list or not all(type(s) is str for s in (name, *statements)):
            raise WrongValue(f"the migration {name!r} must be a list of SQL statements")
    return found


def functions(value: Any) -> list[Any]:
    """Exactly a list of what can be called. Raises WrongValue."""
    if type(value) is not list or not all(callable(one) for one in value):
        raise wrong("a list of functions", value)
    return list(value)


def settings(value: Any, kind: type) -> tuple[type[Form], list[Any]] | None:
    """(form, settings), each setting with its field in the form; None for none. Raises WrongValue."""
    if value is None:
        return None
    if type(value) not in (tuple, list) or len(value) != 2:
        raise wrong("(form class, list of settings)", value)
    form, declared = value
    if not (isinstance(form, type) and issubclass(form, Form)):
        raise wrong("a class that derives from wtforms.Form", form)
    found = list_of(kind).take(declared)
    for setting in found:
        if not hasattr(getattr(form, setting.key, None), "field_class"):
            raise WrongValue(f"the setting {setting.key!r} has no field in {form.__name__}")
    return form, found


def card(module: Any, name: str, taken: Mapping[str, str]) -> Plugin:
    """The module's PLUGIN, looked at. taken: name → the package that has it. Raises PluginRefused."""
    plugin = getattr(module, "PLUGIN", None)
    if type(plugin) is not Plugin:
        raise PluginRefused(f"{name}: no PLUGIN = Plugin(...) in its __init__.py")
    if type(plugin.name) is not str or not NAME.match(plugin.name) or plugin.name in ("core", "admin"):
        raise PluginRefused(f"{name}: the name {plugin.name!r} must be 2–30 small letters and digits")
    if plugin.name in RESERVED:
        raise PluginRefused(f"{name}: the platform itself has a page or a command called {plugin.name!r}: choose another name")
    if name not in ("", "?", plugin.name):
        raise PluginRefused(f"{name}: its entry point is called {name!r}, its PLUGIN {plugin.name!r}: both must be the same")
    if plugin.name in taken:
        raise PluginRefused(f"{plugin.name}: two distributions claim this name, {taken[plugin.name]} stays")
    if plugin.requires != API_VERSION:
        raise PluginRefused(
            f"{plugin.name} {plugin.version} was written for API {plugin.requires}, this is API {API_VERSION}: "
            "change it as docs/write-a-plugin.md says under “From version 1 to 2”, then let its card say requires='2'"
        )
    if plugin.name in plugin.depends_on:
        raise PluginRefused(f"{plugin.name} depends on itself: take it out of depends_on")
    return plugin


def brought(owner: str, specs: Any) -> dict[str, Contract]:
    """The hooks of a class of specifications, {} for None; owner "" is core. Raises PluginRefused if one is not in its name space."""
    if specs is None:
        return {}
    if not isinstance(specs, type):
        raise PluginRefused(f"{owner}: Plugin.hookspecs must be a class of specifications")
    found = {
        name: getattr(getattr(specs, name), "contract", None) for name in dir(specs) if not name.startswith("_")
    }  # inherited ones too, as pluggy reads it
    for name, contract in found.items():
        if type(contract) is not Contract or contract.name != name:
            raise PluginRefused(f"{owner}: its hook {name!r} has no contract: declare it with youthpilot.core.spec(policy=…, returns=…)")
        if owner not in ("", *PLATFORM) and not name.startswith(f"{owner}_"):
            raise PluginRefused(f"{owner}: its hook {name!r} must begin with '{owner}_'")
    return cast(dict[str, Contract], found)


def marked_objects(module: Any) -> list[str]:
    """What a module marks as an implementation and pluggy would pass over without a word: a partial, an object to call."""
    return [name for name, value in vars(module).items() if not isroutine(value) and f"{NAMESPACE}_impl" in _own_attributes(value)]


def _own_attributes(value: Any) -> Mapping[str, Any]:
    try:
        found = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return found if isinstance(found, Mapping) else {}


def signal_handlers() -> dict[str, frozenset[Any]]:
    """Flask's signal → the handlers that listen to it now."""
    return {name: frozenset(signal.receivers) for name, signal in _signals.items()}


def disconnect_since(before: dict[str, frozenset[Any]]) -> None:
    """Take out the handlers that were connected since: they belong to a module that was refused."""
    for name, signal in _signals.items():
        for key in set(signal.receivers) - before.get(name, frozenset()):
            signal.receivers.pop(key, None)
            for listeners in signal._by_sender.values():
                listeners.discard(key)


def check_claims(item: "Loaded", contracts: Mapping[str, Contract], others: Iterable[str]) -> None:
    """Everything a module claims begins with its name, each thing once, whatever its case; personal data is declared.

    others: the plugins that are there already, to say whose it is. Raises PluginRefused.
    """
    name = item.plugin.name
    for hook in item.hooks:
        if contracts[hook].platform:
            raise PluginRefused(f"{name}: the hook {hook!r} is for the platform's own plugins")
    if "county_period_locking" in item.hooks and "county_lock_verifying" not in item.hooks:
        raise PluginRefused(f"{name}: what it stores in county_period_locking must be checked again in county_lock_verifying")
    claims = _claims(item, contracts)
    for what, claimed, prefixes in claims:
        if not claimed.startswith(prefixes) and not (claimed == name and what in ("importer", "section", "command")):
            whose = next((f"; this one is a name of {o}" for o in others if claimed.lower().startswith((f"{o}_", f"{o}."))), "")
            raise PluginRefused(f"{name}: the {what} {claimed!r} must begin with {' or '.join(repr(p) for p in prefixes)}{whose}")
    twice = [f"{what} {claimed!r}" for (what, claimed), n in Counter((w, c.lower()) for w, c, _p in claims).items() if n > 1]
    if twice:
        raise PluginRefused(f"{name}: declared twice: {', '.join(twice)}")
    for command in item.commands:
        if command.name != name:
            raise PluginRefused(f"{name}: its command group must be called {name!r}, not {command.name!r}")
        command.get_short_help_str()  # read by every `youthpilot --help`
    for model in item.models:
        _check_model(name, model)


def _claims(item: "Loaded", contracts: Mapping[str, Contract]) -> list[tuple[str, str, tuple[str, ...]]]:
    """(what, claimed, how it may begin) of everything with a name."""
    name = item.plugin.name
    dotted, either = (f"{name}.",), (f"{name}.", f"{name}_")
    return [
        *(("table", m._meta.table_name, (f"{name}_",)) for m in item.models),
        *(("permission", p.name, dotted) for p in item.permissions),
        *(("setting", s.key, ("",)) for s in item.settings),
        *(
            (contracts[hook].claims, v.key, dotted if contracts[hook].claims == "indicator" else either)
            for hook, given in item.declared.items()
            if contracts[hook].claims
            for v in given
        ),
    ]


def check_keys(name: str, keys: Iterable[str]) -> None:
    """What a module tells of one county begins with its name too, each key once. Raises WrongValue."""
    found = list(keys)
    for key in found:
        if key != name and not key.startswith((f"{name}.", f"{name}_")):
            raise WrongValue(f"the key {key!r} must begin with '{name}.'")
        if found.count(key) > 1:
            raise WrongValue(f"the key {key!r} is declared twice")


def _check_model(name: str, model: Any) -> None:
    table = model._meta.table_name
    if table != table.lower():
        raise PluginRefused(f"{name}: the table {table!r} must be small letters")
    if issubclass(model, CountyModel) and model._meta.composite_key:
        raise PluginRefused(f"{name}: {model.__name__} must keep `id` as its key")
    for key in model.merged_fields if issubclass(model, CountyModel) else ():
        if key not in model._meta.fields:
            raise PluginRefused(f"{name}: {model.__name__}.merged_fields names {key!r}, which is no field")
        if any(unique and key in names for names, unique in model._meta.indexes) or model._meta.fields[key].unique:
            raise PluginRefused(
                f"{name}: {model.__name__}.merged_fields names {key!r}, part of a unique key: say in county_organization_changed what becomes of doubles"
            )
    unknown = [f for f in model.personal_fields if f not in model._meta.fields]
    suspicious = [f for f in model._meta.fields if f in ("id_no", "phone", "birth_date", "address") and f not in model.personal_fields]
    if unknown or suspicious:
        raise PluginRefused(f"{name}: {model.__name__}.personal_fields must name the fields that tell of a person: {unknown or suspicious}")
