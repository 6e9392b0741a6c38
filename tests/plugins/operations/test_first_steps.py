"""The first minutes of an operator: an empty home stays empty until init, printed links lead to where the server really is."""

import contextlib
import re
import socket
import urllib.request

import pytest

from .conftest import run, start


@pytest.mark.parametrize(
    "words",
    [("serve", "--port", "0"), ("county", "list"), ("user", "link", "zhou"), ("check",), ("db", "status"), ("backup", "x.tar"), ("keys", "status")],
    ids=" ".join,
)
def test_an_empty_home_is_left_empty_and_told_to_run_init(tmp_path, words):
    home = tmp_path / "home"
    words = [str(tmp_path / word) if word.endswith(".tar") else word for word in words]
    assert "youthpilot init" in run(home, *words, code=1)
    assert list(tmp_path.iterdir()) == []


@contextlib.contextmanager
def serving(home, *words, **more):
    """A server on a free port, and what it said when it listened."""
    process = start(home, "serve", "--port", "0", *words, **more)
    try:
        yield process.stdout.readline()
    finally:
        process.terminate()
        process.communicate(timeout=30)


def link(said):
    return re.search(r"(https?://\S+)/welcome/\S+", said)


def test_a_printed_link_leads_to_where_the_server_listens(here):
    before = run(here, "county", "add", "320981", "东台县")
    assert link(before)[1] == "http://127.0.0.1:8765" and "PUBLIC_URL" in before
    with serving(here, "--host", "0.0.0.0") as said:
        port = re.search(r":(\d+)/", said)[1]
        added = run(here, "county", "add", "320982", "大丰县")
        assert link(added)[1] == f"http://127.0.0.1:{port}" and "PUBLIC_URL" in added
        assert urllib.request.urlopen(link(added)[0], timeout=20).status == 200
    with serving(here, PUBLIC_URL="https://youth.example.gov.cn/"):  # set for the service, not in the operator's shell
        pass
    public = run(here, "county", "add", "320983", "建湖县")
    assert link(public)[1] == "https://youth.example.gov.cn" and "PUBLIC_URL" not in public
    shell = run(here, "county", "add", "320984", "阜宁县", PUBLIC_URL="https://other.example.cn")
    assert link(shell)[1] == "https://other.example.cn"


def test_a_port_that_is_taken_is_said_in_words(here):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert f"端口 {port} 用不了" in run(here, "serve", "--port", str(port), code=1)
