"""A real Chromium against a real server on the demonstration."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def serve(home: Path, today: str = "2023-07-03", *options: str) -> tuple[subprocess.Popen, str]:
    """A server process on a home and its address, answering; `today` is its business day, options those before the command."""
    port = free_port()
    env = {**{k: v for k, v in os.environ.items() if k != "DATABASE_URL"}, "YOUTHPILOT_HOME": str(home), "YOUTHPILOT_TODAY": today}
    line = [sys.executable, "-c", "from youthpilot.core.cli import main; main()", *options, "serve", "--port", str(port)]
    log = (home / "serve.log").open("w")
    process = subprocess.Popen(line, env=env, stdout=log, stderr=log)
    for _try in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2)
            return process, f"http://127.0.0.1:{port}"
        except OSError:
            assert process.poll() is None, (home / "serve.log").read_text()
            time.sleep(0.2)
    raise AssertionError("the server did not start: " + (home / "serve.log").read_text())


@pytest.fixture
def site(demo_home) -> Iterator[str]:
    """The address of a server on a copy of the demonstration."""
    process, address = serve(demo_home)
    yield address
    process.terminate()
    process.wait(10)


@pytest.fixture
def launch() -> Iterator[Callable[..., str]]:
    """launch(home, "2023-07-03", "--no-plugins"): the address of a server on any home."""
    running: list[subprocess.Popen] = []

    def start(home: Path, today: str, *options: str) -> str:
        process, address = serve(home, today, *options)
        running.append(process)
        return address

    yield start
    _stop(running)


@pytest.fixture
def on_day(demo_home) -> Iterator[Callable[[str], str]]:
    """on_day("2023-07-12"): the server stops and starts again on the same home on that business day; its new address."""
    running: list[subprocess.Popen] = []

    def restart(today: str) -> str:
        _stop(running)
        process, address = serve(demo_home, today)
        running.append(process)
        return address

    yield restart
    _stop(running)


@pytest.fixture(scope="session")
def served() -> Iterator[Callable[[Path], str]]:
    """served(home): the address of a server on a home of the tests' own, until they are through."""
    running: list[subprocess.Popen] = []

    def start(home: Path) -> str:
        process, address = serve(home)
        running.append(process)
        return address

    yield start
    _stop(running)


def _stop(running: list[subprocess.Popen]) -> None:
    while running:
        process = running.pop()
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all tests of a worker."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield running
        running.close()


class Visitor:
    """A page that remembers everything that went wrong on it."""

    def __init__(self, context, site: str) -> None:
        self.page, self.site, self.wrong = context.new_page(), site, []
        self.page.on("console", lambda m: self.wrong.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda e: self.wrong.append(str(e)))

    def enter(self, who: str) -> None:
        """One click on an entry of the demonstration."""
        self.page.goto(f"{self.site}/demo")
        self.page.click(f"button[value={who}]")
        self.page.wait_for_load_state()

    def open(self, path: str) -> int:
        """Open an address of 示范县; its status. Nothing may be wider than the window."""
        answer = self.page.goto(f"{self.site}/c/demo{path}")
        self.fits()
        return answer.status

    def fits(self) -> None:
        self.page.wait_for_load_state("load")  # a page that is still coming is as wide as what has come
        inside, window = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert inside <= window, f"{self.page.url} is {inside} wide in a window of {window}"

    def text(self) -> str:
        return re.sub(r"\s+", " ", self.page.inner_text("body"))


@pytest.fixture(params=list(SIZES))
def visitor(request, browser, site) -> Iterator[Visitor]:
    """A visitor with a wide window and one with a phone; nothing may go wrong in the console."""
    context = browser.new_context(viewport=SIZES[request.param], locale="zh-CN", accept_downloads=True)
    found = Visitor(context, site)
    found.size = request.param
    yield found
    context.close()
    assert found.wrong == []


@pytest.fixture
def guest(browser) -> Iterator[Callable[..., Visitor]]:
    """guest(site, "phone"): a visitor of a size on a server; nothing may go wrong in anybody's console but answers that refuse (404, 422)."""
    made: list[tuple[object, Visitor]] = []

    def come(site: str, size: str = "wide") -> Visitor:
        context = browser.new_context(viewport=SIZES[size], locale="zh-CN", accept_downloads=True)
        made.append((context, Visitor(context, site)))
        return made[-1][1]

    yield come
    for context, _visitor in made:
        context.close()
    assert [w for _context, v in made for w in v.wrong if not re.search(r"status of (404|422)", w)] == []


@pytest.fixture
def plain(browser, site) -> Iterator[Visitor]:
    """A visitor whose browser runs no scripts."""
    context = browser.new_context(viewport=SIZES["phone"], locale="zh-CN", java_script_enabled=False)
    found = Visitor(context, site)
    yield found
    context.close()
