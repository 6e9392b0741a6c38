# ruff: noqa: F811 - `world` is a fixture that is imported
"""Every hook that happens in a county and every callable inside hooks' values stands in a table of what is tried; slow, reaching past the scope,
rows of an organization that the county never had: the same for all of them."""

import dataclasses
import time
from collections.abc import Callable, Iterator
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from structlog.testing import capture_logs

from youthpilot.core import Organization, hookspecs
from youthpilot.core.audit.models import PluginFault
from youthpilot.core.batches.models import Batch
from youthpilot.core.batches.services import undo as plain_undo
from youthpilot.core.calling import ModuleFault
from youthpilot.core.counties.models import CountyPlugin
from youthpilot.core.counties.services import enable, enabled_plugins
from youthpilot.core.hookspecs import Specs
from youthpilot.core.kernel.clock import now
from youthpilot.core.kernel.connection import _write_lock
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.scope import county_scope, current_scope, scoped
from youthpilot.plugins.figures.hookspecs import Specs as FigureSpecs
from youthpilot.plugins.importing.hookspecs import Specs as ImportSpecs
from youthpilot.plugins.importing.services import run_import, undo
from youthpilot.plugins.reports.hookspecs import Specs as ReportSpecs

from . import odd
from .test_contained import PIECES, fresh, importer, judged, sheet, world  # noqa: F401 - `fresh` is a fixture too
from .test_served import ASKED as SERVED

OWNERS = (Specs, FigureSpecs, ReportSpecs, ImportSpecs)


def undone(world):
    """The piece is asked while an import is taken back; the batch stands as before if that failed."""
    batch = run_import(importer(world), sheet("甲"), {}).batch
    try:
        undo(batch, importer(world))
    except ModuleFault:
        assert Batch.get_by_id(batch.id).state == "applied"
        assert plain_undo(Batch.get_by_id(batch.id), ())
        return None
    assert Batch.get_by_id(batch.id).state == "undone"
    return True


MORE = {"guess": judged, "undoing": undone, "undone": undone, "after_undo": undone}
ALL = {**PIECES, **MORE}
CLASSES = {  # hooks whose values are no dataclasses: what of them is called, and under which name BEHAVE is told; none where no page asks it
    "register_admin_views": ("view", "menu"),
    "register_blueprints": ("public",),
    "register_settings": ("form",),
    "register_models": (),  # rows and queries are the wall's
    "register_migrations": (),  # read, not called; a script that fails: at_load.py
    "register_translations": (),
    "register_commands": (),  # a process of its own
    "register_demo": (),  # `youthpilot demo` alone; what fails there is not built
}
ON_PAGES = {*SERVED.values(), "view", "public"}  # tried over HTTP in test_served.py


# nothing is left out -------------------------------------------------------------------------------------------------


def specs() -> dict[str, Any]:
    """The hooks that a module may have."""
    found = {n: f for owner in OWNERS for n, f in vars(owner).items() if not n.startswith("_")}
    return {n: f for n, f in found.items() if not hookspecs.contract_of(f).platform}


def given_by(spec: Any) -> Any:
    """What a hook's annotation says of its value; names of classes that are imported for the type checker only are anything."""

    class Names(dict[str, Any]):
        def __missing__(self, name: str) -> Any:
            return getattr(__builtins__, name, Any) if not isinstance(__builtins__, dict) else __builtins__.get(name, Any)

    return eval(spec.__annotations__["return"], {"__builtins__": {}}, Names(spec.__globals__))


def callables(hint: Any, seen: set[Any]) -> Iterator[str]:
    """The fields that hold something to call, of all dataclasses inside an annotation."""
    for inner in get_args(hint):
        yield from callables(inner, seen)
    if not dataclasses.is_dataclass(hint) or hint in seen:
        return
    seen.add(hint)
    hints = get_type_hints(hint)
    for f in dataclasses.fields(hint):
        parts = (hints[f.name], *get_args(hints[f.name]))
        if any(get_origin(part) is get_origin(Callable[..., Any]) for part in parts):
            yield f.name
        yield from callables(hints[f.name], seen)


def test_every_hook_and_every_callable_inside_its_values_is_among_them():
    for name, spec in specs().items():
        hint = given_by(spec)
        inside = set(callables(hint, set()))
        assert inside <= set(ALL), f"{name}: {inside - set(ALL)}"
        assert name.startswith("register_") or name in ALL, name
        if name.startswith("register_") and not inside and name != "register_permissions":
            assert set(CLASSES[name]) <= ON_PAGES, name
    found = {c for spec in specs().values() for c in callables(given_by(spec), set())}
    assert {"compute", "claim", "compose", "judge", "undoing", "guess", "choices", "counties"} <= found  # the walk sees what it should


