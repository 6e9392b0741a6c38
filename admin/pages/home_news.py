"""What the modules say on the home: a card each, and their lines under 今天要做."""

from dataclasses import dataclass
from functools import partial

from flask import url_for

from youthpilot.core.contracts import ANYTHING, Contract
from youthpilot.core.hookspecs import Specs
from youthpilot.core.hookvalues import Panel, PeriodValue
from youthpilot.core.kernel.clock import today
from youthpilot.core.kernel.i18n import _
from youthpilot.core.kernel.kept import kept
from youthpilot.core.screens import HomeTodo
from youthpilot.core.web.current import current_registry, registry

from ..charts import Drawn, drawn

SHOWN = Contract("county_panels", "isolate", ANYTHING)  # a panel that leads nowhere or has a chart that cannot be drawn


@dataclass(frozen=True)
class News:
    """A module's card: its first panel's words, those of its other panels below. No panels: it failed, a plain message stands there."""

    title: str
    icon: str
    url: str
    tone: str
    panels: tuple[tuple[str, tuple[str, ...], tuple[Drawn, ...]], ...] = ()  # title, lines, charts


def told_by_modules(value: PeriodValue) -> list[tuple[str, Panel | None]]:
    """What the modules say in the scope; one is asked again when a table was written that it has read, a broken one each time."""
    narrowed, day = current_registry(), today()
    found: list[tuple[str, Panel | None]] = []
    for owner in narrowed.askable(Specs.county_panels):
        name = ("panels", owner, value, day, narrowed.county, narrowed.enabled, narrowed.registry)
        told: list[tuple[str, Panel | None]] = kept(name, partial(narrowed.panels, value, day, owner), is_complete)
        found += told
    return found


def is_complete(told: list[tuple[str, Panel | None]]) -> bool:
    """True if the module did not fail: only then is kept what it said."""
    return all(panel is not None for _name, panel in told)


def news(told: list[tuple[str, Panel | None]]) -> list[News]:
    """One card per module with what it says beside its to-dos; one without panels for a module that failed."""
    found: dict[str, list[Panel]] = {}
    for name, panel in told:
        if panel is None or not panel.todo:
            found.setdefault(name, []).extend([panel] if panel else [])
    asked = current_registry().isolated
    return [asked(n, SHOWN, partial(card_of, ps)) or News(title_of(n), "warn", "", "") for n, ps in found.items()]


def card_of(panels: list[Panel]) -> News | None:
    """A module's card: icon, link and tone of its first panel; None without one. A chart that cannot be drawn raises."""
    if not panels:
        return None
    first = panels[0]
    inside = tuple((p.title, p.lines, tuple(drawn(c) for c in p.charts)) for p in panels)
    return News(first.title, first.icon, url_for(first.endpoint) if first.endpoint else "", first.tone, inside)


def panel_todos(told: list[tuple[str, Panel | None]]) -> list[HomeTodo]:
    """To-dos that modules contribute; one that leads nowhere is left out and counts as a fault."""
    found = [(name, p) for name, p in told if p is not None and p.todo]
    made = [current_registry().isolated(name, SHOWN, partial(todo_of, p)) for name, p in found]
    return [t for t in made if t is not None]


def todo_of(p: Panel) -> HomeTodo:
    """A module's to-do as a line."""
    return HomeTodo(p.title, "；".join(p.lines), url_for(p.endpoint) if p.endpoint else "#", _("Look"), p.icon, p.tone == "bad")


def title_of(name: str) -> str:
    """The module's title; its name never appears on a screen."""
    title = registry().title_of(name)
    return title if title != name else _("This module")
