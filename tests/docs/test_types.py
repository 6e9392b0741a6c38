"""Where the checker is strict: the kernel, and every module that a public name comes from."""

import ast
import tomllib
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("core", "admin", "plugins.importing", "plugins.figures", "plugins.reports", "plugins.demo")
STRICT = "disallow_untyped_defs"


def homes(package):
    """The package itself and the modules that its public names come from."""
    name = f"youthpilot.{package}"
    public = getattr(import_module(name), "PUBLIC", None)
    if public is None:
        tree = ast.parse((ROOT / package.replace(".", "/") / "__init__.py").read_text(encoding="utf-8"))
        public = [n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.level == 1 and n.module]
    return {name, *(f"{name}.{module}" for module in public)}


def test_the_checker_is_strict_where_public_names_come_from():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]["overrides"]
    [strict] = [one for one in settings if one.get(STRICT)]
    wanted = set().union(*map(homes, PACKAGES))
    assert len(wanted) > 40
    listed = set(strict["module"])
    kernel = "youthpilot.core.kernel"
    assert f"{kernel}.*" in listed and listed == {f"{kernel}.*"} | {m for m in wanted if not m.startswith(f"{kernel}.")}
    assert all(strict[rule] is True for rule in ("disallow_any_generics", "disallow_untyped_calls", "warn_return_any", "extra_checks"))
