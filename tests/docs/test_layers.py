"""What import-linter cannot say: modules import public names only, nobody imports `core` from the root, unscoped work is listed."""

import ast
from importlib import import_module
from inspect import ismodule
from pathlib import Path

import pytest

import youthpilot.admin
import youthpilot.core

ROOT = Path(__file__).parents[2]
ALLOWED_INSIDE = {("youthpilot.core.web.policies", "policy")}  # the public name of the same, as first published
PLATFORM = ("importing", "figures", "reports", "demo")  # platform plugins: modules use their public names, they the inside of core and of those below
SILENT = ("operations", "authoring")  # those without public names
PUBLIC = {
    "youthpilot.core": set(youthpilot.core.__all__),
    "youthpilot.admin": set(youthpilot.admin.__all__),
    **{f"youthpilot.plugins.{name}": set(import_module(f"youthpilot.plugins.{name}").__all__) for name in PLATFORM},
}
UNSCOPED = {  # every place that works over all counties, and why
    "core/migrating.py": "migrations and their status",
    "core/counties/services.py": "write down faults of modules",
    "core/organizations/founding.py": "create a county",
    "plugins/operations/checking.py": "check the installation",
    "plugins/authoring/drafting.py": "draft a migration",
    "plugins/importing/jobs.py": "delete files of imports older than a day, whatever the county",
    "core/testing.py": "the conformance kit looks at the catalogue",
}


def imports_of(source: str) -> list[tuple[str, str]]:
    """(module, name) of every absolute import; name '' for a plain `import module`."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            found += [(node.module or "", alias.name) for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [(alias.name, "") for alias in node.names]
    return found


def faults(source: str) -> list[str]:
    """Imports of ours that a module may not make."""
    out = []
    for module, name in imports_of(source):
        if module.split(".")[0] != "youthpilot" or (module, name) in ALLOWED_INSIDE:
            continue
        if module not in PUBLIC or name not in PUBLIC[module]:
            out.append(f"from {module} import {name}")
    return out


SPACES = {name: set(getattr(youthpilot.core, name).__all__) for name in youthpilot.core.__all__ if ismodule(getattr(youthpilot.core, name))}


def inner(source: str) -> list[str]:
    """What is taken out of a public namespace of core and is not public: `partners.User`."""
    found = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)]
    spaces = {name for module, name in imports_of(source) if module == "youthpilot.core"} & SPACES.keys()
    return [f"{n.value.id}.{n.attr}" for n in found if n.value.id in spaces and n.attr not in SPACES[n.value.id]]


def climbs(source: str, depth: int) -> list[str]:
    """Relative imports that leave the module: `depth` is how many folders below its own the file lies."""
    nodes = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.ImportFrom) and n.level > depth + 1]
    return [f"{'.' * n.level}{n.module or ''}" for n in nodes]


MODULE_FILES = [
    p for p in (ROOT / "plugins").rglob("*.py") if p.parent != ROOT / "plugins" and p.relative_to(ROOT).parts[1] not in (*PLATFORM, *SILENT)
]
EXAMPLES = list((ROOT / "tests" / "examples").rglob("*.py"))


@pytest.mark.parametrize("path", [*MODULE_FILES, *EXAMPLES], ids=lambda p: p.relative_to(ROOT).as_posix())
def test_a_module_imports_public_names_only(path):
    source = path.read_text(encoding="utf-8")
    assert faults(source) == [] and inner(source) == []
    if path in MODULE_FILES:
        assert climbs(source, len(path.relative_to(ROOT / "plugins").parts) - 2) == []


def test_the_check_sees_each_way_past_it():
    assert inner("from youthpilot.core import partners\npartners.User") == ["partners.User"] and "partners" in SPACES
    assert faults("from youthpilot.core.kernel.db import database") == ["from youthpilot.core.kernel.db import database"]
    assert (
        faults("from youthpilot.core import database")
        and faults("import youthpilot.core.kernel.db")
        and faults("from youthpilot.plugins import study")
    )
    assert faults("from youthpilot.core import Plugin\nfrom youthpilot.core.web.policies import policy\nfrom peewee import fn") == []
    assert (
        climbs("from ..ledger import models", 0) == ["..ledger"] and climbs("from .models import X", 0) == [] and climbs("from ..x import y", 1) == []
    )


@pytest.mark.parametrize("part", ["core", "admin", "plugins", "tests"])
def test_nobody_imports_the_folders_by_their_literal_names(part):
    """`import core` from the root of the repository would load every model twice."""
    for path in (ROOT / part).rglob("*.py"):
        wrong = [m for m, _n in imports_of(path.read_text(encoding="utf-8")) if m.split(".")[0] in ("core", "admin", "plugins", "templates")]
        assert wrong == [], path


def test_work_over_all_counties_happens_only_where_it_is_listed():
    found = set()
    for part in ("core", "admin", "plugins"):
        for path in (ROOT / part).rglob("*.py"):
            calls = [n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Call)]
            if any(getattr(c.func, "id", getattr(c.func, "attr", "")) == "unscoped" for c in calls):
                found.add(path.relative_to(ROOT).as_posix())
    assert found == set(UNSCOPED)


def test_raw_sql_is_spoken_only_where_it_was_reviewed():
    """Statements that go past the models: the wall and the schema, the commands' backup, and nothing else."""
    spoken = set()
    for part in ("core", "admin", "plugins"):
        for path in (ROOT / part).rglob("*.py"):
            calls = [
                n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)
            ]
            if any(c.func.attr in ("execute_sql", "raw", "executemany") for c in calls):
                spoken.add(path.relative_to(ROOT).as_posix())
    assert spoken <= {
        "core/kernel/catalogue.py",
        "core/kernel/connection.py",
        "core/kernel/db.py",
        "core/kernel/schema.py",
        "core/kernel/altering.py",
        "core/migrating.py",
        "core/kernel/rawsql.py",
        "core/audit/ends.py",
        "core/kernel/stamps.py",
    }, spoken
