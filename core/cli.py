"""The command line: one group per concern in core/commands, one group per module named after itself."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import click
import structlog

from .errors import ScopeError, YouthpilotError


class Session:
    """What a command works with: the open database and the loaded modules, made on first use."""

    def __init__(self, with_plugins: bool) -> None:
        self.with_plugins = with_plugins
        self._registry: Any = None

    def open(self) -> None:
        """Open the database of this installation."""
        from .db import database, open_database
        from .home import database_url

        open_database(database_url())
        database.connect(reuse_if_open=True)

    def installed(self) -> Any:
        """All installed modules, migrated or not."""
        from .registry import Registry

        return Registry().load_installed() if self.with_plugins else Registry()

    def registry(self) -> Any:
        """The modules that may run: those with pending migrations are left out. Core pending: an error that says what to do."""
        from . import migrating
        from .counties.services import suspend_after_faults
        from .periods import guard
        from .registry import set_fault_keeper

        if self._registry is None:
            self.open()
            self._registry = self.installed()
            migrating.refuse_pending(self._registry)
            set_fault_keeper(suspend_after_faults)
            guard.install()
        return self._registry


def guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Turn our errors into one line on stderr and exit code 1; anything else keeps its traceback for developers."""

    @wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (YouthpilotError, RuntimeError) as error:
            if isinstance(error, ScopeError):
                raise
            raise click.ClickException(str(error)) from error

    return wrapper


@click.group()
@click.option("--no-plugins", is_flag=True, help="Start the bare core, e.g. when a module breaks everything.")
@click.pass_context
def cli(context: click.Context, no_plugins: bool) -> None:
    """youthpilot: records in, figures confirmed, the half-year report out."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    context.obj = Session(not no_plugins)


def main() -> None:
    """Entry point of the console script."""
    from .commands import ALL

    for command in ALL:
        cli.add_command(command)
    _module_groups()
    cli(prog_name="youthpilot")


def _module_groups() -> None:
    """Add each installed module's group; one that cannot be loaded is left out (plugin list tells why)."""
    if "--no-plugins" in sys.argv:
        return
    from .registry import Registry

    logger = structlog.wrap_logger(structlog.ReturnLogger())
    structlog.configure(logger_factory=lambda *a: logger)
    for item in Registry().load_installed().ordered():
        for command in item.commands:
            cli.add_command(command)
