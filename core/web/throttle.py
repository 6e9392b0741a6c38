"""How often pages without an account may be asked: per network, per address and per subject (a number that is tried).

Kept in memory, one application's own: threads share it, it never grows beyond `MOST` keys, a restart forgets it. Each key is
one number, the moment until which its allowance is used up (the generic cell rate algorithm), so that parallel tries count too.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from typing import Any

from flask import Response, g, request

from ..accounts.rules import network_of
from ..kernel.clock import local, now
from ..kernel.errors import YouthpilotError
from ..kernel.i18n import _
from .current import state

MOST = 50_000


@dataclass(frozen=True)
class Rate:
    """`count` at once, then one more every `seconds` / `count`."""

    count: int
    seconds: float


REQUESTS = Rate(300, 60)  # of one network: fifty volunteers on one village's Wi-Fi sign in within a minute
MISSES = Rate(30, 600)  # wrong tries of one network
MISSES_HERE = Rate(200, 3600)  # wrong tries at one address (a poster, a code), from wherever
SUBJECT = Rate(10, 900)  # wrong tries at one number, from wherever
MISS = frozenset({400, 401, 403, 404, 422})  # answers that may tell a guesser something
WINDOW = 600.0  # seconds over which acts of nobody signed in are told as one


class TooManyRequests(YouthpilotError):
    """Asked too often; the message says when to try again (HTTP 429)."""

    status = 429


class Throttle:
    """Allowances by key. Safe in threads."""

    def __init__(self, most: int = MOST) -> None:
        self._used: OrderedDict[Any, float] = OrderedDict()
        self._tallies: OrderedDict[Any, tuple[float, int]] = OrderedDict()
        self._most, self._lock = most, Lock()

    def take(self, key: Any, rate: Rate, at: float | None = None) -> float:
        """Use one of the key's allowance: 0.0 if there was one, else the seconds until there will be. at: seconds, default now."""
        at = time.monotonic() if at is None else at
        step = rate.seconds / rate.count
        with self._lock:
            used = max(self._used.get(key, at), at)
            wait = used - at - (rate.seconds - step)
            if wait > 1e-9:
                return wait
            self._keep(self._used, key, used + step)
        return 0.0

    def give_back(self, key: Any, rate: Rate) -> None:
        """The try was a good one: it does not count."""
        with self._lock:
            if key in self._used:
                self._used[key] -= rate.seconds / rate.count

    def tally(self, key: Any, at: float | None = None) -> int:
        """How often the key was told within its window of 600 seconds, this time included."""
        at = time.monotonic() if at is None else at
        with self._lock:
            began, count = self._tallies.get(key, (at, 0))
            began, count = (began, count + 1) if at - began < WINDOW else (at, 1)
            self._keep(self._tallies, key, (began, count))
        return count

    def __len__(self) -> int:
        return max(len(self._used), len(self._tallies))

    def _keep(self, kept: OrderedDict[Any, Any], key: Any, value: Any) -> None:
        kept[key] = value
        kept.move_to_end(key)
        if len(kept) > self._most:
            kept.popitem(last=False)


def throttle() -> Throttle:
    """The application's own."""
    found: Throttle = state().setdefault("throttle", Throttle())
    return found


def admit() -> None:
    """Before a page without an account. Raises TooManyRequests if its network, or its address, was asked too often."""
    network = _network()
    _take(("requests", network), REQUESTS, counts=False)
    _take(("misses", network), MISSES)
    _take(("misses here", request.script_root, request.path), MISSES_HERE)


def limit_attempts(subject: str) -> None:
    """Before judging a try at one number, code or name from outside: raises TooManyRequests after ten wrong ones in a quarter of an hour.

    A try is wrong if the answer is 400, 401, 403, 404 or 422, and right otherwise; tries at the same subject from everywhere are
    counted together, in this county and at this page alone. Public and token routes are throttled by network without it.
    """
    _take(("subject", request.script_root, request.endpoint, subject.strip().casefold()[:80]), SUBJECT)


def settle(response: Response) -> Response:
    """After the answer: a try that was not wrong does not count."""
    for key, rate in g.pop("throttle_taken", ()):
        if response.status_code not in MISS:
            throttle().give_back(key, rate)
    if "retry_after" in g:
        response.headers["Retry-After"] = str(g.retry_after)
    return response


def told_again(result: str) -> int | None:
    """For the log of acts of nobody signed in: how many there were like this one, if it is time to say so (1, 10, 100 …), else None."""
    count = throttle().tally((_network(), request.endpoint, request.script_root, result))
    return count if count == 10 ** (len(str(count)) - 1) else None


def _take(key: Any, rate: Rate, counts: bool = True) -> None:
    wait = throttle().take(key, rate)
    if wait:
        g.retry_after = int(wait) + 1
        again = local(now() + timedelta(seconds=g.retry_after + 59)).strftime("%H:%M")
        raise TooManyRequests(_("Too many tries from here: please try again after %(time)s.", time=again))
    if counts:
        g.setdefault("throttle_taken", []).append((key, rate))


def _network() -> str:
    return network_of(request.remote_addr or "")
