"""Addresses to return to and numbers from outside."""

import pytest
from flask import Flask
from werkzeug.exceptions import BadRequest

from youthpilot.admin.targets import bounded, safe_target

BAD = [
    "",
    "x",
    "//evil.cn",
    "///evil.cn",
    "/\\evil.cn",
    "\\\\evil.cn",
    "http://evil.cn",
    "https:/evil.cn",
    "javascript:alert(1)",
    "/a\nb",
    "/a\tb",
    " /a",
    "/a b",
]
BAD += [
    "/\x00",
    "data:text/html,x",
    "//evil.cn/c/shifan/",
    "/c/other/x",
    "/c/shifanx/",
    "/login",
    "/c/shifan/../other/",
    "/c/shifan/%2e%2e/other/",
    "/c/shifan/%252e%252e/other/",
    "/c/shifan%2f..%2fother/",
    "/c/shifan/%5c..%5cother",
    "/c/%6fther/",
    "/%0d%0a".replace("%0d%0a", "\r\n"),
]


@pytest.mark.parametrize("raw", BAD)
def test_only_paths_of_this_county(raw):
    with Flask("x").test_request_context("/list", environ_overrides={"SCRIPT_NAME": "/c/shifan"}):
        assert safe_target(raw, "/home") == "/home"


def test_own_paths_stay():
    with Flask("x").test_request_context("/list", environ_overrides={"SCRIPT_NAME": "/c/shifan"}):
        assert safe_target("/c/shifan/list/?page=2&search=%E5%BC%A0", "/") == "/c/shifan/list/?page=2&search=%E5%BC%A0"
    with Flask("x").test_request_context("/list"):
        assert safe_target("/counties?x=1", "/") == "/counties?x=1"


@pytest.mark.parametrize("raw", ["x", "-1", "1.0", "1e3", " 1", "１", "11", "9" * 30])
def test_numbers(raw):
    with pytest.raises(BadRequest):
        bounded(raw, 0, 10)


def test_missing_numbers_have_a_default():
    assert bounded(None, 0, 10, 3) == 3 and bounded("", 0, 10, 3) == 3 and bounded("10", 0, 10) == 10
