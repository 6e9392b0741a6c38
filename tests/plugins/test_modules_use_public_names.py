"""Modules build on the public names of core and admin: whoever copies one of ours learns no way around them."""

import ast
from pathlib import Path

import pytest

import youthpilot.admin
import youthpilot.core

PLUGINS = Path(__file__).parents[2] / "plugins"
PUBLIC = {"youthpilot.core": set(youthpilot.core.__all__), "youthpilot.admin": set(youthpilot.admin.__all__)}


def strangers(source: str) -> list[str]:
    """Imports of ours that are neither relative nor public names."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.startswith("youthpilot")]
        elif isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").startswith("youthpilot"):
            public = PUBLIC.get(node.module or "", set())
            found += [f"{node.module}.{alias.name}" for alias in node.names if alias.name not in public]
    return found


@pytest.mark.parametrize("module", sorted(p.name for p in PLUGINS.iterdir() if (p / "__init__.py").exists()))
def test_a_module_imports_public_names_only(module):
    wrong = {str(path.relative_to(PLUGINS)): names for path in (PLUGINS / module).rglob("*.py") if (names := strangers(path.read_text("utf-8")))}
    assert wrong == {}


def test_a_way_around_is_seen():
    assert strangers("from youthpilot.core.web.policies import policy\nimport youthpilot.core.kernel.db\nfrom youthpilot.core import policies, policy") == [
        "youthpilot.core.web.policies.policy", "youthpilot.core.kernel.db", "youthpilot.core.web.policies",
    ]  # fmt: skip
