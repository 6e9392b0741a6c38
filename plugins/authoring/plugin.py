"""The card of authoring, and what it gives to core's hooks. The command `db` loads it; a server and the other commands do not."""

from pathlib import Path

import click

from youthpilot.core import Plugin, hookimpl

from .commands import db

PLUGIN = Plugin(name="authoring", title="模块开发", requires="2")


@hookimpl
def register_translations() -> str:
    """The words of its command."""
    return str(Path(__file__).parent / "translations")


@hookimpl
def register_commands() -> list[click.Command]:
    """`youthpilot db draft`."""
    return [db]
