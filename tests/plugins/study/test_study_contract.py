"""The house's contract for modules, and the numbered checks of README.md against the tests."""

import re
from pathlib import Path

import youthpilot.plugins.study as study
from youthpilot.core.testing import assert_plugin_contract

HERE = Path(__file__).parent


def test_it_keeps_the_contract(tmp_path, monkeypatch):
    monkeypatch.setenv("YOUTHPILOT_HOME", str(tmp_path))
    assert_plugin_contract(study)


def test_every_check_of_the_readme_is_seen_by_a_test():
    """A test marks what it checks with the check's number (`# S14` or the code that an importer gives)."""
    told = set(re.findall(r"^\| (S\d+) \|", (study.HERE / "README.md").read_text("utf-8"), re.M))
    texts = [path.read_text("utf-8") for path in HERE.glob("test_*.py") if path.name != Path(__file__).name]
    seen = {i for text in texts for i in re.findall(r"\bS\d+\b", text)}
    assert told and told == seen, (sorted(told - seen), sorted(seen - told))
