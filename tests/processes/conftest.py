"""A small home and real server processes on it: what happens between processes is tested between processes."""

import html
import http.cookiejar
import os
import re
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

import pytest

from youthpilot.core.accounts.actor import actor_for
from youthpilot.core.accounts.services import create_user, grant_role
from youthpilot.core.counties.services import county_registry
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.periods.opening import open_period
from youthpilot.core.registry import Registry
from youthpilot.core.testing import installation, make_county, make_organization
from youthpilot.plugins.study.services import add_issue

PASSWORD = "green-river-7-boats"
COUNTY = "/c/test"
MAIN = "from youthpilot.core.cli import main; main()"
# a process that has loaded everything and runs each command in a fork: real processes, started in no time
FORKING = """
import os, sys
from youthpilot.core import cli, commands
import youthpilot.core.app, youthpilot.admin.host
for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        sys.argv = ["youthpilot", *line.split()]
        cli.main()
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


CLERKS = 8


@pytest.fixture
def small_home(tmp_path) -> Path:
    """试验县 with two townships and four villages, the half-year open, administrators `clerk`, `clerk1` …; nothing is running on it."""
    registry = Registry().load_installed()
    with installation(tmp_path, registry):
        county = make_county(registry, enable=("study",))
        for town in ("甲镇", "乙镇"):
            above = make_organization(county, town, "township")
            for number in "12":
                make_organization(county, f"{town}{number}村", "village", above)
        for number in range(CLERKS):  # one person has three sessions at most
            clerk = create_user(f"clerk{number or ''}", f"办事员{number or ''}", PASSWORD, must_change=False)
            grant_role(clerk, "county_admin", county)
        narrowed = county_registry(registry, county)
        with scoped(county_scope(county)):
            add_issue(2023, 19, date(2023, 5, 1), date(2023, 5, 7))
            open_period(county, "2023H1", date(2023, 7, 20), narrowed, actor_for(clerk, county, narrowed), today=date(2023, 7, 3))
    return tmp_path


def environment(home: Path) -> dict[str, str]:
    return {**{k: v for k, v in os.environ.items() if k != "DATABASE_URL"}, "YOUTHPILOT_HOME": str(home), "YOUTHPILOT_TODAY": "2023-07-03"}


class Server:
    """A served process: `address`, and whether it lives."""

    def __init__(self, home: Path, number: int) -> None:
        self.log = home / f"serve-{number}.log"
        with self.log.open("w") as log:
            line = [sys.executable, "-u", "-c", MAIN, "serve", "--port", "0"]
            self.process = subprocess.Popen(line, env=environment(home), stdout=log, stderr=subprocess.STDOUT)
        self.address = self._address()

    def _address(self) -> str:
        for _try in range(600):
            found = re.search(r"http://127\.0\.0\.1:\d+", self.log.read_text())
            if found:
                return found[0]
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.1)
        raise AssertionError("the server did not start: " + self.log.read_text())

    @property
    def lives(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> int:
        """SIGTERM; its exit code."""
        self.process.terminate()
        return self.process.wait(30)


@pytest.fixture
def serve(small_home) -> Iterator[Callable[[], Server]]:
    """serve(): one more server on the small home."""
    running: list[Server] = []

    def start() -> Server:
        running.append(Server(small_home, len(running)))
        return running[-1]

    yield start
    for server in running:
        if server.lives:
            server.stop()


@pytest.fixture
def command(small_home) -> Iterator[Callable[..., int]]:
    """command("audit", "verify"): the exit code of a process of its own on the small home."""
    zygote = subprocess.Popen([sys.executable, "-c", FORKING], env=environment(small_home), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)  # fmt: skip

    def run(*words: str) -> int:
        zygote.stdin.write(" ".join(words) + "\n")
        zygote.stdin.flush()
        while not re.fullmatch(r"-?\d+", line := zygote.stdout.readline().strip()):
            assert line or zygote.poll() is None
        return int(line)

    yield run
    zygote.stdin.close()
    zygote.wait(30)


class Answer:
    """What came back."""

    def __init__(self, status: int, text: str, headers: dict[str, str], seconds: float) -> None:
        self.status, self.text, self.headers, self.seconds = status, text, headers, seconds

    @property
    def form(self) -> dict[str, str]:
        """Hidden fields and texts of the page's form."""
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', self.text))
        fields |= re.findall(r'<textarea name="([^"]+)" hidden>\n?([^<]*)</textarea>', self.text)
        return {name: html.unescape(value) for name, value in fields.items()}


class Visitor:
    """A browser of its own: cookies, no redirects followed on their own."""

    def __init__(self, address: str) -> None:
        self.address = address
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar, _Stay())

    def ask(self, path: str, data: dict[str, str] | None = None, method: str | None = None) -> Answer:
        body = urlencode(data).encode() if data is not None else None
        start = time.monotonic()
        try:
            answer = self.opener.open(urllib.request.Request(self.address + path, body, method=method), timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        text = answer.read().decode("utf-8", "replace")
        return Answer(answer.status, text, dict(answer.headers), time.monotonic() - start)

    def token(self, path: str) -> str:
        return self.ask(path).form["csrf_token"]

    def enter(self, name: str = "clerk") -> "Visitor":
        answer = self.ask("/login", {"username": name, "password": PASSWORD, "csrf_token": self.token("/login")})
        assert answer.status == 303, answer.text
        return self


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args):
        return None


@pytest.fixture
def rows(small_home) -> Callable[..., list[tuple]]:
    """rows(sql, *values): straight from the file, on a connection of the test's own."""

    def read(sql: str, *values) -> list[tuple]:
        with closing(sqlite3.connect(small_home / "youthpilot.db", timeout=30)) as connection:
            found = connection.execute(sql, values).fetchall()
            connection.commit()
            return found

    return read
