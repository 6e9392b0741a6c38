"""What every command works with: the session on the installation, errors in one line, the log."""

import logging
import sys
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from functools import wraps
from typing import Any

import click
import structlog
from peewee import DatabaseError

from . import migrating
from .app import rehearse
from .counties.services import suspend_after_faults
from .entering import enter, refuse_empty
from .kernel import schema
from .kernel.causes import cause_of
from .kernel.db import database
from .kernel.engines import open_database
from .kernel.errors import ScopeError, YouthpilotError
from .kernel.home import database_url
from .kernel.i18n import _
from .keys.services import accept_keys
from .periods import guard
from .registry import plugins_of, set_fault_keeper


class Session:
    """What a command works with: the open database and the loaded modules, made on first use."""

    def __init__(self, extent: Any, found: Any = None) -> None:
        """extent: all, platform (no modules) or core. found: the plugins as the command line has loaded them; None to load them here."""
        self.extent, self._found = extent, found
        self._registry: Any = None

    def open(self, making: bool = False) -> None:
        """Open the database of this installation. Raises RuntimeError where there is none, unless the command is `making` one."""
        if not making:
            refuse_empty(database_url())
        enter()
        open_database(database_url())
        database.connect(reuse_if_open=True)

    def _refuse_damaged(self) -> None:
        """Raise RuntimeError if the database's pages do not hang together. A third of a second for 100 MB."""
        with suppress(DatabaseError):  # it cannot even be opened: then neither can it be checked
            self.open()
        try:
            sound = schema.is_whole()
        except DatabaseError:
            sound = False
        if not sound:
            raise RuntimeError(_("The database is damaged, so nothing is answered from it. Run `youthpilot check`, then restore the last backup"))

    def installed(self) -> Any:
        """All installed modules, migrated or not."""
        found, self._found = self._found, None  # whoever asks again gets modules of his own
        return found or plugins_of(self.extent)

    def registry(self, whole: bool = False) -> Any:
        """The modules that may run: those with pending migrations are left out. Core pending: an error that says what to do.

        whole: refuse to answer from a damaged database, for commands whose answer is handed on.
        """
        if self._registry is None:
            if whole:
                self._refuse_damaged()
            self.open()
            self._registry = self.installed()
            migrating.refuse_pending(self._registry)
            accept_keys()
            set_fault_keeper(suspend_after_faults)
            guard.install()
        return self._registry

    def as_served(self) -> Any:
        """The modules that a server would serve: those that cannot be mounted are among `failures`."""
        registry = self.registry()
        rehearse(registry)
        return registry


def guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Turn our errors, and what the disk refuses, into one line on stderr and exit code 1; anything else keeps its traceback for developers."""

    @wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (YouthpilotError, RuntimeError) as error:
            if isinstance(error, ScopeError):
                raise
            raise click.ClickException(str(error)) from error
        except Exception as error:
            cause = cause_of(error)
            if not cause:
                raise
            raise click.ClickException(cause) from error

    return wrapper


def log_lines() -> None:
    """Every event as a JSON line on standard error: for a server, a pipe, a file."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def log_quietly() -> None:
    """A person sits at the terminal: only what went wrong, in a line that can be read."""
    structlog.configure(
        processors=[structlog.processors.add_log_level, _plain_line],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _plain_line(_logger: Any, level: str, event: MutableMapping[str, Any]) -> str:
    values = "  ".join(f"{name}={value}" for name, value in event.items() if name not in ("event", "level", "exc_info") and value not in (None, ""))
    return f"{level}: {event['event']}  {values}".rstrip()
