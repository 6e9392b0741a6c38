"""Distributions as pip leaves them, a home with a county, commands and a server of their own processes, a person who browses."""

import http.cookiejar
import os
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

CLI = "from youthpilot.core.cli import main; main()"
PASSWORD = "green-river-7-boats"
PEOPLE = f"""
from youthpilot.core.accounts import grant_role, issue_first_admin_token, redeem_token
from youthpilot.core.commanding import Session
from youthpilot.core.counties.models import County
from youthpilot.core.testing import make_organization
Session('platform').registry()
redeem_token(issue_first_admin_token(County.get()), "zhoumin", "周敏", {PASSWORD!r})
redeem_token(issue_first_admin_token(None), "platform", "平台", {PASSWORD!r})
make_organization(County.get(), "柳村", parent=make_organization(County.get(), "柳河镇", "township"))
"""


def install(target: Path, name: str, code: str, names: Iterable[str] = ()) -> None:
    """A distribution with the module `name` and its entry point; names: it holds these module objects, each with an entry point."""
    points = [f"{each} = youthpilot_{name}:{each}" for each in names] or [f"{name} = youthpilot_{name}"]
    (target / f"youthpilot_{name}.py").write_text(code, encoding="utf-8")
    card = target / f"youthpilot_{name}-1.0.dist-info"
    card.mkdir(parents=True)
    (card / "METADATA").write_text(f"Metadata-Version: 2.1\nName: youthpilot-{name}\nVersion: 1.0\n")
    (card / "entry_points.txt").write_text("\n".join(["[youthpilot.plugins]", *points, ""]))


class Site:
    """A home with the county aa and two people, and whatever distributions lie in `target`."""

    def __init__(self, folder: Path) -> None:
        self.target, self.home = folder / "site", folder / "home"
        self.target.mkdir()
        self.environment = {**os.environ, "YOUTHPILOT_HOME": str(self.home), "YOUTHPILOT_TODAY": "2023-07-03", "DATABASE_URL": ""}

    def path(self, with_them: bool) -> str:
        """Where a process looks for modules: with the hostile ones or without."""
        return os.pathsep.join([str(self.target)] * with_them + [os.environ.get("PYTHONPATH", "")])

    def run(self, *arguments: str, script: tuple[str, ...] = ("-c", CLI), with_them: bool = True) -> Any:
        """A command in a process of its own."""
        environment = {**self.environment, "PYTHONPATH": self.path(with_them)}
        return subprocess.run([sys.executable, *script, *arguments], env=environment, capture_output=True, text=True, timeout=120, cwd=self.target)

    def must(self, *arguments: str, **more: Any) -> str:
        """The same; it has to succeed."""
        done = self.run(*arguments, **more)
        assert done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr[-4000:]}"
        return str(done.stdout)

    def serve(self, with_them: bool = True, threads: int = 2, **more: str) -> Any:
        """(context manager) a server of its own process; a Browser."""
        return Server(self, {**self.environment, "PYTHONPATH": self.path(with_them), **more}, threads)


class Server:
    """A waitress process while the block runs."""

    def __init__(self, site: Site, environment: dict[str, str], threads: int) -> None:
        command = [sys.executable, "-u", "-c", CLI, "serve", "--port", "0", "--threads", str(threads)]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=site.target)

    def __enter__(self) -> "Browser":
        line = self.process.stdout.readline()  # type: ignore[union-attr]
        found = re.search(r"http://\S+", line)
        assert found, f"the server did not start: {line!r}"
        return Browser(found[0].rstrip("/"))

    def __exit__(self, *_error: Any) -> None:
        self.process.terminate()
        self.process.wait(20)


class Browser:
    """One person's browser, over HTTP."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def ask(self, path: str, data: dict[str, str] | None = None, timeout: float = 20) -> tuple[int, str]:
        """(status, text) of a page, redirects followed; raises TimeoutError if nobody answers."""
        body = urllib.parse.urlencode(data).encode() if data is not None else None
        try:
            with self.opener.open(self.root + path, body, timeout=timeout) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def sign_in(self, name: str) -> None:
        """With the password of the tests."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.ask("/login")[1])
        assert token
        status, text = self.ask("/login", {"csrf_token": token[1], "username": name, "password": PASSWORD})
        assert status == 200 and 'name="password"' not in text, text[-2000:]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The home, made before any hostile distribution is there; the tests of a file install theirs."""
    made = Site(tmp_path_factory.mktemp("hostile"))
    made.must("init")
    made.must("county", "add", "aa", "甲县")
    made.must(script=("-c", PEOPLE))
    made.must("period", "open", "--county", "aa", "2023H1")
    yield made
