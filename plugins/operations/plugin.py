"""The card of operations, and what it gives to core's hooks."""

from pathlib import Path

import click

from youthpilot.core import Plugin, hookimpl

from .commands import ALL

PLUGIN = Plugin(name="operations", title="运行维护", requires="2")


@hookimpl
def register_translations() -> str:
    """The words of its commands and findings."""
    return str(Path(__file__).parent / "translations")


@hookimpl
def register_commands() -> list[click.Command]:
    """`youthpilot backup, restore, keys, check, audit`, and `verify` of core's group `period`."""
    return ALL
