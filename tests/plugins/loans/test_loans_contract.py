"""The house's contract for modules, and the numbered checks of README.md against the tests."""

import re
from pathlib import Path

import youthpilot.plugins.loans as loans
from youthpilot.core.testing import assert_plugin_contract

HERE = Path(__file__).parent


def test_it_keeps_the_contract(tmp_path, monkeypatch):
    monkeypatch.setenv("YOUTHPILOT_HOME", str(tmp_path))
    assert_plugin_contract(loans)


def test_every_check_of_the_readme_is_seen_by_a_test():
    told = set(re.findall(r"^\| (L\d+) \|", (loans.HERE / "README.md").read_text("utf-8"), re.M))
    seen = {i for path in HERE.glob("test_*.py") for i in re.findall(r"\bL\d+\b", path.read_text("utf-8"))}
    assert told and told == seen, (sorted(told - seen), sorted(seen - told))
