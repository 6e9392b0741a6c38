"""Which commands there are: whoever keeps a home needs no module; the core alone has only its own."""

import pytest

from .conftest import run


def test_a_home_is_kept_without_modules(here, tmp_path):
    assert "核对无误" in run(here, "--no-modules", "backup", tmp_path / "a.tar")
    assert "没有发现问题" in run(here, "--no-modules", "check")
    assert "已恢复" in run(here, "--no-modules", "restore", tmp_path / "a.tar")
    assert "相符" in run(here, "--no-modules", "keys", "status")
    assert "没有要做的" in run(here, "--no-modules", "db", "draft", "core")


@pytest.mark.parametrize("words", [("backup", "a.tar"), ("check",), ("period", "verify"), ("db", "draft", "core")], ids=" ".join)
def test_the_core_alone_says_that_it_has_no_such_command(here, words):
    assert "No such command" in run(here, "--no-plugins", *words, code=2)
    assert "没有待办的升级" in run(here, "--no-plugins", "db", "status")
