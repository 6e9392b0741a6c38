"""Every owner of words (the host, each plugin) has the Chinese of what his code and templates say, in his catalogue or the host's, and no more."""

import ast
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

ROOT = Path(__file__).parents[2]
HOST = ("core", "admin", "templates")
PLUGINS = sorted(p.parent.name for p in (ROOT / "plugins").glob("*/words.py"))
CALLS = ("_", "_l", "ngettext")


def folders(owner: str) -> list[Path]:
    return [ROOT / "plugins" / owner] if owner else [ROOT / part for part in HOST]


def strings(node: ast.expr) -> set[str]:
    """What an argument may be: a text, one of two, or nothing that can be told."""
    if isinstance(node, ast.IfExp):
        return strings(node.body) | strings(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def said(owner: str) -> dict[str, str]:
    """Message → the file of the owner that calls for it."""
    found = {}
    for path in (p for folder in folders(owner) for p in folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
                found |= dict.fromkeys(strings(node.args[0]), str(path.relative_to(ROOT)))
    for path in (p for folder in folders(owner) for p in folder.rglob("*.html")):
        with path.open("rb") as source:
            for _line, _call, message, _comments in babel_extract(source, ["_", "gettext", "ngettext"], [], {}):
                found[message if isinstance(message, str) else message[0]] = str(path.relative_to(ROOT))
    return found


def mentioned(owner: str) -> set[str]:
    """Every text in the owner's code: some messages are kept in tables and translated later."""
    code = (ast.parse(p.read_text("utf-8")) for folder in folders(owner) for p in folder.rglob("*.py"))
    return {n.value for tree in code for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def written(owner: str) -> list[tuple[str, tuple[str, ...]]]:
    """(message, its Chinese) of the owner's catalogues, each as often as it stands there."""
    folder = ROOT / "plugins" / owner / "translations" if owner else ROOT / "core" / "translations"
    found = []
    for po in sorted(folder.glob("zh_Hans_CN/LC_MESSAGES/*.po")):
        with po.open("rb") as source:
            for message in read_po(source):
                several = isinstance(message.id, tuple)
                found += [(message.id[0] if several else message.id, message.string if several else (message.string,))] if message.id else []
    return found


@pytest.mark.parametrize("owner", ["", *PLUGINS], ids=lambda o: o or "host")
def test_an_owner_has_the_words_that_he_says_and_no_others(owner):
    used, own, host = said(owner), written(owner), dict(written(""))
    assert len(used) > 3 and len(own) > 3
    chinese = {message for message, text in (*own, *host.items()) if all(text)}
    assert {message: where for message, where in used.items() if message not in chinese} == {}, "without Chinese"
    assert {message for message, _text in own} - used.keys() - mentioned(owner) == set(), "said by nobody of his"
    assert [message for message, count in Counter(message for message, _text in own).items() if count > 1] == [], "twice"
    assert not owner or [message for message, text in own if host.get(message) == text] == [], "the host says it so already"
