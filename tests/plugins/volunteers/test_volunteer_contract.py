"""The conformance kit says that the module is good; its list of checks is the one that the tests hold; its words are Chinese."""

import re
from pathlib import Path

import youthpilot.plugins.volunteers as module
from youthpilot.core.testing import assert_plugin_contract

HERE = Path(__file__).parent


def test_it_keeps_the_contract():
    assert_plugin_contract(module)


def test_every_numbered_check_is_tested_at_its_level_and_every_test_is_numbered():
    """The marks are the ("E", "V1") of the cases in the tests of files and of forms, where the message is seen at its field."""
    listed = re.findall(r"^\| (V\d+) \| ([EW]) \|", (module.HERE / "README.md").read_text(), re.M)
    marks = {
        (number, level)
        for f in ("importers", "checks")
        for level, number in re.findall(r'"([EW])", "(V\d+)"', (HERE / f"test_volunteer_{f}.py").read_text())
    }
    assert len(listed) == len({number for number, _level in listed})
    assert set(listed) == marks, set(listed) ^ marks


def test_every_word_is_translated():
    from babel.messages.pofile import read_po

    with (module.HERE / "translations/zh_Hans_CN/LC_MESSAGES/volunteers.po").open("rb") as source:
        assert [m.id for m in read_po(source) if not m.string or m.fuzzy and m.id] == []
