"""What people wait for a page: the first time, again, eight at once, and while somebody writes once a second, here or in another county."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from youthpilot.core.kernel.db import database
from youthpilot.core.periods.acting import Clerk
from youthpilot.core.periods.models import Obligation, Submission
from youthpilot.core.periods.queries import get_period
from youthpilot.plugins.figures.forms import read_form
from youthpilot.plugins.figures.rules import PAIRED
from youthpilot.plugins.figures.services import save_draft
from youthpilot.plugins.figures.typed import Given

from .homes import CONNECTIONS, PERIOD, Home
from .measure import Line, agree, seconds
from .serving import Visitor, Visits, crowd, served

LIMIT = 0.15  # seconds, home, warm, one connection
WRITES_EVERY = 1.0  # seconds
OPEN = ("draft", "returned")


def pages(home: Home, rounds: int, lasting: float = 20) -> Iterator[Line]:
    """The waits for each page, each on a server that has just started; `lasting`: seconds of each crowd, 0: one server for all of them."""
    paths = _paths(home)
    for group in [[name] for name in paths] if lasting else [[*paths]]:
        with served(home) as address:
            for name in group:
                yield from _page(home, address, name, paths[name], rounds, lasting)


def _paths(home: Home) -> dict[str, str]:
    with home.inside():
        place = _reporting()[0]
    fill = f"/c/demo/fill/?organization={place}&period={PERIOD}"
    return {"home": "/c/demo/", "report": "/c/demo/report/", "fill": fill, "board": "/c/demo/board/", "organizations": "/c/demo/organizations/"}


def _page(home: Home, address: str, name: str, path: str, rounds: int, lasting: float) -> Iterator[Line]:
    called, aims = f"{name}, {home.engine}", (1.5, 3) if name == "home" else (None, None)
    visitors = [Visitor(address, number) for number in range(CONNECTIONS)]
    cold = seconds(lambda: visitors[0].page(path))
    crowd(visitors[:1], path, 0, 3)
    alone = crowd(visitors[:1], path, 0, rounds * 4).median
    floor = crowd([Visitor(address)], "/login", 0, rounds * 4).median
    yield Line(f"{called}, cold", cold, alone, "warm")
    if name == "home":
        yield Line(f"{called}, warm", alone, LIMIT, "the limit", 1)
    else:
        yield Line(f"{called}, warm", alone, floor, "the sign-in page")
    quiet = crowd(visitors, path, lasting, rounds)
    yield Line(f"{called}, eight at once", quiet.median, alone, "one alone", note=_rate(quiet))
    for where, code, aim in (("in another county", "linshui", aims[0]), ("here", "demo", aims[1])):
        with writing(home, code) as written:
            busy = crowd(visitors, path, lasting, rounds)
        yield Line(f"{called}, a write a second {where}", busy.median, quiet.median, "eight at once", aim, f"{_rate(busy)}, {len(written)} writes")


def _rate(visits: Visits) -> str:
    return f"{visits.rate:.1f} pages/s"


@contextmanager
def writing(home: Home, code: str) -> Iterator[list[int]]:
    """Meanwhile a unit of a county saves its form once a second; the submissions that were written, at least one when it ends."""
    over, written, began = threading.Event(), list[int](), threading.Event()
    errors: list[BaseException] = []

    def write() -> None:
        try:
            with database.connection_context(), home.inside(code) as (_county, registry):
                act = _saver(registry)
                while not over.is_set():
                    started = time.perf_counter()
                    written.append(act(len(written)))
                    began.set()
                    over.wait(max(0.0, WRITES_EVERY - (time.perf_counter() - started)))
        except BaseException as error:
            errors.append(error)
        finally:
            began.set()

    writer = threading.Thread(target=write)
    writer.start()
    began.wait(60)
    try:
        yield written
    finally:
        over.set()
        writer.join()
    if errors:
        raise RuntimeError(f"nobody wrote in {code}; nothing was measured") from errors[0]


def _saver(registry: Any) -> Callable[[int], int]:
    """act(number) saves the next unit's form with that number in it; the submission's id."""
    places, clerk = _reporting(), Clerk("测量")

    def act(number: int) -> int:
        period = get_period(PERIOD)
        place = places[number % len(places)]
        key = next(f.key for f in read_form(period, place, registry).fields if f.meaning.kind not in PAIRED)
        saved = save_draft(period, place, {key: Given(str(number), reason="按纸质台账更正")}, registry, clerk)
        entered = next(f.entered for f in saved.form.fields if f.key == key)
        agree(entered, number, "the figure that was saved")
        return saved.submission.id

    return act


def _reporting() -> list[int]:
    """The units that have not sent their form yet."""
    period = get_period(PERIOD)
    gone = {s.organization_id for s in Submission.select().where((Submission.period == period) & Submission.state.not_in(OPEN))}
    owing = Obligation.select().where((Obligation.period == period) & ~Obligation.waived).order_by(Obligation.id)
    return [o.organization_id for o in owing if o.organization_id not in gone]
