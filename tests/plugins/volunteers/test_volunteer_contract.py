"""The conformance kit says that the module is good; its list of checks is the one that the tests hold; its words are Chinese."""

import re
from pathlib import Path

import youthpilot.plugins.volunteers as module
from youthpilot.core.testing import assert_plugin_contract

HERE = Path(__file__).parent


def test_it_keeps_the_contract():
    assert_plugin_contract(module)


def test_every_numbered_check_has_a_test_and_every_test_a_number():
    listed = re.findall(r"^\| (V\d+) \| [EW] \|", (module.HERE / "README.md").read_text(), re.M)
    tested = {n for f in HERE.glob("test_*.py") if f != Path(__file__) for n in re.findall(r"\bV\d{1,2}\b", f.read_text())}
    assert len(listed) == len(set(listed)) and set(listed) == tested, set(listed) ^ tested


def test_every_word_is_translated():
    from babel.messages.pofile import read_po

    with (module.HERE / "translations/zh_Hans_CN/LC_MESSAGES/volunteers.po").open("rb") as source:
        assert [m.id for m in read_po(source) if not m.string or m.fuzzy and m.id] == []
