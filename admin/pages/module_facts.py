"""What a module means to a county, read from what it declares: menus, figures, sentences, who owes, personal data, who sees it."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from youthpilot.core.accounts.rules import COUNTY_ROLES, role_title
from youthpilot.core.contracts import ANYTHING, Contract
from youthpilot.core.counties.models import CountyPlugin
from youthpilot.core.counties.queries import faults_of
from youthpilot.core.counties.services import plugin_states
from youthpilot.core.hookspecs import Specs
from youthpilot.core.kernel.clock import local, today
from youthpilot.core.kernel.i18n import _
from youthpilot.core.kernel.i18n import lazy_gettext as _l
from youthpilot.core.organizations.models import KINDS, Organization
from youthpilot.core.periods.models import Obligation
from youthpilot.core.periods.queries import current_period
from youthpilot.core.registry import Loaded
from youthpilot.core.screens import ModuleEffect
from youthpilot.core.web.current import current_registry, registry, state, the_county

STATES = {
    "enabled": (_l("On"), "ok", "check"),
    "off": (_l("Off"), "", "circle"),
    "suspended": (_l("Stopped"), "bad", "error"),
    "failed": (_l("Could not be loaded"), "bad", "error"),
    "missing": (_l("Not installed"), "bad", "error"),
}
FORM = Contract("settings", "isolate", ANYTHING)  # a module's form, made and asked
PERSONAL = {
    "name": _l("person's name"), "person_name": _l("person's name"), "display_name": _l("person's name"), "phone": _l("telephone"), "mobile": _l("telephone"), "id_no": _l("ID number"),
    "birth_date": _l("date of birth"), "born_on": _l("date of birth"), "address": _l("home address"), "number": _l("student or member number"),
}  # fmt: skip
HOOKS = {
    "county_panels": _l("on the home page"), "county_indicators": _l("in the figures"), "indicator": _l("in the figures"), "records": _l("in the records behind a figure"),
    "county_report_sections": _l("in the report"), "section": _l("in the report"), "county_period_problems": _l("in the checks before closing"),
    "importer": _l("in its imports"), "settings": _l("in its settings"), "menu": _l("in the menu"),
}  # fmt: skip


@dataclass(frozen=True)
class Card:
    """A module's line on the page."""

    name: str
    title: str
    description: str
    icon: str
    state: str  # a key of STATES
    changed_by: str
    changed_at: datetime | None
    counts: tuple[str, ...]  # what it brings, in a few words each
    owes: int  # organizations that are asked for something by it
    needs: tuple[str, ...]  # titles of the modules it builds on
    missing: tuple[str, ...]  # of these, the ones not enabled
    faults: tuple[tuple[datetime, str], ...]  # (when, where) it failed, the latest first
    slow: tuple[tuple[datetime, str, float], ...] = ()  # (when, where, seconds): what took long since this process started

    @property
    def on(self) -> bool:
        """True if the county has enabled it."""
        return self.state == "enabled"

    @property
    def changed_on(self) -> date | None:
        """The local day of the last change, None if there was none."""
        return local(self.changed_at).date() if self.changed_at else None


@dataclass(frozen=True)
class WhatIf:
    """What enabling brings, or disabling takes away."""

    menus: tuple[str, ...]
    effects: tuple[ModuleEffect, ...]  # in the respects of the platform's plugins, in order
    owes: tuple[tuple[str, int], ...]  # (kind of organization, how many)
    due_now: int | None  # organizations owing in the current period, None if no period is open
    settings: tuple[tuple[str, str], ...]  # (title, default)
    personal: tuple[str, ...]
    seen_by: tuple[str, ...]
    lines: tuple[str, ...]  # in the module's own words


def cards() -> list[Card]:
    """Every installed module as this county stands to it, then those which it once enabled and that are not there any more."""
    states, enabled, kinds = plugin_states(the_county().id), current_registry().enabled, kinds_here()
    known = [_card(item, states.get(item.plugin.name), enabled, kinds) for item in registry().ordered()]
    failed = {f.name for f in registry().failures}
    gone = [_gone(row, row.plugin in failed) for name, row in states.items() if name not in registry().loaded]
    return known + gone


def _card(item: Loaded, row: CountyPlugin | None, enabled: frozenset[str], kinds: Counter[str]) -> Card:
    plugin = item.plugin
    state = "enabled" if plugin.name in enabled else "suspended" if row is not None and row.state == "suspended" else "off"
    effects = effects_of(plugin.name)
    needs = {d: registry().loaded[d].plugin.title for d in plugin.depends_on}
    faults = faults_of(the_county().id, plugin.name)
    return Card(
        plugin.name, plugin.title, plugin.description, plugin.icon, state, row.changed_by if row else "", row.changed_at if row else None,
        tuple(e.count for e in effects if e.count), sum(kinds[k] for k in _asked(effects)), tuple(needs.values()),
        tuple(title for name, title in needs.items() if name not in enabled), tuple((f.at, where(f.hook)) for f in faults),
        slow_of(plugin.name),
    )  # fmt: skip


