"""Do the tests notice when a rule is changed? Each mutant runs the tests that import its file; `make programme` names those that survive.

A mutant is never written into the tree: a child process is told to take one module from another file.
"""

import ast
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_spec = importlib.util.spec_from_file_location("youthpilot_mutants", Path(__file__).with_name("mutants.py"))
MUTANTS = sys.modules[_spec.name] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(MUTANTS)

FILES = sorted(p for part in ("core", "plugins", "admin") for p in (ROOT / part).rglob("*rules*.py")) + [
    p for name in ("calendar", "workflow") if (p := ROOT / "core" / "kernel" / f"{name}.py").exists()
]
EACH = 6  # mutants of a file in `make programme`
LONGEST = 300  # seconds for the tests of one mutant; longer counts as noticed, as an endless loop is
SLOW = ("tests/postgres", "tests/browser", "tests/sweep", "tests/acceptance", "tests/broken", "tests/mutation")
INSTEAD = """import importlib.util, os, sys

class Instead:
    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_file_location(name, os.environ["MUTANT_FILE"]) if name == os.environ["MUTANT_MODULE"] else None

sys.meta_path.insert(0, Instead())
"""


def module_of(path):
    return "youthpilot." + ".".join(path.relative_to(ROOT).with_suffix("").parts)


def imported(source):
    """Modules that a test imports: a.b for `import a.b`, a and a.b for `from a import b`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


TESTS = {
    p: set(imported(p.read_text("utf-8"))) for p in sorted((ROOT / "tests").rglob("test_*.py")) if not p.relative_to(ROOT).as_posix().startswith(SLOW)
}


def users_of(path):
    """Modules of the same folder that import this one."""
    for other in path.parent.glob("*.py"):
        nodes = [n for n in ast.walk(ast.parse(other.read_text("utf-8"))) if isinstance(n, ast.ImportFrom) and n.level == 1]
        if any(n.module == path.stem or n.module is None and path.stem in [a.name for a in n.names] for n in nodes):
            yield module_of(other)


def concerned(path):
    """The test files that import a module; if none does, those that import one that uses it."""
    name = module_of(path)
    return [p for p, names in TESTS.items() if name in names] or [p for p, names in TESTS.items() if names & set(users_of(path))]


def passes(path, source, folder):
    """True if the tests that concern the file pass with this source in its place."""
    (folder / "sitecustomize.py").write_text(INSTEAD, encoding="utf-8")
    (folder / "mutant.py").write_text(source, encoding="utf-8")
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    env |= {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "MUTANT_MODULE": module_of(path), "MUTANT_FILE": str(folder / "mutant.py")}
    command = [sys.executable, "-m", "pytest", *map(str, concerned(path)), "-n", "0", "-q", "-x", "-p", "no:cacheprovider"]
    try:
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return False
    assert done.returncode in (0, 1, 2), done.stdout[-2000:] + done.stderr[-2000:]  # 2: the mutant cannot even be imported
    return done.returncode == 0


def survivors(path, count, folder):
    """(how many mutants were tried, those that no test noticed)."""
    source = path.read_text(encoding="utf-8")
    tried = MUTANTS.sample(source, count)
    return len(tried), [m.what for m in tried if passes(path, m.source, folder)]


def test_every_kind_of_change_is_made_once():
    source = "def f(a, b):\n    if a < 3 and b in (True, 'x'):\n        return a\n    return None\n"
    changed = [m.what.split(": ", 1)[1] for m in MUTANTS.mutants(source)]
    assert [c for c in changed if "<=" in c and "and" not in c] == ["a < 3 → a <= 3"]
    assert [c for c in changed if "not in" in c and " or " not in c] == ["b in (True, 'x') → b not in (True, 'x')"]
    assert sorted(c for c in changed if c.startswith(("3", "return"))) == ["3 → 2", "3 → 4", "return a → return None"]
    assert len(changed) == 6 and len({m.source for m in MUTANTS.mutants(source)}) == 6
    assert MUTANTS.sample(source, 3) == MUTANTS.sample(source, 3) and len(MUTANTS.sample(source, 99)) == 6


def test_every_file_of_rules_has_tests_that_import_it():
    assert len(FILES) > 12
    assert [module_of(p) for p in FILES if not concerned(p)] == []


def test_a_small_sample_and_its_control(tmp_path):
    path = ROOT / "core" / "kernel" / "numbers.py"
    assert passes(path, ast.unparse(ast.parse(path.read_text("utf-8"))), tmp_path)  # written anew and unchanged
    tried, alive = survivors(path, 3, tmp_path)
    assert tried == 3 and len(alive) < 3, alive


@pytest.mark.programme
@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_changed_rules_are_noticed(path, tmp_path, record_property):
    tried, alive = survivors(path, EACH, tmp_path)
    record_property("mutants", tried)
    record_property("survivors", alive)
    assert not tried or len(alive) < tried, f"no test of {[p.name for p in concerned(path)]} notices any of {alive}"
