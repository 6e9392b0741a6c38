"""Modules that have every hook of declarations, each wrong in one of them: hook × fault, all made here, in a process or as a distribution.

MODULES: name → module; CASES: name → (hook, fault, whether it is taken all the same).
"""

import itertools
import time
from collections import OrderedDict
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
from flask import Blueprint
from peewee import CharField
from wtforms import Form, IntegerField

from youthpilot.admin import ModuleView, expose
from youthpilot.core import Organization, OrganizationRow, Permission, Plugin, Scope, Setting, hookimpl, policy, scoped, transaction
from youthpilot.core.accounts.models import User
from youthpilot.core.kernel.clock import now
from youthpilot.core.kernel.connection import database
from youthpilot.core.kernel.scope import _current
from youthpilot.plugins.figures import Indicator
from youthpilot.plugins.importing import Column, Counts, Importer
from youthpilot.plugins.reports import ReportSection

Fault = Callable[[Any, str], Any]  # the good value and the module's name → what the hook gives
NAN = Decimal("NaN")
SCHEMA = """CREATE TABLE "{name}_row" ("id" {{id}}, "county_id" INTEGER NOT NULL, "organization_id" INTEGER NOT NULL, "name" VARCHAR(9) NOT NULL,
UNIQUE ("county_id", "id"), FOREIGN KEY ("county_id") REFERENCES "core_county" ("id"),
FOREIGN KEY ("county_id", "organization_id") REFERENCES "core_organization" ("county_id", "id"))"""
INDEX = 'CREATE INDEX "{name}_row_county_id_organization_id" ON "{name}_row" ("county_id", "organization_id")'


class LimitForm(Form):
    limit = IntegerField("上限")


# what is good --------------------------------------------------------------------------------------------------------


def model(name: str) -> Any:
    meta = type("Meta", (), {"table_name": f"{name}_row"})
    return type(f"Row{name}", (OrganizationRow,), {"name": CharField(max_length=9), "Meta": meta, "__module__": __name__})


def view(name: str) -> Any:
    def index(self: Any) -> str:
        return "好"

    return type(f"View{name}", (ModuleView,), {"name": "页面", "slug": "page", "permission_read": f"{name}.see", "index": expose("/")(index)})


def blueprint(name: str) -> Any:
    made = Blueprint(name, __name__)
    made.add_url_rule(f"/{name}/public", "public", policy(kind="public", side="county", module=name)(lambda: "好"))
    return made


def importer(name: str, **more: Any) -> Any:
    given = dict(row_key=lambda values: None, judge=lambda row, lookups: None, apply=lambda *_a: Counts(), permission=f"{name}.see") | more
    return Importer(f"{name}_rows", "导入", (Column("name", "名称"),), **given)


def indicator(name: str, **more: Any) -> Any:
    return Indicator(f"{name}.times", "次数", "次", "flow", "之和", **more)


def section(name: str, order: Any = 900, compose: Any = print) -> Any:
    return ReportSection(f"{name}.part", "service", "怪事", order, compose)


GOOD: dict[str, Callable[[str], Any]] = {
    "register_models": lambda name: [model(name)],
    "register_migrations": lambda name: {"0001_initial": [SCHEMA.format(name=name), INDEX.format(name=name)]},
    "register_permissions": lambda name: [Permission(f"{name}.see", "看")],
    "register_settings": lambda name: (LimitForm, [Setting("limit", "上限", 5)]),
    "register_admin_views": lambda name: [view(name)],
    "register_blueprints": lambda name: [blueprint(name)],
    "register_commands": lambda name: [click.Group(name)],
    "register_translations": lambda name: str(Path(__file__).parent),
    "register_demo": lambda name: print,
    "register_indicators": lambda name: [indicator(name)],
    "register_importers": lambda name: [importer(name)],
    "register_report_sections": lambda name: [section(name)],
}
LIGHT = [hook for hook in GOOD if hook not in ("register_translations", "register_models", "register_migrations")]
PLATFORM_ONLY = {"register_housekeeping": lambda name: [print]}  # refused whatever it gives
ELEMENTS: dict[str, Callable[[str], list[Any]]] = {  # one wrong element of each kind, beside what is wrong in every list
    "register_models": lambda name: [type("Bare", (), {}), model(f"{name}_m")()],
    "register_permissions": lambda name: [Permission(f"{name}.x", 5), Permission("x", "x", roles=("a", 5)), object.__new__(Permission)],
    "register_admin_views": lambda name: [view(name)(plugin=name), str],
    "register_blueprints": lambda name: [Blueprint],
    "register_commands": lambda name: [click.Group, print],
    "register_indicators": lambda name: [
        indicator(name, compute=5), indicator(name, counties="aa"), indicator(name, claim_needs=(5,)), object.__new__(Indicator),
        type("Indicator", (Indicator,), {})(f"{name}.x", "x", "次", "flow", "x"),
    ],
    "register_importers": lambda name: [
        importer(name, judge=None), importer(name, options=(5,)), importer(name, lookups=5), importer(name, check_file=5), importer(name, after_undo=5),
    ],
    "register_report_sections": lambda name: [section(name, compose=None), section(name, compose="words"), section(name, order="1")],
}  # fmt: skip
NUMBERS: dict[str, Callable[[str], Any]] = {  # where NaN can hide
    "register_permissions": lambda name: [Permission(f"{name}.see", "看", (NAN,))],
    "register_settings": lambda name: (LimitForm, [Setting("limit", "上限", NAN)]),
    "register_indicators": lambda name: [indicator(name, jump_limit=NAN)],
    "register_importers": lambda name: [importer(name, order=float("nan"))],
    "register_report_sections": lambda name: [section(name, order=float("nan"))],
    "register_migrations": lambda name: {"0001_initial": [NAN]},
}

