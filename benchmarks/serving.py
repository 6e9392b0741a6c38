"""A served process on a home, and people who ask it for pages over connections that stay open."""

import http.client
import os
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urlencode

from .homes import PASSWORD, Home

MAIN = "from youthpilot.core.cli import main; main()"
DEAD = "a visitor died; nothing was measured"


@contextmanager
def served(home: Home) -> Iterator[str]:
    """The address (host:port) of a server of its own on the home."""
    log = home.folder / "serve.log"
    environment = {**os.environ, "YOUTHPILOT_HOME": str(home.folder)}
    with log.open("w") as out:
        process = subprocess.Popen([sys.executable, "-u", "-c", MAIN, "serve", "--port", "0"], env=environment, stdout=out, stderr=subprocess.STDOUT)
    try:
        for _try in range(1200):
            found = re.search(r"http://(127\.0\.0\.1:\d+)", log.read_text())
            if found:
                yield found[1]
                return
            if process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError("the server did not start: " + log.read_text())
    finally:
        process.terminate()
        process.wait(60)


class Visitor:
    """Somebody on one connection; with a number signed in."""

    def __init__(self, address: str, number: int | None = None) -> None:
        self.connection, self.cookies = http.client.HTTPConnection(address, timeout=120), dict[str, str]()
        if number is not None:
            self._sign_in(number)

    def _sign_in(self, number: int) -> None:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.page("/login"))
        fields = {"username": f"bench{number}", "password": PASSWORD, "csrf_token": token[1] if token else ""}
        self._ask("POST", "/login", 303, urlencode(fields))

    def page(self, path: str) -> str:
        """A page's text. Raises RuntimeError if it is anything but a page."""
        return self._ask("GET", path, 200)

    def _ask(self, method: str, path: str, expected: int, body: str | None = None) -> str:
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()), "Content-Type": "application/x-www-form-urlencoded"}
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read().decode("utf-8")
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _is, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        if answer.status != expected:
            raise RuntimeError(f"{method} {path} answered {answer.status}: {text[:500]}")
        return text


class Visits(NamedTuple):
    """What people waited: the median in seconds, pages a second, and how many pages came."""

    median: float
    rate: float
    pages: int


def crowd(visitors: list[Visitor], path: str, lasting: float, least: int) -> Visits:
    """All ask for a page again and again, for `lasting` seconds and at least `least` times each."""
    taken: list[float] = []
    started = time.perf_counter()

    def visit(visitor: Visitor) -> None:
        done = 0
        while done < least or time.perf_counter() < started + lasting:
            asked = time.perf_counter()
            visitor.page(path)
            taken.append(time.perf_counter() - asked)
            done += 1

    together([lambda v=v: visit(v) for v in visitors])
    return Visits(statistics.median(taken), len(taken) / (time.perf_counter() - started), len(taken))


def together(acts: list[Callable[[], None]]) -> None:
    """Each act in a thread of its own; raises the first error of any."""
    errors: list[BaseException] = []

    def guarded(act: Callable[[], None]) -> None:
        try:
            act()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise RuntimeError(DEAD) from errors[0]
