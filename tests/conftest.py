"""Fixtures that everybody uses: a fresh database with all tables, and a county with its root organization."""

from collections.abc import Iterator

import pytest

from youthpilot.core.db import database, open_database
from youthpilot.core.migrating import upgrade
from youthpilot.core.registry import Registry
from youthpilot.core.scope import county_scope, scoped


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A fresh YOUTHPILOT_HOME; the business day is 2023-07-03."""
    monkeypatch.setenv("YOUTHPILOT_HOME", str(tmp_path))
    monkeypatch.setenv("YOUTHPILOT_TODAY", "2023-07-03")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return tmp_path


@pytest.fixture
def registry() -> Registry:
    """All installed modules, freshly loaded."""
    return Registry().load_installed()


@pytest.fixture
def db(home, registry) -> Iterator[object]:
    """A fresh SQLite file with every table of core and of the installed modules."""
    open_database(f"sqlite:///{home / 'youthpilot.db'}")
    database.connect(reuse_if_open=True)
    upgrade(registry)
    yield database
    database.close()


@pytest.fixture
def county(db):
    """试验县 with its root organization; no scope is set."""
    from youthpilot.core.counties.services import create_county

    return create_county("test", "试验县")


@pytest.fixture
def in_county(county) -> Iterator[object]:
    """The same with the whole county in scope."""
    with scoped(county_scope(county)):
        yield county
