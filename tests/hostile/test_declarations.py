"""Every hook of declarations × everything that can go wrong in it: the module is refused by name and hook, all others and the ground are as before."""

import contextvars
import html
import re
from pathlib import Path

import pytest

from youthpilot.core.accounts.models import User
from youthpilot.core.app import create_app
from youthpilot.core.hookspecs import Specs, contract_of
from youthpilot.core.kernel.connection import _write_lock
from youthpilot.core.kernel.db import COUNTY_TABLES, database
from youthpilot.core.kernel.i18n import _
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.migrating import upgrade
from youthpilot.core.registry import Registry
from youthpilot.core.testing import installation
from youthpilot.core.web.policies import routes
from youthpilot.plugins.figures.hookspecs import Specs as FigureSpecs
from youthpilot.plugins.importing.hookspecs import Specs as ImportSpecs
from youthpilot.plugins.reports.hookspecs import Specs as ReportSpecs

from . import declares
from .conftest import install
from .declares import CASES, GOOD, MODULES, PLATFORM_ONLY
from .good import MODULE as GOOD_MODULE

MOUNTED = ("register_admin_views", "register_blueprints")  # asked once per application, so refused only then


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A registry with our modules and a good one, on a database of its own."""
    registry = Registry().load_installed()
    assert registry.add(GOOD_MODULE)
    with installation(tmp_path_factory.mktemp("declares"), registry):
        yield registry


def ground():
    """Everything that a call could leave changed: context, transactions, the writers' lock, the connection."""
    held = dict(contextvars.copy_context().items())
    return held, database.transaction_depth(), database.connection().in_transaction, _write_lock._recursion_count(), User.select().count()


def others(registry):
    """What all modules but the bad ones have declared."""
    items = [i for i in registry.everybody() if not i.plugin.name.startswith("bad")]
    return {
        i.plugin.name: (
            [m.__name__ for m in i.models], i.migrations, i.permissions, i.settings_form, i.settings, [c.name for c in i.commands], i.translations, i.demo,
            {hook: [v.key for v in values] for hook, values in i.declared.items()}, sorted(i.hooks),
        )
        for i in items
    }  # fmt: skip


def tables():
    return {t for t in COUNTY_TABLES if not t.startswith("bad")}


def test_every_hook_of_declarations_of_every_owner_is_among_them():
    found = {n: f for owner in (Specs, FigureSpecs, ReportSpecs, ImportSpecs) for n, f in vars(owner).items() if n.startswith("register_")}
    assert set(found) == {*GOOD, *PLATFORM_ONLY}
    assert {n for n, f in found.items() if contract_of(f).platform} == set(PLATFORM_ONLY)
    assert all(contract_of(f).policy == "refuse" for f in found.values())


@pytest.mark.parametrize("hook", [h for h in (*GOOD, *PLATFORM_ONLY) if h not in MOUNTED])
def test_it_is_refused_by_name_and_hook_and_everything_else_is_as_before(home, hook):
    before, known, words = others(home), tables(), _("Disabled")
    with scoped(county_scope(1)):
        stood = ground()
        for name in (n for n, case in CASES.items() if case[0] == hook):
            home.add_all({name: MODULES[name]})
            assert ground() == stood, CASES[name]
            reasons = [f.reason for f in home.failures if f.name == name]
            assert (name in home.loaded) == CASES[name][2], f"{CASES[name]} {reasons}"
            assert len(reasons) == (not CASES[name][2]) and all(hook in r for r in reasons), f"{CASES[name]} {reasons}"
            if CASES[name][2]:
                home.refuse(name, RuntimeError("seen"))
    assert others(home) == before and tables() == known and _("Disabled") == words


def test_what_fails_when_it_is_mounted_leaves_the_application_as_without_it(home):
    plain = Registry().load_installed()
    assert plain.add(GOOD_MODULE)
    registry = Registry().load_installed()
    assert registry.add(GOOD_MODULE)
    registry.add_all({name: MODULES[name] for name, case in CASES.items() if case[0] in MOUNTED})
    upgrade(registry)
    stood = ground()
    served = create_app(registry=registry, TESTING=True)
    assert ground() == stood
    reasons = {f.name: f.reason for f in registry.failures}
    for name, (hook, fault, taken) in CASES.items():
        if hook in MOUNTED:
            assert (name in registry.loaded) == taken and (taken or hook in reasons[name]), f"{hook} {fault} {reasons.get(name)}"
    without = create_app(registry=plain, TESTING=True)
    assert [r for r in routes(served) if not r[2].startswith("bad")] == list(routes(without))
    assert others(registry) == others(plain)


def test_a_slow_declaration_is_told_by_module_and_hook(home, capsys):
    home.add_all({"slow": declares.SLOW})
    told = next(line for line in capsys.readouterr().out.splitlines() if "plugin slow" in line)
    assert re.search(r"hook=.?register_demo\b", told) and re.search(r"plugin=.?slow\b", told)
    assert "slow" in home.loaded
    home.refuse("slow", RuntimeError("seen"))


def test_the_list_the_check_and_the_server_tell_the_same_of_each(site):
    source = Path(declares.__file__).read_text(encoding="utf-8")
    install(site.target, "declares", source + "globals().update(MODULES)\n", names=MODULES)
    site.run("db", "up")
    listed = {line.split("\t")[0]: line.split("\t") for line in site.must("plugin", "list").splitlines()}
    checked = site.run("check").stdout
    with site.serve() as browser:
        browser.sign_in("platform")
        status, page = browser.ask("/installed/")
    assert status == 200
    page = re.sub(r"\s+", " ", html.unescape(page))
    for name, (hook, fault, taken) in CASES.items():
        if taken:
            assert len(listed[name]) == 4 and f"坏{name}: " not in checked, f"{hook} {fault} {listed[name]}"
        else:
            _name, _mark, reason = listed[name]
            assert hook in reason and f"坏{name}: {reason}" in checked and re.sub(r"\s+", " ", reason) in page, f"{hook} {fault} {reason}"
    assert {"study", "loans", "chamber", "volunteers", "reform", "ledger"} <= {n for n, line in listed.items() if len(line) == 4}
