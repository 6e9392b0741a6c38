"""PostgreSQL through psycopg 3, pooled; imported only when DATABASE_URL names it."""

import os
import weakref
from importlib.util import find_spec
from typing import Any
from urllib.parse import unquote, urlparse

from playhouse.pool import PooledPostgresqlDatabase

from .connection import PostgresTerms
from .db import Walled
from .errors import RuleError
from .i18n import _


class Postgres(Walled, PostgresTerms, PooledPostgresqlDatabase):
    """Pooled PostgreSQL behind the same wall."""

    def alive(self) -> bool:
        """True: only we end a transaction here."""
        return True


def open_postgres(url: str) -> Any:
    """A pooled database for postgresql://user:password@host:port/name; nothing is connected yet. Raises RuleError without psycopg.

    Special characters are percent-encoded, as in every such address: p%40ss, or %2Frun%2Fpostgresql for a socket's folder.
    """
    if find_spec("psycopg") is None:
        raise RuleError(_("PostgreSQL needs an extra part of youthpilot. Install it: pip install 'youthpilot[postgres]'"))
    parts = urlparse(url)
    host, user, password = (None if part is None else unquote(part) for part in (parts.hostname, parts.username, parts.password))
    engine = Postgres(
        unquote(parts.path.lstrip("/")),
        host=host,
        port=parts.port,
        user=user,
        password=password,
        prefer_psycopg3=True,
        max_connections=24,
        stale_timeout=300,
        timeout=5,
    )
    alive = weakref.ref(engine)
    os.register_at_fork(after_in_child=lambda: _forget(alive()))
    return engine


def _forget(engine: Postgres | None) -> None:
    """A forked process opens connections of its own: two processes on one socket would read each other's answers."""
    if engine is not None:
        engine.dispose()
