"""Broken variants: each patch in this folder undoes one protection, and the tests that it names must then fail.

A patch begins with words (what it breaks), then `Caught-by: tests/…::test_name` lines, a blank line, and a diff. `make test` applies all of
them and runs every twelfth; `make programme` runs them all.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("core", "plugins", "admin", "templates")
PATCHES = sorted(Path(__file__).parent.glob("*.patch"))
CAUGHT_BY = re.compile(r"^Caught-by: (\S+)$", re.M)


ELSEWHERE = """# the editable installation, pointed at this copy
import sys
[finder] = [m for name, m in sys.modules.items() if name.startswith("__editable___youthpilot")]
finder.MAPPING.update({places!r})
"""


def words_of(patch: Path) -> str:
    return patch.read_text(encoding="utf-8").split("\ndiff --git")[0].split("\n--- a/")[0]


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    """A copy of the tree that imports as youthpilot.*; each test puts back what it changed."""
    copy = tmp_path_factory.mktemp("broken")
    for name in (*PARTS, "tests", "docs", "benchmarks"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "images"))
    for name in ("setup.py", "pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, copy / name)
    places = {f"youthpilot.{part}": str(copy / part) for part in PARTS}
    (copy / "sitecustomize.py").write_text(ELSEWHERE.format(places=places), encoding="utf-8")
    subprocess.run(["git", "init", "-q"], cwd=copy, check=True)  # `git apply` outside a repository looks for none above
    return copy


def in_tree(tree: Path, *command: str, timeout: int = 300) -> subprocess.CompletedProcess:
    env = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    for name in [n for n in env if n.startswith("PYTEST_")]:
        env.pop(name)
    return subprocess.run(command, cwd=tree, env=env, capture_output=True, text=True, timeout=timeout)


def test_the_copy_is_what_is_imported(tree):
    done = in_tree(tree, sys.executable, "-c", "import youthpilot.core as c, youthpilot.admin as a; print(c.__file__, a.__file__)")
    assert all(Path(name).is_relative_to(tree) for name in done.stdout.split()) and done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("patch", PATCHES, ids=lambda p: p.stem)
def test_every_broken_variant_says_what_it_breaks_and_applies(tree, patch):
    named = CAUGHT_BY.findall(words_of(patch))
    assert named and len(words_of(patch).split("Caught-by")[0].strip()) > 20, "a patch begins with what it breaks and who catches it"
    for test in named:
        path, _, name = test.partition("::")
        assert f"def {name.split('::')[-1].split('[')[0]}(" in (ROOT / path).read_text(encoding="utf-8"), f"{test} does not exist"
    done = in_tree(tree, "git", "apply", "--check", str(patch))
    assert done.returncode == 0, done.stderr


def run_broken(tree: Path, patch: Path) -> None:
    try:
        assert in_tree(tree, "git", "apply", str(patch)).returncode == 0
        for test in CAUGHT_BY.findall(words_of(patch)):
            done = in_tree(tree, sys.executable, "-m", "pytest", test, "-n", "0", "-q", "-x", "-p", "no:cacheprovider", *PROGRAMME)
            failed = done.returncode == 1 and "\nFAILED " in done.stdout  # an error in a fixture proves nothing
            assert failed, f"{patch.stem} is not caught by {test}:\n{done.stdout[-3000:]}{done.stderr[-2000:]}"
    finally:
        in_tree(tree, "git", "apply", "--reverse", str(patch))


PROGRAMME = ("--programme",)  # a long count may be the one that catches


@pytest.mark.parametrize("patch", PATCHES[::12], ids=lambda p: p.stem)
def test_a_sample_of_the_broken_variants_is_caught(tree, patch):
    run_broken(tree, patch)


@pytest.mark.programme
@pytest.mark.parametrize("patch", PATCHES, ids=lambda p: p.stem)
def test_every_broken_variant_is_caught(tree, patch):
    run_broken(tree, patch)
