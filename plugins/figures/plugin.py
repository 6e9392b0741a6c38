"""The card of figures, and what it gives to core's hooks."""

import click

from youthpilot.core import Plugin, hookimpl

from .hookspecs import Specs

PLUGIN = Plugin(name="figures", title="数据", hookspecs=Specs)


@hookimpl
def register_commands() -> list[click.Command]:
    """`youthpilot figures`."""
    from .commands import figures

    return [figures]


@hookimpl
def register_admin_views() -> list[type]:
    """The organizations' forms."""
    from .pages.fill import FillView

    return [FillView]
