"""The card of the demonstration, and what it gives to core's hooks. The command `demo` loads it; a server and the other commands do not."""

from pathlib import Path

import click

from youthpilot.core import Plugin, hookimpl

from .commands import demo

PLUGIN = Plugin(name="demo", title="示范数据")


@hookimpl
def register_translations() -> str:
    """The words of its command."""
    return str(Path(__file__).parent / "translations")


@hookimpl
def register_commands() -> list[click.Command]:
    """`youthpilot demo`."""
    return [demo]
