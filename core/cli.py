"""The command line: one group per concern in core/commands, those of the platform's plugins, one group per module named after itself."""

import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import click
import structlog

from .commanding import Session, log_lines, log_quietly
from .commands import ALL
from .plugin import ON_DEMAND, PLATFORM
from .registry import Registry


class Commands(click.Group):
    """The commands, with those of plugins of our own that are loaded only when their command is asked for, or all are listed."""

    on_demand: Mapping[str, str] = {}  # as ON_DEMAND

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names, in the order of the help."""
        return sorted({*super().list_commands(ctx), *self.on_demand})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command; None if there is none of that name."""
        plugin = self.on_demand.get(cmd_name)
        if plugin is not None:
            add_commands(Registry((plugin,)).platform[plugin].commands)
        return super().get_command(ctx, cmd_name)


@click.group(cls=Commands)
@click.option("--no-modules", is_flag=True, help="Start without the counties' modules, e.g. when one breaks everything: locked reports print.")
@click.option("--no-plugins", is_flag=True, help="Start the core alone: organizations, cadres, periods.")
@click.pass_context
def cli(context: click.Context, no_modules: bool, no_plugins: bool) -> None:
    """youthpilot: records in, figures confirmed, the half-year report out."""
    os.umask(0o077)  # whatever a command writes holds a county's records
    log_lines() if not sys.stderr.isatty() else log_quietly()
    context.obj = Session("core" if no_plugins else "platform" if no_modules else "all", context.obj)


def main() -> None:
    """Entry point of the console script."""
    found = assemble("core" if "--no-plugins" in sys.argv else "platform" if "--no-modules" in sys.argv else "all")
    cli(prog_name="youthpilot", obj=found)


def assemble(extent: str = "all") -> Any:
    """Add every command to `cli`: core's, those of the platform, each installed module's group; those on demand come when they are asked for.

    The plugins that they came with come back. A module that cannot be loaded is left out (plugin list tells why).
    """
    add_commands(ALL)
    configured = structlog.get_config()["logger_factory"]
    logger = structlog.wrap_logger(structlog.ReturnLogger())
    structlog.configure(logger_factory=lambda *a: logger)  # what loading logs, the command logs again
    try:
        registry = Registry(() if extent == "core" else PLATFORM)
        registry = registry.load_installed() if extent == "all" else registry
    finally:
        structlog.configure(logger_factory=configured)
    for item in registry.everybody():
        add_commands(item.commands)
    cli.on_demand = {} if extent == "core" else ON_DEMAND
    return registry


def add_commands(commands: Iterable[click.Command]) -> None:
    """Add commands to `cli`; a group that is there already takes in the other one's commands."""
    for command in commands:
        present = cli.commands.get(command.name or "")
        if isinstance(present, click.Group) and isinstance(command, click.Group):
            present.commands.update(command.commands)
        else:
            cli.add_command(command)