# what goes wrong -----------------------------------------------------------------------------------------------------


class Speechless(Exception):
    def __str__(self) -> str:
        raise SystemExit(9)


class Endless(OrderedDict[str, Any]):
    """A dictionary that never comes to an end when it is asked in its own way."""

    def items(self) -> Any:
        return ((f"{n:04}_x", []) for n in itertools.count())


def raises(error: Any) -> Fault:
    def do(_good: Any, _name: str) -> Any:
        raise error

    return do


def first(act: Callable[[], Any]) -> Fault:
    """Does it, then gives what is good."""

    def do(good: Any, _name: str) -> Any:
        act()
        return good

    return do


def reads_a_county() -> None:
    _current.set(Scope(None, None, None, "system", "odd"))
    list(Organization.select())


def writes_a_user() -> None:
    User.create(username="odd", display_name="odd", created_at=now())


def writes_in_a_transaction() -> None:
    with transaction():
        Organization.update(name="x").execute()


FAULTS: dict[str, Fault] = {
    "raises": raises(ValueError("odd on purpose")),
    "ends the process": raises(SystemExit(3)),
    "is interrupted": raises(KeyboardInterrupt()),
    "closes a generator": raises(GeneratorExit()),
    "cannot say why": raises(Speechless()),
    "a number": lambda good, _name: 5,
    "words": lambda good, _name: "words",
    "nothing": lambda good, _name: None,
    "NaN": lambda good, _name: NAN,
    "a list with a number": lambda good, _name: [*(good if isinstance(good, list) else ()), 5],
    "a list with nothing": lambda good, _name: [None],
    "a list of its own kind": lambda good, _name: type("Own", (list,), {})(good if isinstance(good, list) else ()),
    "a dictionary that never ends": lambda good, _name: Endless(),
    "never ends": lambda good, _name: itertools.count(),
    "a lazy iterator": lambda good, _name: iter([good]),
    "reads a county": first(reads_a_county),
    "writes": first(writes_a_user),
    "writes outside a scope": first(lambda: Organization.update(name="x").execute()),
    "writes in a transaction": first(writes_in_a_transaction),
    "leaves a transaction open": first(lambda: database.atomic().__enter__()),
    "leaves SQL open": first(lambda: database.execute_sql("BEGIN")),
    "widens the scope": first(lambda: _current.set(Scope(None, None, None, "system", "odd"))),
    "stays in a scope": first(lambda: scoped(Scope(1, None)).__enter__()),
    "asks for an argument": lambda good, _name: good,
}
TAKEN = {  # contained: nothing of it stays, and the value is good
    *((hook, fault) for hook in GOOD for fault in ("widens the scope", "stays in a scope")),
    ("register_settings", "nothing"),
    ("register_migrations", "a dictionary that never ends"),  # empty, as a dictionary
}  # fmt: skip


def implementation(hook: str, name: str, fault: Fault, good: Callable[[str], Any]) -> Any:
    def answer() -> Any:
        return fault(good(name), name)

    def asking(county: Any) -> Any:
        return answer()

    found = asking if fault is FAULTS["asks for an argument"] else answer
    found.__name__ = hook
    return hookimpl(found)


def module(name: str, wrong: str, fault: Fault) -> Any:
    """A module with every hook, one of them wrong; words and tables, which take their time, only where they are what is wrong."""
    tables = ("register_models", "register_migrations")
    wanted = (wrong, *(tables if wrong in tables else ()), *LIGHT)
    with_hooks = {hook: made for hook, made in GOOD.items() if hook in wanted}
    hooks = {hook: implementation(hook, name, fault if hook == wrong else lambda good, _name: good, made) for hook, made in with_hooks.items()}
    if wrong in PLATFORM_ONLY:
        hooks[wrong] = implementation(wrong, name, fault, PLATFORM_ONLY[wrong])
    return SimpleNamespace(__name__=name, __file__="", PLUGIN=Plugin(name, f"坏{name}", requires="2"), **hooks)


def every_fault(hook: str) -> dict[str, Fault]:
    """Those of all hooks, then those of this one's elements and numbers."""
    found = dict(FAULTS)
    for n in range(len(ELEMENTS[hook]("x")) if hook in ELEMENTS else 0):
        found[f"element {n}"] = lambda good, name, n=n: [*good, ELEMENTS[hook](name)[n]]
    if hook in NUMBERS:
        found["NaN inside"] = lambda good, name: NUMBERS[hook](name)
    return found


MODULES: dict[str, Any] = {}
CASES: dict[str, tuple[str, str, bool]] = {}
for _hook in (*GOOD, *PLATFORM_ONLY):
    for _fault, _act in every_fault(_hook).items():
        _name = f"bad{len(CASES):03}"
        MODULES[_name] = module(_name, _hook, _act)
        CASES[_name] = (_hook, _fault, (_hook, _fault) in TAKEN)
SLOW = module("slow", "register_demo", first(lambda: time.sleep(1.1)))