# the pieces that test_contained.py does not have ---------------------------------------------------------------------


@pytest.mark.parametrize("piece", MORE)
def test_around_an_import_the_same_holds(world, piece):
    with scoped(county_scope(world.county)):
        scope = current_scope()
        assert ALL[piece](world) and PluginFault.select().count() == 0
        for name, (behaviour, good) in odd.WORSE.items():
            odd.BEHAVE[piece] = behaviour
            found = ALL[piece](world)
            ground = (current_scope(), database.transaction_depth(), database.connection().in_transaction, _write_lock._recursion_count())
            assert ground == (scope, 0, False, 0), name
            odd.BEHAVE.clear()
            expected = not good and (piece, name) not in RIGHT_THERE
            assert (PluginFault.select().count() > 0) == expected, name
            assert piece == "guess" or (found is None) == expected, f"{name}: {found}"  # a guess that fails leaves the field empty
            again(world)


RIGHT_THERE = {  # values that are right there or that nobody reads; a savepoint inside the act's own transaction ends with it
    *(("guess", name) for name in ("a number", "nothing", "words")),
    *((piece, name) for piece in ("undoing", "undone") for name in ("a number", "words", "never ends", "a lazy iterator")),
    *((piece, name) for piece in ("undoing", "undone", "after_undo") for name in ("nothing", "leaves a transaction open", "leaves SQL open")),
}


def again(world):
    """No fault counted, the module on."""
    PluginFault.delete().execute()
    if "odd" not in enabled_plugins(world.county.id):
        enable(world.registry, world.county, "odd", "试")


# the same for all ----------------------------------------------------------------------------------------------------

KEYS = {"compute": "indicator odd.times", "items": "indicator odd.people", "claim": "indicator odd.more", "counties": "counties odd.here",
        "records": "records odd.times", "breakdown": "breakdown odd.times", "compose": "section odd.part"}  # fmt: skip
LONG = {"lookups", "judge", "row_key", "check_file", "choices", "default", "apply", *MORE}  # files are long: the page shows how far it is


@pytest.mark.parametrize("piece", ALL)
def test_slow_is_told_in_the_log_by_module_and_piece(world, piece, monkeypatch):
    real, skipped = time.perf_counter, [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: real() + skipped[0])

    def sleeps(good, *_given):
        skipped[0] += 2
        return good

    with scoped(county_scope(world.county)):
        odd.BEHAVE[piece] = sleeps
        with capture_logs() as logs:
            assert ALL[piece](world) is not None
    spec = specs().get(piece)
    may_last = piece in LONG or (spec is not None and hookspecs.contract_of(spec).slow is None)
    told = {(line["plugin"], line["county_id"], line["hook"]) for line in logs if line["event"] == "plugin slow"}
    assert told == (set() if may_last else {("odd", world.county.id, KEYS.get(piece, piece))})


def inserts_into_the_neighbour(world):
    CountyPlugin.create(county=world.other, plugin="odd", state="enabled", reason="odd", changed_at=now())


def updates_everybody(_world):
    database.execute_sql("UPDATE core_county_plugin SET reason = 'odd'")


def reads_the_neighbour(world):
    Organization.get(Organization.county == world.other)


@pytest.mark.parametrize("act", [inserts_into_the_neighbour, updates_everybody, reads_the_neighbour])
@pytest.mark.parametrize("piece", ALL)
def test_what_reaches_past_the_scope_is_a_fault_and_the_neighbour_is_as_before(world, piece, act):
    with scoped(county_scope(world.other)):
        before = sorted(CountyPlugin.select().order_by(CountyPlugin.id).tuples())
    with scoped(county_scope(world.county)):
        odd.BEHAVE[piece] = lambda good, *_given: act(world) or good
        ALL[piece](world)
        odd.BEHAVE.clear()
        assert {(f.plugin, f.county_id) for f in PluginFault.select()} == {("odd", world.county.id)}
    with scoped(county_scope(world.other)):
        assert sorted(CountyPlugin.select().order_by(CountyPlugin.id).tuples()) == before


@pytest.mark.parametrize("piece", ["compute", "items"])
def test_rows_of_an_organization_that_the_county_never_had_are_a_fault(world, piece):
    with scoped(county_scope(world.other)):
        foreign = Organization.get(Organization.parent.is_null()).id
    with scoped(county_scope(world.county)):
        odd.BEHAVE[piece] = lambda good, *_given: [*good, (foreign, 1)]
        assert ALL[piece](world) is None
        assert [f.plugin for f in PluginFault.select()] == ["odd"]