def _gone(row: CountyPlugin, failed: bool) -> Card:
    title = _title_of_failed(row.plugin) or _("A module used earlier")
    return Card(row.plugin, title, "", "module", "failed" if failed else "missing", row.changed_by, row.changed_at, (), 0, (), (), ())


def _title_of_failed(name: str) -> str:
    return next((f.title for f in registry().failures if f.name == name), "")


def failed_elsewhere() -> int:
    """How many modules could not be loaded and were never used by this county."""
    states = plugin_states(the_county().id)
    return sum(f.name not in states for f in registry().failures)


def slow_of(name: str) -> tuple[tuple[datetime, str, float], ...]:
    """(when, where, seconds) of what took a module longer than a second in this county, the slowest first."""
    found = [
        (s.at, where(what), s.seconds) for (county, owner, what), s in registry().caller.slow.items() if (county, owner) == (the_county().id, name)
    ]
    return tuple(sorted(found, key=lambda one: -one[2])[:5])


def where(hook: str) -> str:
    """Where a module failed or was slow, in words."""
    return str(HOOKS.get(hook.split(" ")[0], _("in its work")))


def effects_of(name: str) -> list[ModuleEffect]:
    """What the module brings here in the respects of the platform's plugins, in the order of the page."""
    told = current_registry().each(Specs.county_module_effects, module=name)
    return sorted((effect for _plugin, found in told for effect in found or ()), key=lambda effect: effect.order)


def _asked(effects: list[ModuleEffect]) -> list[str]:
    return sorted({kind for effect in effects for kind in effect.asks})


def kinds_here() -> Counter[str]:
    """Kind of organization → how many there are today."""
    open_ones = Organization.select(Organization.kind).where(Organization.closed_on.is_null() | (Organization.closed_on >= today()))
    return Counter(kind for (kind,) in open_ones.tuples())


def what_if(item: Loaded) -> WhatIf:
    """Everything that appears with the module, counted for this county."""
    effects, kinds = effects_of(item.plugin.name), kinds_here()
    return WhatIf(
        menus=menus_of(item.plugin.name),
        effects=tuple(effects),
        owes=tuple((KINDS[k], kinds[k]) for k in _asked(effects) if kinds[k]),
        due_now=_due_now(),
        settings=current_registry().isolated(item.plugin.name, FORM, _defaults, item, otherwise=()),
        personal=personal_data(item),
        seen_by=tuple(role_title(r) for r in COUNTY_ROLES if any(r in p.roles for p in item.permissions)),
        lines=item.plugin.what_if,
    )


def menus_of(name: str) -> tuple[str, ...]:
    """The entries which the module has in the menu."""
    admin = state().get("admin")
    return tuple(str(v.name) for v in (admin._views if admin else ()) if getattr(v, "plugin", "") == name and v.in_menu)


def personal_data(item: Loaded) -> tuple[str, ...]:
    """What the module keeps about people, in words, each once."""
    found: dict[str, None] = {}
    for model in item.models:
        for field in getattr(model, "personal_fields", ()):
            verbose = model._meta.fields[field].verbose_name
            found.setdefault(str(verbose or PERSONAL.get(field) or _("other personal data")), None)
    return tuple(found)


def _defaults(item: Loaded) -> tuple[tuple[str, str], ...]:
    return tuple((s.title, worded(item, s.key, s.default)) for s in item.settings)


def worded(item: Loaded, key: str, value: Any) -> str:
    """A setting's value as its form names it; yes and no for a tick; '—' for None."""
    if item.settings_form is None:
        return value_text(value)
    choices = dict(_choices(item.settings_form(data={key: value})._fields.get(key)))
    return str(choices.get(str(value), value_text(value)))


def _choices(field: Any) -> list[tuple[str, Any]]:
    pairs = getattr(field, "choices", None) or ()
    return [(str(c[0]), c[1]) if isinstance(c, tuple | list) else (str(c), c) for c in pairs]


def value_text(value: Any) -> str:
    """A value in words."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return "、".join(str(v) for v in value) if isinstance(value, list | tuple) else str(value)


def _due_now() -> int | None:
    period = current_period(today())
    if period is None or period.state != "open":
        return None
    return int(Obligation.select().where((Obligation.period == period) & (Obligation.waived == False)).count())  # noqa: E712
