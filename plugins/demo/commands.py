"""The demonstration: built from a fixed seed, served at one address."""

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click
import structlog

from youthpilot.core import migrating
from youthpilot.core.commanding import Session, guarded
from youthpilot.core.commands.operations import run_server
from youthpilot.core.kernel.occupying import own_home
from youthpilot.core.keys.services import make_first_keys
from youthpilot.core.listening import PORT

from .building import build
from .state import holds_real, is_built, take_away
from .words import _

DEMO_DAY = "2023-07-03"


@click.command()
@click.option("--no-serve", is_flag=True, help="Only build.")
@click.option("--seed", default=20230703, show_default=True, type=int)
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(0, 65535))
@click.pass_obj
@guarded
def demo(session: Session, no_serve: bool, seed: int, port: int) -> None:
    """Build the demonstration county 示范县 (once) and serve it on 127.0.0.1."""

    os.environ.setdefault("YOUTHPILOT_TODAY", DEMO_DAY)
    session.open(making=True)
    make_first_keys()
    if is_built():
        migrating.upgrade(session.installed())
    else:
        _build(session, seed)
    if not no_serve:
        _serve(session, port)


def _build(session: Session, seed: int) -> None:
    """Build it in this home, held alone meanwhile; what a killed build left is taken away before."""

    started = time.monotonic()
    with own_home():
        if is_built():  # another process was faster
            return
        if holds_real():
            raise click.ClickException(_("This installation has real counties: give the demonstration a folder of its own (YOUTHPILOT_HOME)"))
        if take_away():
            click.echo(_("An unfinished demonstration was taken away; it is built again"))
        make_first_keys()
        migrating.upgrade(session.installed())
        with _quiet():
            build(session.registry(), seed=seed, say=_Aloud(started))
        click.echo(_("Built in %(seconds)s seconds", seconds=round(time.monotonic() - started)))


@contextmanager
def _quiet() -> Iterator[None]:
    """Thousands of invented acts are audited, but not also logged line by line: the terminal belongs to the progress."""
    before = structlog.get_config()["wrapper_class"]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    try:
        yield
    finally:
        structlog.configure(wrapper_class=before)


class _Aloud:
    """Progress in the terminal: one line per stage, counted on the same line."""

    def __init__(self, started: float) -> None:
        self.started, self.text = started, ""

    def __call__(self, text: str, done: int = 0, total: int = 0) -> None:
        if text != self.text and self.text:
            click.echo("")
        self.text = text
        counted = f" {done:,}/{total:,}" if total else ""
        click.echo(f"\r[{time.monotonic() - self.started:4.0f}s] {text}{counted}   ", nl=False)
        if total and done >= total or not total:
            click.echo("")
            self.text = ""


def _serve(session: Session, port: int) -> None:
    def ready(actual: int) -> None:
        click.echo("")
        click.echo(_("Open this address in a browser; the entries wait there, each one click:"))
        click.echo(f"\n    http://127.0.0.1:{actual}/demo\n")
        click.echo(_("Stop with Ctrl+C"))

    try:
        run_server(session.extent, "127.0.0.1", port, ready=ready)
    except OSError:
        run_server(session.extent, "127.0.0.1", 0, ready=ready)
