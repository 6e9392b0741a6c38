"""The measures of the house see what they are there to see: in a small house with one fault of each kind planted."""

import importlib.util
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[2] / ".ci" / "measure_house.py"
GOOD = {
    "core/__init__.py": 'PUBLIC: dict[str, tuple[str, ...]] = {"one": ("a", "b")}\n',
    "core/one/rules.py": '"""Words\nof two lines."""\n\n\ndef a():\n    """Says."""\n    return 1  # one\n',
    "core/two/rules.py": "from ..one import rules\n",
    "core/kernel/low.py": "",
    "core/kernel/high.py": "from . import low\n",
    "plugins/study/__init__.py": "def hook():\n    from .views import page\n    return page\n",
    "plugins/study/views.py": "from youthpilot.core import Organization\npage = Organization\n",
    "admin/host.py": "",
}
PLANTED = {
    "cycles": [
        {"core/one/rules.py": "def a():\n    from ..two import rules\n    return rules\n"},
        {"core/one/rules.py": "from youthpilot.core.two.rules import x\n"},
        {"core/kernel/low.py": "from .high import x\n"},
        {"core/one/rules.py": "import youthpilot.plugins.study.views\n", "plugins/study/views.py": "from youthpilot.core.one.rules import a\n"},
    ],
    "imports inside functions": [{"admin/host.py": "def f():\n    from youthpilot.core.two import rules\n    return rules\n" * 21}],
    "functions over 60 lines": [{"admin/host.py": "def f():\n" + "    print()\n" * 60}],
    "public names of core": [{"core/__init__.py": f"PUBLIC: dict[str, tuple[str, ...]] = {{'one': {('a',) * 94}}}\n"}],
    "code lines of core": [{"core/one/rules.py": "x = 1\n" * 20_000}],
}


@pytest.fixture(scope="module")
def program():
    """The program as a module."""
    found = importlib.util.spec_from_file_location("measure_house", PROGRAM)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def house(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_a_good_house_passes_and_is_counted_right(program, tmp_path, capsys):
    found = program.measure(house(tmp_path, GOOD))
    assert {name: len(counted) for name, counted in found.items()} == {
        "code lines of core": 5, "imports inside functions": 0, "public names of core": 2, "functions over 60 lines": 0, "cycles": 0,
    }  # fmt: skip
    assert program.main(tmp_path) == 0 and "worse" not in capsys.readouterr().out


@pytest.mark.parametrize(("measure", "files"), [(name, files) for name, cases in PLANTED.items() for files in cases])
def test_a_planted_fault_is_found(program, tmp_path, capsys, measure, files):
    assert program.main(house(tmp_path, GOOD | files)) == 1
    assert f"worse than before: {measure}" in capsys.readouterr().out


def test_the_limits_hold_here(program):
    assert program.main() == 0
