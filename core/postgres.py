"""PostgreSQL through psycopg 3, pooled; imported only when DATABASE_URL names it."""

from typing import Any
from urllib.parse import urlparse

from playhouse.pool import PooledPostgresqlDatabase

from .db import _Wall


class Postgres(_Wall, PooledPostgresqlDatabase):
    """Pooled PostgreSQL behind the same wall."""


def open_postgres(url: str) -> Any:
    """A pooled database for postgresql://user:password@host:port/name; nothing is connected yet."""
    parts = urlparse(url)
    return Postgres(
        parts.path.lstrip("/"),
        host=parts.hostname,
        port=parts.port,
        user=parts.username,
        password=parts.password,
        prefer_psycopg3=True,
        max_connections=24,
        stale_timeout=300,
        timeout=5,
    )
