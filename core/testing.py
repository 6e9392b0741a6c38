"""Shipped for authors of modules: fixtures, a small county, and the conformance kit that tells when a module is good.

pytest_plugins = ["youthpilot.core.testing"]

def test_it_keeps_the_contract(yp_home):
    assert_plugin_contract(my_module)
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from .app import create_app
from .counties.services import county_registry, disable, suspend_after_faults
from .counties.services import enable as switch_on
from .hookspecs import Specs
from .kernel import schema
from .kernel.db import CountyModel, database
from .kernel.engines import open_database
from .kernel.keyfiles import make_keys
from .kernel.scope import county_scope, scoped, unscoped
from .kernel.text import in_chinese
from .migrating import upgrade
from .organizations.founding import create_county
from .organizations.models import Organization
from .organizations.services import create
from .periods import guard
from .periods.acting import Clerk
from .periods.queries import period_value
from .periods.services import open_period
from .registry import CountyRegistry, Registry, set_fault_keeper
from .web.policies import policy_of, routes

TODAY = "2023-07-03"


# a small county ------------------------------------------------------------------------------------------------------


@contextmanager
def installation(folder: Path, registry: Registry, url: str = "") -> Iterator[Registry]:
    """A fresh, migrated database in `folder` (or at `url`) with the registry's modules; the business day is 2023-07-03.

    Modules whose migrations fail are in `registry.failures`. The environment and the database binding are put back after it.
    """
    wanted = {"YOUTHPILOT_HOME": str(folder), "YOUTHPILOT_TODAY": TODAY, "DATABASE_URL": url or f"sqlite:///{folder / 'youthpilot.db'}"}
    before = {key: os.environ.get(key) for key in wanted}
    os.environ.update(wanted)
    bound = database.obj
    try:
        make_keys()
        open_database(wanted["DATABASE_URL"])
        database.connect(reuse_if_open=True)
        set_fault_keeper(suspend_after_faults)
        guard.install()
        upgrade(registry)
        yield registry
    finally:
        if not database.is_closed():
            database.close()
        database.initialize(bound)
        for key, value in before.items():
            os.environ.pop(key, None) if value is None else os.environ.__setitem__(key, value)


def make_county(registry: Registry, code: str = "test", name: str = "试验县", enable: tuple[str, ...] = ()) -> Any:
    """A county with its root organization and the named modules enabled, in the installation that is open."""
    county = create_county(code, name)
    for module in enable:
        switch_on(registry, county, module, "test")
    return county


def make_organization(county: Any, name: str, kind: str = "village", parent: Any = None) -> Any:
    """An organization of a kind below `parent` (default: the county's own)."""
    with scoped(county_scope(county)):
        above = parent or Organization.get(Organization.parent.is_null())
        org_type = "branch" if kind in ("village", "community", "class") else "committee"
        values = {"code": f"{county.code}-{name}", "name": name, "short_name": name, "kind": kind, "org_type": org_type, "parent": above.id}
        if kind == "school":
            values["school_stage"] = "primary"
        return create(county.id, values)


@pytest.fixture
def yp_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh YOUTHPILOT_HOME with its keys; the business day is 2023-07-03."""
    monkeypatch.setenv("YOUTHPILOT_HOME", str(tmp_path))
    monkeypatch.setenv("YOUTHPILOT_TODAY", TODAY)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    make_keys()
    return tmp_path


# the conformance kit -------------------------------------------------------------------------------------------------


def assert_plugin_contract(module: Any, others: tuple[Any, ...] = ()) -> None:
    """Raise AssertionError that lists everything in which a module breaks the contract. `others`: modules it depends on."""
    found = plugin_faults(module, others)
    assert not found, "\n".join(found)


def plugin_faults(module: Any, others: tuple[Any, ...] = ()) -> list[str]:
    """What is wrong with a module, a line each; [] if it is good. Works in a throw-away installation of its own."""
    registry = Registry()
    for one in (*others, module):
        registry.add(one)
    registry.check_dependencies()
    if registry.failures:
        return [f.reason for f in registry.failures]
    name = module.PLUGIN.name
    with TemporaryDirectory() as folder, installation(Path(folder), registry):
        if registry.failures:
            return [f"its migrations failed: {f.reason}" for f in registry.failures]
        return [*_card(registry, name), *_schema(registry, name), *_in_a_county(registry, name), *_screens(registry, name)]


def _card(registry: Registry, name: str) -> list[str]:
    """What users read is there, and in Chinese."""
    item, found = registry.loaded[name], []
    if not in_chinese(item.plugin.title):
        found.append(f"PLUGIN.title {item.plugin.title!r} is read by county secretaries: write it in Chinese")
    for kind in item.models:
        if not issubclass(kind, CountyModel):
            found.append(f"{kind.__name__} does not derive from OrganizationRow: nothing narrows it to a county")
        unnarrowed = [k for k, unique in kind._meta.indexes if unique and k[0] != "county"]
        if unnarrowed:
            found.append(f"{kind.__name__}: unique keys begin with county: {unnarrowed}")
    return found


def _schema(registry: Registry, name: str) -> list[str]:
    """The migrations make what the models say, and nothing else."""
    models = registry.loaded[name].models
    with unscoped("conformance kit"):
        found = schema.drift(models) + schema.missing_triggers(models)
        own = {t for t in schema.table_names() if t.startswith(f"{name}_")}
        found += [f"the table {t} has no model" for t in sorted(own - {m._meta.table_name for m in models})]
        found += [f"the index {n} is called like another one once PostgreSQL cuts it" for n in schema.same_when_cut(registry.models())]
        for model in models:
            table = model._meta.table_name
            keys = [[c.column for c in database.get_foreign_keys(table) if c.dest_table == dest] for dest in ("core_county",)]
            if issubclass(model, CountyModel) and not keys[0]:
                found.append(f"{table}: county_id does not refer to core_county (`youthpilot db draft {name}` prints it right)")
    return found


def _in_a_county(registry: Registry, name: str) -> list[str]:
    """Enabled in a county without a single record: nothing raises, nothing is invented; disabled: nothing is left."""
    needs = registry.loaded[name].plugin.depends_on
    county = make_county(registry, enable=(*needs, name))
    make_organization(county, "甲村", parent=make_organization(county, "东镇", "township"))
    narrowed = county_registry(registry, county)
    with scoped(county_scope(county)):
        period = open_period(county, "2023H1", date(2023, 6, 30), narrowed, Clerk("试"), today=date.fromisoformat(TODAY))
        found = [*_pieces(narrowed, name, period), *_asked(narrowed, name, period)]
    disable(registry, county, name, "test")
    with scoped(county_scope(county)):
        left = county_registry(registry, county)
        if any(owner == name for owner, _panel in left.panels(None, date.fromisoformat(TODAY))):
            found.append("a panel of it is left after it was disabled")
        found += _asked(left, name, period)
    return found


def _pieces(narrowed: CountyRegistry, name: str, period: Any) -> Iterator[str]:
    """Panels and problems."""
    for asked in (None, period_value(period)):
        if (name, None) in narrowed.panels(asked, date.fromisoformat(TODAY)):
            yield "county_panels raises in an empty county"
    for owner, problem in narrowed.period_problems(period_value(period)):
        if owner == name and "没有完成" in problem.text and problem.blocking:
            yield "county_period_problems raises in an empty county"


def _asked(narrowed: CountyRegistry, name: str, period: Any) -> Iterator[str]:
    """What the platform's plugins have to say of the module."""
    for plugin, told in narrowed.each(Specs.county_contract_checks, module=name, period=period_value(period), registry=narrowed):
        yield from told if told is not None else [f"the checks of {plugin} failed: see the log"]


def _screens(registry: Registry, name: str) -> Iterator[str]:
    """Its views and blueprints mount on the real application, each route under a policy that names the module's permission."""
    app = create_app(registry=registry, TESTING=True)
    yield from (f.reason for f in registry.failures)
    if name in registry.loaded:
        declared = {p.name for p in registry.loaded[name].permissions}
        for rule, method, endpoint in routes(app):
            found = policy_of(app, endpoint, method)
            if found is not None and found.module == name and found.kind == "permission" and found.permission not in declared:
                yield f"{method} {rule} asks for {found.permission}, which the module does not declare"
    if database.is_closed():
        database.connect()
